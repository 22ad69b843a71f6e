"""The formats of answers: their names in URLs, their media types, who may ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header


@dataclass(frozen=True, slots=True)
class Format:
    """One serialisation; ``name`` is also its file extension.

    ``aliases`` are further media types under which clients ask for it.
    """

    name: str
    media_type: str
    aliases: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The Content-Type header; text types say their charset (RFC 2046 §4.1.2)."""
        text = self.media_type.startswith("text/")
        return f"{self.media_type}; charset=utf-8" if text else self.media_type


HTML = Format("html", "text/html", ("application/xhtml+xml",))
JSON = Format("json", "application/json")
CSV = Format("csv", "text/csv")

# Results of SELECT and ASK; the first is the default.
SOLUTION_FORMATS = (
    Format("json", "application/sparql-results+json", ("application/json",)),
    Format("xml", "application/sparql-results+xml", ("application/xml", "text/xml")),
    CSV,
    Format("tsv", "text/tab-separated-values"),
)

# Results of CONSTRUCT and DESCRIBE, and descriptions of things; the first is the default.
GRAPH_FORMATS = (
    Format("ttl", "text/turtle", ("application/x-turtle",)),
    Format("nt", "application/n-triples", ("text/plain",)),
    Format("rdf", "application/rdf+xml", ("application/xml", "text/xml")),
    Format("jsonld", "application/ld+json", ("application/json",)),
    Format("trig", "application/trig"),
    Format("nq", "application/n-quads"),
)


def by_name(name: str, formats: Sequence[Format]) -> Format | None:
    """The format of that name (``?format=csv``) or media type."""
    wanted = name.strip().lower()
    return next((f for f in formats if wanted in (f.name, f.media_type, *f.aliases)), None)


def negotiate(accept: str | None, formats: Sequence[Format]) -> Format | None:
    """The best of the formats for an Accept header (RFC 9110 §12.5.1).

    No header accepts anything, so the first format is given; ``None`` means that none
    is acceptable.
    """
    if not accept or not accept.strip():
        return formats[0]
    asked = parse_accept_header(accept, MIMEAccept)
    offered = {media: f for f in formats for media in (f.media_type, *f.aliases)}
    best = asked.best_match(list(offered))
    return None if best is None else offered[best]


def names(formats: Sequence[Format]) -> str:
    """The media types, for an error message."""
    return ", ".join(f.media_type for f in formats)
