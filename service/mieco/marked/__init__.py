"""A file given back as a workbook in which every finding is marked at its cell.

It takes memory in proportion to the file, up to a limit, and computes for seconds: a service
calls it in a process of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from mieco.errors import Text
from mieco.findings import Finding, Report
from mieco.intake.headings import CHECK_SHEET
from mieco.intake.sheets import is_workbook
from mieco.marked.check_sheet import MOST_LISTED, Listing, add_check_sheet
from mieco.marked.excerpt import make_sheet
from mieco.marked.marks import MOST_MARKS, existing, put_marks, take_marks
from mieco.marked.places import (
    HEADING_ROWS,
    Headings,
    Places,
    by_sheet,
    cell_of,
    columns_named,
    find_headings,
)
from mieco.marked.sources import (
    csv_rows,
    has_beyond,
    has_more_cells,
    read_whole,
    workbook_rows,
)

__all__ = ["CHECK_SHEET", "MOST_CELLS", "MOST_LISTED", "MOST_MARKS", "mark_workbook"]

# With so many cells openpyxl takes a quarter of a minute and 300 MB; it has all of them in memory.
MOST_CELLS = 300_000

Findings = Mapping[str, Sequence[Finding]]

_LARGE = Text(
    "文件较大：这里只收有问题的行，行号在 A 列；请在您自己的文件中改正。",
    "The file is large: only rows with findings are here, their numbers in column A;"
    " mend them in your own file.",
)
_UNREADABLE = Text(
    "这个工作簿不能完整读出：这里只收有问题的行，行号在 A 列；请在您自己的文件中改正。",
    "The workbook cannot be read whole: only rows with findings are here, their numbers in"
    " column A; mend them in your own file.",
)
_BEYOND = Text(
    "图片、图表、形状和控件可能没有保留，请留好您自己的文件。",
    "Pictures, charts, shapes and controls may not be kept here; keep your own file.",
)


def mark_workbook(
    original: Path, file: str, report: Report, out: IO[bytes], *, most_cells: int = MOST_CELLS
) -> None:
    """Writes the person's own workbook with the findings about ``file`` marked in it.

    A first sheet lists all findings.  A CSV file becomes a workbook.  Of a file with more than
    ``most_cells`` cells, or that openpyxl cannot read whole, only the rows with findings are
    there, and the first sheet says so.
    """
    findings = by_sheet(report.findings, file)
    if not is_workbook(original):
        marked = _from_csv(original, file, findings, most_cells)
    elif has_more_cells(original, most_cells):
        marked = _excerpt(original, findings, most_cells, _LARGE)
    else:
        try:
            book = read_whole(original)
        except (AttributeError, LookupError, TypeError, ValueError):  # openpyxl stumbles over it
            marked = _excerpt(original, findings, most_cells, _UNREADABLE)
        else:
            marked = _mark(book, findings, [_BEYOND] if has_beyond(original) else [])
    notes = [*marked.notes, *_unmarked(marked.unmarked)]
    add_check_sheet(marked.book, Listing(file, report, marked.places, notes))
    marked.book.save(out)


@dataclass(slots=True)
class _Marked:
    """A workbook being marked: where findings are in it, and how many could not be marked."""

    book: Workbook
    notes: Sequence[Text]
    places: Places = field(default_factory=dict)
    unmarked: int = 0

    def add(self, placed: tuple[Places, int]) -> None:
        self.places |= placed[0]
        self.unmarked += placed[1]


def _mark(book: Workbook, findings: Findings, notes: Sequence[Text]) -> _Marked:
    marked = _Marked(book, notes)
    for sheet in book.worksheets:
        take_marks(sheet)
        if here := findings.get(sheet.title):
            headings = _headings(sheet, columns_named(here))
            marked.add(put_marks(sheet, here, partial(cell_of, headings=headings)))
    return marked


def _headings(sheet: Worksheet, wanted: set[str]) -> Headings:
    rows: dict[int, dict[int, object]] = {}
    for cell in existing(sheet):
        if isinstance(cell, Cell) and cell.row <= HEADING_ROWS:
            rows.setdefault(cell.row, {})[cell.column] = str(cell.value or "")
    return find_headings(sorted(rows.items()), wanted)


def _from_csv(original: Path, file: str, findings: Findings, most_cells: int) -> _Marked:
    count = 0
    large = any((count := count + len(row) + 1) > most_cells for row in csv_rows(original, file))
    marked = _Marked(_empty_book(), [_LARGE] if large else [])
    marked.add(
        make_sheet(
            marked.book,
            Path(file).stem,
            csv_rows(original, file),
            findings.get("", []),
            most_cells=most_cells,
            only_found=large,
        )
    )
    return marked


def _excerpt(original: Path, findings: Findings, most_cells: int, why: Text) -> _Marked:
    marked = _Marked(_empty_book(), [why])
    for title, rows in workbook_rows(original):
        if title != CHECK_SHEET and (here := findings.get(title)):
            marked.add(
                make_sheet(marked.book, title, rows, here, most_cells=most_cells, only_found=True)
            )
            most_cells -= sum(1 for _ in existing(marked.book.worksheets[-1]))
    return marked


def _empty_book() -> Workbook:
    book = Workbook()
    for sheet in book.worksheets:
        book.remove(sheet)
    return book


def _unmarked(count: int) -> Sequence[Text]:
    if not count:
        return ()
    return (
        Text(
            f"有 {count} 处没有在单元格上标出，只列在这里。",
            f"{count} findings are not marked at their cells, only listed here.",
        ),
    )
