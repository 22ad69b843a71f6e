"""What the axioms are for: toy data in, expected triples out, and no axiom without a use.

Each file of ``tests/ontology/inference/`` gives data (graph ``given``), what must follow
from them (``follows``) and what must not (``not``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import owlrl
import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse
from rdflib import OWL, RDF, Graph, URIRef

from conftest import needs
from mieco import content, terms
from mieco.delta import Delta
from mieco.inference import rule_files
from mieco.reason import facts
from mieco.reason.compile import compile_rules
from mieco.reason.datatypes import is_of
from mieco.reason.dictionary import Dictionary
from mieco.reason.hermit import realise
from mieco.reason.materialise import materialise
from mieco.reason.ruleset import RuleSet
from naive_rules import OWN_RULES, RL_RULES, closure, is_published

CASES = sorted((Path(__file__).parent / "ontology" / "inference").glob("*.trig"))
INFERRED = NamedNode(terms.INFERRED_GRAPH)


@dataclass(frozen=True)
class Case:
    given: frozenset[Triple]
    follows: frozenset[Triple]
    unfounded: frozenset[Triple]


def read_case(path: Path) -> Case:
    base = f"http://example.org/{path.stem}/"
    graphs: dict[str, set[Triple]] = {}
    for quad in parse(path=path, format=RdfFormat.TRIG):
        graphs.setdefault(quad.graph_name.value.removeprefix(base), set()).add(quad.triple)
    assert set(graphs) == {"given", "follows", "not"}, path.name
    return Case(*(frozenset(graphs[name]) for name in ("given", "follows", "not")))


ALL = {path.stem: read_case(path) for path in CASES}


GIVEN = frozenset().union(*(case.given for case in ALL.values()))


def ontology_triples() -> set[Triple]:
    return {
        quad.triple
        for path in content.ontology_files().modules
        for quad in parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
    }


def inferred(rules: RuleSet, asserted: Iterable[Triple]) -> set[Triple]:
    """What the compiled rules infer."""
    store = Store()
    store.extend(Quad(t.subject, t.predicate, t.object) for t in asserted)
    materialise(store, rules)
    return {quad.triple for quad in store.quads_for_pattern(None, None, None, INFERRED)}


def closed(ontology: Graph) -> set[Triple]:
    """All cases together, with what the project's rules infer by the axioms."""
    rules = compile_rules(ontology, rule_files())
    return inferred(rules, GIVEN | CONCEPTS) | GIVEN


CONCEPTS = {
    quad.triple
    for quad in parse(
        path=content.folder("ontology") / "schemes.ttl",
        format=RdfFormat.TURTLE,
        rename_blank_nodes=True,
    )
}


def failures(found: set[Triple]) -> list[str]:
    """The cases of which something is missing or unfounded."""
    return [
        name
        for name, case in ALL.items()
        if not case.follows <= found or case.unfounded & found or case.follows & case.given
    ]


@pytest.fixture(scope="module")
def by_rules(ontology: Graph) -> set[Triple]:
    return closed(ontology)


@pytest.mark.parametrize("name", ALL)
def test_the_rules_infer_what_the_axioms_say(by_rules: set[Triple], name: str) -> None:
    case = ALL[name]
    assert case.follows - by_rules == set()
    assert case.unfounded & by_rules == set()
    assert case.follows & case.given == set(), "what is given does not have to be inferred"


def test_a_second_engine_infers_the_same(by_rules: set[Triple]) -> None:
    """Plain CONSTRUCT queries that share no code with the compiled rules."""
    found = closure(ontology_triples() | GIVEN, RL_RULES | OWN_RULES)
    assert about_toys(by_rules) == about_toys({t for t in found if is_published(t)} | GIVEN)


def toys() -> Graph:
    """The cases together, after the rules of our own."""
    graph = Graph()
    for triple in closure(CONCEPTS | GIVEN, OWN_RULES) - CONCEPTS:
        graph.add(tuple(URIRef(term.value) for term in triple))
    return graph


@pytest.fixture(scope="module")
def by_hermit(ontology: Graph) -> set[Triple]:
    given = toys()
    return as_triples(realise(ontology + given) + given)


def as_triples(graph: Graph) -> set[Triple]:
    return {
        Triple(*(NamedNode(str(term)) for term in triple))
        for triple in graph
        if all(isinstance(term, URIRef) for term in triple)
    }


@needs("java", "HermiT")
@pytest.mark.parametrize("name", ALL)
def test_hermit_infers_the_same(by_hermit: set[Triple], name: str) -> None:
    assert ALL[name].follows - by_hermit == set()
    assert ALL[name].unfounded & by_hermit == set()


