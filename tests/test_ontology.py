"""The ontology in use: the program's terms are in it, and the rules infer what it says.

What must hold of the ontology itself is the work of ``mieco ontology check``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, Graph, Literal, Namespace, URIRef

from conftest import Server
from mieco import content, terms
from mieco.questions.header import read_questions

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


QUESTIONS = read_questions(content.folder("queries") / "questions")


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


# Notions of the founding paper that no source puts into a fact yet, nor any question into words;
# /questions/coverage says so too.
UNASKED = {"InnovationInteraction", "SharedAchievement", "servesAim", "trainsForIndustry"}


def test_no_term_is_without_a_use(ontology: Graph, used: set[str]) -> None:
    """In data, a column of tables or workbook, a question, a shape, or above one that is."""
    asked = {
        term.removeprefix("mieco:") for question in QUESTIONS.values() for term in question.terms
    }
    shaped = named_in(content.shape_files())
    carried = named_in(content.folder("data") / f"{name}.toml" for name in ("tables", "workbook"))
    terms_in_force = {
        str(term).removeprefix(terms.MIECO)
        for term in own_terms(ontology)
        if (term, OWL.deprecated, None) not in ontology
    }
    idle = {
        term
        for term in terms_in_force - used - asked - shaped - carried
        if not set(ontology.subjects(RDFS.subClassOf | RDFS.subPropertyOf, MIECO[term]))
    }
    assert idle == UNASKED


def named_in(files: Iterable[Path]) -> set[str]:
    """Local names of our terms in texts."""
    return {
        name
        for path in files
        for name in re.findall(r"\bmieco:(\w+)", path.read_text(encoding="utf-8"))
    }


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
