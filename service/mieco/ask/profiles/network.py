"""What links the parties of a consortium: agreements, activities, bodies, spaces, funds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mieco.ask.charts import Chart, Mark
from mieco.ask.profiles.facts import Fact, Facts, iri_of
from mieco.ask.profiles.reading import Labels
from mieco.ask.profiles.wording import WAYS
from mieco.errors import Language, Text
from mieco.present.names import compact

_THING, _PARTY = Text("连接各方的事物", "what links them"), Text("当事方", "party")
_WAY = Text("方式", "how")
# Beyond so many links a picture can no longer be read; the table has them all.
_MOST = 200
_CONCERNS = iri_of("concerns")
_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Linking:
    """A thing and the parties that it links, each by the most telling of the properties."""

    thing: str
    kind: str
    parties: Mapping[str, Fact]
    sources: Sequence[str]


def linking_of(facts: Facts, this: str) -> list[Linking]:
    """What links two parties or more, that with the most parties first."""
    found = []
    for thing in facts.things:
        parties: dict[str, Fact] = {}
        if thing == this or facts.is_a(thing, "Membership", "Participation"):
            continue
        for way in WAYS:
            for fact in facts.asserted(thing, way) if way != _CONCERNS else ():
                if fact.text != this:
                    parties.setdefault(fact.text, fact)
        if len(parties) >= _ENOUGH:
            linking = Linking(thing, facts.kind(thing), parties, facts.sources(thing))
            found.append(linking)
    return sorted(found, key=lambda each: (-len(each.parties), each.thing))


def network_of(found: Iterable[Linking], labels: Labels, language: Language) -> Chart | None:
    """The picture of what links parties; ``None`` where nothing does."""
    marks: list[Mark] = []
    for each in found:
        for party, fact in each.parties.items():
            marks.append(
                {
                    "from": _name(each.thing, labels),
                    "from_key": each.thing,
                    "to": _name(party, labels),
                    "to_key": party,
                    "link": WAYS[fact.predicate].in_(language),
                }
            )
    if not marks:
        return None
    names = {"from": _THING.in_(language), "to": _PARTY.in_(language), "link": _WAY.in_(language)}
    return Chart("network", names, marks[:_MOST], len(marks), 0)


def _name(iri: str, labels: Labels) -> str:
    return labels[iri][0] if iri in labels else compact(iri)
