"""Tests of the text of a label, rewritten or not, give the same."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store

from conftest import BEARER, UPDATE, Server
from mieco.engine.labels import labels_of
from mieco.engine.rewriting import Sizes, rewritten
from mieco.terms import NAMING, PREFIXES, RDFS_LABEL

LABEL, OTHER = RDFS_LABEL, PREFIXES["skos"] + "altLabel"
PREFIX = f"PREFIX rdfs: <{PREFIXES['rdfs']}> PREFIX skos: <{PREFIXES['skos']}> "

# Letters whose case is odd (Kelvin, long s, İ, sharp s, sigmas, a ligature, an accent apart), those
# that are written with an escape or mean something in an expression, and Chinese.
LETTERS = 'kK\u212aS\u017f\u00dfiI\u0130\u0307\u03a3\u03c2éf\ufb01"\\\n.产產教1'
SUBJECTS = ["?l", "STR(?l)", "LCASE(?l)", "STR(LCASE(STR(?l)))", "UCASE(?l)"]
EXPRESSIONS = [
    "{}",
    "^{}",
    "{}$",
    "{}.",
    ".{}",
    "^.{}$",
    "^{}*1",
    "{}+1",
    "^{}?1",
    "[^1]{}",
    "{}{{2}}",
]
EXPRESSIONS += ["^{}*?", "({}|1)", "{}|1", "1{}{{0,1}}$", "\\w{}", "\\S\\S{}"]


def quoted(text: str) -> str:
    """A literal as SPARQL writes it, without codepoint escapes."""
    for sign, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(sign, escaped)
    return f'"{text}"'


def conditions_for(letter: str) -> Iterator[str]:
    for subject in SUBJECTS:
        for name in ("CONTAINS", "STRSTARTS", "strends"):
            yield f"{name}({subject}, {quoted(letter)})"
        yield f"{subject} = {quoted(letter)}"
    for subject, flags, form in product(("?l", "LCASE(?l)"), ("", ', "i"'), EXPRESSIONS):
        expression = form.format(re.sub(r"([.\\])", r"\\\1", letter))
        yield f"REGEX({subject}, {quoted(expression)}{flags})"


@pytest.mark.parametrize("letter", [*LETTERS, "k1", "İ1", "i\u0307"])
def test_whatever_the_letters_the_same_labels_pass(letter: str) -> None:
    store, done = Store(), 0
    for text in map("".join, chain(LETTERS, product(LETTERS, repeat=2), ("k11", "İ1", "\u212a产"))):
        store.add(Quad(NamedNode("http://e/a"), NamedNode(LABEL), Literal(text)))
    sizes = sizes_of(store)
    for test in conditions_for(letter):
        query = f"{PREFIX}SELECT * {{ ?x rdfs:label ?l FILTER({test}) }}"
        other = rewritten(query, sizes)
        if other.done:
            done += 1
            assert answers(store, other.text) == answers(store, query), test
    assert done or not re.search("[ -~\u4e00-\u9fff]", letter) or letter in '"\\'


NAMES = st.sampled_from("abc")
labelled = st.lists(
    st.tuples(
        NAMES,
        st.sampled_from([LABEL, LABEL, OTHER, "http://e/p"]),
        st.sampled_from(["产", "教", "产教"]),
        st.sampled_from(["", "g"]),
    ),
    min_size=5,
    max_size=10,
)
conditions = st.sampled_from(
    [
        *['(CONTAINS(?l, "产"))', '(STRENDS(?l, "教") && CONTAINS(?l, "产"))'] * 2,
        '(CONTAINS(?l, "产") || ?x = ?y)',
        '(!CONTAINS(?l, "产"))',
        '(CONTAINS(?l, "产") && (STRENDS(?l, "教") || ?l = ?m))',
    ]
)
patterns = st.sampled_from(
    [
        "?x rdfs:label ?l",
        "?x skos:altLabel ?l .",
        "?x ?q ?m ; rdfs:label ?l",
        "?x rdfs:label ?l . ?x <http://e/p> [] .",
        "?x rdfs:label _:l . ?y skos:altLabel ?l",
        "GRAPH ?g { ?x rdfs:label ?l }",
        "GRAPH <http://e/g> { ?x rdfs:label ?l . ?x ?q ?l }",
        "?x rdfs:label|skos:altLabel ?l",
        "OPTIONAL { ?x rdfs:label ?l }",
        "?x skos:altLabel ?m OPTIONAL { ?x rdfs:label ?l }",
        "OPTIONAL { ?x skos:altLabel ?l } ?y rdfs:label ?l",
        "?x ?p ?m MINUS { ?x skos:altLabel ?l } ?x rdfs:label ?l",
        "?x rdfs:label ?l OPTIONAL { ?y skos:altLabel ?l }",
        "{ ?x rdfs:label ?l } UNION { ?x skos:altLabel ?l }",
        "?x rdfs:label ?l MINUS { ?x skos:altLabel ?l }",
        "?x rdfs:label ?l BIND(STR(?l) AS ?m)",
    ]
)
places = st.sampled_from(
    [
        *["{ %s FILTER%s }"] * 4,
        "{ ?x ?p ?o OPTIONAL { %s FILTER%s } }",
        "{ ?x ?p ?l FILTER EXISTS { %s FILTER%s } }",
        "{ ?x ?p ?o FILTER NOT EXISTS { %s FILTER%s } }",
        "{ ?x ?p ?o MINUS { %s FILTER%s } }",
        "{ { SELECT DISTINCT ?l { %s FILTER%s } } ?z ?r ?l }",
    ]
)


@st.composite
def placed_tests(draw: st.DrawFn) -> tuple[Store, str]:
    """A test of a label wherever one may stand."""
    store = Store()
    for name, naming, text, graph in draw(labelled):
        triple = (NamedNode(f"http://e/{name}"), NamedNode(naming), Literal(text))
        store.add(Quad(*triple))
        if graph:
            store.add(Quad(*triple, NamedNode(f"http://e/{graph}")))
    return store, f"{PREFIX}SELECT * {draw(places) % (draw(patterns), draw(conditions))}"


def answers(store: Store, query: str) -> Counter[str]:
    found = store.query(query)
    assert isinstance(found, QuerySolutions)
    names = sorted(variable.value for variable in found.variables)
    return Counter(str([str(row[name]) for name in names]) for row in found)


@settings(max_examples=400, deadline=None)
@given(placed_tests())
def test_wherever_a_test_stands_it_gives_the_same(case: tuple[Store, str]) -> None:
    store, query = case
    other = rewritten(query, sizes_of(store))
    if "labels" in other.done:
        assert answers(store, other.text) == answers(store, query)


def sizes_of(store: Store) -> Sizes:
    """With which no number of candidates is too large."""
    return Sizes(10**6, dict.fromkeys((*NAMING, "http://e/p"), 10**6), labels=labels_of(store))


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ('CONTAINS(?l, "教")', "zh"),
        ('STRSTARTS(STR(?l), "教")', ""),
        ('STRENDS(LCASE(?l), "k1")', "en"),
        ('REGEX(?l, "^产.*教$", "i")', "zh"),
        ('REGEX(STR(?l), "k[1-3]$")', "en"),
        ('STR(?l) = "Ak1"', "en"),
        ('(STR(?l) = "产教") && ?x != ?l', "zh"),
    ],
)
def test_the_labels_that_can_match_are_named(test: str, found: str) -> None:
    """What is no string, or too common, cannot be told; then nothing is done."""
    store, thing, naming = Store(), NamedNode("http://e/a"), NamedNode(LABEL)
    labels = [Literal("产教", language="zh"), Literal("Ak1", language="en")]
    store.extend(Quad(thing, naming, each) for each in labels)
    query = f"{PREFIX}SELECT * {{ ?x rdfs:label ?l FILTER({test}) }}"
    listed = " ".join(str(each) for each in labels if each.language == found)
    other = rewritten(query, sizes_of(store))
    assert f"VALUES ?l {{ {listed} }}" in other.text
    few = Sizes(10**6, {LABEL: 7}, labels=labels_of(store))
    assert rewritten(query, few).text == query
    store.add(Quad(thing, naming, thing))
    assert rewritten(query, sizes_of(store)).text == query


ASKED = {
    'SELECT * { ?x rdfs:label ?l FILTER(CONTAINS(?l, "深圳")) }': True,
    'SELECT * { GRAPH ?g { ?x rdfs:label ?l } FILTER(CONTAINS(LCASE(STR(?l)), "shenzhen")) }': True,
    'SELECT ?x { ?x rdfs:label ?l FILTER(REGEX(STR(?l), "^Shenzhen .*college", "i")) }': True,
    'SELECT ?x { ?x rdfs:label ?l FILTER(REGEX(STR(?l), "Shenzhen|Suzhou")) }': False,
    'SELECT ?x { ?x rdfs:comment ?l FILTER(CONTAINS(?l, "深圳")) }': False,
}


@pytest.mark.parametrize(("query", "done"), ASKED.items())
def test_an_answer_is_the_same_without_rewriting(server: Server, query: str, done: bool) -> None:
    text = PREFIX + query
    told = server.get("/sparql", query=text, explain="1").json()
    assert [each["name"] for each in told["rewrites"]] == ["labels"] * done
    graph = "https://w3id.org/mieco/graph/data/mieco/public"
    for chosen in ({}, {"entailment": "asserted"}, {"default-graph-uri": graph}):
        assert rows_of(server, text, **chosen) == rows_of(server, text, rewrite="0", **chosen)
    assert rows_of(server, text)


def test_candidates_follow_a_change(writable: Server) -> None:
    query = PREFIX + 'SELECT ?x { ?x rdfs:label ?l FILTER(CONTAINS(?l, "深圳")) }'
    before = rows_of(writable, query)
    update = f'{PREFIX} INSERT DATA {{ GRAPH <http://e/g> {{ <http://e/a> rdfs:label "新深圳" }} }}'
    assert writable.post("/update", update, UPDATE, **BEARER).status == 204
    assert rows_of(writable, query) - before == Counter([("http://e/a",)])


def rows_of(server: Server, query: str, **parameters: str) -> Counter[tuple[str, ...]]:
    reply = server.get("/sparql", "text/csv", query=query, **parameters)
    assert reply.status == 200, reply.text
    return Counter(list(map(tuple, csv.reader(io.StringIO(reply.text))))[1:])
