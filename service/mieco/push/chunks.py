"""The triples of a release in pieces, always the same, so that sending them can go on anywhere.

A blank node is another one in every request that names it.  So all triples that hang together by
blank nodes are in one piece, however many they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pyoxigraph import NamedNode, Quad, Store

from mieco.diff.blank_nodes import components, nodes_of

# A piece of triples is not much longer than this, in characters.
_MOST_CHARACTERS = 4 << 20


class Piece(NamedTuple):
    """Some triples as lines of N-Triples, and whether they have blank nodes."""

    lines: Sequence[str]
    blank: bool


def pieces(store: Store, graph: NamedNode, most: int, most_blank: int) -> Iterator[Piece]:
    """The triples of a graph, about so many in a piece; those with blank nodes come last."""
    lines: list[str] = []
    characters = 0
    hanging: list[Quad] = []
    for quad in store.quads_for_pattern(None, None, None, graph):
        if nodes_of(quad):
            hanging.append(quad)
            continue
        lines.append(as_line(quad))
        characters += len(lines[-1])
        if len(lines) >= most or characters >= _MOST_CHARACTERS:
            yield Piece(lines, blank=False)
            lines, characters = [], 0
    if lines:
        yield Piece(lines, blank=False)
    lines = []
    for component in components(hanging):
        if lines and len(lines) + len(component.quads) > most_blank:
            yield Piece(lines, blank=True)
            lines = []
        lines += map(as_line, component.quads)
    if lines:
        yield Piece(lines, blank=True)


def as_line(quad: Quad) -> str:
    """Its triple as N-Triples writes it."""
    return f"{quad.triple} ."
