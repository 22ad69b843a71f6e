"""How the rows of a table or sheet become RDF: specifications in TOML, read and checked.

``data/tables.toml`` specifies the project's own source tables, ``data/workbook.toml`` the
workbook of a consortium; their heads explain the entries.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from mieco.errors import SILENCE, BadInstallation, Text
from mieco.terms import BASE, PREFIXES

# Keys become parts of IRIs, so that they need no escaping anywhere; two hyphens keep them apart.
KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its property, what its cells are, and its heading, if a workbook shows it."""

    property: str = ""
    table: str = ""
    thing: bool = False
    value: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    kind: Literal["", "address", "credit-code", "region", "decision"] = ""
    lang: str = ""
    datatype: Literal["", "integer", "decimal", "boolean", "date"] = ""
    list: bool = False
    required: bool = False
    inverse: bool = False
    on: str = ""
    part: str = ""
    cell: str = ""
    blank: str = ""
    heading: Text | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A further thing that a row makes; ``property`` leads to it from the row's thing."""

    about: str
    register: str
    property: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table or sheet: what its rows are about, and its columns in order."""

    name: str
    about: str
    columns: Mapping[str, Column]
    register: str
    class_: str = ""
    label: Mapping[str, str] = field(default_factory=dict)
    record: bool = False
    parts: Mapping[str, Part] = field(default_factory=dict)
    title: Text | None = None
    note: Text = SILENCE

    @property
    def own_columns(self) -> Iterator[tuple[str, Column]]:
        """The columns that have cells of their own."""
        return ((name, column) for name, column in self.columns.items() if not column.cell)


@dataclass(frozen=True, slots=True)
class Specification:
    """Tables by name, in order, and the class of the things in each published register.

    ``notes`` say what goes into a column, by its name or by table and name.
    """

    tables: Mapping[str, Table]
    registers: Mapping[str, str]
    notes: Mapping[str, Text] = field(default_factory=dict)

    def note(self, table: Table, column: str) -> Text | None:
        """What goes into a column, where that is said here and not in the ontology."""
        return self.notes.get(f"{table.name}.{column}") or self.notes.get(column)


def expand(name: str) -> str:
    """A prefixed name as an IRI, or an IRI relative to the base: ``rdfs:label``, ``id/x``."""
    prefix, colon, local = name.partition(":")
    if colon and prefix in PREFIXES:
        return PREFIXES[prefix] + local
    return BASE + name


def read_specification(path: Path) -> Specification:
    """A specification.

    Raises :class:`~mieco.errors.BadInstallation` if it does not say what it must.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        registers = document.pop("registers", {})
        notes = {name: Text(**note) for name, note in document.pop("notes", {}).items()}
        tables = {name: _table(name, section) for name, section in document.items()}
        for table in tables.values():
            _check_references(table, {*registers, *(t.register for t in tables.values())})
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise BadInstallation(part=path.name, reason=str(error)) from error
    return Specification(tables, {name: expand(iri) for name, iri in registers.items()}, notes)


def _table(name: str, section: Mapping[str, Any]) -> Table:
    columns = {
        column: _column(f"[{name}] {column}", entries)
        for column, entries in section["columns"].items()
    }
    if "key" not in columns:
        raise ValueError(f"[{name}] has no column 'key'")
    return Table(
        name=name,
        about=section["about"],
        columns=columns,
        register=section.get("register", name),
        class_=expand(section["class"]) if "class" in section else "",
        label=section.get("label", {}),
        record=section.get("record", False),
        parts={
            part: Part(**{**entries, "property": expand(entries["property"])})
            for part, entries in section.get("parts", {}).items()
        },
        title=Text(**section["title"]) if "title" in section else None,
        note=Text(**section["note"]) if "note" in section else SILENCE,
    )


def _column(where: str, entries: Mapping[str, Any]) -> Column:
    known = {*(f.name for f in fields(Column)), "zh", "en"} - {"heading"}
    if unknown := entries.keys() - known:
        raise ValueError(f"{where}: unknown entry {', '.join(sorted(unknown))}")
    rest = {name: entry for name, entry in entries.items() if name not in ("zh", "en")}
    return Column(
        **{
            **rest,
            "heading": Text(entries["zh"], entries["en"]) if "zh" in entries else None,
            "property": expand(entries["property"]) if "property" in entries else "",
            "values": {k: expand(v) for k, v in entries.get("values", {}).items()},
            "classes": tuple(entries.get("classes", ())),
            "schemes": tuple(entries.get("schemes", ())),
        }
    )


def _check_references(table: Table, registers: set[str]) -> None:
    registers |= {part.register for part in table.parts.values()}
    for name, column in table.columns.items():
        where = f"[{table.name}] {name}"
        if column.table and column.table not in registers:
            raise ValueError(f"{where}: no register {column.table}")
        if column.part and column.part not in table.parts:
            raise ValueError(f"{where}: no part {column.part}")
        if column.on not in ("", "record", *table.columns):
            raise ValueError(f"{where}: no column {column.on}")
        if column.cell and column.cell not in table.columns:
            raise ValueError(f"{where}: no column {column.cell}")
