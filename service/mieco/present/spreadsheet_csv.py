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
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

BOM: Final = "\ufeff"
# The wide forms count in Chinese and Japanese Excel; a cell that begins with a tab or the end of a
# line is trimmed to what stands behind it.
_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\Z"
_FORMULA = re.compile(rf"[=@＝＠\t\r\n]|[+\-＋－](?!{_NUMBER})")
_SIGN = re.compile(r"[=@＝＠\t\r\n+\-＋－]")
_END, _QUOTE, _TURN = re.compile(r"[,\r\n]"), re.compile('"'), re.compile(r'[",\r\n]')
# A text that is longer is no number.
_LONGEST_NUMBER = 400

Cell = str | int | float | Decimal | None


def harmless(cell: Cell) -> Cell:
    """The same cell, or the same text marked as text."""
    return f"'{cell}" if isinstance(cell, str) and _is_formula(cell) else cell


def write_csv(heads: Sequence[str], rows: Iterable[Iterable[Cell]], delimiter: str = ",") -> str:
    """A table as CSV, without a byte order mark."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(heads)
    writer.writerows(map(harmless, row) for row in rows)
    return out.getvalue()


def for_spreadsheets(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """CSV for programs, in UTF-8, made one for a spreadsheet: harmless, with a byte order mark.

    Whatever the size of a cell, no more than a piece is held.
    """
    decoder, marking = codecs.getincrementaldecoder("utf-8")(), _Marking()
    yield BOM.encode()
    for piece in pieces:
        yield marking.marked(decoder.decode(piece)).encode()
    yield marking.marked(decoder.decode(b"", final=True), last=True).encode()


def _is_formula(text: str, *, quoted: bool = False) -> bool:
    """Would a spreadsheet evaluate it?  What is quoted, or very long, is no number."""
    told = _SIGN if quoted or len(text) > _LONGEST_NUMBER else _FORMULA
    return bool(told.match(text))


class _Marking:
    """Marks the cells of CSV that comes in pieces."""

    def __init__(self) -> None:
        self._begins, self._quoted = True, False
        self._held = ""

    def marked(self, text: str, *, last: bool = False) -> str:
        """The same, as far as it can be told what its cells begin with; all of it if it is last."""
        text, at, out = self._held + text, 0, list[str]()
        while at < len(text):
            end = self._beginning(text, at, last=last) if self._begins else self._rest(text, at)
            if end is None:
                break
            if self._begins:
                quote = text[at : at + 1] == '"'
                mark = text[at + quote : end]
                out += ['"' * quote, "'" if _is_formula(mark, quoted=quote) else ""]
                self._begins, self._quoted = False, quote
                at += quote
            else:
                out.append(text[at:end])
                at = end
                self._turn(text[end - 1])
        self._held = text[at:]
        return "".join(out)

    @staticmethod
    def _beginning(text: str, at: int, *, last: bool) -> int | None:
        """Where what tells of a cell ends; ``None`` if that is not here yet."""
        if text[at] == '"':
            return at + 2 if at + 1 < len(text) or last else None
        found = _END.search(text, at)
        if found:
            return found.start()
        return len(text) if last or len(text) - at > _LONGEST_NUMBER else None

    def _rest(self, text: str, at: int) -> int:
        """Where the part of a cell ends that reads alike."""
        found = _QUOTE.search(text, at) if self._quoted else _TURN.search(text, at)
        return found.end() if found else len(text)

    def _turn(self, sign: str) -> None:
        """What comes after a sign.  A quote within a quoted cell is two (RFC 4180 §2.7)."""
        if self._quoted:
            self._quoted = sign != '"'
        elif sign == '"':
            self._quoted = True
        else:
            self._begins = sign in ",\r\n"
