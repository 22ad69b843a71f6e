"""CSV files → records, whatever Excel or WPS wrote them: encoding and delimiter are found out."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from mieco.errors import BadInput, Text

_BLOCK = 1 << 16
# The mark itself is taken away with the first line, as GB18030's must be, which needs no entry.
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_DELIMITERS = (",", ";", "\t")
# Of GB18030 text hardly one character in ten is UTF-8 by accident, so that this many before the
# first fault mean UTF-8 with a fault.
_NO_ACCIDENT = 8
# The first line of the metadata that SSSOM has above a table; Excel may have put it in quotes.
_METADATA = re.compile(r"\"?#\s*[a-z][a-z_]*\s*:")
_MOST_METADATA = 10_000
_LONGEST_LINE = 1_000_000
_SAMPLE_RECORDS = 20
_SAVE_AS_CSV = Text(
    "请在 Excel 中另存为“CSV UTF-8”或 .xlsx。", "Save it in Excel as 'CSV UTF-8' or as .xlsx."
)


def read_records(stream: BinaryIO, file: str) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV file with their numbers from 1, blank ones included.

    ``stream`` is read twice, from its beginning; ``file`` names it in messages.  A first line
    ``sep=;``, which only tells Excel the delimiter, is no record.  Lines of metadata above the
    table (SSSOM: ``#license: …``) are records of one cell each.

    Raises :class:`~mieco.errors.BadInput`, with the line, for what is not text, has unpaired
    quotation marks or overlong lines.
    """
    encoding = _encoding(stream, file)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding, newline="")
    try:
        yield from _records(text, file)
    finally:
        if not stream.closed:
            text.detach()  # the stream is the caller's to close


def _records(text: io.TextIOWrapper, file: str) -> Iterator[tuple[int, list[str]]]:
    lines = _lines(text, file)
    first = next(lines, "")
    told = _told_delimiter(first)
    before = 1 if told else 0
    above: list[str] = []
    if _METADATA.match(first):
        while first.startswith(("#", '"#')) and len(above) < _MOST_METADATA:
            above.append(first)
            first = next(lines, "")
    for number, metadata in enumerate(above, 1):
        yield number, [_metadata(metadata)]
    # Quoted cells run over lines, hence some lines more than records.
    head = [] if told or not first else [first, *itertools.islice(lines, 2 * _SAMPLE_RECORDS)]
    reader = csv.reader(
        itertools.chain(head, lines), delimiter=told or _found_delimiter(head), strict=True
    )
    for number in itertools.count(len(above) + 1):
        line = before + len(above) + reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise BadInput(
                where=_line(file, line),
                reason=Text(f"CSV 格式有误（{error}）", f"is not well-formed CSV ({error})"),
                todo=Text("请检查引号是否成对。", "See that the quotation marks are paired."),
            ) from None
        if record is None:
            return
        yield number, record


def _lines(text: io.TextIOWrapper, file: str) -> Iterator[str]:
    for number in itertools.count(1):
        line = text.readline(_LONGEST_LINE + 1)
        if number == 1:
            line = line.removeprefix("\ufeff")
        if not line:
            return
        if len(line) > _LONGEST_LINE:
            raise BadInput(
                where=_line(file, number),
                reason=Text(
                    f"一行超过 {_LONGEST_LINE:,} 个字符",
                    f"the line has more than {_LONGEST_LINE:,} characters",
                ),
                todo=_SAVE_AS_CSV,
            )
        yield line


def _metadata(line: str) -> str:
    """A line of metadata without what a spreadsheet program has added: quotes, empty cells."""
    bare = line.strip().rstrip(",;\t")
    if not bare.startswith('"'):
        return bare
    return bare.removeprefix('"').removesuffix('"').replace('""', '"')


def _told_delimiter(line: str) -> str:
    """The delimiter that a line ``sep=;`` tells, or an empty string."""
    stripped = line.rstrip("\r\n").strip('"')
    if len(stripped) == len("sep=;") and stripped.lower().startswith("sep="):
        return stripped[-1]
    return ""


def _found_delimiter(head: list[str]) -> str:
    """The delimiter that makes the most columns of the header; the most even rows decide ties."""

    def fitness(delimiter: str) -> tuple[int, int]:
        widths = _widths(head, delimiter)
        return (widths[0], widths.count(widths[0])) if widths else (0, 0)

    return max(_DELIMITERS, key=fitness)


def _widths(head: list[str], delimiter: str) -> list[int]:
    try:
        widths = [len(record) for record in csv.reader(head, delimiter=delimiter) if any(record)]
    except csv.Error:
        return []  # an overlong cell: what is read in earnest will say so, and where
    return widths[:_SAMPLE_RECORDS]


def _encoding(stream: BinaryIO, file: str) -> str:
    """The encoding of the whole file: Chinese may come after any length of ASCII."""
    stream.seek(0)
    start = stream.read(3)
    for bom, encoding in _BOMS.items():
        if start.startswith(bom):
            if fault := _first_fault(stream, encoding, file):
                raise _not_text(file, fault.line, encoding.upper())
            return encoding
    as_utf8 = _first_fault(stream, "utf-8", file)
    if as_utf8 is None:
        return "utf-8"
    if as_utf8.beyond_ascii >= _NO_ACCIDENT:
        raise _not_text(file, as_utf8.line, "UTF-8")
    as_gb18030 = _first_fault(stream, "gb18030", file)
    if as_gb18030 is None:
        return "gb18030"
    line = max(as_utf8.line, as_gb18030.line)
    raise _not_text(file, line, Text("UTF-8 或 GB18030", "UTF-8 or GB18030"))


@dataclass(frozen=True, slots=True)
class _Fault:
    """The line that cannot be decoded, and how many characters beyond ASCII come before."""

    line: int
    beyond_ascii: int


def _first_fault(stream: BinaryIO, encoding: str, file: str) -> _Fault | None:
    """Where decoding fails, if it does.  Raises BadInput for NUL characters."""
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    line, beyond_ascii, last = 1, 0, ""
    while True:
        block = stream.read(_BLOCK)
        fault = False
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            text, fault = error.object[: error.start].decode(encoding), True
        if "\0" in text:
            before = text[: text.index("\0")]
            raise BadInput(
                where=_line(file, line + _line_ends(before, last)),
                reason=Text("含有空字符（NUL），不是文本", "has NUL characters and is not text"),
                todo=_SAVE_AS_CSV,
            )
        line += _line_ends(text, last)
        last = text[-1:] or last
        if not text.isascii():
            beyond_ascii += len(text) - len(text.encode("ascii", "ignore"))
        if fault:
            return _Fault(line, beyond_ascii)
        if not block:
            return None


def _line_ends(text: str, last: str) -> int:
    """How many line ends a text has that follows a text ending in ``last``."""
    split = last == "\r" and text.startswith("\n")
    return text.count("\n") + text.count("\r") - text.count("\r\n") - split


def _line(file: str, number: int) -> Text:
    return Text(f"{file} 第 {number} 行", f"{file}, line {number}")


def _not_text(file: str, line: int, encoding: str | Text) -> BadInput:
    names = encoding if isinstance(encoding, Text) else Text(encoding, encoding)
    return BadInput(
        where=_line(file, line),
        reason=Text(f"不是 {names.zh} 文本", f"is not {names.en} text"),
        todo=_SAVE_AS_CSV,
    )
