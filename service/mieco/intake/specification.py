"""How a source table becomes RDF: the specification in ``data/tables.toml``, read and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from mieco.errors import BadInstallation
from mieco.terms import BASE, PREFIXES


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its property and what its cells are.  See the head of tables.toml."""

    property: str = ""
    table: str = ""
    thing: bool = False
    value: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    lang: str = ""
    datatype: Literal["", "integer", "decimal", "boolean", "date"] = ""
    list: bool = False
    required: bool = False
    inverse: bool = False
    on: Literal["", "record"] = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what its rows are about, and its columns in order."""

    name: str
    about: str
    columns: Mapping[str, Column]
    class_: str = ""
    label: Mapping[str, str] = field(default_factory=dict)
    record: bool = False


def expand(name: str) -> str:
    """A prefixed name as an IRI, or an IRI relative to the base: ``rdfs:label``, ``id/x``."""
    prefix, colon, local = name.partition(":")
    if colon and prefix in PREFIXES:
        return PREFIXES[prefix] + local
    return BASE + name


def read_specification(path: Path) -> dict[str, Table]:
    """The tables of a specification, in its order.

    Raises :class:`~mieco.errors.BadInstallation` if it does not say what it must.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        tables = {name: _table(name, section) for name, section in document.items()}
        for table in tables.values():
            _check_references(table, tables)
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise BadInstallation(part=path.name, reason=str(error)) from error
    return tables


def _table(name: str, section: Mapping[str, Any]) -> Table:
    known = {f.name for f in fields(Column)}
    columns = {}
    for column, entries in section["columns"].items():
        if unknown := entries.keys() - known:
            raise ValueError(f"[{name}] {column}: unknown entry {', '.join(sorted(unknown))}")
        columns[column] = Column(
            **{
                **entries,
                "property": expand(entries["property"]) if "property" in entries else "",
                "values": {k: expand(v) for k, v in entries.get("values", {}).items()},
            }
        )
    if "key" not in columns:
        raise ValueError(f"[{name}] has no column 'key'")
    return Table(
        name=name,
        about=section["about"],
        columns=columns,
        class_=expand(section["class"]) if "class" in section else "",
        label=section.get("label", {}),
        record=section.get("record", False),
    )


def _check_references(table: Table, tables: Mapping[str, Table]) -> None:
    for name, column in table.columns.items():
        if column.table and column.table not in tables:
            raise ValueError(f"[{table.name}] {name}: no table {column.table}")
