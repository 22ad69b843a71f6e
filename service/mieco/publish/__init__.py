"""The one way to a new release, whatever it is made of.  One publisher at a time."""
