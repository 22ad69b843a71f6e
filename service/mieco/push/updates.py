"""The updates by which a release comes to an engine (SPARQL 1.1 Update).

graph/release       which release is there (mieco/engine/pointer.py)
graph/merged/7-…    its merged default graph
graph/stages        which stage graphs there are, and how many pieces each has
graph/stage/7-…/3   the third graph of release 7, until it is switched to
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pyoxigraph import NamedNode

from mieco.engine.pointer import RELEASE, Pointer
from mieco.push.chunks import Piece
from mieco.terms import GRAPH, PREFIXES

STAGES: Final = NamedNode(GRAPH + "stages")
STAGE: Final = GRAPH + "stage/"
_EXTENT: Final = NamedNode(PREFIXES["dcterms"] + "extent")


def stage_graph(stage: str, place: int) -> NamedNode:
    """Where a graph of a release waits."""
    return NamedNode(f"{STAGE}{stage}/{place}")


def merged_graph(stage: str) -> NamedNode:
    """The merged default graph of a release."""
    return NamedNode(f"{GRAPH}merged/{stage}")


def inserted(piece: Piece, graphs: Iterable[NamedNode], mark: str) -> str:
    """An update that adds a piece to graphs, and a mark that it was made.

    Within one operation a blank node is one node, also in different graphs.
    """
    body = "\n".join([_in_graphs(dict.fromkeys(graphs, piece.lines)), mark])
    if piece.blank:
        # Virtuoso 7.2 takes no blank nodes in INSERT DATA, and no empty group here.
        once = "WHERE { VALUES ?once { 1 } }"
        return f"INSERT {{\n{body}\n}} {once}"
    return f"INSERT DATA {{\n{body}\n}}"


def marked(graph: NamedNode, pieces: int) -> str:
    """The mark that a graph has so many pieces."""
    return f"GRAPH {STAGES} {{ {graph} {_EXTENT} {pieces} }}"


def deleted(quads: Mapping[NamedNode, Sequence[str]]) -> str:
    """An update that takes triples out of graphs; empty for none."""
    return _data("DELETE DATA", quads)


def added(quads: Mapping[NamedNode, Sequence[str]]) -> str:
    """An update that puts triples into graphs; empty for none."""
    return _data("INSERT DATA", quads)


def _data(operation: str, quads: Mapping[NamedNode, Sequence[str]]) -> str:
    body = _in_graphs(quads)
    return f"{operation} {{\n{body}\n}}" if body else ""


def _in_graphs(quads: Mapping[NamedNode, Sequence[str]]) -> str:
    return "\n".join(
        "\n".join((f"GRAPH {graph} {{", *lines, "}")) for graph, lines in quads.items() if lines
    )


def dropped(graphs: Iterable[NamedNode]) -> list[str]:
    """Updates that remove graphs, whether they are there or not."""
    return [f"DROP SILENT GRAPH {graph}" for graph in graphs]


def moved(source: NamedNode, target: NamedNode) -> str:
    """An update that gives a graph the content, and the place, of another."""
    return f"MOVE SILENT GRAPH {source} TO GRAPH {target}"


def copied(source: NamedNode, target: NamedNode) -> str:
    """An update that adds what one graph holds to another."""
    return f"ADD SILENT GRAPH {source} TO GRAPH {target}"


def pointed(pointer: Pointer) -> list[str]:
    """Updates that say which release is there."""
    return [*dropped([RELEASE]), added({RELEASE: pointer.triples()})]


def together(updates: Iterable[str]) -> str:
    """Updates as one request, which an engine with transactions makes whole or not at all."""
    return " ;\n".join(filter(None, updates))
