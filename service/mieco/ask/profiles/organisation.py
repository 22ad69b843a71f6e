"""The profile of an organisation: its roles, what it takes part in, whom it works with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mieco.ask.profiles.facts import Fact, Facts
from mieco.ask.profiles.figures import IndicatorFigures, all_figures_of
from mieco.ask.profiles.items import Item, item_of, items_of
from mieco.ask.profiles.located import by_level
from mieco.ask.profiles.members import role_order
from mieco.ask.profiles.reading import Asked, Coding, Labels, iris_in
from mieco.ask.profiles.wording import INVOLVES, WAYS
from mieco.ask.support import Source
from mieco.terms import MIECO, PREFIXES, RDF_TYPE

_SKOS = PREFIXES["skos"]
# What it takes part in, by the heading of the list; what fits none is told last.
_HEADINGS: Mapping[str, Sequence[str]] = {
    "policies": ("PolicyDocument", "PolicyMeasure"),
    "documents": ("Document",),
    "activities": ("Activity",),
    "spaces": ("Space",),
    "bodies": ("GovernanceArrangement",),
    "contributions": ("Contribution", "Commitment", "Achievement"),
    "programmes": ("VocationalProgramme", "Need", "Scenario", "SharedGoal"),
}
_APART = (
    *("Membership", "Participation", "NamePeriod", "IndicatorObservation", "IndicatorTarget"),
    *("Record", "Coding", "Consortium"),
)


@dataclass(frozen=True, slots=True)
class Involvement:
    """Something that it takes part in, and how: properties of it that name the organisation."""

    item: Item
    ways: Sequence[str]


@dataclass(frozen=True, slots=True)
class RoleIn:
    """What it is in a consortium.

    ``member`` is false for one that only took part in something; ``facts`` are the statements
    that make it a lead or a host, where no membership says so.
    """

    consortium: str
    member: bool
    founded: Fact | None
    roles: Sequence[Fact]
    texts: Sequence[Fact]
    written: Sequence[Fact]
    since: Fact | None
    until: Fact | None
    facts: Sequence[Fact]
    sources: Sequence[str]


@dataclass(frozen=True, slots=True)
class Partner:
    """Another party, and what it has in common with the organisation."""

    iri: str
    kind: str
    through: Sequence[str]


@dataclass(frozen=True, slots=True)
class OrganisationProfile:
    """All that is told of an organisation; ``labels`` are those of all IRIs in it."""

    iri: str
    kind: str
    places: Sequence[Sequence[Fact]]
    codes: Sequence[Fact]
    other_names: Sequence[Fact]
    notes: Sequence[Fact]
    sectors: Sequence[Fact]
    industries: Sequence[Fact]
    readings: Sequence[Fact]
    names: Sequence[Item]
    roles: Sequence[RoleIn]
    involved: Mapping[str, Sequence[Involvement]]
    figures: Sequence[IndicatorFigures]
    partners: Sequence[Partner]
    codings: Sequence[Coding]
    sources: Sequence[Source]
    labels: Labels


def read_organisation(asked: Asked, iri: str) -> OrganisationProfile:
    """The profile of an organisation.  Raises what the engine raises."""
    facts, sources = asked.facts(asked.rows("around-organisation", this=iri))
    consortia = _consortia(facts, iri)
    others = sorted({party for parties in _parties(facts, iri).values() for party in parties})
    named = [*consortia, *others, *facts.iris(iri, "locatedIn")]
    related = asked.related(named, RDF_TYPE, "foundingDate", "placeLevel")
    codings = asked.codings([iri])
    labels = asked.labels(
        iris_in(facts, related),
        *((c.concept, c.coder) for c in codings),
        *((source.iri, source.grade) for source in sources),
    )
    return OrganisationProfile(
        iri=iri,
        kind=facts.kind(iri),
        places=by_level(facts.values(iri, "locatedIn"), related),
        codes=facts.asserted(iri, "creditCode"),
        other_names=facts.asserted(iri, _SKOS + "altLabel"),
        notes=facts.asserted(iri, _SKOS + "note"),
        sectors=facts.values(iri, "actorSector"),
        industries=facts.values(iri, "linkedToIndustry"),
        readings=[f for f in facts.values(iri, RDF_TYPE) if f.inferred and _is_reading(f.text)],
        names=items_of(facts, facts.of_class("NamePeriod"), asked.language, without=iri),
        roles=_roles(facts, related, consortia, iri),
        involved=_involved(facts, iri, asked),
        figures=all_figures_of(facts, iri),
        partners=_partners(facts, related, iri),
        codings=codings,
        sources=sources,
        labels=labels,
    )


def _is_reading(name: str) -> bool:
    """What a class tells of its part in consortia: a lead, a council unit, an enrolled actor."""
    return name.removeprefix(MIECO) in {
        *("LeadActor", "LeadSchool", "LeadEnterprise", "GoverningMember", "EnrolledActor"),
    }


def _consortia(facts: Facts, iri: str) -> list[str]:
    """The consortia in which it has a part."""
    found = dict.fromkeys(facts.iris(iri, "leads", "hostsConsortium", "memberOf", "takesPartIn"))
    for node in facts.of_class("Membership", "Participation"):
        found |= dict.fromkeys(facts.iris(node, "ofConsortium"))
    return list(found)


def _roles(facts: Facts, related: Facts, consortia: Sequence[str], iri: str) -> list[RoleIn]:
    nodes: dict[str, list[str]] = {}
    for node in facts.of_class("Membership", "Participation"):
        for consortium in facts.iris(node, "ofConsortium"):
            nodes.setdefault(consortium, []).append(node)
    found = [_role(facts, related, each, nodes.get(each, ()), iri) for each in consortia]
    return sorted(found, key=_role_order)


def _role_order(role: RoleIn) -> tuple[bool, tuple[int, str], str]:
    """Memberships first, of these those with the highest roles, and those the oldest first."""
    highest = role_order(role.roles[0])[0] if role.roles else 9
    return not role.member, (highest, role.founded.text if role.founded else "9"), role.consortium


def _role(facts: Facts, related: Facts, consortium: str, nodes: Sequence[str], iri: str) -> RoleIn:
    roles = {fact.value: fact for node in nodes for fact in facts.values(node, "role")}
    ties = [
        fact
        for fact in facts.values(iri, "leads", "hostsConsortium", "memberOf")
        if fact.text == consortium
    ]
    return RoleIn(
        consortium=consortium,
        member=bool(ties) or any(facts.is_a(node, "Membership") for node in nodes),
        founded=related.one(consortium, "foundingDate"),
        roles=sorted(roles.values(), key=role_order),
        texts=_each(facts, nodes, "roleText"),
        written=_each(facts, nodes, "nameAsWritten"),
        since=next(iter(_each(facts, nodes, "validFrom")), None),
        until=next(iter(_each(facts, nodes, "validUntil")), None),
        facts=[] if roles else ties,
        sources=tuple(dict.fromkeys(s for node in nodes for s in facts.sources(node))),
    )


def _each(facts: Facts, nodes: Iterable[str], name: str) -> list[Fact]:
    return list({fact.value: fact for n in nodes for fact in facts.values(n, name)}.values())


def _involved(facts: Facts, iri: str, asked: Asked) -> dict[str, list[Involvement]]:
    told = {iri, *facts.of_class(*_APART)}
    found: dict[str, list[Involvement]] = {}
    for heading, names in {**_HEADINGS, "rest": ()}.items():
        things = facts.of_class(*names) if names else iter(facts.things)
        items = [
            Involvement(
                item_of(facts, thing, asked.language, without=iri), _ways(facts, thing, iri)
            )
            for thing in things
            if thing not in told
        ]
        told |= {each.item.iri for each in items}
        if items:
            found[heading] = sorted(items, key=_latest_first)
    return found


def _latest_first(each: Involvement) -> tuple[bool, int, str]:
    day = each.item.day
    return not day, -int(day.replace("-", "")) if day else 0, each.item.iri


def _ways(facts: Facts, thing: str, iri: str) -> list[str]:
    """How the organisation comes into something; that it is involved says it where nothing else."""
    found = [way for way in WAYS if any(f.text == iri for f in facts.asserted(thing, way))]
    telling = [way for way in found if way != INVOLVES]
    return telling or found


def _parties(facts: Facts, iri: str) -> dict[str, list[str]]:
    """The other parties of each thing that it takes part in."""
    found: dict[str, list[str]] = {}
    for thing in facts.things:
        if thing == iri or facts.is_a(thing, *_APART):
            continue
        named = {f.text for way in WAYS for f in facts.asserted(thing, way)}
        if iri in named:
            concerned = set(facts.iris(thing, "concerns"))
            found[thing] = sorted(named - {iri} - concerned)
    return found


def _partners(facts: Facts, related: Facts, iri: str) -> list[Partner]:
    through: dict[str, list[str]] = {}
    for thing, parties in _parties(facts, iri).items():
        for party in parties:
            through.setdefault(party, []).append(thing)
    found = [Partner(party, related.kind(party), things) for party, things in through.items()]
    return sorted(found, key=lambda each: (-len(each.through), each.iri))
