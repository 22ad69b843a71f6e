"""The points as a plain picture, for who has no scripts: dots on a graticule, nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mieco.ask.maps.points import Point, Position
from mieco.errors import Language

# Degrees of longitude are drawn as wide as they are in the middle of China.
_WIDTH = math.cos(math.radians(35))
_EDGE = 2
_STEP = 10


@dataclass(frozen=True, slots=True)
class Dot:
    """What stands at one point: where it is drawn, how large, its place and how many things."""

    x: float
    y: float
    radius: float
    place: str
    count: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Dots in a frame (left, top, width, height); the lines are (where it is drawn, degrees)."""

    frame: tuple[float, float, float, float]
    dots: Sequence[Dot]
    meridians: Sequence[tuple[float, int]]
    parallels: Sequence[tuple[float, int]]


def picture_of(points: Sequence[Point], language: Language) -> Picture:
    """The picture of some points, of which there is one at least."""
    at: dict[Position, list[Point]] = {}
    for point in points:
        at.setdefault(point.position, []).append(point)
    dots = [
        Dot(
            x=round(float(long) * _WIDTH, 2),
            y=-round(float(lat), 2),
            radius=round(0.3 + 0.12 * math.sqrt(len(here)), 2),
            place=(here[0].at or here[0].thing).label(language),
            count=len(here),
        )
        for (lat, long), here in at.items()
    ]
    left, right = min(d.x for d in dots) - _EDGE, max(d.x for d in dots) + _EDGE
    top, bottom = min(d.y for d in dots) - _EDGE, max(d.y for d in dots) + _EDGE
    return Picture(
        frame=(round(left, 2), round(top, 2), round(right - left, 2), round(bottom - top, 2)),
        dots=sorted(dots, key=lambda dot: -dot.count),
        meridians=[
            (round(each * _WIDTH, 2), each) for each in _lines(left / _WIDTH, right / _WIDTH)
        ],
        parallels=[(-each, each) for each in _lines(-bottom, -top)],
    )


def _lines(least: float, most: float) -> range:
    return range(math.ceil(least / _STEP) * _STEP, math.floor(most) + 1, _STEP)
