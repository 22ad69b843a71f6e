"""A difference as files that programs read: RDF Patch, and quads that are new or gone."""

from __future__ import annotations

from typing import IO

from pyoxigraph import DefaultGraph

from mieco.diff.compare import Difference
from mieco.diff.lines import Graph, Tell

_STOP = b" ."


def write_patch(difference: Difference, before: str, after: str, out: IO[bytes]) -> None:
    """RDF Patch (https://jena.apache.org/documentation/rdf-patch/).

    ``before`` and ``after`` are the IRIs of the two states.  Blank nodes bear the names that
    they have in the dump of the first, and what is removed comes first.
    """
    out.write(f"H id <{after}> .\nH prev <{before}> .\nTX .\n".encode())
    for each in difference.graphs:
        each.each_removed(_quads(each.graph, out, b"D "))
    for each in difference.graphs:
        each.each_added(_quads(each.graph, out, b"A "))
    out.write(b"TC .\n")


def write_added(difference: Difference, out: IO[bytes]) -> None:
    """What is new, as N-Quads."""
    for each in difference.graphs:
        each.each_added(_quads(each.graph, out, b""))


def write_removed(difference: Difference, out: IO[bytes]) -> None:
    """What is gone, as N-Quads."""
    for each in difference.graphs:
        each.each_removed(_quads(each.graph, out, b""))


def _quads(graph: Graph, out: IO[bytes], operation: bytes) -> Tell:
    """Writes lines of N-Triples as quads of a graph, each after the operation."""
    named = b"" if isinstance(graph, DefaultGraph) else f" {graph}".encode()

    def write(line: bytes) -> None:
        out.write(operation + line.removesuffix(_STOP) + named + b" .\n")

    return write
