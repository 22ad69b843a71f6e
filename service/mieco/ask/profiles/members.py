"""Who belongs to a consortium: by kind, with roles, and those who only took part in something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mieco.ask.profiles.facts import Fact, Facts
from mieco.search.kinds import Kind, kind_of
from mieco.terms import BASE, MIECO

_ROLE = BASE + "concept/role/"
# Roles as they are told; those not among them come after.
_RANKS: Sequence[str] = (
    *("lead", "host-park", "chair-unit", "vice-chair-unit", "secretariat-host"),
    *("standing-council-unit", "council-unit", "co-founder", "member"),
)
# What is said of the consortium itself of a party, as the role that it comes to.
ROLES_SAID: Mapping[str, str] = {
    f"{MIECO}ledBy": f"{_ROLE}lead",
    f"{MIECO}basedOnPark": f"{_ROLE}host-park",
}
SEATS: Sequence[str] = ("chair-unit", "vice-chair-unit", "standing-council-unit", "council-unit")
SECRETARIAT = "secretariat-host"
_ORDER: Sequence[Kind] = (
    *("school", "enterprise", "park", "institute", "public-body"),
    *("organisation", "consortium", "other"),
)


@dataclass(frozen=True, slots=True)
class Member:
    """A party of a consortium.

    ``statements`` are the memberships or participations that say so; ``roles`` their roles, the
    highest first; ``written`` the names by which sources call it; ``because`` is what is said of
    the consortium itself that makes it one, if anything is.
    """

    iri: str
    kind: str
    statements: Sequence[str]
    roles: Sequence[Fact]
    role_texts: Sequence[Fact]
    written: Sequence[Fact]
    place: Fact | None
    sources: Sequence[str]
    because: Fact | None

    @property
    def rank(self) -> int:
        """How high its highest role is: 0 for a lead."""
        return min((_rank(role.text) for role in self.roles), default=len(_RANKS))

    @property
    def role_names(self) -> list[str]:
        """The IRIs of its roles, or of the one that ``because`` comes to."""
        said = ROLES_SAID.get(self.because.predicate) if self.because else None
        return [role.text for role in self.roles] or ([said] if said else [])

    def roles_among(self, names: Sequence[str]) -> list[Fact]:
        """Those of its roles that have these names."""
        return [role for role in self.roles if role.text.removeprefix(_ROLE) in names]


@dataclass(frozen=True, slots=True)
class MemberGroup:
    """The members of a kind, those with the highest roles first."""

    kind: Kind
    members: Sequence[Member]


def members_of(facts: Facts, parties: Facts, consortium: str) -> list[MemberGroup]:
    """The members of a consortium; ``parties`` tells the classes and places of organisations."""
    nodes = _by_party(facts, "Membership")
    # Who leads is a member by inference; that it leads says more.
    known = {fact.text: fact for fact in facts.values(consortium, "hasMember")}
    known |= {fact.text: fact for fact in facts.values(consortium, "ledBy")}
    told = _told_of(facts, consortium)
    found = [_member(facts, parties, party, nodes[party], told.get(party)) for party in nodes]
    found += [
        _member(facts, parties, party, (), fact)
        for party, fact in known.items()
        if party not in nodes
    ]
    return _grouped(found, parties)


def parks_of(
    facts: Facts, parties: Facts, groups: Iterable[MemberGroup], consortium: str
) -> list[Member]:
    """The parks that a consortium is based on, as members where they are, else by that fact."""
    members = {member.iri: member for group in groups for member in group.members}
    parks = [m for m in members.values() if m.roles_among(("host-park",))]
    for fact in facts.values(consortium, "basedOnPark"):
        park = members.get(fact.text) or _member(facts, parties, fact.text, (), fact)
        if park not in parks:
            parks.append(park)
    return parks


def participants_of(facts: Facts, parties: Facts, consortium: str) -> list[MemberGroup]:
    """Those who took part in what the consortium does and are not known to be members."""
    members = set(_by_party(facts, "Membership"))
    members |= set(facts.iris(consortium, "ledBy", "hasMember"))
    nodes = _by_party(facts, "Participation")
    found = [
        _member(facts, parties, party, statements)
        for party, statements in nodes.items()
        if party not in members
    ]
    return _grouped(found, parties)


def count_of(groups: Iterable[MemberGroup]) -> int:
    """How many members groups have together."""
    return sum(len(group.members) for group in groups)


def role_order(role: Fact) -> tuple[int, str]:
    """The place of a role among roles."""
    return _rank(role.text), role.text


def _by_party(facts: Facts, kind: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in facts.of_class(kind):
        for party in facts.iris(node, "party"):
            found.setdefault(party, []).append(node)
    return found


def _told_of(facts: Facts, consortium: str) -> dict[str, Fact]:
    """What is said of the consortium itself of those who lead or house it."""
    return {fact.text: fact for fact in facts.asserted(consortium, "basedOnPark", "ledBy")}


def _member(
    facts: Facts,
    parties: Facts,
    party: str,
    statements: Sequence[str],
    because: Fact | None = None,
) -> Member:
    roles = {fact.value: fact for node in statements for fact in facts.values(node, "role")}
    texts = {fact.value: fact for node in statements for fact in facts.values(node, "roleText")}
    written = {f.value: f for node in statements for f in facts.values(node, "nameAsWritten")}
    sources = dict.fromkeys(s for node in statements for s in facts.sources(node))
    sources |= dict.fromkeys(because.sources if because else ())
    return Member(
        iri=party,
        kind=parties.kind(party),
        statements=statements,
        roles=sorted(roles.values(), key=role_order),
        role_texts=list(texts.values()),
        written=list(written.values()),
        place=parties.one(party, "locatedIn"),
        sources=tuple(sources),
        because=because,
    )


def _grouped(members: Sequence[Member], parties: Facts) -> list[MemberGroup]:
    groups: dict[Kind, list[Member]] = {}
    for member in members:
        groups.setdefault(kind_of(parties.classes(member.iri)), []).append(member)
    return [
        MemberGroup(kind, sorted(groups[kind], key=lambda m: (m.rank, m.iri)))
        for kind in sorted(groups, key=_place_of)
    ]


def _place_of(kind: Kind) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _rank(role: str) -> int:
    name = role.removeprefix(_ROLE)
    return _RANKS.index(name) if name in _RANKS else len(_RANKS)
