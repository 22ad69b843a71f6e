"""The documents that the ontology's IRIs lead to: each version and module, in every form."""
