"""What a chart of an answer draws: the marks of its rows, before any drawing.

A mark is a row seen through the channels of the question's view.  What has no value has none
here either; a row without a place in the chart is counted and left out, never put at zero.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pyoxigraph import Literal

from mieco.ask.answers import QuestionAnswer, shown
from mieco.ask.selection import Table
from mieco.engine.base import text_of
from mieco.questions.model import ViewKind
from mieco.stores import Row, Term

# Beyond so many marks a chart can no longer be read; the table has them all.
_MOST: Mapping[ViewKind, int] = {
    "bar": 60,
    "line": 500,
    "timeline": 60,
    "network": 200,
    "tree": 120,
    "provinces": 1_000,
}
# The channels without which a row has no place in the chart.
_NEEDED: Mapping[ViewKind, Sequence[str]] = {
    "bar": ("label",),
    "line": ("x",),
    "timeline": ("date", "label"),
    "network": ("from", "to"),
    "tree": ("child",),
    "provinces": ("place",),
}
# Columns of these names hold two ends that are alike: what links them has no direction.
_ALIKE = ("one", "other")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?(?:T.*|Z|[+-][0-9:]{5})?")

# No longer than can be written out: 1e999999999 would be computed for an hour.
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,2})?")

Mark = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """The marks of an answer's chart.

    ``names`` are the names of the columns by channel; ``count`` is how many marks there would
    be, of which ``marks`` holds as many as can be read, and ``without_place`` how many rows
    have none.  ``scale`` says of a line what its x is: ``number``, ``time`` or ``category``;
    ``directed`` says of a network whether its links run from one end to the other.
    """

    kind: ViewKind
    names: Mapping[str, str]
    marks: Sequence[Mark]
    count: int
    without_place: int
    scale: str = ""
    directed: bool = True


def chart_of(answer: QuestionAnswer, places: Sequence[int]) -> Chart | None:
    """The chart of these rows of an answer, in their order.

    ``None`` where a table says it all: that is the view, or there is nothing to draw, or each
    line would be one point.
    """
    view = answer.question.view
    if view.kind == "table":
        return None
    rows = [answer.rows[place] for place in places]
    marks: list[Mark] = []
    for row in rows:
        terms = {channel: row[c] for channel, c in view.channels.items() if c in row}
        if all(channel in terms for channel in _NEEDED[view.kind]):
            marks += _mark(view.kind, terms, answer)
    if not marks or ("value" in view.channels and all(mark["value"] is None for mark in marks)):
        return None
    scale = ""
    if view.kind == "line":
        scale, marks = _scaled(marks)
        if not _runs(marks):
            return None
    if view.kind == "timeline" and len(marks) > _MOST["timeline"]:
        # Of two marks the one that says more about its date, then the later one.
        marks.sort(key=lambda mark: mark["start"], reverse=True)
        marks.sort(key=_days)
    kept = marks[: _MOST[view.kind]]
    if view.kind == "timeline":
        kept.sort(key=lambda mark: (mark["start"], mark["end"]))
    return Chart(
        kind=view.kind,
        names={
            channel: answer.question.columns[column].in_(answer.language)
            for channel, column in view.channels.items()
        },
        marks=kept,
        count=len(marks),
        without_place=len(rows) - len(marks),
        scale=scale,
        directed=(view.channels.get("from"), view.channels.get("to")) != _ALIKE,
    )


def numeric_columns(answer: Table) -> frozenset[str]:
    """The columns of which every value is a number."""
    return frozenset(
        column
        for column in answer.columns
        if (terms := [row[column] for row in answer.rows if column in row])
        and all(isinstance(t, Literal) and number_of(t) is not None for t in terms)
    )


def date_columns(answer: Table) -> frozenset[str]:
    """The columns of which every value is a date, a month or a year."""
    return frozenset(
        column
        for column in answer.columns
        if (terms := [row[column] for row in answer.rows if column in row])
        and all(isinstance(t, Literal) and period_of(t.value) is not None for t in terms)
    )


def number_of(term: Term) -> int | float | None:
    """The number that a term is; ``None`` if it is none, such as "about 20"."""
    if not isinstance(term, Literal) or term.language or not _NUMBER.fullmatch(term.value):
        return None
    number = Decimal(term.value)
    return int(number) if number == number.to_integral_value() else float(number)


def period_of(text: str) -> tuple[str, str] | None:
    """The first and the last day of a date, a month or a year; ``None`` for any other text."""
    found = _DATE.fullmatch(text.strip())
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    if not year or (month is not None and not 1 <= month <= 12):  # noqa: PLR2004 (months)
        return None
    if month is None:
        return f"{year:04}-01-01", f"{year:04}-12-31"
    last = calendar.monthrange(year, month)[1]
    if day is None:
        return f"{year:04}-{month:02}-01", f"{year:04}-{month:02}-{last:02}"
    if not 1 <= day <= last:
        return None
    return (f"{year:04}-{month:02}-{day:02}",) * 2


def _days(mark: Mark) -> int:
    """How long the time of a mark is: a day, a month or a year."""
    return (dt.date.fromisoformat(mark["end"]) - dt.date.fromisoformat(mark["start"])).days // 28


def _middle(text: str) -> str | None:
    """The day in the middle of a date, a month or a year."""
    period = period_of(text)
    if period is None:
        return None
    first, last = (dt.date.fromisoformat(day) for day in period)
    return (first + (last - first) / 2).isoformat()


def _mark(kind: ViewKind, terms: Row, answer: QuestionAnswer) -> list[Mark]:
    """The mark of a row, or none."""

    def text(channel: str) -> str:
        return shown(terms[channel], answer.labels, answer.language) if channel in terms else ""

    def key(channel: str) -> str:
        """What tells things of the same name apart."""
        return text_of(terms[channel]) if channel in terms else ""

    match kind:
        case "timeline":
            period = period_of(text("date"))
            if period is None:
                return []
            when = {"start": period[0], "end": period[1], "shown": text("date")}
            named = {"label": text("label"), "key": key("label")}
            return [{**when, **named, "series": text("series")}]
        case "network":
            ends = {"from": text("from"), "to": text("to"), "link": text("link")}
            return [{**ends, "from_key": key("from"), "to_key": key("to")}]
        case "tree":
            ends = {"child": text("child"), "parent": text("parent")}
            return [{**ends, "child_key": key("child"), "parent_key": key("parent")}]
    value = number_of(terms["value"]) if "value" in terms else None
    valued = {"value": value, "shown": text("value"), "series": text("series")}
    if kind == "line":
        return [{"x": text("x"), **valued}]
    place = "place" if kind == "provinces" else "label"
    return [{"label": text(place), "key": key(place), **valued}]


def _runs(marks: Sequence[Mark]) -> bool:
    """Has some line a value at two places?"""
    places: dict[str, set[Any]] = {}
    for mark in marks:
        if mark["value"] is not None:
            places.setdefault(mark["series"], set()).add(mark["at"])
    return any(len(each) > 1 for each in places.values())


def _scaled(marks: Sequence[Mark]) -> tuple[str, list[Mark]]:
    """What the x of a line is, and the marks in its order, each with its place ``at``."""
    readers: dict[str, Callable[[str], Any]] = {
        "number": lambda text: number_of(Literal(text)),
        "time": _middle,
    }
    for scale, read in readers.items():
        placed = [{**mark, "at": read(mark["x"])} for mark in marks]
        if all(mark["at"] is not None for mark in placed):
            return scale, sorted(placed, key=lambda mark: mark["at"])
    return "category", [{**mark, "at": mark["x"]} for mark in marks]
