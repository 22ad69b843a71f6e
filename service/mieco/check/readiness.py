"""How far a consortium meets the official requirements, as far as its facts show it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, get_args
from typing import Literal as OneOf

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import SH
from rdflib.term import Node

from mieco.check.paths import RdfFact, Reached, walk
from mieco.check.policy import SHAPES, Parameter, Policy, RequirementShape, SubCondition
from mieco.errors import Text
from mieco.terms import MIECO

if TYPE_CHECKING:
    from mieco.check.report import Checker

Outcome = OneOf["met", "not-met", "not-shown", "not-applicable"]
# A closed world is one where what is absent is not there; in an open one it was not found.
World = OneOf["open", "closed"]
WORLDS: tuple[World, ...] = get_args(World)

OUTCOMES: dict[Outcome, Text] = {
    "met": Text("符合", "met"),
    "not-met": Text("不符合", "not met"),
    "not-shown": Text("未显示", "not shown"),
    "not-applicable": Text("不适用", "not applicable"),
}

# A list of members is seldom complete; those that are stated, but not listed, are members too.
_STATED_MEMBERS = URIRef(MIECO + "statedMemberCount")

# What these components find is that something lacks; all others find what contradicts.  A share
# of what is known to be here is a lower bound: it lacks, and refutes nothing.
_ABSENCE = {
    URIRef(SHAPES + "PercentHereConstraintComponent"),
    SH.MinCountConstraintComponent,
    SH.QualifiedMinCountConstraintComponent,
    SH.HasValueConstraintComponent,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A value node and the facts that lead to it from the consortium."""

    value: Node
    facts: Sequence[RdfFact]


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """What came of one sub-condition.

    ``evidence`` are the values that count for it, ``against`` those that contradict it;
    ``lacking`` the parameters without a value, be they needed or optional; ``contradicted`` says
    whether it is for facts, not for want of them, that it is not met; ``share`` is how many values
    count, of how many there are, where a share is asked for.
    """

    condition: SubCondition
    outcome: Outcome
    evidence: Sequence[Evidence]
    against: Sequence[Evidence]
    lacking: Sequence[Parameter]
    contradicted: bool = False
    share: tuple[int, int] | None = None

    @property
    def unchecked(self) -> bool:
        """Is it for want of a number that nothing can be said?"""
        return any(not parameter.optional for parameter in self.lacking)


@dataclass(frozen=True, slots=True)
class RequirementResult:
    """What came of one requirement: the gravest that came of its sub-conditions."""

    shape: RequirementShape
    outcome: Outcome
    conditions: Sequence[ConditionResult]


@dataclass(frozen=True, slots=True)
class Readiness:
    """The readiness of a consortium in a world on a day, with the values chosen by the reader."""

    consortium: str
    world: World
    day: dt.date
    values: Mapping[str, str]
    requirements: Sequence[RequirementResult]

    def count(self, outcome: Outcome) -> int:
        """How many requirements came out so."""
        return sum(each.outcome == outcome for each in self.requirements)


def evaluate(
    facts: Graph,
    consortium: str,
    policy: Policy,
    values: Mapping[str, str],
    *,
    world: World,
    day: dt.date,
) -> Readiness:
    """The readiness of a consortium by what is known of it; ``values`` are parameters' texts.

    Raises :class:`~mieco.errors.BadParameter` for a value that cannot be used.
    """
    policy.check_names(values)
    focus = URIRef(consortium)
    checker = _checker(policy, values, day) if values else _unset(policy)
    reached = {
        condition.iri: list(walk(facts, focus, policy.graph, condition.path))
        for shape in policy.requirements
        for condition in shape.conditions
    }
    judge = _Judge(focus, facts, reached, checker, values, world)
    requirements = [judge.requirement(shape) for shape in policy.requirements]
    return Readiness(consortium, world, day, dict(values), requirements)


