"""Workbooks as no honest program writes them: an honest one with parts of its zip replaced."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
TEXTS = "xl/sharedStrings.xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def honest(*titles: str) -> bytes:
    """A workbook with sheets of these titles, 甲 in the first cell of each."""
    book = Workbook()
    book.remove(book.active)
    for title in titles or ("表",):
        book.create_sheet(title)["A1"] = "甲"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parts(workbook: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as zip_file:
        return {name: zip_file.read(name) for name in zip_file.namelist()}


def operated(path: Path, changes: Mapping[str, bytes | str], workbook: bytes = b"") -> Path:
    """Writes a workbook with parts replaced or added; one of shared texts is referred to."""
    content: dict[str, Any] = parts(workbook or honest()) | dict(changes)
    if TEXTS in content:
        link = f'<Relationship Id="texts" Type="{_OFFICE}/sharedStrings" Target="/{TEXTS}"/>'
        links = content[RELATIONS].decode()
        content[RELATIONS] = links.replace("</Relationships>", f"{link}</Relationships>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zip_file:
        for name, part in content.items():
            zip_file.writestr(name, part)
    return path


def sheet(rows: str, before: str = "", after: str = "") -> str:
    """The XML of a sheet with these rows."""
    data = f"<sheetData>{rows}</sheetData>"
    return f'{before}<worksheet xmlns="{MAIN}">{data}{after}</worksheet>'


def row(cells: str) -> str:
    return f'<row r="1">{cells}</row>'


def zeros(path: Path, name: str, megabytes: int) -> Path:
    """A workbook one part of which unpacks to so many megabytes of zeros."""
    operated(path, {})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as zip_file,
        zip_file.open(name, "w", force_zip64=True) as part,
    ):
        for _ in range(megabytes):
            part.write(bytes(1 << 20))
    return path


def understated(path: Path, name: str, size: int) -> Path:
    """Makes the zip's directory say of a part that it is smaller than it is."""
    content = bytearray(path.read_bytes())
    at = next(
        found.start()
        for found in re.finditer(rb"PK\x01\x02", content)
        if content[found.start() + 46 :].startswith(name.encode())
    )
    content[at + 24 : at + 28] = size.to_bytes(4, "little")
    path.write_bytes(content)
    return path


def overlapping(path: Path) -> Path:
    """Makes every part of the zip begin where the first does."""
    content = bytearray(path.read_bytes())
    entries: Iterable[re.Match[bytes]] = re.finditer(rb"PK\x01\x02", bytes(content))
    for found in entries:
        content[found.start() + 42 : found.start() + 46] = bytes(4)
    path.write_bytes(content)
    return path
