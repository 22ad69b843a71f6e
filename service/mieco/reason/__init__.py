"""Asserted becomes inferred, in a graph of its own."""
