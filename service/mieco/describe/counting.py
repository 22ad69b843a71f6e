"""The statistics of a dataset, counted from nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

from pyoxigraph import DefaultGraph, Store

from mieco import content
from mieco.describe.statistics import (
    LINKS,
    Counts,
    Graph,
    Statistics,
    is_counted,
    is_described,
    link_of,
    name_of_graph,
)
from mieco.engine.base import text_of
from mieco.stores import Row, as_rows


def count(store: Store) -> Statistics:
    """What the graphs of a store hold, and their merge."""
    graphs: list[Graph] = [g for g in (DefaultGraph(), *store.named_graphs()) if is_counted(g)]
    described = [graph for graph in graphs if is_described(graph)]
    properties = _by_name(store, "properties", described)
    classes = _by_name(store, "classes", described)
    (terms,) = _rows(store, "terms", described)
    (entities,) = _rows(store, "entities", described)
    return Statistics(
        merged=Counts(
            triples=sum(properties.values()),
            subjects=int(text_of(terms["subjects"])),
            objects=int(text_of(terms["objects"])),
            properties=len(properties),
            classes=len(classes),
        ),
        entities=int(text_of(entities["entities"])),
        properties=properties,
        classes=classes,
        links=_links(store),
        graphs={name_of_graph(graph): _counts(store, graph) for graph in graphs},
    )


def _counts(store: Store, graph: Graph) -> Counts:
    (terms,) = _rows(store, "terms", [graph])
    numbers = {name: int(text_of(number)) for name, number in terms.items()}
    return Counts(**numbers, classes=len(_by_name(store, "classes", [graph])))


def _links(store: Store) -> Counter[tuple[str, str]]:
    quads = (quad for prop in LINKS for quad in store.quads_for_pattern(None, prop, None, None))
    triples = {quad.triple for quad in quads if is_described(quad.graph_name)}
    return Counter(link for triple in triples if (link := link_of(triple)))


def _by_name(store: Store, query: str, graphs: Sequence[Graph]) -> dict[str, int]:
    """The rows of a query that gives a name and a number in each."""
    rows = (list(row.values()) for row in _rows(store, query, graphs))
    return {text_of(name): int(text_of(number)) for name, number in rows}


def _rows(store: Store, query: str, graphs: Sequence[Graph]) -> list[Row]:
    return as_rows(store.query(_text(query), default_graph=list(graphs)))


@cache
def _text(query: str) -> str:
    path = content.folder("queries") / "statistics" / f"{query}.rq"
    return path.read_text(encoding="utf-8")
