"""What happened, year by year: activities, recognitions, and documents that bear a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mieco.ask.profiles.facts import Facts
from mieco.ask.profiles.items import Item, item_of
from mieco.errors import Language

_HAPPEN = ("Activity", "Recognition")
# What is told elsewhere, and stands here only as something that came out on a day.
_DATED = ("Document", "PolicyMeasure", "NamePeriod")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; ``elsewhere`` if the page tells of it in another place, too."""

    item: Item
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Year:
    """A year and what happened in it; the year of what has no date is empty."""

    year: str
    events: Sequence[Event]


def timeline_of(facts: Facts, this: str, language: Language) -> list[Year]:
    """The years in order, and at the end what has no date."""
    events = [
        Event(item_of(facts, each, language, without=this), False)
        for each in facts.of_class(*_HAPPEN)
    ]
    told = {event.item.iri for event in events}
    for each in facts.of_class(*_DATED):
        item = item_of(facts, each, language, without=this)
        if item.day and each not in told and not facts.is_a(each, "IndicatorObservation"):
            events.append(Event(item, True))
    founded = item_of(facts, this, language, without=this)
    days = {e.item.day[:7] for e in events if facts.is_a(e.item.iri, "FoundingEvent")}
    # A founding that has an entry of its own need not be told twice.
    if founded.day and founded.day[:7] not in days:
        events.append(Event(founded, True))
    years: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda e: (not e.item.day, e.item.day, e.item.iri)):
        years.setdefault(event.item.day[:4], []).append(event)
    return [Year(year, found) for year, found in years.items()]
