"""Which sheet and column a name means, however a person left it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import DATA
from mieco.errors import Text
from mieco.intake.headings import (
    SHEETS_ASIDE,
    bilingual,
    columns_of,
    find_header,
    heading_key,
    table_of,
)
from mieco.intake.specification import Table, read_specification

SPECIFICATION = read_specification(DATA / "workbook.toml")
MEMBERS = SPECIFICATION.tables["members"]
HEADINGS = [
    (table, name, column.heading)
    for table in SPECIFICATION.tables.values()
    for name, column in table.own_columns
    if column.heading
]
# What people and programs do to a heading.
WRITTEN: dict[str, Callable[[Text], str]] = {
    "zh": lambda heading: heading.zh,
    "both": lambda heading: f"{heading.zh}*\n{heading.en}",
    "the other way": lambda heading: f"{heading.en} / {heading.zh}",
    "of CSV": lambda heading: f"{heading.zh}* {heading.en}",
    "full-width": lambda heading: heading.zh + "".join(_wide(c) for c in heading.en.upper()),
    "spaced": lambda heading: "  ".join(heading.zh) + "\r\n（必填）",
}


def _wide(letter: str) -> str:
    return chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_every_heading_is_known_however_it_is_written(written: Callable[[Text], str]) -> None:
    for table, name, heading in HEADINGS:
        assert columns_of(table, [written(heading)]).columns == {0: name}, (table.name, name)


def test_a_column_is_known_by_its_english_heading_and_by_its_own_name() -> None:
    found = columns_of(MEMBERS, ["No.", "NAME", "unified social credit code", "region", ""])
    assert found.columns == {0: "key", 1: "name_zh", 2: "credit_code", 3: "region"}
    assert not found.unknown


@given(data=st.data())
def test_any_order_of_a_whole_header_gives_each_column_its_place(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(list(SPECIFICATION.tables.values())))
    shown = [(name, c.heading) for name, c in table.own_columns if c.heading]
    order = data.draw(st.permutations(shown))
    found = columns_of(table, [bilingual(heading) for _, heading in order])
    assert list(found.columns.values()) == [name for name, _ in order]
    assert (found.unknown, found.missing, found.twice) == ([], [], [])


@given(text=st.text())
def test_a_key_has_nothing_left_to_take_away(text: str) -> None:
    key = heading_key(text)
    assert heading_key(f"  {key}*\n") == key
    assert not any(c.isspace() or c == "*" for c in key)


def test_a_misspelt_heading_is_reported_with_the_nearest_column() -> None:
    found = columns_of(MEMBERS, ["编号", "单位名", "统一社会信用代号", "血型"])
    assert found.columns == {0: "key"}
    assert found.unknown == [
        (1, "单位名", "name_zh"),
        (2, "统一社会信用代号", "credit_code"),
        (3, "血型", None),
    ]
    assert found.missing == ["name_zh", "class", "roles"]


def test_of_two_cells_for_one_column_the_first_counts() -> None:
    found = columns_of(MEMBERS, ["单位名称", "编号", "name*"])
    assert found.columns == {0: "name_zh", 1: "key"}
    assert found.twice == [2]


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([["编号", "单位名称"]], 0),
        ([["某市产教联合体成员名单", "", ""], ["", "", ""], ["编号*\nNo.", "单位名称", "血型"]], 2),
        # Data in which one word happens to be a heading.
        ([["m001", "简称", "企业"], ["m002", "某公司", "企业"]], None),
        # Too few of many.
        ([["编号", "单位名称", "甲", "乙", "丙"]], None),
        ([], None),
    ],
)
def test_the_header_is_found_below_titles(rows: list[list[str]], place: int | None) -> None:
    assert find_header(MEMBERS, rows) == place


def test_a_stream_without_headings_is_given_up_soon() -> None:
    def forever() -> object:
        while True:
            yield ["甲", "乙"]

    assert find_header(MEMBERS, forever()) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("before", ["", "3 ", "3.", "03、", "三、", "（3）", "3"])
def test_a_sheet_is_known_by_any_of_its_names(before: str) -> None:
    for table in SPECIFICATION.tables.values():
        for name in _names(table):
            assert table_of(SPECIFICATION, before + name) is table


def _names(table: Table) -> list[str]:
    assert table.title
    zh, en = table.title.zh, table.title.en
    return [zh, en, f"{zh} {en}", f"{en} {zh}", table.name]


@pytest.mark.parametrize("name", ["Sheet1", "", "3", "花名册", *sorted(SHEETS_ASIDE)])
def test_another_sheet_is_not_taken_for_one_of_ours(name: str) -> None:
    assert table_of(SPECIFICATION, name) is None
