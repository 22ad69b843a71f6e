"""Backups of a data directory: saved, verified and restored (docs/backup.md)."""
