"""``mieco import``, ``undo`` and ``batch``: delivered files, published and taken back."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import click

from mieco.audit import AuditLog, operator
from mieco.errors import BadInput, PreconditionFailed, Text
from mieco.findings import Report
from mieco.intake.batch import Input
from mieco.marked import mark_workbook
from mieco.present.comparisons import as_json as comparison_as_json
from mieco.present.comparisons import lines as comparison_lines
from mieco.present.reports import as_html, as_json, grouped_lines
from mieco.progress_bar import progress_bar
from mieco.publish.delivery import Delivery, Outcome, batch_names, delete_batch, deliver
from mieco.push.live import go_live
from mieco.releases import Releases
from mieco.settings import read_settings
from mieco.temporary import temporary_folder
from mieco.terminal import data_option, language, say


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where a report is written besides the terminal."""

    marked: Path | None
    html: Path | None

    def write(self, report: Report, inputs: tuple[Input, ...]) -> None:
        """Writes the files that were asked for."""
        if self.marked:
            with self.marked.open("wb") as out:
                mark_workbook(inputs[0].path, inputs[0].name, report, out)
            say(Text(f"已写成 {self.marked}", f"{self.marked} is written"))
        if self.html:
            title = "、".join(given.name for given in inputs) or "mieco"
            self.html.write_text(as_html(report, language(), title), encoding="utf-8")
            say(Text(f"已写成 {self.html}", f"{self.html} is written"))


marked_option = click.option(
    "--marked",
    type=click.Path(path_type=Path, dir_okay=False),
    help="写出标注了问题的工作簿 / write the workbook with every problem marked",
)
html_option = click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    help="写出网页形式的报告 / write the report as a page",
)
owner_option = click.option(
    "--consortium", "owner", default="", help="联合体的代码或名称 / the consortium, by key or name"
)
batch_option = click.option(
    "--batch", "name", default="", help="批次的名称 / name of the batch of these files"
)


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@owner_option
@batch_option
@click.option("--by", default="", help="经手人 / who delivers them")
@click.option("--preview", is_flag=True, help="只预览，不发布 / show what changes, publish nothing")
@click.option("--json", "as_json_", is_flag=True, help="以 JSON 输出 / print JSON")
@marked_option
@html_option
@data_option
@click.pass_context
def import_(
    ctx: click.Context,
    files: tuple[Path, ...],
    owner: str,
    name: str,
    by: str,
    *,
    preview: bool,
    as_json_: bool,
    marked: Path | None,
    html: Path | None,
    data: Path | None,
) -> None:
    """检查工作簿、CSV 或 RDF 文件，显示会改变什么，然后发布。

    Check a workbook, CSV or RDF FILES, show what changes, and publish them as one batch.
    """
    inputs = inputs_of(files)
    settings = read_settings(os.environ, {"data": data})
    releases = Releases.of(settings)
    delivery = Delivery(inputs, owner, name, by)
    if preview:
        outcome = delivered(releases, delivery, publish=False)
    else:
        names = [given.name for given in inputs]
        with AuditLog(settings.data).act(operator(), "import", files=names, by=by) as entered:
            outcome = delivered(releases, delivery, publish=True)
            entered["graph"] = outcome.graph
            if outcome.release:
                entered["release"] = outcome.release.manifest.number
    if outcome.release:
        go_live(settings, outcome.release.manifest.number, keep=True)
    ReportFiles(marked, html).write(outcome.report, inputs)
    show(outcome, as_json_=as_json_)
    ctx.exit(0 if outcome.comparison else 1)


@click.command()
@data_option
def undo(data: Path | None) -> None:
    """退回到上一个发布。/ Return to the release before the current one."""
    settings = read_settings(os.environ, {"data": data})
    releases = Releases.of(settings)
    releases.current()  # where there is none, nothing is entered
    with AuditLog(settings.data).act(operator(), "undo") as entered:
        done = releases.undo()
        number, left = done.release.manifest.number, done.left
        entered.update(release=number, undone=left)
    with progress_bar() as progress:
        go_live(settings, number, progress)
    say(
        Text(
            f"已从发布 {left} 退回到发布 {number}",
            f"returned from release {left} to release {number}",
        )
    )


