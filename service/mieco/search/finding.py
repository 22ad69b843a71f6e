"""What a search finds: things in the order of how well they match, counted by kind and province."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mieco.intake.specification import expand
from mieco.search.forms import dense_of, runs_of
from mieco.search.kinds import KINDS, Kind
from mieco.search.lookup import Named, Names, Thing, first_name_of
from mieco.search.matching import Match, Matches, matches, whole_matches
from mieco.terms import BASE

# Of a longer text the beginning is looked for, and so many parts of it.
LONGEST: Final = 200
_MOST_RUNS = 8
_OWN_PATH = re.compile(r"(?:^|/)((?:id|concept|source|question|graph|ontology)[/#][^\s?]*)")
_FILE_TYPE = re.compile(r"\.(?:html|ttl|rdf|jsonld|nt|json|csv)$")
# Kinds that people look for come before those that go with them.
_FIRST: Final[Mapping[Kind, float]] = {
    **dict.fromkeys(KINDS, 0.6),
    "consortium": 0.0,
    "place": 0.0,
    "school": 0.1,
    "enterprise": 0.1,
    "park": 0.1,
    "institute": 0.1,
    "public-body": 0.2,
    "organisation": 0.2,
    "other": 1.0,
    # Their names are hosts, in which many beginnings of pinyin stand.
    "source": 2.0,
}
_CACHED = 64


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: a text, and if given in things of one kind or province alone."""

    text: str
    kind: str = ""
    province: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found, with the names that matched and how each did.

    ``cost`` is what the order goes by: 0 at best.
    """

    thing: Thing
    matched: tuple[tuple[Named, Match], ...]
    cost: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a search finds.

    ``hits`` are those of one page, ``total`` counts all.  ``kinds`` counts what there is of each
    kind, whatever kind was asked for, and ``provinces`` likewise by IRI.  Where nothing matches,
    the hits are ``near``, and ``meant`` is a text that they match, if one is likely.
    """

    hits: Sequence[Hit]
    total: int
    kinds: Mapping[Kind, int]
    provinces: Mapping[str, int]
    near: bool = False
    meant: str = ""


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Things in their order with the matches of each, and whether they are only near."""

    order: Sequence[tuple[int, Kind, str]]
    costs: Mapping[int, float]
    matched: Mapping[int, tuple[Match, ...]]
    near: bool
    meant: str


class Finder:
    """Searches in the names of one release; it remembers the last ones."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._ranked = lru_cache(maxsize=_CACHED)(self._rank)

    def find(self, sought: Sought, *, first: int = 0, most: int = 20) -> Found:
        """What is found, ``most`` hits from the one numbered ``first`` on."""
        ranked = self._ranked(sought.text[:LONGEST].strip())
        of_kind = [each for each in ranked.order if sought.kind in ("", each[1])]
        of_province = [each for each in ranked.order if sought.province in ("", each[2])]
        chosen = [number for number, _, province in of_kind if sought.province in ("", province)]
        kinds = Counter(kind for _, kind, _ in of_province)
        provinces = Counter(province for _, _, province in of_kind if province)
        return Found(
            hits=self._hits(chosen[first : first + most], ranked),
            total=len(chosen),
            kinds={kind: kinds[kind] for kind in KINDS if kinds[kind]},
            provinces=dict(provinces.most_common()),
            near=ranked.near,
            meant=ranked.meant,
        )

    def _hits(self, numbers: Sequence[int], ranked: _Ranked) -> list[Hit]:
        things = self.names.things(numbers)
        named = self.names.named(m.name for n in numbers for m in ranked.matched[n])
        return [
            Hit(
                things[n],
                tuple((named[m.name], m) for m in ranked.matched[n]),
                ranked.costs[n],
            )
            for n in numbers
        ]

    def _rank(self, text: str) -> _Ranked:
        if not text:
            return _Ranked((), {}, {}, near=False, meant="")
        if thing := self._by_iri(text):
            named = (Match(first_name_of(thing.id), 0, "exact"),)
            order = [(thing.id, thing.kind, thing.province)]
            return _Ranked(order, {thing.id: 0}, {thing.id: named}, near=False, meant="")
        whole = whole_matches(self.names, dense_of(text))
        runs = list(dict.fromkeys(runs_of(text)))[:_MOST_RUNS]
        parts = [matches(self.names, run) for run in runs]
        matched = _all_of(parts)
        near = _is_near(matched)
        if not matched and len(parts) > 1:
            matched, near = _most_of(parts), True
        matched |= {thing: (match,) for thing, match in whole.items()}
        return self._ordered(matched, near=near and not whole, runs=runs)

    def _ordered(
        self, matched: Mapping[int, tuple[Match, ...]], *, near: bool, runs: Sequence[str]
    ) -> _Ranked:
        # A place stands for the region code of its name.
        regions = self.names.regions_of_places()
        shown = [each for each in matched if regions.get(each) not in matched]
        facts = self.names.kinds_and_provinces(shown)
        ordered = sorted(
            (
                sum(m.cost for m in matched[number]) + _FIRST[kind] + deprecated,
                number,
                kind,
                province,
            )
            for number, kind, province, deprecated in facts
        )
        order = [(number, kind, province) for _, number, kind, province in ordered]
        costs = {number: cost for cost, number, _, _ in ordered}
        meant = _meant(matched[order[0][0]], runs) if near and order else ""
        return _Ranked(order, costs, matched, near, meant)

    def _by_iri(self, text: str) -> Thing | None:
        """The thing that an IRI, a prefixed name, a path or the address of a page names."""
        text = text.strip("<>")
        for iri in (text, expand(text)):
            if thing := self.names.by_iri(iri):
                return thing
        if own := _OWN_PATH.search(text):
            path = _FILE_TYPE.sub("", own[1])
            return self.names.by_iri(BASE + path)
        return None


def _all_of(parts: Sequence[Matches]) -> dict[int, tuple[Match, ...]]:
    """The things that all parts of a search match."""
    if not parts:
        return {}
    if len(parts) == 1:
        return {thing: (match,) for thing, match in parts[0].items()}
    least, *others = sorted(parts, key=len)
    return {
        thing: tuple(part[thing] for part in parts)
        for thing in least
        if all(thing in other for other in others)
    }


def _most_of(parts: Sequence[Matches]) -> dict[int, tuple[Match, ...]]:
    """The things that as many parts of a search match as any does."""
    counts = Counter(thing for part in parts for thing in part)
    most = max(counts.values(), default=0)
    return {
        thing: tuple(part[thing] for part in parts if thing in part)
        for thing, count in counts.items()
        if count == most
    }


def _is_near(matched: Mapping[int, tuple[Match, ...]]) -> bool:
    return all(any(m.how == "near" for m in found) for found in matched.values())


def _meant(matched: Sequence[Match], runs: Sequence[str]) -> str:
    """A text without the slips, where all of them are known."""
    if len(matched) != len(runs) or any(m.how == "near" and not m.meant for m in matched):
        return ""
    return " ".join(m.meant or run for m, run in zip(matched, runs, strict=True))
