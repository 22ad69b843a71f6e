"""The shapes of a release by the terms that they speak of, with what they ask in words (SHACL)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rdflib import RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

from mieco.errors import Text
from mieco.terms import BASE, MIECO

# Shapes that say what an official text asks name the requirement that they check.
_CHECKS = URIRef(BASE + "shapes#checks")
_TARGETS = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a shape asks of one property: its name, and what is told to whoever lacks it.

    ``path`` is the property, or empty where the path is longer; ``about`` are our terms in it;
    ``severity`` is ``Violation``, ``Warning`` or ``Info``.
    """

    name: Text
    message: Text
    severity: str
    path: str
    about: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape by its IRI: of which things (a class, or a property) it asks what.

    ``requirement`` is the IRI of the official requirement that it checks, or empty.
    """

    iri: str
    label: Text
    target: str
    requirement: str
    demands: Sequence[Demand]


class Shapes:
    """All shapes of a release."""

    def __init__(self, graph: Graph) -> None:
        self._by_target: dict[str, list[Shape]] = {}
        self._by_path: dict[str, list[Shape]] = {}
        for shape in _shapes(graph):
            self._by_target.setdefault(shape.target, []).append(shape)
            for term in sorted({term for demand in shape.demands for term in demand.about}):
                asked = [demand for demand in shape.demands if term in demand.about]
                self._by_path.setdefault(term, []).append(replace(shape, demands=asked))

    def of(self, term: str, ancestors: Iterable[str] = ()) -> list[Shape]:
        """The shapes that things of a class have to satisfy, or that speak of a property."""
        found = [s for each in (term, *sorted(ancestors)) for s in self._by_target.get(each, ())]
        met = {shape.iri for shape in found}
        return found + [s for s in self._by_path.get(term, ()) if s.iri not in met]

    def asked_of(self, class_: str) -> list[str]:
        """The properties that shapes ask things of this very class to have, requirements apart."""
        shapes = (shape for shape in self._by_target.get(class_, ()) if not shape.requirement)
        paths = (demand.path for shape in shapes for demand in shape.demands)
        return list(dict.fromkeys(path for path in paths if path))


def _shapes(graph: Graph) -> Iterator[Shape]:
    for target_of in _TARGETS:
        for node, target in sorted(graph.subject_objects(target_of)):
            if isinstance(node, URIRef) and str(target).startswith(MIECO):
                demands = [d for d in (_demand(graph, n) for n in _within(graph, node)) if d]
                requirement = graph.value(node, _CHECKS)
                yield Shape(
                    str(node),
                    _text(graph, node, RDFS.label),
                    str(target),
                    str(requirement or ""),
                    demands,
                )


def _within(graph: Graph, node: Node) -> Iterator[Node]:
    """A shape, and the property shapes and queries that make it up."""
    yield node
    parts = {*graph.objects(node, SH.property), *graph.objects(node, SH.sparql)}
    yield from sorted(parts, key=lambda part: (str(graph.value(part, SH.order) or ""), str(part)))


def _demand(graph: Graph, node: Node) -> Demand | None:
    message = _text(graph, node, SH.message)
    if not message.zh and not message.en:
        return None
    severity = str(graph.value(node, SH.severity) or SH.Violation).removeprefix(str(SH))
    path = graph.value(node, SH.path)
    about = frozenset(_terms(graph, path, set())) if path is not None else frozenset[str]()
    direct = str(path) if isinstance(path, URIRef) else ""
    return Demand(_text(graph, node, SH.name), message, severity, direct, about)


def _terms(graph: Graph, node: Node, seen: set[Node]) -> Iterator[str]:
    """Our terms in a path (SHACL §2.3.1)."""
    if isinstance(node, URIRef):
        if str(node).startswith(MIECO):
            yield str(node)
    elif node not in seen:
        seen.add(node)
        for value in graph.objects(node):
            yield from _terms(graph, value, seen)


def _text(graph: Graph, node: Node, prop: URIRef) -> Text:
    said: Mapping[str | None, str] = {
        value.language: str(value)
        for value in graph.objects(node, prop)
        if isinstance(value, Literal)
    }
    return Text(said.get("zh", ""), said.get("en", ""))
