"""``mieco ontology``: check the ontology, keep it in order, release it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from mieco.content import OntologyFiles, ontology_files
from mieco.curate.check import CHECKS, Outcome, run_checks
from mieco.errors import BadInput, OntologyRefused, Text
from mieco.settings import read_settings
from mieco.terminal import language, say


def _files(_: click.Context, __: click.Parameter, place: Path | None) -> OntologyFiles:
    files = ontology_files(place)
    if not files.root.is_file():
        raise BadInput(
            where=str(files.folder),
            reason=Text("其中没有 mieco.ttl", "there is no mieco.ttl in it"),
            todo=Text(
                "请给出存放本体各模块的文件夹。",
                "Name the folder that holds the ontology's modules.",
            ),
        )
    return files


_folder = click.option(
    "--folder",
    "files",
    type=click.Path(path_type=Path, file_okay=False),
    callback=_files,
    help="本体所在的文件夹（默认为随附的）/ folder of the ontology (ours if not given)",
)


@click.group()
def ontology() -> None:
    """本体的检查与发布。/ Check and release the ontology."""


@ontology.command("check")
@click.option(
    "--only",
    type=click.Choice(list(CHECKS)),
    multiple=True,
    help="只做这一项，可重复 / this check only; may be repeated",
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 / print JSON")
@_folder
@click.pass_context
def check(ctx: click.Context, files: OntologyFiles, only: Sequence[str], *, as_json: bool) -> None:
    """逐项检查本体。/ Check the ontology in every respect."""
    outcomes = []
    for outcome in run_checks(files, read_settings(os.environ).owlapi, only):
        outcomes.append(outcome)
        if not as_json:
            _show(outcome)
    if as_json:
        click.echo(json.dumps([_as_json(o) for o in outcomes], ensure_ascii=False, indent=2))
    if missing := [o.missing for o in outcomes if o.missing]:
        raise missing[0]
    ctx.exit(1 if any(o.count("ERROR") for o in outcomes) else 0)


@ontology.command("format")
@_folder
def format_(files: OntologyFiles) -> None:
    """把 Turtle 文件改写为规范序列化。/ Rewrite the Turtle files in their stable form."""
    from mieco.curate.serialisation import restore

    for path in restore(files):
        click.echo(path.name)


@ontology.command()
@_folder
def classify(files: OntologyFiles) -> None:
    """把 HermiT 的归类结果记为今后的预期。/ Accept HermiT's classification as the expected one."""
    from mieco.curate.classification import accept  # Owlready2 is slow to import

    verdict = accept(files)
    if verdict.unsatisfiable or not verdict.consistent:
        raise OntologyRefused(errors=len(verdict.unsatisfiable) or 1)
    count = len(verdict.subclasses)
    say(
        Text(
            f"记下 {count} 条推出的上下位关系", f"{count} inferred subclass axioms are expected now"
        )
    )


@ontology.command()
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 / print JSON")
@_folder
def rules(files: OntologyFiles, *, as_json: bool) -> None:
    """列出每条公理化成的推理规则。/ List the rules of inference that each axiom becomes."""
    from mieco.curate.rules import compiled  # rdflib is slow to import
    from mieco.reason.listing import as_markdown

    made = compiled(files)
    click.echo(made.to_json() if as_json else as_markdown(made), nl=False)


@ontology.command()
@_folder
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="新建的文件夹 / folder to create",
)
@click.option(
    "--unchecked", is_flag=True, help="有错误也发布 / release it even if the checks find errors"
)
def release(files: OntologyFiles, output: Path, *, unchecked: bool) -> None:
    """检查本体，并以各种格式写入新文件夹。/ Check the ontology and write it in every format."""
    from mieco.curate.release import release as write

    version = write(files, output, read_settings(os.environ).owlapi, unchecked=unchecked)
    say(Text(f"{version} 版已写入 {output}", f"version {version} is in {output}"))


@ontology.command()
@_folder
def keep(files: OntologyFiles) -> None:
    """保存本版，供以后各版对照。/ Keep this version, for later ones to be compared with."""
    from mieco.curate.keep import keep as store

    click.echo(files.name(store(files, read_settings(os.environ).owlapi)))


def _show(outcome: Outcome) -> None:
    errors, warnings = outcome.count("ERROR"), outcome.count("WARN")
    if outcome.missing:
        result = Text("没有进行", "did not run")
    elif errors or warnings:
        result = Text(
            f"{errors} 处错误，{warnings} 处警告", f"{errors} errors, {warnings} warnings"
        )
    else:
        result = Text("通过", "passed")
    click.echo(f"{outcome.check:14}{result.in_(language())}  {outcome.seconds:.1f} s")
    for finding in outcome.findings:
        click.echo(f"  {finding.line(language())}")


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "check": outcome.check,
        "seconds": round(outcome.seconds, 3),
        "ran": outcome.missing is None,
        "findings": [asdict(finding) for finding in outcome.findings],
    }
