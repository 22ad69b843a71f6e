"""``/questions/{id}``: the answer to a question, in every form."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

from flask import Blueprint, Response, jsonify
from pyoxigraph import NamedNode

from mieco.answer_workbook import workbook_parts
from mieco.ask.answer_forms import answer_as_csv, answer_as_json
from mieco.ask.answers import QuestionAnswer, ask
from mieco.ask.page_queries import page_query
from mieco.ask.selection import MOST_PER_PAGE, Selected, Selection, select_rows
from mieco.engine.base import Engine, Query
from mieco.present.formats import CSV, GRAPH_FORMATS, HTML, JSON, XLSX, Format
from mieco.present.spreadsheet_csv import BOM
from mieco.questions.header import CONTROLS, find_question
from mieco.releases import Release
from mieco.scratch import scratch
from mieco.web.entailment import asked_entailment, with_entailment
from mieco.web.file_names import name_file
from mieco.web.protocol import cancellation, deadline, parameters, whole_number
from mieco.web.question_page import question_page
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.web.spool import respond
from mieco.web.workbook import respond_made
from mieco.workbook import write_job

blueprint = Blueprint("question", __name__)

_TURTLE = GRAPH_FORMATS[0]
_PER_PAGE = 50
_MOST_PAGES = 1_000_000


@blueprint.get("/questions/<name>")
def answer(name: str) -> Response:
    question = find_question(service().questions, name)
    form = wanted((JSON, HTML, CSV, XLSX, *((_TURTLE,) if question.evidence else ())))
    selection = _selection(form)
    seconds = deadline()
    with ExitStack() as leave:
        engine, release = leave.enter_context(reading())
        found = ask(
            engine,
            question,
            {key: parameters().getlist(key) for key in parameters() if key not in CONTROLS},
            language(),
            entailment=asked_entailment(),
            seconds=seconds,
            cancellation=cancellation(),
        )
        selected = select_rows(found, selection)
        if form is HTML:
            response = question_page(found, selected, selection, engine, release)
        elif form is _TURTLE:
            response = _facts(found, selected, engine, leave.pop_all())
        else:
            response = _document(found, selected, form, release)
    return with_entailment(response, found.entailment)


def _selection(form: Format) -> Selection:
    """What a request wants to see: a page for people, all rows for programs."""
    size = _PER_PAGE if form is HTML or "page" in parameters() else 0
    return Selection(
        sort=parameters().get("sort", ""),
        filter=parameters().get("filter", ""),
        page=whole_number("page", 1, 1, _MOST_PAGES),
        size=whole_number("size", size, 1, MOST_PER_PAGE),
    )


def _document(
    found: QuestionAnswer, selected: Selected, form: Format, release: Release
) -> Response:
    if form is JSON:
        response = jsonify(answer_as_json(found, selected, release))
        response.headers["Content-Language"] = language()
        return response
    if form is CSV:
        body = answer_as_csv(found, selected)
        if parameters().get("bom") == "1":
            body = BOM + body
        response = Response(body, content_type=CSV.content_type)
        name_file(response, release.manifest, found.question.id, extension=CSV.name, shown=True)
        return response
    parts = workbook_parts(found, selected, release)
    with tempfile.NamedTemporaryFile(dir=scratch(service().settings)) as job:
        write_job(job, parts.about, parts.heads)
        job.write(parts.results)
        job.flush()
        made, manifest = Path(job.name), release.manifest
        return respond_made(made, manifest, found.question.id, seconds=deadline())


def _facts(found: QuestionAnswer, selected: Selected, engine: Engine, leave: ExitStack) -> Response:
    """The facts behind the rows, with their records and sources, as Turtle."""
    facts = dict.fromkeys(f for place in selected.rows for f in found.support[place].facts)
    query = Query(
        page_query("facts"),
        values={"fact": [NamedNode(fact) for fact in facts]},
        graph=_TURTLE.media_type,
    )
    told = engine.query(query, seconds=deadline(), cancellation=cancellation())
    return respond(told, _TURTLE.content_type, leave, cancellation(), service().settings)
