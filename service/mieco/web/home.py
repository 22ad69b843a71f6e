"""The home page."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for

from mieco.ask.comparison.province_figures import FIGURES, chart_of_provinces
from mieco.ask.province_tiles import province_tiles
from mieco.describe.schema_org import dataset_in_schema_org
from mieco.present.formats import GRAPH_FORMATS, HTML, negotiate
from mieco.questions.model import ASKERS, Question
from mieco.web.changes import changed
from mieco.web.reader import language
from mieco.web.reading import reading
from mieco.web.service import service

blueprint = Blueprint("home", __name__)

# So many consortia of each province are named; its page has all.
_MOST_LISTED = 8


@blueprint.get("/")
def home() -> Response:
    """The home page; to who reads RDF, what describes the dataset that its IRI is the home of."""
    if (form := negotiate(request.headers.get("Accept"), (HTML, *GRAPH_FORMATS))) in GRAPH_FORMATS:
        place = url_for("catalogue.in_format", extension=form.name, _external=True)
        return Response(f"{place}\n", 303, {"Location": place}, content_type="text/plain")
    seconds, spoken = service().settings.timeout, language()
    with reading() as (engine, release):
        overview = service().overviews.of(engine, release, seconds=seconds)
        listed = {place: found[:_MOST_LISTED] for place, found in overview.consortia.items()}
        iris = {*overview.counts, *listed, *(c for found in listed.values() for c in found)} - {""}
        labels = engine.labels(sorted(iris), spoken, seconds=seconds)
        figures = {
            place: {"consortia": len(found)} for place, found in overview.consortia.items() if place
        }
        names = {place: labels[place][0] if place in labels else place for place in figures}
        chart = chart_of_provinces(figures, "consortia", names, FIGURES["consortia"].in_(spoken))
        tiles = province_tiles(chart, engine, spoken, seconds=seconds)
    page = render_template(
        "home.html",
        overview=overview,
        listed=listed,
        tiles=tiles,
        labels=labels,
        asked=_asked(),
        askers=ASKERS,
        latest=changed(release),
        manifest=release.manifest,
        card=dataset_in_schema_org(release.manifest, request.url_root, spoken),
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
