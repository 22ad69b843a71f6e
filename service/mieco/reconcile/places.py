"""Where an organisation is, as far as its name or its data tell, and whether two agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal as OneOf

from mieco.intake.name_parts import places_and_core, same_name_key, short_name
from mieco.intake.regions import Region, all_regions

Relation = OneOf["same", "within", "apart", "unknown"]


@dataclass(frozen=True, slots=True)
class Where:
    """Places by their short names: those that are told, and all in which they may lie."""

    told: tuple[str, ...] = ()
    around: frozenset[str] = frozenset()

    @property
    def narrowest(self) -> str:
        return self.told[-1] if self.told else ""


NOWHERE = Where()


@cache
def where(told: tuple[str, ...]) -> Where:
    """What follows from the places that a name tells, the widest first."""
    if not told:
        return NOWHERE
    wider = set(told[:-1])
    paths = _paths().get(told[-1], ())
    # 福州市鼓楼区 is one of four districts of that name.
    fitting = [path for path in paths if wider <= set(path)] or paths
    return Where(told, frozenset(told).union(*fitting))


def where_of(text: str) -> Where:
    """Where a text such as 江苏省常州市 or 常州 is; nowhere if it is no place that is known."""
    told, _ = places_and_core(same_name_key(text))
    return where(told)


def regions_of(text: str) -> frozenset[Region]:
    """The regions that a text may mean, such as 常州 or 江苏省常州市; none if it says more."""
    told, rest = places_and_core(text)
    if not told or rest:
        return frozenset()
    wider = set(told[:-1])
    of_the_name = [
        region
        for path, region in zip(_paths()[told[-1]], _regions()[told[-1]], strict=True)
        if wider <= set(path)
    ]
    # 吉林 may be the province or the city, 吉林市 is the city.
    in_full = [region for region in of_the_name if text.endswith(region.name)]
    return frozenset(in_full or of_the_name)


def relation(one: Where, other: Where) -> Relation:
    """How two wheres stand to each other."""
    if not one.told or not other.told:
        return "unknown"
    if _contradict(one, other):
        return "apart"
    if one.narrowest == other.narrowest:
        return "same"
    if one.narrowest in other.around or other.narrowest in one.around:
        return "within"
    return "apart"


def agree(asked: Where, known: Iterable[Where]) -> bool | None:
    """Whether a place agrees with one of those known; ``None`` where that cannot be told."""
    relations = {relation(asked, each) for each in known} - {"unknown"}
    return None if not relations else bool(relations & {"same", "within"})


def _contradict(one: Where, other: Where) -> bool:
    """Whether both tell a place of one level, and not the same."""
    if len(one.told) == len(other.told) == 1:
        return False
    levels = _levels()
    for level in ("province", "prefecture"):
        mine = {place for place in one.told if level in levels.get(place, ())}
        theirs = {place for place in other.told if level in levels.get(place, ())}
        if mine and theirs and not mine & theirs:
            return True
    return False


@cache
def _paths() -> Mapping[str, Sequence[tuple[str, ...]]]:
    """The short names of the regions above each region of a short name."""
    path = all_regions().path
    return {
        name: [tuple(map(short_name, path(region))) for region in regions]
        for name, regions in _regions().items()
    }


@cache
def _regions() -> Mapping[str, Sequence[Region]]:
    """The regions of each short name."""
    found: dict[str, list[Region]] = defaultdict(list)
    for region in all_regions():
        found[short_name(region)].append(region)
    return found


@cache
def _levels() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(each.level for each in found) for name, found in _regions().items()}
