"""Which cell a finding is about: its heading looked up in the sheet, its mark put there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter, quote_sheetname

from mieco.findings import Finding, Origin

# Limits of Excel: "Excel specifications and limits".
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
# Headings stand under a title and notes at most, never deep in a sheet.
HEADING_ROWS = 20

Cell = tuple[int, int]
Headings = Mapping[str, Cell]
Places = dict[Finding, "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of a sheet of the marked workbook."""

    sheet: str
    row: int
    column: int

    @property
    def name(self) -> str:
        """``C5``."""
        return f"{get_column_letter(self.column)}{self.row}"

    @property
    def reference(self) -> str:
        """``'成员'!C5``, as a link or formula has it."""
        return f"{quote_sheetname(self.sheet)}!{self.name}"


def by_sheet(findings: Iterable[Finding], file: str) -> dict[str, list[Finding]]:
    """The findings about one file, by sheet; those about the file as a whole are under ``""``."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.origin and finding.origin.file == file:
            found.setdefault(finding.origin.sheet, []).append(finding)
    return found


def columns_named(findings: Iterable[Finding]) -> set[str]:
    """The headings that findings name."""
    return {plain(f.origin.column) for f in findings if f.origin and f.origin.column}


def find_headings(rows: Sequence[tuple[int, Mapping[int, object]]], wanted: set[str]) -> Headings:
    """Where the wanted headings stand in these numbered rows.

    The row that has most of them comes first, so that a title or a note that reads like a
    heading is not taken for it; merged header rows may have the rest.
    """
    texts = [
        (number, {c: plain(v) for c, v in sorted(cells.items()) if isinstance(v, str)})
        for number, cells in rows
    ]
    texts.sort(key=lambda row: len(wanted.intersection(row[1].values())), reverse=True)
    found: dict[str, Cell] = {}
    for number, cells in texts:
        for column, text in cells.items():
            if text in wanted:
                found.setdefault(text, (number, column))
    return found


def cell_of(origin: Origin, headings: Headings) -> Cell | None:
    """The cell to mark: of a row without a column the first, of a sheet A1."""
    heading = headings.get(plain(origin.column)) if origin.column else None
    if not origin.row:
        return heading or (1, 1)
    if not 1 <= origin.row <= MAX_ROWS:
        return None
    return (origin.row, heading[1] if heading else 1)


def plain(text: str) -> str:
    """A text in one line, without the blanks around it."""
    return " ".join(text.split())
