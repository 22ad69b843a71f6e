"""Excel workbooks → sheets of rows, streamed.

Not read by openpyxl: its reader holds a whole row of any length in memory (40 kB of zip can be
gigabytes), cannot tell a formula without a value from an empty cell, and takes dates in the
formats of a Chinese Excel for numbers.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from mieco.errors import BadInput, Text
from mieco.intake.cells import Precision, Workbook, cell_text, date_styles, unescaped
from mieco.intake.package import SAVE_AS_XLSX, Package, damaged, open_package, overwhelming
from mieco.intake.rows import (
    MAX_COLUMNS,
    MAX_ROWS,
    Sheet,
    SheetRow,
    too_many_columns,
    too_many_rows,
)

_LONGEST_TEXT = 32_767  # of a cell in Excel
_MAX_TEXTS = 4_000_000
_MAX_TEXT_TOTAL = 100_000_000
_NO_VALUE = Text(
    "公式没有保存结果；请用 Excel 打开并保存文件，或直接填写内容",
    "the formula has no stored value; open and save the file in Excel, or type the value",
)


def read_workbook(path: Path, file: str) -> Iterator[Sheet]:
    """The sheets of an XLSX file, hidden ones too; ``file`` names it in messages.

    Raises :class:`~mieco.errors.BadInput` for any other zip, one that is damaged or built to
    overwhelm, macros, links to other workbooks, two sheets of one name.
    """
    with open_package(path, file) as package:
        _refuse_other_kinds(package, file)
        book = _contents(package, file)
        workbook = Workbook(
            texts=_shared_texts(package, book.texts, file) if book.texts else [],
            dates=_dates(package, book.styles, file) if book.styles else {},
            epoch=MAC_EPOCH if book.since_1904 else WINDOWS_EPOCH,
        )
        for name, part in book.sheets.items():
            yield Sheet(name, _rows(package, part, _Place(file, name), workbook))


def _refuse_other_kinds(package: Package, file: str) -> None:
    names = package.names()
    reason = todo = None
    if "mimetype" in package and b"opendocument" in package.head("mimetype", 100):
        reason = Text("是 OpenDocument 文件，不是 .xlsx", "is an OpenDocument file, not .xlsx")
    elif any(name.endswith("workbook.bin") for name in names):
        reason = Text("是 .xlsb 文件，不是 .xlsx", "is an .xlsb file, not .xlsx")
    elif any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        reason = Text("含有宏，不予读取", "has macros and is not read")
        todo = Text(
            "请在 Excel 中另存为“Excel 工作簿（.xlsx）”，即不带宏的格式。",
            "In Excel, save it as 'Excel Workbook (.xlsx)', which has no macros.",
        )
    elif any("/externallinks/" in name for name in names):
        reason = Text("引用了其他工作簿", "links to other workbooks")
        todo = Text(
            "请在 Excel 中点“数据—编辑链接—断开链接”，保存后再试。",
            "In Excel, choose Data > Edit Links > Break Link, save and try again.",
        )
    elif not any(name.startswith("xl/") for name in names) or "_rels/.rels" not in package:
        reason = Text("不是电子表格", "is not a spreadsheet")
    if reason:
        raise BadInput(where=file, reason=reason, todo=todo or SAVE_AS_XLSX)


@dataclass(slots=True)
class _Book:
    """Where the parts of a workbook are."""

    sheets: dict[str, str]
    texts: str = ""
    styles: str = ""
    since_1904: bool = False


def _contents(package: Package, file: str) -> _Book:
    root = _related(package, "")
    main = next((part for kind, part in root.values() if kind == "officeDocument"), "")
    related = _related(package, main)
    by_kind = dict(related.values())
    book = _Book({}, by_kind.get("sharedStrings", ""), by_kind.get("styles", ""))
    seen: set[str] = set()
    for tag, attributes in package.starts(main):
        if tag == "workbookPr":
            book.since_1904 = attributes.get("date1904") in {"1", "true"}
        if tag != "sheet":
            continue
        name = attributes.get("name", "").strip()
        link = next((value for key, value in attributes.items() if key.endswith(" id")), "")
        kind, part = related.get(link, ("", ""))
        if name.casefold() in seen:
            raise BadInput(
                where=file,
                reason=Text(f"有两张名为“{name}”的工作表", f"has two sheets named '{name}'"),
                todo=Text("请给其中一张改名。", "Rename one of them."),
            )
        seen.add(name.casefold())
        if part in book.sheets.values():
            raise damaged(file)
        if kind == "worksheet":  # and not a chart
            book.sheets[name] = part
    if not book.sheets:
        raise damaged(file)
    return book


def _related(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """The kind and the name of each part that a part refers to, by the reference's id."""
    folder, name = posixpath.split(part)
    related: dict[str, tuple[str, str]] = {}
    for tag, attributes in package.starts(posixpath.join(folder, "_rels", f"{name}.rels")):
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            related[attributes.get("Id", "")] = (kind, target.lstrip("/"))
    return related


def _dates(package: Package, part: str, file: str) -> Mapping[int, Precision]:
    formats: dict[int, str] = {}
    styles: list[int] = []
    inside = ""
    try:
        for tag, attributes in package.starts(part):
            if tag in {"cellXfs", "cellStyleXfs", "dxfs"}:
                inside = tag
            elif tag == "numFmt":
                formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
            elif tag == "xf" and inside == "cellXfs":
                styles.append(int(attributes.get("numFmtId", "0")))
    except (ValueError, KeyError):
        raise damaged(file) from None
    return date_styles(formats, styles)


