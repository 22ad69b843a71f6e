"""Where sources differ: what can have but one value and has several, and figures that clash.

Nothing is preferred: both are told, each with where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from mieco.ask.charts import number_of
from mieco.ask.profiles.facts import Fact, Facts, iri_of
from mieco.ask.profiles.figures import Figure, FigureGroup
from mieco.terms import BASE

# What a thing has once, by its nature.
_SINGLE: Sequence[str] = (
    *("foundingDate", "statedMemberCount", "hasLegalPersonality", "creditCode", "floorArea"),
    *("validFrom", "validUntil", "lastReviewed"),
)
_QUALIFIER = BASE + "concept/qualifier/"
_AT_LEAST = {_QUALIFIER + "at-least", _QUALIFIER + "more-than"}
_UP_TO = _QUALIFIER + "up-to"
_MEMBERS = BASE + "concept/indicator/member-total"
_STATED = iri_of("statedMemberCount")


@dataclass(frozen=True, slots=True)
class Claim:
    """What some sources say: a plain value, or a figure with its time and qualifier."""

    fact: Fact | None
    figure: Figure | None
    sources: Sequence[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """Claims about a property or an indicator (``what``) of a thing that cannot all hold."""

    thing: str
    what: str
    claims: Sequence[Claim]


def differences_of(
    facts: Facts, things: Iterable[str], groups: Sequence[FigureGroup], this: str
) -> list[Difference]:
    """The differences in what is said of things, and in the figures of this one."""
    return [*_of_values(facts, things), *_of_figures(facts, groups, this)]


def _of_values(facts: Facts, things: Iterable[str]) -> Iterator[Difference]:
    for thing in things:
        for name in _SINGLE:
            said = facts.asserted(thing, name)
            if len(said) > 1:
                claims = [Claim(fact, None, fact.sources) for fact in said]
                yield Difference(thing, iri_of(name), claims)


def _of_figures(facts: Facts, groups: Sequence[FigureGroup], this: str) -> Iterator[Difference]:
    for indicator in (each for group in groups for each in group.indicators):
        alike: dict[frozenset[str], list[Figure]] = {}
        for figure in indicator.figures:
            scope = frozenset(fact.text for fact in figure.about)
            alike.setdefault(scope, []).append(figure)
        for scope, figures in alike.items():
            clashing: dict[str, Figure] = {}
            for one, other in combinations(figures, 2):
                if _clash(one, other):
                    clashing |= {one.iri: one, other.iri: other}
            claims = [Claim(None, figure, figure.sources) for figure in clashing.values()]
            if indicator.indicator == _MEMBERS and not scope:
                claims += _stated_otherwise(facts, figures, this)
            if claims:
                yield Difference(this, indicator.indicator, claims)


def _stated_otherwise(facts: Facts, figures: Sequence[Figure], this: str) -> list[Claim]:
    """The count of members that stands in the consortium's own row, where figures differ from it.

    It bears no date, so that it may be of any time.
    """
    claims: list[Claim] = []
    for fact in facts.asserted(this, "statedMemberCount"):
        stated = number_of(fact.value)
        for figure in figures:
            if (number := _number(figure)) is None or stated is None:
                continue
            low, high = sorted((number, stated))
            qualified = _qualifier(figure)
            agrees = (number == low and qualified in _AT_LEAST) or (
                number == high and qualified == _UP_TO
            )
            if low != high and not agrees and set(fact.sources) != set(figure.sources):
                claims += [Claim(fact, None, fact.sources), Claim(None, figure, figure.sources)]
    return [claim for place, claim in enumerate(claims) if claim not in claims[:place]]


def _clash(one: Figure, other: Figure) -> bool:
    """Whether two figures of the same scope cannot both be right.

    "At least 5" and "7" agree, and so do "5" and "up to 7"; 2023 and 2023-05-17 may be one time,
    2023 and 2024 are not; no date may be any.
    """
    lower, higher = sorted((one, other), key=lambda figure: _number(figure) or 0)
    low, high = _number(lower), _number(higher)
    if low is None or high is None or low == high:
        return False
    if _qualifier(lower) in _AT_LEAST or _qualifier(higher) == _UP_TO:
        return False
    units = {each.amount.unit for each in (one, other) if each.amount and each.amount.unit}
    early, late = sorted((_time(one), _time(other)), key=len)
    return len(units) < 2 and late.startswith(early) and set(one.sources) != set(other.sources)  # noqa: PLR2004


def _number(figure: Figure) -> float | None:
    value = figure.amount.value if figure.amount else None
    return number_of(value.value) if value else None


def _qualifier(figure: Figure) -> str:
    return figure.amount.qualifier if figure.amount else ""


def _time(figure: Figure) -> str:
    return figure.when.fact.text if figure.when else ""
