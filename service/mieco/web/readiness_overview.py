"""``/readiness``: of all consortia, how many official requirements each meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from mieco.ask.citations import cite
from mieco.ask.comparison.readiness import (
    Judged,
    Opened,
    in_reading_order,
    read_consortia,
    read_documents,
)
from mieco.ask.comparison.sheets import as_csv, readiness_sheet
from mieco.ask.parameters import today
from mieco.check.readiness import OUTCOMES
from mieco.engine.base import Engine
from mieco.errors import Text
from mieco.present.formats import CSV, HTML, JSON, XLSX, Format
from mieco.releases import Release
from mieco.web.protocol import deadline, iri_parameter, parameters
from mieco.web.reader import language, wanted
from mieco.web.readiness import readiness_of, report
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.web.sheets import csv_response, workbook_response

blueprint = Blueprint("readiness_overview", __name__)


@blueprint.get("/readiness")
def index() -> Response:
    """All consortia; or the report of the one that ``consortium=`` names."""
    if asked := parameters().get("consortium"):
        return report(asked)
    form, seconds, spoken = wanted((JSON, HTML, CSV, XLSX)), deadline(), language()
    # Not lasting: until all are counted, the next answer tells of more.
    with reading(lasting=False) as (engine, release):
        every = read_consortia(engine, seconds=seconds)
        documents = read_documents(engine, seconds=seconds)
        iris = {iri for each in every for iri in (each.iri, each.province, *each.levels)}
        labels = engine.labels(sorted({*iris, *documents} - {""}), spoken, seconds=seconds)
    tallies = service().tallies.of_all(
        _opened(release), release, [each.iri for each in every], today(), seconds=seconds
    )
    names = {iri: name for iri, (name, _) in labels.items()}
    counted = [replace(each, tally=tallies.get(each.iri)) for each in every]
    province, level = map(iri_parameter, ("province", "level"))
    shown = in_reading_order(
        [
            each
            for each in counted
            if province in ("", each.province) and (not level or level in each.levels)
        ],
        names,
    )
    if form is not HTML:
        return _told(form, shown, names, release)
    text = render_template(
        "readiness_index.html",
        shown=shown,
        every=every,
        known=len(tallies),
        provinces=sorted({each.province for each in every} - {""}, key=lambda p: names.get(p, p)),
        levels=sorted({level for each in every for level in each.levels}),
        province=province,
        level=level,
        documents=documents,
        outcomes=OUTCOMES,
        labels=labels,
        address=_address,
        manifest=release.manifest,
    )
    return make_response(text)


def _told(
    form: Format, shown: Sequence[Judged], names: Mapping[str, str], release: Release
) -> Response:
    spoken = language()
    if form is CSV:
        return csv_response(as_csv(readiness_sheet(shown, names, spoken)), release, "readiness")
    if form is XLSX:
        root = quote(request.url_root, safe="/:[]%")
        title = Text("各联合体的对标核对", "Readiness of the consortia")
        place = f"{root}readiness?release={release.manifest.number}"
        cited = cite(title, release.manifest, place, today())
        return workbook_response(
            [readiness_sheet(shown, names, spoken)], cited, release, "readiness"
        )
    told = [
        {
            "iri": each.iri,
            "label": names.get(each.iri, each.iri),
            "readiness": readiness_of(each.iri),
            "province": each.province or None,
            "levels": list(each.levels),
            "counts": dict(each.tally) if each.tally else None,
        }
        for each in shown
    ]
    response = jsonify(told)
    response.headers["Content-Language"] = spoken
    return response


def _opened(release: Release) -> Opened:
    """What opens an engine of that release apart from this request."""
    here = service()
    if here.engine.number() == release.manifest.number:
        return here.engine.use

    @contextmanager
    def past() -> Iterator[tuple[Engine, Release]]:
        with here.past.use(release) as engine:
            yield engine, release

    return past


def _address(**changes: str | None) -> str:
    """The address of this page in another form or choice."""
    kept = [(k, v) for k, v in parameters().items(multi=True) if k not in changes and v]
    kept += [(k, v) for k, v in changes.items() if v is not None]
    there = url_for("readiness_overview.index", release=None)
    return f"{there}?{urlencode(kept)}" if kept else there
