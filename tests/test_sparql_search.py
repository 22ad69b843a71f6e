"""``search:matches``: the search of ``/search`` inside of a query."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import pytest

from conftest import BEARER, UPDATE, Server, running
from mieco.search.index import FILE
from mieco.terms import BASE, PREFIXES

PREFIX = (
    f"PREFIX search: <{BASE}search#> PREFIX mieco: <{BASE}ontology#>"
    f" PREFIX rdfs: <{PREFIXES['rdfs']}> PREFIX skos: <{PREFIXES['skos']}> "
)


def rows_of(server: Server, query: str, **parameters: str) -> list[tuple[str, ...]]:
    reply = server.get("/sparql", "text/csv", query=PREFIX + query, **parameters)
    assert reply.status == 200, reply.text
    return list(map(tuple, csv.reader(io.StringIO(reply.text))))[1:]


def hits(server: Server, text: str, limit: int = 20) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get("/search", q=text, limit=str(limit)).json()["hits"]
    return found


TEXTS = [
    "深圳",
    "比亚迪",
    "重慶市",
    "changzhou",
    "czxny",
    "new changzhou energy",
    "mieco:Consortium",
    "深圳 职业",
    "没有这样的",
    "",
    'a"b\\',
]


@pytest.mark.parametrize("text", TEXTS)
def test_it_finds_what_search_finds_in_its_order(server: Server, text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    select = (
        f'SELECT ?thing ?score ?name {{ (?thing ?score ?name) search:matches ("{escaped}" 20) }}'
    )
    found = rows_of(server, f"{select} ORDER BY DESC(?score)")
    shown = hits(server, text)
    assert {row[0]: row[2] for row in found} == {hit["iri"]: hit["matched"] for hit in shown}
    scores = {row[0]: float(row[1]) for row in found}
    ordered = [scores[hit["iri"]] for hit in shown]
    assert ordered == sorted(ordered, reverse=True)
    assert all(0 < score <= 1 for score in ordered)
    assert sorted(rows_of(server, select, rewrite="0")) == sorted(found)


WITH_OTHERS = {
    # As the predicate of a list of them, first, in the middle, last, and twice.
    "?x search:matches '深圳' ; a mieco:Consortium .": "?x a mieco:Consortium",
    "?x a mieco:Consortium ; search:matches '深圳' ; rdfs:label ?l .": (
        "?x a mieco:Consortium ; rdfs:label ?l"
    ),
    "?c mieco:hasMember ?x . # why\n ?x search:matches '深圳' .": "?c mieco:hasMember ?x",
    "?c mieco:hasMember ?x . ?x search:matches '深圳' FILTER(?c != ?x)": "?c mieco:hasMember ?x",
    "?x search:matches '深圳' . ?c mieco:hasMember ?x FILTER(ISIRI(?c))": "?c mieco:hasMember ?x",
    # In other patterns.
    "?x a mieco:Consortium . OPTIONAL { ?x search:matches '深圳' ; rdfs:label ?l }": None,
    "{ ?x search:matches '深圳' } UNION { ?x search:matches '深圳' . ?x a ?c }": None,
    "{ SELECT DISTINCT ?x { ?x search:matches '深圳' ; a mieco:Consortium } }": (
        "?x a mieco:Consortium"
    ),
    "?x a mieco:Consortium MINUS { ?x search:matches '深圳' }": None,
    "?x a mieco:Consortium FILTER EXISTS { ?x search:matches '深圳' }": "?x a mieco:Consortium",
    "GRAPH ?g { ?x search:matches '深圳' ; a ?c }": (
        "GRAPH ?g { ?x a ?c ; rdfs:label ?n FILTER(LANG(?n) = 'zh') }"
    ),
}


def test_it_stands_beside_whatever_else_a_pattern_has(server: Server) -> None:
    found = {row[0] for row in rows_of(server, "SELECT ?x { ?x search:matches '深圳' }")}
    assert found
    listed = " ".join(f"<{iri}>" for iri in found)
    for pattern, plain in WITH_OTHERS.items():
        rows = rows_of(server, f"SELECT ?x ?g ?c ?l {{ {pattern} }}")
        # What is found, written out.
        written = pattern.replace("?x search:matches '深圳' ;", f"VALUES ?x {{ {listed} }} ?x")
        written = written.replace("?x search:matches '深圳'", f"VALUES ?x {{ {listed} }}")
        if plain:
            written = f"{plain} VALUES ?x {{ {listed} }}"
        assert sorted(rows) == sorted(rows_of(server, f"SELECT ?x ?g ?c ?l {{ {written} }}"))
        assert rows, pattern


def test_only_what_the_dataset_names_is_found(server: Server) -> None:
    """The index is of the whole release, a query may see less of it."""
    select = "SELECT ?x ?g { GRAPH ?g { ?x search:matches '深圳' } }"
    naming = "rdfs:label|skos:prefLabel|skos:altLabel"
    by_graph = rows_of(server, select)
    things = {row[0] for row in by_graph}
    assert things == {row[0] for row in rows_of(server, "SELECT ?x { ?x search:matches '深圳' }")}
    listed = " ".join(f"<{thing}>" for thing in things)
    for chosen in ({}, {"entailment": "asserted"}, {"entailment": "inferred"}):
        plain = (
            f"SELECT DISTINCT ?x ?g {{ VALUES ?x {{ {listed} }} GRAPH ?g {{ ?x {naming} ?l }} }}"
        )
        assert sorted(rows_of(server, select, **chosen)) == sorted(rows_of(server, plain, **chosen))
    for graph in {graph for _, graph in by_graph}:
        inside = sorted((thing,) for thing, where in by_graph if where == graph)
        for query in (
            f"SELECT ?x {{ GRAPH <{graph}> {{ ?x search:matches '深圳' }} }}",
            f"SELECT ?x FROM <{graph}> {{ ?x search:matches '深圳' }}",
        ):
            assert sorted(rows_of(server, query)) == inside
    nothing = {"default-graph-uri": "http://e/none"}
    assert rows_of(server, "SELECT * { ?x search:matches '深圳' }", **nothing) == []


def test_at_most_so_many_are_found(server: Server) -> None:
    for most in (1, 3):
        found = rows_of(server, f"SELECT ?x {{ ?x search:matches ('联合体' {most}) }}")
        assert [row[0] for row in found] == [hit["iri"] for hit in hits(server, "联合体", most)]
    assert len(rows_of(server, "SELECT ?x { ?x search:matches '联合体' }")) > 3


@pytest.mark.parametrize(
    "pattern",
    [
        "?x search:matches ?text",
        "?x search:matches 5",
        "?x search:matches <http://e/>",
        "?x search:matches 'a', 'b'",
        "?x search:matches ()",
        "?x search:matches ('a' 0)",
        "?x search:matches ('a' 1001)",
        "?x search:matches ('a' -1)",
        "?x search:matches ('a' 1.5)",
        "?x search:matches ('a' 1 2)",
        "<http://e/> search:matches 'a'",
        "[] search:matches 'a'",
        "(?x ?x) search:matches 'a'",
        "(?x ?y ?z ?w) search:matches 'a'",
        "() search:matches 'a'",
        "(?x ?y) search:matches 'a' ; a ?c",
        "?x ^search:matches 'a'",
        "?x search:matches+ 'a'",
        "?x a|search:matches 'a'",
        "?x !search:matches 'a'",
        "?y a [ search:matches 'a' ]",
        "?x ?p ?o FILTER(?p = search:matches)",
        "?x search:matches 'a\\u0041'",
        " ".join(["?x search:matches 'a' ."] * 9),
    ],
)
def test_what_it_cannot_be_is_said(server: Server, pattern: str) -> None:
    for language in ("zh", "en"):
        reply = server.get("/sparql", query=f"{PREFIX}SELECT * {{ {pattern} }}", lang=language)
        assert reply.status == 400, reply.text
        assert reply.json()["code"] == "search-misused", reply.text


SPELT = [
    "PREFIX search: # c\n<{0}search#> SELECT ?x {{ ?x search:matches # c\n'深圳' # c\n}}",
    "PREFIX search: <{0}search#> SELECT ?x {{ (?x # c\n?s) search:matches ('深圳' # c\n100) }}",
    "PREFIX s: <{0}search#mat> SELECT ?x {{ ?x s:ches '深圳' }}",
    "PREFIX s: <{0}> SELECT ?x {{ ?x s:search\\#matches '深圳' }}",
    "PREFIX s: <{0}search#matches> SELECT ?x {{ ?x s: '深圳' }}",
    "BASE <{0}search> SELECT ?x {{ ?x <#matches> '深圳' }}",
    "BASE <{0}ontology> SELECT ?x {{ ?x <search#matches> '深圳' }}",
    "BASE <{0}> PREFIX s: <search#> SELECT ?x {{ ?x s:matches '深圳' }}",
]


@pytest.mark.parametrize("spelt", SPELT)
def test_it_may_be_spelt_in_any_way(server: Server, spelt: str) -> None:
    found = server.get("/sparql", "text/csv", query=spelt.format(BASE))
    plain = PREFIX + "SELECT ?x { ?x search:matches '深圳' }"
    assert found.status == 200, found.text
    rows, usual = (
        sorted(text.split())
        for text in (found.text, server.get("/sparql", "text/csv", query=plain).text)
    )
    assert rows == usual


@pytest.mark.parametrize(
    ("inside", "place"),
    [
        ("{ ?x search:matches '深圳'", "|"),
        ("{ ?x search:matches '深圳' ; none:p ?y }", "none:p"),
        ("{ ?x search:matches '深圳' BIND(1 AS ?x) }", "|"),
    ],
)
def test_a_syntax_error_is_told_at_its_place(server: Server, inside: str, place: str) -> None:
    query = f"{PREFIX}\nSELECT * {inside}"
    reply = server.get("/sparql", query=query)
    told = reply.json()
    assert (reply.status, told["code"]) == (400, "query-syntax")
    column = f"SELECT * {inside}|".index(place) + 1
    assert (told["line"], told["column"]) == (2, column)


def test_a_release_without_an_index_is_searched_too(
    data_directory: Path, server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data_directory, folder, symlinks=True)
    for index in folder.rglob(FILE):
        index.unlink()
    query = "SELECT ?x ?score ?name { (?x ?score ?name) search:matches '深圳' }"
    with running("--data", str(folder)) as other:
        assert sorted(rows_of(other, query)) == sorted(rows_of(server, query))
        assert sorted(rows_of(other, query, release="1")) == sorted(rows_of(server, query))


def test_an_update_cannot_search(writable: Server) -> None:
    where = "DELETE { ?x a ?c } WHERE { ?x search:matches '深圳' ; a ?c }"
    for update in (PREFIX + where, f"CLEAR GRAPH <http://e/g> ; {PREFIX}{where}"):
        reply = writable.post("/update", update, UPDATE, **BEARER)
        assert (reply.status, reply.json()["code"]) == (400, "search-misused")
