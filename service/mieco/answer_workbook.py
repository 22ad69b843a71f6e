"""The answer to a question as an Excel workbook: headings in both languages, names beside IRIs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from mieco.ask.answer_forms import things_among
from mieco.ask.answers import QuestionAnswer, shown
from mieco.ask.selection import Selected
from mieco.engine.base import text_of, to_wire
from mieco.present.moments import moment
from mieco.releases import Release
from mieco.stores import Term
from mieco.workbook import FACTS_IN_WORDS, About


@dataclass(frozen=True, slots=True)
class WorkbookParts:
    """What a workbook is made of (:func:`mieco.workbook.write_workbook`).

    ``results`` are SPARQL results JSON, ``heads`` the headings of their variables.
    """

    about: About
    heads: Mapping[str, str]
    results: bytes


def workbook_parts(answer: QuestionAnswer, selected: Selected, release: Release) -> WorkbookParts:
    """The rows with their headings, and what stands beside them: question, release, sources."""
    heads, results = _results(answer, selected)
    body = json.dumps(results, ensure_ascii=False).encode()
    return WorkbookParts(_about(answer, selected, release), heads, body)


def _results(
    answer: QuestionAnswer, selected: Selected
) -> tuple[dict[str, str], dict[str, object]]:
    """Headings by variable, and the rows; beside the name of a thing stands its IRI."""
    things = things_among(answer)
    heads: dict[str, str] = {}
    for name, label in answer.question.columns.items():
        heading = f"{label.zh} {label.en}"
        heads |= {f"{name}_label": heading, name: "IRI"} if name in things else {name: heading}
    bindings: list[dict[str, dict[str, str]]] = []
    for place in selected.rows:
        row = answer.rows[place]
        found = {name: _as_result(term) for name, term in row.items()}
        named = {name: answer.labels.get(text_of(row[name])) for name in things if name in row}
        found |= {
            f"{name}_label": {"type": "literal", "value": label[0]}
            for name, label in named.items()
            if label
        }
        bindings.append(found)
    return heads, {"head": {"vars": list(heads)}, "results": {"bindings": bindings}}


def _about(answer: QuestionAnswer, selected: Selected, release: Release) -> About:
    manifest, language = release.manifest, answer.language
    question = answer.question
    told = [
        ("问题 question", f"{question.id} {answer.asked}"),
        ("行数 rows", f"{selected.count}{'' if answer.complete else ' +'}"),
        ("发布 release", f"{manifest.number} ({moment(manifest.created)})"),
        ("依据的事实 facts", FACTS_IN_WORDS[answer.entailment]),
        ("许可 licence", "CC BY 4.0"),
    ]
    if question.caveat:
        told.append(("注意 mind", question.caveat.in_(language)))
    if answer.emptiness:
        told.append(("为何没有 why empty", answer.emptiness.told.in_(language)))
    for source in answer.sources:
        name = shown(NamedNode(source.iri), answer.labels, language)
        grade = (
            f" [{shown(NamedNode(source.grade), answer.labels, language)}]" if source.grade else ""
        )
        told.append(("来源 source", " ".join((f"{name}{grade}", source.address, source.iri))))
    return [*told, ("查询 query", question.query)]


def _as_result(term: Term) -> dict[str, str]:
    if isinstance(term, NamedNode | Literal):
        return to_wire(term)
    return {"type": "literal", "value": str(term)}
