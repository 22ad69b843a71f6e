"""The functions that the engine has beside those of SPARQL: GeoSPARQL 1.1 §8."""

from __future__ import annotations

from typing import Final

_GEOSPARQL = "http://www.opengis.net/def/function/geosparql/"

EXTENSION_FUNCTIONS: Final = tuple(
    _GEOSPARQL + name
    for name in (
        *("area", "asGeoJSON", "centroid", "convexHull", "coordinateDimension", "difference"),
        *("dimension", "distance", "envelope", "getSRID", "intersection", "isEmpty", "isSimple"),
        *("length", "perimeter", "relate", "spatialDimension", "symDifference", "union"),
        *("ehContains", "ehCoveredBy", "ehCovers", "ehDisjoint", "ehEquals", "ehInside"),
        *("ehMeet", "ehOverlap"),
        *("rcc8dc", "rcc8ec", "rcc8eq", "rcc8ntpp", "rcc8ntppi", "rcc8po", "rcc8tpp", "rcc8tppi"),
        *("sfContains", "sfCrosses", "sfDisjoint", "sfEquals", "sfIntersects", "sfOverlaps"),
        *("sfTouches", "sfWithin"),
    )
)
