"""The ontology in use: the program's terms are in it, and the rules infer what it says.

What must hold of the ontology itself is the work of ``mieco ontology check``.
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, Graph, Literal, Namespace, URIRef

from conftest import Server
from mieco import content, terms

MIECO = Namespace(terms.MIECO)
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def own_terms(ontology: Graph) -> set[URIRef]:
    return {
        term
        for kind in KINDS
        for term in ontology.subjects(RDF.type, kind)
        if isinstance(term, URIRef) and term in MIECO
    }


def test_it_is_as_large_as_promised(ontology: Graph) -> None:
    classes = [t for t in own_terms(ontology) if (t, RDF.type, OWL.Class) in ontology]
    defined = [c for c in classes if (c, OWL.equivalentClass, None) in ontology]
    chains = list(ontology.subjects(OWL.propertyChainAxiom, None))
    said_with = {OWL.ObjectProperty, OWL.DatatypeProperty}
    properties = [t for t in own_terms(ontology) if set(ontology.objects(t, RDF.type)) & said_with]
    assert len(classes) >= 95
    assert len(properties) >= 75
    assert len(defined) >= 10
    assert len(chains) >= 5


def test_every_term_that_the_project_uses_is_in_the_ontology(ontology: Graph) -> None:
    known = {str(t).removeprefix(terms.MIECO) for t in own_terms(ontology)}
    queries = content.folder("queries")
    used: dict[str, set[str]] = {}
    for path in [*queries.rglob("*.rq"), content.folder("data") / "tables.toml"]:
        text = path.read_text(encoding="utf-8")
        used[path.name] = set(re.findall(r"mieco:(\w+)", text))
        used[path.name] |= set(re.findall(r'"ontology#(\w+)"', text))
    for path in content.folder("shapes").rglob("*.ttl"):
        used[path.name] = set(re.findall(r"\bmieco:(\w+)", path.read_text(encoding="utf-8")))
    for path in Path(terms.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.setdefault(path.name, set()).update(re.findall(r"mieco:(\w+)", node.value))
    assert {f: sorted(t - known) for f, t in used.items() if t - known} == {}


QUESTIONS = tomllib.loads(
    (Path(__file__).parent / "ontology" / "questions.toml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def used(server: Server) -> set[str]:
    """Local names of the terms that the release says something with."""
    found = server.query(
        """
        PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
        SELECT DISTINCT ?term WHERE {
          GRAPH ?graph { ?s ?p ?o }
          FILTER (?graph != <https://w3id.org/mieco/graph/shapes>)
          BIND (IF(?p = rdf:type, ?o, ?p) AS ?term)
        }"""
    )
    return {r["term"].removeprefix(terms.MIECO) for r in found if r["term"] in MIECO}


def test_the_terms_of_every_competency_question_exist_and_are_used(
    ontology: Graph, used: set[str]
) -> None:
    """All 62; what only a consortium's own dossier can tell is said to wait for one."""
    asked = {name: question for group in QUESTIONS.values() for name, question in group.items()}
    assert sorted(asked) == [f"q{number:02}" for number in range(1, 63)]
    known = {str(term).removeprefix(terms.MIECO) for term in own_terms(ontology)}
    for name, question in asked.items():
        assert set(question["terms"]) <= known, name
        if question["from"] == "data":
            assert set(question["terms"]) - set(question.get("rare", [])) <= used, name


def test_no_term_is_without_a_use(ontology: Graph, used: set[str]) -> None:
    """In data, in a question, in a shape, or above a term that is."""
    asked = {
        term
        for group in QUESTIONS.values()
        for question in group.values()
        for term in question["terms"]
    }
    shaped = {
        term
        for path in content.shape_files()
        for term in re.findall(r"\bmieco:(\w+)", path.read_text(encoding="utf-8"))
    }
    idle = (
        {
            str(term).removeprefix(terms.MIECO)
            for term in own_terms(ontology)
            if (term, OWL.deprecated, None) not in ontology
        }
        - used
        - asked
        - shaped
    )
    assert {
        term
        for term in idle
        if not set(ontology.subjects(RDFS.subClassOf | RDFS.subPropertyOf, MIECO[term]))
    } == set()


def test_the_documents_name_terms_that_exist(ontology: Graph) -> None:
    text = (Path(__file__).parent.parent / "docs" / "ontology.md").read_text(encoding="utf-8")
    named = {MIECO[name] for name in re.findall(r"`mieco:(\w+)", text)}
    concepts = {URIRef(f"{terms.BASE}{path}") for path in re.findall(r"`(concept/[\w/-]+)`", text)}
    assert len(named) > 30
    assert len(concepts) > 8
    assert {term for term in named | concepts if (term, RDFS.label, None) not in ontology} == set()


def test_interpretive_theory_claims_nothing_of_the_founding_paper(ontology: Graph) -> None:
    """It is marked, and has sources of its own."""
    paper = URIRef(f"{terms.BASE}source/li-2024")
    marked = set(ontology.subjects(MIECO.interpretationStatus, Literal("interpretive")))
    assert len(marked) > 30
    for term in marked:
        sources = set(ontology.objects(term, DCTERMS.source))
        assert sources - {URIRef(f"{terms.BASE}ontology")}, term
        assert paper not in sources, term
