"""Source tables (CSV) in, a batch out."""

from __future__ import annotations

import difflib
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode

from mieco.errors import BadInput, Text
from mieco.intake.batch import Batch, Origin
from mieco.intake.delimited import read_records
from mieco.intake.rdf import RowWriter
from mieco.intake.specification import Table

# Keys become the last part of an IRI, so that they need no escaping anywhere.
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its number in the file and its cells, by column, stripped."""

    number: int
    cells: Mapping[str, str]


def read_tables(folder: Path, specification: Mapping[str, Table], graph: NamedNode) -> Batch:
    """The batch that the tables of a folder make, one CSV file for each table specified.

    Raises :class:`~mieco.errors.BadInput`, which names file, row and column, for the first
    file that is missing or unreadable, a column that is missing or unknown, an empty
    required cell, a key used twice or not found, a value of the wrong kind.
    """
    inputs: dict[str, str] = {}
    rows: dict[str, list[Row]] = {}
    for table in specification.values():
        path = folder / f"{table.name}.csv"
        content = _read(path)
        inputs[path.name] = hashlib.sha256(content).hexdigest()
        rows[table.name] = _rows(path.name, content, table)
    by_key = {name: _by_key(name, table_rows) for name, table_rows in rows.items()}
    writer = RowWriter(specification, by_key, graph)
    for table in specification.values():
        for row in rows[table.name]:
            writer.write(table, row.number, row.cells)
    return Batch(
        graph=graph,
        quads=frozenset(writer.quads),
        origins=writer.origins,
        inputs=inputs,
        records={name: len(table_rows) for name, table_rows in rows.items()},
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BadInput(
            where=path.name,
            reason=Text("没有这个文件", "there is no such file"),
            todo=Text(
                "请放好全部源表再试。", "Put every source table in the folder and try again."
            ),
        ) from None
    except OSError as error:
        raise BadInput(where=path.name, reason=error.strerror or str(error), todo="") from None


def _rows(file: str, content: bytes, table: Table) -> list[Row]:
    lines = [record for _, record in read_records(io.BytesIO(content), file)]
    if not lines:
        raise BadInput(
            where=file,
            reason=Text("是空文件", "is empty"),
            todo=Text("第一行应是列名。", "Its first row must hold the column names."),
        )
    header = [name.strip() for name in lines[0]]
    _check_header(file, header, table)
    return list(_cells(file, header, lines[1:]))


def _check_header(file: str, header: Sequence[str], table: Table) -> None:
    expected = list(table.columns)
    where = Text(f"{file} 第 1 行", f"{file}, row 1")
    for name in header:
        if name not in expected:
            near = difflib.get_close_matches(name, expected, n=1)
            meant = (
                Text(f"是否想写“{near[0]}”？", f"Did you mean '{near[0]}'?")
                if near
                else Text("", "")
            )
            raise BadInput(
                where=where,
                reason=Text(f"不认识列“{name}”", f"the column '{name}' is unknown"),
                todo=meant,
            )
        if header.count(name) > 1:
            raise BadInput(
                where=where,
                reason=Text(f"列“{name}”出现两次", f"the column '{name}' stands twice"),
                todo="",
            )
    for name in expected:
        if name not in header:
            raise BadInput(
                where=where,
                reason=Text(f"缺少列“{name}”", f"the column '{name}' is missing"),
                todo=Text(
                    f"应有的列：{'、'.join(expected)}。",
                    f"Expected columns: {', '.join(expected)}.",
                ),
            )


def _cells(file: str, header: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) != len(header):
            raise BadInput(
                where=Origin(file, number).text(),
                reason=Text(
                    f"有 {len(line)} 格，应为 {len(header)} 格",
                    f"has {len(line)} cells instead of {len(header)}",
                ),
                todo=Text(
                    "含逗号的内容请加英文双引号。",
                    "Put text that contains commas in double quotes.",
                ),
            )
        yield Row(number, {name: cell.strip() for name, cell in zip(header, line, strict=True)})


def _by_key(table: str, rows: Sequence[Row]) -> dict[str, Mapping[str, str]]:
    seen: dict[str, int] = {}
    for row in rows:
        key = row.cells["key"]
        where = Origin(f"{table}.csv", row.number, "key").text()
        if not _KEY.fullmatch(key):
            raise BadInput(
                where=where,
                reason=Text(f"键“{key}”不合规则", f"the key '{key}' is not well-formed"),
                todo=Text(
                    "键由小写字母、数字和连字符组成。",
                    "A key has lower-case letters, digits and hyphens.",
                ),
            )
        if key in seen:
            raise BadInput(
                where=where,
                reason=Text(
                    f"键“{key}”在第 {seen[key]} 行已用过",
                    f"the key '{key}' was used in row {seen[key]} already",
                ),
                todo=Text("每一行的键必须不同。", "Every row needs a key of its own."),
            )
        seen[key] = row.number
    return {row.cells["key"]: row.cells for row in rows}
