"""Writes a dataset, or some graphs of it, to a file as it is read from its store."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import IO

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store, serialize

from mieco.terms import PREFIXES, UNNAMED_GRAPH

Graph = NamedNode | DefaultGraph


def write_dump(
    store: Store, graphs: Sequence[Graph] | None, syntax: RdfFormat, out: IO[bytes]
) -> None:
    """Writes the whole dataset, or the graphs in their order, in constant memory.

    The same store gives the same bytes: its order is that of its index.  A syntax that knows
    no datasets takes exactly one graph.
    """
    if graphs is None:
        store.dump(out, syntax, prefixes=PREFIXES)
    elif syntax.supports_datasets:
        quads = (store.quads_for_pattern(None, None, None, graph) for graph in graphs)
        serialize(chain.from_iterable(quads), out, syntax, prefixes=PREFIXES)
    else:
        (graph,) = graphs
        store.dump(out, syntax, from_graph=graph, prefixes=PREFIXES)


def graph_of(iri: str) -> Graph:
    """The graph of a name; the unnamed one goes by the name that queries know it by."""
    return DefaultGraph() if iri == UNNAMED_GRAPH else NamedNode(iri)


def has_graph(store: Store, graph: Graph) -> bool:
    """Whether there is such a graph; the unnamed one always is."""
    return isinstance(graph, DefaultGraph) or store.contains_named_graph(graph)
