"""Blocks of plain triple patterns, and which of them are of one subject: stars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tree_sitter import Node

from mieco.engine.rewriting.characteristics import Feature
from mieco.engine.rewriting.sizes import Pattern, Sizes, iri_of, is_open, patterns_of
from mieco.engine.rewriting.tree import text_of
from mieco.terms import RDF_TYPE

_Names = Mapping[bytes, str]
_PLAIN = ("a", "prefixed_name", "iri_reference")


class Plain(NamedTuple):
    """A triple pattern whose property is an IRI."""

    pattern: Pattern
    iri: str

    @property
    def subject(self) -> bytes:
        """The name of the variable that its subject is; empty for a term."""
        return name_of(self.pattern.subject)

    @property
    def object(self) -> bytes:
        """The same of its object."""
        return name_of(self.pattern.object)

    def feature(self, names: _Names) -> Feature:
        """What it says of its subject."""
        if self.iri == RDF_TYPE and not is_open(self.pattern.object):
            return Feature(iri_of(self.pattern.object, names) or "", is_class=True)
        return Feature(self.iri)


def plain_patterns(block: Node, names: _Names, sizes: Sizes) -> list[Plain]:
    """The patterns of a block; none if one of them has a path, a blank node or an unknown property.

    An IRI that the release does not have may stand for another, relative to a base.
    """
    found = []
    for pattern in patterns_of(block):
        inner = pattern.property.children
        iri = iri_of(pattern.property, names)
        ends = (pattern.subject, pattern.object)
        if (
            iri is None
            or iri not in sizes.properties
            or [each.type in _PLAIN for each in inner] != [True]
            or any(is_open(end) and end.type != "var" for end in ends)
        ):
            return []
        found.append(Plain(pattern, iri))
    return found


def by_subject(some: Sequence[Plain]) -> dict[bytes, list[Plain]]:
    """The patterns of each variable that is a subject."""
    found: dict[bytes, list[Plain]] = {}
    for each in some:
        if each.subject:
            found.setdefault(each.subject, []).append(each)
    return found


def written(some: Sequence[Plain]) -> bytes:
    """The patterns as a text."""
    return b" . ".join(b" ".join(map(text_of, each.pattern)) for each in some)


def name_of(node: Node) -> bytes:
    """The name of a variable; empty for any other term."""
    return text_of(node)[1:] if node.type == "var" else b""
