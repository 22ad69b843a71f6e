"""An ontology and query service for municipal industry-education consortia (市域产教联合体)."""

__version__ = "0.1.0"
