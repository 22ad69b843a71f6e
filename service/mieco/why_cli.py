"""``mieco why``: why a fact of a release holds."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import click
from pyoxigraph import NamedNode

from mieco.ask.explanations import (
    Explanation,
    as_json,
    basis,
    kind_in_words,
    records_of,
    sentence,
)
from mieco.ask.given_facts import GivenFact
from mieco.ask.why import Explainers, explain_given
from mieco.errors import Language, Text
from mieco.opened import opened_engine
from mieco.present.graph_names import graph_in_words
from mieco.reason.rule import Axiom, tidied
from mieco.reason.why import Derivation
from mieco.settings import read_settings
from mieco.terminal import data_option, language, release_option

_INDENT = "  "


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("s")
@click.argument("p")
@click.argument("o")
@click.option("--json", "as_json_", is_flag=True, help="以 JSON 输出 / print JSON")
@release_option
@data_option
def why(s: str, p: str, o: str, *, as_json_: bool, release: int | None, data: Path | None) -> None:
    """一条事实为什么成立：mieco why 深圳市域产教联合体 a mieco:TriSectorConsortium。

    Why a fact holds: its subject S, property P and value O as IRIs, short names, names, or
    (O) a quoted "text"@en.
    """
    settings = read_settings(os.environ, {"data": data})
    spoken = language()
    with opened_engine(settings, release) as (engine, opened):
        explanation = explain_given(
            engine,
            Explainers().of(opened, seconds=settings.timeout),
            GivenFact(s, p, o),
            spoken,
            seconds=settings.timeout,
        )
    if as_json_:
        told = as_json(explanation, opened, spoken)
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for line in _lines(explanation.derivation, explanation, spoken, ""):
        click.echo(line)


def _lines(
    derivation: Derivation, explanation: Explanation, spoken: Language, margin: str
) -> Iterator[str]:
    """A fact, what it rests on below it and further in."""
    yield margin + sentence(derivation.fact, explanation.labels).in_(spoken)
    within = margin + _INDENT
    if derivation.axiom is None:
        for text in _places(derivation, explanation):
            yield within + text.in_(spoken)
        return
    if derivation.repeated:
        yield within + Text("理由见上", "for the reason given above").in_(spoken)
        return
    yield within + _because(derivation, derivation.axiom, explanation).in_(spoken)
    for premise in derivation.premises:
        yield from _lines(premise, explanation, spoken, within + _INDENT)


def _because(derivation: Derivation, axiom: Axiom, explanation: Explanation) -> Text:
    kind = kind_in_words(axiom)
    names = [explanation.name(NamedNode(iri)) for iri in axiom.about]
    if not names and derivation.rule:  # the name of a file says less than what stands in it
        rule = tidied(derivation.rule)
        return Text(
            f"因为 {rule}（{kind.zh} {axiom.text}）", f"because {rule} ({kind.en} {axiom.text})"
        )
    zh, en = "、".join(f"“{name}”" for name in names), ", ".join(f"'{name}'" for name in names)
    return Text(
        f"因为 {axiom.text}（{kind.zh}，见{zh}）", f"because {axiom.text} ({kind.en}, on {en})"
    )


def _places(derivation: Derivation, explanation: Explanation) -> Iterator[Text]:
    if basis(derivation) == "untraced":
        yield Text("成立，但没有追溯到依据", "holds, but could not be traced further")
    for graph in map(graph_in_words, derivation.graphs):
        yield Text(f"写在：{graph.zh}", f"asserted in {graph.en}")
    for record, sources in records_of(derivation).items():
        row = explanation.name(NamedNode(record))
        named = [_source(source, explanation) for source in sources]
        yield Text(
            f"其主体见 {row}，来源：{'、'.join(n.zh for n in named)}",
            f"its subject is described in {row}, from {', '.join(n.en for n in named)}",
        )


def _source(source: str, explanation: Explanation) -> Text:
    name = explanation.name(NamedNode(source))
    if source not in explanation.grades:
        return Text(name, name)
    grade = explanation.name(NamedNode(explanation.grades[source]))
    return Text(f"{name}［{grade}］", f"{name} [{grade}]")
