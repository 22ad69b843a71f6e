"""Is all well with a data directory, and what can be mended (``mieco doctor``)?"""
