"""Consortia and places side by side: read by the same indicators, missing shown as missing."""
