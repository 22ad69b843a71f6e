"""The profile of a consortium: all that a release tells of it, in the order in which people ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mieco.ask.charts import Chart
from mieco.ask.profiles.differences import Difference, differences_of
from mieco.ask.profiles.facts import Fact, Facts
from mieco.ask.profiles.figures import FigureGroup, IndicatorFigures, figures_of, targets_of
from mieco.ask.profiles.fulfilment import Fulfilments, Judged, counted
from mieco.ask.profiles.governance import Governance, governance_of
from mieco.ask.profiles.items import Item, items_of
from mieco.ask.profiles.located import by_level
from mieco.ask.profiles.members import (
    Member,
    MemberGroup,
    count_of,
    members_of,
    parks_of,
    participants_of,
)
from mieco.ask.profiles.network import Linking, linking_of, network_of
from mieco.ask.profiles.reading import Asked, Coding, Labels, iris_in
from mieco.ask.profiles.timeline import Year, timeline_of
from mieco.ask.support import Source
from mieco.check.readiness import Outcome
from mieco.engine.base import text_of
from mieco.search.kinds import Kind
from mieco.terms import DATA_GRAPHS, MIECO, RDF_TYPE

_CONSORTIUM = MIECO + "Consortium"
# What stands around a consortium and has no section of its own, by the heading of its list.
_OTHERS: Mapping[str, Sequence[str]] = {
    "policies": ("PolicyDocument", "PolicyMeasure", "PolicyRequirement"),
    "documents": ("Document",),
    "goals": ("SharedGoal",),
    "contributions": ("Contribution", "Commitment"),
    "achievements": ("Achievement",),
    "programmes": ("VocationalProgramme", "Need", "Scenario"),
    "alliances": ("CollectiveActor",),
}
# Told in sections of their own.
_TOLD = (
    *("Membership", "Participation", "GovernanceArrangement", "Space", "Activity"),
    *("IndicatorObservation", "IndicatorTarget", "Recognition", "Record", "Coding", "Consortium"),
)


@dataclass(frozen=True, slots=True)
class Head:
    """The essential facts of a consortium; what is absent was not found.

    ``leads`` by kind, ``places`` by level, the widest first;
    ``inferred_classes`` are the classes of consortia that follow from the rest.
    """

    founded: Sequence[Fact]
    founded_text: Fact | None
    founded_basis: Fact | None
    places: Sequence[Sequence[Fact]]
    industries: Sequence[Fact]
    leads: Mapping[Kind, Sequence[Member]]
    parks: Sequence[Member]
    recognitions: Sequence[Recognition]
    stated_members: Sequence[Fact]
    legal_personality: Sequence[Fact]
    other_names: Sequence[Fact]
    inferred_classes: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Recognition:
    """A recognition: its level, its batch, its year, and until when it holds."""

    iri: str
    level: Fact | None
    batch: Fact | None
    year: Fact | None
    valid_until: Fact | None
    reviewed: Fact | None
    sources: Sequence[str]


@dataclass(frozen=True, slots=True)
class ConsortiumProfile:
    """All that is told of a consortium; ``labels`` are those of all IRIs in it.

    ``self_reported`` if facts of it come from a delivery of its own.
    """

    iri: str
    head: Head
    members: Sequence[MemberGroup]
    participants: Sequence[MemberGroup]
    governance: Governance
    spaces: Sequence[Item]
    timeline: Sequence[Year]
    figures: Sequence[FigureGroup]
    targets: Sequence[IndicatorFigures]
    judged: Sequence[Judged]
    linking: Sequence[Linking]
    chart: Chart | None
    others: Mapping[str, Sequence[Item]]
    codings: Sequence[Coding]
    differences: Sequence[Difference]
    self_reported: bool
    sources: Sequence[Source]
    labels: Labels

    @property
    def member_count(self) -> int:
        return count_of(self.members)

    @property
    def participant_count(self) -> int:
        return count_of(self.participants)

    @property
    def outcomes(self) -> Mapping[Outcome, int]:
        """How many official requirements came out in each way."""
        return counted(self.judged)


def read_consortium(asked: Asked, iri: str, fulfilments: Fulfilments) -> ConsortiumProfile:
    """The profile of a consortium.  Raises what the engine raises."""
    facts, sources = asked.facts(asked.rows("around-consortium", this=iri))
    judged = fulfilments.of_consortium(asked, iri)
    codings = asked.codings(facts.things)
    indicators = {i for thing in facts.things for i in facts.iris(thing, "observes")}
    parties = asked.related(
        [*_parties(facts), *facts.iris(iri, "locatedIn"), *indicators],
        *(RDF_TYPE, "locatedIn", "placeLevel", "countsSector"),
    )
    narrower = {
        text_of(r["narrower"]) for r in asked.rows("narrower-classes", **{"class": _CONSORTIUM})
    }
    members = members_of(facts, parties, iri)
    every = [member for group in members for member in group.members]
    figures = figures_of(facts, parties, iri)
    linking = linking_of(facts, iri)
    labels = asked.labels(
        iris_in(facts),
        (fact.text for m in every for fact in [m.place] if fact),
        (
            m.kind
            for group in (*members, *participants_of(facts, parties, iri))
            for m in group.members
        ),
        *((c.concept, c.coder) for c in codings),
        *((source.iri, source.grade) for source in sources),
        (each.requirement for each in judged),
        *(each.evidence for each in judged),
    )
    return ConsortiumProfile(
        iri=iri,
        head=_head(facts, parties, members, iri, narrower),
        members=members,
        participants=participants_of(facts, parties, iri),
        governance=governance_of(facts, every, iri, asked.language),
        spaces=items_of(facts, facts.of_class("Space"), asked.language, without=iri),
        timeline=timeline_of(facts, iri, asked.language),
        figures=figures,
        targets=targets_of(facts, iri),
        judged=judged,
        linking=linking,
        chart=network_of(linking, labels, asked.language),
        others=_others(facts, iri, asked),
        codings=codings,
        differences=differences_of(facts, facts.things, figures, iri),
        self_reported=any(
            graph.startswith(f"{DATA_GRAPHS}{iri.rpartition('/')[2]}/")
            for graph in facts.evidence.get(iri, ())
        ),
        sources=sources,
        labels=labels,
    )


def _parties(facts: Facts) -> Iterator[str]:
    for thing in facts.things:
        yield from facts.iris(thing, "party", "ledBy", "basedOnPark", "hasMember")


def _head(
    facts: Facts,
    parties: Facts,
    groups: Sequence[MemberGroup],
    iri: str,
    narrower: Iterable[str],
) -> Head:
    leads: dict[Kind, list[Member]] = {}
    for group in groups:
        for member in group.members:
            if member.roles_among(("lead",)) or member.iri in facts.iris(iri, "ledBy"):
                leads.setdefault(group.kind, []).append(member)
    return Head(
        founded=facts.asserted(iri, "foundingDate"),
        founded_text=facts.one(iri, "dateText"),
        founded_basis=facts.one(iri, "hasDateBasis"),
        places=by_level(facts.values(iri, "locatedIn"), parties),
        industries=[
            *facts.asserted(iri, "industryText"),
            *facts.asserted(iri, "servesIndustry"),
        ],
        leads=leads,
        parks=parks_of(facts, parties, groups, iri),
        recognitions=[_recognition(facts, each) for each in facts.of_class("Recognition")],
        stated_members=facts.asserted(iri, "statedMemberCount", "memberCountText"),
        legal_personality=facts.asserted(iri, "hasLegalPersonality"),
        other_names=facts.asserted(iri, "http://www.w3.org/2004/02/skos/core#altLabel"),
        inferred_classes=[f for f in facts.values(iri, RDF_TYPE) if f.text in set(narrower)],
    )


def _recognition(facts: Facts, iri: str) -> Recognition:
    return Recognition(
        iri=iri,
        level=facts.one(iri, "recognitionLevel"),
        batch=facts.one(iri, "batchNumber"),
        year=facts.one(iri, "year"),
        valid_until=facts.one(iri, "validUntil"),
        reviewed=facts.one(iri, "lastReviewed"),
        sources=facts.sources(iri),
    )


def _others(facts: Facts, iri: str, asked: Asked) -> dict[str, list[Item]]:
    """What has no section of its own, each under the first heading that fits."""
    told = {iri, *facts.of_class(*_TOLD)}
    found: dict[str, list[Item]] = {}
    for heading, names in _OTHERS.items():
        things = [thing for thing in facts.of_class(*names) if thing not in told]
        told.update(things)
        if things:
            found[heading] = items_of(facts, things, asked.language, without=iri)
    rest = [thing for thing in facts.things if thing not in told]
    if rest:
        found["rest"] = items_of(facts, rest, asked.language, without=iri)
    return found
