"""``/questions/``: the list of questions, and each with its answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from pyoxigraph import Literal, NamedNode

from mieco.ask.answers import QuestionAnswer, ask
from mieco.ask.parameters import choices
from mieco.ask.questions import GROUPS, Question, find_question
from mieco.engine.base import Engine, to_wire
from mieco.present.formats import CSV, HTML, JSON, Format
from mieco.releases import Release
from mieco.stores import Term
from mieco.web.entailment import PARAMETER, asked_entailment, with_entailment
from mieco.web.reader import language, wanted
from mieco.web.service import service

blueprint = Blueprint("questions", __name__)

_CONTROLS = frozenset({"format", "lang", PARAMETER})


@blueprint.get("/questions/")
def index() -> Response:
    questions = service().questions.values()
    if wanted((JSON, HTML)) is HTML:
        return make_response(render_template("questions.html", questions=questions, groups=GROUPS))
    return jsonify([_described(question) for question in questions])


@blueprint.get("/questions/<name>")
def question(name: str) -> Response:
    asked = find_question(service().questions, name)
    form = wanted((JSON, HTML, CSV))
    given = {k: v for k, v in request.args.items() if k not in _CONTROLS}
    with service().engine.use() as (engine, release):
        seconds = service().settings.timeout
        facts = asked_entailment()
        answer = ask(engine, asked, given, language(), entailment=facts, seconds=seconds)
        return with_entailment(_response(answer, form, engine, release), answer.entailment)


def _response(answer: QuestionAnswer, form: Format, engine: Engine, release: Release) -> Response:
    if form is JSON:
        return jsonify(_answered(answer, release))
    if form is CSV:
        return Response(
            _csv(answer),
            content_type=CSV.content_type,
            headers={"Content-Disposition": f'inline; filename="{answer.question.id}.csv"'},
        )
    return _page(answer, engine, release)


def _page(answer: QuestionAnswer, engine: Engine, release: Release) -> Response:
    options = {
        name: choices(parameter, engine, language(), seconds=service().settings.timeout)
        for name, parameter in answer.question.parameters.items()
        if parameter.type in ("entity", "concept")
    }
    page = render_template(
        "question.html",
        question=answer.question,
        answer=answer,
        options=options,
        manifest=release.manifest,
    )
    return make_response(page)


def _described(question: Question) -> dict[str, Any]:
    return {
        "id": question.id,
        "number": question.number,
        "group": question.group,
        "zh": question.sentence.zh,
        "en": question.sentence.en,
        "askers": list(question.askers),
        "data": question.data,
        "parameters": [
            {
                "name": p.name,
                "zh": p.label.zh,
                "en": p.label.en,
                "type": p.type,
                "required": p.required,
                **({"class": p.class_} if p.class_ else {}),
                **({"scheme": p.scheme} if p.scheme else {}),
                **({"default": p.default} if p.default else {}),
            }
            for p in question.parameters.values()
        ],
        "columns": [
            {"name": name, "zh": label.zh, "en": label.en}
            for name, label in question.columns.items()
        ],
    }


def _answered(answer: QuestionAnswer, release: Release) -> dict[str, Any]:
    return {
        **_described(answer.question),
        "release": {"number": release.manifest.number, "created": release.manifest.created},
        "entailment": answer.entailment,
        "values": {name: _cell(term, answer.labels) for name, term in answer.bindings.items()},
        "rows": [
            {name: _cell(term, answer.labels) for name, term in row.items()} for row in answer.rows
        ],
    }


def _cell(term: Term, labels: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """A term as in SPARQL results JSON, with the name of a thing beside its IRI."""
    match term:
        case NamedNode():
            cell = {"type": "uri", "value": term.value}
            if named := labels.get(term.value):
                cell |= {"label": named[0], "label_language": named[1]}
            return cell
        case Literal():
            return to_wire(term)
    return {"type": "bnode", "value": str(term)}


def _csv(answer: QuestionAnswer) -> str:
    """The rows with a header of column names; a thing has a column for its name as well."""
    out = io.StringIO()
    writer = csv.writer(out)
    columns = list(answer.question.columns)
    things = {c for c in columns if any(isinstance(r.get(c), NamedNode) for r in answer.rows)}
    writer.writerow(name for c in columns for name in ((c, f"{c}_label") if c in things else (c,)))
    for row in answer.rows:
        cells: list[str] = []
        for column in columns:
            term = row.get(column)
            value = term.value if isinstance(term, NamedNode | Literal) else ""
            cells.append(value)
            if column in things:
                cells.append(answer.labels.get(value, ("", ""))[0])
        writer.writerow(cells)
    return out.getvalue()
