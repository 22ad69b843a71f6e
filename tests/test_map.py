"""Things at the points of their places, and the approved base below them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from conftest import BEARER, DATA, UPDATE, Run, Server
from mieco.ask.maps.base import read_map_base
from mieco.errors import BadSetting
from mieco.settings import Settings

APPROVAL = "GS(2024)0000号"
TILES = "https://tiles.example.cn/{z}/{x}/{y}.png"


def table(name: str) -> dict[str, dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def features(server: Server, **asked: str) -> list[dict[str, Any]]:
    reply = server.get("/map.geojson", **{"lang": "zh", **asked})
    assert reply.headers["Content-Type"] == "application/geo+json"
    return reply.json()["features"]


def test_every_point_is_that_of_a_place_of_ours() -> None:
    places = table("places")
    for key, row in table("coordinates").items():
        assert places[key]["level"] not in ("nation", "zone")
        assert 18 < float(row["latitude"]) < 54
        assert 73 < float(row["longitude"]) < 135
        assert "GeoNames " in row["note"]


def test_things_stand_at_the_point_of_their_place_or_of_what_lies_above(server: Server) -> None:
    points = table("coordinates")
    by_name: dict[str, list[dict[str, Any]]] = {}
    for feature in features(server):
        by_name.setdefault(feature["properties"]["name"], []).append(feature)
    (shenzhen,) = by_name["深圳市域产教联合体"]
    there = points["shenzhen"]
    # Longitude first (RFC 7946 §3.1.1).
    position = [float(there["longitude"]), float(there["latitude"])]
    assert shenzhen["geometry"] == {"type": "Point", "coordinates": position}
    assert shenzhen["properties"]["exactness"] == "place"
    # Binhai has no point: that of Tianjin stands for it, and this is said.
    binhai = next(
        f for each in by_name.values() for f in each if f["properties"]["place"] == "滨海新区"
    )
    assert (binhai["properties"]["exactness"], binhai["properties"]["point_of"]) == (
        "above",
        "天津市",
    )
    page = server.get("/map?lang=zh", "text/html").text
    assert "画在天津市的点上" in page
    # A consortium of three cities stands in each.
    several = by_name["泸永江融合发展示范区产教联合体"]
    assert {f["properties"]["point_of"] for f in several} == {"泸州市", "永川区", "江津区"}
    assert len({f["id"] for each in by_name.values() for f in each}) == sum(
        map(len, by_name.values())
    )


def test_points_are_chosen_by_kind_province_and_industry(server: Server) -> None:
    parks = features(server, kind="park", province="id/place/jiangsu")
    assert {f["properties"]["kind"] for f in parks} == {"park"}
    assert {f["properties"]["province"] for f in parks} == {"江苏省"}
    cars = features(server, kind="consortium", industry="concept/industry/36")
    assert "常州新能源产教联合体" in {f["properties"]["name"] for f in cars}
    assert len(cars) < len(features(server, kind="consortium"))
    rows = server.get("/map?kind=park&province=id/place/jiangsu&format=csv&lang=zh").text
    assert len(rows.splitlines()) == len({f["id"] for f in parks}) + 1
    assert server.get("/map?kind=planet").json()["code"] == "bad-parameter"
    empty = server.get("/map?industry=concept/industry/none&lang=zh", "text/html")
    assert "请放宽条件" in empty.text


def test_coordinates_of_its_own_come_first_and_impossible_ones_do_not_count(store: Server) -> None:
    insert = """
        PREFIX mieco: <https://w3id.org/mieco/ontology#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        PREFIX wgs84: <http://www.w3.org/2003/01/geo/wgs84_pos#>
        INSERT DATA { GRAPH <http://e/g> {
          <http://e/city> a mieco:Place ; rdfs:label "甲市"@zh ; wgs84:lat 30.5 ; wgs84:long 110 .
          <http://e/one> a mieco:Enterprise ; rdfs:label "甲厂"@zh ;
            mieco:locatedIn <http://e/city> ; wgs84:lat "31.25" ; wgs84:long "111.5" .
          <http://e/two> a mieco:Enterprise ; rdfs:label "乙厂"@zh ;
            mieco:locatedIn <http://e/city> ; wgs84:lat 95 ; wgs84:long 1e300 .
        } }"""
    assert store.post("/update", insert, UPDATE, **BEARER).status == 204
    found = {f["properties"]["name"]: f for f in features(store)}
    assert found["甲厂"]["geometry"]["coordinates"] == [111.5, 31.25]
    assert found["甲厂"]["properties"]["exactness"] == "own"
    assert found["乙厂"]["geometry"]["coordinates"] == [110, 30.5]
    assert "自有坐标" in store.get("/map?lang=zh", "text/html").text
    # Nothing to compare, and nothing to draw: the pages say so.
    assert store.post("/update", "DROP ALL", UPDATE, **BEARER).status == 204
    for path in ("/map", "/provinces", "/compare", "/compare/matrix"):
        page = store.get(f"{path}?lang=zh", "text/html")
        assert (page.status, 'class="note"' in page.text or path == "/compare") == (200, True)


@pytest.mark.parametrize(
    ("given", "name", "reason"),
    [
        ({"map_tiles": TILES}, "MIECO_MAP_TILES", "review number"),
        ({"map_boundaries": "here.geojson"}, "MIECO_MAP_BOUNDARIES", "review number"),
        ({"map_approval": APPROVAL}, "MIECO_MAP_APPROVAL", "neither"),
        ({"map_tiles": "https://e/{z}/{x}.png"}, "MIECO_MAP_TILES", "{y}"),
        ({"map_tiles": "https://{s}.e/{z}/{x}/{y}"}, "MIECO_MAP_TILES", "once each"),
        ({"map_tiles": "//e/{z}/{x}/{y}"}, "MIECO_MAP_TILES", "begins"),
        ({"map_tiles": "https://a.b; script-src */{z}/{x}/{y}"}, "MIECO_MAP_TILES", "begins"),
        ({"map_tiles": "https://u:p@a.b/{z}/{x}/{y}"}, "MIECO_MAP_TILES", "begins"),
        ({"map_boundaries": "nowhere.geojson"}, "MIECO_MAP_BOUNDARIES", "No such file"),
        ({"map_boundaries": "list.json"}, "MIECO_MAP_BOUNDARIES", "GeoJSON"),
        ({"map_boundaries": "broken.json"}, "MIECO_MAP_BOUNDARIES", "JSON"),
        ({"map_tiles": TILES, "map_attribution": "a\nb"}, "MIECO_MAP_ATTRIBUTION", "line"),
    ],
)
def test_a_base_that_cannot_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], name: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list.json").write_text("[1]", encoding="utf-8")
    Path("broken.json").write_text("{", encoding="utf-8")
    approved = {} if "review" in reason or "map_approval" in given else {"map_approval": APPROVAL}
    with pytest.raises(BadSetting) as caught:
        read_map_base(Settings(**{**approved, **given}))  # type: ignore[arg-type]
    assert caught.value.facts["name"] == name
    assert reason in caught.value.message("en")


def test_the_service_does_not_start_with_a_base_without_its_number(
    mieco: Run, data_directory: Path
) -> None:
    done = mieco("serve", "--data", str(data_directory), "--port", "1", MIECO_MAP_TILES=TILES)
    assert done.returncode != 0
    assert "MIECO_MAP_APPROVAL" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_one_there_are_no_boundaries(server: Server) -> None:
    assert server.get("/map/boundaries.geojson").json()["code"] == "not-found"
    assert "map_approval" not in server.get("/map.geojson").json()
    assert "审图号" not in server.get("/map?lang=zh", "text/html").text
