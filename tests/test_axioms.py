"""Every kind of axiom becomes the rules that it should, has a reason, or is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from rdflib import RDFS, Graph

from conftest import Run
from mieco import content
from mieco.curate.rules import compiled
from mieco.errors import AxiomUnknown, BadInstallation
from mieco.inference import rule_files
from mieco.reason.compile import compile_rules
from mieco.reason.listing import as_markdown
from mieco.reason.ruleset import RuleSet

PREFIXES = """
@prefix : <https://w3id.org/mieco/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
CASES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "ontology" / "axioms").glob("*.ttl"))
}


def rules(text: str) -> RuleSet:
    return compile_rules(Graph().parse(data=PREFIXES + text, format="turtle"))


def expected(text: str) -> set[str]:
    """The comments at the head of a case: its rules as mieco writes them, and its reasons."""
    head = text.partition("\n\n")[0]
    return {line.removeprefix("# ") for line in head.splitlines()} - {"#"}


@pytest.mark.parametrize("name", CASES)
def test_an_axiom_becomes_its_rules(name: str) -> None:
    made = rules(CASES[name])
    found = {str(rule) for rule in made.axiom_of}
    found |= {f"not: {reason.en}" for axiom in made.axioms for reason in axiom.reasons}
    # Of whatever ontology, nothing may be an owl:Nothing.
    assert found - {"⊥ ← owl:Nothing(?x)"} == expected(CASES[name])


@pytest.mark.parametrize(
    "text",
    [
        ":A owl:unlike :B .",
        ":A a owl:FuzzyClass .",
        ":A rdfs:subClassOfMany :B .",
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:atLeastHalf :B ] .",
        ":A owl:equivalentClass [ a owl:Class ; rdfs:label 'nothing but a name'@en ] .",
        "[] a <http://www.w3.org/2003/11/swrl#Imp> .",
        "[] a owl:AllDisjointClasses .",
        ":p owl:propertyChainAxiom () .",
        ":p owl:propertyChainAxiom :q .",
        "_:l rdf:first :A ; rdf:rest _:l . :B rdfs:subClassOf [ owl:intersectionOf _:l ] .",
        "_:l rdf:first :A, :B ; rdf:rest () . :B rdfs:subClassOf [ owl:intersectionOf _:l ] .",
        ":A rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 'many' ] .",
        ":A rdfs:subClassOf [ owl:onProperty :p, :q ; owl:someValuesFrom :B ] .",
        ":A rdfs:subClassOf [ owl:onProperty :p ; owl:hasSelf false ] .",
        "_:c owl:complementOf _:c . :A rdfs:subClassOf _:c .",
        "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :a .",
    ],
)
def test_an_axiom_of_an_unknown_kind_is_an_error(text: str) -> None:
    with pytest.raises(AxiomUnknown) as caught:
        rules(text)
    assert caught.value.message("zh")
    assert "docs/rules.md" in caught.value.advice("en")


def test_the_order_of_the_ontology_does_not_matter() -> None:
    files = content.ontology_files()
    graphs = [Graph(), Graph()]
    for path in files.loaded:
        graphs[0].parse(path)
    for path in reversed(files.loaded):
        graphs[1].parse(path)
    first, second = (compile_rules(graph, rule_files(), files) for graph in graphs)
    assert first.digest == second.digest
    assert RuleSet.of_json(first.to_json()) == first


def test_what_hermit_classified_holds_only_with_all_of_its_axioms() -> None:
    """An ontology that lacks one of the axioms may not get what followed from them."""
    files = content.ontology_files()
    whole = Graph()
    for path in files.loaded:
        whole.parse(path)
    assert "Classification" in {a.kind for a in compile_rules(whole, (), files).axioms}
    whole.remove(next(whole.triples((None, RDFS.subClassOf, None))))
    assert "Classification" not in {a.kind for a in compile_rules(whole, (), files).axioms}


