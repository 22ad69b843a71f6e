"""Names of organisations: what is offered as perhaps the same, and what is not."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mieco import content
from mieco.intake.name_parts import same_name_key
from mieco.intake.near_names import NearNames

SCHOOL = "常州工业职业技术学院"
COMPANY = "万帮数字能源股份有限公司"


def organisations() -> dict[str, str]:
    path = content.folder("data") / "organisations.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["name_zh"]: row["key"] for row in csv.DictReader(file)}


KNOWN = organisations()
NAMES = NearNames(KNOWN)


def offered(name: str) -> list[str]:
    return [near.name for near in NAMES.near(name)]


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("江苏省常州工业职业技术学院", SCHOOL),
        ("常州工业职业技术学院（新校区）", SCHOOL),
        ("常州市工业职业技术学院", SCHOOL),
        ("常州工业职业技木学院", SCHOOL),
        ("常州工业职业技学院", SCHOOL),
        ("常州工业职技业术学院", SCHOOL),
        ("常洲工业职业技术学院", SCHOOL),
        ("常州工业职业技术大学", SCHOOL),
        ("常州工业职业大学", SCHOOL),
        ("兰州石化职业技术学院", "兰州石化职业技术大学"),
        ("苏州市职业大学", "苏州职业技术大学"),
        ("宜春大学", "宜春学院"),
        ("万帮数字能源有限公司", COMPANY),
        ("江苏万帮数字能源集团有限公司", COMPANY),
        ("万邦数字能源股份有限公司", COMPANY),
        ("万帮数字能源股份有限公同", COMPANY),
    ],
)
def test_another_spelling_is_offered(name: str, known: str) -> None:
    assert offered(name)[0] == known
    assert NAMES.near(name)[0].score < 1


@pytest.mark.parametrize(
    "name",
    [
        "常州工程职业技术学院",
        "常州机电职业技术学院",
        "常州工程职业技术大学",
        "宁波石化职业技术学院",
        "苏州大学",
        "宜春职业大学",
        "深圳市第一职业学校",
        "深圳市教育厅",
        "教育局",
        "中国石油大学(华东)克拉玛依校区",
        "哈尔滨工业大学(威海)",
        "",
    ],
)
def test_another_organisation_is_not_offered(name: str) -> None:
    assert offered(name) == []


def test_no_two_organisations_that_we_know_are_taken_for_one_another() -> None:
    assert {name: offered(name) for name in KNOWN} == {name: [name] for name in KNOWN}


@given(st.sampled_from(sorted(KNOWN)), st.text(max_size=3))
def test_at_most_three_are_offered_best_first(name: str, added: str) -> None:
    near = NAMES.near(name[1:] + added)
    scores = [one.score for one in near]
    assert len(near) <= 3
    assert scores == sorted(scores, reverse=True)
    assert len({one.iri for one in near}) == len(near)
    assert all(KNOWN[one.name] == one.iri and 0 < one.score <= 1 for one in near)


def test_one_organisation_under_two_names_is_offered_once() -> None:
    names = NearNames({"甲乙丙丁科技有限公司": "a", "甲乙丙丁科技集团有限公司": "a"})
    assert [one.iri for one in names.near("甲乙丙丁科技股份有限公司")] == ["a"]


def test_width_brackets_and_spaces_make_no_other_name() -> None:
    key = same_name_key("哈尔滨工业大学(深圳)")
    assert same_name_key(" 哈尔滨工业大学（深圳） ") == key
    assert same_name_key("哈尔滨 工业大学\u3000〔深圳〕\u200b") == key
    assert same_name_key("哈尔滨工业大学") != key
    assert NAMES.near("哈尔滨工业大学（深圳）")[0].score == 1


@given(st.text())
def test_a_key_is_its_own_key(name: str) -> None:
    assert same_name_key(same_name_key(name)) == same_name_key(name)
