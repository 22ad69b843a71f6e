"""The page to write a query in, with its answer below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import Response, make_response, render_template
from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    parse_query_results,
)

from mieco.engine.base import JSON_RESULTS, TURTLE, Answer, Engine, Entailment, Query
from mieco.errors import MiecoError
from mieco.federation.services import ask_remotes
from mieco.stores import Row
from mieco.web.entailment import with_entailment
from mieco.web.problems import status_of
from mieco.web.protocol import cancellation, deadline, parameters
from mieco.web.reader import language
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.web.spool import read_up_to

# A page shows this much; more is for the download links.
_PAGE_BYTES = 4 << 20
_PAGE_ROWS = 1000
_PAGE_CELLS = 20_000


@dataclass(frozen=True, slots=True)
class _Result:
    """What the page shows: a table, a yes or no, a graph as Turtle, or that it is too long."""

    columns: Sequence[str] = ()
    rows: Sequence[Row] = ()
    labels: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    boolean: bool | None = None
    turtle: str | None = None
    cut: bool = False
    entailment: Entailment = "both"
    unknown_terms: Mapping[str, Sequence[str]] = field(default_factory=dict)


def query_page(query: Query | None) -> Response:
    """The page, with the answer to a query if there is one."""
    if query is None:
        return make_response(render_template("query.html", query=""))
    # What describes the query goes with it, into the form and the download links.
    names = ("default-graph-uri", "named-graph-uri", "timeout")
    carried = {n: parameters().getlist(n) for n in names if n in parameters()}
    seconds = deadline()
    try:
        remotes = ask_remotes(query.text, query.base, service().outside, seconds=seconds)
        asked = replace(query, solutions=JSON_RESULTS, graph=TURTLE, remotes=remotes)
        with reading(lasting=False) as (engine, _):
            answer = engine.query(asked, seconds=seconds, cancellation=cancellation())
            result = replace(
                _result(answer, engine, seconds),
                entailment=answer.entailment,
                unknown_terms=answer.unknown_terms,
            )
    except MiecoError as error:
        # The query stays on the page, to be mended.
        return make_response(
            render_template(
                "query.html",
                query=query.text,
                carried=carried,
                chosen=query.entailment,
                problem=error.message(language()),
                hint=error.advice(language()),
            ),
            status_of(error),
        )
    page = render_template(
        "query.html", query=query.text, carried=carried, chosen=query.entailment, result=result
    )
    return with_entailment(make_response(page), result.entailment)


def _result(answer: Answer, engine: Engine, seconds: float) -> _Result:
    body, cut = read_up_to(answer, _PAGE_BYTES)
    if answer.kind == "graph":
        return _Result(cut=True) if cut else _Result(turtle=body.decode())
    results = parse_query_results(body, format=QueryResultsFormat.JSON)
    if isinstance(results, QueryBoolean):
        return _Result(boolean=bool(results))
    return _table(results, engine, seconds)


def _table(results: QuerySolutions, engine: Engine, seconds: float) -> _Result:
    columns = [variable.value for variable in results.variables]
    most = min(_PAGE_ROWS, _PAGE_CELLS // max(1, len(columns)))
    rows: list[Row] = []
    cut = False
    try:
        for solution in results:
            if len(rows) >= most:
                cut = True
                break
            rows.append({c: term for c in columns if (term := solution[c]) is not None})
    except SyntaxError:
        cut = True  # the answer was not read to its end
    return _Result(columns, rows, _labels(rows, engine, seconds), cut=cut)


def _labels(rows: Sequence[Row], engine: Engine, seconds: float) -> dict[str, tuple[str, str]]:
    iris = {term.value for row in rows for term in row.values() if isinstance(term, NamedNode)}
    return engine.labels(sorted(iris), language(), seconds=seconds)
