"""The seam between those who ask and those who evaluate: queries in, answers out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO, Protocol, cast, get_args
from typing import Literal as OneOf

from pyoxigraph import (
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    Triple,
    parse_query_results,
)

from mieco.engine.cancellation import Cancellation
from mieco.errors import Language, Text
from mieco.stores import Row, Term, as_rows

Kind = OneOf["solutions", "boolean", "graph", "explanation"]
# Which facts a query sees: those that somebody asserts, those that follow from them, or both.
Entailment = OneOf["asserted", "inferred", "both"]
ENTAILMENTS: tuple[Entailment, ...] = get_args(Entailment)

JSON_RESULTS = "application/sparql-results+json"
TURTLE = "text/turtle"


@dataclass(frozen=True, slots=True)
class Remote:
    """What a SERVICE endpoint answered: SPARQL results and their media type, or an error.

    ``refused`` if it was not asked at all, because that is not allowed.
    """

    body: str = ""
    media_type: str = ""
    error: Text | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A SPARQL query and how its answer is to be written.

    ``bindings`` are terms that take the place of variables before evaluation
    (RDF-dev SEP-0007); ``values`` are the terms that a variable of the outermost group may
    have, as a VALUES clause after the text says it (SPARQL 1.1 §10.2.1).

    ``default_graphs`` and ``named_graphs`` describe the dataset (SPARQL 1.1 Protocol §2.1.4);
    ``None`` leaves it to the query and the release.
    ``entailment`` chooses the facts instead; it cannot stand beside graphs that are named.
    ``solutions`` and ``graph`` are the media types for SELECT and ASK, and for
    CONSTRUCT and DESCRIBE; ``None`` means that the asker accepts no such answer.

    A ``foreign`` query comes from outside: it sees the default graph that the service is
    set to, and never holds the last free worker.  The service's own queries always see
    the merged default graph.  ``base`` is what relative IRIs are resolved against where the
    text has no BASE of its own (SPARQL 1.1 §4.1.1.2).  ``remotes`` holds what other endpoints
    answered, by the place of the SERVICE clause in the text (:mod:`mieco.engine.service`).
    Without ``rewrite`` the text is evaluated as it is (:mod:`mieco.engine.rewriting`); with
    ``explain`` the answer is JSON that tells how it was evaluated, and how long that took.
    """

    text: str
    bindings: Mapping[str, Term] = field(default_factory=dict)
    values: Mapping[str, Sequence[Term]] = field(default_factory=dict)
    default_graphs: Sequence[str] | None = None
    named_graphs: Sequence[str] | None = None
    entailment: Entailment | None = None
    solutions: str | None = JSON_RESULTS
    graph: str | None = TURTLE
    foreign: bool = False
    base: str | None = None
    remotes: Mapping[int, Remote] = field(default_factory=dict)
    rewrite: bool = True
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer on its way: its kind, its media type, its bytes.

    Whoever takes it must exhaust ``chunks`` or call ``close``; until then a worker
    is held.  ``entailment`` says which facts it rests on.  ``unknown_terms`` are the terms
    of our own namespace in the query that the ontology does not have, each with those that
    are spelt like it.
    """

    kind: Kind
    media_type: str
    chunks: Iterator[bytes]
    close: Callable[[], None]
    entailment: Entailment
    unknown_terms: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def read(self) -> bytes:
        """All bytes; the worker is free afterwards."""
        try:
            return b"".join(self.chunks)
        finally:
            self.close()


class Engine(Protocol):
    """Evaluates SPARQL against one release."""

    def query(
        self, query: Query, *, seconds: float, cancellation: Cancellation | None = None
    ) -> Answer:
        """The answer to a query, within a deadline.

        A cancelled one ends at once.  Raises QuerySyntaxError, QueryRefused, NotAcceptable,
        DeadlineExceeded, Overloaded, Abandoned or WorkerLost; iterating the answer may
        raise the last four too.
        """

    def labels(
        self, iris: Sequence[str], language: Language, *, seconds: float
    ) -> dict[str, tuple[str, str]]:
        """IRI → (label, its language tag), for those IRIs that have one.

        The asked language is preferred, then Chinese, English, any other.
        """

    def alive(self) -> bool:
        """False once the engine cannot answer any more and must be opened anew."""

    def close(self) -> None:
        """Ends every process of this engine."""


def select(
    engine: Engine, text: str, bindings: Mapping[str, Term] | None = None, *, seconds: float
) -> list[Row]:
    """The rows of a SELECT query; unbound variables are absent from a row."""
    return rows_in(engine.query(Query(text, bindings or {}), seconds=seconds))


def rows_in(answer: Answer) -> list[Row]:
    """The rows of an answer to a SELECT query in the JSON format."""
    return as_rows(parse_query_results(answer.read(), format=QueryResultsFormat.JSON))


def first_rows(answer: Answer, most: int) -> tuple[list[Row], bool]:
    """The first rows of an answer in the JSON format, and whether these are all."""
    try:
        results = parse_query_results(
            cast("IO[bytes]", Pieces(answer.chunks)), format=QueryResultsFormat.JSON
        )
        if not isinstance(results, QuerySolutions):
            raise TypeError("only a SELECT query has rows")
        names = [variable.value for variable in results.variables]
        rows: list[Row] = []
        for solution in results:
            if len(rows) == most:
                return rows, False
            rows.append({name: term for name in names if (term := solution[name]) is not None})
        return rows, True
    finally:
        answer.close()


def read_up_to(answer: Answer, limit: int) -> tuple[bytes, bool]:
    """The first bytes of an answer, about ``limit`` of them, and whether there are more."""
    body = bytearray()
    try:
        for piece in answer.chunks:
            body += piece
            if len(body) > limit:
                return bytes(body), True
    finally:
        answer.close()
    return bytes(body), False


class Pieces:
    """The pieces of an answer as a file to read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def read(self, size: int) -> bytes:
        """So many bytes at most; none at the end."""
        if not self._rest:
            self._rest = next(self._pieces, b"")
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def text_of(term: Term) -> str:
    """A term's IRI or lexical form, for readers."""
    return str(term) if isinstance(term, Triple) else term.value


