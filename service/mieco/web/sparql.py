"""``/sparql``: queries by the SPARQL 1.1 Protocol, and a page to write them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, Response, make_response, render_template, request
from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    parse_query_results,
)

from mieco.engine.base import JSON_RESULTS, TURTLE, Answer, Engine, Query, Row
from mieco.errors import (
    BadRequest,
    MiecoError,
    NotAcceptable,
    RequestTooLarge,
    Text,
    UnsupportedMediaType,
)
from mieco.present.formats import (
    GRAPH_FORMATS,
    HTML,
    SOLUTION_FORMATS,
    Format,
    by_name,
    names,
    negotiate,
)
from mieco.web.problems import status_of
from mieco.web.protocol import FORM, absolute, text_of_body
from mieco.web.reader import language
from mieco.web.service import service
from mieco.web.spool import read_up_to, respond

blueprint = Blueprint("sparql", __name__)

_DIRECT = "application/sparql-query"
# A page shows this much; more is for the download links.
_PAGE_BYTES = 4 << 20
_PAGE_ROWS = 1000


@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    solutions, graph = _formats()
    if request.method == "GET" and "query" not in request.args and solutions is HTML:
        return make_response(render_template("query.html", query=""))
    query = _query()
    if solutions is HTML:
        return _page(query)
    with service().engine.use() as (engine, _):
        answer = engine.query(
            replace(
                query,
                solutions=solutions.media_type if solutions else None,
                graph=graph.media_type if graph else None,
            ),
            seconds=service().settings.timeout,
        )
        chosen = graph if answer.kind == "graph" else solutions
        return respond(
            answer,
            chosen.content_type if chosen else answer.media_type,
            service().settings.max_answer,
        )


def _formats() -> tuple[Format | None, Format | None]:
    """The formats for solutions and for graphs; HTML stands for the page with either."""
    if name := request.values.get("format"):
        solutions, graph = by_name(name, (*SOLUTION_FORMATS, HTML)), by_name(name, GRAPH_FORMATS)
    else:
        accept = request.headers.get("Accept")
        solutions = negotiate(accept, (*SOLUTION_FORMATS, HTML))
        graph = negotiate(accept, GRAPH_FORMATS)
    if solutions is None and graph is None:
        raise NotAcceptable(offered=names((*SOLUTION_FORMATS, *GRAPH_FORMATS)))
    return solutions, graph


def _query() -> Query:
    """The query operation (SPARQL 1.1 Protocol §2.1): by GET, by form, or direct."""
    parameters = request.args
    if request.method == "POST" and request.mimetype == _DIRECT:
        texts = [text_of_body()]
    elif request.method == "POST" and request.mimetype == FORM:
        parameters = request.form
        texts = request.form.getlist("query")
    elif request.method == "POST":
        raise UnsupportedMediaType(given=request.mimetype or "—", offered=f"{FORM}, {_DIRECT}")
    else:
        texts = request.args.getlist("query")
    if len(texts) != 1:
        raise BadRequest(
            reason=Text("应有且只有一个 query 参数", "there must be exactly one 'query' parameter")
        )
    limit = service().settings.max_query
    if len(texts[0].encode()) > limit * 1024:
        raise RequestTooLarge(kilobytes=limit)
    default_graphs = absolute(parameters.getlist("default-graph-uri"))
    named_graphs = absolute(parameters.getlist("named-graph-uri"))
    if not default_graphs and not named_graphs:
        return Query(texts[0], foreign=True)
    # A dataset described by the request has no graph that the request does not name (§2.1.4).
    return Query(texts[0], default_graphs=default_graphs, named_graphs=named_graphs, foreign=True)


@dataclass(frozen=True, slots=True)
class _Result:
    """What the page shows: a table, a yes or no, a graph as Turtle, or that it is too long."""

    columns: Sequence[str] = ()
    rows: Sequence[Row] = ()
    labels: dict[str, tuple[str, str]] | None = None
    boolean: bool | None = None
    turtle: str | None = None
    cut: bool = False


def _page(query: Query) -> Response:
    seconds = service().settings.timeout
    try:
        with service().engine.use() as (engine, _):
            answer = engine.query(
                replace(query, solutions=JSON_RESULTS, graph=TURTLE), seconds=seconds
            )
            result = _result(answer, engine, seconds)
    except MiecoError as error:
        # The query stays on the page, to be mended.
        return make_response(
            render_template(
                "query.html",
                query=query.text,
                problem=error.message(language()),
                hint=error.advice(language()),
            ),
            status_of(error),
        )
    return make_response(render_template("query.html", query=query.text, result=result))


def _result(answer: Answer, engine: Engine, seconds: float) -> _Result:
    body = read_up_to(answer, _PAGE_BYTES)
    if body is None:
        return _Result(cut=True)
    if answer.kind == "graph":
        return _Result(turtle=body.decode())
    results = parse_query_results(body, format=QueryResultsFormat.JSON)
    if isinstance(results, QueryBoolean):
        return _Result(boolean=bool(results))
    return _table(results, engine, seconds)


def _table(results: QuerySolutions, engine: Engine, seconds: float) -> _Result:
    columns = [variable.value for variable in results.variables]
    rows: list[Row] = []
    for solution in results:
        if len(rows) == _PAGE_ROWS:
            return _Result(columns, rows, _labels(rows, engine, seconds), cut=True)
        rows.append({c: term for c in columns if (term := solution[c]) is not None})
    return _Result(columns, rows, _labels(rows, engine, seconds))


def _labels(rows: Sequence[Row], engine: Engine, seconds: float) -> dict[str, tuple[str, str]]:
    iris = {term.value for row in rows for term in row.values() if isinstance(term, NamedNode)}
    return engine.labels(sorted(iris), language(), seconds=seconds)
