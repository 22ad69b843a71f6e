"""How a consortium is governed: its bodies as a tree, who sits where, and its mechanisms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mieco.ask.profiles.facts import Fact, Facts
from mieco.ask.profiles.items import Item, item_of
from mieco.ask.profiles.members import SEATS, SECRETARIAT, Member, role_order
from mieco.errors import Language


@dataclass(frozen=True, slots=True)
class Seat:
    """A member and the roles by which it sits on a body, the highest first."""

    member: Member
    roles: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Body:
    """A body, those below it, and who has a seat on it or its office."""

    item: Item
    below: Sequence[Body]
    seats: Sequence[Seat]


@dataclass(frozen=True, slots=True)
class Governance:
    """The highest bodies, and the mechanisms.

    ``unplaced`` are members with a seat on a council, or the office of a secretariat, of which
    no record tells the body itself.
    """

    bodies: Sequence[Body]
    mechanisms: Sequence[Item]
    unplaced: Sequence[Seat]

    @property
    def count(self) -> int:
        """How many bodies there are in all."""
        return sum(1 for body in self.bodies for _ in _with_below(body))


def governance_of(
    facts: Facts, members: Sequence[Member], consortium: str, language: Language
) -> Governance:
    """The governance of a consortium, from what stands around it."""
    mechanisms = set(facts.of_class("GovernanceMechanism"))
    bodies = [b for b in facts.of_class("GovernanceArrangement") if b not in mechanisms]
    seated = {body: _seated(facts, body, members) for body in bodies}
    above = {body: _above(facts, body, bodies) for body in bodies}

    def built(body: str, passed: frozenset[str]) -> Body:
        below = [each for each, parent in above.items() if parent == body and each not in passed]
        return Body(
            item=item_of(facts, body, language, without=consortium),
            below=[built(each, passed | {each}) for each in sorted(below, key=order)],
            seats=seated[body],
        )

    def order(body: str) -> tuple[int, str]:
        councils = ("LeadingGroup", "Council", "StandingCouncil", "Secretariat")
        place = next((n for n, name in enumerate(councils) if facts.is_a(body, name)), 9)
        return place, body

    roots = [body for body in bodies if not above[body]]
    placed = {seat.member.iri for group in seated.values() for seat in group}
    others = [member for member in members if member.iri not in placed]
    return Governance(
        bodies=[built(root, frozenset({root})) for root in sorted(roots, key=order)],
        mechanisms=[
            item_of(facts, each, language, without=consortium) for each in sorted(mechanisms)
        ],
        unplaced=_seats(others, (*SEATS, SECRETARIAT)),
    )


def _seated(facts: Facts, body: str, members: Sequence[Member]) -> list[Seat]:
    """Who sits there: a standing council is not the place of an ordinary council unit."""
    if facts.is_a(body, "StandingCouncil"):
        return _seats(members, ("standing-council-unit",))
    if facts.is_a(body, "Council"):
        return _seats(members, SEATS)
    if facts.is_a(body, "Secretariat"):
        return _seats(members, (SECRETARIAT,))
    return []


def _seats(members: Sequence[Member], roles: Sequence[str]) -> list[Seat]:
    """The members with such roles, those with the highest first."""
    seats = [Seat(m, m.roles_among(roles)) for m in members if m.roles_among(roles)]
    return sorted(seats, key=lambda seat: (role_order(seat.roles[0]), seat.member.iri))


def _above(facts: Facts, body: str, bodies: Sequence[str]) -> str:
    """The body just above: what is inferred only repeats what stands higher.  Circles are cut."""
    found = (each.text for each in facts.asserted(body, "partOf"))
    parent = next((each for each in found if each in bodies and each != body), "")
    higher, passed = parent, {body}
    while higher and higher not in passed:
        passed.add(higher)
        nearest = (each.text for each in facts.asserted(higher, "partOf"))
        higher = next((each for each in nearest if each in bodies and each != higher), "")
    return "" if higher == body else parent


def _with_below(body: Body) -> Iterator[Body]:
    yield body
    for each in body.below:
        yield from _with_below(each)
