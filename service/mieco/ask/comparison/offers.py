"""With what else a thing is readily compared: its neighbours, and those of the same industry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode

from mieco.ask.comparison.subjects import MOST, Comparable
from mieco.ask.page_queries import page_query, rows_of
from mieco.engine.base import Engine, Query, rows_in, text_of
from mieco.search.lookup import Thing

_MOST_OFFERS = 6


@dataclass(frozen=True, slots=True)
class Offer:
    """A thing and others that it shares something with: the IRI of a province or an industry."""

    shared: str
    things: Sequence[str]


@dataclass(frozen=True, slots=True)
class Choice:
    """All consortia by province (an IRI, or empty), and all province-level places."""

    consortia: Mapping[str, Sequence[str]]
    provinces: Sequence[str]


def read_choice(engine: Engine, *, seconds: float) -> Choice:
    """What there is to choose from."""
    consortia: dict[str, list[str]] = {}
    for row in rows_of(engine, "consortia", seconds=seconds):
        province = text_of(row["province"]) if "province" in row else ""
        consortia.setdefault(province, []).append(text_of(row["consortium"]))
    provinces = [text_of(row["province"]) for row in rows_of(engine, "provinces", seconds=seconds)]
    return Choice(consortia, provinces)


def offers(
    engine: Engine,
    choice: Choice,
    things: Sequence[Thing],
    kind: Comparable,
    *,
    seconds: float,
) -> list[Offer]:
    """Comparisons of the first of these things with its like, as many as can be compared.

    Of the same province, then of each industry, the narrowest first; of a place, those beside it
    in the same one.
    """
    first = things[0]
    found: dict[str, list[str]] = {}
    if kind == "place":
        if first.iri not in choice.provinces:
            found = _beside(engine, first.iri, seconds)
    else:
        found[first.province] = [
            each for each in choice.consortia.get(first.province, ()) if each != first.iri
        ]
        asked = Query(page_query("alike"), values={"this": [NamedNode(first.iri)]})
        for row in rows_in(engine.query(asked, seconds=seconds)):
            found.setdefault(text_of(row["industry"]), []).append(text_of(row["other"]))
    told = [
        Offer(shared, [first.iri, *others[: MOST - 1]])
        for shared, others in found.items()
        if shared and others
    ]
    return told[:_MOST_OFFERS]


def _beside(engine: Engine, place: str, seconds: float) -> dict[str, list[str]]:
    """What this place lies directly in → what else does."""
    below: dict[str, list[str]] = {}
    for row in rows_of(engine, "places-above", seconds=seconds):
        below.setdefault(text_of(row["above"]), []).append(text_of(row["place"]))
    return {
        above: [each for each in places if each != place]
        for above, places in below.items()
        if place in places
    }
