"""The ontology within OWL 2 RL: what a rule engine can do with it, and nothing else.

A defined class becomes one direction of its definition: whatever fits the expression is in
the class (Profiles §4.2.3).  Axioms that OWL 2 RL has no form for are left out.
"""

from __future__ import annotations

from rdflib import OWL, RDF, RDFS, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from mieco.curate.modules import copy_of

_FORMS = (
    OWL.intersectionOf,
    OWL.unionOf,
    OWL.oneOf,
    OWL.complementOf,
    OWL.someValuesFrom,
    OWL.allValuesFrom,
    OWL.hasValue,
    OWL.maxCardinality,
    OWL.maxQualifiedCardinality,
)


def within_rl(ontology: Graph) -> Graph:
    """The axioms of an ontology that are in OWL 2 RL, or can be said there."""
    graph = copy_of(ontology)
    for defined, expression in list(graph.subject_objects(OWL.equivalentClass)):
        if isinstance(expression, BNode):
            graph.remove((defined, OWL.equivalentClass, expression))
            graph.add((expression, RDFS.subClassOf, defined))
    for below, above in list(graph.subject_objects(RDFS.subClassOf)):
        if not (_is_subclass(graph, below) and _is_superclass(graph, above)):
            graph.remove((below, RDFS.subClassOf, above))
    for side in (RDFS.domain, RDFS.range):
        for prop, kind in list(graph.subject_objects(side)):
            if not _is_superclass(graph, kind):
                graph.remove((prop, side, kind))
    graph.remove((None, OWL.disjointUnionOf, None))
    graph.remove((None, RDF.type, OWL.ReflexiveProperty))
    _drop_unused(graph)
    return graph


def _form(graph: Graph, expression: Node) -> tuple[URIRef | None, Node | None]:
    """How an anonymous expression is built, and of what."""
    for form in _FORMS:
        if (parts := graph.value(expression, form)) is not None:
            return form, parts
    return None, None


def _is_subclass(graph: Graph, expression: Node) -> bool:
    """May it stand on the left of a subclass axiom (Profiles §4.2.3, subClassExpression)?"""
    if isinstance(expression, URIRef):
        return expression != OWL.Thing
    form, parts = _form(graph, expression)
    if parts is None:
        return False
    if form in {OWL.intersectionOf, OWL.unionOf}:
        return all(_is_subclass(graph, part) for part in Collection(graph, parts))
    if form == OWL.someValuesFrom:
        return parts == OWL.Thing or _is_subclass(graph, parts)
    return form in {OWL.oneOf, OWL.hasValue}


def _is_superclass(graph: Graph, expression: Node) -> bool:
    """May it stand on the right (superClassExpression)?"""
    if isinstance(expression, URIRef):
        return expression != OWL.Thing
    form, parts = _form(graph, expression)
    if parts is None:
        return False
    if form == OWL.intersectionOf:
        return all(_is_superclass(graph, part) for part in Collection(graph, parts))
    if form == OWL.complementOf:
        return _is_subclass(graph, parts)
    if form == OWL.allValuesFrom:
        return _is_superclass(graph, parts)
    if form in {OWL.maxCardinality, OWL.maxQualifiedCardinality}:
        filler = graph.value(expression, OWL.onClass) or OWL.Thing
        small = isinstance(parts, Literal) and parts.toPython() in {0, 1}
        return small and (filler == OWL.Thing or _is_subclass(graph, filler))
    return form == OWL.hasValue


def _drop_unused(graph: Graph) -> None:
    """Removes the expressions that no axiom refers to any more, and what only they refer to."""
    axioms = {OWL.AllDisjointClasses, OWL.AllDisjointProperties, OWL.AllDifferent, OWL.Axiom}
    while unused := [
        s
        for s in set(graph.subjects())
        if isinstance(s, BNode)
        and (None, None, s) not in graph
        and (s, RDFS.subClassOf, None) not in graph
        and not axioms & set(graph.objects(s, RDF.type))
    ]:
        for subject in unused:
            graph.remove((subject, None, None))
