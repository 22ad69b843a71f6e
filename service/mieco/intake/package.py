"""The zip file of a workbook, opened only if nothing in it can overwhelm the reader."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.parsers import expat

from mieco.errors import BadInput, Text

_BLOCK = 1 << 16
_ENTRY = b"PK\x01\x02"  # begins each entry of a zip's directory
_LOCAL_HEADER = 30
_MAX_ENTRIES = 10_000
_MAX_UNPACKED = 512 << 20
# Spreadsheets shrink to a tenth, of much the same rows to a fiftieth; what shrinks to less is
# made to burst.  Small parts may: they cannot.
_MAX_RATIO = 200
_RATIO_MATTERS = 16 << 20
_MAX_DEPTH = 64
_MAX_NAMES = 10_000  # of elements and attributes; the parser keeps every one
# Expat begins again at the start of a tag or comment with every block, until it has its end.
_LONGEST_TAG = 1 << 20
_ENCRYPTED = 0x1

Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]
Characters = Callable[[str], None]


class Package:
    """The parts of a workbook by their names, which differ in more than case.

    Raises :class:`~mieco.errors.BadInput` for a zip that is damaged, encrypted or too large
    unpacked.
    """

    def __init__(self, zip_file: zipfile.ZipFile, file: str) -> None:
        self._zip = zip_file
        self._file = file
        self._parts = {info.filename.lower(): info for info in zip_file.infolist()}

    def names(self) -> list[str]:
        """The names of all parts, in lower case."""
        return list(self._parts)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    def head(self, name: str, length: int) -> bytes:
        """The first bytes of a part."""
        with guarded(self._file), self._zip.open(self._parts[name.lower()]) as part:
            return part.read(length)

    def starts(self, name: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        """The elements of a part, names and attributes, in the order of their starts."""
        found: list[tuple[str, Mapping[str, str]]] = []
        for _ in self.parse(name, start=lambda tag, attributes: found.append((tag, attributes))):
            yield from found
            found.clear()

    def parse(
        self,
        name: str,
        start: Start,
        end: End | None = None,
        characters: Characters | None = None,
    ) -> Iterator[None]:
        """Parses a part block by block: yields after each, when the handlers have been called.

        Names of elements are local; of attributes too, but where they have a namespace, which
        then stands before a space.  Raises BadInput for a part that is missing, is not
        well-formed, declares entities, or nests or names beyond measure.
        """
        info = self._parts.get(name.lower())
        if info is None:
            raise damaged(self._file)
        parser = _parser(self._file, start, end, characters)
        fed = 0
        with guarded(self._file), self._zip.open(info) as part:
            while block := part.read(_BLOCK):
                parser.Parse(block, False)
                fed += len(block)
                if fed - parser.CurrentByteIndex > _LONGEST_TAG or len(parser.intern) > _MAX_NAMES:
                    raise overwhelming(self._file)
                yield
            parser.Parse(b"", True)
            yield


@contextmanager
def open_package(path: Path, file: str) -> Iterator[Package]:
    """The zip at a path, vetted.  Raises BadInput."""
    with path.open("rb") as stream, guarded(file):
        # Before zipfile makes an object of each entry.
        if _count_entries(stream) > _MAX_ENTRIES:
            raise overwhelming(file)
        with zipfile.ZipFile(stream) as zip_file:
            _vet(zip_file, file)
            yield Package(zip_file, file)


def _count_entries(stream: IO[bytes]) -> int:
    count = 0
    while block := stream.read(_BLOCK):
        count += block.count(_ENTRY)
    return count


def _vet(zip_file: zipfile.ZipFile, file: str) -> None:
    entries = zip_file.infolist()
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise password_protected(file)
    if sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
        raise overwhelming(file)
    for entry in entries:
        # The other methods unpack without measure, and no workbook uses them.
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise damaged(file)
        if entry.file_size > max(_RATIO_MATTERS, _MAX_RATIO * entry.compress_size):
            raise overwhelming(file)
    names = Counter(entry.filename.lower() for entry in entries)
    if any(count > 1 for count in names.values()):
        raise damaged(file)
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise damaged(file)
        end = entry.header_offset + _LOCAL_HEADER + entry.compress_size


def _parser(
    file: str, start: Start, end: End | None, characters: Characters | None
) -> expat.XMLParserType:
    # With a space before the local name: both the transitional and the strict namespace serve.
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def open_element(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise overwhelming(file)
        start(name.rpartition(" ")[2], attributes)

    def close_element(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end:
            end(name.rpartition(" ")[2])

    def refuse(*_declaration: object) -> None:
        raise BadInput(
            where=file,
            reason=Text(
                "含有自定义的 XML 实体，出于安全不予读取",
                "declares XML entities and is not read, for safety",
            ),
            todo=SAVE_AS_XLSX,
        )

    parser.StartElementHandler = open_element
    parser.EndElementHandler = close_element
    if characters:
        parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse
    return parser


@contextmanager
def guarded(file: str) -> Iterator[None]:
    """Turns what a damaged zip or XML raises into BadInput."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        expat.ExpatError,
        EOFError,
        NotImplementedError,
        UnicodeDecodeError,
    ):
        raise damaged(file) from None


SAVE_AS_XLSX = Text(
    "请在 Excel 或 WPS 中打开，另存为 .xlsx 文件后再试。",
    "Open it in Excel or WPS, save it as an .xlsx file and try again.",
)


def damaged(file: str) -> BadInput:
    return BadInput(
        where=file,
        reason=Text("文件已损坏，读不出来", "the file is damaged and cannot be read"),
        todo=SAVE_AS_XLSX,
    )


def overwhelming(file: str) -> BadInput:
    megabytes = _MAX_UNPACKED >> 20
    return BadInput(
        where=file,
        reason=Text(
            f"解压后的内容过大或结构异常（上限 {megabytes} MB），不予读取",
            f"is too large unpacked (limit {megabytes} MB), or built unlike any spreadsheet,"
            " and is not read",
        ),
        todo=Text(
            "请把数据复制到新的工作簿，或分成几个文件。",
            "Copy the data to a new workbook, or split it into several files.",
        ),
    )


def password_protected(file: str) -> BadInput:
    return BadInput(
        where=file,
        reason=Text("文件设有密码，打不开", "is protected by a password and cannot be opened"),
        todo=Text(
            "请在 Excel 中打开，点“文件—信息—保护工作簿—用密码进行加密”，清空密码后保存。",
            "Open it in Excel, choose File > Info > Protect Workbook > Encrypt with Password,"
            " clear the password and save.",
        ),
    )
