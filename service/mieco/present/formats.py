"""The formats of answers: their names in URLs, their media types, who may ask for them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Format:
    """One serialisation; ``name`` is also its file extension.

    ``aliases`` are further media types, and ``other_names`` further names, under which
    clients ask for it; ``iri`` names it in a service description
    (https://www.w3.org/ns/formats/).
    """

    name: str
    media_type: str
    aliases: tuple[str, ...] = ()
    iri: str = ""
    other_names: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The Content-Type header; text types say their charset (RFC 2046 §4.1.2)."""
        text = self.media_type.startswith("text/")
        return f"{self.media_type}; charset=utf-8" if text else self.media_type


_FORMATS = "http://www.w3.org/ns/formats/"

HTML = Format("html", "text/html", ("application/xhtml+xml",))
JSON = Format("json", "application/json")
CSV = Format("csv", "text/csv", iri=_FORMATS + "SPARQL_Results_CSV")
XLSX = Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
SVG = Format("svg", "image/svg+xml")
# RFC 7946 §12.
GEO_JSON = Format("geojson", "application/geo+json")

# OWL 2's own syntaxes, of ontologies.
OWL_XML = Format("owx", "application/owl+xml", iri=_FORMATS + "OWL_XML", other_names=("owlxml",))
FUNCTIONAL = Format("ofn", "text/owl-functional", iri=_FORMATS + "OWL_Functional")

# Results of SELECT and ASK; the first is the default.
SOLUTION_FORMATS = (
    Format(
        "json",
        "application/sparql-results+json",
        ("application/json",),
        _FORMATS + "SPARQL_Results_JSON",
    ),
    Format(
        "xml",
        "application/sparql-results+xml",
        ("application/xml", "text/xml"),
        _FORMATS + "SPARQL_Results_XML",
    ),
    CSV,
    Format("tsv", "text/tab-separated-values", iri=_FORMATS + "SPARQL_Results_TSV"),
)

N_TRIPLES = "application/n-triples"
# Results of CONSTRUCT and DESCRIBE; the first is the default.
GRAPH_FORMATS = (
    Format(
        "ttl",
        "text/turtle",
        ("application/x-turtle", "text/n3"),
        _FORMATS + "Turtle",
        ("turtle", "n3"),
    ),
    Format(
        "nt",
        N_TRIPLES,
        ("text/plain",),
        _FORMATS + "N-Triples",
        ("ntriples", "n-triples"),
    ),
    Format(
        "rdf",
        "application/rdf+xml",
        ("application/xml", "text/xml"),
        _FORMATS + "RDF_XML",
        ("rdf+xml", "rdfxml", "xml"),
    ),
    Format(
        "jsonld",
        "application/ld+json",
        ("application/json",),
        _FORMATS + "JSON-LD",
        ("json-ld", "json"),
    ),
    Format("trig", "application/trig", iri=_FORMATS + "TriG"),
    Format("nq", "application/n-quads", (), _FORMATS + "N-Quads", ("nquads", "n-quads")),
)

# JSON-LD where plain JSON is on offer too: it goes by its own names alone.
JSON_LD = Format("jsonld", "application/ld+json", other_names=("json-ld",))

# Descriptions of things: as RDF, for people, and as plain JSON and CSV; the first is the default.
THING_FORMATS = (
    *(JSON_LD if form.name == "jsonld" else form for form in GRAPH_FORMATS),
    HTML,
    JSON,
    CSV,
)


def by_name(name: str, formats: Sequence[Format]) -> Format | None:
    """The format of that name (``?format=csv``) or media type."""
    wanted = name.strip().lower()
    return next(
        (f for f in formats if wanted in (f.name, *f.other_names, f.media_type, *f.aliases)),
        None,
    )


_EXACTLY = 2


class _Range(NamedTuple):
    """A media range of an Accept header and its weight."""

    type: str
    subtype: str
    weight: float

    def precision(self, media_type: str) -> int:
        """How precisely it names the media type: 2 exactly, 1 ``type/*``, 0 ``*/*``, -1 not."""
        kind, _, subtype = media_type.partition("/")
        if (self.type, self.subtype) == (kind, subtype):
            return _EXACTLY
        if (self.type, self.subtype) == (kind, "*"):
            return 1
        return 0 if (self.type, self.subtype) == ("*", "*") else -1


def negotiate(accept: str | None, formats: Sequence[Format]) -> Format | None:
    """The best of the formats for an Accept header (RFC 9110 §12.5.1).

    The most precise range decides the weight of a media type; of those with the same
    weight the one that is named most precisely is given, then the first on offer.
    Parameters other than ``q`` (``charset``, ``version``) are passed over.  No header, or
    none that can be read, accepts anything; ``None`` means that nothing is acceptable.
    """
    ranges = list(_ranges(accept or ""))
    if not ranges:
        return formats[0]
    best, chosen = (0.0, -1), None
    for form in formats:
        for media_type in (form.media_type, *form.aliases):
            precision, weight = max((r.precision(media_type), r.weight) for r in ranges)
            # A wildcard means the media type itself; an alias counts where it is named.
            named = precision >= (0 if media_type == form.media_type else _EXACTLY)
            if named and weight > 0 and (weight, precision) > best:
                best, chosen = (weight, precision), form
    return chosen


def _ranges(accept: str) -> Iterator[_Range]:
    from werkzeug.http import parse_list_header, parse_options_header  # slow to import

    for item in parse_list_header(accept):
        value, parameters = parse_options_header(item)
        kind, slash, subtype = value.strip().lower().partition("/")
        if value.strip() == "*":
            kind, slash, subtype = "*", "/", "*"  # some clients write it so
        if slash and kind and subtype:
            yield _Range(kind, subtype, _weight(parameters.get("q", "1")))


def _weight(text: str) -> float:
    """A weight between 0 and 1 (RFC 9110 §12.4.2); what is no number counts as 1."""
    try:
        weight = float(text)
    except ValueError:
        return 1.0
    return min(1.0, max(0.0, weight)) if math.isfinite(weight) else 1.0


def names(formats: Sequence[Format]) -> str:
    """The media types, for an error message."""
    return ", ".join(f.media_type for f in formats)
