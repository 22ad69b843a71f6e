"""A small copy of the source tables, in which nothing is missing that its rows refer to."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from mieco.intake.specification import Column, read_specification

DATA = Path(__file__).parent.parent / "data"
# Beside the first row of each table, what the workbooks of the tests are read against.
FEW = (
    *("\nchangzhou-new-energy,", "\nshenzhen,", ",深圳大学,", ",华为技术有限公司,"),
    *(",企业成员数,", ",新增高技能人才数,", ",园区总产值,", ",园区总产值在本省的位次,"),
)

_TABLES = read_specification(DATA / "tables.toml").tables
# What all others refer to, and so short that the whole costs nothing.
_WHOLE = ("places", "coordinates")

Row = tuple[str, str]  # table and key


@cache
def _lines(table: str) -> tuple[str, dict[str, str]]:
    """The header of a table and its lines by their keys; no cell of ours has a line feed."""
    header, *lines = (DATA / f"{table}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    return header, {next(csv.reader([line]))[0]: line for line in lines}


def few_rows(folder: Path, *texts: str) -> Path:
    """Writes the tables with the first row of each, and the first that holds each of the texts.

    A text may begin with a line feed, where it is the first of its row.
    """
    kept: set[Row] = set()
    waiting = [(table, key) for table in _WHOLE for key in _lines(table)[1]]
    waiting += [(table, next(iter(_lines(table)[1]))) for table in _TABLES]
    for text in texts:
        found = [
            (table, key)
            for table in _TABLES
            for key, line in _lines(table)[1].items()
            if text in f"\n{line}"
        ]
        assert found, f"no row holds {text!r}"
        waiting.append(found[0])
    while waiting:
        row = waiting.pop()
        if row not in kept:
            kept.add(row)
            waiting += _referred_to(*row)
    folder.mkdir()
    for table in _TABLES:
        header, lines = _lines(table)
        rows = (line for key, line in lines.items() if (table, key) in kept)
        (folder / f"{table}.csv").write_text(header + "".join(rows), encoding="utf-8")
    return folder


def _referred_to(table: str, key: str) -> Iterator[Row]:
    header, lines = _lines(table)
    (cells,) = csv.DictReader([header, lines[key]])
    for name, column in _TABLES[table].columns.items():
        values = re.split(";", cells[name]) if column.list else [cells[name]]
        for value in filter(None, map(str.strip, values)):
            yield from _row_of(column, value)


def _row_of(column: Column, value: str) -> Iterator[Row]:
    if column.table:
        tables = [name for name, table in _TABLES.items() if table.register == column.table]
        yield from ((table, value) for table in tables if value in _lines(table)[1])
    elif column.thing:
        path, _, key = value.rpartition("/")
        about = f"id/{path}/{{key}}"
        yield from ((name, key) for name, table in _TABLES.items() if table.about == about)
