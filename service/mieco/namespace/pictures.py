"""What a drawing of terms is made of: boxes with rows of text, and lines between them.

Everything is placed here, before any drawing; a template writes it as SVG, and a style sheet gives
it its colours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

# Of the text in a box, in pixels; the style sheet has the same sizes.
SIZE: Final = 13
SMALL: Final = 12
LINE: Final = 18
PADDING: Final = 9
# Of a letter, as a part of the size: of a Chinese one, and of another in the widest usual font.
_WIDE, _NARROW = 1.0, 0.57
_WIDE_KINDS = ("W", "F")
_ARROW = 9
# Of a line, the part below the base of its letters.
_BELOW_BASE = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A text in a box, in lines, which leads to a term; ``style`` is a class of the style sheet.

    ``y`` is the place of the first base line below the top of the drawing.
    """

    lines: Sequence[str]
    iri: str
    style: str
    y: int = 0

    @property
    def placed(self) -> list[tuple[str, int]]:
        """The lines, each with the place of its base line."""
        return [(text, self.y + at * LINE) for at, text in enumerate(self.lines)]


@dataclass(frozen=True, slots=True)
class Box:
    """A box at its place; ``style`` are classes of the style sheet."""

    x: int
    y: int
    width: int
    height: int
    rows: Sequence[Row]
    style: str

    @property
    def middle(self) -> int:
        return self.y + self.height // 2

    @property
    def right(self) -> int:
        return self.x + self.width


@dataclass(frozen=True, slots=True)
class Line:
    """A line as an SVG path, and the path of its arrow's head; ``style`` as in a box."""

    path: str
    head: str
    style: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole drawing."""

    width: int
    height: int
    boxes: Sequence[Box]
    lines: Sequence[Line]


def width_of(text: str, size: int = SIZE) -> float:
    """About how wide a text is drawn, rather too wide than too narrow.

    >>> width_of("行动者"), round(width_of("actor"))
    (39.0, 37)
    """
    wide = sum(unicodedata.east_asian_width(letter) in _WIDE_KINDS for letter in text)
    return size * (wide * _WIDE + (len(text) - wide) * _NARROW)


def wrapped(text: str, width: int, size: int = SIZE) -> list[str]:
    """A text in lines of at most a width, broken between words, or Chinese characters."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and width_of((lines[-1] + piece).rstrip(), size) > width:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines if line.strip()]


def box(rows: Sequence[Row], width: int, style: str) -> Box:
    """A box that holds rows, not placed yet."""
    placed, lines = [], 0
    for row in rows:
        placed.append(replace(row, y=PADDING + (lines + 1) * LINE - _BELOW_BASE))
        lines += len(row.lines)
    return Box(0, 0, width, 2 * PADDING + lines * LINE, placed, style)


def moved(one: Box, x: int, y: int) -> Box:
    """A box that is not placed yet, at its place."""
    return replace(one, x=x, y=y, rows=[replace(row, y=row.y + y) for row in one.rows])


def line(start: tuple[int, int], end: tuple[int, int], style: str, *, turn: int) -> Line:
    """A line that goes sideways, turns up or down at an x, and ends sideways with an arrow."""
    (x, y), (to_x, to_y) = start, end
    back = _ARROW if turn > to_x else -_ARROW
    neck = to_x + back
    path = f"M{x} {y}H{neck}" if y == to_y else f"M{x} {y}H{turn}V{to_y}H{neck}"
    head = f"M{to_x} {to_y}L{neck} {to_y - 5}V{to_y + 5}Z"
    return Line(path, head, style)


def _pieces(text: str) -> Iterator[str]:
    """The parts between which a line may be broken."""
    word = ""
    for letter in text:
        if unicodedata.east_asian_width(letter) in _WIDE_KINDS:
            if word:
                yield word
            word = ""
            yield letter
        else:
            word += letter
            if letter in " -":
                yield word
                word = ""
    if word:
        yield word
