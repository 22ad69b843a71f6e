"""The ontology: bilingual, described, consistent, stable, and the program's terms are in it."""

from __future__ import annotations

import ast
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import owlrl
import pytest
from diffable_rdf import deterministic_turtle
from pyoxigraph import NamedNode, Quad, RdfFormat, parse
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, XSD, Graph, Namespace, URIRef
from rdflib.term import Literal

from conftest import Run, needs
from mieco import content, terms
from mieco.reason.rules import infer, read_rules

ONTOLOGY = content.folder("ontology")
MIECO = Namespace(terms.MIECO)
TURTLE = sorted(ONTOLOGY.rglob("*.ttl")) + sorted(content.folder("shapes").rglob("*.ttl"))
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


@pytest.fixture(scope="module")
def ontology() -> Graph:
    graph = Graph()
    for path in ONTOLOGY.rglob("*.ttl"):
        graph.parse(path)
    return graph


def own_terms(ontology: Graph) -> set[URIRef]:
    return {
        term
        for kind in KINDS
        for term in ontology.subjects(RDF.type, kind)
        if isinstance(term, URIRef) and term in MIECO
    }


def test_it_has_about_forty_classes_or_more(ontology: Graph) -> None:
    classes = [t for t in own_terms(ontology) if (t, RDF.type, OWL.Class) in ontology]
    defined = [c for c in classes if (c, OWL.equivalentClass, None) in ontology]
    chains = list(ontology.subjects(OWL.propertyChainAxiom, None))
    assert len(classes) >= 40
    assert len(defined) >= 8
    assert len(chains) >= 5


def test_every_term_is_named_defined_and_sourced_in_both_languages(ontology: Graph) -> None:
    lacking = []
    for term in own_terms(ontology):
        for predicate in (RDFS.label, SKOS.definition):
            spoken = {
                o.language for o in ontology.objects(term, predicate) if isinstance(o, Literal)
            }
            if not {"zh", "en"} <= spoken:
                lacking.append(f"{term} {predicate}")
        lacking += [
            f"{term} {predicate}"
            for predicate in (RDFS.isDefinedBy, DCTERMS.source)
            if (term, predicate, None) not in ontology
        ]
    assert lacking == []


def test_every_concept_has_a_notation_that_ends_its_iri(ontology: Graph) -> None:
    concepts = [c for c in ontology.subjects(SKOS.inScheme, None) if isinstance(c, URIRef)]
    assert len(concepts) > 40
    for concept in concepts:
        assert str(ontology.value(concept, SKOS.notation)) == concept.rsplit("/", 1)[1]
        spoken = {o.language for o in ontology.objects(concept, SKOS.prefLabel)}
        assert spoken == {"zh", "en"}


@pytest.mark.parametrize("path", TURTLE, ids=lambda p: p.name)
def test_a_file_equals_its_own_serialisation(path: Path) -> None:
    assert deterministic_turtle(Graph().parse(path)) == path.read_text(encoding="utf-8")


def test_no_date_is_said_with_a_data_property(ontology: Graph) -> None:
    """HermiT refuses xsd:date there; dates are annotations."""
    ranges = set(ontology.objects(None, RDFS.range))
    assert not ranges & {XSD.date, XSD.gYear, XSD.gYearMonth, RDF.langString}


def test_the_catalogue_resolves_every_import_offline(ontology: Graph) -> None:
    tree = ET.parse(ONTOLOGY / "catalog-v001.xml")
    entries = {e.get("name"): e.get("uri") for e in tree.iter() if e.tag.endswith("}uri")}
    imported = {str(i) for i in ontology.objects(None, OWL.imports)}
    assert imported <= entries.keys()
    for iri, file in entries.items():
        graph = Graph().parse(ONTOLOGY / str(file))
        ontology_iri = graph.value(None, RDF.type, OWL.Ontology)
        assert str(iri) in {str(ontology_iri), str(graph.value(ontology_iri, OWL.versionIRI))}


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


