"""``/compare``: two to four consortia or places side by side, and how they are chosen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from mieco.ask.citations import cite
from mieco.ask.comparison.charts import bars, drawables
from mieco.ask.comparison.compare import compare
from mieco.ask.comparison.forms import comparison_as_json
from mieco.ask.comparison.offers import Offer, offers, read_choice
from mieco.ask.comparison.readiness import readiness_section
from mieco.ask.comparison.sheets import as_csv, comparison_sheet, entries_sheet, sources_sheet
from mieco.ask.comparison.subjects import MOST, Chosen, choose, key_of, near_things
from mieco.ask.comparison.tables import Comparison
from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.parameters import today
from mieco.engine.base import Engine
from mieco.errors import Text
from mieco.present.formats import CSV, HTML, JSON, XLSX, Format
from mieco.releases import Release
from mieco.search.finding import Finder
from mieco.search.kinds import KINDS
from mieco.web.problems import status_of
from mieco.web.protocol import cancellation, deadline, parameters
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.web.sheets import csv_response, workbook_response

blueprint = Blueprint("compare", __name__)

_SUGGESTIONS = "application/x-suggestions+json"
_SUGGESTED = 8


@dataclass(frozen=True, slots=True)
class _Read:
    """What a request reads: the release, and what to choose from."""

    engine: Engine
    release: Release
    finder: Finder
    chosen: Chosen


@blueprint.get("/compare", endpoint="compare")
def page() -> Response:
    """The comparison, or the page to choose for it; a choice that cannot be, with what to do."""
    form = wanted((JSON, HTML, CSV, XLSX))
    seconds = deadline()
    with reading() as (engine, release):
        finder = service().finders.of(release, seconds=seconds)
        chosen = choose(finder, parameters().getlist("of"))
        read = _Read(EngineWithDeadline(engine, seconds, cancellation()), release, finder, chosen)
        if chosen.wrong and form is not HTML:
            raise chosen.wrong
        found = None
        if chosen.kind and not chosen.wrong:
            subjects = [thing.iri for thing in chosen.things]
            found = compare(read.engine, chosen.kind, subjects, language(), seconds=seconds)
            if chosen.kind == "consortium" and parameters().get("readiness") == "1":
                found = _with_readiness(found, read, seconds)
        if found is None or form is HTML:
            return _page(read, found, seconds)
        return _told(found, form, release)


@blueprint.get("/compare/suggest")
def suggest() -> Response:
    """What may be added to a comparison: names, what they are, and the comparisons with them."""
    text = parameters().get("q", "")
    with reading() as (_, release):
        finder = service().finders.of(release, seconds=service().settings.timeout)
        chosen = choose(finder, parameters().getlist("of"))
        things = near_things(finder, text, chosen.kind)[:_SUGGESTED]
    taken = [key_of(thing.iri) for thing in chosen.things]
    told = [
        text,
        [thing.label(language()) for thing in things],
        [KINDS[thing.kind].in_(language()) for thing in things],
        [comparison_of([*taken, key_of(thing.iri)]) for thing in things],
    ]
    return Response(json.dumps(told, ensure_ascii=False), content_type=_SUGGESTIONS)


@blueprint.app_context_processor
def _template_names() -> dict[str, Any]:
    return {"comparison_of": comparison_of, "key_of": key_of}


def comparison_of(things: Sequence[str]) -> str:
    """Where things (IRIs or keys) are compared."""
    keys = dict.fromkeys(key_of(each) for each in things)
    query = urlencode([("of", key) for key in keys], safe="/")
    there = url_for("compare.compare")
    return f"{there}{'&' if '?' in there else '?'}{query}" if query else there


def _page(read: _Read, found: Comparison | None, seconds: float) -> Response:
    chosen, spoken = read.chosen, language()
    choice = read_choice(read.engine, seconds=seconds)
    offered: list[Offer] = []
    if chosen.things and chosen.kind:
        offered = offers(read.engine, choice, chosen.things, chosen.kind, seconds=seconds)
    text = parameters().get("q", "").strip()
    near = [*chosen.near, *(near_things(read.finder, text, chosen.kind) if text else ())]
    iris = {iri for offer in offered for iri in (offer.shared, *offer.things)}
    iris |= {*choice.consortia, *choice.provinces}
    iris |= {iri for consortia in choice.consortia.values() for iri in consortia}
    labels = read.engine.labels(sorted(iris - {""}), spoken, seconds=seconds)
    drawable = drawables(found, spoken) if found else []
    drawn = parameters().get("chart") or (drawable[0].key if drawable else "")
    chart = bars(found, drawn, spoken) if found else None
    asked = parameters().getlist("of")
    # Nothing or one thing chosen is a beginning, no mistake.
    wrong = chosen.wrong if chosen.near or len([each for each in asked if each]) > 1 else None
    page_text = render_template(
        "compare.html",
        chosen=chosen,
        wrong=wrong,
        short=[key_of(thing.iri) for thing in chosen.things],
        found=found,
        choice=choice,
        offers=offered,
        near=[thing for thing in near if thing not in chosen.things],
        text=text,
        labels=labels,
        most=MOST,
        kinds=KINDS,
        drawables=drawable,
        drawn=drawn,
        chart=chart,
        chart_data=_chart_data(found, chart) if found and chart else None,
        cited=_cited(found, read.release) if found else None,
        address=_address,
        manifest=read.release.manifest,
    )
    status = status_of(wrong) if wrong else 200
    return make_response(page_text, status)


def _with_readiness(found: Comparison, read: _Read, seconds: float) -> Comparison:
    """With how many requirements each consortium meets, before its indicators."""
    tallies = [
        service().tallies.of(read.engine, read.release, iri, today(), seconds=seconds)
        for iri in found.subjects
    ]
    section = readiness_section(tallies, language())
    *others, indicators = found.sections
    return replace(found, sections=[*others, section, indicators])


def _told(found: Comparison, form: Format, release: Release) -> Response:
    spoken = language()
    cited = _cited(found, release)
    if form is JSON:
        response = jsonify(comparison_as_json(found, spoken, release, cited))
        response.headers["Content-Language"] = spoken
        return response
    if form is CSV:
        return csv_response(as_csv(entries_sheet(found, spoken)), release, *_called(found))
    sheets = [comparison_sheet(found, spoken), entries_sheet(found, spoken)]
    sheets.append(sources_sheet(found, spoken))
    return workbook_response(sheets, cited, release, *_called(found))


def _called(found: Comparison) -> list[str]:
    return ["compare", *map(found.name, found.subjects)]


def _cited(found: Comparison, release: Release) -> Text:
    title = [found.name(iri) for iri in found.subjects]
    said = Text(f"比较：{'、'.join(title)}", f"Comparison of {', '.join(title)}")
    return cite(said, release.manifest, _lasting(found, release), today())


def _lasting(found: Comparison, release: Release) -> str:
    """The address that shows the same whenever it is opened."""
    pairs = [("of", key_of(iri)) for iri in found.subjects]
    if any(section.key == "readiness" for section in found.sections):
        pairs.append(("readiness", "1"))
    pairs.append(("release", str(release.manifest.number)))
    root = quote(request.url_root, safe="/:[]%")
    return f"{root}compare?{urlencode(pairs, safe='/')}"


def _chart_data(found: Comparison, chart: Any) -> dict[str, Any]:
    """What the script draws from."""
    names = dict(chart.names)
    return {
        "kind": chart.kind,
        "title": " / ".join(found.name(iri) for iri in found.subjects),
        "names": names,
        "marks": list(chart.marks),
        "scale": chart.scale,
        "directed": chart.directed,
        "file": "comparison",
    }


def _address(**changes: str | None) -> str:
    """The address of this comparison in another form, or with another chart."""
    kept = [(k, v) for k, v in parameters().items(multi=True) if k not in {*changes, "q"} and v]
    kept += [(k, v) for k, v in changes.items() if v is not None]
    return f"{request.script_root}/compare?{urlencode(kept, safe='/')}"
