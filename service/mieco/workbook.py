"""SPARQL results as an Excel workbook, made in a process of its own.

Writing a large sheet takes minutes of computing, which must not slow the service, and can
be stopped at a deadline only in a process that can be killed.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as TextCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet as Worksheet
from pyoxigraph import (
    Literal,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    Triple,
    parse_query_results,
)

from mieco.cell_text import cell_text
from mieco.engine.base import Entailment
from mieco.engine.cancellation import Cancellation
from mieco.engine.sandbox import deny_network, limit_memory
from mieco.error_reports import from_report, to_report
from mieco.errors import (
    Abandoned,
    DeadlineExceeded,
    MiecoError,
    Overloaded,
    TooLargeForExcel,
    WorkerLost,
)
from mieco.settings import Settings
from mieco.stores import Term
from mieco.terms import XSD

# Limits of Excel: ECMA-376 and "Excel specifications and limits".
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
_AT_ONCE = 2
_MOST_WAITING = 16
_WAIT_SECONDS = 10.0
_LAST_PRIORITY = 19
_EXACT_DIGITS = 15
_NUMBERS = {XSD + name for name in ("integer", "decimal", "double", "float", "int", "long")}
_FIRST_YEAR = 1900
_WIDTHS = (12.0, 60.0)

Cell = str | int | float | bool | dt.date | None
About = Sequence[tuple[str, str]]
NO_HEADS: Mapping[str, str] = MappingProxyType({})
FACTS_IN_WORDS: dict[Entailment, str] = {
    "asserted": "只有写明的 asserted only",
    "inferred": "只有推理得出的 inferred only",
    "both": "写明的和推理得出的 asserted and inferred",
}


class WorkbookMaker:
    """Makes workbooks, two at a time.  Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._memory = settings.worker_memory
        self._free = threading.BoundedSemaphore(_AT_ONCE)
        self._waiting = threading.BoundedSemaphore(_MOST_WAITING)

    def make(
        self, job: Path, out: IO[bytes], *, seconds: float, cancellation: Cancellation
    ) -> None:
        """Writes the workbook of a job file (see :func:`write_job`) to ``out``.

        Raises TooLargeForExcel, DeadlineExceeded, Overloaded, Abandoned or WorkerLost.
        """
        if not self._waiting.acquire(blocking=False):
            raise Overloaded
        try:
            if not self._free.acquire(timeout=_WAIT_SECONDS):
                raise Overloaded
            try:
                self._run(job, out, seconds, cancellation)
            finally:
                self._free.release()
        finally:
            self._waiting.release()

    def _run(self, job: Path, out: IO[bytes], seconds: float, cancellation: Cancellation) -> None:
        command = [sys.executable, "-m", __name__, str(job), str(self._memory)]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE
        ) as process:
            try:
                with cancellation.calling(process.kill):
                    _, said = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                raise DeadlineExceeded(seconds=seconds) from None
        if cancellation.cancelled:
            raise Abandoned
        if process.returncode != 0:
            try:
                report = json.loads(said)
            except ValueError:
                raise WorkerLost from None
            raise from_report(report)


def write_job(file: IO[bytes], about: About, heads: Mapping[str, str] = NO_HEADS) -> None:
    """The first line of a job file, after which the SPARQL JSON results follow.

    ``about`` fills a second sheet with (name, value) rows; ``heads`` are the headings of the
    columns by variable, where these are others than the variables.
    """
    file.write(json.dumps({"about": about, "heads": dict(heads)}).encode() + b"\n")


def write_workbook(
    results: IO[bytes], about: About, out: IO[bytes], heads: Mapping[str, str] = NO_HEADS
) -> None:
    """A workbook with the rows of SPARQL JSON results; see :func:`write_job`.

    Numbers, dates and booleans become cells of their kind where Excel holds them exactly,
    everything else text; no text is ever taken for a formula.  Raises TooLargeForExcel.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("结果 results")
    sheet.freeze_panes = "A2"
    parsed = parse_query_results(results, format=QueryResultsFormat.JSON)
    names, rows = _table(parsed)
    too_large = TooLargeForExcel(rows=MAX_ROWS - 1, columns=MAX_COLUMNS)
    if len(names) > MAX_COLUMNS:
        raise too_large
    for number in range(1, len(names) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = 28
    sheet.append([_text(sheet, heads.get(name, name), bold=True) for name in names])
    for number, row in enumerate(rows, 2):
        if number > MAX_ROWS:
            raise too_large
        sheet.append([_text(sheet, v) if isinstance(v, str) else v for v in row])
    notes = book.create_sheet("说明 about")
    for column, width in zip("AB", _WIDTHS, strict=True):
        notes.column_dimensions[column].width = width
    for name, value in about:
        notes.append([_text(notes, name, bold=True), _text(notes, value, wrap=True)])
    book.save(out)


def _table(parsed: QuerySolutions | QueryBoolean) -> tuple[list[str], Iterator[list[Cell]]]:
    """Column names and rows; a yes or no is a table of one cell."""
    if isinstance(parsed, QueryBoolean):
        return ["ask"], iter([[bool(parsed)]])
    names = [variable.value for variable in parsed.variables]
    return names, ([_value(solution[name]) for name in names] for solution in parsed)


def _value(term: Term | None) -> Cell:
    if term is None:
        return None
    if isinstance(term, Triple):
        return str(term)
    if not isinstance(term, Literal):
        return term.value
    text, datatype = term.value, term.datatype.value
    if datatype in _NUMBERS:
        return _number(text)
    if datatype == XSD + "boolean":
        return text in {"true", "1"}
    if datatype == XSD + "date":
        return _date(text)
    return text


def _date(text: str) -> Cell:
    """A date, or the text where it is none or Excel has none so early."""
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        return text
    return date if date.year >= _FIRST_YEAR else text


def _number(text: str) -> Cell:
    """A number, or the text where Excel would round it (it keeps 15 digits)."""
    digits = re.sub(r"[eE].*|\D", "", text).strip("0")
    if len(digits) > _EXACT_DIGITS:
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 (NaN)
        return text
    return int(value) if value.is_integer() and "." not in text else value


def _text(sheet: Worksheet, text: str, *, bold: bool = False, wrap: bool = False) -> TextCell:
    cell = WriteOnlyCell(sheet, value=cell_text(text))
    cell.data_type = "s"  # never a formula, whatever it begins with
    if bold:
        cell.font = Font(bold=True)
    if wrap:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _main() -> None:
    path, memory = sys.argv[1:]
    os.nice(_LAST_PRIORITY)
    limit_memory(int(memory))
    deny_network()
    try:
        with Path(path).open("rb") as job:
            told = json.loads(job.readline())
            write_workbook(job, told["about"], sys.stdout.buffer, told["heads"])
    except MiecoError as error:
        json.dump(to_report(error), sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    _main()
