"""CSV that people open in a spreadsheet (RFC 4180): no text in it is ever taken for a formula.

Excel, WPS and LibreOffice evaluate a cell that begins with ``=``, ``+``, ``-`` or ``@``, whoever
wrote it, and a formula can send what stands beside it elsewhere (OWASP, "CSV Injection").  Such a
text gets an apostrophe in front, which spreadsheets take for "this is text".  A number stays one.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

BOM: Final = "\ufeff"
# The wide forms count in Chinese and Japanese Excel; a cell that begins with a tab or the end of a
# line is trimmed to what stands behind it.
_FORMULA = re.compile(r"[=@＝＠\t\r\n]|[+\-＋－](?!(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$)")
_PIECE = 1 << 16
# A literal may be longer than the module expects of a cell.
csv.field_size_limit(sys.maxsize)

Cell = str | int | float | Decimal | None


def harmless(cell: Cell) -> Cell:
    """The same cell, or the same text marked as text."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def write_csv(heads: Sequence[str], rows: Iterable[Iterable[Cell]], delimiter: str = ",") -> str:
    """A table as CSV, without a byte order mark."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(heads)
    writer.writerows(map(harmless, row) for row in rows)
    return out.getvalue()


def for_spreadsheets(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """CSV for programs, in UTF-8, made one for a spreadsheet: harmless, with a byte order mark."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write(BOM)
    for row in csv.reader(_lines(pieces)):
        writer.writerow(map(harmless, row))
        if out.tell() >= _PIECE:
            yield _taken(out)
    yield _taken(out)


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Each with its end; the end of a line in a cell is one too, which the reader knows."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + decoder.decode(piece)).split("\n")
        yield from (f"{line}\n" for line in lines)
    if rest:
        yield rest


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()
