"""Releases of another mieco, fetched and followed: what makes a service a read replica of it."""
