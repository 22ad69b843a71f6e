"""Tests of the text of a label, rewritten or not, give the same."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence

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

# Few letters, so that texts stand in one another: traditional and simplified characters, digits,
# what is escaped, and letters whose case is odd (İ, Kelvin, long s, sharp s, sigmas, a ligature).
LETTERS = '产教聯联乾干1Aaksi "\\\n\t^$.+*é\u0130\u212a\u017f\u00df\u03a3\u03c3\u03c2\ufb01\u0301'
texts = st.text(LETTERS, max_size=6) | st.text(max_size=3)
literals = st.builds(
    lambda text, language: Literal(text, language=language) if language else Literal(text),
    texts,
    st.sampled_from(["", "zh", "en", "zh-Hant"]),
)
NAMES = st.sampled_from("abc")
labelled = st.lists(
    st.tuples(
        NAMES, st.sampled_from([LABEL, OTHER, "http://e/p"]), literals, st.sampled_from(["", "g"])
    ),
    max_size=12,
)
subject = st.sampled_from(
    ["?l", "STR(?l)", "LCASE(?l)", "LCASE(STR(?l))", "STR(LCASE(?l))", "UCASE(?l)"]
)


patterns = st.sampled_from(
    [
        *["?x rdfs:label ?l", "?x skos:altLabel ?l .", "?x ?q ?m ; rdfs:label ?l"] * 3,
        "?x rdfs:label ?l . ?x <http://e/p> [] .",
        "GRAPH ?g { ?x rdfs:label ?l }",
        "GRAPH <http://e/g> { ?x rdfs:label ?l . ?x ?q ?l }",
        "?x rdfs:label|skos:altLabel ?l",
        "OPTIONAL { ?x rdfs:label ?l }",
        "OPTIONAL { ?x skos:altLabel ?m } ?x rdfs:label ?l",
        "?x rdfs:label ?l OPTIONAL { ?y skos:altLabel ?l }",
        "{ ?x rdfs:label ?l } UNION { ?x skos:altLabel ?l }",
        "?x rdfs:label ?l MINUS { ?x skos:altLabel ?l }",
        "?x rdfs:label ?l BIND(STR(?l) AS ?m)",
    ]
)
places = st.sampled_from(
    [
        *["{ %s FILTER%s }"] * 4,
        "{ FILTER%s %s }",
        "{ ?x ?p ?o OPTIONAL { %s FILTER%s } }",
        "{ ?x ?p ?l FILTER EXISTS { %s FILTER%s } }",
        "{ ?x ?p ?o FILTER NOT EXISTS { %s FILTER%s } }",
        "{ ?x ?p ?o MINUS { %s FILTER%s } }",
        "{ { SELECT DISTINCT ?l { %s FILTER%s } } ?z ?r ?l }",
    ]
)


def quoted(text: str) -> str:
    """A literal as SPARQL writes it, without codepoint escapes."""
    for sign, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(sign, escaped)
    return f'"{text}"'


@st.composite
def expression(draw: st.DrawFn) -> str:
    """A regular expression, mostly of what is told apart here."""
    atoms = st.sampled_from(
        [
            *"产教联聯1Aaksié产教联聯1Aaksié",
            ".",
            "\\\\.",
            "\\d",
            "\\w",
            "[1A]",
            "[^产]",
            "[a-k]",
            "(a|1)",
            "a|教",
            "\\.",
        ]
    )
    ends = st.sampled_from([""] * 8 + ["+", "*", "?", "{0,1}", "{2}", "*?", "+?"])
    inner = "".join(
        draw(atoms) + draw(ends) for _ in range(draw(st.integers(min_value=1, max_value=4)))
    )
    return draw(st.sampled_from(["", "^"])) + inner + draw(st.sampled_from(["", "$"]))


@st.composite
def condition_on(draw: st.DrawFn, texts_there: Sequence[str]) -> str:
    tested = draw(subject)
    needle = draw(texts)
    if texts_there and draw(st.integers(0, 3)):
        # A part of a label, in its case or in lower case.
        whole = draw(st.sampled_from(texts_there))
        start = draw(st.integers(min_value=0, max_value=len(whole)))
        needle = whole[start : start + draw(st.integers(min_value=1, max_value=3))]
        needle = draw(st.sampled_from([needle, needle.lower(), needle.upper()]))
    language = draw(st.sampled_from(["", "", "@zh"]))
    kind = draw(
        st.sampled_from(["CONTAINS", "CONTAINS", "STRSTARTS", "strends", "REGEX", "REGEX", "="])
    )
    if kind == "REGEX":
        flags = draw(st.sampled_from(["", ', "i"', ', ""', ', "s"']))
        return f"REGEX({tested}, {quoted(draw(expression()))}{flags})"
    if kind == "=":
        return f"{tested} = {quoted(needle)}{language}"
    return f"{kind}({tested}, {quoted(needle)}{language})"


@st.composite
def cases(draw: st.DrawFn) -> tuple[Store, str]:
    rows = draw(labelled)
    store = Store()
    for name, naming, literal, graph in rows:
        quad = (NamedNode(f"http://e/{name}"), NamedNode(naming), literal)
        store.add(Quad(*quad))
        if graph:
            store.add(Quad(*quad, NamedNode(f"http://e/{graph}")))
    there = [literal.value for _, _, literal, _ in rows if literal.value]
    one, two = draw(condition_on(there)), draw(condition_on(there))
    condition = draw(
        st.sampled_from(
            [
                *[f"({one})", f"({one} && {two})"] * 4,
                f"({one} || {two})",
                f"(!({one}))",
                f"({one} && ({two} || ?l = ?m))",
            ]
        )
    )
    place = draw(places)
    inside = (condition, draw(patterns)) if "FILTER%s %s" in place else (draw(patterns), condition)
    return store, f"{PREFIX}SELECT * {place % inside}"


def answers(store: Store, query: str) -> Counter[str]:
    found = store.query(query)
    assert isinstance(found, QuerySolutions)
    names = sorted(variable.value for variable in found.variables)
    return Counter(str([str(row[name]) for name in names]) for row in found)


@settings(max_examples=300, deadline=None)
@given(cases())
def test_a_test_of_a_label_gives_the_same(case: tuple[Store, str]) -> None:
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
