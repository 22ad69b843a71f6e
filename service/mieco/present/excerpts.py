"""The place in a text at which something is wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line of a text in three parts: before the place, the character there, and after it."""

    line: int
    column: int
    before: str
    at: str
    after: str


def excerpt(text: str, line: int, column: int) -> Excerpt | None:
    """The line with a place in it, both counted from 1; ``None`` for one that is not there.

    >>> excerpt("SELECT *\\nWHER {}", 2, 1)
    Excerpt(line=2, column=1, before='', at='W', after='HER {}')
    """
    lines = text.split("\n")
    if not 1 <= line <= len(lines) or column < 1:
        return None
    whole = lines[line - 1].rstrip("\r")
    # At the end of a line nothing stands that could be marked.
    at = whole[column - 1 : column] or " "
    return Excerpt(line, column, whole[: column - 1], at, whole[column:])
