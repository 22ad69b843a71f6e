"""Things as entries of a list: what each is, when, where, who takes part, what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mieco.ask.charts import period_of
from mieco.ask.profiles.amounts import Amount, amount_of
from mieco.ask.profiles.facts import Fact, Facts, iri_of
from mieco.ask.profiles.wording import DETAILS, INVOLVES
from mieco.errors import Language
from mieco.terms import PREFIXES

_DCTERMS = PREFIXES["dcterms"]
DATE = _DCTERMS + "date"
ISSUED = _DCTERMS + "issued"
DESCRIPTION = _DCTERMS + "description"
_STATED = "basis/stated"

# What readings and rules tell of an entry: each is a concept.
_READINGS: Sequence[str] = (
    *("hasSpatialAspect", "crossesBoundary", "evidencesMoment", "pursuesPath"),
    *("exhibitsCharacteristic", "appliesMechanism", "supportsCooperation", "addressesElement"),
    *("embodiesPrinciple", "servesStrategy", "servesAim", "activityKind"),
)


@dataclass(frozen=True, slots=True)
class When:
    """The time of an entry as it is written; the first and last day that it may mean.

    ``doubtful`` if a source does not state it outright, ``text`` how the source puts it.
    """

    fact: Fact
    first: str
    last: str
    doubtful: bool
    text: Fact | None


@dataclass(frozen=True, slots=True)
class Item:
    """A thing as an entry; ``details`` and ``readings`` by property (IRIs), ``kind`` its class."""

    iri: str
    kind: str
    when: When | None
    description: Fact | None
    amount: Amount | None
    details: Mapping[str, Sequence[Fact]]
    readings: Mapping[str, Sequence[Fact]]
    sources: Sequence[str]

    @property
    def day(self) -> str:
        """The first day that it may mean; empty where no time is known."""
        return self.when.first if self.when else ""


def item_of(facts: Facts, thing: str, language: Language, *, without: str = "") -> Item:
    """A thing as an entry; ``without`` is the thing whose page it stands on."""
    when = when_of(facts, thing)
    told = {without, when.fact.text if when else without}
    details = {
        name: found
        for name in DETAILS
        if (found := [f for f in facts.asserted(thing, name) if f.text not in told])
    }
    named = {fact.text for found in details.values() for fact in found}
    involved = [f for f in facts.asserted(thing, INVOLVES) if f.text not in {*named, without}]
    if involved:
        details[INVOLVES] = involved
    readings = {iri_of(n): found for n in _READINGS if (found := facts.values(thing, n))}
    return Item(
        iri=thing,
        kind=facts.kind(thing),
        when=when,
        description=facts.said_in(language, thing, DESCRIPTION),
        amount=amount_of(facts, thing),
        details=details,
        readings=readings,
        sources=facts.sources(thing),
    )


def items_of(
    facts: Facts, things: Iterable[str], language: Language, *, without: str = ""
) -> list[Item]:
    """Things as entries, those with a time first, in its order."""
    items = [item_of(facts, thing, language, without=without) for thing in things]
    return sorted(items, key=lambda item: (not item.day, item.day, item.iri))


def when_of(facts: Facts, thing: str) -> When | None:
    """When a thing was; by its date, else its year."""
    fact = facts.one(thing, DATE, ISSUED, "foundingDate", "year")
    if fact is None:
        return None
    period = period_of(fact.text) or ("", "")
    basis = facts.one(thing, "hasDateBasis")
    return When(
        fact=fact,
        first=period[0],
        last=period[1],
        doubtful=basis is not None and not basis.text.endswith(_STATED),
        text=facts.one(thing, "dateText"),
    )
