"""Axioms on classes and individuals as rules.

Each function gives what one kind of axiom becomes; it is called with the subject and the
value of the triple that stands for the axiom.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from rdflib.term import Node

from mieco.errors import Text
from mieco.reason.class_expressions import (
    CHOICE,
    EVERYTHING,
    ClassExpressions,
    NotInRules,
    Outcome,
    constant,
)
from mieco.reason.rule import Rule

UNIQUE = Text(
    "这里一物一名，不同的 IRI 就是不同的事物", "names are unique here: two IRIs are two things"
)
SAME = Text(
    "这里一物一名，不合并个体", "names are unique here: individuals are never merged into one"
)


def subclass(classes: ClassExpressions, below: Node, above: Node) -> Iterator[Outcome]:
    x = classes.variable()
    body = classes.conditions(below, x)
    if not body:
        yield EVERYTHING
        return
    yield from classes.consequences(body, above, x)


def equivalent(classes: ClassExpressions, one: Node, other: Node) -> Iterator[Outcome]:
    for below, above in ((one, other), (other, one)):
        try:
            yield from subclass(classes, below, above)
        except NotInRules as no:
            yield no.reason


def disjoint(classes: ClassExpressions, one: Node, other: Node) -> Iterator[Outcome]:
    x = classes.variable()
    body = (*classes.conditions(one, x), *classes.conditions(other, x))
    yield Rule(None, body)


def all_disjoint(classes: ClassExpressions, axiom: Node, _: Node) -> Iterator[Outcome]:
    for one, other in itertools.combinations(classes.listed(axiom), 2):
        yield from disjoint(classes, one, other)


def disjoint_union(classes: ClassExpressions, whole: Node, parts: Node) -> Iterator[Outcome]:
    members = classes.members(parts)
    for part in members:
        yield from subclass(classes, part, whole)
    for one, other in itertools.combinations(members, 2):
        yield from disjoint(classes, one, other)
    if len(members) > 1:
        yield CHOICE


def class_assertion(
    classes: ClassExpressions, individual: Node, expression: Node
) -> Iterator[Outcome]:
    yield from classes.consequences((), expression, constant(individual))


def same(_classes: ClassExpressions, _one: Node, _other: Node) -> Iterator[Outcome]:
    yield SAME


def different(_classes: ClassExpressions, _one: Node, _other: Node) -> Iterator[Outcome]:
    yield UNIQUE
