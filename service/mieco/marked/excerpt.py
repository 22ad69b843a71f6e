"""Sheets made anew, of all the rows of a table or only of those with findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from mieco.findings import Finding, Origin
from mieco.marked.check_sheet import put_text
from mieco.marked.marks import put_marks
from mieco.marked.places import (
    HEADING_ROWS,
    MAX_COLUMNS,
    Cell,
    Places,
    cell_of,
    columns_named,
    find_headings,
)
from mieco.marked.sources import Row

_NOT_IN_TITLE = re.compile(r"[\[\]:*?/\\']")
_LONGEST_TITLE = 31
_WIDTH = 20.0
_ROW = "行 row"


def make_sheet(
    book: Workbook,
    title: str,
    rows: Iterable[Row],
    findings: Sequence[Finding],
    *,
    most_cells: int,
    only_found: bool,
) -> tuple[Places, int]:
    """Adds a sheet of these rows, marked; gives what :func:`~mieco.marked.marks.put_marks` gives.

    With ``only_found`` it has the rows of headings and those with findings alone, the number
    of each before it; beyond ``most_cells`` it ends.
    """
    numbered = enumerate(rows, 1)
    top = list(islice(numbered, HEADING_ROWS))
    headings = find_headings(
        [(number, dict(enumerate(row, 1))) for number, row in top], columns_named(findings)
    )
    heading_rows = {row for row, _ in headings.values()} or {1}
    kept: Iterable[tuple[int, Row]] = chain(top, numbered)
    if only_found:
        cells = [cell_of(f.origin, headings) for f in findings if f.origin]
        kept = _only(kept, heading_rows.union(cell[0] for cell in cells if cell))
    sheet = book.create_sheet(_title(title))
    here: dict[int, int] = {}
    for number, row in kept:
        most_cells -= len(row) + 1
        if most_cells < 0:
            break
        here[number] = len(here) + 1
        values = [number, *row] if only_found else row
        _write(sheet, here[number], values, bold=number in heading_rows)
    if only_found:
        put_text(sheet, 1, 1, _ROW)
        sheet.freeze_panes = "B2"
    for column in range(1, sheet.max_column + 1):
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTH

    def locate(origin: Origin) -> Cell | None:
        cell = cell_of(origin, headings)
        if not cell or not only_found:
            return cell
        row = here.get(cell[0])
        return (row, cell[1] + 1) if row else None

    return put_marks(sheet, findings, locate)


def _title(name: str) -> str:
    """A name as Excel allows it for a sheet."""
    return _NOT_IN_TITLE.sub("_", name)[:_LONGEST_TITLE] or "CSV"


def _only(rows: Iterable[tuple[int, Row]], wanted: set[int]) -> Iterator[tuple[int, Row]]:
    last = max(wanted)
    for number, row in rows:
        if number in wanted:
            yield number, row
        if number >= last:
            return


def _write(sheet: Worksheet, number: int, row: Row, *, bold: bool) -> None:
    for column, value in enumerate(row[:MAX_COLUMNS], 1):
        if value is None or value == "":
            continue
        if isinstance(value, str):
            cell = put_text(sheet, number, column, value)
            cell.number_format = "@"
        else:
            cell = sheet.cell(number, column, value)
        if bold:
            cell.font = Font(bold=True)
