"""About how many solutions a pattern has, by the statistics of the release."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tree_sitter import Node

from mieco.engine.rewriting.characteristics import Characteristics
from mieco.engine.rewriting.label_texts import LabelTexts
from mieco.engine.rewriting.tree import GROUP, TRIPLES, UNION, child, of_type, parts, text_of
from mieco.terms import RDF_TYPE

# A subject that is named has about so many triples; an object that is named is one of about so
# many that its property has, where that was not counted.
_OF_SUBJECT = 10.0
_OBJECTS = 100
# By whether subject, property and object are told.
_GUESSES = {
    (True, True, True): 1,
    (True, True, False): 10,
    (True, False, True): 2,
    (False, True, True): 10_000,
    (True, False, False): 100,
    (False, True, False): 1_000_000,
    (False, False, True): 100_000,
    (False, False, False): 1_000_000_000,
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the default graph holds: triples, those of each property, instances of each class.

    All are named by IRIs; what is of a class without one is not told.  ``graphs`` are the triples
    of each named graph.  ``exact`` if a query that sees the whole dataset may be answered from
    these numbers.  ``labels`` are the values, in any graph, of those properties that give names and
    have nothing but strings.  ``objects`` are the different values of each property,
    ``characteristics`` what its subjects have in common.  Each of the ``closed`` properties ties
    a transitive relation.
    """

    triples: int = 0
    properties: Mapping[str, int] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)
    graphs: Mapping[str, int] = field(default_factory=dict)
    exact: bool = False
    labels: Mapping[str, LabelTexts] = field(default_factory=dict)
    objects: Mapping[str, int] = field(default_factory=dict)
    characteristics: Characteristics = field(default_factory=Characteristics)
    closed: frozenset[str] = frozenset()


class Pattern(NamedTuple):
    """A triple pattern of a text; the property may be a path."""

    subject: Node
    property: Node
    object: Node


def patterns(group: Node) -> Iterator[Pattern]:
    """The triple patterns that a group holds by itself."""
    for part in parts(group):
        if part.type == TRIPLES:
            yield from patterns_of(part)


def patterns_of(block: Node) -> Iterator[Pattern]:
    """The triple patterns of a block."""
    for same_subject in of_type(block, "triples_same_subject"):
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
    """About how many solutions the most selective part of a group has.

    ``names`` are the prefixes that the text declares.
    """
    select = child(group, "sub_select")
    if select is not None:
        return least(next(of_type(select, GROUP)), names, sizes)
    return min((least_of(each, names, sizes) for each in parts(group)), default=0.0)


def least_of(part: Node, names: Mapping[bytes, str], sizes: Sizes) -> float:
    """The same of one part; infinite for one that binds nothing, or cannot be told."""
    if part.type == TRIPLES:
        return min((size(each, names, sizes) for each in patterns_of(part)), default=math.inf)
    if part.type == UNION:
        return sum(least(each, names, sizes) for each in part.children if each.type == GROUP)
    if part.type == "graph_graph_pattern":
        return least(part.children[-1], names, sizes)
    if part.type == "inline_data":
        return float(len(rows(part)))
    return math.inf


def rows(data: Node) -> list[Node]:
    """The terms of the rows of VALUES, in the order of the text, for as many as its variables."""
    block = child(data, "data_block")
    inside = block.children if block else []
    start = next((place for place, each in enumerate(inside) if each.type == "{"), 0)
    return [each for each in inside[start:] if each.is_named]


def prefixes(root: Node) -> dict[bytes, str]:
    """Prefix → namespace, as the prologue declares them; relative ones stay so."""
    return {
        text_of(each.children[1]).rstrip(b":").strip(): text_of(each.children[2])[1:-1].decode()
        for prologue in root.children
        if prologue.type == "prologue"
        for each in prologue.children
        if each.type == "prefix_declaration"
    }


def size(pattern: Pattern, names: Mapping[bytes, str], sizes: Sizes) -> float:
    """About how many solutions a triple pattern has."""
    if not is_open(pattern.subject):
        return _OF_SUBJECT
    prop = iri_of(pattern.property, names)
    if prop == RDF_TYPE and not is_open(pattern.object):
        return float(sizes.classes.get(iri_of(pattern.object, names) or "", 0))
    every = sizes.properties.get(prop, 0) if prop else _of_path(pattern.property, names, sizes)
    return every if is_open(pattern.object) else every / sizes.objects.get(prop or "", _OBJECTS)


def _of_path(path: Node, names: Mapping[bytes, str], sizes: Sizes) -> float:
    """The triples of the properties that a path leads along."""
    steps = [path] if path.type == "var" else list(of_type(path, "iri_reference", "prefixed_name"))
    known = [iri_of(each, names) for each in steps]
    if not known or None in known:
        return sizes.triples
    return sum(sizes.properties.get(each, 0) for each in known if each)


def guess(pattern: Pattern) -> int:
    """How many solutions the engine takes a pattern to have, by its form (Oxigraph's sparopt)."""
    path = text_of(pattern.property)
    named = not is_open(pattern.property) and not path.startswith(b"!")
    guessed = _GUESSES[not is_open(pattern.subject), named, not is_open(pattern.object)]
    ways = path.count(b"|") + 1 if named else 1
    any_length = any(text_of(each) != b"?" for each in of_type(pattern.property, "path_mod"))
    return guessed * ways * (1000 if any_length else 1)


def first(some: Iterable[Pattern]) -> Pattern | None:
    """The pattern that the engine begins with: of several the first in the text."""
    return min(some, key=guess, default=None)


def is_type(node: Node, names: Mapping[bytes, str]) -> bool:
    """Whether a property is rdf:type."""
    return iri_of(node, names) == RDF_TYPE


def is_open(node: Node) -> bool:
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
