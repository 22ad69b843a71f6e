"""The profile of a policy document: what it requires, who meets it, what is done under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mieco.ask.profiles.facts import Fact, Facts
from mieco.ask.profiles.figures import IndicatorFigures, figures_of, targets_of
from mieco.ask.profiles.fulfilment import Fulfilments, Judged, Matrix
from mieco.ask.profiles.items import Item, When, items_of, when_of
from mieco.ask.profiles.reading import Asked, Coding, Labels, iris_in
from mieco.ask.support import Source
from mieco.check.readiness import OUTCOMES, Outcome
from mieco.releases import Release
from mieco.terms import PREFIXES

_DCTERMS = PREFIXES["dcterms"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement that stands in the document.

    ``others`` are the other documents in which it stands; ``came_out`` gives the consortia by
    what came of it for them, empty where that was not worked out.
    """

    iri: str
    description: Fact | None
    clause: Fact | None
    status: Fact | None
    open: Fact | None
    part_of: Sequence[Fact]
    others: Sequence[Fact]
    sources: Sequence[str]
    came_out: Mapping[Outcome, Sequence[Judged]]


@dataclass(frozen=True, slots=True)
class PolicyProfile:
    """All that is told of a policy document; ``labels`` are those of all IRIs in it."""

    iri: str
    numbers: Sequence[Fact]
    issued: When | None
    issuers: Sequence[Fact]
    publishers: Sequence[Fact]
    concerned: Sequence[Fact]
    status: Fact | None
    description: Fact | None
    rests_on: Sequence[Fact]
    replaces: Sequence[Fact]
    replaced_by: Sequence[str]
    requirements: Sequence[Requirement]
    measures: Sequence[Item]
    others: Sequence[Item]
    targets: Sequence[IndicatorFigures]
    figures: Sequence[IndicatorFigures]
    codings: Sequence[Coding]
    sources: Sequence[Source]
    labels: Labels


def read_policy(
    asked: Asked, iri: str, release: Release, fulfilments: Fulfilments
) -> PolicyProfile:
    """The profile of a policy document.  Raises what the engine raises."""
    facts, sources = asked.facts(asked.rows("around-policy", this=iri))
    requirements = sorted(facts.of_class("PolicyRequirement"), key=_key)
    matrix = fulfilments.of_all(asked, release) if requirements else {}
    codings = asked.codings([iri])
    measures = list(facts.of_class("PolicyMeasure"))
    replaced_by = [t for t in facts.things if iri in facts.iris(t, "replaces")]
    figures = list(facts.of_class("IndicatorObservation", "IndicatorTarget"))
    told = {iri, *requirements, *measures, *replaced_by, *figures}
    judged = [j for r in requirements for j in matrix.get(r, {}).values()]
    labels = asked.labels(
        iris_in(facts),
        (each.consortium for each in judged),
        *((c.concept, c.coder) for c in codings),
        *((source.iri, source.grade) for source in sources),
    )
    return PolicyProfile(
        iri=iri,
        numbers=facts.asserted(iri, "documentNumber"),
        issued=when_of(facts, iri),
        issuers=facts.asserted(iri, "issuedBy"),
        publishers=facts.asserted(iri, _DCTERMS + "publisher"),
        concerned=facts.asserted(iri, "concerns"),
        status=facts.one(iri, "hasReadStatus"),
        description=facts.said_in(asked.language, iri, _DCTERMS + "description"),
        rests_on=facts.asserted(iri, "underPolicy", "precededBy", "adoptedAt", "presentedAt"),
        replaces=facts.asserted(iri, "replaces"),
        replaced_by=replaced_by,
        requirements=[_requirement(facts, each, iri, asked, matrix) for each in requirements],
        measures=items_of(facts, measures, asked.language, without=iri),
        others=items_of(
            facts, [t for t in facts.things if t not in told], asked.language, without=iri
        ),
        targets=targets_of(facts, iri),
        figures=_observed(facts, iri),
        codings=codings,
        sources=sources,
        labels=labels,
    )


def _observed(facts: Facts, iri: str) -> list[IndicatorFigures]:
    return [each for group in figures_of(facts, facts, iri) for each in group.indicators]


def _requirement(
    facts: Facts, requirement: str, document: str, asked: Asked, matrix: Matrix
) -> Requirement:
    judged = matrix.get(requirement, {}).values()
    return Requirement(
        iri=requirement,
        description=facts.said_in(asked.language, requirement, _DCTERMS + "description"),
        clause=facts.one(requirement, "clauseText"),
        status=facts.one(requirement, "hasReadStatus"),
        open=facts.said_in(asked.language, requirement, "parameterText"),
        part_of=facts.asserted(requirement, "partOf"),
        others=[f for f in facts.asserted(requirement, "statedIn") if f.text != document],
        sources=facts.sources(requirement),
        came_out={
            outcome: found
            for outcome in OUTCOMES
            if (found := [each for each in judged if each.outcome == outcome])
        },
    )


def _key(requirement: str) -> tuple[int, str]:
    """The order of their keys, c2 before c10."""
    return len(requirement) if requirement.rpartition("/")[2][1:].isdigit() else 999, requirement
