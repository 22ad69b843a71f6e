"""Names that others use, matched to our things (Reconciliation Service API)."""
