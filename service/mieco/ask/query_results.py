"""What a page shows of the answer to a query that somebody wrote: rows with names, or yes or no.

A graph is rows as well, of subject, predicate and object.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from typing import Literal as OneOf

from pyoxigraph import (
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    parse,
    parse_query_results,
)

from mieco.ask.answers import Labels, shown
from mieco.ask.charts import date_columns, number_of, numeric_columns, period_of
from mieco.engine.base import JSON_RESULTS, TURTLE, Engine, Entailment, Kind, Query, read_up_to
from mieco.engine.cancellation import Cancellation
from mieco.errors import Language
from mieco.present.names import compact
from mieco.stores import Row, Term

# A page shows this much; more is for files.
MOST_ROWS = 5_000
_MOST_CELLS = 40_000
_MOST_BYTES = 4 << 20
_GRAPH_COLUMNS = ("subject", "predicate", "object")

ColumnKind = OneOf["number", "date", "thing", "text"]


@dataclass(frozen=True, slots=True)
class QueryResults:
    """The answer to a query, as much of it as a page shows.

    ``boolean`` is the answer to ASK; ``turtle`` the text of a graph that is here in full.
    ``complete`` is false if there is more than is given.  ``seconds`` is how long the engine
    took; ``unknown_terms`` are those of :class:`mieco.engine.base.Answer`.
    """

    kind: Kind
    language: Language
    columns: Sequence[str] = ()
    rows: Sequence[Row] = ()
    labels: Labels = field(default_factory=dict)
    boolean: bool | None = None
    turtle: str = ""
    complete: bool = True
    entailment: Entailment = "both"
    unknown_terms: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def kinds(self) -> dict[str, ColumnKind]:
        """What each column holds: in every row that has a value there, or else text."""
        numbers, dates = numeric_columns(self), date_columns(self)
        return {column: self._kind(column, numbers, dates) for column in self.columns}

    def _kind(self, column: str, numbers: frozenset[str], dates: frozenset[str]) -> ColumnKind:
        # A year is a number and a date; it is a number of nothing.
        if column in dates:
            return "date"
        if column in numbers:
            return "number"
        terms = [row[column] for row in self.rows if column in row]
        return "thing" if terms and all(isinstance(t, NamedNode) for t in terms) else "text"


def read_results(
    engine: Engine,
    query: Query,
    language: Language,
    *,
    seconds: float,
    cancellation: Cancellation | None = None,
) -> QueryResults:
    """The answer to a query.  Raises what the engine raises."""
    asked = replace(query, solutions=JSON_RESULTS, graph=TURTLE)
    began = time.perf_counter()
    answer = engine.query(asked, seconds=seconds, cancellation=cancellation)
    body, cut = read_up_to(answer, _MOST_BYTES)
    took = time.perf_counter() - began
    if answer.kind == "graph":
        read = _graph(body, cut=cut, language=language)
    else:
        read = _solutions(body, answer.kind, language)
    iris = {t.value for row in read.rows for t in row.values() if isinstance(t, NamedNode)}
    return replace(
        read,
        labels=engine.labels(sorted(iris), language, seconds=seconds) if iris else {},
        entailment=answer.entailment,
        unknown_terms=answer.unknown_terms,
        seconds=took,
    )


def _solutions(body: bytes, kind: Kind, language: Language) -> QueryResults:
    results = parse_query_results(body, format=QueryResultsFormat.JSON)
    if isinstance(results, QueryBoolean):
        return QueryResults(kind, language, boolean=bool(results))
    assert isinstance(results, QuerySolutions)  # noqa: S101 (the format has no third kind)
    columns = [variable.value for variable in results.variables]
    solutions = (
        {c: term for c in columns if (term := solution[c]) is not None} for solution in results
    )
    rows, complete = _first(solutions, len(columns))
    return QueryResults(kind, language, columns, rows, complete=complete)


def _graph(body: bytes, *, cut: bool, language: Language) -> QueryResults:
    triples: Iterable[Row] = (
        dict(zip(_GRAPH_COLUMNS, (t.subject, t.predicate, t.object), strict=True))
        for t in parse(body, format=RdfFormat.TURTLE)
    )
    rows, complete = _first(triples, len(_GRAPH_COLUMNS))
    turtle = "" if cut else body.decode()
    columns = _GRAPH_COLUMNS if rows else ()
    return QueryResults(
        "graph", language, columns, rows, turtle=turtle, complete=complete and not cut
    )


def _first(rows: Iterable[Row], width: int) -> tuple[list[Row], bool]:
    """As many rows as a page shows, and whether these are all."""
    most = min(MOST_ROWS, _MOST_CELLS // max(1, width))
    found: list[Row] = []
    try:
        for row in rows:
            if len(found) == most:
                return found, False
            found.append(row)
    except SyntaxError:
        return found, False  # the answer was not read to its end
    return found, True


def results_as_data(results: QueryResults, href: Callable[[str], str]) -> dict[str, Any]:
    """The rows for a script that draws them: each term once, the cells as places of terms.

    A term has ``text`` as readers see it, ``full`` as the data have it where that differs, ``lang``
    where that is not the reader's language, ``href`` where there is a page, ``iri`` if it is one,
    ``number`` and ``period`` (first and last day) where it is such.
    """
    places: dict[Term, int] = {}
    rows = [
        [places.setdefault(row[c], len(places)) if c in row else None for c in results.columns]
        for row in results.rows
    ]
    return {
        "columns": [{"name": name, "kind": kind} for name, kind in results.kinds.items()],
        "terms": [_term_as_data(term, results, href) for term in places],
        "rows": rows,
        "graph": results.kind == "graph",
    }


def _term_as_data(term: Term, results: QueryResults, href: Callable[[str], str]) -> dict[str, Any]:
    text = shown(term, results.labels, results.language)
    told: dict[str, Any] = {"text": text}
    if isinstance(term, NamedNode):
        iri = term.value
        short = compact(iri)
        told |= {"iri": iri} | ({"full": short} if short != text else {})
        if iri in results.labels or short != iri:
            told["href"] = href(iri)
        tag = results.labels[iri][1] if iri in results.labels else ""
    elif isinstance(term, Literal):
        tag = term.language or ""
        if text != term.value:
            told["full"] = term.value
        if (number := number_of(term)) is not None:
            told["number"] = number
        if (period := period_of(term.value)) is not None:
            told["period"] = period
    else:
        tag, told["text"] = "", str(term)
    if tag and tag != results.language:
        told["lang"] = tag
    return told
