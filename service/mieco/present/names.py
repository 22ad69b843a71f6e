"""Short names for IRIs, for readers."""

from __future__ import annotations

from mieco.terms import BASE, PREFIXES

# What our own things are called without our base.
_PATHS = ("id/", "concept/", "source/")


def compact(iri: str) -> str:
    """An IRI as a prefixed name where a prefix fits, else without our base."""
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and local and "/" not in local:
            return f"{prefix}:{local}"
    return iri.removeprefix(BASE)


def expand_prefixed(name: str) -> str:
    """The inverse of :func:`compact`: a prefixed name or a path of ours as an IRI."""
    prefix, colon, local = name.partition(":")
    if colon and prefix in PREFIXES and not local.startswith("//"):
        return PREFIXES[prefix] + local
    return BASE + name if name.startswith(_PATHS) else name