def _shared_texts(package: Package, part: str, file: str) -> list[str]:
    """The texts that cells refer to by position."""
    collector = _Collector(Text(file, file))
    texts: list[str] = []
    total = 0

    def end(tag: str) -> None:
        nonlocal total
        collector.end(tag)
        if tag == "si":
            text = unescaped(collector.take() or "")
            total += len(text)
            texts.append(text)

    for _ in package.parse(part, collector.start, end, collector.characters):
        if len(texts) > _MAX_TEXTS or total > _MAX_TEXT_TOTAL:
            raise overwhelming(file)
    return texts


class _Collector:
    """Puts a value or text together, without the readings (furigana) that stand beside it."""

    def __init__(self, where: Text) -> None:
        self.where = where
        self._pieces: list[str] = []
        self._length = 0
        self._open = False
        self._beside = False

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        if tag == "rPh":
            self._beside = True
        elif tag in {"v", "t"}:
            self._open = not self._beside

    def characters(self, text: str) -> None:
        if not self._open:
            return
        self._pieces.append(text)
        self._length += len(text)
        if self._length > _LONGEST_TEXT:
            raise BadInput(
                where=self.where,
                reason=Text(
                    f"有一格超过 {_LONGEST_TEXT:,} 个字符",
                    f"a cell has more than {_LONGEST_TEXT:,} characters",
                ),
                todo=Text("请缩短内容。", "Shorten it."),
            )

    def end(self, tag: str) -> None:
        if tag == "rPh":
            self._beside = False
        elif tag in {"v", "t"}:
            self._open = False

    def take(self) -> str | None:
        """What was collected since it was last taken; nothing at all is None."""
        text = "".join(self._pieces) if self._pieces else None
        self._pieces.clear()
        self._length = 0
        return text


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    sheet: str

    def sheet_text(self) -> Text:
        return Text(f"{self.file} 工作表“{self.sheet}”", f"{self.file}, sheet '{self.sheet}'")

    def row_text(self, number: int) -> Text:
        sheet = self.sheet_text()
        return Text(f"{sheet.zh} 第 {number} 行", f"{sheet.en}, row {number}")


def _rows(package: Package, part: str, place: _Place, workbook: Workbook) -> Iterator[SheetRow]:
    reader = _RowReader(place, workbook)
    try:
        for _ in package.parse(part, reader.start, reader.end, reader.collector.characters):
            yield from reader.rows
            reader.rows.clear()
    except (ValueError, IndexError):  # a number, a reference or a style that is none
        raise damaged(place.file) from None


class _RowReader:
    """Makes rows of the elements of a sheet; a blank row is none."""

    def __init__(self, place: _Place, workbook: Workbook) -> None:
        self.rows: list[SheetRow] = []
        self.collector = _Collector(place.sheet_text())
        self._place = place
        self._workbook = workbook
        self._number = 0
        self._column = -1
        self._cell: Mapping[str, str] | None = None
        self._formula = False
        self._texts: dict[int, str] = {}
        self._faults: dict[int, Text] = {}
        self._columns: dict[str, int] = {}

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "c":
            reference = attributes.get("r")
            self._column = self._column + 1 if reference is None else self._position(reference)
            self._cell, self._formula = attributes, False
        elif tag == "row":
            self._start_row(attributes.get("r"))
        elif self._cell is not None:
            if tag == "f":
                self._formula = True
            self.collector.start(tag, attributes)

    def end(self, tag: str) -> None:
        if tag == "c" and self._cell is not None:
            self._end_cell(self._cell)
            self._cell = None
        elif tag == "row":
            self._end_row()
        elif self._cell is not None:
            self.collector.end(tag)

    def _position(self, reference: str) -> int:
        """The position of a cell's column: 0 for A7."""
        letters = reference.rstrip("0123456789")
        if letters not in self._columns:
            self._columns[letters] = column_index_from_string(letters) - 1
        return self._columns[letters]

    def _start_row(self, number: str | None) -> None:
        before = self._number
        self._number = before + 1 if number is None else int(number)
        if self._number <= before:
            raise damaged(self._place.file)
        if self._number > MAX_ROWS:
            raise too_many_rows(self._place.sheet_text())
        self._column = -1

    def _end_cell(self, cell: Mapping[str, str]) -> None:
        raw = self.collector.take()
        kind = cell.get("t", "n")
        # A formula whose result is an empty text says that it is a text.
        if raw is None and not (self._formula and kind != "str"):
            return
        text = (
            _NO_VALUE
            if raw is None
            else cell_text(kind, raw, int(cell.get("s", "0")), self._workbook)
        )
        if not text:
            return
        if self._column >= MAX_COLUMNS:
            raise too_many_columns(self._place.row_text(self._number))
        if isinstance(text, Text):
            self._faults[self._column] = text
        else:
            self._texts[self._column] = text

    def _end_row(self) -> None:
        if self._texts or self._faults:
            width = max(*self._texts, *self._faults, -1, -1) + 1
            cells = tuple(self._texts.get(position, "") for position in range(width))
            self.rows.append(SheetRow(self._number, cells, self._faults))
            self._texts, self._faults = {}, {}
