"""The triple patterns that a query cannot do without.

They are read off its algebra (SPARQL 1.1 §18.2): what stands in OPTIONAL, MINUS, EXISTS or a
filter may be absent, and of the branches of a UNION one is enough.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode
from rdflib import term as rdf
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, Path, SequencePath

from mieco.stores import Term

if TYPE_CHECKING:
    from rdflib.plugins.sparql.parserutils import CompValue


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the query."""

    name: str


# A place of a pattern that says nothing: the middle of a path, a blank node.
ANYTHING = Variable("")

Place = Variable | NamedNode | Literal


@dataclass(frozen=True, slots=True)
class Pattern:
    """Subject, property and object, each a term or a variable."""

    subject: Place
    predicate: Place
    object: Place

    def bound(self, values: dict[str, Term]) -> dict[str, Term]:
        """Its terms under ``s``, ``p`` and ``o``, with values for its variables."""
        places = {"s": self.subject, "p": self.predicate, "o": self.object}
        found: dict[str, Term] = {}
        for name, place in places.items():
            if not isinstance(place, Variable):
                found[name] = place
            elif place.name in values:
                found[name] = values[place.name]
        return found


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Branches of which one must be met."""

    branches: Sequence[Needed]


# What must all be met.
Needed = Sequence["Pattern | AnyOf"]


# The first use of rdflib's grammar rearranges it, and a thread that reads meanwhile fails.
_one_reader = threading.Lock()


@cache
def needed_patterns(query: str) -> Needed:
    """The patterns of a valid query."""
    from rdflib.plugins.sparql import prepareQuery  # slow to import

    with _one_reader:
        return tuple(_needed(prepareQuery(query).algebra))


def _needed(node: CompValue) -> Iterator[Pattern | AnyOf]:
    from rdflib.plugins.sparql.parserutils import CompValue

    match node.name:
        case "BGP":
            for subject, predicate, value in node.triples:
                yield from _triple(subject, predicate, value)
        case "Union":
            yield AnyOf((tuple(_needed(node.p1)), tuple(_needed(node.p2))))
        case "Join":
            yield from _needed(node.p1)
            yield from _needed(node.p2)
        case "LeftJoin" | "Minus":
            yield from _needed(node.p1)
        case _:
            # Filter, Extend, Group, Project, Graph and the like keep one pattern within.
            inner = node.get("p")
            if isinstance(inner, CompValue):
                yield from _needed(inner)


def _triple(subject: rdf.Node, path: rdf.Node | Path, value: rdf.Node) -> Iterator[Pattern | AnyOf]:
    """A triple, or what a path needs between its ends (SPARQL 1.1 §9.1)."""
    match path:
        case InvPath():
            yield from _triple(value, path.arg, subject)
        case SequencePath():
            ends = [subject, *(rdf.BNode() for _ in path.args[1:]), value]
            for start, step, end in zip(ends, path.args, ends[1:], strict=False):
                yield from _triple(start, step, end)
        case AlternativePath():
            yield AnyOf(tuple(tuple(_triple(subject, each, value)) for each in path.args))
        case MulPath() if path.zero or isinstance(path.path, NegatedPath):
            return
        case MulPath():
            # Of several steps the ends are known, and not which of them a step joins.
            yield from _triple(rdf.BNode(), path.path, rdf.BNode())
        case NegatedPath():
            return
        case _:
            yield Pattern(_place(subject), _place(path), _place(value))


def _place(node: rdf.Node | Path) -> Place:
    match node:
        case rdf.Variable():
            return Variable(str(node))
        case rdf.URIRef():
            return NamedNode(str(node))
        case rdf.Literal():
            if node.language:
                return Literal(str(node), language=node.language)
            if node.datatype:
                return Literal(str(node), datatype=NamedNode(str(node.datatype)))
            return Literal(str(node))
    return ANYTHING
