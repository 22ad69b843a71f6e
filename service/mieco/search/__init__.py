"""Things found by what people type: an index of names beside each release, and ways to ask it."""