def test_the_rules_agree_with_an_independent_reasoner(
    ontology: Graph, by_rules: set[Triple]
) -> None:
    """On our own vocabulary, about the toys' own things, owlrl infers the same."""
    closure = toys() + ontology
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closure)
    assert about_toys(by_rules) == about_toys(as_triples(closure))


def about_toys(triples: set[Triple]) -> set[Triple]:
    own = ("https://w3id.org/mieco/", "http://example.org/")
    return {
        triple
        for triple in triples
        if triple.subject.value.startswith("http://example.org/")
        and isinstance(triple.object, NamedNode)
        and triple.object.value.startswith(own)
        and said(triple).startswith(terms.MIECO)
    }


def said(triple: Triple) -> str:
    typed = triple.predicate.value == str(RDF.type)
    return str((triple.object if typed else triple.predicate).value)


def test_every_definition_and_every_chain_is_missed_when_it_is_gone(
    ontology: Graph, by_rules: set[Triple]
) -> None:
    """Mutation: without any one of these axioms some case fails."""
    assert failures(by_rules) == []
    mutants = [
        *ontology.triples((None, OWL.equivalentClass, None)),
        *ontology.triples((None, OWL.propertyChainAxiom, None)),
    ]
    assert len(mutants) >= 40
    unnoticed = []
    for axiom in mutants:
        mutant = Graph() + ontology
        mutant.remove(axiom)
        if not failures(closed(mutant)):
            unnoticed.append(axiom[0])
    assert unnoticed == []


# --------------------------------------------------------------- unusual terms and errors

SMALL = """
@prefix m: <https://w3id.org/mieco/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
m:links a owl:ObjectProperty ; owl:inverseOf m:linked ; rdfs:range m:Thing .
m:linked a owl:ObjectProperty .
m:one a owl:DatatypeProperty , owl:FunctionalProperty .
m:says rdfs:subPropertyOf m:tells .
"""


@pytest.fixture(scope="module")
def small() -> RuleSet:
    return compile_rules(Graph().parse(data=SMALL, format="turtle"))


def test_nothing_is_inferred_of_a_triple_term(small: RuleSet) -> None:
    """RDF 1.2 has triples as objects; like a literal, none may be a subject."""
    told = b"<x:a> <https://w3id.org/mieco/ontology#links> <<( <x:s> <x:p> <x:o> )>> ."
    store = Store()
    store.load(told, format=RdfFormat.N_TRIPLES)
    inference = materialise(store, small)
    assert len(inference.saved.inferred) == 0
    assert [each.fresh for each in inference.contradictions] == [1]


def test_a_blank_node_stays_the_same_in_what_is_inferred(small: RuleSet) -> None:
    told = "<x:a> m:says _:b , <<( _:b <x:p> <x:o> )>> ."
    store = Store()
    store.load(f"PREFIX m: <{terms.MIECO}> {told}".encode(), format=RdfFormat.TURTLE)
    asserted = {quad.object for quad in store}
    saved = materialise(store, small).saved
    assert {quad.object for quad in store.quads_for_pattern(None, None, None, INFERRED)} == asserted
    # The same from arrays that were saved.
    again = Dictionary.of_arrays(saved.dictionary.arrays())
    assert again.blank_nodes().tolist() == saved.dictionary.blank_nodes().tolist() != []


def test_a_change_written_in_another_way_is_no_change(small: RuleSet) -> None:
    """The engine keeps "05"^^xsd:integer as "5": what a change says is read likewise."""

    def one(value: str) -> Quad:
        number = Literal(value, datatype=NamedNode(terms.XSD + "integer"))
        graph = NamedNode("http://example.org/graph")
        return Quad(NamedNode("x:a"), NamedNode(terms.MIECO + "one"), number, graph)

    store = Store()
    store.add(one("5"))
    before = materialise(store, small).saved
    delta = Delta(added=frozenset([one("05")]), removed=frozenset([one("5")]))
    store.remove(one("5"))
    store.add(one("05"))
    assert materialise(store, small, before, delta).contradictions == ()


@pytest.mark.parametrize("text", ["sNaN", "NaN", "Infinity", "1e5", "１２", "1_000", "", "."])
def test_what_is_no_number_is_no_integer(text: str) -> None:
    assert not is_of(
        Literal(text, datatype=NamedNode(terms.XSD + "decimal")), terms.XSD + "integer"
    )


def test_an_error_while_the_inferred_graph_is_written_is_not_lost(
    small: RuleSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text of the facts comes from another thread: half of it must not pass for all."""

    def broken(*_: object) -> Iterator[bytes]:
        yield b"<x:a> <x:p> <x:b> .\n"
        raise MemoryError

    monkeypatch.setattr(facts, "text", broken)
    with pytest.raises(MemoryError):
        materialise(Store(), small)
