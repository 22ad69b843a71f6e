"""Things with the point where each is drawn: its own, or that of the place where it lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.figures import decimal_of
from mieco.ask.page_queries import rows_of
from mieco.by_release import ByRelease
from mieco.engine.base import Engine, text_of
from mieco.releases import Release
from mieco.search.kinds import Kind
from mieco.search.lookup import Names, Thing

# The kinds of things that a map can show, in the order of their looks.
MAPPED: Final[tuple[Kind, ...]] = (
    "consortium",
    "park",
    "school",
    "enterprise",
    "institute",
    "public-body",
    "space",
    "organisation",
)
_MOST_LATITUDE, _MOST_LONGITUDE = 90, 180

Position = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Point:
    """A thing at a point (latitude, longitude).

    ``place`` is where it lies and ``at`` the place whose point it is drawn at: the same, or one
    above it; both are ``None`` for a thing with a point of its own.
    """

    thing: Thing
    position: Position
    place: Thing | None
    at: Thing | None
    industries: frozenset[str]

    @property
    def exactness(self) -> str:
        """Whose point it is: ``own``, of its ``place``, or of a place ``above`` that."""
        if self.at is None:
            return "own"
        return "place" if self.at is self.place else "above"


@dataclass(frozen=True, slots=True)
class PointMap:
    """All points of a release, and the things that lie somewhere but have no point."""

    points: Sequence[Point]
    without: Sequence[Thing]
    provinces: Mapping[str, Thing]

    def of(self, kinds: Iterable[str] = (), province: str = "", industry: str = "") -> PointMap:
        """What is of one of these kinds, in one province, of one industry; empty: of any."""
        wanted = set(kinds)

        def fits(thing: Thing) -> bool:
            return (not wanted or thing.kind in wanted) and province in ("", thing.province)

        return PointMap(
            [
                point
                for point in self.points
                if fits(point.thing) and (not industry or industry in point.industries)
            ],
            [thing for thing in self.without if fits(thing) and not industry],
            self.provinces,
        )

    @property
    def industries(self) -> set[str]:
        """The industries of all points."""
        return {industry for point in self.points for industry in point.industries}


class PointMaps:
    """The points of releases, each read once.  Thread-safe."""

    def __init__(self) -> None:
        self._kept: ByRelease[PointMap] = ByRelease()

    def of(self, engine: Engine, names: Names, release: Release, *, seconds: float) -> PointMap:
        """The points of a release.  Raises what the engine raises, and Overloaded."""
        return self._kept.of(release, lambda: _read(engine, names, seconds), seconds=seconds)


def _read(engine: Engine, names: Names, seconds: float) -> PointMap:
    engine = EngineWithDeadline(engine, seconds)
    positions = _positions(engine, seconds)
    above: dict[str, list[str]] = {}
    for row in rows_of(engine, "places-above", seconds=seconds):
        above.setdefault(text_of(row["place"]), []).append(text_of(row["above"]))
    located: dict[str, list[str]] = {thing: [] for thing in positions}
    for row in rows_of(engine, "located", seconds=seconds):
        located.setdefault(text_of(row["thing"]), []).append(text_of(row["place"]))
    industries: dict[str, set[str]] = {}
    for row in rows_of(engine, "industries", seconds=seconds):
        industries.setdefault(text_of(row["thing"]), set()).add(text_of(row["industry"]))
    things = names.by_iris({*located, *above, *(p for each in located.values() for p in each)})
    points: list[Point] = []
    without: list[Thing] = []
    for iri, places in located.items():
        thing = things.get(iri)
        if thing is None or thing.kind not in MAPPED:
            continue
        of_it = frozenset(industries.get(iri, ()))
        if iri in positions:
            found = [Point(thing, positions[iri], None, None, of_it)]
        else:
            found = [
                Point(thing, positions[at], things[place], things[at], of_it)
                for place in places
                if (at := _nearest(place, positions, above)) and place in things and at in things
            ]
        points += found
        if not found:
            without.append(thing)
    points.sort(key=lambda p: (MAPPED.index(p.thing.kind), p.thing.province, p.thing.iri))
    without.sort(key=lambda thing: (MAPPED.index(thing.kind), thing.iri))
    provinces = names.by_iris({p.thing.province for p in points} - {""})
    return PointMap(points, without, provinces)


def _positions(engine: Engine, seconds: float) -> dict[str, Position]:
    """The first point of each thing that is on the globe."""
    found: dict[str, Position] = {}
    for row in rows_of(engine, "coordinates", seconds=seconds):
        lat, long = decimal_of(row["lat"]), decimal_of(row["long"])
        if lat is None or long is None:
            continue
        if abs(lat) <= _MOST_LATITUDE and abs(long) <= _MOST_LONGITUDE:
            found.setdefault(text_of(row["thing"]), (lat, long))
    return found


def _nearest(
    place: str, positions: Mapping[str, Position], above: Mapping[str, Sequence[str]]
) -> str | None:
    """The place itself if it has a point, else the first of those above it that has one."""
    seen = [place]
    for each in seen:
        if each in positions:
            return each
        seen += [one for one in above.get(each, ()) if one not in seen]
    return None
