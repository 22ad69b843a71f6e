"""How cells of the template look, and what Excel takes their content for."""

from __future__ import annotations

from collections.abc import Iterable

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.dimensions import ColumnDimension

from mieco.errors import Text
from mieco.template.plan import Field, Form

_FONT = "Calibri"  # that of the cells that people fill in
TITLE = Font(name=_FONT, bold=True, size=14)
MUTED = Font(name=_FONT, size=11, color="595959")

_TEXT_FORMAT = "@"
_NUMBER_FORMATS: dict[Form, str] = {"integer": "0", "decimal": "#,##0.######"}
# Narrow enough to see several columns, wide enough for a word to choose.
_WIDTHS: dict[Form, float] = {
    "text": 26,
    "code": 22,
    "date": 14,
    "integer": 18,
    "decimal": 20,
    "choice": 24,
    "reference": 26,
}
_KEY_WIDTH = 10.0
_REQUIRED = PatternFill("solid", fgColor="F8CBAD")
_OPTIONAL = PatternFill("solid", fgColor="EDEDED")
_LINE = Side(style="thin", color="A6A6A6")
FRAME = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEADING = Alignment(wrap_text=True, vertical="center", horizontal="center")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_NOTE_WIDTH, _NOTE_LINE = 320, 20
_NOTE_CHARACTERS = 44
_LAST_NARROW = 0x2E7F
_LINE_HEIGHT, _PADDING = 15.0, 2.0


def write_heading(
    cell: Cell | MergedCell, heading: Text, *, strong: bool, note: Text | None = None
) -> None:
    """A heading in both languages, its note beside it."""
    write_text(cell, f"{heading.zh}\n{heading.en}", font=Font(name=_FONT, size=11, bold=strong))
    cell.fill = _REQUIRED if strong else _OPTIONAL
    cell.alignment = _HEADING
    cell.border = FRAME
    if note:
        text = f"{note.zh}\n{note.en}"
        height = _NOTE_LINE * (_note_lines(note.zh) + _note_lines(note.en) + 1)
        cell.comment = Comment(text, "mieco", height=height, width=_NOTE_WIDTH)


def height(texts: Iterable[tuple[str, float]]) -> float:
    """The height of a row that shows all of its texts, each in a column of some width.

    Not every program makes a row as high as it must be.
    """
    lines = (-(-_breadth(text) // int(room - _PADDING)) for text, room in texts)
    return _LINE_HEIGHT * max(1, *lines) + _PADDING


def _note_lines(text: str) -> int:
    return 1 + _breadth(text) // _NOTE_CHARACTERS


def _breadth(text: str) -> int:
    """How many letters wide a text is; a Chinese character is as wide as two."""
    return sum(2 if ord(character) > _LAST_NARROW else 1 for character in text)


def write_text(
    cell: Cell | MergedCell, text: str, *, font: Font | None = None, wrap: bool = True
) -> None:
    cell.value = text
    cell.data_type = "s"  # never a formula, whatever it begins with
    if font:
        cell.font = font
    if wrap:
        cell.alignment = _WRAPPED


def fill_in(cell: Cell | MergedCell, field: Field, value: str | float | None) -> None:
    """Puts a value, or nothing, into a cell of a column."""
    if isinstance(value, str):
        write_text(cell, value)
    else:
        cell.value = value
        cell.alignment = _WRAPPED
    cell.number_format = _format(field)


def width(field: Field) -> float:
    """How wide the column of a field is."""
    return _KEY_WIDTH if field.name == "key" else _WIDTHS[field.form]


def set_formats(column: ColumnDimension, field: Field) -> None:
    """Width and format of a whole column, its empty cells too."""
    column.width = width(field)
    column.number_format = _format(field)
    column.alignment = _WRAPPED


def _format(field: Field) -> str:
    """Text wherever Excel would else make a number of 18 digits or a day of 2023-05."""
    return _NUMBER_FORMATS.get(field.form, _TEXT_FORMAT)
