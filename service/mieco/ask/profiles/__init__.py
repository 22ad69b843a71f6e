"""What a page tells of a thing beyond the list of its statements, one module for each kind."""
