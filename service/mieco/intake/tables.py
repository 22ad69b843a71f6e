"""The project's own source tables (CSV) in, a batch out."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, serialize

from mieco.errors import BadInput, Text
from mieco.findings import Finding, Findings, Origin
from mieco.intake.batch import Batch, Origins, sha256
from mieco.intake.delimited import read_records
from mieco.intake.places import Places
from mieco.intake.regions import all_regions
from mieco.intake.registers import Named, Published, Registers
from mieco.intake.row_mapper import Blanks, Journal, RowMapper, Surroundings
from mieco.intake.specification import KEY, Specification, Table, expand
from mieco.intake.vocabulary import Vocabulary
from mieco.terms import RDFS_LABEL

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one table by their numbers in the file, and its columns in their order."""

    table: Table
    place: Origin
    columns: Sequence[str]
    rows: Mapping[int, Cells]


def read_tables(
    tables: Path,
    specification: Specification,
    ontology: Sequence[Quad],
    graph: NamedNode,
    folder: Path,
) -> Batch:
    """The batch that a folder of tables makes, one CSV file for each table specified.

    ``folder`` takes what is written on the way.  What is wrong with a cell is among the
    findings of the batch; raises :class:`~mieco.errors.BadInput`, which names the file and
    row, for the first file that is missing or unreadable, column that is missing or unknown,
    or row of another length.
    """
    paths = {name: tables / f"{name}.csv" for name in specification.tables}
    findings, origins = Findings(), Origins()
    read = [
        _with_keys(_read(paths[table.name], table), findings)
        for table in specification.tables.values()
    ]
    journal = Journal(findings, origins)
    around = _surroundings(read, Vocabulary(ontology))
    count = 0

    def triples() -> Iterator[Triple]:
        nonlocal count
        for rows in read:
            headings = {name: name for name in rows.columns}
            mapper = RowMapper(rows.table, rows.place, headings, around, journal)
            for number, cells in rows.rows.items():
                for triple in mapper.map(number, cells):
                    count += 1
                    yield triple

    file = folder / "tables.nt"
    serialize(triples(), str(file), RdfFormat.N_TRIPLES)
    return Batch(
        graph=graph,
        file=file,
        triples=count,
        findings=findings,
        inputs={path.name: sha256(path) for path in paths.values()},
        records={rows.table.name: len(rows.rows) for rows in read},
        origins=origins,
    )


def _surroundings(read: Sequence[_Rows], vocabulary: Vocabulary) -> Surroundings:
    """What the rows are read against: each other."""
    registers, things = Registers(Published()), {}
    for rows in read:
        table = rows.table
        has_name = any(column.property == RDFS_LABEL for column in table.columns.values())
        for cells in rows.rows.values():
            key = cells["key"]
            path = table.about.format(key=key)
            named = Named(expand(path), cells.get("name_zh", ""), cells.get("name_en", ""))
            registers.add_key(table.register, key, named)
            if has_name:
                things[path.removeprefix("id/")] = named
    return Surroundings(
        registers=registers,
        vocabulary=vocabulary,
        published=Published(),
        places=Places({}, all_regions(), vocabulary),
        things=things,
        owner="",
        blanks=Blanks(),
    )


def _with_keys(rows: _Rows, findings: Findings) -> _Rows:
    """The rows; one without a key of its own, which is reported, gets a makeshift."""
    seen: dict[str, int] = {}
    checked: dict[int, Cells] = {}
    for number, cells in rows.rows.items():
        key = cells["key"]
        origin = Origin(rows.place.file, "", number, "key")
        if not _is_key(key, origin, seen, findings):
            key = f"row--{number}"
        seen[key] = number
        checked[number] = {**cells, "key": key}
    return replace(rows, rows=checked)


def _is_key(key: str, origin: Origin, seen: Mapping[str, int], findings: Findings) -> bool:
    if not KEY.fullmatch(key):
        code = "key-malformed"
        message = Text(f"键“{key}”不合规则。", f"The key '{key}' is not well-formed. ")
        hint = Text(
            "键由小写字母、数字和连字符组成。", "A key has lower-case letters, digits and hyphens."
        )
    elif key in seen:
        code = "key-duplicate"
        message = Text(
            f"键“{key}”在第 {seen[key]} 行已用过。",
            f"The key '{key}' was used in row {seen[key]} already. ",
        )
        hint = Text("每一行的键必须不同。", "Every row needs a key of its own.")
    else:
        return True
    findings.add(Finding("violation", code, message, origin, hint))
    return False


def _read(path: Path, table: Table) -> _Rows:
    try:
        with path.open("rb") as file:
            lines = [record for _, record in read_records(file, path.name)]
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
    if not lines:
        raise BadInput(
            where=path.name,
            reason=Text("是空文件", "is empty"),
            todo=Text("第一行应是列名。", "Its first row must hold the column names."),
        )
    header = [name.strip() for name in lines[0]]
    _check_header(path.name, header, table)
    return _Rows(table, Origin(path.name), header, dict(_cells(path.name, header, lines[1:])))


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


def _cells(
    file: str, header: Sequence[str], lines: Sequence[Sequence[str]]
) -> Iterator[tuple[int, Cells]]:
    for number, line in enumerate(lines, start=2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) != len(header):
            raise BadInput(
                where=Origin(file, "", number).text(),
                reason=Text(
                    f"有 {len(line)} 格，应为 {len(header)} 格",
                    f"has {len(line)} cells instead of {len(header)}",
                ),
                todo=Text(
                    "含逗号的内容请加英文双引号。",
                    "Put text that contains commas in double quotes.",
                ),
            )
        yield number, {name: cell.strip() for name, cell in zip(header, line, strict=True)}
