"""Files that take long to make: made once, one at a time, and kept while there is room."""
