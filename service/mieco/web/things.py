"""A page, or RDF, for every IRI in the data."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from pyoxigraph import NamedNode

from mieco.ask.given_facts import OWN_PATHS, read_thing_name
from mieco.ask.page_queries import page_query
from mieco.ask.thing_forms import thing_as_json
from mieco.ask.things import read_thing
from mieco.engine.base import Query
from mieco.errors import BadParameter, BadRequest, NotFound, Text
from mieco.present.formats import GRAPH_FORMATS, HTML, JSON, Format, by_name
from mieco.terms import BASE
from mieco.web.protocol import cancellation, deadline, parameters
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.web.spool import respond

blueprint = Blueprint("things", __name__)

_OWN = f"any({', '.join(OWN_PATHS)})"


@blueprint.get(f"/<{_OWN}:kind>", defaults={"path": ""})
@blueprint.get(f"/<{_OWN}:kind>/<path:path>")
def by_path(kind: str, path: str) -> Response:
    path, form = _without_extension(f"{kind}/{path}".rstrip("/"))
    return _show(BASE + path, form or wanted((*GRAPH_FORMATS, HTML)))


@blueprint.get("/thing")
def by_iri() -> Response:
    iri = request.args.get("iri", "")
    try:
        NamedNode(iri)
    except ValueError:
        raise BadRequest(
            reason=Text("iri 参数应为完整的 IRI", "the parameter 'iri' must be an absolute IRI")
        ) from None
    return _show(iri, wanted((*GRAPH_FORMATS, HTML)))


@blueprint.get("/statements")
def statements() -> Response:
    """The same as plain JSON, for programs: of a thing given by IRI, path, short name or name."""
    wanted((JSON,))
    texts = parameters().getlist("s")
    if len(texts) != 1:
        raise BadParameter(
            name="s",
            reason=Text("应有且只有一个", "must be given exactly once"),
            allowed=Text("/statements?s=名称或 IRI", "/statements?s= with a name or an IRI"),
        )
    seconds = deadline()
    with reading() as (engine, release):
        iri = read_thing_name(engine, texts[0], seconds=seconds).value
        thing = read_thing(engine, iri, language(), seconds=seconds)
    response = jsonify(thing_as_json(thing, language(), release))
    response.headers["Content-Language"] = language()
    return response


def _without_extension(path: str) -> tuple[str, Format | None]:
    """``id/place/china.ttl`` → the path and the format; keys themselves have no full stop."""
    stem, dot, extension = path.rpartition(".")
    form = by_name(extension, (*GRAPH_FORMATS, HTML)) if dot else None
    return (stem, form) if form else (path, None)


def _show(iri: str, form: Format) -> Response:
    try:
        node = NamedNode(iri)
    except ValueError:
        raise NotFound(what=Text("地址", "address"), name=iri, near="") from None
    seconds = deadline()
    with ExitStack() as leave:
        engine, _ = leave.enter_context(reading())
        thing = read_thing(engine, iri, language(), seconds=seconds)
        if form is HTML:
            return make_response(render_template("thing.html", thing=thing))
        query = Query(page_query("describe"), {"this": node}, graph=form.media_type)
        answer = engine.query(query, seconds=seconds, cancellation=cancellation())
        return respond(
            answer, form.content_type, leave.pop_all(), cancellation(), service().settings
        )
