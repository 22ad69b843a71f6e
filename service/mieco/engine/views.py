"""What a query is evaluated against: a store, which of its graphs, and which facts those are.

The engine's own union of several default graphs is a bag, where the specification wants
the RDF merge, a set (SPARQL 1.1 §13.1).  So it serves only where no triple stands in two
of the graphs; that is known of the whole release once it is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pyoxigraph import DefaultGraph, NamedNode, Store

from mieco.engine.base import Entailment
from mieco.engine.dataset import Dataset, dataset_of_query, merged, overlap, refuse_both
from mieco.engine.rewriting import Sizes
from mieco.terms import INFERRED_GRAPH, SHAPES_GRAPH

_INFERRED, _SHAPES = NamedNode(INFERRED_GRAPH), NamedNode(SHAPES_GRAPH)

# The engine looks into every graph of a union in turn.  A lookup in four graphs takes a tenth
# longer than one in their merge, a join two and a half times as long; in 300 graphs, ten and a
# hundred times.
MOST_UNITED = 8


class Stores(NamedTuple):
    """The release, in memory or (``on_disk``) opened by this process alone.

    ``merged`` has the merged default graph, ``foreign`` the one that foreign queries see
    where they do not choose.  ``disjoint``: no triple stands in two graphs, the shapes
    aside.  ``quads`` is the size of ``merged``.  ``asserted`` is the merged one without what is
    inferred; ``None`` where a union of graphs does as well.  ``sizes`` are the numbers of the
    merged one; ``None`` where queries are not to be rewritten.
    """

    merged: Store
    foreign: Store
    asserted: Store | None
    disjoint: bool
    quads: int
    sizes: Sizes | None
    on_disk: bool = False


class View(NamedTuple):
    """A store, the facts that are seen in it, and its graphs; ``None`` for all that it has."""

    store: Store
    entailment: Entailment
    default_graphs: Sequence[NamedNode | DefaultGraph] | None = None
    named_graphs: Sequence[NamedNode] | None = None


def view_of(stores: Stores, job: Mapping[str, Any]) -> View:
    """What the query of a job sees.

    Raises BadRequest where both an entailment and graphs are named: each describes the
    dataset.
    """
    store = stores.foreign if job["foreign"] else stores.merged
    dataset = _dataset(job)
    if dataset is None:
        return (
            _of_entailment(stores, job["entailment"]) if job["entailment"] else View(store, "both")
        )
    refuse_both(job["entailment"])
    return _of_dataset(store, dataset, disjoint=stores.disjoint)


def asserted_graphs(store: Store) -> list[NamedNode]:
    """The named graphs whose merge is the default graph of an asserted query."""
    return [g for g in _named(store) if g not in (_INFERRED, _SHAPES)]


def _named(store: Store) -> list[NamedNode]:
    return [graph for graph in store.named_graphs() if isinstance(graph, NamedNode)]


def _dataset(job: Mapping[str, Any]) -> Dataset | None:
    """The dataset that the request names, else the text (SPARQL 1.1 Protocol §2.1.4)."""
    if job["default_graphs"] is None and job["named_graphs"] is None:
        return dataset_of_query(job["text"], job["base"])
    return Dataset(list(dict.fromkeys(job["default_graphs"])), job["named_graphs"])


def _of_entailment(stores: Stores, asked: Entailment) -> View:
    store = stores.merged
    if asked == "both":
        return View(store, asked)
    if asked == "inferred":
        return View(store, asked, [_INFERRED], [g for g in _named(store) if g == _INFERRED])
    if stores.asserted is not None:
        return View(stores.asserted, asked)
    named = [graph for graph in _named(store) if graph != _INFERRED]
    return View(store, asked, asserted_graphs(store), named)


def _of_dataset(store: Store, dataset: Dataset, *, disjoint: bool) -> View:
    named = [NamedNode(iri) for iri in dataset.named_graphs]
    default = [NamedNode(iri) for iri in dataset.default_graphs]
    graphs = {*named, *default}
    entailment: Entailment = "both"
    if _INFERRED not in graphs:
        entailment = "asserted"
    elif graphs == {_INFERRED}:
        entailment = "inferred"
    known_disjoint = disjoint and _SHAPES not in default
    if not known_disjoint and overlap(store, dataset.default_graphs):
        return View(merged(store, dataset), entailment, [DefaultGraph()], named)
    return View(store, entailment, default, named)
