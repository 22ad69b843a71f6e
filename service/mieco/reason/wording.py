"""Facts and graphs in words, in both languages."""

from __future__ import annotations

from collections.abc import Callable

from pyoxigraph import Triple

from mieco.errors import Text
from mieco.present.names import compact
from mieco.stores import Term
from mieco.terms import (
    CATALOGUE_GRAPH,
    DATA_GRAPHS,
    ONTOLOGY_GRAPH,
    QUESTIONS_GRAPH,
    RDF_TYPE,
    RDFS_SUBCLASS_OF,
    SHAPES_GRAPH,
    UNNAMED_GRAPH,
)

_GRAPHS = {
    ONTOLOGY_GRAPH: Text("本体", "the ontology"),
    SHAPES_GRAPH: Text("形状", "the shapes"),
    QUESTIONS_GRAPH: Text("问题", "the questions"),
    CATALOGUE_GRAPH: Text("发布的自述", "what the release says of itself"),
    UNNAMED_GRAPH: Text("无名图", "the unnamed graph"),
}

# The name of a term for readers.
Name = Callable[[Term], Text]


def fact_in_words(fact: Triple, name: Name) -> Text:
    """A triple as a short sentence."""
    this, value = name(fact.subject), name(fact.object)
    if fact.predicate.value == RDF_TYPE:
        return Text(f"“{this.zh}”是“{value.zh}”", f"'{this.en}' is of the class '{value.en}'")
    if fact.predicate.value == RDFS_SUBCLASS_OF:
        return Text(
            f"“{this.zh}”是“{value.zh}”的子类", f"'{this.en}' is a subclass of '{value.en}'"
        )
    prop = name(fact.predicate)
    return Text(
        f"“{this.zh}”的“{prop.zh}”是“{value.zh}”", f"'{this.en}': '{prop.en}' is '{value.en}'"
    )


def graph_in_words(graph: str) -> Text:
    """A named graph of a release."""
    delivery = graph.removeprefix(DATA_GRAPHS)
    if delivery != graph:
        return Text(f"数据 {delivery}", f"the data {delivery}")
    return _GRAPHS.get(graph, Text(f"图 {compact(graph)}", f"the graph {compact(graph)}"))
