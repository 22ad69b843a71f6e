"""Who may change what: tokens and their roles."""
