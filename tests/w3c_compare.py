"""Answers as rows of terms, and when two of them are the same.

The solutions of a SELECT are rows, and so are the triples of a graph and the quads of a
dataset: one comparison, up to the names of blank nodes, serves all three.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from pyoxigraph import (
    BlankNode,
    Literal,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    parse,
    parse_query_results,
)

from conftest import Reply
from w3c_manifest import Description, Term, named, quads_of, read

Row = tuple[Hashable, ...]
Colours = dict[BlankNode, int]

_XSD = "http://www.w3.org/2001/XMLSchema#"
_INTEGERS = (
    *("integer", "int", "long", "short", "byte", "nonNegativeInteger", "nonPositiveInteger"),
    *("positiveInteger", "negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort"),
    "unsignedByte",
)
# Three ways to write UTC.
_UTC = (re.compile(r".*(Z|[+-]00:00)"), lambda form: re.sub(r"(Z|[+-]00:00)$", "Z", form))
_FLOAT = (re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF"), float)
# The valid lexical forms of a datatype, and the value that each denotes (XSD 1.1 Part 2).
_VALUES: Mapping[str, tuple[re.Pattern[str], Callable[[str], Hashable]]] = {
    **{_XSD + name: (re.compile(r"[+-]?\d+"), int) for name in _INTEGERS},
    _XSD + "decimal": (re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)"), Decimal),
    _XSD + "double": _FLOAT,
    _XSD + "float": _FLOAT,
    **{_XSD + name: _UTC for name in ("date", "time", "dateTime")},
    _XSD + "boolean": (re.compile(r"true|false|0|1"), lambda form: form in {"true", "1"}),
}


@dataclass(frozen=True)
class Answer:
    """What a query answers: rows in or without an order, under names; or a yes or no."""

    rows: tuple[Row, ...] = ()
    columns: frozenset[str] = frozenset()
    is_ordered: bool = False
    boolean: bool | None = None

    def in_order(self) -> Answer:
        return replace(self, is_ordered=True)

    def agrees_with(self, other: Answer, *, is_lax: bool) -> bool:
        """Is the other what this one expects?

        With ``is_lax``, a solution may come fewer times than expected, but not never: the
        cardinality of REDUCED (SPARQL 1.1 Query §15.3).
        """
        if (self.columns, self.boolean) != (other.columns, other.boolean):
            return False
        if is_lax:
            fewer = len(other.rows) <= len(self.rows)
            return fewer and same_rows(set(self.rows), set(other.rows))
        if self.is_ordered:
            return same_rows(_numbered(self.rows), _numbered(other.rows))
        return same_rows(self.rows, other.rows)


def _numbered(rows: Iterable[Row]) -> list[Row]:
    return [(number, *row) for number, row in enumerate(rows)]


def key(term: Term | None) -> Hashable:
    """What a term denotes: two literals of one datatype and value are the same."""
    if isinstance(term, Literal) and term.datatype.value in _VALUES:
        pattern, value = _VALUES[term.datatype.value]
        if pattern.fullmatch(term.value):
            # A value of a datatype derived from xsd:integer is that very integer (XSD 1.1
            # Part 2 §2.4.1); the engine keeps the value and not the derived type.
            derived = term.datatype.value.removeprefix(_XSD) in _INTEGERS
            return "integer" if derived else term.datatype, value(term.value)
    return term


def quad_rows(quads: Iterable[Quad]) -> set[Row]:
    """The rows of a dataset; a graph is one whose graph name never varies."""
    return {(q.graph_name, q.subject, q.predicate, key(q.object)) for q in quads}


def expected_answer(iri: str) -> Answer:
    """The answer in a file of the suites."""
    form = iri.rpartition(".")[2]
    if form == "csv":
        return _csv(read(iri))
    if form in {"srx", "srj", "tsv"}:
        return _results(read(iri), {"srx": "xml", "srj": "json"}.get(form, form))
    quads = list(quads_of(iri))
    result = Description(quads)
    for result_set in result.subjects("rdf:type", named("rs:ResultSet")):
        return _result_set(result, result_set)
    return Answer(tuple(quad_rows(quads)))


def given_answer(reply: Reply) -> Answer:
    """The answer in a response of the service."""
    media_type = reply.headers.get_content_type()
    if media_type == "text/csv":
        return _csv(reply.text)
    if (form := QueryResultsFormat.from_media_type(media_type)) is not None:
        return _results(reply.text, form.file_extension)
    form = RdfFormat.from_media_type(media_type)
    return Answer(tuple(quad_rows(parse(reply.body, format=form))))


def _results(text: str, form: str) -> Answer:
    results = parse_query_results(text, format=QueryResultsFormat.from_extension(form))
    if isinstance(results, QueryBoolean):
        return Answer(boolean=bool(results))
    return _solutions(results)


def _solutions(results: QuerySolutions) -> Answer:
    names = sorted(variable.value for variable in results.variables)
    rows = tuple(tuple(key(solution[name]) for name in names) for solution in results)
    return Answer(rows, frozenset(names))


def _csv(text: str) -> Answer:
    """CSV says no more of a term than its text; only blank nodes can be told apart."""
    head, *lines = csv.reader(io.StringIO(text))
    order = sorted(range(len(head)), key=head.__getitem__)
    rows = tuple(tuple(_csv_term(line[column]) for column in order) for line in lines)
    return Answer(rows, frozenset(head))


def _csv_term(text: str) -> Hashable:
    return BlankNode(text.removeprefix("_:")) if text.startswith("_:") else text


def _result_set(result: Description, result_set: Term) -> Answer:
    """A result set in RDF, as the SPARQL 1.0 suite has them."""
    boolean = result.value(result_set, "rs:boolean")
    if boolean:
        return Answer(boolean=boolean == "true")
    names = sorted(result.values(result_set, "rs:resultVariable"))
    solutions = result.all(result_set, "rs:solution")
    is_ordered = any(result.value(solution, "rs:index") for solution in solutions)
    if is_ordered:
        solutions = sorted(solutions, key=lambda s: int(result.value(s, "rs:index")))
    rows = []
    for solution in solutions:
        bindings = {
            result.value(binding, "rs:variable"): result.one(binding, "rs:value")
            for binding in result.all(solution, "rs:binding")
        }
        rows.append(tuple(key(bindings.get(name)) for name in names))
    return Answer(tuple(rows), frozenset(names), is_ordered)


def same_rows(one: Iterable[Row], other: Iterable[Row]) -> bool:
    """Are two multisets of rows the same but for the names of their blank nodes?"""
    left, right = Counter(one), Counter(other)
    return _match(left, right, _plain(left), _plain(right))


def _plain(rows: Iterable[Row]) -> Colours:
    return {term: 0 for row in rows for term in row if isinstance(term, BlankNode)}


def _match(left: Counter[Row], right: Counter[Row], ours: Colours, theirs: Colours) -> bool:
    """Is there a bijection between blank nodes of the same colour?

    Colours are refined until they say no more.  Where several nodes still share one, one of
    them is paired with each of its counterparts in turn.
    """
    ours, theirs = _refined(left, ours), _refined(right, theirs)
    if Counter(ours.values()) != Counter(theirs.values()):
        return False
    shared = [colour for colour, count in Counter(ours.values()).items() if count > 1]
    if not shared:
        return _coloured(left, ours) == _coloured(right, theirs)
    node = next(node for node, colour in ours.items() if colour == shared[0])
    own = hash(("paired", shared[0]))
    return any(
        _match(left, right, {**ours, node: own}, {**theirs, candidate: own})
        for candidate, colour in theirs.items()
        if colour == shared[0]
    )


def _refined(rows: Counter[Row], colours: Colours) -> Colours:
    """Each blank node coloured by the rows that it stands in, as far as that goes."""
    while True:
        seen: dict[BlankNode, list[int]] = defaultdict(list)
        for row, count in rows.items():
            look = tuple(colours.get(term, term) for term in row)
            for place, term in enumerate(row):
                if isinstance(term, BlankNode):
                    seen[term].append(hash((place, count, look)))
        finer = {node: hash((colours[node], *sorted(looks))) for node, looks in seen.items()}
        if len(set(finer.values())) == len(set(colours.values())):
            return finer
        colours = finer


def _coloured(rows: Counter[Row], colours: Colours) -> Counter[Row]:
    painted: Counter[Row] = Counter()
    for row, count in rows.items():
        painted[tuple(colours.get(term, term) for term in row)] += count
    return painted
