"""The triples of a release in pieces, always the same, so that sending them can go on anywhere.

A blank node is another one in every request that names it.  So all triples that hang together by
blank nodes are in one piece, however many they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pyoxigraph import BlankNode, NamedNode, Quad, Store, Triple

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
    for component in _components(hanging):
        if lines and len(lines) + len(component) > most_blank:
            yield Piece(lines, blank=True)
            lines = []
        lines += map(as_line, component)
    if lines:
        yield Piece(lines, blank=True)


def as_line(quad: Quad) -> str:
    """Its triple as N-Triples writes it."""
    return f"{quad.triple} ."


def nodes_of(quad: Quad) -> list[BlankNode]:
    """The blank nodes of its triple."""
    return [*_nodes_in(quad.triple)]


def _nodes_in(term: object) -> Iterator[BlankNode]:
    match term:
        case BlankNode():
            yield term
        case Triple():
            for part in term:
                yield from _nodes_in(part)


def _components(quads: Iterable[Quad]) -> Iterator[list[Quad]]:
    """The triples that hang together by blank nodes, in the order of their first ones."""
    leader: dict[BlankNode, BlankNode] = {}

    def led_by(node: BlankNode) -> BlankNode:
        while (above := leader.setdefault(node, node)) != node:
            leader[node] = leader[above]  # halves the way for the next
            node = above
        return node

    kept = list(quads)
    for quad in kept:
        first, *others = nodes_of(quad)
        for other in others:
            leader[led_by(other)] = led_by(first)
    found: defaultdict[BlankNode, list[Quad]] = defaultdict(list)
    for quad in kept:
        found[led_by(nodes_of(quad)[0])].append(quad)
    yield from found.values()
