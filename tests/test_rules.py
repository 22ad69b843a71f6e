"""Single axioms as rules: what random ontologies once found to go wrong."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph

from conftest import needs
from mieco import terms
from mieco.ask.explanations import every
from mieco.delta import Delta
from mieco.rdflib_graphs import graph_of
from mieco.reason.compile import compile_rules
from mieco.reason.hermit import realise
from mieco.reason.materialise import materialise
from mieco.reason.ruleset import RuleSet
from mieco.reason.why import Explainer
from mieco.stores import rows

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


def test_iris_that_are_shortened_alike_are_not_confused() -> None:
    axioms = """
        [ owl:onProperty :p ; owl:hasValue <https://w3id.org/mieco/mieco:x> ] rdfs:subClassOf :One .
        [ owl:onProperty :p ; owl:hasValue :x ] rdfs:subClassOf :Other .
    """
    facts = "x:a :p :x . x:b :p <https://w3id.org/mieco/mieco:x> ."
    assert run(axioms, facts) == ({"a Other", "b One"}, 0)


@pytest.mark.parametrize("value", ['"2024-01-01Z"^^xsd:date', '"0AFF"^^xsd:hexBinary'])
def test_a_literal_of_an_axiom_is_taken_as_it_is_written(value: str) -> None:
    axioms = f"[ owl:onProperty :d ; owl:hasValue {value} ] rdfs:subClassOf :Hit ."
    quads = ox.parse(PREFIXES + axioms, format=ox.RdfFormat.TURTLE)
    rules = compile_rules(graph_of(quads))
    store = ox.Store()
    store.load(f"{PREFIXES} x:a :d {value} .", format=ox.RdfFormat.TURTLE)
    assert len(materialise(store, rules).saved.inferred) == 1


def test_one_value_under_two_spellings_is_one() -> None:
    axioms = ":d a owl:DatatypeProperty , owl:FunctionalProperty ."
    assert run(axioms, "x:a :d 1 , 1.0 .") == (set(), 0)
    assert run(axioms, "x:a :d 1 , 1.5 .") == (set(), 1)


@pytest.mark.parametrize(
    ("datatype", "value", "clashes"),
    [
        ("gYear", '"去年"^^xsd:gYear', 1),
        ("integer", '"x"^^xsd:integer', 1),
        ("date", '"2024-05-17"^^xsd:date', 0),
        ("dateTimeStamp", '"2024-05-17T08:00:00Z"^^xsd:dateTimeStamp', 0),
        ("duration", '"P1D"^^xsd:dayTimeDuration', 0),
    ],
)
def test_a_value_is_judged_by_its_form(datatype: str, value: str, clashes: int) -> None:
    axioms = f":d a owl:DatatypeProperty ; rdfs:range xsd:{datatype} ."
    assert run(axioms, f"x:a :d {value} .") == (set(), clashes)


def test_nothing_is_an_owl_nothing() -> None:
    assert run(":A a owl:Class .", "x:a a owl:Nothing .") == (set(), 1)


def test_what_is_excluded_is_known_before_it_is_asked_for(tmp_path: Path) -> None:
    """Though it has to be inferred itself; and a change can take back what followed."""
    query = tmp_path / "alone.rq"
    query.write_text(
        PREFIXES + "CONSTRUCT { ?x a :Alone } WHERE { ?x a :A"
        " FILTER NOT EXISTS { ?x :p ?y . ?y a :B } }",
        encoding="utf-8",
    )
    axioms = ":C rdfs:subClassOf :B . :q rdfs:subPropertyOf :p ."
    rules = compile_rules(Graph().parse(data=PREFIXES + axioms, format="turtle"), [query])
    assert RuleSet.of_json(rules.to_json()) == rules
    graph = ox.NamedNode("http://example.org/graph")
    facts = "x:a a :A ; :q x:c . x:c a :C . x:b a :A ; :q x:d . x:d a :D . x:e a :A ."

    def quads(text: str) -> list[ox.Quad]:
        found = ox.parse(PREFIXES + text, format=ox.RdfFormat.TURTLE)
        return [ox.Quad(q.subject, q.predicate, q.object, graph) for q in found]

    def alone(store: ox.Store) -> set[str]:
        said = store.quads_for_pattern(
            None, None, ox.NamedNode(terms.MIECO + "Alone"), ox.NamedNode(terms.INFERRED_GRAPH)
        )
        return {short(quad.triple) for quad in said}

    store = ox.Store()
    store.extend(quads(facts))
    before = materialise(store, rules).saved
    assert alone(store) == {"b Alone", "e Alone"}
    why = Explainer(rules).why(
        ox.Triple(
            ox.NamedNode("http://example.org/b"),
            ox.NamedNode(terms.RDF_TYPE),
            ox.NamedNode(terms.MIECO + "Alone"),
        ),
        lambda text: rows(store, text),
        seconds=20,
    )
    assert why is not None
    assert [short(premise.fact) for premise in why.premises] == ["b A"]
    assert "not (mieco:B(?y), mieco:p(?x, ?y))" in str(why.rule)

    delta = Delta(added=frozenset(quads("x:d a :C .")), removed=frozenset(quads("x:c a :C .")))
    store.extend(delta.added)
    for quad in delta.removed:
        store.remove(quad)
    materialise(store, rules, before, delta)
    assert alone(store) == {"a Alone", "e Alone"}


def test_what_hangs_together_is_explained_once() -> None:
    """Written out each time it is used, the reason would double with every rung."""
    rungs = "\n".join(
        f"[ owl:intersectionOf (:C{n} :D{n}) ] rdfs:subClassOf :C{n + 1} , :D{n + 1} ."
        for n in range(40)
    )
    rules = compile_rules(Graph().parse(data=PREFIXES + rungs, format="turtle"))
    store = ox.Store()
    graph = ox.NamedNode("http://example.org/graph")
    for quad in ox.parse(PREFIXES + "x:a a :C0 , :D0 .", format=ox.RdfFormat.TURTLE):
        store.add(ox.Quad(quad.subject, quad.predicate, quad.object, graph))
    materialise(store, rules)
    top = ox.Triple(
        ox.NamedNode("http://example.org/a"),
        ox.NamedNode(terms.RDF_TYPE),
        ox.NamedNode(terms.MIECO + "C40"),
    )
    found = Explainer(rules).why(top, lambda text: rows(store, text), seconds=20)
    assert found is not None
    explained = list(every(found))
    assert len(explained) < 40 * 4 + 4
    assert len({each.fact for each in explained if not each.repeated}) == 40 * 2 + 1
    assert any(each.repeated for each in explained)
