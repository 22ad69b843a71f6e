"""Things at the points of their places; no boundaries."""
