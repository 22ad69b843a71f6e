"""Single axioms as rules: what random ontologies once found to go wrong."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from rdflib import Graph

from conftest import needs
from mieco import terms
from mieco.reason.compile import compile_rules
from mieco.reason.hermit import realise
from mieco.reason.materialise import materialise

PREFIXES = """
PREFIX : <https://w3id.org/mieco/ontology#>
PREFIX x: <http://example.org/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


def run(axioms: str, facts: str) -> tuple[set[str], int]:
    """What follows, as "subject class" and "subject property value", and how many clashes."""
    store = ox.Store()
    store.load(PREFIXES + facts, format=ox.RdfFormat.TURTLE)
    rules = compile_rules(Graph().parse(data=PREFIXES + axioms, format="turtle"))
    clashes = materialise(store, rules).contradictions
    inferred = store.quads_for_pattern(None, None, None, ox.NamedNode(terms.INFERRED_GRAPH))
    return {short(quad.triple) for quad in inferred}, len(clashes)


def short(triple: ox.Triple) -> str:
    parts = [term for term in triple if term.value != terms.RDF_TYPE]
    return " ".join(part.value.split("/")[-1].split("#")[-1] for part in parts)


LOOK_ALIKE = ('"1"', '"1"@en', "1.5", '"1"^^xsd:boolean', r'"1\"^^xsd:integer"')


@pytest.mark.parametrize("other", LOOK_ALIKE)
def test_literals_that_look_alike_are_not_confused(other: str) -> None:
    """The nested "value" of each becomes a class of its own."""
    axioms = f"""
        :d a owl:DatatypeProperty .
        [ owl:onProperty :d ; owl:hasValue 1 ] rdfs:subClassOf :One .
        [ owl:onProperty :d ; owl:hasValue {other} ] rdfs:subClassOf :Other .
    """
    assert run(axioms, f"x:a :d 1 . x:b :d {other} .") == ({"a One", "b Other"}, 0)


@pytest.mark.parametrize(("listed", "clashes"), [("x:a x:b", 0), ("x:b x:c", 1)])
def test_an_individual_is_in_an_enumeration_that_lists_it(listed: str, clashes: int) -> None:
    """The rule of such an assertion has a test and nothing to join."""
    assert run(f"x:a a [ owl:oneOf ({listed}) ] .", "") == (set(), clashes)


def test_a_value_can_be_one_of_those_listed() -> None:
    axioms = """
        :d a owl:DatatypeProperty .
        [ owl:onProperty :d ; owl:someValuesFrom [ a rdfs:Datatype ; owl:oneOf (1 "b"@en) ] ]
            rdfs:subClassOf :Listed .
    """
    facts = 'x:a :d 1 . x:b :d "b"@en . x:c :d "1" , "b" , 2 .'
    assert run(axioms, facts) == ({"a Listed", "b Listed"}, 0)


@pytest.mark.parametrize(("known", "clashes"), [("x:b", 0), ("x:b , x:c", 1)])
def test_at_most_one_of_a_kind_counts_that_kind_alone(known: str, clashes: int) -> None:
    """Too rare among random graphs to be relied on there."""
    axioms = """
        :p a owl:ObjectProperty .
        :A rdfs:subClassOf [ owl:onProperty :p ; owl:onClass :D ;
            owl:maxQualifiedCardinality "1"^^xsd:nonNegativeInteger ] .
    """
    facts = f"x:a a :A ; :p x:b , x:c . x:d :e {known} ."
    found = run(f"{axioms} :e rdfs:range :D .", facts)
    assert found == ({f"{name} D" for name in "bc"[: clashes + 1]}, clashes)


@needs("java", "HermiT")
def test_hermit_speaks_of_both_directions_and_of_all_names() -> None:
    """What it leaves out as too plain is added to its answer."""
    ontology = Graph().parse(
        data=PREFIXES
        + """
        :p a owl:ObjectProperty , owl:SymmetricProperty ; owl:equivalentProperty :q .
        :q a owl:ObjectProperty .
        x:a :p x:b .
        """,
        format="turtle",
    )
    found = {tuple(str(term).split("/")[-1] for term in triple) for triple in realise(ontology)}
    assert found == {
        ("b", "ontology#p", "a"),
        ("a", "ontology#q", "b"),
        ("b", "ontology#q", "a"),
    }
