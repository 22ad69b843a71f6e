"""``/sparql``: queries by the SPARQL 1.1 Protocol, and what the service says of itself."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import quote

from flask import Blueprint, Response, request

from mieco.ask.service_description import describe_service
from mieco.engine.base import Answer, Query
from mieco.engine.tokens import has_word
from mieco.errors import NotAcceptable
from mieco.federation.services import ask_remotes
from mieco.present.formats import (
    CSV,
    GRAPH_FORMATS,
    HTML,
    JSON,
    SOLUTION_FORMATS,
    XLSX,
    Format,
    by_name,
    names,
    negotiate,
)
from mieco.present.rdf import write_graph
from mieco.present.spreadsheet_csv import for_spreadsheets
from mieco.web.entailment import asked_entailment, with_entailment
from mieco.web.environ import ANSWERED, Answered
from mieco.web.file_names import name_file
from mieco.web.protocol import (
    absolute,
    cancellation,
    check_size,
    deadline,
    operation_text,
    parameters,
)
from mieco.web.query_page import query_page
from mieco.web.reader import wanted
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.web.spool import respond
from mieco.web.workbook import respond_workbook

blueprint = Blueprint("sparql", __name__)

DIRECT = "application/sparql-query"
_ALL_SOLUTION_FORMATS = (*SOLUTION_FORMATS, XLSX, HTML)
# Functions that give something else each time (SPARQL 1.1 §17.4), and what other hosts say.
_FLEETING = ("NOW", "RAND", "UUID", "STRUUID", "BNODE", "SERVICE")
# So many unknown terms are told in a header, which clients do not take at any length.
_MOST_TOLD = 10


@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    if request.method in ("GET", "HEAD") and "query" not in parameters():
        return _description()
    solutions, graph = _formats()
    query = _query(_text())
    if solutions is HTML:
        return query_page(query)
    seconds = deadline()
    if parameters().get("explain") == "1":
        return _explained(query, seconds)
    query = _written(query, solutions, graph)
    answered: Answered | None = request.environ.get(ANSWERED)
    if not answered:
        remotes = ask_remotes(query.text, query.base, service().outside, seconds=seconds)
        query = replace(query, remotes=remotes)
    if solutions is XLSX:
        return respond_workbook(query, seconds)
    with ExitStack() as leave:
        of = answered.use() if answered else None
        engine, release = leave.enter_context(reading(lasting=is_lasting(query.text), of=of))
        if answered:
            request.environ[ANSWERED] = None
            answer = answered.answer
        else:
            answer = engine.query(query, seconds=seconds, cancellation=cancellation())
        chosen = graph if answer.kind == "graph" else solutions
        content_type = chosen.content_type if chosen else answer.media_type
        if chosen is CSV and parameters().get("bom") == "1":
            answer = replace(answer, chunks=for_spreadsheets(answer.chunks))
        response = respond(
            answer, content_type, leave.pop_all(), cancellation(), service().settings
        )
    if chosen is CSV:
        name_file(response, release.manifest, "query", extension=CSV.name, shown=True)
    return with_entailment(_with_hint(response, answer), answer.entailment)


def _explained(query: Query, seconds: float) -> Response:
    """How the query is evaluated, and how long that takes; what other hosts say is not asked."""
    query = replace(query, explain=True)
    with ExitStack() as leave:
        engine, _ = leave.enter_context(reading(lasting=False))
        answer = engine.query(query, seconds=seconds, cancellation=cancellation())
        return respond(
            answer, JSON.content_type, leave.pop_all(), cancellation(), service().settings
        )


def _description() -> Response:
    """Service Description §2: without a query, the endpoint describes itself."""
    form = wanted((*GRAPH_FORMATS, HTML))
    if form is HTML:
        return query_page(None)
    with reading(lasting=False) as (_, release):
        triples = describe_service(
            request.url_root.rstrip("/"),
            release.manifest,
            service().settings,
            changes=service().holders.any(),
        )
    return Response(write_graph(triples, form), content_type=form.content_type)


def _formats() -> tuple[Format | None, Format | None]:
    """The formats for solutions and for graphs; HTML stands for the page with either."""
    if name := parameters().get("format"):
        solutions, graph = by_name(name, _ALL_SOLUTION_FORMATS), by_name(name, GRAPH_FORMATS)
    else:
        accept = request.headers.get("Accept")
        if negotiate(accept, (*_ALL_SOLUTION_FORMATS, *GRAPH_FORMATS)) is HTML:
            return HTML, None
        solutions = negotiate(accept, (*SOLUTION_FORMATS, XLSX))
        graph = negotiate(accept, GRAPH_FORMATS)
    if solutions is None and graph is None:
        raise NotAcceptable(offered=names((*_ALL_SOLUTION_FORMATS, *GRAPH_FORMATS)))
    return solutions, graph


def _text() -> str:
    """The text of the query operation (SPARQL 1.1 Protocol §2.1): by GET, by form, or direct."""
    text = operation_text("query", DIRECT)
    check_size(text, service().settings.max_query)
    return text


def _query(text: str) -> Query:
    """The query, with the dataset and whatever else the request says of it."""
    default_graphs = absolute(parameters().getlist("default-graph-uri"))
    named_graphs = absolute(parameters().getlist("named-graph-uri"))
    query = Query(text, base=request.base_url, foreign=True, entailment=asked_entailment())
    query = replace(query, rewrite=parameters().get("rewrite") != "0")
    if not default_graphs and not named_graphs:
        return query
    # A dataset described by the request has no graph that the request does not name (§2.1.4).
    return replace(query, default_graphs=default_graphs, named_graphs=named_graphs)


def _written(query: Query, solutions: Format | None, graph: Format | None) -> Query:
    """The query, with its answer to be written in these formats."""
    return replace(
        query,
        solutions=solutions.media_type if solutions else None,
        graph=graph.media_type if graph else None,
    )


def is_lasting(text: str) -> bool:
    """Does the answer to a query rest on the release alone?"""
    return not has_word(text, *_FLEETING)


def plain_query() -> tuple[Query, float] | None:
    """What this request asks beside the text of its query, and the seconds that it gives it.

    ``None`` where more than an engine's answer is wanted of it.  Raises what the view raises.
    """
    solutions, graph = _formats()
    if solutions in (HTML, XLSX) or parameters().get("explain") == "1":
        return None
    return _written(_query(""), solutions, graph), deadline()


def _with_hint(response: Response, answer: Answer) -> Response:
    """Says which terms of ours are not in the ontology: an empty answer may come of them."""
    if answer.unknown_terms:
        told = [
            quote(name) + (f" (near: {', '.join(map(quote, near))})" if near else "")
            for name, near in list(answer.unknown_terms.items())[:_MOST_TOLD]
        ]
        response.headers["Mieco-Unknown-Terms"] = "; ".join(told)
    return response
