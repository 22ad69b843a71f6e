"""What every reader of spreadsheets gives: sheets of rows of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mieco.errors import BadInput, Text

MAX_COLUMNS = 1_000
MAX_ROWS = 1_048_576  # of a sheet in Excel


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as a spreadsheet counts (the first is 1), and its cells by position.

    Cells are stripped and trailing blanks dropped.  ``faults`` says, by position, what is wrong
    with a cell that cannot be read; its text is empty.
    """

    number: int
    cells: tuple[str, ...]
    faults: Mapping[int, Text]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, named as in the workbook; of a CSV file, by the file's name.

    ``rows`` are streamed: they must be read before the next sheet is asked for.
    """

    name: str
    rows: Iterator[SheetRow]


def too_many_rows(where: str | Text) -> BadInput:
    return BadInput(
        where=where,
        reason=Text(f"超过 {MAX_ROWS:,} 行", f"has more than {MAX_ROWS:,} rows"),
        todo=Text("请分成几个文件。", "Split it into several files."),
    )


def too_many_columns(where: Text) -> BadInput:
    return BadInput(
        where=where,
        reason=Text(f"超过 {MAX_COLUMNS:,} 列", f"has more than {MAX_COLUMNS:,} columns"),
        todo=Text(
            "请使用模板中的列，每行写一条记录。",
            "Use the columns of the template, with one record in each row.",
        ),
    )
