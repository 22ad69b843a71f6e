"""The first sheet of a marked workbook: the verdict, and a table of the findings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from mieco import __version__
from mieco.cell_text import cell_text
from mieco.errors import Text
from mieco.findings import SEVERITIES, Finding, Report
from mieco.intake.headings import CHECK_SHEET
from mieco.marked.marks import COLOURS, lines_of
from mieco.marked.places import Place, plain

MOST_LISTED = 20_000
_HEADS = (
    "严重程度 severity",
    "位置 where",
    "问题",
    "problem",
    "怎样改 what to do",
    "代码 code",
    "值 value",
)
_WIDTHS = (18.0, 36.0, 44.0, 44.0, 44.0, 22.0, 24.0)
_TITLE_ROW, _COUNTS_ROW, _NOTES_ROW, _HEAD_ROW = 1, 2, 3, 4
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_LINE = Border(bottom=Side("thin", color="D9DFE1"))
_LINE_HEIGHT, _MOST_HEIGHT = 15.0, 300.0
# What Excel takes for the beginning of a formula once a person edits the cell.
_FORMULA_STARTS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Listing:
    """What the check sheet tells: the report about a file, where its marks are, and notes."""

    file: str
    report: Report
    places: Mapping[Finding, Place]
    notes: Sequence[Text]


def put_text(sheet: Worksheet, row: int, column: int, text: str) -> Cell | MergedCell:
    """The cell, filled with text, which is never taken for a formula or an error."""
    cell = sheet.cell(row, column, cell_text(text))
    cell.data_type = "s"
    if text.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True  # nor for a formula when somebody edits the cell
    return cell


def add_check_sheet(book: Workbook, listing: Listing) -> None:
    """Puts the check sheet before the others, in place of one from an earlier round."""
    if CHECK_SHEET in book.sheetnames:
        del book[CHECK_SHEET]
    sheet = book.create_sheet(CHECK_SHEET, 0)
    for letter, width in zip("ABCDEFG", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    _head(sheet, listing)
    last = _HEAD_ROW
    for last, finding in enumerate(islice(listing.report.findings, MOST_LISTED), _HEAD_ROW + 1):
        _row(sheet, last, finding, listing)
    sheet.auto_filter.ref = f"A{_HEAD_ROW}:G{last}"
    sheet.freeze_panes = f"A{_HEAD_ROW + 1}"
    _set_up_printing(sheet)
    _show_first(book, sheet)


def _head(sheet: Worksheet, listing: Listing) -> None:
    report = listing.report
    violations = report.count("violation")
    verdict = (
        "可以发布。 Can be published."
        if report.publishable
        else f"不能发布：须先改正 {violations} 处违反。"
        f" Cannot be published; violations to mend first: {violations}."
    )
    title = put_text(sheet, _TITLE_ROW, 1, verdict)
    title.font = Font(bold=True, size=16, color="1E6B34" if report.publishable else "9C0006")
    sheet.row_dimensions[_TITLE_ROW].height = 26
    for column, (severity, name) in enumerate(SEVERITIES.items(), 1):
        said = f"{name.zh} {name.en}：{report.count(severity)}"
        cell = put_text(sheet, _COUNTS_ROW, column, said)
        background, text = COLOURS[severity]
        cell.font = Font(bold=True, color=text)
        cell.fill = PatternFill("solid", fgColor=background)
    now = dt.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %z")
    about = put_text(sheet, _COUNTS_ROW, 4, f"{listing.file} · {now} · mieco {__version__}")
    about.font = Font(color="5A666C")
    _put_notes(sheet, [*listing.notes, *_left_out(report)])
    for column, head in enumerate(_HEADS, 1):
        cell = put_text(sheet, _HEAD_ROW, column, head)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="0F5C63")
        cell.alignment = Alignment(vertical="center")
    sheet.row_dimensions[_HEAD_ROW].height = 22


def _put_notes(sheet: Worksheet, notes: Sequence[Text]) -> None:
    lines = [f"{note.zh} {note.en}" for note in notes]
    cell = put_text(sheet, _NOTES_ROW, 1, "\n".join(lines))
    sheet.merge_cells(
        start_row=_NOTES_ROW, end_row=_NOTES_ROW, start_column=1, end_column=len(_HEADS)
    )
    cell.alignment = _WRAPPED
    # Excel fits the height of a row to its text, but not to merged cells.
    sheet.row_dimensions[_NOTES_ROW].height = max(6.0, len(lines) * _LINE_HEIGHT)


def _left_out(report: Report) -> Sequence[Text]:
    listed = min(len(report.findings), MOST_LISTED)
    more = sum(report.counts.values()) - listed
    if not more:
        return ()
    return (
        Text(
            f"列出 {listed} 处，另有 {more} 处没有列出。",
            f"{listed} findings are listed; {more} more are not.",
        ),
    )


def _row(sheet: Worksheet, number: int, finding: Finding, listing: Listing) -> None:
    name = SEVERITIES[finding.severity]
    place = listing.places.get(finding)
    hints = (finding.hint.zh, finding.hint.en)
    texts = (
        f"{name.zh} {name.en}",
        _where(finding, place, listing.file),
        finding.message.zh,
        finding.message.en,
        "\n".join(hint for hint in hints if hint),
        finding.code,
        finding.value,
    )
    for column, text in enumerate(texts, 1):
        cell = put_text(sheet, number, column, text)
        cell.alignment = _WRAPPED
        cell.border = _LINE
    lines = max(lines_of(text, width) for text, width in zip(texts, _WIDTHS, strict=True))
    sheet.row_dimensions[number].height = min(_MOST_HEIGHT, lines * _LINE_HEIGHT + 4)
    background, colour = COLOURS[finding.severity]
    severity, where = sheet.cell(number, 1), sheet.cell(number, 2)
    severity.fill = PatternFill("solid", fgColor=background)
    severity.font = Font(bold=True, color=colour)
    if place:
        where.hyperlink = Hyperlink(ref=where.coordinate, location=place.reference)
        where.font = Font(underline="single", color="0F5C63")


def _where(finding: Finding, place: Place | None, file: str) -> str:
    """The place in a form that needs no language, its heading beside it."""
    if not (origin := finding.origin):
        return finding.focus
    if origin.file != file:
        return origin.text().zh
    if not place:
        parts = (origin.sheet or origin.file, str(origin.row or ""), origin.column)
    else:
        cell = place.name if origin.row or origin.column else ""
        parts = (place.sheet, cell, origin.column)
    return plain(" ".join(parts))


def _set_up_printing(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{_HEAD_ROW}:{_HEAD_ROW}"


def _show_first(book: Workbook, sheet: Worksheet) -> None:
    """Opens the workbook at the check sheet; sheets selected together are edited together."""
    for each in book.worksheets:
        each.sheet_view.tabSelected = each is sheet
    book.active = 0
