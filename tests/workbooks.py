"""The filled example of the workbook, for tests to spoil and to edit."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from mieco.findings import Finding, Findings, Report
from mieco.template import installed_template, write_template

_EXAMPLE: list[bytes] = []


def example() -> Workbook:
    """The filled example, to be changed at will."""
    if not _EXAMPLE:
        out = io.BytesIO()
        write_template(out, installed_template(), filled=True)
        _EXAMPLE.append(out.getvalue())
    return load_workbook(io.BytesIO(_EXAMPLE[0]))


def sheet_of(book: Workbook, title: str) -> Worksheet:
    """The sheet whose title begins with a word."""
    found = next(sheet for sheet in book.worksheets if sheet.title.split()[0] == title)
    assert isinstance(found, Worksheet)
    return found


def column_of(sheet: Worksheet, heading: str) -> int:
    """The number of the column whose heading begins with a word, star or not."""
    headings = [str(cell.value or "").split("\n")[0].rstrip("*") for cell in sheet[1]]
    return headings.index(heading) + 1


def put(book: Workbook, title: str, row: int, **cells: Any) -> None:
    """Writes cells, named by their Chinese headings, into a row of a sheet."""
    sheet = sheet_of(book, title)
    for heading, value in cells.items():
        sheet.cell(row, column_of(sheet, heading)).value = value


def saved(book: Workbook, folder: Path, name: str = "联合体.xlsx") -> Path:
    """The workbook as a file."""
    path = folder / name
    book.save(path)
    return path


def edited(folder: Path, title: str, row: int, cells: Mapping[str, Any]) -> Path:
    """The example with some cells of one row changed, as a file."""
    book = example()
    put(book, title, row, **cells)
    return saved(book, folder)


def report_of(findings: Iterable[Finding]) -> Report:
    """The report of these findings."""
    collected = Findings()
    collected.extend(findings)
    return collected.report()
