"""The home page."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from mieco.ask.page_queries import rows_of
from mieco.describe.schema_org import dataset_in_schema_org
from mieco.engine.base import text_of
from mieco.questions.model import GROUPS
from mieco.web.reader import language
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
        card=dataset_in_schema_org(release.manifest, request.url_root, language()),
    )
    return make_response(page)
