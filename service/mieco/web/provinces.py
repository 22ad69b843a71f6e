"""``/provinces``: the province-level places as tiles and in a table, by one figure or another."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from mieco.ask.citations import cite
from mieco.ask.comparison.forms import provinces_as_json
from mieco.ask.comparison.province_figures import FIGURES, chart_of_provinces, in_order
from mieco.ask.comparison.sheets import as_csv, provinces_sheet
from mieco.ask.parameters import today
from mieco.ask.province_tiles import province_tiles
from mieco.errors import BadParameter, Text
from mieco.present.formats import CSV, HTML, JSON, XLSX
from mieco.releases import Release
from mieco.web.protocol import deadline, parameters
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.web.sheets import csv_response, workbook_response

blueprint = Blueprint("provinces", __name__)


@blueprint.get("/provinces")
def overview() -> Response:
    form = wanted((JSON, HTML, CSV, XLSX))
    figure, sort = _figure(), parameters().get("sort", "")
    seconds, spoken = deadline(), language()
    with reading() as (engine, release):
        figures = service().province_figures.of(engine, release, seconds=seconds)
        labels = engine.labels(sorted(figures), spoken, seconds=seconds)
        names = {iri: labels[iri][0] if iri in labels else iri for iri in figures}
        order = in_order(figures, sort or figure, names)
        chart = chart_of_provinces(figures, figure, names, FIGURES[figure].in_(spoken))
        tiles = province_tiles(chart, engine, spoken, seconds=seconds)
    if form is JSON:
        response = jsonify(provinces_as_json(figures, names, spoken, release))
        response.headers["Content-Language"] = spoken
        return response
    if form is not HTML:
        sheet = provinces_sheet(figures, order, names, spoken)
        if form is CSV:
            return csv_response(as_csv(sheet), release, "provinces")
        return workbook_response([sheet], _cited(release), release, "provinces")
    text = render_template(
        "provinces.html",
        figures=figures,
        order=order,
        figure=figure,
        known=FIGURES,
        labels=labels,
        tiles=tiles,
        chart=chart,
        sort=sort,
        address=_address,
        cited=_cited(release),
        manifest=release.manifest,
        chart_data={
            "kind": "provinces",
            "title": FIGURES[figure].in_(spoken),
            "names": {},
            "marks": [],
            "file": "provinces",
        },
    )
    return make_response(text)


def _figure() -> str:
    asked = parameters().get("figure") or next(iter(FIGURES))
    if asked not in FIGURES:
        raise BadParameter(
            name="figure",
            reason=Text(f"没有“{asked}”这一项", f"there is no figure '{asked}'"),
            allowed=", ".join(FIGURES),
        )
    return asked


def _cited(release: Release) -> Text:
    kept = [(k, v) for k in ("figure", "sort") if (v := parameters().get(k, ""))]
    kept.append(("release", str(release.manifest.number)))
    root = quote(request.url_root, safe="/:[]%")
    title = Text("各省级地域的联合体", "Consortia by province")
    return cite(title, release.manifest, f"{root}provinces?{urlencode(kept)}", today())


def _address(**changes: str | None) -> str:
    """The address of this page in another form, order or figure."""
    kept = [(k, v) for k, v in parameters().items(multi=True) if k not in changes and v]
    kept += [(k, v) for k, v in changes.items() if v is not None]
    there = url_for("provinces.overview", release=None)
    return f"{there}?{urlencode(kept)}" if kept else there
