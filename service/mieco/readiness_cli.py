"""``mieco readiness``: how far a consortium meets the official requirements."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mieco.ask.readiness import ReadinessReport, fetch, judge
from mieco.ask.readiness_words import (
    WORLDS_IN_WORDS,
    as_json,
    chosen_values,
    documents_in_words,
    evidence_in_words,
    share_in_words,
    status_in_words,
    why_not,
)
from mieco.check.readiness import OUTCOMES, WORLDS, ConditionResult, World
from mieco.errors import BadParameter, Language, Text
from mieco.opened import opened_engine
from mieco.settings import read_settings
from mieco.terminal import data_option, language, release_option, say

_MOST_NAMED = 3


@click.command()
@click.argument("consortium")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="设定官方文本没有给出的数 / a number that the official text does not give",
)
@click.option(
    "--world",
    type=click.Choice(WORLDS),
    help="没有记载的记为未显示（open）或不符合（closed） / how to judge what is absent",
)
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="核对之日，默认今天 / the day of the check; today if not given",
)
@click.option("--json", "json_", is_flag=True, help="以 JSON 输出 / print JSON")
@click.option(
    "--xlsx",
    type=click.Path(path_type=Path, dir_okay=False),
    help="写成 Excel 工作簿 / write an Excel workbook",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    help="写成可打印的网页 / write a page that can be printed",
)
@release_option
@data_option
@click.pass_context
def readiness(
    ctx: click.Context,
    consortium: str,
    *,
    given: Sequence[str],
    world: World | None,
    day: dt.datetime | None,
    json_: bool,
    xlsx: Path | None,
    html: Path | None,
    release: int | None,
    data: Path | None,
) -> None:
    """对照官方条件核对联合体：mieco readiness 常州新能源产教联合体。

    Check a CONSORTIUM (key, name or IRI) against the official requirements, clause by clause.
    """
    settings = read_settings(os.environ, {"data": data})
    spoken = language()
    values = _values(given)
    with opened_engine(settings, release) as (engine, opened):
        material = fetch(engine, consortium, spoken, seconds=settings.timeout)
    report = judge(material, values, world=world, day=day.date() if day else None)
    manifest = opened.manifest
    if xlsx:
        from mieco.readiness_workbook import write_readiness_workbook  # slow to import

        with xlsx.open("wb") as out:
            write_readiness_workbook(report, manifest, spoken, out)
    if html:
        from mieco.web.readiness import standalone_page  # the web stack is slow to import

        html.write_text(standalone_page(report, manifest, spoken), encoding="utf-8")
    if json_:
        click.echo(json.dumps(as_json(report, manifest), ensure_ascii=False, indent=2))
    elif not (xlsx or html):
        _print(report, spoken)
    _say_counts(report)
    ctx.exit(1 if report.readiness.count("not-met") else 0)


def _values(given: Sequence[str]) -> dict[str, str]:
    values = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadParameter(
                name=pair,
                reason=Text("应写作 名称=数值", "must be written NAME=VALUE"),
                allowed="--set c2.rank=10",
            )
        values[name.strip()] = value
    return values


def _print(report: ReadinessReport, spoken: Language) -> None:
    """A table that folds in a terminal, and is never cut when it goes to a file."""
    console = Console(width=None if sys.stdout.isatty() else 100_000, highlight=False)
    heads = Text(
        "要求|出处|核对内容|结果|依据或说明", "requirement|stated in|checked|result|evidence"
    )
    table = Table(*heads.in_(spoken).split("|"), box=box.SIMPLE_HEAD, show_edge=False)
    for result in report.readiness.requirements:
        clause = report.clauses[result.shape.requirement]
        stated = f"{documents_in_words(clause).in_(spoken)} [{status_in_words(clause).in_(spoken)}]"
        first = [clause.name.in_(spoken), stated]
        if not result.conditions:
            only = result.shape.only_for_name
            note = Text(f"只适用于{only.zh}", f"applies only to {only.en}").in_(spoken)
            _row(table, [*first, "", OUTCOMES[result.outcome].in_(spoken), note])
        for number, condition in enumerate(result.conditions):
            _row(
                table,
                [
                    *(first if number == 0 else ["", ""]),
                    condition.condition.name.in_(spoken),
                    OUTCOMES[condition.outcome].in_(spoken),
                    _grounds(report, condition, spoken),
                ],
            )
    console.print(table)


def _row(table: Table, cells: Sequence[str]) -> None:
    table.add_row(*(escape(cell) for cell in cells))


def _grounds(report: ReadinessReport, result: ConditionResult, spoken: Language) -> str:
    shown = result.evidence[:_MOST_NAMED]
    named = [evidence_in_words(report, each, spoken) for each in shown]
    more = len(result.evidence) - len(named)
    if more:
        named.append(Text(f"另有 {more} 项", f"{more} more").in_(spoken))
    texts = (share_in_words(result), why_not(result))
    needed = (p for p in result.lacking if result.unchecked and not p.optional)
    settable = [f"--set {p.name}=…" for p in needed]
    parts = [*(text.in_(spoken) for text in texts), *settable, "; ".join(named)]
    return " ".join(part for part in parts if part)


def _say_counts(report: ReadinessReport) -> None:
    say(WORLDS_IN_WORDS[report.readiness.world])
    for text in chosen_values(report):
        say(text)
    counts = [(OUTCOMES[outcome], report.readiness.count(outcome)) for outcome in OUTCOMES]
    say(
        Text(
            "，".join(f"{word.zh} {number} 项" for word, number in counts),
            ", ".join(f"{word.en}: {number}" for word, number in counts),
        )
    )
