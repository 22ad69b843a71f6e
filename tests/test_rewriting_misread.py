"""Queries that were once put in words which mean something else, or could not be read."""

from __future__ import annotations

import pytest

from mieco.engine.rewriting import begun, rewritten
from mieco.terms import RDFS_LABEL
from test_rewriting import ALL, EX, PREFIX, RARE, answers, sizes_of, store_of

MISREAD = [
    # The engine gives a pair of terms for a negated property set as often as there are properties,
    # but once if it knows both.
    "SELECT * { ?x !:none :a FILTER(?x = :b) }",
    "SELECT * { ?x !(:none|:p) :a } VALUES ?x { :b }",
    "SELECT * { ?x !:none ?y { SELECT ?x ?y { ?x !(:p|^:q) ?y } } VALUES (?x ?y) { (:b :a) } }",
    # A condition is no variable of the solutions.
    "SELECT (COUNT(*) AS ?n) { ?x :p ?y } GROUP BY STR(?x) VALUES ?x { :b }",
    "SELECT (COUNT(*) AS ?n) { ?x :p ?y } GROUP BY COALESCE(?y, ?x) VALUES ?y { :a }",
    # The engine counts blank nodes as columns.
    "SELECT (COUNT(DISTINCT *) AS ?n) { ?x :p ?y { ?x :q [] } UNION { [] :r ?z } }",
    # Comments stand between any two tokens.
    "SELECT * { GRAPH # any\n ?g { ?x :p ?y } FILTER(?x = :b) }",
    "SELECT ?x { ?x :p :a OPTIONAL { ?x :q ?y } } ORDER BY ?x LIMIT # ten\n 10 OFFSET # }\n 1",
    f"PREFIX : #{EX}none#>\n<{EX}> SELECT (COUNT(*) AS ?n) {{ ?x :p # 'c\n :a FILTER(?x = :b) }}",
]


@pytest.mark.parametrize("query", MISREAD)
def test_what_was_misread_gives_the_same(query: str) -> None:
    names = [(s, p, o, g) for s in "ab" for p in "pqr" for o in "ab" for g in (None, "g")]
    store = store_of(names)
    asked = query if query.startswith("PREFIX") else PREFIX + query
    found = answers(store, asked)
    assert found
    for sizes in (ALL, RARE, sizes_of(store)):
        assert answers(store, rewritten(asked, sizes).text) == found
    terms = {"x": f"<{EX}b>"}
    assert answers(store, begun(asked, terms).text, terms) == answers(store, asked, terms)


@pytest.mark.parametrize(
    "inside",
    [
        f"?x <{RDFS_LABEL}> ?y FILTER({' && '.join(['STRSTARTS(?y, 1)'] * 1500)})",
        "{ " * 200 + "?x :p ?y" + " } UNION { ?x :q ?y }" * 200 + " FILTER(?x = :b)",
    ],
)
def test_what_nests_deep_is_read_or_left_alone(inside: str) -> None:
    query, store = f"{PREFIX}SELECT * {{ {inside} }}", store_of([("b", "p", "a", None)])
    assert answers(store, rewritten(query, ALL).text) == answers(store, query)
    terms = {"x": f"<{EX}b>"}
    assert answers(store, begun(query, terms).text, terms) == answers(store, query, terms)


def test_groups_in_a_hundred_groups_are_not_read_over_and_over() -> None:
    inside = "{ " * 150 + "?x :p ?y" + " } UNION { ?x :q ?y }" * 150 + " FILTER(?x = :b)"
    assert rewritten(f"{PREFIX}SELECT * {{ ?x :p ?y FILTER(?x = :b) }}", ALL).done
    assert not rewritten(f"{PREFIX}SELECT * {{ {inside} }}", ALL).done
