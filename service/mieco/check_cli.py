"""``mieco check``: source tables, or files to be imported, against shapes and ontology."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from mieco import content
from mieco.errors import BadInput, Text
from mieco.findings import Report
from mieco.import_cli import (
    ReportFiles,
    batch_option,
    delivered,
    html_option,
    inputs_of,
    marked_option,
    owner_option,
)
from mieco.present.reports import as_json, grouped_lines
from mieco.publish.delivery import Delivery
from mieco.publish.tables import check_tables
from mieco.releases import Releases
from mieco.settings import read_settings
from mieco.terminal import data_option, language, say


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@owner_option
@batch_option
@click.option("--json", "as_json_", is_flag=True, help="以 JSON 输出 / print JSON")
@marked_option
@html_option
@data_option
@click.pass_context
def check(
    ctx: click.Context,
    paths: tuple[Path, ...],
    owner: str,
    name: str,
    *,
    as_json_: bool,
    marked: Path | None,
    html: Path | None,
    data: Path | None,
) -> None:
    """按形状规则和本体检查源表，或将要导入的文件。

    Check the source tables in a folder (ours if none is given), or files that are to be
    imported: a workbook, CSV or RDF.
    """
    if not paths or paths[0].is_dir():
        report = check_tables(tables_folder(paths[0] if paths else None))
        ReportFiles(None, html).write(report, ())
    else:
        inputs = inputs_of(paths)
        releases = Releases(read_settings(os.environ, {"data": data}).data)
        report = delivered(releases, Delivery(inputs, owner, name), publish=False).report
        ReportFiles(marked, html).write(report, inputs)
    if as_json_:
        click.echo(json.dumps(as_json(report), ensure_ascii=False, indent=2))
    else:
        for line in grouped_lines(report, language()):
            click.echo(line)
    say_counts(report)
    ctx.exit(1 if report.count("violation") else 0)


def say_counts(report: Report) -> None:
    """Says how much was found."""
    violations, warnings = report.count("violation"), report.count("warning")
    say(
        Text(
            f"违反 {violations} 处，警告 {warnings} 处",
            f"{violations} violations, {warnings} warnings",
        )
    )


def tables_folder(given: Path | None) -> Path:
    """The folder of source tables; ours where none is given.  Raises BadInput."""
    if given is None:
        return content.folder("data")
    if not given.is_dir():
        raise BadInput(
            where=str(given),
            reason=Text("不是文件夹", "is not a folder"),
            todo=Text("请给出存放源表的文件夹。", "Name the folder that holds the source tables."),
        )
    return given