TOY = """
@prefix : <http://example.org/> .
@prefix mieco: <https://w3id.org/mieco/ontology#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix role: <https://w3id.org/mieco/concept/role/> .
:c a mieco:Consortium ; mieco:locatedIn :city ; mieco:hasRecognition :r .
:city a mieco:Place ; mieco:partOf :province . :province a mieco:Place .
:r a mieco:Recognition ;
   mieco:recognitionLevel <https://w3id.org/mieco/concept/recognition-level/national> .
:school a mieco:HigherVocationalCollege . :firm a mieco:Enterprise .
:office a mieco:GovernmentDepartment . :park a mieco:IndustrialPark .
:m1 a mieco:Membership ; mieco:party :school ; mieco:ofConsortium :c ; mieco:role role:lead .
:m2 a mieco:Membership ; mieco:party :firm ; mieco:ofConsortium :c ; mieco:role role:member .
:m3 a mieco:Membership ; mieco:party :office ; mieco:ofConsortium :c ; mieco:role role:member .
:m4 a mieco:Membership ; mieco:party :park ; mieco:ofConsortium :c ; mieco:role role:host-park .
:p a mieco:Participation ; mieco:party :guest ; mieco:ofConsortium :c . :guest a mieco:University .
:act a mieco:JointActivity ; mieco:involvesActor :school , :firm .
:alone a mieco:JointActivity ; mieco:involvesActor :school .
:rec a mieco:Record ; prov:wasDerivedFrom :src .
:src a mieco:Source ; mieco:hasGrade <https://w3id.org/mieco/concept/grade/press> .
"""
WANTED = """
:school a mieco:LeadSchool , mieco:LeadActor ; mieco:leads :c ; mieco:memberOf :c .
:firm mieco:memberOf :c ; mieco:takesPartIn :c .
:c a mieco:TriSectorConsortium , mieco:NationallyRecognisedConsortium ;
   mieco:hasMember :firm , :office , :school ; mieco:ledBy :school ;
   mieco:basedOnPark :park ; mieco:locatedIn :province .
:guest mieco:takesPartIn :c .
:act a mieco:BoundaryBreakingActivity .
:rec mieco:hasGrade <https://w3id.org/mieco/concept/grade/press> .
"""
UNWANTED = """
:firm a mieco:LeadEnterprise ; mieco:leads :c .
:guest mieco:memberOf :c .
:alone a mieco:BoundaryBreakingActivity .
:office a mieco:LeadActor .
"""
HEAD = "\n".join(TOY.splitlines()[:5]) + "\n"


def quads(turtle: str) -> set[Quad]:
    return set(parse(turtle.encode(), RdfFormat.TURTLE))


def test_the_rules_infer_what_the_axioms_say() -> None:
    inferred = infer([*all_quads(), *quads(TOY)], rules(), NamedNode(terms.INFERRED_GRAPH))
    found = {q.triple for q in inferred} | {q.triple for q in quads(TOY)}
    assert {q.triple for q in quads(HEAD + WANTED)} <= found
    assert not {q.triple for q in quads(HEAD + UNWANTED)} & found


def test_the_rules_agree_with_an_independent_reasoner(ontology: Graph) -> None:
    """On our own vocabulary, about the toy's own things, owlrl infers the same."""
    node = NamedNode(terms.INFERRED_GRAPH)
    toy = quads(TOY)
    ours = infer([*all_quads(), *toy], rules(), node)
    closure = Graph().parse(data=TOY)
    closure += ontology
    for quad in infer([*toy], {"membership": rules()["membership"]}, node):
        closure.add(tuple(URIRef(t.value) for t in quad.triple))
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closure)
    own = ("https://w3id.org/mieco/", "http://example.org/")

    def relevant(s: str, p: str, o: str) -> bool:
        said = o if p == str(RDF.type) else p
        return s.startswith("http://example.org/") and o.startswith(own) and said in MIECO

    mine = {
        (q.subject.value, q.predicate.value, q.object.value)
        for q in [*ours, *toy]
        if isinstance(q.object, NamedNode)
    }
    theirs = {(str(s), str(p), str(o)) for s, p, o in closure if isinstance(o, URIRef)}
    assert {t for t in mine if relevant(*t)} == {t for t in theirs if relevant(*t)}


def all_quads() -> list[Quad]:
    return [
        quad
        for path in ONTOLOGY.rglob("*.ttl")
        for quad in parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
    ]


def rules() -> dict[str, str]:
    return read_rules(content.folder("queries") / "rules")


@needs("java", "HermiT")
def test_hermit_finds_it_consistent(mieco: Run) -> None:
    done = mieco("ontology", "check")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("consistent, and every class can have members")


def test_without_java_one_sentence_says_so(mieco: Run, tmp_path: Path) -> None:
    done = mieco("ontology", "check", PATH=str(tmp_path))
    assert done.returncode == 3
    assert done.stderr.startswith("mieco: Java was not found")
    assert done.stderr.count("\n") == 1
