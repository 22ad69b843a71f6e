"""What was observed of something and aimed at for it: figures by indicator, and how long a bar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pyoxigraph import Literal

from mieco.ask.charts import number_of
from mieco.ask.profiles.amounts import Amount, amount_of
from mieco.ask.profiles.facts import Fact, Facts
from mieco.ask.profiles.items import When, when_of
from mieco.terms import BASE

# Of a rank the smallest is the best: a bar would show the contrary.
_NO_BARS = frozenset({BASE + "concept/unit/rank"})
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: what it is of besides the page's thing, and how long its bar is of a hundred.

    ``bar`` is ``None`` where there is no number, or nothing to compare it with.
    """

    iri: str
    amount: Amount | None
    when: When | None
    about: Sequence[Fact]
    texts: Sequence[Fact]
    policies: Sequence[Fact]
    sources: Sequence[str]
    bar: float | None = None


@dataclass(frozen=True, slots=True)
class IndicatorFigures:
    """The figures of an indicator, in the order of time."""

    indicator: str
    figures: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Indicators whose figures compare: they count members or parties (``sector``), or none do."""

    sector: bool
    indicators: Sequence[IndicatorFigures]


def figures_of(facts: Facts, indicators: Facts, this: str) -> list[FigureGroup]:
    """What was observed; ``indicators`` tells which of them count the parties of a sector."""
    by_indicator = _by_indicator(facts, _things(facts, targets=False), this)
    parties = {i: f for i, f in by_indicator.items() if indicators.values(i, "countsSector")}
    others = {i: f for i, f in by_indicator.items() if i not in parties}
    groups = [FigureGroup(True, _with_bars(parties, together=True))] if parties else []
    return [*groups, FigureGroup(False, _with_bars(others, together=False))] if others else groups


def targets_of(facts: Facts, this: str) -> list[IndicatorFigures]:
    """What was aimed at."""
    found = _by_indicator(facts, _things(facts, targets=True), this)
    return [IndicatorFigures(indicator, figures) for indicator, figures in found.items()]


def all_figures_of(facts: Facts, this: str) -> list[IndicatorFigures]:
    """What was observed and aimed at, without bars."""
    things = [*_things(facts, targets=False), *_things(facts, targets=True)]
    found = _by_indicator(facts, things, this)
    return [IndicatorFigures(indicator, figures) for indicator, figures in found.items()]


def _things(facts: Facts, *, targets: bool) -> list[str]:
    """A target is an observation of a kind, as the ontology has it."""
    wanted = facts.of_class("IndicatorObservation", "IndicatorTarget")
    return [thing for thing in wanted if facts.is_a(thing, "IndicatorTarget") is targets]


def _by_indicator(facts: Facts, things: Iterable[str], this: str) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for thing in things:
        for indicator in facts.iris(thing, "observes"):
            found.setdefault(indicator, []).append(_figure(facts, thing, this))
    for figures in found.values():
        figures.sort(key=lambda figure: (_day(figure), figure.iri))
    return dict(sorted(found.items()))


def _day(figure: Figure) -> str:
    return figure.when.first if figure.when else "9999"


def _figure(facts: Facts, thing: str, this: str) -> Figure:
    concerned = facts.asserted(thing, "concerns")
    # How the source writes what it is of tells something only where no thing is named.
    texts = ("timeText",) if concerned else ("timeText", "scopeText")
    return Figure(
        iri=thing,
        amount=amount_of(facts, thing),
        when=when_of(facts, thing),
        about=[fact for fact in concerned if fact.text != this],
        texts=facts.asserted(thing, *texts),
        policies=facts.asserted(thing, "underPolicy"),
        sources=facts.sources(thing),
    )


def _with_bars(found: Mapping[str, Sequence[Figure]], *, together: bool) -> list[IndicatorFigures]:
    """The longest bar is that of the largest number of the same unit, among all or in each."""
    every = [figure for figures in found.values() for figure in figures]
    return [
        IndicatorFigures(
            indicator,
            [_with_bar(figure, every if together else figures) for figure in figures],
        )
        for indicator, figures in found.items()
    ]


def _with_bar(figure: Figure, others: Sequence[Figure]) -> Figure:
    number, unit = _number(figure), figure.amount.unit if figure.amount else ""
    compared = [n for o in others if o.amount and o.amount.unit == unit and (n := _number(o))]
    # One alone compares with none, and what is all the same differs in nothing to be seen.
    few = len(set(compared)) < 2 or max(compared) <= 0  # noqa: PLR2004
    if number is None or number < 0 or few or unit in _NO_BARS:
        return figure
    return replace(figure, bar=round(_LONGEST * number / max(compared), 1))


def _number(figure: Figure) -> float | None:
    value = figure.amount.value if figure.amount else None
    return number_of(value.value) if value and isinstance(value.value, Literal) else None
