"""The project's data, inferred by four engines that share no code: they find the same.

What the compiled rules make of the data is compared with HermiT, with owlrl and with plain
CONSTRUCT queries, in both directions and without samples.  What is left out is named below.
It is a sixth of the things, which takes the others half a minute; all of them with
``MIECO_TEST_WHOLE=1``, in four minutes.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import owlrl
import pytest
from pyoxigraph import NamedNode, RdfFormat, Store, Triple, parse, serialize
from rdflib import OWL, RDF, RDFS, BNode, Graph, Literal
from rdflib.term import Node

from conftest import needs
from mieco import content
from mieco.inference import compiled_rules
from mieco.reason.hermit import realise
from mieco.reason.materialise import materialise
from mieco.terms import BASE, CATALOGUE_GRAPH, INFERRED_GRAPH, PREFIXES, SHAPES_GRAPH
from naive_rules import OWN_RULES, RL_RULES, closure

Fact = tuple[Node, Node, Node]

THINGS = tuple(f"<{BASE}{kind}/" for kind in ("id", "source", "question"))
WHOLE = os.environ.get("MIECO_TEST_WHOLE") == "1"

PUBLISHED = tuple(PREFIXES[name] for name in ("mieco", "org", "prov", "sosa", "foaf"))
# Superclasses that the alignments name: other reasoners report them, a release does not.
ALIGNED_ONLY = (
    "https://schema.org/",
    "http://purl.org/dc/terms/",
    "https://purl.org/ctdl/terms/",
    "http://data.europa.eu/snb/model/elm/",
    "http://www.opengis.net/ont/geosparql#",
    "http://www.w3.org/2004/02/skos/core#",
)
# What follows about the axioms themselves, that each term is the same as itself, and that
# everything is an owl:Thing.
OF_THE_LANGUAGE = (str(OWL), str(RDFS))


@dataclass(frozen=True)
class Inferred:
    """What is asserted, what our own queries give, and what our rules infer."""

    asserted: frozenset[Triple]
    given: Graph
    by_queries: frozenset[Fact]
    facts: frozenset[Fact]


def taken(triple: Triple) -> bool:
    """Is it read?  Of the things in the data every sixth is, whatever is said of it."""
    thing = str(triple.subject)
    return WHOLE or not thing.startswith(THINGS) or zlib.crc32(thing.encode()) % 6 == 0


@pytest.fixture(scope="module")
def release(data_directory: Path) -> Inferred:
    published = Store.read_only(str(data_directory / "releases" / "1" / "store"))
    apart = {NamedNode(name) for name in (INFERRED_GRAPH, SHAPES_GRAPH, CATALOGUE_GRAPH)}
    store = Store()
    store.extend(q for q in published if q.graph_name not in apart and taken(q.triple))
    asserted = {quad.triple for quad in store}
    materialise(store, compiled_rules(store))
    inferred = {
        quad.triple for quad in store.quads_for_pattern(None, None, None, NamedNode(INFERRED_GRAPH))
    }
    if WHOLE:
        graph = NamedNode(INFERRED_GRAPH)
        assert inferred == {
            quad.triple for quad in published.quads_for_pattern(None, None, None, graph)
        }
    # The hierarchy of the classes themselves is taken from HermiT to begin with; what is
    # compared here is what follows for members and relations.
    classification = {
        quad.triple
        for quad in parse(path=content.ontology_files().classification, format=RdfFormat.TURTLE)
    }
    # OWL cannot say what our queries say: the other reasoners are given their results.
    given = closure(asserted, OWN_RULES)
    return Inferred(
        asserted=frozenset(asserted),
        given=as_graph(given),
        by_queries=frozenset(as_graph(given - asserted)),
        facts=frozenset(as_graph(inferred - classification)),
    )


def as_graph(triples: Iterable[Triple]) -> Graph:
    return Graph().parse(serialize(triples, format=RdfFormat.N_TRIPLES) or b"", format="nt")


def published(facts: Iterable[Fact], left_out: tuple[str, ...] = ALIGNED_ONLY) -> set[Fact]:
    """The facts that a release must have; each other one must be in a vocabulary left out."""
    named = {fact for fact in facts if not has_no_name(fact)}
    comparable = {fact for fact in named if vocabulary(fact).startswith(PUBLISHED)}
    unexplained = [f for f in named - comparable if not vocabulary(f).startswith(left_out)]
    assert sorted(unexplained)[:5] == []
    return comparable


def vocabulary(fact: Fact) -> str:
    _, said, value = fact
    return str(value if said == RDF.type else said)


def has_no_name(fact: Fact) -> bool:
    """Is it about an anonymous class, or about a literal (which no triple may be about)?"""
    subject, _, value = fact
    return isinstance(subject, BNode | Literal) or isinstance(value, BNode)


def assert_same(ours: Iterable[Fact], its: Iterable[Fact]) -> None:
    mine, other = set(ours), set(its)
    assert len(mine) > (10_000 if WHOLE else 1_500), "this is too little of the project's data"
    # Some of each are shown; a whole set would be thousands of lines.
    assert sorted(mine - other)[:5] == [], "only the compiled rules infer these"
    assert sorted(other - mine)[:5] == [], "the compiled rules miss these"


@needs("java", "HermiT")
def test_hermit_infers_the_same_from_the_data(release: Inferred) -> None:
    """HermiT reports no relations to literals: the rules must infer none either."""
    found = realise(release.given)
    assert len(found) > 0, "HermiT finds the data inconsistent"
    assert_same(release.facts, published(found) | published(release.by_queries))


def test_owlrl_infers_the_same_from_the_data(release: Inferred) -> None:
    found = Graph() + release.given
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(found)
    fresh = set(found) - set(release.given)
    its = published(fresh, ALIGNED_ONLY + OF_THE_LANGUAGE)
    assert_same(release.facts, its | published(release.by_queries))


def test_plain_queries_infer_the_same_from_the_data(release: Inferred) -> None:
    found = as_graph(closure(release.asserted, RL_RULES | OWN_RULES) - release.asserted)
    assert_same(release.facts, published(found, ALIGNED_ONLY + OF_THE_LANGUAGE))
