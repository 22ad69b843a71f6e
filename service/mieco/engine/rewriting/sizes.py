"""About how many solutions a pattern has, by the statistics of the release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tree_sitter import Node

from mieco.engine.rewriting.label_texts import LabelTexts
from mieco.engine.rewriting.tree import TRIPLES, of_type, parts, text_of
from mieco.terms import RDF_TYPE

# A subject that is named has about so many triples; an object that is named is one of about so
# many that its property has.
_OF_SUBJECT = 10.0
_OBJECTS = 100.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the default graph holds: triples, those of each property (IRI), instances of each class.

    ``graphs`` are the triples of each named graph.  ``exact`` if a query that sees the whole
    dataset may be answered from these numbers.  ``labels`` are the values, in any graph, of those
    properties that give names and have nothing but strings.
    """

    triples: int = 0
    properties: Mapping[str, int] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)
    graphs: Mapping[str, int] = field(default_factory=dict)
    exact: bool = False
    labels: Mapping[str, LabelTexts] = field(default_factory=dict)


class Pattern(NamedTuple):
    """A triple pattern of a text; the property may be a path."""

    subject: Node
    property: Node
    object: Node


def patterns(group: Node) -> Iterator[Pattern]:
    """The triple patterns that a group holds by itself."""
    for part in parts(group):
        if part.type == TRIPLES:
            for same_subject in of_type(part, "triples_same_subject"):
                yield from _of_subject(same_subject)


def _of_subject(same_subject: Node) -> Iterator[Pattern]:
    subject = same_subject.children[0]
    for properties in same_subject.children[1:]:
        for prop in properties.children:
            if prop.type == "property":
                verb, objects = prop.children[0], prop.children[1]
                for value in objects.children:
                    if value.is_named:
                        yield Pattern(subject, verb, value)


def least(group: Node, names: Mapping[bytes, str], sizes: Sizes) -> float:
    """The number of solutions of the most selective triple pattern of a group.

    ``names`` are the prefixes that the text declares.
    """
    return min((_size(each, names, sizes) for each in patterns(group)), default=0.0)


def prefixes(root: Node) -> dict[bytes, str]:
    """Prefix → namespace, as the prologue declares them; relative ones stay so."""
    return {
        text_of(each.children[1]).rstrip(b":").strip(): text_of(each.children[2])[1:-1].decode()
        for each in of_type(root, "prefix_declaration")
    }


def _size(pattern: Pattern, names: Mapping[bytes, str], sizes: Sizes) -> float:
    if not _is_open(pattern.subject):
        return _OF_SUBJECT
    prop = iri_of(pattern.property, names)
    if prop == RDF_TYPE and not _is_open(pattern.object):
        return float(sizes.classes.get(iri_of(pattern.object, names) or "", 0))
    every = sizes.properties.get(prop, 0) if prop else sizes.triples
    return every if _is_open(pattern.object) else every / _OBJECTS


def is_type(node: Node, names: Mapping[bytes, str]) -> bool:
    """Whether a property is rdf:type."""
    return iri_of(node, names) == RDF_TYPE


def _is_open(node: Node) -> bool:
    """Whether a term of a pattern is a variable or a blank node."""
    return node.type in ("var", "anon", "blank_node_label", "blank_node_property_list")


def iri_of(node: Node, names: Mapping[bytes, str]) -> str | None:
    """The IRI that a term or a path of one step is, if it is one and can be told without a base."""
    text = text_of(node)
    if text == b"a":
        return RDF_TYPE
    if text.startswith(b"<"):
        return text[1:-1].decode()
    prefix, colon, local = text.partition(b":")
    if colon and prefix in names and local.replace(b"-", b"").replace(b"_", b"").isalnum():
        return names[prefix] + local.decode()
    return None
