"""The province-level places in figures: what lies in each, and belongs to its consortia."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mieco.ask.charts import Chart
from mieco.ask.comparison.compare import read_belonging_to_places
from mieco.ask.comparison.reading import Belonging
from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.page_queries import rows_of
from mieco.by_release import ByRelease
from mieco.engine.base import Engine, text_of
from mieco.errors import Text
from mieco.releases import Release
from mieco.search.kinds import kind_of
from mieco.terms import MIECO

FIGURES: Final[Mapping[str, Text]] = {
    "consortia": Text("联合体", "Consortia"),
    "national": Text("国家级联合体", "National consortia"),
    "members": Text("列出的成员", "Members listed"),
    "schools": Text("成员院校", "Schools among them"),
    "enterprises": Text("成员企业", "Enterprises among them"),
    "organisations": Text("所在单位", "Organisations located there"),
    "spaces": Text("空间与平台", "Spaces"),
    "activities": Text("活动", "Activities"),
    "documents": Text("文件与政策", "Documents and policies"),
}
_NATIONAL: Final = f"{MIECO}NationallyRecognisedConsortium"

_COUNTED: Final[Mapping[str, Callable[[Belonging], bool]]] = {
    "consortia": lambda each: each.part == "consortium",
    "national": lambda each: each.part == "consortium" and _NATIONAL in each.classes,
    "members": lambda each: each.part == "member",
    "schools": lambda each: each.part == "member" and kind_of(each.classes) == "school",
    "enterprises": lambda each: each.part == "member" and kind_of(each.classes) == "enterprise",
    "organisations": lambda each: each.part == "organisation",
    "spaces": lambda each: each.part == "space",
    "activities": lambda each: each.part == "activity",
    "documents": lambda each: each.part in ("document", "measure"),
}

# Province → figure → number; what is not recorded has none.
Figures = Mapping[str, Mapping[str, int]]


class ProvinceFigures:
    """The figures of the provinces of releases, counted once of each.  Thread-safe."""

    def __init__(self) -> None:
        self._kept: ByRelease[Figures] = ByRelease()

    def of(self, engine: Engine, release: Release, *, seconds: float) -> Figures:
        """The figures of a release.  Raises what the engine raises, and Overloaded."""
        return self._kept.of(release, lambda: _read(engine, seconds), seconds=seconds)


def _read(engine: Engine, seconds: float) -> Figures:
    engine = EngineWithDeadline(engine, seconds)
    provinces = [text_of(row["province"]) for row in rows_of(engine, "provinces", seconds=seconds)]
    around = read_belonging_to_places(engine, provinces, seconds=seconds)
    return {
        province: {
            figure: number
            for figure, counts in _COUNTED.items()
            if (number := len({each.iri for each in around.get(province, ()) if counts(each)}))
        }
        for province in provinces
    }


def chart_of_provinces(
    figures: Figures, figure: str, names: Mapping[str, str], value_name: str
) -> Chart:
    """One figure of the provinces, for :func:`mieco.ask.province_tiles.province_tiles`."""
    marks = [
        {
            "label": names[province],
            "key": province,
            "value": numbers[figure],
            "shown": str(numbers[figure]),
            "series": "",
        }
        for province, numbers in figures.items()
        if figure in numbers
    ]
    return Chart("provinces", {"place": "", "value": value_name}, marks, len(marks), 0)


def in_order(figures: Figures, sort: str, names: Mapping[str, str]) -> Sequence[str]:
    """The provinces by a figure, from the most unless ``-`` stands before it, or by ``name``."""
    order = sort.removeprefix("-")
    if order == "name":
        return sorted(figures, key=lambda each: names[each], reverse=sort.startswith("-"))
    order = order if order in FIGURES else "consortia"
    by_name = sorted(figures, key=lambda each: names[each])
    return sorted(
        by_name, key=lambda each: figures[each].get(order, 0), reverse=not sort.startswith("-")
    )
