"""What the named graphs of a release are called."""

from __future__ import annotations

from typing import Final

from mieco.errors import Text
from mieco.present.names import compact
from mieco.terms import (
    CATALOGUE_GRAPH,
    DATA_GRAPHS,
    INFERRED_GRAPH,
    ONTOLOGY_GRAPH,
    QUESTIONS_GRAPH,
    SHAPES_GRAPH,
    UNNAMED_GRAPH,
)

_UNNAMED: Final = Text("无名图", "the unnamed graph")
_NAMES: Final = {
    ONTOLOGY_GRAPH: Text("本体", "the ontology"),
    SHAPES_GRAPH: Text("形状", "the shapes"),
    QUESTIONS_GRAPH: Text("问题", "the questions"),
    INFERRED_GRAPH: Text("推理得出的事实", "inferred facts"),
    CATALOGUE_GRAPH: Text("数据集的自述", "what the dataset says of itself"),
    UNNAMED_GRAPH: _UNNAMED,
    "": _UNNAMED,
}


def graph_in_words(graph: str) -> Text:
    """The name of a graph, given its IRI ("": that of the unnamed graph)."""
    if (name := _NAMES.get(graph)) is not None:
        return name
    delivery = graph.removeprefix(DATA_GRAPHS)
    if delivery != graph:
        return Text(f"数据 {delivery}", f"the data {delivery}")
    return Text(f"图 {compact(graph)}", f"the graph {compact(graph)}")
