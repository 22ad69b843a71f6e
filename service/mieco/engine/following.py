"""From one release to the next in memory: the change that led there, made once more.

The stores of a release take seconds a million triples to load; a small change to them takes
milliseconds, and a fork that makes it shares all the rest with the process that it came from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from mieco.delta import Delta, kept_delta
from mieco.engine.labels import labels_after
from mieco.engine.loading import is_disjoint, wants_asserted
from mieco.engine.sizes import sizes_of
from mieco.engine.snapshot import manifest_of
from mieco.engine.views import Stores
from mieco.terms import INFERRED_GRAPH, SHAPES_GRAPH, UNNAMED_GRAPH

_DEFAULT = DefaultGraph()
_INFERRED, _SHAPES, _UNNAMED = map(NamedNode, (INFERRED_GRAPH, SHAPES_GRAPH, UNNAMED_GRAPH))


def followed(stores: Stores, release: Path) -> Stores:
    """The stores of a release that was made from that of ``stores``; these become it.

    Its change is one that was kept.  Raises OSError, SyntaxError, or ValueError where it takes more
    than these stores.
    """
    delta, manifest = kept_delta(release), manifest_of(release)
    graphs = {NamedNode(iri) for iri in manifest["graphs"]}
    quads = stores.quads + change_merged(stores.merged, delta, graphs)
    if stores.foreign is not stores.merged:
        _remove(stores.foreign, delta.removed)
        _add(stores.foreign, delta.added)
        _name(stores.foreign, graphs)
    disjoint = is_disjoint(quads, manifest)
    asserted = None
    if wants_asserted(stores.merged, disjoint=disjoint):
        asserted = stores.asserted
        if asserted is None:
            raise ValueError("the asserted facts need a store of their own")
        change_merged(asserted, delta.without(_INFERRED), graphs - {_INFERRED})
    sizes = None
    if stores.sizes is not None:
        labels = labels_after(stores.sizes.labels, delta, stores.merged)
        sizes = replace(sizes_of(release, manifest, stores.merged), labels=labels)
    return stores._replace(asserted=asserted, disjoint=disjoint, quads=quads, sizes=sizes)


def change_merged(store: Store, delta: Delta, graphs: set[NamedNode]) -> int:
    """Makes a change to a store whose default graph is the merge of all others but the shapes.

    Gives the number of quads by which the store has grown: to count them all takes long.
    """
    grown = -_remove(store, _as_named(delta.removed))
    grown += _add(store, _as_named(delta.added) | _as_merged(delta.added))
    grown -= _remove(store, [q for q in _as_merged(delta.removed) if _is_left_over(q, store)])
    unnamed = next(store.quads_for_pattern(None, None, None, _UNNAMED), None)
    _name(store, graphs | {_UNNAMED} if unnamed else graphs)
    return grown


def _add(store: Store, quads: Iterable[Quad]) -> int:
    """Adds quads; gives the number of those that were not there."""
    new = [quad for quad in quads if quad not in store]
    store.extend(new)
    return len(new)


def _remove(store: Store, quads: Iterable[Quad]) -> int:
    """Removes quads; gives the number of those that were there."""
    old = [quad for quad in quads if quad in store]
    for quad in old:
        store.remove(quad)
    return len(old)


def _is_left_over(quad: Quad, store: Store) -> bool:
    """Whether a quad of the merged default graph stands in none of those that are merged."""
    found = store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    return all(other.graph_name in (_DEFAULT, _SHAPES) for other in found)


def _as_named(quads: Iterable[Quad]) -> frozenset[Quad]:
    """Quads as they stand in the graph of their own: that of the unnamed ones has a name here."""
    return frozenset(
        Quad(
            q.subject, q.predicate, q.object, _UNNAMED if q.graph_name == _DEFAULT else q.graph_name
        )
        for q in quads
    )


def _as_merged(quads: Iterable[Quad]) -> frozenset[Quad]:
    """Quads as they stand in the merged default graph."""
    return frozenset(
        Quad(q.subject, q.predicate, q.object) for q in quads if q.graph_name != _SHAPES
    )


def _name(store: Store, graphs: set[NamedNode]) -> None:
    """Sees that a store has these named graphs and no other, be they empty or not."""
    for graph in graphs:
        store.add_graph(graph)
    for other in set(store.named_graphs()) - graphs:
        store.remove_graph(other)
