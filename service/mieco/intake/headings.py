"""Which sheet and which column a name written by a person means.

Headings come back as people left them: in one language or both, with or without the star of
a required column, with a unit in brackets, in full-width letters.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from mieco.errors import Text
from mieco.intake.specification import Specification, Table

REQUIRED_MARK = "*"

# Sheets of a template and of a marked workbook that hold no data.
ABOUT_SHEET, EXAMPLE_SHEET, CHOICES_SHEET = "说明 about", "示例 example", "选项 choices"
CHECK_SHEET = "检查结果 check"
SHEETS_ASIDE = frozenset({ABOUT_SHEET, EXAMPLE_SHEET, CHOICES_SHEET, CHECK_SHEET})

# Titles and notes that people put above the headings are few.
_ROWS_LOOKED_AT = 20
_LEAST_HEADINGS = 2
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕")
_NOT_OF_A_WORD = re.compile(r"[\W_]+")
_NUMBER_BEFORE = re.compile(r"^\s*(?:\d+\s*[.．、)）]?|[一二三四五六七八九十]+\s*[.．、)）])\s*")


@dataclass(frozen=True, slots=True)
class Headings:
    """What the cells of a header row mean, cells counted from 0.

    ``columns``: the column of each cell that names one.  ``unknown``: cells that name none, as
    written, with the column that comes nearest.  ``missing``: required columns that no cell
    names.  ``twice``: cells that repeat a column; the first cell of it counts.
    """

    columns: Mapping[int, str]
    unknown: Sequence[tuple[int, str, str | None]]
    missing: Sequence[str]
    twice: Sequence[int]


def bilingual(text: Text) -> str:
    """How a sheet, a heading in CSV and a word to choose are written: ``成员 member``."""
    return f"{text.zh} {text.en}"


def heading_key(text: str) -> str:
    """A heading without what people add, drop or vary; equal keys mean the same.

    Stars, bracketed units, spaces, punctuation, case and full-width forms make no difference.
    """
    plain = unicodedata.normalize("NFKC", text)
    unbracketed = _BRACKETED.sub("", plain)
    key = _NOT_OF_A_WORD.sub("", unbracketed) or _NOT_OF_A_WORD.sub("", plain)
    return key.casefold()


def columns_of(table: Table, header: Sequence[str]) -> Headings:
    """What each cell of a header row means; blank cells mean nothing."""
    known = _columns_by_key(table)
    columns: dict[int, str] = {}
    unknown: list[tuple[int, str, str | None]] = []
    twice: list[int] = []
    for place, text in enumerate(header):
        key = heading_key(text)
        if not key:
            continue
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            unknown.append((place, text, known[near[0]] if near else None))
        elif known[key] in columns.values():
            twice.append(place)
        else:
            columns[place] = known[key]
    missing = [
        name
        for name, column in table.own_columns
        if column.required and name not in columns.values()
    ]
    return Headings(columns, unknown, missing, twice)


def find_header(table: Table, rows: Iterable[Sequence[str]]) -> int | None:
    """The place of the header row, from 0: titles may stand above it.

    It is the first row with two known headings or more that make up half of what it says.
    """
    known = _columns_by_key(table)
    for place, row in enumerate(islice(rows, _ROWS_LOOKED_AT)):
        keys = [key for key in map(heading_key, row) if key]
        hits = sum(key in known for key in keys)
        if hits >= _LEAST_HEADINGS and 2 * hits >= len(keys):
            return place
    return None


def table_of(specification: Specification, sheet_name: str) -> Table | None:
    """The table that a sheet or a file of that name holds; a number may stand before it."""
    known: dict[str, Table] = {}
    for table in specification.tables.values():
        for name in _names(table.title, table.name):
            known.setdefault(name, table)
    unnumbered = _NUMBER_BEFORE.sub("", sheet_name, count=1)
    return known.get(heading_key(sheet_name)) or known.get(heading_key(unnumbered))


def _columns_by_key(table: Table) -> Mapping[str, str]:
    """Columns by what may name them.

    Where names clash, the Chinese heading of one column goes before the other names of another.
    """
    spoken = [(name, tuple(_names(c.heading, name))) for name, c in table.own_columns]
    known: dict[str, str] = {}
    for rank in range(5):
        for name, names in spoken:
            for key in names[rank : rank + 1]:
                known.setdefault(key, name)
    return known


def _names(title: Text | None, name: str) -> Iterator[str]:
    """What may name a sheet or column, the surest first."""
    if title:
        zh, en = heading_key(title.zh), heading_key(title.en)
        yield from (zh, zh + en, en + zh, en)
    yield heading_key(name)