@lru_cache(maxsize=1)
def _unset(policy: Policy) -> Checker:
    """The shapes as most people ask for them: without a value of their own, on whatever day."""
    return _checker(policy, {}, dt.date.min)


def _checker(policy: Policy, values: Mapping[str, str], day: dt.date) -> Checker:
    from mieco.check.report import Checker  # pyshacl is slow to import

    return Checker(_completed(policy, values, day))


def _completed(policy: Policy, values: Mapping[str, str], day: dt.date) -> Graph:
    """The shapes with the values in their places; what lacks a needed one is switched off."""
    shapes = Graph()
    shapes += policy.graph
    for name, text in values.items():
        term = policy.parameters[name].term(text, day)
        for place in policy.parameters[name].completes:
            shapes.set((*place, term))
    for shape in policy.requirements:
        for condition in shape.conditions:
            if not _checkable(condition, values):
                shapes.set((condition.iri, SH.deactivated, Literal(True)))
    return shapes


def _lacking(condition: SubCondition, values: Mapping[str, str]) -> list[Parameter]:
    return [p for p in condition.parameters if p.name not in values]


def _checkable(condition: SubCondition, values: Mapping[str, str]) -> bool:
    return all(parameter.optional for parameter in _lacking(condition, values))


@dataclass(frozen=True, slots=True)
class _Judge:
    """Turns results into outcomes; the values reached by each sub-condition's path at hand."""

    focus: URIRef
    facts: Graph
    reached: Mapping[URIRef, Sequence[Reached]]
    checker: Checker
    values: Mapping[str, str]
    world: World

    def requirement(self, shape: RequirementShape) -> RequirementResult:
        if shape.only_for is not None and not self._conforms(self.focus, shape.only_for):
            return RequirementResult(shape, "not-applicable", [])
        conditions = [self.condition(condition) for condition in shape.conditions]
        return RequirementResult(shape, _gravest(conditions), conditions)

    def condition(self, condition: SubCondition) -> ConditionResult:
        failed = self.checker.failed(self.facts, self.focus, condition.iri)
        wrong = {value for component, value in failed if component not in _ABSENCE}
        components = {component for component, _ in failed}
        counted = list(self._counting(condition))
        return ConditionResult(
            condition,
            self._outcome(condition, components),
            evidence=[e for e in counted if e.value not in wrong],
            against=[e for e in counted if e.value in wrong],
            lacking=_lacking(condition, self.values),
            contradicted=bool(components - _ABSENCE),
            share=self._share(condition, counted),
        )

    def _share(
        self, condition: SubCondition, counted: Sequence[Evidence]
    ) -> tuple[int, int] | None:
        if not condition.asks_for_share:
            return None
        recorded = len(self.reached[condition.iri])
        stated = self.facts.objects(self.focus, _STATED_MEMBERS)
        numbers = (each.value for each in stated if isinstance(each, Literal))
        return len(counted), max([recorded, *(n for n in numbers if isinstance(n, int))])

    def _outcome(self, condition: SubCondition, failed: set[Node]) -> Outcome:
        if not _checkable(condition, self.values):
            return "not-shown"
        if failed - _ABSENCE:
            return "not-met"
        if failed:
            return "not-met" if self.world == "closed" else "not-shown"
        return "met"

    def _conforms(self, node: Node, shape: Node) -> bool:
        return self.checker.conforms(self.facts, node, shape)

    def _counting(self, condition: SubCondition) -> Iterator[Evidence]:
        for value, facts in sorted(self.reached[condition.iri], key=lambda each: str(each[0])):
            if condition.counted is None or self._conforms(value, condition.counted):
                yield Evidence(value, facts)


def _gravest(conditions: Sequence[ConditionResult]) -> Outcome:
    outcomes = {each.outcome for each in conditions}
    gravest: Sequence[Outcome] = ("not-met", "not-shown")
    return next((outcome for outcome in gravest if outcome in outcomes), "met")
