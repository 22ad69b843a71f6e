"""The profile of a place: what is there, what lies in it, its consortia side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mieco.ask.profiles.facts import Fact, Facts
from mieco.ask.profiles.figures import IndicatorFigures, all_figures_of
from mieco.ask.profiles.fulfilment import Fulfilments, Matrix
from mieco.ask.profiles.items import Item, items_of
from mieco.ask.profiles.reading import Asked, Labels, iris_in
from mieco.ask.support import Source
from mieco.engine.base import text_of
from mieco.releases import Release
from mieco.search.kinds import Kind, kind_of
from mieco.terms import BASE, RDF_TYPE

_NATION = BASE + "concept/place-level/nation"
# What is counted of each consortium, in the order of the columns.
MEASURES = ("members", "bodies", "spaces", "activities", "figures")
# More things than this are not listed one by one: the places in it list them.
_MOST_LISTED = 400
_KINDS: Sequence[Kind] = (
    *("school", "enterprise", "park", "institute", "public-body"),
    *("organisation", "space", "activity", "document", "governance", "other"),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """A consortium beside others: counts of what is recorded (none is not zero, but not found)."""

    iri: str
    places: Sequence[Fact]
    founded: Fact | None
    levels: Sequence[Fact]
    counts: Mapping[str, int]
    met: int | None


@dataclass(frozen=True, slots=True)
class Below:
    """A place within, and how many consortia and other things lie there."""

    iri: str
    level: str
    consortia: int
    others: int


@dataclass(frozen=True, slots=True)
class PlaceProfile:
    """All that is told of a place; ``labels`` are those of all IRIs in it.

    ``there`` is what lies there by kind, empty where it is too much to list: ``count`` is how
    much that is.
    """

    iri: str
    level: Fact | None
    region: Fact | None
    wholes: Sequence[Fact]
    below: Sequence[Below]
    consortia: Sequence[Compared]
    there: Mapping[Kind, Sequence[str]]
    count: int
    classes: Mapping[str, str]
    about: Mapping[str, Sequence[Item]]
    figures: Sequence[IndicatorFigures]
    sources: Sequence[Source]
    labels: Labels

    @property
    def is_nation(self) -> bool:
        return self.level is not None and self.level.text == _NATION


def read_place(asked: Asked, iri: str, release: Release, fulfilments: Fulfilments) -> PlaceProfile:
    """The profile of a place.  Raises what the engine raises."""
    facts, sources = asked.facts(asked.rows("around-place", this=iri))
    within = Facts.of(asked.rows("within-place", this=iri), {})
    consortia = list(within.of_class("Consortium"))
    places = list(within.of_class("Place"))
    things = [t for t in within.things if t not in {*consortia, *places, iri}]
    related = asked.related(consortia, *("foundingDate", "hasRecognition", "locatedIn", RDF_TYPE))
    recognitions = [r for each in consortia for r in related.iris(each, "hasRecognition")]
    # Those of a whole nation are not put side by side.
    compared = consortia and not _is_nation(facts, iri)
    comparison = _Comparison(
        related,
        asked.related(recognitions, "recognitionLevel"),
        _counts(asked, iri) if compared else {},
        fulfilments.of_all(asked, release) if compared else {},
    )
    about = _about(facts, iri, asked)
    shown = things if len(things) <= _MOST_LISTED else []
    labels = asked.labels(
        iris_in(facts, comparison.levels),
        *((c, *related.iris(c, "locatedIn")) for c in consortia),
        places,
        shown,
        (within.kind(thing) for thing in shown),
        (f.text for place in places for f in within.values(place, "placeLevel")),
        *((source.iri, source.grade) for source in sources),
    )
    return PlaceProfile(
        iri=iri,
        level=facts.one(iri, "placeLevel"),
        region=facts.one(iri, "region"),
        wholes=facts.values(iri, "partOf"),
        below=_below(within, places, iri),
        consortia=sorted(map(comparison.of, consortia), key=_most_told_first),
        there=_by_kind(within, shown),
        count=len(things),
        classes={thing: within.kind(thing) for thing in shown},
        about=about,
        figures=all_figures_of(facts, iri),
        sources=sources,
        labels=labels,
    )


def _is_nation(facts: Facts, iri: str) -> bool:
    return _NATION in facts.iris(iri, "placeLevel")


def _most_told_first(compared: Compared) -> tuple[int, str]:
    return -sum(compared.counts.values()), compared.iri


def _about(facts: Facts, iri: str, asked: Asked) -> dict[str, list[Item]]:
    """What concerns the place itself: policies, documents, activities."""
    told = {iri, *facts.of_class("IndicatorObservation", "IndicatorTarget", "Consortium")}
    headings = {
        "policies": ("PolicyDocument", "PolicyMeasure", "PolicyRequirement"),
        "activities": ("Activity",),
        "documents": ("Document",),
        "rest": (),
    }
    found: dict[str, list[Item]] = {}
    for heading, names in headings.items():
        things = [t for t in (facts.of_class(*names) if names else facts.things) if t not in told]
        told.update(things)
        if things:
            found[heading] = items_of(facts, things, asked.language, without=iri)
    return found


def _below(within: Facts, places: Sequence[str], iri: str) -> list[Below]:
    """The places just below, those with the most consortia first."""
    direct = [p for p in places if any(f.text == iri for f in within.asserted(p, "partOf"))]
    found = []
    for place in direct:
        here = [t for t in within.things if place in within.iris(t, "locatedIn")]
        consortia = sum(within.is_a(thing, "Consortium") for thing in here)
        level = within.one(place, "placeLevel")
        found.append(Below(place, level.text if level else "", consortia, len(here) - consortia))
    return sorted(found, key=lambda each: (-each.consortia, -each.others, each.iri))


def _by_kind(within: Facts, things: Sequence[str]) -> dict[Kind, list[str]]:
    found: dict[Kind, list[str]] = {kind: [] for kind in _KINDS}
    for thing in things:
        kind = kind_of(within.classes(thing))
        found[kind if kind in found else "other"].append(thing)
    return {kind: group for kind, group in found.items() if group}


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What the consortia of a place are compared by."""

    related: Facts
    levels: Facts
    counts: Mapping[str, Mapping[str, int]]
    matrix: Matrix

    def of(self, consortium: str) -> Compared:
        return Compared(
            iri=consortium,
            places=self.related.asserted(consortium, "locatedIn"),
            founded=self.related.one(consortium, "foundingDate"),
            levels=[
                fact
                for recognition in self.related.iris(consortium, "hasRecognition")
                for fact in self.levels.values(recognition, "recognitionLevel")
            ],
            counts=self.counts.get(consortium, {}),
            met=self._met(consortium),
        )

    def _met(self, consortium: str) -> int | None:
        if not self.matrix:
            return None
        judged = (each.get(consortium) for each in self.matrix.values())
        return sum(each is not None and each.outcome == "met" for each in judged)


def _counts(asked: Asked, iri: str) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for row in asked.rows("compared-in-place", this=iri):
        found = counts.setdefault(text_of(row["consortium"]), {})
        found[text_of(row["measure"])] = int(text_of(row["count"]))
    return counts
