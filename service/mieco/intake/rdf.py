"""One row of a source table to quads, after the table's specification."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Quad

from mieco.errors import BadInput, Text
from mieco.intake.batch import Origin
from mieco.intake.specification import Column, Table, expand
from mieco.terms import RDF_TYPE, RDFS_LABEL, XSD

_INTEGER = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9/-]*")

_RECORD = NamedNode(expand("mieco:Record"))
_DESCRIBES = NamedNode(expand("mieco:describes"))
_TABLE_NAME = NamedNode(expand("mieco:tableName"))
_ROW_NUMBER = NamedNode(expand("mieco:rowNumber"))


Cells = Mapping[str, str]


class RowWriter:
    """Collects the quads of rows, and the cell that each (subject, predicate) came from.

    ``rows`` are the cells of every table by key, against which references are checked.
    """

    def __init__(
        self,
        specification: Mapping[str, Table],
        rows: Mapping[str, Mapping[str, Cells]],
        graph: NamedNode,
    ) -> None:
        self._specification = specification
        self._rows = rows
        # Every thing whose row names it, by what follows id/ in its IRI: "space/f022".
        self._things = {
            table.about.removeprefix("id/").format(key=key): (table.name, key)
            for table in specification.values()
            if any(column.property == RDFS_LABEL for column in table.columns.values())
            for key in rows[table.name]
        }
        self._graph = graph
        self.quads: list[Quad] = []
        self.origins: dict[tuple[str, str | None], Origin] = {}

    def write(self, table: Table, number: int, cells: Cells) -> None:
        """The quads of one row.  Raises BadInput for a cell that does not fit."""
        row = Origin(f"{table.name}.csv", number)
        thing = self._node(table, cells["key"])
        self.origins[thing.value, None] = row
        if table.class_:
            self._add(thing, RDF_TYPE, NamedNode(table.class_), row)
        record = self._record(table, cells["key"], thing, row) if table.record else thing
        for name, column in table.columns.items():
            cell = Origin(row.file, number, name)
            subject = record if column.on == "record" else thing
            for value in self._values(column, cells[name], cell):
                if isinstance(value, NamedNode) and column.inverse:
                    self._add(value, column.property, subject, cell)
                else:
                    self._add(subject, column.property, value, cell)
        # Last: every reference that a label may follow has been found by now.
        for language, template in table.label.items():
            text = " ".join(template.format_map(self._with_references(table, cells)).split())
            self._add(thing, RDFS_LABEL, Literal(text, language=language), row)

    def _with_references(self, table: Table, cells: Cells) -> dict[str, str | Cells]:
        """The cells of a row, with the whole row that a cell refers to in its place."""
        found: dict[str, str | Cells] = {}
        for name, column in table.columns.items():
            cell = cells[name]
            if column.table:
                found[name] = self._rows[column.table].get(cell, "")
            elif column.thing and cell:
                of, key = self._things[cell]
                found[name] = self._rows[of][key]
            else:
                found[name] = cell
        return found

    def _node(self, table: Table, key: str) -> NamedNode:
        return NamedNode(expand(table.about.format(key=key)))

    def _record(self, table: Table, key: str, thing: NamedNode, row: Origin) -> NamedNode:
        record = NamedNode(expand(f"id/record/{table.name}-{key}"))
        self.origins[record.value, None] = row
        self._add(record, RDF_TYPE, _RECORD, row)
        labels = Text(f"{table.name} 表第 {row.row} 行", f"row {row.row} of {table.name}")
        self._add(record, RDFS_LABEL, Literal(labels.zh, language="zh"), row)
        self._add(record, RDFS_LABEL, Literal(labels.en, language="en"), row)
        self._add(record, _DESCRIBES.value, thing, row)
        self._add(record, _TABLE_NAME.value, Literal(table.name), row)
        self._add(record, _ROW_NUMBER.value, Literal(row.row), row)
        return record

    def _add(
        self, subject: NamedNode, predicate: str, value: NamedNode | Literal, origin: Origin
    ) -> None:
        self.quads.append(Quad(subject, NamedNode(predicate), value, self._graph))
        self.origins.setdefault((subject.value, predicate), origin)

    def _values(self, column: Column, text: str, cell: Origin) -> Iterator[NamedNode | Literal]:
        if not text and column.required:
            raise BadInput(
                where=cell.text(),
                reason=Text("不能为空", "must not be empty"),
                todo=Text("请补上这一格。", "Fill in this cell."),
            )
        parts = [part.strip() for part in text.split(";")] if column.list else [text]
        for part in parts:
            if part and column.property:
                yield self._value(column, part, cell)

    def _value(self, column: Column, text: str, cell: Origin) -> NamedNode | Literal:
        if column.table:
            return self._reference(column.table, text, cell)
        if column.thing:
            return self._thing(text, cell)
        if column.values:
            if text not in column.values:
                allowed = ", ".join(column.values)
                raise _unfit(
                    cell, text, Text(f"只能是 {allowed} 之一", f"must be one of {allowed}")
                )
            return NamedNode(column.values[text])
        if column.value:
            if not _SLUG.fullmatch(text):
                raise _unfit(cell, text, Text("应为代码", "must be a code"))
            return NamedNode(expand(column.value.format(text)))
        if column.lang:
            return Literal(text, language=column.lang)
        return _literal(column, text, cell)

    def _reference(self, table: str, key: str, cell: Origin) -> NamedNode:
        if key not in self._rows[table]:
            near = difflib.get_close_matches(key, self._rows[table], n=3)
            raise BadInput(
                where=cell.text(),
                reason=Text(
                    f"{table}.csv 中没有键“{key}”", f"there is no key '{key}' in {table}.csv"
                ),
                todo=Text(f"相近的键：{'、'.join(near)}。", f"Keys like it: {', '.join(near)}.")
                if near
                else "",
            )
        return self._node(self._specification[table], key)

    def _thing(self, path: str, cell: Origin) -> NamedNode:
        if path not in self._things:
            near = difflib.get_close_matches(path, self._things, n=3)
            raise BadInput(
                where=cell.text(),
                reason=Text(f"“{path}”不是表中有名称的一行", f"'{path}' is no row that has a name"),
                todo=Text(f"相近的有：{'、'.join(near)}。", f"Rows like it: {', '.join(near)}.")
                if near
                else "",
            )
        table, key = self._things[path]
        return self._node(self._specification[table], key)


def _literal(column: Column, text: str, cell: Origin) -> Literal:
    match column.datatype:
        case "integer":
            return _number(_INTEGER, text, "integer", cell)
        case "decimal":
            return _number(_DECIMAL, text, "decimal", cell)
        case "boolean":
            return _boolean(text, cell)
        case "date":
            return _date(text, cell)
    return Literal(text)


def _number(pattern: re.Pattern[str], text: str, datatype: str, cell: Origin) -> Literal:
    if not pattern.fullmatch(text):
        raise _unfit(
            cell,
            text,
            Text("应为整数", "must be a whole number")
            if datatype == "integer"
            else Text("应为数字", "must be a number"),
        )
    return Literal(text, datatype=NamedNode(XSD + datatype))


def _boolean(text: str, cell: Origin) -> Literal:
    if text not in ("true", "false"):
        raise _unfit(cell, text, Text("应为 true（是）或 false（否）", "must be true or false"))
    return Literal(text, datatype=NamedNode(XSD + "boolean"))


def _date(text: str, cell: Origin) -> Literal:
    """A year, a month or a day, typed by how much of it is known."""
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        year, month, day = match.groups()
        dt.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise _unfit(
            cell,
            text,
            Text(
                "应为 2023、2023-05 或 2023-05-17 这样存在的日期",
                "must be a real date such as 2023, 2023-05 or 2023-05-17",
            ),
        ) from None
    datatype = "date" if day else "gYearMonth" if month else "gYear"
    return Literal(text, datatype=NamedNode(XSD + datatype))


def _unfit(cell: Origin, text: str, reason: Text) -> BadInput:
    return BadInput(
        where=cell.text(),
        reason=Text(f"“{text}”{reason.zh}", f"'{text}' {reason.en}"),
        todo=Text("请改正这一格。", "Correct this cell."),
    )
