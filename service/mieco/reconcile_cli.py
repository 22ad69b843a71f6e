"""``mieco reconcile``: the names of a column of a spreadsheet, matched to our things."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from mieco.errors import BadInput, BadParameter, Text
from mieco.intake.sheets import read_sheets
from mieco.present.names import expand_prefixed
from mieco.reconcile.matching import CREDIT_CODE, LOCATED_IN, Matcher, NoLookUp
from mieco.reconcile.queries import Condition, Query
from mieco.reconcile.tables import HEADS, as_csv, match_all, write_xlsx
from mieco.releases import Releases
from mieco.search.finders import Finders
from mieco.search.lookup import Names
from mieco.settings import read_settings
from mieco.terminal import STDOUT, data_option, language, say, written

_CANDIDATES = 3


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--column", help="名称所在列的标题，默认第一列 / heading of the names; else the first"
)
@click.option("--place", help="所在地一列的标题 / heading of the places")
@click.option("--code", help="统一社会信用代码一列的标题 / heading of the credit codes")
@click.option(
    "--type", "type_", help="类型，如 院校、mieco:Enterprise / type, by name or short name"
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=STDOUT,
    help="结果文件，.csv 或 .xlsx；默认为标准输出（CSV） / where to write, .csv or .xlsx",
)
@data_option
def reconcile(file: Path, **options: Any) -> None:
    """把表格（CSV 或 XLSX）中的一列名称对应到本项目的条目。

    Match the names in a column of FILE (CSV or XLSX) to our things.  The first sheet is read;
    its columns stay, and what was found is put beside them.
    """
    settings = read_settings(os.environ, {"data": options["data"]})
    release = Releases(settings.data).current()
    names = Finders().of(release, seconds=settings.timeout).names
    heads, *rows = _rows(file)
    asked: list[tuple[int, str | None]] = [
        (_place_of(options["column"] or heads[0], heads, file), None)
    ]
    asked += [
        (_place_of(heading, heads, file), property_)
        for heading, property_ in ((options["place"], LOCATED_IN), (options["code"], CREDIT_CODE))
        if heading
    ]
    types = (_type(names, options["type_"]),) if options["type_"] else ()
    matcher = Matcher(names)
    found = match_all(
        (_query(row, asked, types) for row in rows), lambda some: matcher.match(some, NoLookUp())
    )
    width, spoken = len(heads), language()
    matched, counts = [], {"matched": 0, "found": 0}
    for row, each in zip(rows, found, strict=True):
        counts["matched"] += each.is_matched
        counts["found"] += each.best is not None
        matched.append([*row, *[""] * (width - len(row)), *each.cells(spoken)])
    _write(options["output"], [*heads, *(head.in_(spoken) for head in HEADS)], matched)
    check, none = counts["found"] - counts["matched"], len(rows) - counts["found"]
    say(
        Text(
            f"{len(rows)} 行：匹配 {counts['matched']}，待核对 {check}，没有找到 {none}",
            f"{len(rows)} rows: {counts['matched']} matched, {check} to check, {none} not found",
        )
    )


def _rows(file: Path) -> list[tuple[str, ...]]:
    """The rows of the first sheet, its headings first.  Raises BadInput."""
    for sheet in read_sheets(file, file.name):
        rows = [row.cells for row in sheet.rows if any(row.cells)]
        if rows:
            width = max(map(len, rows))
            return [rows[0] + ("",) * (width - len(rows[0])), *rows[1:]]
    raise BadInput(
        where=file.name,
        reason=Text("没有任何一行", "has no row"),
        todo=Text("第一行应为列的标题。", "The first row should have the headings."),
    )


def _place_of(heading: str, heads: Sequence[str], file: Path) -> int:
    if heading in heads:
        return heads.index(heading)
    raise BadInput(
        where=file.name,
        reason=Text(f"没有“{heading}”这一列", f"has no column '{heading}'"),
        todo=Text(
            f"有：{'、'.join(filter(None, heads))}。", f"It has: {', '.join(filter(None, heads))}."
        ),
    )


def _query(
    row: Sequence[str], asked: Sequence[tuple[int, str | None]], types: tuple[str, ...]
) -> Query:
    cells = [(row[at] if at < len(row) else "", property_) for at, property_ in asked]
    conditions = tuple(Condition(p, (cell,)) for cell, p in cells if p and cell)
    return Query(cells[0][0], types=types, limit=_CANDIDATES, conditions=conditions)


def _type(names: Names, given: str) -> str:
    """The IRI of a class.  Raises BadParameter."""
    bearers = (named.thing for named in names.named(names.by_name(given)).values())
    iris = [thing.iri for thing in names.things(bearers).values() if thing.kind == "term"]
    iri = expand_prefixed(given)
    if names.by_iri(iri):
        return iri
    if len(iris) != 1:
        raise BadParameter(
            name="--type",
            reason=Text(f"没有类型“{given}”", f"there is no type '{given}'"),
            allowed=Text(
                "院校、企业、产业园区、mieco:Consortium …", "school, enterprise, mieco:Consortium …"
            ),
        )
    return iris[0]


def _write(output: Path, heads: Sequence[str], rows: Sequence[Sequence[str | float]]) -> None:
    with written(output) as file:
        if output.suffix.lower() == ".xlsx":
            write_xlsx(file, heads, rows)
        else:
            # Excel takes CSV in a file for UTF-8 only with a byte order mark.
            encoding = "utf-8" if output == Path(STDOUT) else "utf-8-sig"
            file.write(as_csv(heads, rows).encode(encoding))
