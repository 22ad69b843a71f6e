"""Who belongs to a consortium: by kind, with roles, and those who only took part in something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mieco.ask.profiles.facts import Fact, Facts
from mieco.search.kinds import Kind, kind_of
from mieco.terms import BASE

_ROLE = BASE + "concept/role/"
# Roles as they are told; those not among them come after.
_RANKS: Sequence[str] = (
    *("lead", "host-park", "chair-unit", "vice-chair-unit", "secretariat-host"),
    *("standing-council-unit", "council-unit", "co-founder", "member"),
)
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
    highest first; ``written`` the names by which sources call it; ``because`` is the fact that
    makes it one where no statement does.
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
    because = {
        fact.text: fact
        for fact in facts.values(consortium, "ledBy", "basedOnPark", "hasMember")
        if fact.text not in nodes
    }
    found = [_member(facts, parties, party, nodes.get(party, ())) for party in nodes]
    found += [_member(facts, parties, party, (), fact) for party, fact in because.items()]
    return _grouped(found, parties)


def participants_of(facts: Facts, parties: Facts, consortium: str) -> list[MemberGroup]:
    """Those who took part in what the consortium does and are not known to be members."""
    members = set(_by_party(facts, "Membership"))
    members |= set(facts.iris(consortium, "ledBy", "basedOnPark", "hasMember"))
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
    return Member(
        iri=party,
        kind=parties.kind(party),
        statements=statements,
        roles=sorted(roles.values(), key=role_order),
        role_texts=list(texts.values()),
        written=list(written.values()),
        place=parties.one(party, "locatedIn"),
        sources=tuple(sources) or (because.sources if because else ()),
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
