"""``/readiness/NAME``: how far a consortium meets the official requirements."""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, make_response, render_template, url_for
from pyoxigraph import NamedNode

from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.readiness import ReadinessReport, fetch, judge, term_of
from mieco.ask.readiness_words import (
    WORLDS_IN_WORDS,
    as_json,
    chosen_values,
    document_in_words,
    figure_in_words,
    share_in_words,
    status_in_words,
    warning,
    why_not,
)
from mieco.check.policy import our_policy
from mieco.check.readiness import OUTCOMES, WORLDS, World
from mieco.errors import BadParameter, BadRequest, Language, Overloaded, Text
from mieco.findings import SEVERITIES
from mieco.manifest import Manifest
from mieco.present.formats import HTML, JSON, XLSX
from mieco.readiness_workbook import write_readiness_workbook
from mieco.terms import BASE, MIECO
from mieco.web import reader
from mieco.web.file_names import name_file
from mieco.web.protocol import cancellation, deadline, parameters
from mieco.web.reader import language, wanted
from mieco.web.reading import reading

blueprint = Blueprint("readiness", __name__)

_CONTROLS = frozenset({"consortium", "day", "format", "lang", "release", "timeout", "world"})
# A report takes a second or two of computing.
_judging = threading.BoundedSemaphore(2)
_CONSORTIUM = BASE + "id/consortium/"
_CONSORTIUM_CLASS = NamedNode(MIECO + "Consortium")


# Some ten times the most that a consortium is known by; judging them takes seconds.
_MOST_FACTS = 20_000


@blueprint.get("/readiness/<path:name>")
def report(name: str) -> Response:
    form = wanted((JSON, HTML, XLSX))
    values, world, day = _values(), _world(), _day()
    our_policy().check_names(values)
    seconds = deadline()
    with reading() as (engine, release):
        patient = EngineWithDeadline(engine, seconds, cancellation())
        material = fetch(patient, name, language(), seconds=seconds)
    if len(material.facts) > _MOST_FACTS:
        raise BadRequest(
            reason=Text(
                f"事实太多（{len(material.facts)} 条），网页上不核对；请用 mieco readiness 命令",
                f"there are too many facts ({len(material.facts)}) to check here; the command"
                " 'mieco readiness' does",
            )
        )
    # The engine is free again: judging is computing of this process alone, a little at a time.
    if not _judging.acquire(timeout=seconds):
        raise Overloaded
    try:
        found = judge(material, values, world=world, day=day)
    finally:
        _judging.release()
    if form is JSON:
        response = jsonify(as_json(found, release.manifest))
        response.headers["Content-Language"] = language()
        return response
    if form is XLSX:
        return _workbook(found, release.manifest)
    return make_response(render_template("readiness.html", **_page(found, release.manifest)))


def standalone_page(found: ReadinessReport, manifest: Manifest, spoken: Language) -> str:
    """The report as a page that needs nothing beside it, its links on the public web."""
    app = Flask(__name__, template_folder="templates")
    reader.init_app(app)
    style = Path(__file__).parent / "static" / "mieco.css"
    with app.test_request_context(f"/?lang={spoken}"):
        return render_template(
            "readiness_standalone.html",
            **_page(found, manifest),
            href=lambda iri: iri,
            style=style.read_text(encoding="utf-8"),
        )


def readiness_of(iri: str) -> str:
    """Where the report of a consortium is."""
    if iri.startswith(_CONSORTIUM):
        return url_for("readiness.report", name=iri.removeprefix(_CONSORTIUM))
    return url_for("readiness_overview.index", consortium=iri)


@blueprint.app_context_processor
def _template_names() -> dict[str, Any]:
    return {"readiness_of": readiness_of, "consortium_class": _CONSORTIUM_CLASS}


def _page(found: ReadinessReport, manifest: Manifest) -> dict[str, Any]:
    themes: dict[Text, list[Any]] = {}
    for requirement in found.readiness.requirements:
        themes.setdefault(requirement.shape.theme, []).append(requirement)
    return {
        "report": found,
        "readiness": found.readiness,
        "labels": found.labels,
        "manifest": manifest,
        "themes": themes,
        "parameters": our_policy().parameters,
        "outcomes": OUTCOMES,
        "severities": SEVERITIES,
        "worlds": WORLDS,
        "worlds_in_words": WORLDS_IN_WORDS,
        "chosen": chosen_values(found),
        "document_in_words": document_in_words,
        "figure_in_words": figure_in_words,
        "share_in_words": share_in_words,
        "status_in_words": status_in_words,
        "warning": warning,
        "why_not": why_not,
        "term_of": term_of,
    }


def _workbook(found: ReadinessReport, manifest: Manifest) -> Response:
    book = io.BytesIO()
    write_readiness_workbook(found, manifest, language(), book)
    response = Response(book.getvalue(), content_type=XLSX.content_type)
    name_file(response, manifest, "readiness", found.consortium, extension=XLSX.name)
    return response


def _values() -> Mapping[str, str]:
    """The parameters with a value; a form sends the others too, empty.  Raises BadRequest."""
    given = parameters()
    for name in given:
        if len(given.getlist(name)) > 1:
            raise BadRequest(
                reason=Text(f"参数 {name} 只能有一个", f"there must be only one parameter '{name}'")
            )
    return {k: v for k, v in given.items() if k not in _CONTROLS and v.strip()}


def _world() -> World | None:
    asked = parameters().get("world")
    if not asked:
        return None
    found = next((each for each in WORLDS if each == asked), None)
    if found is None:
        raise BadParameter(
            name="world",
            reason=Text(f"“{asked}”不是可用的值", f"'{asked}' is not a usable value"),
            allowed=", ".join(WORLDS),
        )
    return found


def _day() -> dt.date | None:
    asked = parameters().get("day")
    if not asked:
        return None
    try:
        return dt.date.fromisoformat(asked)
    except ValueError:
        raise BadParameter(
            name="day",
            reason=Text(f"“{asked}”不是日期", f"'{asked}' is not a date"),
            allowed=Text("日期，如 2026-11-25", "a date such as 2026-11-25"),
        ) from None
