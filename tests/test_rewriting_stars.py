"""Queries of stars give the same where patterns are left out, and where stars are tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from conftest import BEARER, UPDATE, Server
from mieco.characteristic_sets import changed, set_of
from mieco.engine.rewriting import Characteristics, Sizes, rewritten
from test_rewriting import EX, PREFIX, RDF_TYPE, answers, rows_of

# What things of a kind have, so that much holds for all of them.
KINDS = ({"C", "p"}, {"C", "p", "q"}, {"C", "D", "p", "q"}, {"D", "r"}, {"p"})
NAMES = st.sampled_from("abcd")
Things = Sequence[tuple[str, set[str], dict[str, str], str | None]]
things = st.lists(
    st.tuples(
        NAMES,
        st.sampled_from(KINDS),
        st.dictionaries(st.sampled_from("pqr"), NAMES, min_size=3),
        st.sampled_from([None, None, None, "g"]),
    ),
    min_size=2,
    max_size=8,
)
triples = st.lists(
    st.sampled_from(
        [
            "?s a :C",
            "?s a :D",
            "?s a ?k",
            "?s :p ?v",
            "?s :q ?w",
            "?s :r ?v",
            "?s :p :a",
            "?s :q ?s",
            "?s :unknown ?v",
            "?t a :C",
            "?t :p ?v",
            "?t :q ?w",
            ":a :p ?v",
        ]
    ),
    min_size=2,
    max_size=5,
    unique=True,
).map(" . ".join)
more = st.sampled_from(
    [
        "",
        "FILTER(?w != :b)",
        "FILTER NOT EXISTS { ?s a :D ; :q ?w }",
        "OPTIONAL { ?s a :D ; :q ?x }",
        "GRAPH :g { ?s a :C ; :p ?v }",
        "MINUS { ?s a :C ; :q ?v }",
        "{ SELECT ?s (COUNT(?x) AS ?m) { ?s a :C ; :p ?x } GROUP BY ?s }",
        "{ ?s a :C ; :p ?v } UNION { ?s a :D ; :q ?w }",
        "VALUES ?v { :a :b }",
    ]
)
wheres = st.sampled_from(
    [
        "SELECT * {{ {} }}",
        "SELECT ?s ?w {{ {} }}",
        "SELECT (COUNT(?v) AS ?n) {{ {} }}",
        "SELECT (COUNT(*) AS ?n) (SUM(1) AS ?m) {{ {} }}",
        "SELECT (COUNT(DISTINCT ?v) AS ?n) (COUNT(?v) AS ?m) {{ {} }}",
        "SELECT ?w (COUNT(?v) AS ?n) {{ {} }} GROUP BY ?w",
        "SELECT ?w (COUNT(?v) AS ?n) {{ {} }} GROUP BY ?w HAVING (COUNT(?v) > 1)",
        "SELECT ?s {{ {{ SELECT ?s (COUNT(?v) AS ?n) {{ {} }} GROUP BY ?s }} }} ORDER BY ?n",
        "SELECT (COUNT(?v) AS ?n) {{ {{ {} }} OPTIONAL {{ ?s :q ?v }} }}",
        "SELECT (COUNT(?v) AS ?n) {{ ?s a :C OPTIONAL {{ {} }} }}",
    ]
)


def store_of(some: Things) -> Store:
    def node(name: str) -> NamedNode:
        return NamedNode(EX + name)

    store = Store()
    for name, kind, values, graph in some:
        where = node(graph) if graph else DefaultGraph()
        for each in kind:
            prop, said = (RDF_TYPE, each) if each.isupper() else (node(each), values[each])
            store.add(Quad(node(name), prop, node(said), where))
    return store


def sizes_of(store: Store, *, exact: bool = True) -> Sizes:
    default = list(store.quads_for_pattern(None, None, None, DefaultGraph()))
    properties = Counter(quad.predicate.value for quad in default)
    objects = Counter(prop for prop, _ in {(q.predicate.value, q.object) for q in default})
    classes = Counter(str(q.object)[1:-1] for q in default if q.predicate == RDF_TYPE)
    subjects = {quad.subject for quad in default}
    sets = changed({}, ((None, set_of(q for q in default if q.subject == s)) for s in subjects))
    return Sizes(
        len(default),
        properties,
        classes,
        exact=exact,
        objects=objects,
        characteristics=Characteristics(sets, properties),
    )


countable = st.lists(
    st.sampled_from(["?s a :C", "?s :p ?v", "?s :q ?w", "?s :q ?v"]),
    min_size=2,
    max_size=3,
    unique=True,
).map(" . ".join)


@settings(max_examples=400, deadline=None)
@given(things, triples | countable, more, wheres)
def test_what_is_implied_is_not_needed(some: Things, inside: str, beside: str, where: str) -> None:
    store = store_of(some)
    query = PREFIX + where.format(f"{inside} {beside}")
    other = rewritten(query, sizes_of(store))
    if "implied" in other.done:
        assert answers(store, other.text) == answers(store, query)
    assert "implied" not in rewritten(query, sizes_of(store, exact=False)).done


# Much is said of few values, so that tables pay wherever they are possible.
FEW = Sizes(
    10**4,
    {f"{EX}{p}": 1000 for p in "pqr"} | {RDF_TYPE.value: 1000},
    {f"{EX}C": 1000},
    objects={f"{EX}{p}": 10 for p in "pqr"} | {RDF_TYPE.value: 10},
)


def star_of(name: str) -> st.SearchStrategy[str]:
    properties = [":p ?v", ":q ?w", ":r ?v", f":p ?v_{name}", ":q :a", f":q ?{name}"]
    patterns = st.sampled_from(["a :C", "a ?k", *properties])
    some = st.lists(patterns, min_size=1, max_size=3, unique=True)
    return some.map(lambda each: f"?{name} {' ; '.join(each)}")


@settings(max_examples=300, deadline=None)
@given(things, star_of("s"), star_of("t"), more, st.sampled_from(["COUNT(*)", "COUNT(?v)"]))
def test_stars_are_joined_as_tables(
    some: Things, one: str, another: str, beside: str, what: str
) -> None:
    inside = f"{one} . {another} {beside}"
    query = f"{PREFIX}SELECT ?w ({what} AS ?n) {{ {inside} }} GROUP BY ?w"
    other = rewritten(query, FEW)
    if "join" in other.done:
        store = store_of(some)
        assert answers(store, other.text) == answers(store, query)


HEADS = [
    ("SELECT ?v { ?s a :C ; :p ?v }", "SELECT ?v { ?s :p ?v  }"),
    (
        "SELECT ?w (COUNT(?v) AS ?n) { ?s :q ?w ; :p ?v } GROUP BY ?w",
        "SELECT ?w (COUNT(*) AS ?n) { ?s :q ?w  } GROUP BY ?w",
    ),
    ("SELECT (COUNT(DISTINCT ?v) AS ?n) { ?s :q ?w ; :p ?v }", None),
    ("SELECT (COUNT(?v) AS ?n) { ?s a :C OPTIONAL { ?s :q ?w ; :p ?v } }", None),
    ("SELECT (COUNT(?v) AS ?n) { ?s a :C { SELECT ?s { ?s :q ?w ; :p ?v } } }", None),
    ("SELECT ?v { ?s a :D ; :p ?v }", None),
    ("SELECT ?v { GRAPH :g { ?s a :C ; :p ?v } }", None),
]


@pytest.mark.parametrize(("query", "expected"), HEADS)
def test_what_is_left_out(query: str, expected: str | None) -> None:
    kinds = [("a", {"C", "p"}), ("b", {"C", "p", "q"}), ("c", {"D", "r"}), ("d", {"D"})]
    store = store_of([(name, kind, dict.fromkeys("pqr", "a"), None) for name, kind in kinds])
    other = rewritten(PREFIX + query, sizes_of(store))
    assert other.text == PREFIX + (expected or query)
    assert other.done == (("implied",) if expected else ())


def test_stars_that_share_a_value() -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?s :p ?v ; :q :a . ?t :p ?v ; :q :b FILTER(?s != ?t) }"
    other = rewritten(PREFIX + query, FEW)
    assert other.done == ("join",)
    assert other.text.count("SELECT *") == 2
    for alike in (query.replace("(COUNT(*) AS ?n)", "*"), query.replace(":p ?v", "(:p|:r) ?v")):
        assert rewritten(PREFIX + alike, FEW).done == ()


def test_what_is_implied_follows_a_change(writable: Server) -> None:
    prefix = "PREFIX e: <http://e/> "
    query = prefix + "SELECT ?v (COUNT(?w) AS ?n) { ?s a e:C ; e:p ?v ; e:q ?w } GROUP BY ?v"
    for update, done in [
        ("INSERT DATA { e:a a e:C ; e:p 1 ; e:q 2 . e:b a e:C ; e:p 1 ; e:q 3 }", ["implied"]),
        ("INSERT DATA { GRAPH e:g { e:a e:q 4 } }", ["implied"]),
        ("INSERT DATA { e:c e:p 1 ; e:q 2 }", []),
        ("DELETE DATA { e:c e:p 1 ; e:q 2 }", ["implied"]),
    ]:
        assert writable.post("/update", prefix + update, UPDATE, **BEARER).status == 204
        told = writable.get("/sparql", query=query, explain="1").json()
        assert [each["name"] for each in told["rewrites"]] == done, (update, told["query"])
        assert rows_of(writable, query) == rows_of(writable, query, rewrite="0")