def to_wire(term: Term) -> dict[str, str]:
    """A term as in SPARQL 1.1 Query Results JSON §3.2.2."""
    match term:
        case NamedNode():
            return {"type": "uri", "value": term.value}
        case Literal() if term.language:
            return {"type": "literal", "value": term.value, "xml:lang": term.language}
        case Literal():
            return {"type": "literal", "value": term.value, "datatype": term.datatype.value}
    raise TypeError(f"{term} cannot be bound")


def from_wire(term: Mapping[str, str]) -> NamedNode | Literal:
    """The inverse of :func:`to_wire`."""
    if term["type"] == "uri":
        return NamedNode(term["value"])
    if "xml:lang" in term:
        return Literal(term["value"], language=term["xml:lang"])
    return Literal(term["value"], datatype=NamedNode(term["datatype"]))


def job_of(query: Query) -> bytes:
    """A query as the worker reads it."""
    return json.dumps(
        {
            "text": query.text,
            "base": query.base,
            "bindings": {name: to_wire(term) for name, term in query.bindings.items()},
            "values": {
                name: [to_wire(term) for term in terms] for name, terms in query.values.items()
            },
            "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs,
            "entailment": query.entailment,
            "solutions": query.solutions,
            "graph": query.graph,
            "foreign": query.foreign,
            "rewrite": query.rewrite,
            "explain": query.explain,
            "remotes": {
                start: {
                    "body": r.body,
                    "media_type": r.media_type,
                    "error": r.error and asdict(r.error),
                    "refused": r.refused,
                }
                for start, r in query.remotes.items()
            },
        }
    ).encode()
