"""A path along a property whose closure was inferred gives the same in one step."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import BEARER, UPDATE, Server
from mieco.engine.rewriting import Sizes, rewritten
from test_rewriting import EX, MIECO, PREFIX, answers, rows_of, store_of, triples

closed_paths = st.sampled_from(
    [":r+", ":r*", "^:r+", ":r+/:q", ":p|:r*", "(:p/:r+)?", "(:r+|:q)*", "^(:r*/:p)", ":q+"]
)
ends = st.sampled_from(["?x", "?y", ":a", ":b", ":nowhere", "[]"])


@settings(max_examples=200, deadline=None)
@given(
    triples,
    st.lists(st.builds("{} {} {} .".format, ends, closed_paths, ends), min_size=1, max_size=2),
    st.sampled_from(
        [
            "{}",
            "GRAPH ?g {{ {} }}",
            "?x :p ?z FILTER NOT EXISTS {{ {} }}",
            "?z :p ?x OPTIONAL {{ {} }}",
        ]
    ),
)
def test_a_path_along_a_closed_property_gives_the_same(
    rows: list[tuple[str, str, str, str | None]], paths: list[str], around: str
) -> None:
    store = store_of([*rows, *((*pair, None) for pair in closure(rows))])
    query = f"{PREFIX}SELECT * {{ {around.format(' '.join(paths))} }}"
    other = rewritten(query, Sizes(closed=frozenset({f"{EX}r"})))
    if other.done:
        assert "GRAPH" not in query
        assert answers(store, other.text) == answers(store, query)


def closure(rows: Sequence[tuple[str, str, str, str | None]]) -> set[tuple[str, str, str]]:
    """What follows if :r, as the default graph has it, is transitive."""
    pairs = {(s, o) for s, p, o, graph in rows if p == "r" and not graph}
    while more := {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs:
        pairs |= more
    return {(s, "r", o) for s, o in pairs}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * { ?x :r+ ?y }", "SELECT * { ?x :r  ?y }"),
        ("SELECT * { ?x :r+:y }", "SELECT * { ?x :r :y }"),
        ("SELECT * { ?x ^<http://e/r>* :a }", "SELECT * { ?x ^<http://e/r>? :a }"),
        ("SELECT * { ?x (:r+/:p)+ ?y . ?x :q+ ?z }", "SELECT * { ?x (:r /:p)+ ?y . ?x :q+ ?z }"),
        ("SELECT * { ?x (:r)+ ?y GRAPH ?g { ?x :r+ ?y } }", None),
        ("SELECT * { ?x :r+ ?y ; !:p ?z }", None),
    ],
)
def test_a_path_along_a_closed_property_takes_one_step(query: str, expected: str | None) -> None:
    other = rewritten(PREFIX + query, Sizes(closed=frozenset({f"{EX}r"})))
    assert other.text == PREFIX + (expected or query)


PATHS = [
    "?x mieco:partOf+ ?y",
    "?x ^mieco:partOf* <https://w3id.org/mieco/id/place/440300>",
    "?x mieco:locatedIn/mieco:partOf* ?y",
]


@pytest.mark.parametrize("path", PATHS)
def test_the_paths_of_a_release_are_the_same_in_one_step(server: Server, path: str) -> None:
    query = f"{MIECO}SELECT * {{ {path} }}"
    told = server.get("/sparql", query=query, explain="1").json()
    assert [each["name"] for each in told["rewrites"]] == ["closure"]
    assert rows_of(server, query) == rows_of(server, query, rewrite="0")
    # What is asserted is not closed.
    asserted = {"query": query, "entailment": "asserted", "explain": "1"}
    assert server.get("/sparql", **asserted).json()["rewrites"] == []


def test_a_closure_follows_a_change(writable: Server) -> None:
    query = f"{MIECO}SELECT ?x ?y {{ ?x mieco:partOf+ ?y FILTER(STRSTARTS(STR(?x), '{EX}')) }}"
    chain = " . ".join(f"<{EX}{a}> mieco:partOf <{EX}{b}>" for a, b in ("ab", "bc", "cd", "da"))
    for update, count in (
        (f"INSERT DATA {{ {chain} }}", 16),
        (f"DELETE DATA {{ <{EX}d> mieco:partOf <{EX}a> }}", 6),
        (f"DELETE DATA {{ <{EX}b> mieco:partOf <{EX}c> }}", 2),
    ):
        assert writable.post("/update", MIECO + update, UPDATE, **BEARER).status == 204
        rows = rows_of(writable, query)
        assert rows == rows_of(writable, query, rewrite="0")
        assert len(rows) == count + 1  # and the head
