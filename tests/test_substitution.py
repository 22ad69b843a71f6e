"""Terms written into a text give what they give beside it (RDF-dev SEP-0007)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, QuerySolutions, Store, Variable

from mieco.engine.substitution import substituted
from mieco.stores import Term

DATA = """
PREFIX : <http://e/>
INSERT DATA {
  :a :p :b , "1" , 1 , "x"@en ; :q :c ; :v :z .
  :b :p :c ; :q :a .
  :c :p :a , "1"@zh .
}"""
QUERIES = [
    "SELECT ?this ?o { ?this :p ?o }",
    "SELECT ?s ?this { ?s :p ?this }",
    "SELECT ?this (COUNT(?o) AS ?n) { ?this :p ?o } GROUP BY ?this",
    "SELECT ?this ?o { { ?this :p ?o } UNION { ?this :q ?o FILTER(BOUND(?this)) } }",
    "SELECT ?this ?n { ?this :p ?o { SELECT ?this (COUNT(*) AS ?n) { ?this ?p 1 } GROUP BY ?this}}",
    "SELECT ?this ?y { ?this :p ?y MINUS { ?this :v ?z } }",
    "SELECT ?this ?x ?y { ?x :p ?y MINUS { ?x :q ?this } }",
    "SELECT ?this ?x { ?x :p ?y FILTER NOT EXISTS { ?x :q ?this } }",
    "SELECT ?this ?x { ?x :p ?y OPTIONAL { ?y :q ?this FILTER(?x != ?this) } }",
    "SELECT ?x ?this { VALUES ?this { :a :b } ?x :p ?this }",
    "SELECT ?x ?this { ?x :p ?y BIND(?y AS ?this) }",
    "SELECT ?this ?x { ?x :p/:q* ?this }",
    "SELECT ?this ?x { ?x :p ?y FILTER(?y=?this||?this=?x) }",
    "SELECT $this ?o { $this :p ?o # ?this is not this }\n}",
    'SELECT ?this ?x { ?x :p ?o FILTER(STR(?o) != "?this { ") FILTER(?x = ?this) }',
    "SELECT ?this { ?x :p ?this } ORDER BY ?this DESC(?x)",
]


@pytest.fixture(scope="module")
def store() -> Store:
    store = Store()
    store.update(DATA)
    return store


def _rows(store: Store, text: str, terms: dict[str, Term]) -> Counter[str]:
    results = store.query(
        text, substitutions={Variable(name): term for name, term in terms.items()}
    )
    assert isinstance(results, QuerySolutions)
    names = [variable.value for variable in results.variables]
    return Counter(str([str(row[name]) for name in names]) for row in results)


@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("iri", ["a", "b", "c", "none"])
def test_as_beside_the_text(store: Store, text: str, iri: str) -> None:
    terms: dict[str, Term] = {"this": NamedNode(f"http://e/{iri}")}
    text = f"PREFIX : <http://e/> {text}"
    assert _rows(store, substituted(text, terms), {}) == _rows(store, text, terms)


@given(st.text(), st.sampled_from(["", "en", "zh"]))
def test_no_text_breaks_out(value: str, language: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return  # no RDF literal
    term = Literal(value, language=language) if language else Literal(value)
    text = "SELECT ?this ?x { ?x <http://e/p> ?this FILTER(?this != 1) }"
    store = Store()
    store.update("INSERT DATA { <http://e/a> <http://e/p> 5 }")
    # It is one term there, whatever it says.
    assert _rows(store, substituted(text, {"this": term}), {}) == Counter()
