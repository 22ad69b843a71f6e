"""``/about/conformance``: the service examines itself, and says what it found."""

from __future__ import annotations

import json
from contextvars import Context
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request
from werkzeug.test import Client

from mieco import __version__
from mieco.conformance.protocol import ProtocolCase
from mieco.conformance.report import as_json
from mieco.conformance.shapes import ShapesFile
from mieco.errors import FileNotReady, MiecoError
from mieco.present.formats import HTML, JSON
from mieco.web.protocol import cancellation, deadline
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.service import service

blueprint = Blueprint("conformance", __name__)

# The shapes take longer than anybody waits: the page is asked for again meanwhile.
_SHAPES_SECONDS = 1.0


@blueprint.get("/about/conformance")
def conformance() -> Response:
    """Protocol cases, golden answers, shapes, freshness."""
    form = wanted((JSON, HTML))
    with reading(lasting=False) as (engine, release):
        made = service().examiner.examine(engine, release, _send, seconds=deadline())
    shapes, failed = _shapes(made.release)
    told = {"version": __version__, **as_json(made, shapes, language())}
    if failed:
        told["shapes_error"] = {"code": failed.code, "detail": failed.message(language())}
    if form is JSON:
        response = jsonify(told)
    else:
        page = render_template("conformance.html", told=told, failed=failed)
        response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _send(case: ProtocolCase) -> tuple[int, str]:
    """The request of a case, put to the application as a client's would be."""
    send = partial(
        Client(current_app.wsgi_app).open,
        case.target,
        method=case.method,
        base_url=request.host_url,
        headers={"Accept": case.accept, **({"Content-Type": case.sent} if case.sent else {})},
        data=case.body or None,
    )
    # In a context of its own: what Flask remembers of this request is not of that one.
    answer = Context().run(send)
    try:
        return answer.status_code, answer.mimetype or ""
    finally:
        answer.close()


def _shapes(release: int) -> tuple[Any, MiecoError | None]:
    """What the shapes find; nothing while that is being worked out, or where it failed."""
    try:
        kept = service().maker.get(
            ShapesFile(release), seconds=_SHAPES_SECONDS, cancellation=cancellation()
        )
    except FileNotReady:
        return None, None
    except MiecoError as error:
        return None, error
    with kept.file as file:
        return json.loads(file.read()), None
