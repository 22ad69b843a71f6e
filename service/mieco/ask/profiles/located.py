"""Where something lies: the places within one another, the widest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mieco.ask.profiles.facts import Fact, Facts

# The levels of places, as their IRIs end.
_LEVELS: Final = ("nation", "province", "prefecture", "county", "zone")


def by_level(located: Sequence[Fact], places: Facts) -> list[list[Fact]]:
    """The places of something by the level that ``places`` tells of each; without one comes last.

    There are several of a level where it lies across a boundary.
    """
    found: dict[int, list[Fact]] = {}
    for fact in sorted(located, key=lambda each: each.text):
        told = {level.rpartition("/")[2] for level in places.iris(fact.text, "placeLevel")}
        rank = min((_LEVELS.index(one) for one in told & {*_LEVELS}), default=len(_LEVELS))
        found.setdefault(rank, []).append(fact)
    return [found[rank] for rank in sorted(found)]
