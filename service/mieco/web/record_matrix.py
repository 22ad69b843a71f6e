"""``/compare/matrix``: of which consortia what is recorded, and how well."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from mieco.ask.citations import cite
from mieco.ask.comparison.forms import matrix_as_json
from mieco.ask.comparison.records import GRADES, matrix_of
from mieco.ask.comparison.sheets import as_csv, column_name, grades_sheet, matrix_sheet
from mieco.ask.parameters import today
from mieco.errors import BadParameter, Text
from mieco.present.formats import CSV, HTML, JSON, XLSX
from mieco.releases import Release
from mieco.web.protocol import deadline, iri_parameter, parameters
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.web.sheets import csv_response, workbook_response

blueprint = Blueprint("record_matrix", __name__)

_COLUMNS = ("facts", "indicators")


@blueprint.get("/compare/matrix")
def page() -> Response:
    form = wanted((JSON, HTML, CSV, XLSX))
    by_indicator = _columns() == "indicators"
    province, sort = iri_parameter("province"), parameters().get("sort", "")
    seconds, spoken = deadline(), language()
    with reading() as (engine, release):
        found = service().finders.of(release, seconds=seconds).names
        records = service().records.of(engine, found, release, seconds=seconds)
        iris = {*GRADES, *(iri for row in records for iri in (row.consortium, row.province))}
        iris |= {name for row in records for name in row.indicators}
        labels = engine.labels(sorted(iris - {""}), spoken, seconds=seconds)
    names = {iri: name for iri, (name, _) in labels.items()}
    matrix = matrix_of(
        records,
        lambda iri: names.get(iri, iri),
        by_indicator=by_indicator,
        province=province,
        sort=sort,
    )
    if form is JSON:
        response = jsonify(matrix_as_json(matrix, names, spoken, release))
        response.headers["Content-Language"] = spoken
        return response
    if form is CSV:
        return csv_response(as_csv(matrix_sheet(matrix, names, spoken)), release, "records")
    if form is XLSX:
        sheets = [matrix_sheet(matrix, names, spoken), grades_sheet(matrix, names, spoken)]
        return workbook_response(sheets, _cited(release), release, "records")
    text = render_template(
        "record_matrix.html",
        matrix=matrix,
        labels=labels,
        columns={column: column_name(column, names, spoken) for column in matrix.columns},
        provinces=sorted({row.province for row in records} - {""}, key=lambda p: names.get(p, p)),
        province=province,
        sort=sort,
        grades=GRADES,
        address=_address,
        cited=_cited(release),
        manifest=release.manifest,
    )
    return make_response(text)


def _columns() -> str:
    asked = parameters().get("columns") or _COLUMNS[0]
    if asked not in _COLUMNS:
        raise BadParameter(
            name="columns",
            reason=Text(f"没有“{asked}”这样的列", f"there are no columns '{asked}'"),
            allowed=", ".join(_COLUMNS),
        )
    return asked


def _cited(release: Release) -> Text:
    kept = [(k, v) for k in ("columns", "province", "sort") if (v := parameters().get(k, ""))]
    kept.append(("release", str(release.manifest.number)))
    root = quote(request.url_root, safe="/:[]%")
    title = Text("各联合体的记录情况", "What is recorded of each consortium")
    return cite(title, release.manifest, f"{root}compare/matrix?{urlencode(kept)}", today())


def _address(**changes: str | None) -> str:
    """The address of this page in another form, order or choice."""
    kept = [(k, v) for k, v in parameters().items(multi=True) if k not in changes and v]
    kept += [(k, v) for k, v in changes.items() if v is not None]
    there = url_for("record_matrix.page", release=None)
    return f"{there}?{urlencode(kept)}" if kept else there
