"""Short names for IRIs, for readers."""

from __future__ import annotations

from mieco.terms import BASE, PREFIXES


def compact(iri: str) -> str:
    """An IRI as a prefixed name where a prefix fits, else without our base."""
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and local and "/" not in local:
            return f"{prefix}:{local}"
    return iri.removeprefix(BASE)
