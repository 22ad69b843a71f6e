"""Triples to an RDF document."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import RdfFormat, Triple, serialize

from mieco.present.formats import Format
from mieco.terms import PREFIXES

_WITH_PREFIXES = ("text/turtle", "application/trig", "application/rdf+xml")


def write_graph(triples: Iterable[Triple], form: Format) -> bytes:
    """A document of these triples."""
    rdf_format = RdfFormat.from_media_type(form.media_type)
    prefixes = PREFIXES if form.media_type in _WITH_PREFIXES else None
    written = serialize(triples, format=rdf_format, prefixes=prefixes)
    return written or b""
