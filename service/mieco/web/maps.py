"""``/map``: things at the points of their places, as a page with its list and as GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, make_response, render_template, request, url_for

from mieco.ask.citations import cite
from mieco.ask.comparison.sheets import as_csv
from mieco.ask.maps.geojson import as_geojson
from mieco.ask.maps.picture import picture_of
from mieco.ask.maps.points import MAPPED, Point, PointMap
from mieco.ask.maps.sheet import points_sheet
from mieco.ask.parameters import today
from mieco.errors import BadParameter, NotFound, Text
from mieco.present.formats import CSV, GEO_JSON, HTML, XLSX, Format
from mieco.releases import Release
from mieco.search.kinds import KINDS
from mieco.search.lookup import Thing
from mieco.search.pinyin import reading_order
from mieco.web.content_security import security_policy
from mieco.web.protocol import deadline, iri_parameter, parameters
from mieco.web.reader import href, language, wanted
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.web.sheets import csv_response, workbook_response

blueprint = Blueprint("maps", __name__)

# The list of a page; what is beyond it is in the file.
_MOST_LISTED = 500
_MOST_DRAWN = 5_000
_MOST_ZOOM = 14


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which points are asked for: kinds, the IRIs of a province and of an industry."""

    kinds: Sequence[str]
    province: str
    industry: str


@dataclass(frozen=True, slots=True)
class _Shown:
    """The points that are asked for, all of their release, and the names of industries."""

    points: PointMap
    every: PointMap
    industries: dict[str, tuple[str, str]]
    release: Release

    def names(self) -> dict[str, str]:
        """Those of industries and provinces."""
        found = {iri: name for iri, (name, _) in self.industries.items()}
        return found | {i: place.label(language()) for i, place in self.every.provinces.items()}


@blueprint.get("/map")
def page() -> Response:
    form = wanted((HTML, GEO_JSON, CSV, XLSX))
    if form is GEO_JSON:
        return as_file()
    asked = _asked()
    shown = _shown(asked)
    if form is not HTML:
        return _sheet(form, shown)
    base = service().map_base
    text = render_template(
        "map.html",
        asked=asked,
        shown=shown,
        kinds={kind: KINDS[kind] for kind in MAPPED},
        looks={kind: look for look, kind in enumerate(MAPPED)},
        most=_MOST_LISTED,
        base=base,
        drawn=_drawn(shown.points.points),
        picture=picture_of(shown.points.points, language()) if shown.points.points else None,
        listed=_by_province(shown.points),
        address=_address,
        data=_data(shown.points.points),
        manifest=shown.release.manifest,
    )
    response = make_response(text)
    if base.tiles:
        # Leaflet puts an empty picture (data:) in the place of a tile that is not needed any more.
        images = [base.host, "data:"] if base.host else ["data:"]
        response.headers["Content-Security-Policy"] = security_policy(images)
    return response


@blueprint.get("/map.geojson")
def as_file() -> Response:
    """The same points for other maps."""
    shown = _shown(_asked())
    told = as_geojson(
        shown.points.points, shown.names(), language(), shown.release, service().map_base.approval
    )
    response = Response(json.dumps(told, ensure_ascii=False), content_type=GEO_JSON.media_type)
    response.headers["Content-Disposition"] = 'attachment; filename="mieco-map.geojson"'
    response.headers["Content-Language"] = language()
    return response


@blueprint.get("/map/boundaries.geojson")
def boundaries() -> Response:
    """The boundaries that the administrator has configured.  Raises NotFound without any."""
    content = service().map_base.boundaries
    if not content:
        raise NotFound(
            what=Text("边界文件", "file of boundaries"),
            name="/map/boundaries.geojson",
            near=Text(
                "管理员没有设置（MIECO_MAP_BOUNDARIES）。", "None is set (MIECO_MAP_BOUNDARIES)."
            ),
        )
    response = Response(content, content_type=GEO_JSON.media_type)
    response.add_etag()
    return response


def _shown(asked: _Asked) -> _Shown:
    seconds = deadline()
    with reading() as (engine, release):
        names = service().finders.of(release, seconds=seconds).names
        every = service().point_maps.of(engine, names, release, seconds=seconds)
        labels = engine.labels(sorted(every.industries), language(), seconds=seconds)
    points = every.of(asked.kinds, asked.province, asked.industry)
    return _Shown(points, every, labels, release)


def _asked() -> _Asked:
    given = parameters()
    kinds = [kind for kind in given.getlist("kind") if kind]
    for kind in kinds:
        if kind not in MAPPED:
            raise BadParameter(
                name="kind",
                reason=Text(f"地图上没有“{kind}”这一类", f"the map has no kind '{kind}'"),
                allowed=", ".join(MAPPED),
            )
    return _Asked(kinds, iri_parameter("province"), iri_parameter("industry"))


def _sheet(form: Format, shown: _Shown) -> Response:
    sheet = points_sheet(shown.points, shown.names(), language())
    if form is CSV:
        return csv_response(as_csv(sheet), shown.release, "map")
    release = shown.release
    place = quote(request.url_root, safe="/:[]%") + f"map?release={release.manifest.number}"
    cited = cite(Text("地图", "Map"), release.manifest, place, today())
    return workbook_response([sheet], cited, release, "map")


def _by_province(points: PointMap) -> dict[str, list[tuple[Thing, Point | None]]]:
    """The first things of the list by the IRI of their province, in the order of its name."""
    listed: list[tuple[Thing, Point | None]] = [(p.thing, p) for p in points.points[:_MOST_LISTED]]
    listed += [(thing, None) for thing in points.without[:_MOST_LISTED]]
    found: dict[str, list[tuple[Thing, Point | None]]] = {}
    for thing, point in listed:
        found.setdefault(thing.province, []).append((thing, point))

    def order(iri: str) -> tuple[object, ...]:
        place = points.provinces.get(iri)
        return (place is None, reading_order(place.label(language())) if place else ())

    return {iri: found[iri] for iri in sorted(found, key=order)}


def _drawn(points: Sequence[Point]) -> int:
    return min(len(points), _MOST_DRAWN)


def _data(points: Sequence[Point]) -> dict[str, Any]:
    """What the script draws from; its words come from the template."""
    spoken, base = language(), service().map_base
    return {
        "points": [
            {
                "lat": float(point.position[0]),
                "long": float(point.position[1]),
                "name": point.thing.label(spoken),
                "kind": point.thing.kind,
                "address": href(point.thing.iri),
                "place": (point.at or point.thing).label(spoken),
                "note": point.place.label(spoken)
                if point.place and point.exactness == "above"
                else "",
            }
            for point in points[:_MOST_DRAWN]
        ],
        "kinds": [[kind, KINDS[kind].in_(spoken)] for kind in MAPPED],
        "base": {
            "tiles": base.tiles,
            "boundaries": url_for("maps.boundaries") if base.boundaries else "",
            "most_zoom": _MOST_ZOOM,
        }
        if base.approval
        else None,
    }


def _address(endpoint: str, **form: str) -> str:
    """Where the points that are asked for are in another form."""
    left_out = ("format", "release")  # url_for says of which release
    kept = [(k, v) for k, v in parameters().items(multi=True) if k not in left_out and v]
    kept += form.items()
    there = url_for(endpoint)
    joint = "&" if "?" in there else "?"
    return f"{there}{joint}{urlencode(kept)}" if kept else there
