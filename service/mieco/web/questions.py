"""``/questions/``: the list of questions, as a page and as JSON."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from mieco.ask.answer_forms import question_as_json
from mieco.ask.coverage import coverage_as_json
from mieco.errors import NotAcceptable
from mieco.present.formats import GRAPH_FORMATS, HTML, JSON, by_name, names
from mieco.present.rdf import write_graph
from mieco.questions.catalogue import describe_questions
from mieco.questions.finding import nearest_questions
from mieco.questions.model import ASKERS, GROUPS
from mieco.web.protocol import deadline
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.service import service

blueprint = Blueprint("questions", __name__)


@blueprint.get("/questions/")
def index() -> Response:
    text, asker, data = (request.args.get(name, "") for name in ("search", "asker", "data"))
    found = [
        question
        for question in nearest_questions(service().questions.values(), text)
        if (not asker or asker in question.askers) and data in ("", question.data)
    ]
    if wanted((JSON, HTML)) is HTML:
        page = render_template(
            "questions.html",
            questions=found,
            groups=GROUPS,
            askers=ASKERS,
            search=text,
            asker=asker,
            data=data,
        )
        return make_response(page)
    return jsonify([question_as_json(question) for question in found])


@blueprint.get("/questions.<form>")
def catalogue(form: str) -> Response:
    """The catalogue of the questions as RDF, in the format that the extension names."""
    chosen = by_name(form, GRAPH_FORMATS)
    if chosen is None:
        raise NotAcceptable(offered=names(GRAPH_FORMATS))
    triples = describe_questions(service().questions.values())
    return Response(write_graph(triples, chosen), content_type=chosen.content_type)


@blueprint.get("/questions/coverage")
def coverage() -> Response:
    """What is asked, with which terms, and how much of the data answers it."""
    with reading() as (engine, release):
        seconds = deadline()
        told = service().coverage.of(engine, release, seconds=seconds)
        if wanted((JSON, HTML)) is JSON:
            return jsonify(coverage_as_json(told, release))
        iris = [*told.terms, *(shape for term in told.terms.values() for shape in term.shapes)]
        labels = engine.labels(iris, language(), seconds=seconds)
    page = render_template(
        "coverage.html", coverage=told, groups=GROUPS, labels=labels, manifest=release.manifest
    )
    return make_response(page)
