"""Every IRI of the data opens: it leads to the documents about its thing, in every format.

After "Cool URIs for the Semantic Web" (W3C 2008) §4.2: a GET of the thing is answered 303 with
the address of a document, which Accept chooses; the document has an address of its own.
"""

from __future__ import annotations

from contextlib import ExitStack

from flask import Blueprint, Response, jsonify, request
from pyoxigraph import NamedNode

from mieco.ask.addresses import find_address, find_thing
from mieco.ask.given_facts import OWN_PATHS, read_thing_name
from mieco.ask.page_queries import page_query
from mieco.ask.thing_forms import thing_as_csv, thing_as_json
from mieco.ask.things import read_thing
from mieco.engine.base import Engine, Query
from mieco.errors import BadParameter, BadRequest, Text
from mieco.present.formats import (
    CSV,
    GRAPH_FORMATS,
    HTML,
    JSON,
    JSON_LD,
    N_TRIPLES,
    THING_FORMATS,
    Format,
    by_name,
)
from mieco.present.spreadsheet_csv import BOM
from mieco.releases import Release
from mieco.web.documents import Documents, linked
from mieco.web.json_ld import compact
from mieco.web.protocol import cancellation, deadline, parameters
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.web.spool import respond
from mieco.web.thing_page import thing_page

blueprint = Blueprint("things", __name__)

# The ontology and what is below it are documents of their own (ontology.py).
_OWN = f"any({', '.join(kind for kind in OWN_PATHS if kind not in ('import', 'ontology'))})"
_EXTENSIONS = tuple(form.name for form in THING_FORMATS)
_PLAIN = "text/plain; charset=utf-8"


@blueprint.get(f"/<{_OWN}:kind>", defaults={"path": ""})
@blueprint.get(f"/<{_OWN}:kind>/<path:path>")
def by_path(kind: str, path: str) -> Response:
    with ExitStack() as leave:
        engine, release = leave.enter_context(reading())
        whole = f"{kind}/{path}" if path else kind
        address = find_address(engine, whole, _EXTENSIONS, seconds=deadline())
        documents = Documents(address.iri, address.shared)
        form = by_name(address.extension, THING_FORMATS)
        if form is None:
            place = documents.here(wanted(THING_FORMATS))
            see = Response(f"{place}\n", 303, {"Location": place}, content_type=_PLAIN)
            return linked(see, documents.of_thing())
        return _document(documents, form, engine, release, leave)


@blueprint.get("/import/<owner>/<batch>/<path:number>")
def by_import(owner: str, batch: str, number: str) -> Response:
    """An import of which a release tells; the pages for importing have shorter paths."""
    return by_path("import", f"{owner}/{batch}/{number}")


@blueprint.get("/thing")
def by_iri() -> Response:
    iri = request.args.get("iri", "")
    try:
        NamedNode(iri)
    except ValueError:
        raise BadRequest(
            reason=Text("iri 参数应为完整的 IRI", "the parameter 'iri' must be an absolute IRI")
        ) from None
    with ExitStack() as leave:
        engine, release = leave.enter_context(reading())
        thing = find_thing(engine, iri, seconds=deadline())
        documents = Documents(thing.iri, thing.shared)
        return _document(documents, wanted(THING_FORMATS), engine, release, leave)


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


def _document(
    documents: Documents, form: Format, engine: Engine, release: Release, leave: ExitStack
) -> Response:
    """A document about a thing that the release knows."""
    if form in GRAPH_FORMATS:
        response = _rdf(documents.iri, form, engine, leave.pop_all())
    elif form is JSON_LD:
        response = _json_ld(documents.iri, engine, leave.pop_all())
    else:
        response = _told(documents, form, engine, release)
    return linked(response, documents.of_document(form))


def _rdf(iri: str, form: Format, engine: Engine, leave: ExitStack) -> Response:
    query = Query(page_query("describe"), {"this": NamedNode(iri)}, graph=form.media_type)
    answer = engine.query(query, seconds=deadline(), cancellation=cancellation())
    return respond(answer, form.content_type, leave, cancellation(), service().settings)


def _json_ld(iri: str, engine: Engine, leave: ExitStack) -> Response:
    """In the names of our context; what is too large for that, or mistakable, in full."""
    query = Query(page_query("describe"), {"this": NamedNode(iri)}, graph=N_TRIPLES)
    answer = engine.query(query, seconds=deadline(), cancellation=cancellation())
    document = compact(answer, iri)
    if document is None:
        return _rdf(iri, JSON_LD, engine, leave)
    leave.close()
    return Response(document, content_type=JSON_LD.content_type)


def _told(documents: Documents, form: Format, engine: Engine, release: Release) -> Response:
    """As a page, as plain JSON or as CSV, in the reader's language."""
    iri, spoken, seconds = documents.iri, language(), deadline()
    thing = read_thing(engine, iri, spoken, seconds=seconds)
    if form is HTML:
        return thing_page(documents, thing, engine, release)
    if form is CSV:
        bom = BOM if parameters().get("bom") == "1" else ""
        response = Response(bom + thing_as_csv(thing), content_type=CSV.content_type)
    else:
        response = jsonify(thing_as_json(thing, spoken, release))
    response.headers["Content-Language"] = spoken
    return response
