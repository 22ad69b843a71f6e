"""A readiness report in words, and as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rdflib import URIRef
from rdflib.term import Node

from mieco.ask.figures import figure_words
from mieco.ask.readiness import Clause, Document, Figure, ReadinessReport, term_of
from mieco.check.policy import Parameter, our_policy
from mieco.check.readiness import (
    OUTCOMES,
    ConditionResult,
    Evidence,
    RequirementResult,
    World,
)
from mieco.engine.base import to_wire
from mieco.errors import Language, Text
from mieco.manifest import Manifest

WORLDS_IN_WORDS: dict[World, Text] = {
    "closed": Text(
        "自报材料：材料中没有的，按没有判定。",
        "A dossier: what it does not contain counts as absent.",
    ),
    "open": Text(
        "公开数据：没有查到的记为“未显示”，不等于没有。",
        "Public data: what was not found is 'not shown'; it may still exist.",
    ),
}

_STATUSES: dict[str, Text] = {
    "seen": Text("原文已见", "text seen"),
    "cut": Text("部分读到", "read in part"),
    "named": Text("仅见名目", "only named"),
}
_WARNINGS: dict[str, Text] = {
    "cut": Text(
        "这一条只读到一部分，这里只核对读到的部分。",
        "Only a part of this clause was read; only that part is checked.",
    ),
    "named": Text(
        "没有见到条文本身，这里只核对见到的名目或归纳。",
        "The clause itself was not seen; only what is named, or gathered from its use, is checked.",
    ),
}
_NO_WORDS = Text("", "")


def status_in_words(clause: Clause) -> Text:
    """How much of the clause was read, said to be of the clause: its documents have their own."""
    status = _STATUSES.get(clause.status)
    return Text(f"条款：{status.zh}", f"clause: {status.en}") if status else _NO_WORDS


def document_in_words(document: Document) -> Text:
    """A document by number, else by name, and how much of it was read."""
    zh = document.number or f"《{document.name.zh}》"
    en = document.number or document.name.en
    status = _STATUSES.get(document.status)
    return Text(f"{zh}（{status.zh}）", f"{en} ({status.en})") if status else Text(zh, en)


def warning(clause: Clause) -> Text:
    """What a reader must know of a clause that was not read in full; else empty."""
    return _WARNINGS.get(clause.status, _NO_WORDS)


def documents_in_words(clause: Clause) -> Text:
    """The documents of a clause, and its place in them."""
    documents = [document_in_words(each) for each in clause.documents]
    zh = "；".join(each.zh for each in documents)
    en = "; ".join(each.en for each in documents)
    place = clause.place
    return Text(f"{zh} {place}".strip(), f"{en} {place}".strip())


def why_not(result: ConditionResult) -> Text:
    """Why a sub-condition is not met or not shown, and what to do; empty for one that is met."""
    if result.unchecked:
        needed = [p for p in result.lacking if not p.optional]
        zh = "；".join(p.label.zh for p in needed)
        en = "; ".join(p.label.en for p in needed)
        return Text(
            f"官方文本没有给出这个数，未作判定：{zh}。由核对者设定后即可判定。",
            f"Not judged, for the official text does not give this number: {en}. Set it to have"
            " this judged.",
        )
    if result.outcome == "met":
        return _NO_WORDS
    condition = result.condition
    return condition.contradiction if result.contradicted else condition.message


def share_in_words(result: ConditionResult) -> Text:
    """How many of all there are count, where a share is asked for; else empty."""
    if result.share is None:
        return _NO_WORDS
    here, of_all = result.share
    return Text(
        f"{here} / {of_all}（计入 {here} 个，全部 {of_all} 个）",
        f"{here} / {of_all} ({here} count, of {of_all} in all)",
    )


def evidence_in_words(report: ReadinessReport, evidence: Evidence, spoken: Language) -> str:
    """The name of what counts, with the figure that it gives."""
    name = report.name(str(evidence.value))
    figure = figure_in_words(report, evidence, spoken)
    return Text(f"{name}：{figure}", f"{name}: {figure}").in_(spoken) if figure else name


def figure_in_words(report: ReadinessReport, evidence: Evidence, spoken: Language) -> str:
    """The figure that evidence gives, with its unit; empty if it gives none."""
    figure = report.figures.get(str(evidence.value))
    if figure is None:
        return ""
    unit = figure.unit or ""
    return figure_words(Decimal(figure.value), unit, report.name(unit) if unit else "", spoken)


def chosen(parameter: Parameter, value: str) -> Text:
    """A value that the reader chose, said to be so."""
    return Text(
        f"{parameter.label.zh}：{value}（由核对者自定）",
        f"{parameter.label.en}: {value} (chosen by whoever checks)",
    )


def chosen_values(report: ReadinessReport) -> list[Text]:
    """All values that the reader chose."""
    parameters = our_policy().parameters
    return [chosen(parameters[name], value) for name, value in report.readiness.values.items()]


def as_json(report: ReadinessReport, release: Manifest) -> dict[str, Any]:
    """The report as JSON: texts in both languages, names in the reader's."""
    readiness = report.readiness
    return {
        "consortium": {"iri": readiness.consortium, "label": report.consortium},
        "release": {"number": release.number, "created": release.created},
        "world": readiness.world,
        "day": readiness.day.isoformat(),
        "counts": {outcome: readiness.count(outcome) for outcome in OUTCOMES},
        "parameters": [
            {
                "name": p.name,
                **_both(p.label),
                "allowed": _both(p.allowed),
                "needed": not p.optional,
                "value": readiness.values.get(p.name),
            }
            for p in our_policy().parameters.values()
        ],
        "requirements": [_requirement(report, each) for each in readiness.requirements],
    }