BAD_QUERIES = {
    "SELECT ?x { ?x ?p ?y }": "CONSTRUCT",
    "CONSTRUCT { ?x a <x:B> } WHERE { ?x a <x:A> OPTIONAL { ?x <x:p> ?y } }": "LeftJoin",
    "CONSTRUCT { ?x a <x:B> } WHERE { ?x a <x:A> FILTER EXISTS { ?x <x:p> ?y } }": "FILTER",
    # What is excluded hangs together with the rest by one variable, and is patterns alone.
    "CONSTRUCT { ?x a <x:B> } WHERE { ?x a <x:A> FILTER NOT EXISTS { ?y <x:p> ?z } }": "NOT EXISTS",
    "CONSTRUCT { ?x a <x:B> } WHERE { ?x <x:q> ?y FILTER NOT EXISTS { ?x <x:p> ?y } }": (
        "NOT EXISTS"
    ),
    "CONSTRUCT { ?x a <x:B> } WHERE { ?x a <x:A> FILTER NOT EXISTS { ?x a <x:C> OPTIONAL"
    " { ?x <x:p> ?y } } }": "LeftJoin",
    "CONSTRUCT { ?x a <x:B> } WHERE { ?x a <x:A> FILTER NOT EXISTS { ?x a <x:C> FILTER NOT EXISTS"
    " { ?x <x:p> ?y } } }": "NOT EXISTS",
    "CONSTRUCT { ?x a <x:B> } WHERE { ?x a <x:A> FILTER NOT EXISTS {"
    " { ?x a <x:C> } UNION { ?x a <x:D> } } }": "NOT EXISTS",
    "CONSTRUCT { ?x a <x:B> } WHERE { ?x a <x:A> MINUS { ?x <x:p> ?y } }": "Minus",
    "CONSTRUCT { ?x a <x:B> } WHERE { ?x <x:p> ?y BIND (?y + 1 AS ?z) }": "Additive",
    "CONSTRUCT { ?x a <x:B> } WHERE { ?x <x:p>+ ?y }": "in the place of a name",
    "CONSTRUCT { ?x a ?k } WHERE { ?x <x:p> ?k }": "in the place of a name",
    "CONSTRUCT { ?x a <x:B> } WHERE { ?y <x:p> ?z }": "bound by nothing",
    "CONSTRUCT { ?x a <x:B> } WHERE {": "Expected",
}


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_a_query_that_is_no_rule_is_refused(tmp_path: Path, query: str) -> None:
    path = tmp_path / "bad.rq"
    path.write_text(query, encoding="utf-8")
    with pytest.raises(BadInstallation, match=r"bad\.rq") as caught:
        compile_rules(Graph(), [path])
    assert BAD_QUERIES[query] in caught.value.message("en")


def test_a_query_that_excludes_what_follows_from_it_is_refused(tmp_path: Path) -> None:
    """Whether such a rule holds would depend on when it is asked."""
    path = tmp_path / "bad.rq"
    path.write_text(
        "PREFIX m: <https://w3id.org/mieco/ontology#>"
        " CONSTRUCT { ?x a m:B } WHERE { ?x a m:A FILTER NOT EXISTS { ?x m:p ?y . ?y a m:C } }",
        encoding="utf-8",
    )
    ontology = Graph().parse(
        data="@prefix m: <https://w3id.org/mieco/ontology#> ."
        " @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . m:B rdfs:subClassOf m:C .",
        format="turtle",
    )
    compile_rules(Graph(), [path])
    with pytest.raises(BadInstallation, match="excludes what follows from it"):
        compile_rules(ontology, [path])


def test_an_unknown_axiom_is_a_finding_of_the_ontology_check(mieco: Run, tmp_path: Path) -> None:
    folder = tmp_path / "ontology"
    shutil.copytree(content.folder("ontology"), folder)
    with (folder / "core.ttl").open("a", encoding="utf-8") as module:
        module.write("\nmieco:Place owl:unlike mieco:Record .\n")
    done = mieco("ontology", "check", "--only", "rules", "--folder", str(folder))
    assert done.returncode == 1
    assert "mieco:Place owl:unlike" in done.stdout


def test_the_list_of_rules_is_in_step(mieco: Run) -> None:
    page = Path(__file__).parent.parent / "docs" / "rules.md"
    assert page.read_text(encoding="utf-8") == as_markdown(compiled(content.ontology_files()))
    said = json.loads(mieco("ontology", "rules", "--json").stdout)
    assert {"Query", "SubClassOf", "Classification"} <= {a["kind"] for a in said["axioms"]}
