"""Rewritten queries give the answers of the original ones."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, QuerySolutions, Store, Variable

from conftest import BEARER, UPDATE, Server, running
from mieco.engine.rewriting import Sizes, begun, rewritten

EX = "http://e/"
PREFIX = f"PREFIX : <{EX}> "
RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
# Whatever is equivalent is rewritten: no pattern is too small a part of the data.
ALL = Sizes(10**6, {f"{EX}{p}": 10**6 for p in "pqr"}, {f"{EX}{c}": 10**6 for c in "aCD"})
# One property is rarer by far.
RARE = replace(ALL, properties={**ALL.properties, f"{EX}q": 10})
NAMES = st.sampled_from("abcd")
DEPTH = 2
GRAPHS = st.sampled_from([None, "g", "h"])

triples = st.lists(
    st.tuples(NAMES, st.sampled_from("pqr"), NAMES, GRAPHS), min_size=12, max_size=40
)
terms = st.sampled_from(["?x", "?y", "?z", "?w", ":a", ":b"])
predicates = st.sampled_from(
    [":p", ":q", ":r", ":p|:q", "^:p", ":p/:q", ":r+", ":q*", ":q?", "!:p", "!(:q|^:r)"]
)
pattern = st.builds("{} {} {} .".format, terms, predicates, terms)
bgp = st.lists(pattern, min_size=1, max_size=2).map(" ".join)
comparison = st.builds("FILTER({} {} {})".format, terms, st.sampled_from(["=", "!="]), terms)
chosen = st.sampled_from(
    [
        "VALUES ?x { :a :b :a }",
        "VALUES (?x ?y) { (:a :b) (:c :b) (:c :c) }",
        "VALUES (?x ?y) { (UNDEF :b) }",
        "FILTER(?x = :a)",
        "FILTER(:b = ?y && ?x != :a)",
        "FILTER(?x IN (:a, :c))",
    ]
)


@st.composite
def group(draw: st.DrawFn, depth: int = DEPTH) -> str:
    """The inside of a group: patterns, filters, negations and whatever may stand around them.

    Negations only in the outermost one: the engine lets those in a part of a group see variables
    of the other parts.
    """
    inside = [draw(bgp)]
    for kind in draw(st.lists(st.sampled_from(range(0 if depth == DEPTH else 3, 12)), max_size=3)):
        inner = draw(group(depth - 1)) if depth else draw(bgp)
        inside.append(
            [
                f"FILTER NOT EXISTS {{ {inner} }}",
                f"FILTER NOT EXISTS {{ {draw(bgp)} {draw(comparison)} }} .",
                f"FILTER(NOT EXISTS {{ {inner} }})",
                f"OPTIONAL {{ {inner} }}",
                f"{{ {inner} }} UNION {{ {draw(bgp)} }}",
                f"GRAPH {draw(st.sampled_from([':g', '?g']))} {{ {inner} }}",
                f"MINUS {{ {inner} }}",
                f"{{ SELECT ?x ?y {{ {inner} }} }}",
                f"{{ SELECT ?x (COUNT(*) AS ?n) {{ {inner} }} GROUP BY ?x }}",
                f"BIND({draw(terms)} AS ?new)",
                draw(chosen),
                draw(bgp),
            ][kind]
        )
    order = draw(st.permutations(inside))
    return " ".join(order)


def store_of(rows: Sequence[tuple[str, str, str, str | None]]) -> Store:
    def node(name: str) -> NamedNode:
        return NamedNode(EX + name)

    store = Store()
    store.extend(Quad(node(s), node(p), node(o), node(g) if g else None) for s, p, o, g in rows)
    return store


def answers(store: Store, query: str, terms: Mapping[str, str] | None = None) -> Counter[str]:
    given = {Variable(name): NamedNode(iri[1:-1]) for name, iri in (terms or {}).items()}
    try:
        found = store.query(query, substitutions=given)
    except (SyntaxError, RuntimeError):  # ?new is bound twice, ?x nowhere
        return Counter()
    assert isinstance(found, QuerySolutions)
    names = sorted(variable.value for variable in found.variables)
    return Counter(str([str(row[name]) for name in names]) for row in found)


wheres = st.sampled_from(
    [
        "SELECT * {{ {} }}",
        "SELECT * {{ {} }} VALUES ?x {{ :a :c }}",
        "SELECT * {{ {} }} VALUES (?y ?x) {{ (:a :b) (:b :c) (:b :c) }}",
        "SELECT ?x (COUNT(*) AS ?number) {{ {} }} GROUP BY ?x VALUES ?x {{ :b :c }}",
        "SELECT (COUNT(?x) AS ?number) {{ {} }} VALUES ?x {{ :a }}",
    ]
)
# What stands between the tokens of a query.
spaces = st.sampled_from([" ", " # } FILTER(?x = :c)\n"])


@settings(max_examples=200, deadline=None)
@given(triples, group(), wheres, spaces, st.sampled_from([ALL, RARE]))
def test_a_rewritten_query_gives_the_same(
    rows: list[tuple[str, str, str, str | None]], inside: str, where: str, space: str, sizes: Sizes
) -> None:
    query = (PREFIX + where.format(inside)).replace(" ", space)
    other = rewritten(query, sizes)
    if other.done and not ("EXISTS" in inside and "VALUES" in where):
        store = store_of(rows)
        assert answers(store, other.text) == answers(store, query)


@settings(max_examples=100, deadline=None)
@given(triples, group(), st.sampled_from(["SELECT *", "SELECT DISTINCT ?x ?y"]))
def test_a_query_that_begins_with_its_terms_gives_the_same(
    rows: list[tuple[str, str, str, str | None]], inside: str, start: str
) -> None:
    query = f"{PREFIX}{start} {{ {inside} }}"
    terms = {"x": f"<{EX}a>", "y": f"<{EX}b>"} if "?y" in inside else {"x": f"<{EX}a>"}
    other = begun(query, terms)
    if other.done and "?x" in inside:
        store = store_of(rows)
        assert answers(store, other.text, terms) == answers(store, query, terms)


common = st.builds(
    "{} {} {} .".format,
    st.sampled_from(["?x", "?y", "[]"]),
    st.sampled_from([":p", ":r", "^:p", ":p|:r", ":r+", ":p/:q", ":r*"]),
    st.sampled_from(["?x", "?z", ":a", ":b", "[ :q ?z ]"]),
)
rares = st.sampled_from(["?x :q ?y", "?y :q* :b", "?y :q+ :b", ":a :q* ?x", "?x :q* :nowhere"])


@settings(max_examples=100, deadline=None)
@given(
    triples,
    st.lists(common, min_size=1, max_size=3),
    rares,
    st.sampled_from(["", "OPTIONAL", "MINUS"]),
)
def test_beginning_with_the_rarest_gives_the_same(
    rows: list[tuple[str, str, str, str | None]], patterns: list[str], rare: str, kind: str
) -> None:
    inside = f"?x a :a . {' '.join(patterns)} {rare} {kind} {{ ?y :p :a ; :q ?new }}"
    query = f"{PREFIX}SELECT * {{ {inside} }}"
    other = rewritten(query, RARE)
    if other.done:
        store = store_of(rows)
        for quad in store.quads_for_pattern(None, NamedNode(f"{EX}r"), None):
            store.add(Quad(quad.subject, RDF_TYPE, NamedNode(f"{EX}a"), quad.graph_name))
        assert answers(store, other.text) == answers(store, query)


sorts = st.lists(
    st.sampled_from(["?x", "DESC(?y)", "?z", "?w", "DESC(?x)"]), min_size=1, max_size=3
)
things = st.sampled_from(
    [
        "?x :p :a .",
        "?x :p ?y .",
        "?x :p ?y . ?y :r ?w .",
        "?x :p/:q ?y FILTER(?x != :b)",
        ":a :p ?x",
    ]
)


@settings(max_examples=100, deadline=None)
@given(triples, things, sorts, st.integers(1, 4), st.integers(0, 3), bgp)
def test_a_page_chosen_first_is_the_same(
    rows: list[tuple[str, str, str, str | None]],
    thing: str,
    keys: list[str],
    limit: int,
    offset: int,
    more: str,
) -> None:
    """Of rows that the keys do not tell apart either may be chosen: only keys are looked at."""
    names = " ".join({key.removeprefix("DESC(").rstrip(")") for key in keys})
    inside = f"{thing} OPTIONAL {{ ?x :r ?z }} OPTIONAL {{ {more} }}"
    end = f"ORDER BY {' '.join(keys)} LIMIT {limit} OFFSET {offset}"
    query = f"{PREFIX}SELECT {names} {{ {inside} }} {end}"
    other = rewritten(query, ALL)
    if other.done:
        store = store_of(rows)
        assert answers(store, other.text) == answers(store, query)


head = st.sampled_from(
    [
        "SELECT (COUNT(*) AS ?n)",
        "SELECT (COUNT(?s) AS ?n)",
        "SELECT (count(?o) AS ?s)",
        "SELECT (COUNT(DISTINCT ?p) AS ?n)",
        "SELECT ?p (COUNT(*) AS ?n)",
        "SELECT (COUNT(?s) AS ?n) ?o",
        "SELECT ?g (COUNT(*) AS ?n)",
        "SELECT DISTINCT ?p",
        "SELECT DISTINCT ?o",
        "SELECT DISTINCT ?g",
        "SELECT ?p",
    ]
)
counted = st.sampled_from(
    [
        "?s ?p ?o",
        "?s a ?o",
        "?s a :a .",
        "?s a :nothing",
        "?s :p ?o",
        "?s :q ?s",
        "?s :p :a",
        "?s ?p ?p",
        "?s ?p ?o . ?s ?p ?o",
        "?s ?p ?o FILTER(?o != :a)",
        "GRAPH ?g { ?s ?p ?o }",
        "GRAPH ?g { ?s :p ?o }",
        "GRAPH :g { ?s ?p ?o }",
    ]
)
grouping = st.sampled_from(["", "GROUP BY ?p", "GROUP BY ?o", "GROUP BY ?g", "GROUP BY (?o AS ?p)"])
ordering = st.sampled_from(
    ["", "ORDER BY DESC(?n) ?p ?o ?g", "ORDER BY COUNT(?s)", "HAVING(COUNT(*) > 1)", "LIMIT 1000"]
)
typed = st.lists(
    st.tuples(NAMES, st.sampled_from(["p", "q", "type"]), NAMES, GRAPHS), min_size=1, max_size=24
)


def sizes_of(store: Store) -> Sizes:
    """The numbers, counted in Python."""
    default = [quad for quad in store if not isinstance(quad.graph_name, NamedNode)]
    graphs = Counter(q.graph_name.value for q in store if isinstance(q.graph_name, NamedNode))
    classes = Counter(str(q.object)[1:-1] for q in default if q.predicate == RDF_TYPE)
    properties = Counter(quad.predicate.value for quad in default)
    return Sizes(len(default), properties, classes, graphs, exact=True)


@settings(max_examples=400, deadline=None)
@given(typed, head, counted, grouping, ordering)
def test_what_is_counted_already_is_what_counting_gives(
    rows: list[tuple[str, str, str, str | None]], start: str, inside: str, group_by: str, end: str
) -> None:
    store = store_of(rows)
    for quad in list(store):
        if quad.predicate.value == EX + "type":
            store.add(Quad(quad.subject, RDF_TYPE, quad.object, quad.graph_name))
    query = f"{PREFIX}{start} WHERE {{ {inside} }} {group_by} {end}"
    other = rewritten(query, sizes_of(store))
    if other.done:
        assert answers(store, other.text) == answers(store, query)


MIECO = "PREFIX mieco: <https://w3id.org/mieco/ontology#> "
ASKED = {
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }": "statistics",
    "SELECT ?c (COUNT(?s) AS ?n) { ?s a ?c } GROUP BY ?c": "statistics",
    "SELECT ?p (COUNT(*) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?p": "statistics",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g": "statistics",
    "SELECT DISTINCT ?p { ?s ?p ?o }": "statistics",
    "SELECT (COUNT(*) AS ?n) { ?s a ?c }": "statistics",
    "SELECT DISTINCT ?c { ?s a ?c }": "statistics",
    "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }": None,
    MIECO + "SELECT (COUNT(*) AS ?n) { ?s a mieco:Record }": "statistics",
    MIECO + "SELECT (COUNT(*) AS ?n) { ?s mieco:hasMember ?o }": "statistics",
    MIECO + "SELECT ?s { ?s a mieco:Record FILTER NOT EXISTS { ?s mieco:note ?n } }": "minus",
    MIECO + "SELECT ?s { ?s a mieco:Actor FILTER NOT EXISTS { ?c mieco:ledBy ?s } }": "minus",
    MIECO
    + "SELECT ?m { ?c mieco:hasMember ?m . ?m a ?kind FILTER(?kind = mieco:University) }": "values",
    MIECO
    + "SELECT ?r ?d { ?r a mieco:Record ; mieco:describes ?c ."
    + " ?c mieco:pursuesGoal ?d }": "implied order",
    MIECO
    + "SELECT ?y (COUNT(?v) AS ?n) { ?o a mieco:IndicatorObservation ; mieco:year ?y ;"
    + " mieco:value ?v } GROUP BY ?y": "implied",
    MIECO
    + "SELECT ?c ?m { ?c a mieco:Consortium { ?c mieco:hasMember ?m } UNION"
    + " { [] a mieco:Membership ; mieco:ofConsortium ?c ; mieco:party ?m } }": "union",
    MIECO
    + "SELECT ?s { <https://w3id.org/mieco/id/consortium/shenzhen> mieco:hasMember ?s"
    + " FILTER NOT EXISTS { ?s a ?c } }": None,
}


def rows_of(server: Server, query: str, **parameters: str) -> Counter[tuple[str, ...]]:
    reply = server.get("/sparql", "text/csv", query=query, **parameters)
    assert reply.status == 200, reply.text
    return Counter(map(tuple, csv.reader(io.StringIO(reply.text))))


@pytest.mark.parametrize(("query", "names"), ASKED.items())
def test_an_answer_is_the_same_without_rewriting(
    server: Server, query: str, names: str | None
) -> None:
    assert rows_of(server, query) == rows_of(server, query, rewrite="0")
    told = server.get("/sparql", query=query, explain="1").json()
    assert [each["name"] for each in told["rewrites"]] == (names or "").split()
    assert (told["query"] == query) is (names is None)
    assert {"prepare", "rewrite", "evaluate", "write"} <= told["seconds"].keys()
    plain = server.get("/sparql", query=query, explain="1", rewrite="0").json()
    assert (plain["rewrites"], plain["query"]) == ([], query)


def test_an_error_is_told_of_the_text_that_was_asked(server: Server) -> None:
    query = MIECO + "SELECT ?s { ?s a ?c FILTER(?c = mieco:Record) BIND(1 AS ?s) }"
    told = server.get("/sparql", query=query)
    assert told.status == 400
    assert told.json()["detail"] == server.get("/sparql", query=query, rewrite="0").json()["detail"]


def test_numbers_are_those_of_the_facts_that_are_asked_for(server: Server) -> None:
    """Of asserted facts, or of graphs that the query names, others are to be counted."""
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    graph = "https://w3id.org/mieco/graph/data/mieco/public"
    for chosen in ({"entailment": "asserted"}, {"default-graph-uri": graph}):
        assert rows_of(server, query, **chosen) == rows_of(server, query, rewrite="0", **chosen)
        assert rows_of(server, query, **chosen) != rows_of(server, query)


def test_numbers_follow_a_change(writable: Server) -> None:
    for number, update in enumerate(
        [
            "INSERT DATA { <http://e/s> a <http://e/C> ; <http://e/p> 1 , 2 }",
            "INSERT DATA { GRAPH <http://e/g> { <http://e/s> a <http://e/C>, <http://e/D> } }",
            "DELETE DATA { <http://e/s> a <http://e/C> }",
            "INSERT DATA { <http://e/s> a <http://e/C> , 'lit' , 5 }",
            "INSERT DATA { <http://e/s> a [] , <http://e/E> }",
            "DELETE DATA { <http://e/s> a 'lit' } ; INSERT DATA { <http://e/t> a 6 }",
            "CREATE GRAPH <http://e/empty>",
            "DROP ALL",
        ]
    ):
        assert writable.post("/update", update, UPDATE, **BEARER).status == 204, number
        for query in ASKED:
            assert rows_of(writable, query) == rows_of(writable, query, rewrite="0"), (
                number,
                query,
            )


def test_it_can_be_turned_off(data_directory: Path) -> None:
    query = next(iter(ASKED))
    with running("--data", str(data_directory), MIECO_REWRITE="0") as plain:
        told = plain.get("/sparql", query=query, explain="1").json()
        assert (told["rewrites"], told["query"]) == ([], query)
