"""A few sheets as an Excel workbook, with a sheet that says what they are.

Made in the process that asks: what is compared has a few hundred rows, unlike the results of a
query (:mod:`mieco.workbook`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from mieco.ask.comparison.sheets import Sheet, Value
from mieco.cell_text import cell_text
from mieco.errors import Language, Text

_HEAD_FILL = PatternFill("solid", "0F5C63")
_GROUP_FILL = PatternFill("solid", "E3EBEC")
_WIDTH = 24


def write_sheet_workbook(
    sheets: Sequence[Sheet],
    about: Sequence[tuple[Text, str]],
    language: Language,
    out: IO[bytes],
) -> None:
    """The sheets in order, ready to be printed; the last tells ``about`` them."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        _write(book.create_sheet(sheet.name), sheet)
    last = book.create_sheet(Text("说明", "about").in_(language))
    last.column_dimensions["A"].width, last.column_dimensions["B"].width = 16, 110
    for number, (name, text) in enumerate(about, 1):
        _fill(last, number, [name.in_(language), text])
        last.cell(number, 1).font = Font(bold=True)
    book.save(out)


def _write(target: Worksheet, sheet: Sheet) -> None:
    _fill(target, 1, sheet.heads)
    for column in range(1, len(sheet.heads) + 1):
        cell = target.cell(1, column)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _HEAD_FILL
        width = sheet.widths[column - 1] if column <= len(sheet.widths) else _WIDTH
        target.column_dimensions[get_column_letter(column)].width = width
    for place, values in enumerate(sheet.rows, 2):
        _fill(target, place, values)
        if place - 2 in sheet.groups:
            for column in range(1, len(sheet.heads) + 1):
                head = target.cell(place, column)
                head.font, head.fill = Font(bold=True), _GROUP_FILL
    target.freeze_panes = f"{get_column_letter(sheet.fixed + 1)}2"
    if not sheet.groups:
        target.auto_filter.ref = target.dimensions
    target.page_setup.orientation = "landscape"
    target.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    target.page_setup.fitToHeight = 0
    target.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    target.print_title_rows = "1:1"


def _fill(target: Worksheet, number: int, values: Sequence[Value]) -> None:
    for column, value in enumerate(values, 1):
        if value == "":
            continue
        cell = target.cell(number, column)
        if isinstance(value, str):
            cell.value = cell_text(value)
            cell.data_type = "s"  # never a formula, whatever it begins with
        else:
            cell.value = value
        cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
