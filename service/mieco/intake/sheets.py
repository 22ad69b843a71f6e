"""Spreadsheet files → sheets of rows of text, by what the files hold, not what they are called."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Generator, Iterator
from pathlib import Path, PurePath

from mieco.errors import BadInput, Text
from mieco.intake.delimited import read_records
from mieco.intake.package import SAVE_AS_XLSX, password_protected
from mieco.intake.rows import (
    MAX_COLUMNS,
    MAX_ROWS,
    Sheet,
    SheetRow,
    too_many_columns,
    too_many_rows,
)
from mieco.intake.xlsx import read_workbook

__all__ = ["Sheet", "SheetRow", "is_workbook", "read_sheets"]

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EXCEL = (".xlsx", ".xlsm", ".xls", ".xltx")
# As an OLE container's directory has it.
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
# What could be taken for text, or is met with so often that it should be called by its name.
_OTHERS = {
    b"%PDF": Text("PDF 文件", "a PDF file"),
    b"\x89PNG": Text("图片", "a picture"),
    b"\xff\xd8\xff": Text("图片", "a picture"),
    b"GIF8": Text("图片", "a picture"),
    b"Rar!": Text("压缩包", "an archive"),
    b"7z\xbc\xaf": Text("压缩包", "an archive"),
    b"\x1f\x8b": Text("压缩包", "an archive"),
    b"{\\rtf": Text("RTF 文档", "an RTF document"),
    b"<": Text("网页或 XML 文件", "a web page or XML file"),
}


def read_sheets(path: Path, file: str) -> Generator[Sheet]:
    """The sheets of a file, XLSX or CSV; ``file`` is the name that messages show.

    Raises :class:`~mieco.errors.BadInput`, here or while rows are read, for any other kind of
    file, and for one that is empty, damaged, protected by a password or larger than a sheet.
    """
    with path.open("rb") as stream:
        start = stream.read(512)
        visible = start.removeprefix(BOM_UTF8).lstrip()
        other = next((kind for magic, kind in _OTHERS.items() if visible.startswith(magic)), None)
        if not visible:
            raise _empty(file)
        if start.startswith(_OLE):
            raise _ole(path, file)
        if other:
            raise BadInput(
                where=file,
                reason=Text(f"是{other.zh}，不是电子表格", f"is {other.en}, not a spreadsheet"),
                todo=SAVE_AS_XLSX,
            )
        if not start.startswith(_ZIP) and file.lower().endswith(_EXCEL):
            raise BadInput(
                where=file,
                reason=Text("不是 Excel 工作簿", "is no Excel workbook"),
                todo=SAVE_AS_XLSX,
            )
        if not start.startswith(_ZIP):
            yield Sheet(PurePath(file).stem, _csv_rows(read_records(stream, file), file))
            return
    yield from read_workbook(path, file)


def is_workbook(path: Path) -> bool:
    """Is a file a package of sheets, rather than one sheet by itself (CSV)?"""
    with path.open("rb") as stream:
        return stream.read(4).startswith(_ZIP)


def _empty(file: str) -> BadInput:
    return BadInput(
        where=file,
        reason=Text("是空文件", "is empty"),
        todo=Text("请填写后保存，再上传一次。", "Fill it in, save it and send it again."),
    )


def _ole(path: Path, file: str) -> BadInput:
    """What to say of a file of the container that old and encrypted files share."""
    tail = b""
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            if _ENCRYPTED_PACKAGE in tail + block:
                return password_protected(file)
            tail = block[-len(_ENCRYPTED_PACKAGE) :]
    return BadInput(
        where=file,
        reason=Text(
            "是旧版 Office（.xls 或 .doc）文件，这里不读取",
            "is a file of an old Office (.xls or .doc), which is not read here",
        ),
        todo=SAVE_AS_XLSX,
    )


def _csv_rows(records: Iterator[tuple[int, list[str]]], file: str) -> Iterator[SheetRow]:
    for number, record in records:
        if number > MAX_ROWS:
            raise too_many_rows(file)
        cells = [cell.strip() for cell in record]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise too_many_columns(Text(f"{file} 第 {number} 行", f"{file}, row {number}"))
        if cells:
            yield SheetRow(number, tuple(cells), {})
