"""Curation of the ontology: what must hold before it is released, and the release itself."""
