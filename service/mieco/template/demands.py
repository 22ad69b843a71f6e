"""What the shapes demand of one property of a class, as far as a form can show it.

Read are the constraints that a person filling in a cell can keep: how many values there must
be (SHACL §4.2), between which limits (§4.3.2), and from which concept schemes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rdflib import RDFS, SH, SKOS, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from mieco.terms import BASE

_SCHEMES = BASE + "concept/"


@dataclass(frozen=True, slots=True)
class Demand:
    """The demands on one property; limits as ``(operator, number)``: ``(">=", "2020")``."""

    required: bool = False
    limits: tuple[tuple[str, str], ...] = ()
    schemes: frozenset[str] = frozenset()


_LIMITS = {
    SH.minInclusive: ">=",
    SH.minExclusive: ">",
    SH.maxInclusive: "<=",
    SH.maxExclusive: "<",
}


class Demands:
    """The demands of all shapes, which may name a class or any class above it."""

    def __init__(self, shapes: Graph, ontology: Graph) -> None:
        self._shapes = shapes
        self._ontology = ontology
        # Property and direction → the shapes with that path, and the shapes that have those.
        self._by_path: defaultdict[tuple[str, bool], list[tuple[Node, Node]]] = defaultdict(list)
        for node, shape in sorted(shapes.subject_objects(SH.property)):
            if shapes.value(shape, SH.severity) != SH.Warning:
                self._by_path[self._path(shape)].append((node, shape))

    def of(
        self, class_: str, property_: str, *, language: str = "", inverse: bool = False
    ) -> Demand:
        """What is demanded of a property of the instances of a class.

        A name is demanded in a ``language``.  Warnings demand nothing.
        """
        above = set(self._ontology.transitive_objects(URIRef(class_), RDFS.subClassOf))
        found = [
            shape
            for node, shape in self._by_path.get((property_, inverse), ())
            if self._targets(node, above, property_)
        ]
        return Demand(
            required=any(self._requires(shape, language) for shape in found),
            limits=tuple(limit for shape in found for limit in self._limits(shape)),
            schemes=frozenset(iri for shape in found for iri in self._schemes(shape)),
        )

    def _targets(self, node: Node, classes: set[Node | None], property_: str) -> bool:
        return (
            not classes.isdisjoint(self._shapes.objects(node, SH.targetClass))
            or (node, SH.targetSubjectsOf, URIRef(property_)) in self._shapes
        )

    def _path(self, shape: Node) -> tuple[str, bool]:
        path = self._shapes.value(shape, SH.path)
        inverse = path and self._shapes.value(path, SH.inversePath)
        return (str(inverse), True) if inverse else (str(path), False)

    def _requires(self, shape: Node, language: str) -> bool:
        if _positive(self._shapes.value(shape, SH.minCount)):
            return True
        value = self._shapes.value(shape, SH.qualifiedValueShape)
        tags = value and self._shapes.value(value, SH.languageIn)
        return (
            _positive(self._shapes.value(shape, SH.qualifiedMinCount))
            and tags is not None
            and Literal(language) in Collection(self._shapes, tags)
        )

    def _limits(self, shape: Node) -> Iterator[tuple[str, str]]:
        for predicate, operator in _LIMITS.items():
            for limit in self._shapes.objects(shape, predicate):
                yield operator, str(limit)

    def _schemes(self, shape: Node) -> Iterator[str]:
        for node in self._shapes.objects(shape, SH.node):
            for inner in self._shapes.objects(node, SH.property):
                if self._shapes.value(inner, SH.path) != SKOS.inScheme:
                    continue
                yield from (_name(iri) for iri in self._shapes.objects(inner, SH.hasValue))
                for choice in self._shapes.objects(inner, SH["in"]):
                    yield from (_name(iri) for iri in Collection(self._shapes, choice))


def _positive(count: Node | None) -> bool:
    return isinstance(count, Literal) and count.toPython() > 0


def _name(scheme: Node) -> str:
    return str(scheme).removeprefix(_SCHEMES)
