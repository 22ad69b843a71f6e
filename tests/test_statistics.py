"""What a small change does to the statistics is what counting anew gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from mieco.describe.counting import count
from mieco.describe.recounting import recount
from mieco.describe.statistics import Counts, Statistics, namespace
from mieco.reason.columns import Encoded
from mieco.terms import BASE, CATALOGUE_GRAPH, DATA_GRAPHS, PREFIXES, RDF_TYPE, SHAPES_GRAPH

OURS = [NamedNode(f"{BASE}id/{name}") for name in "ab"]
THEIRS = [NamedNode(f"http://www.wikidata.org/entity/Q{n}") for n in (1, 2)]
PROPERTIES = [
    NamedNode(RDF_TYPE),
    NamedNode(PREFIXES["skos"] + "exactMatch"),
    NamedNode(f"{BASE}ontology#memberOf"),
]
INTEGER = NamedNode(PREFIXES["xsd"] + "integer")
LITERALS = [Literal("甲", language="zh"), *(Literal(n, datatype=INTEGER) for n in ("5", "05"))]
BLANK = BlankNode("b")
GRAPHS = [
    DefaultGraph(),
    NamedNode(f"{DATA_GRAPHS}x/one"),
    NamedNode(f"{DATA_GRAPHS}x/two"),
    NamedNode(SHAPES_GRAPH),
    NamedNode(CATALOGUE_GRAPH),
]

QUADS = st.builds(
    Quad,
    st.sampled_from([*OURS, *THEIRS, BLANK]),
    st.sampled_from(PROPERTIES),
    st.sampled_from([*OURS, *THEIRS, BLANK, *LITERALS]),
    st.sampled_from(GRAPHS),
)


@given(old=st.sets(QUADS, max_size=12), more=st.sets(QUADS, max_size=6), data=st.data())
def test_recounting_gives_what_counting_gives(
    old: set[Quad], more: set[Quad], data: st.DataObject
) -> None:
    less = data.draw(st.sets(st.sampled_from(sorted(old, key=str)))) if old else set()
    before, after = Store(), Store()
    before.extend(old)
    after.extend(old)
    for quad in less:
        after.remove(quad)
    after.extend(more)
    for graph in GRAPHS:
        if isinstance(graph, NamedNode):
            after.add_graph(graph)
    changed = recount(count(Encoded(before)), before, after, less | more)
    assert changed == count(Encoded(after))
    assert Statistics.of_json(changed.to_json()) == changed


def test_a_triple_in_two_graphs_counts_once_and_that_of_the_shapes_not_at_all() -> None:
    store = Store()
    triple = (OURS[0], PROPERTIES[1], THEIRS[0])
    store.extend(Quad(*triple, graph) for graph in GRAPHS)
    store.add(Quad(OURS[1], PROPERTIES[0], THEIRS[1], NamedNode(SHAPES_GRAPH)))
    found = count(Encoded(store))
    assert found.merged == Counts(triples=1, subjects=1, objects=1, properties=1, classes=0)
    assert found.entities == 1
    assert found.links == {(PROPERTIES[1].value, "http://www.wikidata.org/entity/"): 1}
    assert found.triples()[SHAPES_GRAPH] == 2
    assert CATALOGUE_GRAPH not in found.graphs


@pytest.mark.parametrize(
    ("iri", "space"),
    [
        ("http://www.w3.org/ns/org#Organization", "http://www.w3.org/ns/org#"),
        ("http://www.wikidata.org/entity/Q148", "http://www.wikidata.org/entity/"),
        ("https://ror.org/01vy4gh70", "https://ror.org/"),
        ("https://sws.geonames.org/1814991/", "https://sws.geonames.org/"),
        ("urn:isbn:9787", "urn:isbn:"),
        ("https://example.org/a#", "https://example.org/a#"),
    ],
)
def test_the_namespace_of_an_iri(iri: str, space: str) -> None:
    assert namespace(iri) == space
