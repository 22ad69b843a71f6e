"""The statistics of a dataset after a small change, from those before it.

Only what the change touches is looked up, in the dataset before and after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from mieco.characteristic_sets import CharacteristicSet, changed, set_of
from mieco.describe.statistics import (
    Counts,
    Graph,
    Statistics,
    is_counted,
    is_described,
    is_ours,
    link_of,
    name_of_graph,
)
from mieco.terms import RDF_TYPE

_TYPE = NamedNode(RDF_TYPE)

_Subject = NamedNode | BlankNode | Triple
_Object = NamedNode | BlankNode | Literal | Triple


def recount(
    statistics: Statistics, before: Store, after: Store, touched: Iterable[Quad]
) -> Statistics:
    """What the graphs hold after a change; ``touched`` are the quads that it may have changed."""
    differing = [quad for quad in _as_stored(touched) if (quad in before) != (quad in after)]
    by_graph: dict[Graph, set[Triple]] = {}
    for quad in differing:
        if is_counted(quad.graph_name):
            by_graph.setdefault(quad.graph_name, set()).add(quad.triple)
    graphs = {"": Counts()}
    graphs |= {name_of_graph(g): Counts() for g in after.named_graphs() if is_counted(g)}
    graphs |= {name: counts for name, counts in statistics.graphs.items() if name in graphs}
    for graph, triples in by_graph.items():
        if (name := name_of_graph(graph)) in graphs:
            graphs[name] += _growth(_Steps(before, after, graph), triples)
    steps = _Steps(before, after)
    triples = {quad.triple for quad in differing if is_described(quad.graph_name)}
    moved = {triple: step for triple in triples if (step := steps.of_triple(triple))}
    return Statistics(
        merged=statistics.merged + _growth(steps, triples),
        entities=statistics.entities
        + sum(steps.of(s, None, None) for s in {t.subject for t in triples} if is_ours(s)),
        properties=_grown(
            statistics.properties, ((t.predicate.value, step) for t, step in moved.items())
        ),
        objects=_grown(
            statistics.objects,
            (
                (prop.value, steps.of(None, prop, said))
                for prop, said in {(t.predicate, t.object) for t in triples}
            ),
        ),
        classes=_grown(
            statistics.classes,
            (
                (t.object.value, step)
                for t, step in moved.items()
                if t.predicate == _TYPE and isinstance(t.object, NamedNode)
            ),
        ),
        sets=changed(
            statistics.sets,
            ((_set_of(before, s), _set_of(after, s)) for s in {t.subject for t in triples}),
        ),
        links=_grown(
            statistics.links,
            ((link, step) for t, step in moved.items() if (link := link_of(t))),
        ),
        graphs=graphs,
    )


def _as_stored(quads: Iterable[Quad]) -> set[Quad]:
    """The quads with their literals as a store writes them: "05" is "5" there."""
    store = Store()
    store.extend(quads)
    return set(store)


@dataclass(frozen=True, slots=True)
class _Steps:
    """How the triples of a pattern came (1) or went (-1), in one graph or in the merged ones."""

    before: Store
    after: Store
    graph: Graph | None = None

    def of(self, s: _Subject | None, p: NamedNode | None, o: _Object | None) -> int:
        return self._stands(self.after, s, p, o) - self._stands(self.before, s, p, o)

    def of_triple(self, triple: Triple) -> int:
        return self.of(triple.subject, triple.predicate, triple.object)

    def _stands(
        self, store: Store, s: _Subject | None, p: NamedNode | None, o: _Object | None
    ) -> bool:
        quads = store.quads_for_pattern(s, p, o, self.graph)
        return any(self.graph is not None or is_described(quad.graph_name) for quad in quads)


def _set_of(store: Store, subject: _Subject) -> CharacteristicSet | None:
    quads = store.quads_for_pattern(subject, None, None, None)
    return set_of(quad for quad in quads if is_described(quad.graph_name))


def _growth(steps: _Steps, triples: Iterable[Triple]) -> Counts:
    """By how much triples that may have changed make the counts grow."""
    triples = list(triples)
    classes = {
        t.object for t in triples if t.predicate == _TYPE and isinstance(t.object, NamedNode)
    }
    return Counts(
        triples=sum(map(steps.of_triple, triples)),
        subjects=sum(steps.of(s, None, None) for s in {t.subject for t in triples}),
        objects=sum(steps.of(None, None, o) for o in {t.object for t in triples}),
        properties=sum(steps.of(None, p, None) for p in {t.predicate for t in triples}),
        classes=sum(steps.of(None, _TYPE, c) for c in classes),
    )


def _grown(counts: Mapping[Any, int], steps: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    """The counts after some steps; what there is none of is left out."""
    grown = Counter(counts)
    for name, step in steps:
        grown[name] += step
    return {name: count for name, count in grown.items() if count}
