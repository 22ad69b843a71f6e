"""The sheets of a workbook, spooled row by row, with what they are recognised by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from mieco.errors import SILENCE, Text
from mieco.findings import Finding, Findings, Origin
from mieco.intake import values
from mieco.intake.headings import (
    SHEETS_ASIDE,
    Headings,
    columns_of,
    find_header,
    table_of,
)
from mieco.intake.rows import Sheet, SheetRow
from mieco.intake.specification import KEY, Specification, Table
from mieco.intake.spool import Spool
from mieco.progress import Progress

# A heading may stand below a title and explanations.
_HEADER_WITHIN = 10


@dataclass(frozen=True, slots=True)
class Collected:
    """The rows of one sheet, and the heading that each of its columns has there."""

    table: Table
    place: Origin
    headings: Mapping[str, str]
    rows: Spool


class Collector:
    """Spools sheets and notes what keeps their rows from being read."""

    def __init__(
        self,
        specification: Specification,
        folder: Path,
        findings: Findings,
        progress: Progress,
    ) -> None:
        self._specification, self._folder = specification, folder
        self._findings, self._progress = findings, progress
        self.sheets: list[Collected] = []

    def collect(self, file: str, sheets: Iterable[Sheet], *, single: bool) -> None:
        """Takes in the sheets of a file; ``single`` for one that is a sheet by itself (CSV)."""
        for sheet in sheets:
            place = Origin(file, "" if single else sheet.name)
            table, rows = table_of(self._specification, sheet.name), sheet.rows
            if table is None and single:
                table, rows = self._by_header(rows)
            if table is not None:
                self._collect(table, place, rows)
            elif sheet.name not in SHEETS_ASIDE:
                self._ignored(place)

    def _by_header(self, rows: Iterator[SheetRow]) -> tuple[Table | None, Iterator[SheetRow]]:
        """The table whose columns the first rows have, whatever the file is called; all rows."""
        first = list(islice(rows, _HEADER_WITHIN))
        best: tuple[int, Table | None] = (0, None)
        for table in self._specification.tables.values():
            found = find_header(table, [row.cells for row in first])
            if found is not None:
                known = len(columns_of(table, first[found].cells).columns)
                best = max(best, (known, table), key=lambda pair: pair[0])
        return best[1], chain(first, rows)

    def _ignored(self, place: Origin) -> None:
        titles = [t.title for t in self._specification.tables.values() if t.title]
        self._findings.add(
            Finding(
                severity="warning",
                code="sheet-unknown",
                message=Text(
                    "不认识这张表，没有读取。", "This sheet is unknown and was not read. "
                ),
                hint=Text(
                    f"可用的表名：{'、'.join(t.zh for t in titles)}。",
                    f"Sheets are called {', '.join(t.en for t in titles)}.",
                ),
                origin=place,
            )
        )

    def _collect(self, table: Table, place: Origin, rows: Iterable[SheetRow]) -> None:
        if any(sheet.table is table for sheet in self.sheets):
            self._say(
                "sheet-twice",
                Text("这张表出现了两次，请合为一张。", "This sheet is there twice; make them one."),
                place,
            )
            return
        rows = iter(rows)
        first = list(islice(rows, _HEADER_WITHIN))
        at = find_header(table, [row.cells for row in first])
        if at is None:
            if any(any(row.cells) for row in first):
                self._say(
                    "header-missing",
                    Text(
                        "没有找到列名所在的行；请使用模板中的列名。",
                        "No row has the column names; use those of the template.",
                    ),
                    place,
                )
            return
        header, found = first[at], columns_of(table, first[at].cells)
        self._check(table, place, header, found)
        headings = {name: _one_line(header.cells[i]) for i, name in found.columns.items()}
        number = len(self.sheets)
        with Spool(self._folder / f"{number}.rows") as spool:
            sheet = Collected(table, place, headings, spool)
            self._spool(sheet, found, chain(first[at + 1 :], rows))
        self.sheets.append(sheet)

    def _check(self, table: Table, place: Origin, header: SheetRow, found: Headings) -> None:
        for _, name, near in found.unknown:
            self._say(
                "column-unknown",
                Text(
                    f"不认识列“{_one_line(name)}”。", f"The column '{_one_line(name)}' is unknown. "
                ),
                _at(place, header.number, name),
                _meant(table, near),
            )
        for position in found.twice:
            name = _one_line(header.cells[position])
            self._say(
                "column-twice",
                Text(f"列“{name}”出现两次。", f"The column '{name}' stands twice."),
                _at(place, header.number, name),
            )
        for name in found.missing:
            heading = table.columns[name].heading or Text(name, name)
            self._say(
                "column-missing",
                Text(f"缺少必填的列“{heading.zh}”。", f"The column '{heading.en}' is missing."),
                _at(place, header.number, ""),
            )

    def _spool(self, sheet: Collected, found: Headings, rows: Iterable[SheetRow]) -> None:
        keys: dict[str, int] = {}
        headed = {*found.columns, *found.twice, *(place for place, _, _ in found.unknown)}
        for row in rows:
            self._progress.step()
            self._check_headed(sheet.place, row, headed)
            cells: dict[str, str] = {}
            for position, name in found.columns.items():
                if position in row.faults:
                    origin = _at(sheet.place, row.number, sheet.headings[name])
                    said = Finding("violation", "cell-unreadable", row.faults[position], origin)
                    self._findings.unreadable(said)
                elif position < len(row.cells):
                    text = row.cells[position]
                    if sheet.table.columns[name].list:  # one value a line
                        text = text.replace("\n", "；")
                    if plain := values.plain(text):
                        cells[name] = plain
            if not cells.keys() - {"key"}:
                continue  # numbered beforehand and not filled in
            if "key" in sheet.table.columns:
                key = self._key(sheet, row.number, cells.get("key", ""), keys)
                keys[key] = row.number
                cells["key"] = key
            sheet.rows.add(row.number, cells)

    def _check_headed(self, place: Origin, row: SheetRow, headed: set[int]) -> None:
        """Reports cells that stand under no heading: they would be lost."""
        for position, text in enumerate(row.cells):
            if text and position not in headed:
                self._say(
                    "cell-without-column",
                    Text(
                        f"第 {position + 1} 格“{text}”上面没有列名，不知道是什么。",
                        f"Cell {position + 1}, '{text}', stands under no heading. ",
                    ),
                    Origin(place.file, place.sheet, row.number),
                    Text(
                        "请补上列名，或删去这一格；CSV 中含分隔符的内容请加英文双引号。",
                        "Give it a heading or remove it; in CSV, put text that contains the"
                        " delimiter in double quotes.",
                    ),
                )

    def _key(self, sheet: Collected, number: int, text: str, keys: Mapping[str, int]) -> str:
        """The key of a row; for one that cannot be told by it, which is reported, a makeshift.

        So the rest of the row is checked, too, and others that name it do not fail.
        """
        key = values.code(text).lower() if text else ""
        origin = _at(sheet.place, number, sheet.headings.get("key", ""))
        if not key:
            self._say(
                "key-missing",
                Text("没有编号。", "The row has no number. "),
                origin,
                Text("请给这一行编一个不重复的编号。", "Give it one that no other row has."),
            )
        elif not KEY.fullmatch(key):
            self._say(
                "key-malformed",
                Text(f"编号“{text}”不合规则。", f"The number '{text}' is not well-formed. "),
                origin,
                Text("编号由英文字母、数字和连字符组成。", "Use letters, digits and hyphens only."),
            )
        elif key in keys:
            self._say(
                "key-duplicate",
                Text(
                    f"编号“{text}”在第 {keys[key]} 行已用过。",
                    f"The number '{text}' was used in row {keys[key]} already. ",
                ),
                origin,
                Text("每一行的编号必须不同。", "Every row needs a number of its own."),
            )
        else:
            return key
        return f"row--{number}"

    def _say(self, code: str, message: Text, origin: Origin, hint: Text = SILENCE) -> None:
        self._findings.add(Finding("violation", code, message, origin, hint))


def _at(place: Origin, row: int, column: str) -> Origin:
    return Origin(place.file, place.sheet, row, _one_line(column))


def _meant(table: Table, near: str | None) -> Text:
    """What to do about a heading that is unknown, where it comes near to that of a column."""
    if near is None:
        return Text("请删去或改名。", "Remove or rename it.")
    heading = table.columns[near].heading or Text(near, near)
    return Text(f"是否想写“{heading.zh}”？", f"Did you mean '{heading.en}'?")


def _one_line(text: str) -> str:
    return " ".join(text.split())
