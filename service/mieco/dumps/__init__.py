"""Releases as files: every format, for the whole dataset and for each graph."""
