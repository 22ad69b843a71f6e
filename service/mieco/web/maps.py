"""``/map``: things at the points of their places, as a page with its list and as GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, url_for

from mieco.ask.maps.geojson import as_geojson
from mieco.ask.maps.points import MAPPED, Point, PointMap
from mieco.errors import BadParameter, NotFound, Text
from mieco.present.formats import GEO_JSON, HTML
from mieco.releases import Release
from mieco.search.kinds import KINDS
from mieco.terms import BASE
from mieco.web.content_security import security_policy
from mieco.web.protocol import deadline, parameters
from mieco.web.reader import href, language, wanted
from mieco.web.reading import reading
from mieco.web.service import service

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


@blueprint.get("/map")
def page() -> Response:
    form = wanted((HTML, GEO_JSON))
    if form is GEO_JSON:
        return as_file()
    asked = _asked()
    shown = _shown(asked)
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
    names = {iri: name for iri, (name, _) in shown.industries.items()}
    names |= {iri: place.label(language()) for iri, place in shown.points.provinces.items()}
    told = as_geojson(
        shown.points.points, names, language(), shown.release, service().map_base.approval
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
    return _Asked(kinds, _iri(given.get("province", "")), _iri(given.get("industry", "")))


def _iri(text: str) -> str:
    """An IRI, which may be given without our base."""
    return text if not text or "://" in text else BASE + text


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


def _address(endpoint: str) -> str:
    """Where the points that are asked for are in another form."""
    left_out = ("format", "release")  # url_for says of which release
    kept = [(k, v) for k, v in parameters().items(multi=True) if k not in left_out and v]
    there = url_for(endpoint)
    joint = "&" if "?" in there else "?"
    return f"{there}{joint}{urlencode(kept)}" if kept else there
