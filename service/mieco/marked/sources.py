"""What is to be marked: an Excel workbook as a whole, or the rows of a file one after another."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook, load_workbook
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.xml.functions import iterparse

from mieco.errors import BadInput
from mieco.intake.delimited import read_records
from mieco.marked.places import MAX_ROWS

Row = Sequence[Any]

_CELL = re.compile(rb"<(?:\w+:)?c[ >/]")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([^"]+)"')
_PIECE = 1 << 20
_LONGEST_TAG = 1 << 12
# Excel writes drop-downs that take their words from another sheet as an extension of 2009,
# which openpyxl drops, though what they say can be said in the ordinary way.
_EXTENSION = "{http://schemas.microsoft.com/office/spreadsheetml/2009/9/main}"
_FORMULA = "{http://schemas.microsoft.com/office/excel/2006/main}f"
_PLACES = "{http://schemas.microsoft.com/office/excel/2006/main}sqref"
_VALIDATION = (
    "type", "errorStyle", "operator", "allowBlank", "showDropDown", "showInputMessage",
    "showErrorMessage", "errorTitle", "error", "promptTitle", "prompt",
)  # fmt: skip
# What openpyxl keeps only in part, or not at all.
_BEYOND = re.compile(
    r"xl/(media|charts|ctrlProps|threadedComments|slicers|diagrams|embeddings|drawings/drawing)"
)


def has_more_cells(path: Path, most: int) -> bool:
    """Whether a workbook has more cells than that, the formatted and merged empty ones too."""
    count = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with archive.open(name) as part:
                    for piece in _whole_tags(part):
                        count += len(_CELL.findall(piece))
                        count += sum(_area(match[1]) for match in _MERGED.finditer(piece))
                        if count > most:
                            return True
    return False


def _whole_tags(part: IO[bytes]) -> Iterator[bytes]:
    """A part in pieces that do not end within a tag."""
    rest = b""
    while piece := part.read(_PIECE):
        piece = rest + piece
        end = max(piece.rfind(b"<"), len(piece) - _LONGEST_TAG)
        yield piece[:end]
        rest = piece[end:]
    yield rest


def _area(merged: bytes) -> int:
    try:
        bounds = range_boundaries(merged.decode())
    except ValueError:
        return 0
    if None in bounds:  # whole rows or columns
        return MAX_ROWS
    left, top, right, bottom = (int(bound or 0) for bound in bounds)
    return (right - left + 1) * (bottom - top + 1)


def has_beyond(path: Path) -> bool:
    """Whether a workbook has pictures, charts or controls, which may not survive."""
    with zipfile.ZipFile(path) as archive:
        return any(_BEYOND.match(name) for name in archive.namelist())


def read_whole(path: Path) -> Workbook:
    """The workbook with all that can be kept of it.  Raises what openpyxl raises."""
    # By its name openpyxl would judge what kind of file it is.
    with path.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of each extension that openpyxl drops
        reader = ExcelReader(stream, rich_text=True)
        reader.read()
    book = reader.wb
    with zipfile.ZipFile(path) as archive:
        for sheet, relation in reader.parser.find_sheets():
            if sheet.name in book.sheetnames and relation.target in archive.namelist():
                for validation in _extended_validations(archive, relation.target):
                    book[sheet.name].add_data_validation(validation)
    # Values of formulas are not kept: Excel works them out again when it opens the file.
    book.calculation.fullCalcOnLoad = True
    return book


def _extended_validations(archive: zipfile.ZipFile, part: str) -> Iterator[DataValidation]:
    with archive.open(part) as stream:
        for _, element in iterparse(stream):
            if element.tag == f"{_EXTENSION}dataValidation":
                formulas = [element.findtext(f"{_EXTENSION}formula{n}/{_FORMULA}") for n in (1, 2)]
                yield DataValidation(
                    **{name: element.get(name) for name in _VALIDATION if element.get(name)},
                    formula1=formulas[0],
                    formula2=formulas[1],
                    sqref=element.findtext(_PLACES) or "",
                )
            if element.tag.endswith("}row"):
                element.clear()


def workbook_rows(path: Path) -> Iterator[tuple[str, Iterator[Row]]]:
    """The sheets of a workbook, each with its rows of values, one after another."""
    with path.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(stream, read_only=True, data_only=True)
        with closing(book):
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # what a file says of its size need not be true
                yield sheet.title, sheet.iter_rows(values_only=True)


def csv_rows(path: Path, file: str) -> Iterator[Row]:
    """The rows of a CSV file, up to where it is no CSV any more."""
    with path.open("rb") as stream, suppress(BadInput):
        for _, record in islice(read_records(stream, file), MAX_ROWS):
            yield record
