"""SHACL property paths (SHACL §2.3.1), walked so that the facts on the way are kept."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH
from rdflib.term import Node

from mieco.errors import BadInstallation

RdfFact = tuple[Node, Node, Node]
# A value node and the facts that lead to it.
Reached = tuple[Node, tuple[RdfFact, ...]]


def walk(facts: Graph, start: Node, shapes: Graph, path: Node) -> Iterator[Reached]:
    """Each value node of a path and the facts between; one way to it is enough.

    Paths that repeat a step (``sh:zeroOrMorePath`` and its like) are not among those that our
    shapes use.  Raises BadInstallation for one.
    """
    seen = set()
    for value, way in _ways(facts, start, shapes, path):
        if value not in seen:
            seen.add(value)
            yield value, way


def _ways(facts: Graph, start: Node, shapes: Graph, path: Node) -> Iterator[Reached]:
    if isinstance(path, URIRef):
        for value in facts.objects(start, path):
            yield value, ((start, path, value),)
    elif (inverse := shapes.value(path, SH.inversePath)) is not None:
        for subject in facts.subjects(inverse, start):
            yield subject, ((subject, inverse, start),)
    elif (either := shapes.value(path, SH.alternativePath)) is not None:
        for one in Collection(shapes, either):
            yield from _ways(facts, start, shapes, one)
    else:
        steps = list(Collection(shapes, path))
        if not steps:
            raise BadInstallation(part="shapes", reason=f"path {path}")
        yield from _sequence(facts, start, shapes, steps)


def _sequence(facts: Graph, start: Node, shapes: Graph, steps: list[Node]) -> Iterator[Reached]:
    first, *rest = steps
    for between, way in _ways(facts, start, shapes, first):
        if not rest:
            yield between, way
            continue
        for value, further in _sequence(facts, between, shapes, rest):
            yield value, way + further
