"""Where an organisation is, as far as its name or its data tell, and whether two agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal as OneOf

from mieco.intake.name_parts import places_and_core, same_name_key, short_name
from mieco.intake.regions import all_regions

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
    regions = all_regions()
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for region in regions:
        found[short_name(region)].append(tuple(map(short_name, regions.path(region))))
    return found


@cache
def _levels() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for region in all_regions():
        found[short_name(region)].add(region.level)
    return {name: frozenset(levels) for name, levels in found.items()}
