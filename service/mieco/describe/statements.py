"""Statements of the catalogue graph."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Quad

from mieco.errors import Text
from mieco.intake.specification import expand
from mieco.present.names import compact
from mieco.terms import CATALOGUE_GRAPH, XSD

_GRAPH = NamedNode(CATALOGUE_GRAPH)
_DATE_TIME = NamedNode(XSD + "dateTime")


@cache
def term(name: str) -> NamedNode:
    """A prefixed name, or a path below our base, as a node."""
    return NamedNode(expand(name))


CATALOGUE: Final = term("catalogue")


def _short(iri: str) -> str:
    """A name for an IRI in a fragment; no other IRI has the same."""
    name = compact(iri)
    return quote(name, safe=":" if name != iri else "")


def part(kind: str, *iris: str) -> NamedNode:
    """A node of the catalogue: ``…catalogue#dataset``, ``…catalogue#class:mieco:Consortium``."""
    return NamedNode(f"{CATALOGUE.value}#{':'.join((kind, *map(_short, iris)))}")


# The dataset as such, whatever the release.
DATASET: Final = part("dataset")


def said(subject: NamedNode, predicate: str, value: NamedNode | Literal | str | int) -> Quad:
    """A statement; a value that is text is the prefixed name of a node."""
    if isinstance(value, str):
        value = term(value)
    elif isinstance(value, int):
        value = Literal(value)
    return Quad(subject, term(predicate), value, _GRAPH)


def in_words(subject: NamedNode, predicate: str, text: Text) -> Iterator[Quad]:
    """A statement in both languages."""
    yield said(subject, predicate, Literal(text.zh, language="zh"))
    yield said(subject, predicate, Literal(text.en, language="en"))


def moment(stamp: str) -> Literal:
    """An xsd:dateTime."""
    return Literal(stamp, datatype=_DATE_TIME)
