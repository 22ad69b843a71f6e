"""The province-level divisions as tiles: where each stands, and what an answer says of it.

A tile shows a rough position and nothing else: neither a boundary nor an area.  The codes and
the divisions are those of GB/T 2260 (``data/regions.csv`` has the full names).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode

from mieco.ask.charts import Chart, Mark
from mieco.ask.page_queries import page_query
from mieco.engine.base import Engine, Query, rows_in, text_of
from mieco.errors import Language, Text
from mieco.terms import BASE

_REGION = f"{BASE}concept/region/"
_PROVINCE_DIGITS = 2
_SHADES = 4
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
_REGION_NAMES = frozenset({"自治区", "壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区"})

# Code (the first two digits), short names, letters (ISO 3166-2:CN), column and row.
_TILES: Sequence[tuple[str, str, str, str, int, int]] = (
    ("23", "黑龙江", "Heilongjiang", "HL", 7, 0),
    ("65", "新疆", "Xinjiang", "XJ", 0, 1),
    ("15", "内蒙古", "Inner Mongolia", "NM", 4, 1),
    ("11", "北京", "Beijing", "BJ", 5, 1),
    ("21", "辽宁", "Liaoning", "LN", 6, 1),
    ("22", "吉林", "Jilin", "JL", 7, 1),
    ("63", "青海", "Qinghai", "QH", 0, 2),
    ("62", "甘肃", "Gansu", "GS", 1, 2),
    ("64", "宁夏", "Ningxia", "NX", 2, 2),
    ("61", "陕西", "Shaanxi", "SN", 3, 2),
    ("14", "山西", "Shanxi", "SX", 4, 2),
    ("13", "河北", "Hebei", "HE", 5, 2),
    ("12", "天津", "Tianjin", "TJ", 6, 2),
    ("54", "西藏", "Xizang", "XZ", 0, 3),
    ("51", "四川", "Sichuan", "SC", 1, 3),
    ("50", "重庆", "Chongqing", "CQ", 2, 3),
    ("42", "湖北", "Hubei", "HB", 3, 3),
    ("41", "河南", "Henan", "HA", 4, 3),
    ("37", "山东", "Shandong", "SD", 5, 3),
    ("53", "云南", "Yunnan", "YN", 1, 4),
    ("52", "贵州", "Guizhou", "GZ", 2, 4),
    ("43", "湖南", "Hunan", "HN", 3, 4),
    ("34", "安徽", "Anhui", "AH", 4, 4),
    ("32", "江苏", "Jiangsu", "JS", 5, 4),
    ("31", "上海", "Shanghai", "SH", 6, 4),
    ("45", "广西", "Guangxi", "GX", 2, 5),
    ("44", "广东", "Guangdong", "GD", 3, 5),
    ("36", "江西", "Jiangxi", "JX", 4, 5),
    ("33", "浙江", "Zhejiang", "ZJ", 5, 5),
    ("46", "海南", "Hainan", "HI", 2, 6),
    ("82", "澳门", "Macao", "MO", 3, 6),
    ("81", "香港", "Hong Kong", "HK", 4, 6),
    ("35", "福建", "Fujian", "FJ", 5, 6),
    ("71", "台湾", "Taiwan", "TW", 6, 6),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A division: its name and letters, its place, its value in words (empty: not recorded).

    ``shade`` is 1 (the lowest values) to 4, or 0 where there is no one number; ``iri`` is the
    place or region that the value was told of, "" where it was only named.
    """

    name: str
    code: str
    column: int
    row: int
    told: str
    shade: int
    iri: str


@dataclass(frozen=True, slots=True)
class Tiles:
    """All divisions; the least and the greatest value of each shade; the places not drawn."""

    tiles: Sequence[Tile]
    shades: Mapping[int, tuple[str, str]]
    elsewhere: Sequence[str]


def province_tiles(chart: Chart, engine: Engine, language: Language, *, seconds: float) -> Tiles:
    """The tiles of a chart of provinces.  A place that is no such division is not drawn."""
    codes = _codes([mark["key"] for mark in chart.marks], engine, seconds)
    of_code: dict[str, list[Mark]] = {}
    elsewhere: list[str] = []
    for mark in chart.marks:
        if code := codes.get(mark["key"]) or _by_name(mark["label"]):
            marks = of_code.setdefault(code, [])
            # Rows of a division that tell the same value are told once.
            if mark["shown"] not in {each["shown"] for each in marks}:
                marks.append(mark)
        else:
            elsewhere.append(mark["label"])
    numbers = sorted({marks[0]["value"] for marks in of_code.values() if _one_number(marks)})
    shade = {number: 1 + _SHADES * place // len(numbers) for place, number in enumerate(numbers)}
    tiles = []
    for code, zh, en, letters, column, row in _TILES:
        marks = of_code.get(code, [])
        told = " / ".join(mark["shown"] for mark in marks if mark["shown"])
        level = shade[marks[0]["value"]] if _one_number(marks) else 0
        iri = next((mark["key"] for mark in marks if mark["key"].startswith(BASE)), "")
        tiles.append(Tile(Text(zh, en).in_(language), letters, column, row, told, level, iri))
    shades: dict[int, tuple[str, str]] = {}
    for number, level in shade.items():
        shades[level] = (shades.get(level, (str(number), ""))[0], str(number))
    return Tiles(tiles, shades, list(dict.fromkeys(elsewhere)))


def _one_number(marks: Sequence[Mark]) -> bool:
    return len(marks) == 1 and marks[0]["value"] is not None


def _codes(iris: Sequence[str], engine: Engine, seconds: float) -> dict[str, str]:
    """Place or region → the two digits of the province-level division that it is."""
    places = [NamedNode(iri) for iri in dict.fromkeys(iris) if iri.startswith(BASE)]
    if not places:
        return {}
    query = Query(page_query("regions"), values={"place": places})
    regions = {iri.value: iri.value for iri in places if iri.value.startswith(_REGION)}
    for row in rows_in(engine.query(query, seconds=seconds)):
        regions[text_of(row["place"])] = text_of(row["region"])
    codes = {iri: region.removeprefix(_REGION) for iri, region in regions.items()}
    return {
        iri: code[:_PROVINCE_DIGITS]
        for iri, code in codes.items()
        if code == f"{code[:_PROVINCE_DIGITS]}0000"
    }


def _by_name(name: str) -> str:
    """The digits of the division whose full or short name this is; empty if there is none."""
    for code, zh, en, *_ in _TILES:
        rest = name.removeprefix(zh)
        full = rest == ("市" if code in _MUNICIPALITIES else "省") or rest in _REGION_NAMES
        if name in (zh, en) or (name.startswith(zh) and full):
            return code
    return ""
