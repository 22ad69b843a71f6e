"""The neighbourhood of a term as a drawing: what is above it, below it, and tied to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from mieco.errors import Language, Text
from mieco.namespace.phrases import name_in
from mieco.namespace.pictures import (
    PADDING,
    SIZE,
    SMALL,
    Box,
    Line,
    Picture,
    Row,
    box,
    line,
    moved,
    wrapped,
)
from mieco.namespace.term_page import PropertyOf, TermPage
from mieco.namespace.vocabulary import Vocabulary

_ABOVE = Text("上位", "above it")
_BELOW = Text("下位", "below it")
_DOMAIN = Text("定义域", "domain")
_RANGE = Text("值域", "range")
_INVERSE = Text("逆属性", "inverse")

Side = OneOf["left", "right"]

_WIDTH, _MIDDLE, _GAP, _BETWEEN, _EDGE = 190, 200, 64, 12, 2
# Beyond so many of one kind a drawing no longer helps; the page lists them all.
_MOST = 7


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A term beside another: how they are tied, in words and by which property, on which side.

    ``style`` is ``is-a`` where one is above the other, ``relation`` otherwise; ``inferred`` if that
    is not written down.
    """

    iri: str
    side: Side
    tie: str
    by: str
    style: OneOf["is-a", "relation"]
    inferred: bool = False


def draw_term(page: TermPage, vocabulary: Vocabulary, language: Language) -> Picture | None:
    """A term in the middle, its neighbours on both sides; ``None`` if it has none."""
    kept = list(_few(_neighbours(page, vocabulary, language)))
    if not kept:
        return None
    iri, labels = page.term.iri, vocabulary.labels
    lines = wrapped(name_in(iri, language, labels), _MIDDLE - 2 * PADDING)
    middle = box([Row(lines, iri, "name")], _MIDDLE, "this")
    columns: dict[Side, list[tuple[Neighbour, Box]]] = {"left": [], "right": []}
    for each in kept:
        columns[each.side].append((each, _box_of(each, language, labels)))
    heights = {side: _height([b for _, b in column]) for side, column in columns.items()}
    height = max(middle.height, *heights.values())
    x = _EDGE + (_WIDTH + _GAP if columns["left"] else 0)
    middle = moved(middle, x, _EDGE + (height - middle.height) // 2)
    boxes, drawn = [middle], list[Line]()
    for side, column in columns.items():
        at = _EDGE if side == "left" else middle.right + _GAP
        y = _EDGE + (height - heights[side]) // 2
        for each, one in column:
            placed = moved(one, at, y)
            boxes.append(placed)
            drawn.append(_tie(each, placed, middle))
            y += placed.height + _BETWEEN
    width = middle.right + (_GAP + _WIDTH if columns["right"] else 0) + _EDGE
    return Picture(width, height + 2 * _EDGE, boxes, drawn)


def _neighbours(page: TermPage, vocabulary: Vocabulary, language: Language) -> Iterator[Neighbour]:
    above, below, domain, range_, inverse = (
        text.in_(language) for text in (_ABOVE, _BELOW, _DOMAIN, _RANGE, _INVERSE)
    )
    for iri, inferred in page.above.items():
        yield Neighbour(iri, "left", above, "", "is-a", inferred)
    for iri, inferred in page.below.items():
        yield Neighbour(iri, "right", below, "", "is-a", inferred)
    for iri in page.term.domain:
        yield Neighbour(iri, "left", domain, "", "relation")
    for iri in page.term.range:
        yield Neighbour(iri, "right", range_, "", "relation")
    for iri in page.inverse:
        yield Neighbour(iri, "right", inverse, "", "relation")
    own = [p for p in page.properties if p.through == page.term.iri]
    for side, properties in (("right", own), ("left", page.pointing)):
        yield from _by_properties(properties, side, vocabulary, language)  # type: ignore[arg-type]


def _by_properties(
    properties: Sequence[PropertyOf], side: Side, vocabulary: Vocabulary, language: Language
) -> Iterator[Neighbour]:
    """The classes that object properties lead to, or come from."""
    for each in properties:
        term = vocabulary.entries[each.iri].term
        if term.kind == "object property":
            for iri in each.values:
                yield Neighbour(iri, side, term.label(language), each.iri, "relation")


def _few(neighbours: Iterable[Neighbour]) -> Iterator[Neighbour]:
    """The first ones of each kind and side."""
    met: dict[tuple[Side, str], int] = {}
    for each in neighbours:
        kind = each.side, each.style
        met[kind] = met.get(kind, 0) + 1
        if met[kind] <= _MOST:
            yield each


def _box_of(each: Neighbour, language: Language, labels: Mapping[str, Text]) -> Box:
    room = _WIDTH - 2 * PADDING
    tie = Row(wrapped(each.tie, room, SMALL), each.by, "tie")
    name = Row(wrapped(name_in(each.iri, language, labels), room, SIZE), each.iri, "name")
    return box([tie, name], _WIDTH, "inferred" if each.inferred else "")


def _height(boxes: Sequence[Box]) -> int:
    return sum(b.height for b in boxes) + _BETWEEN * max(0, len(boxes) - 1)


def _tie(each: Neighbour, one: Box, middle: Box) -> Line:
    """From the left to the right; but to what is above, from what is below it."""
    style = f"{each.style} inferred" if each.inferred else each.style
    left, right = (one, middle) if each.side == "left" else (middle, one)
    start, end = (left.right, left.middle), (right.x, right.middle)
    if each.style == "is-a":
        start, end = end, start
    return line(start, end, style, turn=left.right + _GAP // 2)
