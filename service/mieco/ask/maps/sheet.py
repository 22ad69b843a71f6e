"""Points as a sheet of cells, a row for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mieco.ask.comparison.sheets import Sheet, Value
from mieco.ask.maps.points import Point, PointMap
from mieco.errors import Language, Text
from mieco.search.kinds import KINDS
from mieco.search.lookup import Thing

_HEADS = (
    Text("名称", "Name"),
    Text("类别", "Kind"),
    Text("省级地域", "Province"),
    Text("所在地", "Place"),
    Text("纬度", "Latitude"),
    Text("经度", "Longitude"),
    Text("点位属于", "Point of"),
    Text("产业", "Industries"),
    Text("IRI", "IRI"),
)
_WIDTHS = (36, 14, 18, 18, 12, 12, 18, 34, 44)


def points_sheet(points: PointMap, names: Mapping[str, str], language: Language) -> Sheet:
    """The points, and what has none with empty cells; ``names`` are of provinces, industries."""
    rows = [_row(point.thing, point, names, language) for point in points.points]
    rows += [_row(thing, None, names, language) for thing in points.without]
    heads = [head.in_(language) for head in _HEADS]
    return Sheet(Text("地图", "map").in_(language), heads, rows, widths=_WIDTHS)


def _row(
    thing: Thing, point: Point | None, names: Mapping[str, str], language: Language
) -> Sequence[Value]:
    lat, long = point.position if point else ("", "")
    return [
        thing.label(language),
        KINDS[thing.kind].in_(language),
        names.get(thing.province, ""),
        point.place.label(language) if point and point.place else "",
        lat,
        long,
        point.at.label(language) if point and point.at else "",
        "; ".join(sorted(names.get(each, each) for each in point.industries)) if point else "",
        thing.iri,
    ]
