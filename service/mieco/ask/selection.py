"""Which rows of an answer are shown, and in which order."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

from pyoxigraph import Literal

from mieco.ask.answers import Labels, shown
from mieco.errors import BadParameter, Language, Text
from mieco.stores import Row, Term
from mieco.terms import XSD

MOST_PER_PAGE = 1_000
_NUMBERS = frozenset(XSD + name for name in ("integer", "decimal", "double", "float", "int"))


class Table(Protocol):
    """Rows in columns, with the names of the things in them, for readers of a language."""

    @property
    def columns(self) -> Collection[str]: ...
    @property
    def rows(self) -> Sequence[Row]: ...
    @property
    def labels(self) -> Labels: ...
    @property
    def language(self) -> Language: ...


@dataclass(frozen=True, slots=True)
class Selection:
    """What an asker wants to see of an answer.

    ``sort`` is a column, with a minus before it for the largest first; ``filter`` a text that
    a row must show; ``page`` counts from 1, and ``size`` rows make a page (0: all of them).
    """

    sort: str = ""
    filter: str = ""
    page: int = 1
    size: int = 0


@dataclass(frozen=True, slots=True)
class Selected:
    """The places in the answer of the rows to show; of how many, on which page of how many."""

    rows: Sequence[int]
    count: int
    page: int
    pages: int


def select_rows(answer: Table, wanted: Selection) -> Selected:
    """The rows to show.  Raises BadParameter for a column that is none, or a page beyond."""
    places = [place for place, row in enumerate(answer.rows) if _shows(answer, row, wanted.filter)]
    if wanted.sort:
        places = _sorted(answer, places, wanted.sort)
    size = wanted.size or max(1, len(places))
    pages = max(1, -(-len(places) // size))
    if wanted.page > pages:
        raise BadParameter(
            name="page",
            reason=Text(f"没有第 {wanted.page} 页", f"there is no page {wanted.page}"),
            allowed=Text(f"1 到 {pages}", f"1 to {pages}"),
        )
    start = (wanted.page - 1) * size
    return Selected(places[start : start + size], len(places), wanted.page, pages)


def _shows(answer: Table, row: Row, text: str) -> bool:
    wanted = _folded(text)
    return not wanted or any(
        wanted in _folded(shown(t, answer.labels, answer.language)) for t in row.values()
    )


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _sorted(answer: Table, places: Sequence[int], sort: str) -> list[int]:
    column = sort.removeprefix("-")
    if column not in answer.columns:
        raise BadParameter(
            name="sort",
            reason=Text(f"没有“{column}”这一列", f"there is no column '{column}'"),
            allowed=", ".join(answer.columns),
        )
    with_value = [place for place in places if column in answer.rows[place]]
    without = [place for place in places if column not in answer.rows[place]]
    with_value.sort(
        key=lambda place: _order(answer.rows[place][column], answer),
        reverse=sort.startswith("-"),
    )
    # What has no value stands last in either order: it is neither small nor large.
    return [*with_value, *without]


def _order(term: Term, answer: Table) -> tuple[int, Decimal, str]:
    """Numbers before texts, each in their own order."""
    text = shown(term, answer.labels, answer.language)
    if isinstance(term, Literal) and term.datatype.value in _NUMBERS:
        try:
            number = Decimal(term.value)
        except InvalidOperation:
            return (1, Decimal(0), text)
        if number.is_finite():
            return (0, number, text)
    return (1, Decimal(0), text)
