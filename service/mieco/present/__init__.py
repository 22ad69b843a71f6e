"""Values to bytes and words: formats, content negotiation, language.  Pure functions."""
