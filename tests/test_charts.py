"""What a chart draws: nothing invented, nothing moved, what is missing told."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from pyoxigraph import Literal, NamedNode

import mieco.web
from mieco import content
from mieco.ask.answers import QuestionAnswer
from mieco.ask.charts import Chart, chart_of, number_of, numeric_columns, period_of
from mieco.ask.province_tiles import province_tiles
from mieco.engine.base import Engine
from mieco.errors import Text
from mieco.questions.header import read_questions
from mieco.questions.model import View, ViewKind
from mieco.stores import Row
from mieco.terms import XSD

VENDOR = Path(mieco.web.__file__).parent / "static" / "vendor"
QUESTION = next(iter(read_questions(content.folder("queries") / "questions").values()))
THING = "https://example.org/"


def integer(number: int) -> Literal:
    return Literal(str(number), datatype=NamedNode(f"{XSD}integer"))


def answer(kind: ViewKind, channels: dict[str, str], rows: Sequence[Row]) -> QuestionAnswer:
    columns = {name: Text(name, name) for name in channels.values()}
    labels = {
        term.value: (term.value.removeprefix(THING), "en")
        for row in rows
        for term in row.values()
        if isinstance(term, NamedNode)
    }
    return QuestionAnswer(
        question=replace(QUESTION, view=View(kind, channels), columns=columns),
        language="en",
        bindings={},
        asked="?",
        rows=rows,
        sentences=["" for _ in rows],
        support=[],
        sources=[],
        labels=labels,
        entailment="both",
        complete=True,
        emptiness=None,
    )


def drawn(kind: ViewKind, channels: dict[str, str], rows: Sequence[Row]) -> Chart:
    chart = chart_of(answer(kind, channels, rows), range(len(rows)))
    assert chart is not None
    return chart


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2023", ("2023-01-01", "2023-12-31")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("2023-05-17", ("2023-05-17", "2023-05-17")),
        ("2023-05-17T08:00:00Z", ("2023-05-17", "2023-05-17")),
        ("2023-02-30", None),
        ("2023-13", None),
        ("约2023年", None),
        ("", None),
    ],
)
def test_a_date_is_as_long_as_it_says(text: str, period: tuple[str, str] | None) -> None:
    assert period_of(text) == period


def test_only_a_number_is_a_number() -> None:
    assert number_of(integer(12)) == 12
    assert number_of(Literal("0.5", datatype=NamedNode(f"{XSD}decimal"))) == 0.5
    for text in ("约20家", "NaN", "INF", "", "1,000"):
        assert number_of(Literal(text)) is None
    assert number_of(NamedNode(f"{THING}5")) is None


def test_a_missing_value_stays_missing_and_zero_stays_zero() -> None:
    a, b, c = (NamedNode(f"{THING}{name}") for name in "abc")
    rows: list[Row] = [{"l": a, "v": integer(0)}, {"l": b}, {"l": c, "v": Literal("约20家")}]
    chart = drawn("bar", {"label": "l", "value": "v"}, rows)
    assert [(m["label"], m["value"], m["shown"]) for m in chart.marks] == [
        ("a", 0, "0"),
        ("b", None, ""),
        ("c", None, "约20家"),
    ]
    assert numeric_columns(answer("bar", {"label": "l", "value": "v"}, rows)) == frozenset()


def test_rows_without_a_place_are_counted() -> None:
    rows: list[Row] = [
        {"d": Literal("2024-05"), "l": Literal("later")},
        {"d": Literal("2023"), "l": Literal("sooner")},
        {"d": Literal("去年"), "l": Literal("never")},
        {"l": Literal("never")},
    ]
    chart = drawn("timeline", {"date": "d", "label": "l"}, rows)
    assert [mark["label"] for mark in chart.marks] == ["sooner", "later"]
    assert (chart.count, chart.without_place) == (2, 2)


def test_what_cannot_be_read_is_cut_and_told() -> None:
    rows: list[Row] = [{"l": Literal(f"n{i}"), "v": integer(i)} for i in range(100)]
    chart = drawn("bar", {"label": "l", "value": "v"}, rows)
    assert (len(chart.marks), chart.count) == (60, 100)


def test_a_timeline_keeps_exact_dates_and_of_these_the_latest() -> None:
    dates = [*("2023" for _ in range(50)), *(f"2024-01-{day:02}" for day in range(1, 32))]
    dates += [f"{year}-05" for year in range(1990, 2024)]
    rows: list[Row] = [{"d": Literal(d), "l": Literal(f"n{i}")} for i, d in enumerate(dates)]
    chart = drawn("timeline", {"date": "d", "label": "l"}, rows)
    told = [mark["shown"] for mark in chart.marks]
    assert (len(told), chart.count) == (60, 115)
    assert told[:2] == ["1995-05", "1996-05"]
    assert sum(len(each) == 10 for each in told) == 31


def test_two_ends_that_are_alike_have_no_direction() -> None:
    one, other = Literal("a"), Literal("b")
    ways = {"from": "one", "to": "other"}, {"from": "earlier", "to": "later"}
    charts = [drawn("network", way, [{way["from"]: one, way["to"]: other}]) for way in ways]
    assert [chart.directed for chart in charts] == [False, True]


@pytest.mark.parametrize(
    ("texts", "scale", "at"),
    [
        (["2024", "2022"], "number", [2022, 2024]),
        (["2024-01-20", "2023"], "time", ["2023-07-02", "2024-01-20"]),
        (["first", "2023"], "category", ["first", "2023"]),
    ],
)
def test_the_axis_of_a_line(texts: list[str], scale: str, at: list[object]) -> None:
    rows: list[Row] = [{"x": Literal(text), "v": integer(1)} for text in texts]
    chart = drawn("line", {"x": "x", "value": "v"}, rows)
    assert chart.scale == scale
    assert [mark["at"] for mark in chart.marks] == at


def test_lines_of_one_point_each_are_no_chart() -> None:
    rows: list[Row] = [
        {"x": Literal("2025"), "v": integer(n), "s": Literal(f"indicator {n}")} for n in range(9)
    ]
    ways = {"x": "x", "value": "v", "series": "s"}
    assert chart_of(answer("line", ways, rows), range(len(rows))) is None
    assert drawn("line", ways, [*rows, {**rows[0], "x": Literal("2026")}]).scale == "number"


def test_things_of_one_name_stay_two() -> None:
    rows: list[Row] = [
        {"f": NamedNode(f"{THING}a"), "t": NamedNode(f"{THING}b")},
        {"f": Literal("a"), "t": NamedNode(f"{THING}b")},
    ]
    chart = drawn("network", {"from": "f", "to": "t"}, rows)
    assert {mark["from"] for mark in chart.marks} == {"a"}
    assert len({mark["from_key"] for mark in chart.marks}) == 2


def test_every_division_has_one_tile_and_none_is_zero_without_a_record() -> None:
    rows: list[Row] = [
        {"p": Literal("广东省"), "v": integer(5)},
        {"p": Literal("吉林省"), "v": integer(0)},
        {"p": Literal("西藏自治区"), "v": Literal("若干")},
        {"p": Literal("吉林市"), "v": integer(9)},
        {"p": Literal("浙江省"), "v": integer(1)},
        {"p": Literal("浙江省"), "v": integer(2)},
    ]
    chart = drawn("provinces", {"place": "p", "value": "v"}, rows)
    nobody = cast("Engine", None)  # names are enough here
    tiles = province_tiles(chart, nobody, "zh", seconds=1)
    assert len(tiles.tiles) == 34
    assert len({(tile.column, tile.row) for tile in tiles.tiles}) == 34
    told = {tile.name: (tile.told, tile.shade) for tile in tiles.tiles if tile.told}
    assert told == {
        "广东": ("5", 3),
        "吉林": ("0", 1),
        "西藏": ("若干", 0),
        "浙江": ("1 / 2", 0),  # which of the two holds is not decided here
    }
    assert tiles.elsewhere == ["吉林市"]


def test_what_is_vendored_is_what_it_says_to_be() -> None:
    told = (VENDOR / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"`(\S+\.js)` \| `([0-9a-f]{64})`", told)
    assert {VENDOR / name for name, _ in listed} == set(VENDOR.rglob("*.js"))
    for name, digest in listed:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest
        assert (VENDOR / name).with_name("LICENSE").exists()
