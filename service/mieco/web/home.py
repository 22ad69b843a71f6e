"""The home page, and search by name."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from mieco.ask.page_queries import rows_of
from mieco.ask.things import search
from mieco.engine.base import text_of
from mieco.present.formats import HTML, JSON
from mieco.questions.model import GROUPS
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.service import service

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> Response:
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
        questions=list(service().questions.values()),
        groups=GROUPS,
        manifest=release.manifest,
    )
    return make_response(page)


@blueprint.get("/search")
def find() -> Response:
    text = request.args.get("q", "").strip()
    seconds = service().settings.timeout
    with reading() as (engine, _):
        hits = search(engine, text, seconds=seconds) if text else []
        labels = engine.labels([hit.iri for hit in hits], language(), seconds=seconds)
    if wanted((JSON, HTML)) is HTML:
        return make_response(render_template("search.html", text=text, hits=hits, labels=labels))
    return jsonify(
        [
            {"iri": hit.iri, "label": labels.get(hit.iri, (hit.name, ""))[0], "matched": hit.name}
            for hit in hits
        ]
    )