@click.group()
def batch() -> None:
    """列出和删除导入的批次。/ List and delete imported batches."""


@batch.command("list")
@click.option("--json", "as_json_", is_flag=True, help="以 JSON 输出 / print JSON")
@data_option
def list_batches(*, as_json_: bool, data: Path | None) -> None:
    """列出当前发布中的批次。/ List the batches of the current release."""
    release = Releases(read_settings(os.environ, {"data": data}).data).current()
    batches = batch_names(release)
    if as_json_:
        found = {
            name: {
                "at": each.at,
                "by": each.by,
                "release": each.release,
                "files": each.inputs,
                "rows": each.records,
                "version": each.version,
            }
            for name, each in batches.items()
        }
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for name, each in batches.items():
        files = ", ".join(each.inputs)
        click.echo("  ".join(filter(None, (name, each.at, each.by, files))))


@batch.command("delete")
@click.argument("batch_name", metavar="OWNER/NAME")
@data_option
def delete(batch_name: str, data: Path | None) -> None:
    """删除一个批次的全部事实。/ Delete the facts of a batch, and only these."""
    settings = read_settings(os.environ, {"data": data})
    releases = Releases.of(settings)
    owner, _, name = batch_name.partition("/")
    with AuditLog(settings.data).act(operator(), "delete-batch", batch=batch_name) as entered:
        number = entered["release"] = delete_batch(releases, owner, name).manifest.number
    go_live(settings, number, keep=True)
    say(
        Text(
            f"已删除 {batch_name}，当前为发布 {number}",
            f"{batch_name} is deleted; this is release {number}",
        )
    )


def inputs_of(files: tuple[Path, ...]) -> tuple[Input, ...]:
    """Files as inputs, each under its own name.  Raises BadInput for one that is not there."""
    for path in files:
        if not path.is_file():
            raise BadInput(
                where=str(path),
                reason=Text("没有这个文件", "there is no such file"),
                todo=Text("请核对文件名。", "See to its name."),
            )
    return tuple(Input(path, path.name) for path in files)


def delivered(releases: Releases, delivery: Delivery, *, publish: bool) -> Outcome:
    """What comes of a delivery, with a bar of progress in a terminal."""
    while True:
        with progress_bar() as progress, temporary_folder() as folder:
            try:
                return deliver(releases, delivery, Path(folder), progress, publish=publish)
            except PreconditionFailed:
                say(
                    Text(
                        "其间有新的发布，重新检查 …",
                        "there is a new release meanwhile; checking again …",
                    )
                )


def show(outcome: Outcome, *, as_json_: bool) -> None:
    """The report and what changes, on standard output; what was done, on standard error."""
    if as_json_:
        said = {
            "graph": outcome.graph,
            "report": as_json(outcome.report),
            "comparison": outcome.comparison and comparison_as_json(outcome.comparison),
            "release": outcome.release and outcome.release.manifest.number,
        }
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        for line in grouped_lines(outcome.report, language()):
            click.echo(line)
        if outcome.comparison:
            for line in comparison_lines(outcome.comparison, language()):
                click.echo(line)
    _say_done(outcome)


def _say_done(outcome: Outcome) -> None:
    report, comparison = outcome.report, outcome.comparison
    if comparison is None:
        count = report.count("violation")
        say(
            Text(
                f"违反 {count} 处，没有发布，内容保持不变",
                f"{count} violations; nothing was published or changed",
            )
        )
    elif outcome.release:
        number = outcome.release.manifest.number
        say(
            Text(
                f"已发布为第 {number} 号发布，图 {outcome.graph}",
                f"published as release {number}, graph {outcome.graph}",
            )
        )
    elif comparison.empty:
        say(Text("内容没有变化", "nothing would change"))
    else:
        say(Text("可以发布；这只是预览", "this can be published; it was a preview only"))
