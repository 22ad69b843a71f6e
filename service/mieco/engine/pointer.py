"""What an engine of others says of the release that it holds.

    graph/release { graph/release  dcterms:identifier "7" ; dcterms:issued "2026-…" ;
                      sd:defaultGraph  graph/merged/7-… ;   its merged default graph
                      dcterms:replaces graph/merged/6-… ;   that of the release before
                      sd:namedGraph    graph/ontology , … }

Whoever publishes there writes it by the same update that switches the graphs (mieco/push).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from mieco.stores import Row, Term
from mieco.terms import GRAPH, PREFIXES

RELEASE: Final = NamedNode(GRAPH + "release")
_IDENTIFIER = NamedNode(PREFIXES["dcterms"] + "identifier")
_ISSUED = NamedNode(PREFIXES["dcterms"] + "issued")
_REPLACES = NamedNode(PREFIXES["dcterms"] + "replaces")
_DEFAULT_GRAPH = NamedNode(PREFIXES["sd"] + "defaultGraph")
_NAMED_GRAPH = NamedNode(PREFIXES["sd"] + "namedGraph")


@dataclass(frozen=True, slots=True)
class Pointer:
    """The release that an engine holds: its number, when it was made, and its graphs.

    ``graph`` is its merged default graph; without one the default graph of the engine is that.
    ``replaced`` is the merged default graph of the release before.
    """

    release: int | None
    created: str = ""
    graph: NamedNode | None = None
    replaced: NamedNode | None = None
    graphs: frozenset[NamedNode] = frozenset()

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Pointer | None:
        """What the rows of ``pointer.rq`` say; ``None`` if that is no release."""
        told: dict[Term, list[Term]] = {}
        for row in rows:
            told.setdefault(row["property"], []).append(row["value"])
        numbers = [
            int(term.value)
            for term in told.get(_IDENTIFIER, [])
            if isinstance(term, Literal) and term.value.isdecimal()
        ]
        graphs = _iris(told.get(_DEFAULT_GRAPH, []))
        if len(numbers) != 1 or len(graphs) != 1:
            return None
        created = [t.value for t in told.get(_ISSUED, []) if isinstance(t, Literal)]
        replaced = _iris(told.get(_REPLACES, []))
        named = frozenset(_iris(told.get(_NAMED_GRAPH, [])))
        return cls(
            numbers[0], next(iter(created), ""), graphs[0], next(iter(replaced), None), named
        )

    def triples(self) -> list[str]:
        """The same as lines of N-Triples."""
        told: list[tuple[NamedNode, Term]] = [
            (_IDENTIFIER, Literal(str(self.release))),
            (_ISSUED, Literal(self.created)),
        ]
        if self.graph:
            told.append((_DEFAULT_GRAPH, self.graph))
        if self.replaced:
            told.append((_REPLACES, self.replaced))
        told += [(_NAMED_GRAPH, graph) for graph in sorted(self.graphs, key=str)]
        return [f"{RELEASE} {name} {value} ." for name, value in told]


def _iris(terms: Iterable[Term]) -> list[NamedNode]:
    return [term for term in terms if isinstance(term, NamedNode)]