def _requirement(report: ReadinessReport, result: RequirementResult) -> dict[str, Any]:
    clause = report.clauses[result.shape.requirement]
    return {
        "key": clause.key,
        "iri": clause.iri,
        **_both(clause.name),
        "description": _both(clause.description),
        "documents": [
            {
                "iri": d.iri,
                **_both(d.name),
                "number": d.number or None,
                "read_status": d.status or None,
            }
            for d in clause.documents
        ],
        "clause": clause.place or None,
        "read_status": clause.status,
        "not_given": _both(clause.open) if clause.open.zh else None,
        "outcome": result.outcome,
        "only_for": _both(result.shape.only_for_name) if result.shape.only_for else None,
        "conditions": [_condition(report, each) for each in result.conditions],
    }


def _condition(report: ReadinessReport, result: ConditionResult) -> dict[str, Any]:
    said = why_not(result)
    return {
        "shape": str(result.condition.iri),
        **_both(result.condition.name),
        "severity": result.condition.severity,
        "outcome": result.outcome,
        "message": _both(said) if said.zh else None,
        "share": dict(zip(("counted", "of"), result.share, strict=True)) if result.share else None,
        "parameters": [p.name for p in result.condition.parameters],
        "evidence": [_evidence(report, each) for each in result.evidence],
        "against": [_evidence(report, each) for each in result.against],
    }


def _evidence(report: ReadinessReport, evidence: Evidence) -> dict[str, Any]:
    return {
        "value": _node(report, evidence.value),
        "figure": _figure(report, report.figures.get(str(evidence.value))),
        "facts": [
            {
                "subject": _node(report, subject),
                "property": _node(report, predicate),
                "value": _node(report, value),
            }
            for subject, predicate, value in evidence.facts
        ],
        "sources": [
            {
                "iri": source,
                "label": report.name(source),
                "grade": report.grades.get(source, "").rpartition("/")[2] or None,
            }
            for source in report.sources_of(evidence)
        ],
    }


def _figure(report: ReadinessReport, figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    return {
        "value": figure.value,
        "unit": {"iri": figure.unit, "label": report.name(figure.unit)} if figure.unit else None,
    }


def _node(report: ReadinessReport, node: Node) -> dict[str, str]:
    shown = to_wire(term_of(node))
    if isinstance(node, URIRef) and str(node) in report.labels:
        shown["label"] = report.name(str(node))
    return shown


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
