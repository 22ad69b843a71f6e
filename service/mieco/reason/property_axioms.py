"""Axioms on properties as rules.

Each function gives what one kind of axiom becomes; it is called with the subject and the
value of the triple that stands for the axiom.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from rdflib import OWL, RDFS, URIRef
from rdflib.term import Node

from mieco.errors import Text
from mieco.reason.class_expressions import (
    EVERYTHING,
    VALUES,
    ClassExpressions,
    Outcome,
    UnknownForm,
    constant,
)
from mieco.reason.manchester import text_of_node
from mieco.reason.rule import OWL_THING, Atom, Rule, Test
from mieco.terms import MIECO

FOREIGN = Text(
    "外部词表的属性怎样取值，不由这里判断",
    "how others use their own properties is not judged here",
)


def subproperty(classes: ClassExpressions, below: Node, above: Node) -> Iterator[Outcome]:
    body = classes.related(below, "?x", "?y")
    yield Rule(classes.related(above, "?x", "?y"), (body,))


def equivalent_property(classes: ClassExpressions, one: Node, other: Node) -> Iterator[Outcome]:
    yield from subproperty(classes, one, other)
    yield from subproperty(classes, other, one)


def inverse(classes: ClassExpressions, one: Node, other: Node) -> Iterator[Outcome]:
    for a, b in ((one, other), (other, one)):
        yield Rule(classes.related(b, "?y", "?x"), (classes.related(a, "?x", "?y"),))


def chain(classes: ClassExpressions, prop: Node, chain: Node) -> Iterator[Outcome]:
    links = classes.members(chain)
    if not links:
        raise UnknownForm(text_of_node(classes.ontology, chain))
    body = [classes.related(link, f"?x{i}", f"?x{i + 1}") for i, link in enumerate(links)]
    yield Rule(classes.related(prop, "?x0", f"?x{len(links)}"), tuple(body))


def domain(classes: ClassExpressions, prop: Node, kind: Node) -> Iterator[Outcome]:
    body = (classes.related(prop, "?x", "?y"),)
    yield from classes.consequences(body, kind, "?x")


def range_(classes: ClassExpressions, prop: Node, kind: Node) -> Iterator[Outcome]:
    body = (classes.related(prop, "?x", "?y"),)
    if classes.is_data(prop):
        if isinstance(kind, URIRef):
            yield Rule(None, body, (Test("not a", ("?y",), (str(kind),)),))
        else:
            yield VALUES
        return
    yield from classes.consequences(body, kind, "?y")


def object_property(classes: ClassExpressions, prop: Node, _: Node) -> Iterator[Outcome]:
    if not str(prop).startswith(MIECO):
        yield FOREIGN
        return
    body = (classes.related(prop, "?x", "?y"),)
    yield Rule(None, body, (Test("not a", ("?y",), (OWL_THING,)),))


def data_property(classes: ClassExpressions, prop: Node, _: Node) -> Iterator[Outcome]:
    if not str(prop).startswith(MIECO):
        yield FOREIGN
        return
    body = (classes.related(prop, "?x", "?y"),)
    yield Rule(None, body, (Test("not a", ("?y",), (str(RDFS.Literal),)),))


def disjoint_properties(classes: ClassExpressions, one: Node, other: Node) -> Iterator[Outcome]:
    body = (classes.related(one, "?x", "?y"), classes.related(other, "?x", "?y"))
    yield Rule(None, body)


def all_disjoint_properties(classes: ClassExpressions, axiom: Node, _: Node) -> Iterator[Outcome]:
    for one, other in itertools.combinations(classes.listed(axiom), 2):
        yield from disjoint_properties(classes, one, other)


def transitive(classes: ClassExpressions, prop: Node, _: Node) -> Iterator[Outcome]:
    body = (classes.related(prop, "?x", "?y"), classes.related(prop, "?y", "?z"))
    yield Rule(classes.related(prop, "?x", "?z"), body)


def symmetric(classes: ClassExpressions, prop: Node, _: Node) -> Iterator[Outcome]:
    yield Rule(classes.related(prop, "?y", "?x"), (classes.related(prop, "?x", "?y"),))


def asymmetric(classes: ClassExpressions, prop: Node, _: Node) -> Iterator[Outcome]:
    yield Rule(None, (classes.related(prop, "?x", "?y"), classes.related(prop, "?y", "?x")))


def irreflexive(classes: ClassExpressions, prop: Node, _: Node) -> Iterator[Outcome]:
    yield Rule(None, (classes.related(prop, "?x", "?x"),))


def reflexive(_classes: ClassExpressions, _prop: Node, _: Node) -> Iterator[Outcome]:
    yield EVERYTHING


def functional(classes: ClassExpressions, prop: Node, _: Node) -> Iterator[Outcome]:
    body = (classes.related(prop, "?x", "?y"), classes.related(prop, "?x", "?z"))
    yield Rule(None, body, (Test("differ", ("?y", "?z")),))


def inverse_functional(classes: ClassExpressions, prop: Node, _: Node) -> Iterator[Outcome]:
    body = (classes.related(prop, "?y", "?x"), classes.related(prop, "?z", "?x"))
    yield Rule(None, body, (Test("differ", ("?y", "?z")),))


def key(classes: ClassExpressions, kind: Node, properties: Node) -> Iterator[Outcome]:
    body: list[Atom] = []
    for this in ("?y", "?z"):
        body += classes.conditions(kind, this)
        for place, prop in enumerate(classes.members(properties)):
            body.append(classes.related(prop, this, f"?x{place}"))
    yield Rule(None, tuple(body), (Test("differ", ("?y", "?z")),))


def negative(classes: ClassExpressions, axiom: Node, _: Node) -> Iterator[Outcome]:
    graph = classes.ontology
    prop = graph.value(axiom, OWL.assertionProperty)
    subject = graph.value(axiom, OWL.sourceIndividual)
    value = graph.value(axiom, OWL.targetIndividual) or graph.value(axiom, OWL.targetValue)
    if prop is None or subject is None or value is None:
        raise UnknownForm(text_of_node(graph, axiom))
    yield Rule(None, (classes.related(prop, constant(subject), constant(value)),))
