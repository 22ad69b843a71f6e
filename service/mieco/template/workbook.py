"""The template as an Excel workbook."""

from __future__ import annotations

from typing import IO

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from mieco.intake.headings import ABOUT_SHEET, CHOICES_SHEET, EXAMPLE_SHEET
from mieco.template import about
from mieco.template.archive import save
from mieco.template.cells import (
    FRAME,
    MUTED,
    TITLE,
    fill_in,
    height,
    set_formats,
    width,
    write_heading,
    write_text,
)
from mieco.template.plan import Sheet
from mieco.template.source import Template
from mieco.template.validation import Choices, add_validation

_NUMBERED_ROWS = 200
_EXAMPLE_ROWS = 2
_ABOUT_WIDTHS = (20.0, 52.0, 62.0)
_EXAMPLE_WIDTH = 22.0
_HEADING_HEIGHT, _LEAST_HEIGHT = 48.0, 36.0


def write_template(out: IO[bytes], template: Template, *, filled: bool = False) -> None:
    """Writes the template, or the filled example, as an Excel workbook.

    The bytes depend on nothing but the template and the version of mieco.
    """
    book = Workbook()
    book.properties.title = about.title(filled=filled).zh
    book.properties.creator = "mieco"
    _write_about(book.worksheets[0], template, filled=filled)
    choices = Choices(template.sheets)
    for sheet in template.sheets:
        rows = template.example[sheet.table.name] if filled else ()
        page = book.create_sheet(sheet.title)
        _write_sheet(page, sheet, choices)
        for number, row in enumerate(rows, 2):
            for column, field in enumerate(sheet.fields, 1):
                fill_in(page.cell(number, column), field, row.get(field.name))
            told = ((str(row.get(field.name, "")), width(field)) for field in sheet.fields)
            page.row_dimensions[number].height = height(told)
        _number(page, sheet, first=len(rows) + 1)
    if not filled:
        _write_example(book.create_sheet(EXAMPLE_SHEET), template)
    choices.write(book.create_sheet(CHOICES_SHEET))
    save(book, out, template.date)


def _write_about(page: Worksheet, template: Template, *, filled: bool) -> None:
    page.title = ABOUT_SHEET
    page.sheet_view.showGridLines = False
    for letter, broad in zip("ABC", _ABOUT_WIDTHS, strict=True):
        page.column_dimensions[letter].width = broad
    title = about.title(filled=filled)
    write_text(page["A1"], title.zh, font=TITLE, wrap=False)
    write_text(page["A2"], title.en, font=MUTED, wrap=False)
    for number, (head, text) in enumerate(about.rows(template, filled=filled), 4):
        write_heading(page.cell(number, 1), head, strong=False)
        write_text(page.cell(number, 2), text.zh)
        write_text(page.cell(number, 3), text.en)
        told = zip((head.en, text.zh, text.en), _ABOUT_WIDTHS, strict=True)
        page.row_dimensions[number].height = max(_LEAST_HEIGHT, height(told))
    _print_on_one_page_across(page)


def _write_sheet(page: Worksheet, sheet: Sheet, choices: Choices) -> None:
    for column, field in enumerate(sheet.fields, 1):
        write_heading(page.cell(1, column), field.title, strong=field.required, note=field.note)
        set_formats(page.column_dimensions[get_column_letter(column)], field)
        add_validation(page, column, field, choices)
    page.row_dimensions[1].height = _HEADING_HEIGHT
    page.freeze_panes = "C2"
    page.print_title_rows = "1:1"
    page.print_options.gridLines = True
    _print_on_one_page_across(page)


def _number(page: Worksheet, sheet: Sheet, first: int) -> None:
    """Numbers the rows from ``first`` on."""
    if sheet.prefix:
        for number in range(first, _NUMBERED_ROWS + 1):
            fill_in(page.cell(number + 1, 1), sheet.fields[0], f"{sheet.prefix}{number:03}")


def _write_example(page: Worksheet, template: Template) -> None:
    """One sheet with headings and a few filled rows of every sheet."""
    page.sheet_view.showGridLines = False
    write_text(page["A1"], "示例：以下内容均为虚构，只演示填法", font=TITLE, wrap=False)
    write_text(
        page["A2"], "Example: all of it is made up to show how to fill in", font=MUTED, wrap=False
    )
    row = 4
    for sheet in template.sheets:
        write_text(page.cell(row, 1), sheet.title, font=TITLE, wrap=False)
        row += 1
        for column, field in enumerate(sheet.fields, 1):
            write_heading(page.cell(row, column), field.title, strong=field.required)
        page.row_dimensions[row].height = _HEADING_HEIGHT
        for filled in template.example[sheet.table.name][:_EXAMPLE_ROWS]:
            row += 1
            for column, field in enumerate(sheet.fields, 1):
                cell = page.cell(row, column)
                fill_in(cell, field, filled.get(field.name))
                cell.border = FRAME
            told = ((str(value), _EXAMPLE_WIDTH) for value in filled.values())
            page.row_dimensions[row].height = height(told)
        row += 2
    widest = max(len(sheet.fields) for sheet in template.sheets)
    for column in range(1, widest + 1):
        page.column_dimensions[get_column_letter(column)].width = _EXAMPLE_WIDTH
    page.freeze_panes = "A3"
    _print_on_one_page_across(page)


def _print_on_one_page_across(page: Worksheet) -> None:
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
