"""The ontology in use: the program's terms are in it, and the rules infer what it says.

What must hold of the ontology itself is the work of ``mieco ontology check``.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import owlrl
import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse
from rdflib import OWL, RDF, Graph, Namespace, URIRef

from mieco import content, terms
from mieco.reason.rules import infer, read_rules

MIECO = Namespace(terms.MIECO)
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


@pytest.fixture(scope="module")
def ontology() -> Graph:
    graph = Graph()
    for path in content.ontology_files().loaded:
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
        for path in content.ontology_files().loaded
        for quad in parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
    ]


def rules() -> dict[str, str]:
    return read_rules(content.folder("queries") / "rules")
