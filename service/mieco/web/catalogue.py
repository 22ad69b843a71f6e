"""``/catalogue``, ``/.well-known/void``: what the dataset is, for people and for programs."""

from __future__ import annotations

from contextlib import ExitStack
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mieco.ask.about import read_about
from mieco.ask.page_queries import page_query
from mieco.describe import dataset
from mieco.describe.schema_org import dataset_in_schema_org
from mieco.engine.base import Query
from mieco.present.formats import GRAPH_FORMATS, HTML, Format
from mieco.terms import LICENSE
from mieco.web import things
from mieco.web.protocol import cancellation, deadline
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.release import PARAMETER
from mieco.web.service import service
from mieco.web.spool import respond

blueprint = Blueprint("catalogue", __name__)

_FORMATS = (*GRAPH_FORMATS, HTML)
# So many classes and properties are shown at once.
_SHOWN = 20


@blueprint.get("/catalogue")
def document() -> Response:
    return _catalogue(wanted(_FORMATS))


@blueprint.get("/catalogue.<extension>")
def in_format(extension: str) -> Response:
    return _catalogue(wanted(_FORMATS, extension))


@blueprint.get("/.well-known/void")
def well_known() -> Response:
    """The same at its well-known place (RFC 8615; VoID §7.2)."""
    return _catalogue(wanted(_FORMATS))


@blueprint.get("/release/<int:number>")
def release_by_number(number: int) -> AnyResponse:
    """A release is described by the catalogue that it holds."""
    current = service().releases.current_number()
    if number != current and number not in service().releases.numbers():
        return things.by_path("release", str(number))
    asked = [(k, v) for k, v in request.args.items(multi=True) if k != PARAMETER]
    if number != current:
        asked.append((PARAMETER, str(number)))
    place = url_for("catalogue.document", release=None)
    return redirect(f"{place}?{urlencode(asked)}" if asked else place, 303)


def _catalogue(form: Format) -> Response:
    seconds = deadline()
    with ExitStack() as leave:
        engine, release = leave.enter_context(reading())
        about = read_about(engine, seconds=seconds)
        if form is HTML:
            ties = [prop for links in about.links for prop in links.by]
            iris = [*about.classes, *about.properties, *about.examples, *ties]
            labels = engine.labels(iris, language(), seconds=seconds)
            return make_response(
                render_template(
                    "catalogue.html",
                    about=about,
                    dataset=dataset,
                    license=LICENSE,
                    labels=labels,
                    manifest=release.manifest,
                    root=request.url_root,
                    shown=_SHOWN,
                    card=dataset_in_schema_org(release.manifest, request.url_root, language()),
                )
            )
        query = Query(page_query("catalogue-graph"), graph=form.media_type)
        answer = engine.query(query, seconds=seconds, cancellation=cancellation())
        return respond(
            answer, form.content_type, leave.pop_all(), cancellation(), service().settings
        )
