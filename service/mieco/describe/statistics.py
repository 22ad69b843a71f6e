"""What a release holds, in numbers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Triple

from mieco.characteristic_sets import Sets, of_numbers, to_numbers
from mieco.terms import BASE, CATALOGUE_GRAPH, LINK_PREDICATES, PREFIXES, SHAPES_GRAPH

Graph = NamedNode | BlankNode | DefaultGraph

# A graph that is not part of the dataset which is described: the description itself, and the
# shapes, which no query sees in the default graph.
_APART = frozenset({NamedNode(CATALOGUE_GRAPH), NamedNode(SHAPES_GRAPH)})

_OWL, _RDFS = PREFIXES["owl"], PREFIXES["rdfs"]
# The properties by which a thing of ours is tied to one of another dataset or vocabulary.
LINKS = tuple(
    map(
        NamedNode,
        (
            *LINK_PREDICATES,
            _OWL + "equivalentClass",
            _OWL + "equivalentProperty",
            _RDFS + "subClassOf",
            _RDFS + "subPropertyOf",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a set of triples holds; of the terms, how many different ones."""

    triples: int = 0
    subjects: int = 0
    objects: int = 0
    properties: int = 0
    classes: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.triples + other.triples,
            self.subjects + other.subjects,
            self.objects + other.objects,
            self.properties + other.properties,
            self.classes + other.classes,
        )


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the graphs of a release hold, and their merge.

    ``merged`` counts the set of all triples but those of the shapes and of the catalogue;
    ``entities`` the subjects there with an IRI of ours, ``properties`` the triples of each
    property, ``objects`` its different values, ``classes`` the instances of each class, ``sets``
    how many subjects have which of both, and ``links`` the triples that tie ours to others, by
    property and namespace.  ``graphs`` counts each graph for itself but the catalogue; "" is the
    unnamed one.
    """

    merged: Counts = Counts()
    entities: int = 0
    properties: Mapping[str, int] = field(default_factory=dict)
    objects: Mapping[str, int] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)
    sets: Sets = field(default_factory=dict)
    links: Mapping[tuple[str, str], int] = field(default_factory=dict)
    graphs: Mapping[str, Counts] = field(default_factory=dict)

    def triples(self) -> Counter[str]:
        """The number of triples of each graph."""
        return Counter({name: counts.triples for name, counts in self.graphs.items()})

    def to_json(self) -> str:
        """The statistics as JSON."""
        properties, classes = sorted(self.properties), sorted(self.classes)
        told = {
            "merged": _numbers(self.merged),
            "entities": self.entities,
            "properties": {name: self.properties[name] for name in properties},
            "objects": {name: self.objects[name] for name in properties},
            "classes": {name: self.classes[name] for name in classes},
            "sets": to_numbers(self.sets, properties, classes),
            "links": [[*link, count] for link, count in sorted(self.links.items())],
            "graphs": {name: _numbers(counts) for name, counts in sorted(self.graphs.items())},
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def of_json(cls, text: str) -> Self:
        """The inverse of :meth:`to_json`.  Raises ValueError, KeyError or TypeError."""
        told = json.loads(text)
        return cls(
            merged=Counts(*told["merged"]),
            entities=told["entities"],
            properties=told["properties"],
            objects=told["objects"],
            classes=told["classes"],
            sets=of_numbers(told["sets"], list(told["properties"]), list(told["classes"])),
            links={(prop, space): count for prop, space, count in told["links"]},
            graphs={name: Counts(*numbers) for name, numbers in told["graphs"].items()},
        )


def _numbers(counts: Counts) -> tuple[int, ...]:
    return counts.triples, counts.subjects, counts.objects, counts.properties, counts.classes


def is_described(graph: object) -> bool:
    """Whether a graph belongs to the dataset that is described."""
    return graph not in _APART


def is_counted(graph: object) -> bool:
    """Whether a graph is counted for itself."""
    return graph != NamedNode(CATALOGUE_GRAPH)


def name_of_graph(graph: Graph) -> str:
    """The IRI of a graph, or "" for the unnamed one."""
    return graph.value if isinstance(graph, NamedNode) else ""


def is_ours(term: object) -> bool:
    """Whether a term is an IRI of ours."""
    return isinstance(term, NamedNode) and term.value.startswith(BASE)


def link_of(triple: Triple) -> tuple[str, str] | None:
    """The property and the namespace to which a triple ties a thing of ours, if it does."""
    said = triple.object
    if triple.predicate not in LINKS or not is_ours(triple.subject):
        return None
    if not isinstance(said, NamedNode) or is_ours(said):
        return None
    return triple.predicate.value, namespace(said.value)


def namespace(iri: str) -> str:
    """The namespace of an IRI: up to its number sign, else to the last slash that is not its end.

    >>> namespace("http://www.w3.org/ns/org#Organization")
    'http://www.w3.org/ns/org#'
    >>> namespace("http://www.wikidata.org/entity/Q148")
    'http://www.wikidata.org/entity/'
    >>> namespace("https://sws.geonames.org/1814991/")
    'https://sws.geonames.org/'
    """
    before, sign, _ = iri.partition("#")
    if sign:
        return before + sign
    space = iri[: iri.rfind("/", 0, -1) + 1]
    if space.endswith("//"):  # before a host
        return iri[: iri.rfind("/") + 1]
    return space or iri[: iri.rfind(":") + 1]
