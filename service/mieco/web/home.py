"""The home page."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for

from mieco.ask.page_queries import rows_of
from mieco.describe.schema_org import dataset_in_schema_org
from mieco.engine.base import text_of
from mieco.present.formats import GRAPH_FORMATS, HTML, negotiate
from mieco.questions.model import ASKERS, Question
from mieco.web.changes import changed
from mieco.web.reader import language
from mieco.web.reading import reading
from mieco.web.service import service

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> Response:
    """The home page; to who reads RDF, what describes the dataset that its IRI is the home of."""
    if (form := negotiate(request.headers.get("Accept"), (HTML, *GRAPH_FORMATS))) in GRAPH_FORMATS:
        place = url_for("catalogue.in_format", extension=form.name, _external=True)
        return Response(f"{place}\n", 303, {"Location": place}, content_type="text/plain")
    seconds = service().settings.timeout
    with reading() as (engine, release):
        counts = {
            text_of(row["kind"]): text_of(row["count"])
            for row in rows_of(engine, "counts", seconds=seconds)
        }
        provinces: dict[str, list[str]] = {}
        for row in rows_of(engine, "consortia", seconds=seconds):
            province = text_of(row["province"]) if "province" in row else ""
            provinces.setdefault(province, []).append(text_of(row["consortium"]))
        iris = {*counts, *provinces, *(c for group in provinces.values() for c in group)} - {""}
        labels = engine.labels(sorted(iris), language(), seconds=seconds)
    page = render_template(
        "home.html",
        counts=counts,
        provinces=provinces,
        labels=labels,
        asked=_asked(),
        askers=ASKERS,
        latest=changed(release),
        manifest=release.manifest,
        card=dataset_in_schema_org(release.manifest, request.url_root, language()),
    )
    return make_response(page)


def _asked() -> dict[str, list[Question]]:
    """The questions by who asks, those first that the data answer in full."""
    asked = {
        asker: [each for each in service().questions.values() if asker in each.askers]
        for asker in ASKERS
    }
    for questions in asked.values():
        questions.sort(key=lambda each: (each.data != "full", each.number))
    return {asker: questions for asker, questions in asked.items() if questions}
