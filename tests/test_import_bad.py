"""What is wrong with a cell: named at its file, sheet, row and column, and nothing is published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from conftest import Run
from workbooks import column_of, edited, example, put, saved, sheet_of

# (sheet, row, cells to write, code of the finding, heading it stands under, what it says)
Case = tuple[str, int, dict[str, Any], str, str, str]
SPOILT: list[Case] = [
    ("活动", 2, {"日期": "2023-02-30"}, "cell-date", "日期", "28"),
    ("活动", 2, {"日期": "2023年2月30日"}, "cell-date", "日期", "28"),
    ("活动", 2, {"日期": "05/06/2023"}, "cell-date", "日期", "'05/06/2023'"),
    (
        "成员",
        2,
        {"统一社会信用代码": "91990000XHL000027X"},
        "credit-code",
        "统一社会信用代码",
        "checksum",
    ),
    ("成员", 2, {"统一社会信用代码": "9199"}, "credit-code", "统一社会信用代码", "has 4"),
    ("成员", 2, {"所在地（行政区划）": "329999"}, "region", "所在地（行政区划）", "江苏省"),
    ("成员", 2, {"所在地（行政区划）": "鼓楼区"}, "region", "所在地（行政区划）", "320106"),
    ("成员", 2, {"联合体": "不存在的联合体"}, "reference-unknown", "联合体", "not registered"),
    ("成员", 2, {"单位类型": "大学堂"}, "choice-unknown", "单位类型", "not one of the choices"),
    ("成员", 2, {"角色": "牵头；首领"}, "choice-unknown", "角色", "首领"),
    ("成员", 2, {"单位名称": None}, "cell-required", "单位名称", "Must not be empty"),
    ("成员", 3, {"编号": "m001"}, "key-duplicate", "编号", "row 2"),
    ("成员", 3, {"编号": "M001"}, "key-duplicate", "编号", "row 2"),
    ("成员", 3, {"编号": "m 1/2"}, "key-malformed", "编号", "letters, digits"),
    ("成员", 3, {"编号": None}, "key-missing", "编号", "no number"),
    ("成员", 3, {"单位名称": "示例职业技术学院"}, "organisation-twice", "单位名称", "row 2"),
    ("成员", 2, {"对应已有单位": "没有的单位"}, "reference-unknown", "对应已有单位", "'new'"),
    ("席位", 2, {"单位": "没有登记的公司"}, "reference-unknown", "单位", "not registered"),
    ("席位", 2, {"治理机构": "没有的机构"}, "reference-unknown", "治理机构", "not registered"),
    ("空间", 2, {"建筑面积（平方米）": "很大"}, "cell-decimal", "建筑面积（平方米）", "number"),
    ("空间", 2, {"建筑面积（平方米）": "0"}, "shape:SpaceArea", "建筑面积（平方米）", "above zero"),
    ("联合体", 2, {"是否法人": "也许"}, "cell-boolean", "是否法人", "'也许'"),
    ("联合体", 2, {"成员单位数": "7.5"}, "cell-integer", "成员单位数", "whole number"),
    ("指标数据", 2, {"指标": "没有的指标"}, "reference-unknown", "指标", "not registered"),
    ("政策支持", 2, {"政策工具": "魔法"}, "choice-unknown", "政策工具", "not one of the choices"),
    ("清单条目", 2, {"所属清单": "没有的清单"}, "reference-unknown", "所属清单", "not registered"),
    ("依据材料", 3, {"网址": "javascript:alert(1)"}, "address", "网址", "http"),
    ("席位", 2, {"任期自": "2025", "任期至": "2024"}, "shape:ValidityShape", "", ""),
]


def findings(called: Run, data: Path, *arguments: str) -> list[dict[str, Any]]:
    done = called("check", *arguments, "--json", MIECO_DATA=str(data))
    assert done.returncode in (0, 1), done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


# What a row is known by: where it is spoilt, nothing else is spoilt in that row.
KNOWN_BY = {"编号", "单位名称"}


def are_apart(one: Case, other: Case) -> bool:
    """Can two cases be in one workbook, each as if it were alone?"""
    here, there = set(one[2]), set(other[2])
    if one[:2] != other[:2]:
        return True
    return here.isdisjoint(there) and (here | there).isdisjoint(KNOWN_BY)


def workbooks() -> list[list[int]]:
    """The numbers of the cases that are checked together, workbook by workbook."""
    books: list[list[int]] = []
    for number, case in enumerate(SPOILT):
        for book in books:
            if all(are_apart(case, SPOILT[each]) for each in book):
                book.append(number)
                break
        else:
            books.append([number])
    return books


@pytest.fixture(scope="module")
def found_in(
    called: Run, few_directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[int], list[dict[str, Any]]]:
    """What is found in the workbook of a case, by the number of the case."""

    @cache
    def of_book(numbers: tuple[int, ...]) -> list[dict[str, Any]]:
        book = example()
        for number in numbers:
            sheet, row, cells = SPOILT[number][:3]
            put(book, sheet, row, **cells)
        path = saved(book, tmp_path_factory.mktemp("spoilt"))
        return findings(called, few_directory, str(path))

    books = {number: tuple(book) for book in workbooks() for number in book}
    return lambda number: of_book(books[number])


@pytest.mark.parametrize(
    "number", range(len(SPOILT)), ids=lambda number: "-".join(SPOILT[number][i] for i in (0, 3))
)
def test_a_spoilt_cell_is_named(
    found_in: Callable[[int], list[dict[str, Any]]], number: int
) -> None:
    sheet, row, _, code, heading, said = SPOILT[number]
    found = found_in(number)
    matching = [
        each
        for each in found
        if (each["code"], each["row"]) == (code, row)
        and each["sheet"].startswith(sheet)
        and said in each["en"] + (each["hint_en"] or "")
        and (not heading or (each["column"] or "").split()[0].rstrip("*") == heading)
    ]
    assert matching, found
    finding = matching[0]
    assert finding["severity"] == "violation"
    assert finding["file"] == "联合体.xlsx"
    assert finding["zh"] != finding["en"]


def test_nothing_else_is_found_in_the_example(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    path = saved(example(), tmp_path)
    assert findings(called, few_directory, str(path)) == []


def test_a_cycle_of_bodies_is_found_in_every_body(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    path = edited(tmp_path, "治理机构", 2, {"上级机构": "示例联合体秘书处"})
    found = findings(called, few_directory, str(path))
    cycle = {(each["row"], each["code"]) for each in found}
    assert cycle == {(2, "shape:PartCycleShape"), (3, "shape:PartCycleShape")}


def test_an_unknown_column_is_named_with_the_nearest(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    book = example()
    sheet = sheet_of(book, "成员")
    sheet.cell(1, column_of(sheet, "英文名称"), "英文名")
    found = findings(called, few_directory, str(saved(book, tmp_path)))
    unknown = [each for each in found if each["code"] == "column-unknown"]
    assert [(each["sheet"], each["row"]) for each in unknown] == [("成员 members", 1)]
    assert "英文名" in unknown[0]["zh"]
    assert "英文名称" in unknown[0]["hint_zh"]


def test_a_missing_required_column_is_named(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    book = example()
    sheet = sheet_of(book, "席位")
    sheet.delete_cols(column_of(sheet, "单位"))
    found = findings(called, few_directory, str(saved(book, tmp_path)))
    assert "column-missing" in {each["code"] for each in found}


def test_an_unknown_sheet_is_a_warning(called: Run, few_directory: Path, tmp_path: Path) -> None:
    book = example()
    book.create_sheet("草稿").append(["随便", "写写"])
    found = findings(called, few_directory, str(saved(book, tmp_path)))
    assert [(each["severity"], each["sheet"]) for each in found] == [("warning", "草稿")]


def test_a_cell_under_no_heading_is_not_lost(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    book = example()
    sheet_of(book, "席位").cell(3, 30).value = "落在表外"
    found = findings(called, few_directory, str(saved(book, tmp_path)))
    assert [(each["code"], each["row"]) for each in found] == [("cell-without-column", 3)]
    assert "落在表外" in found[0]["zh"]


def test_a_published_consortium_has_one_key(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    path = edited(tmp_path, "联合体", 2, {"中文名称": "常州新能源产教联合体"})
    found = findings(called, few_directory, str(path))
    said = {each["code"]: each for each in found}["consortium-published"]
    assert said["row"] == 2
    assert "changzhou-new-energy" in said["en"]


def test_a_published_organisation_keeps_its_kind(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    row = {"编号": "m900", "单位名称": "华为技术有限公司", "单位类型": "高职院校", "角色": "成员"}
    path = edited(tmp_path, "成员", 10, row)
    found = findings(called, few_directory, str(path))
    assert [(each["severity"], each["code"]) for each in found] == [("warning", "differs")]
    assert "企业" in found[0]["zh"]
    preview = called("import", "--preview", "--json", str(path), MIECO_DATA=str(few_directory))
    things = json.loads(preview.stdout)["comparison"]["things"]
    assert not [
        t
        for t in things
        if t["iri"].endswith("/huawei-jishu-youxiangongsi")
        and [s for s in t["after"] if s["zh"]["property"] == "类型"]
    ]


def test_several_values_may_stand_on_lines_or_between_commas(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    book = example()
    put(book, "成员", 2, 角色="牵头\n副理事长单位，秘书处单位、成员")
    put(book, "联合体", 2, 服务产业="新能源\n装备制造")
    path = saved(book, tmp_path)
    assert findings(called, few_directory, str(path)) == []
    preview = called("import", "--preview", "--json", str(path), MIECO_DATA=str(few_directory))
    text = preview.stdout
    assert '"新能源"' in text
    assert '"装备制造"' in text


def test_a_number_is_used_in_one_batch_only(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(few_directory, data)
    assert called("import", str(saved(example(), tmp_path)), MIECO_DATA=str(data)).returncode == 0
    more = tmp_path / "activities.csv"
    more.write_text("编号,类型,名称,联合体\nac001,会议,另一次会议,shili-shebei\n", encoding="utf-8")
    found = findings(called, data, str(more))
    assert "key-elsewhere" in {each["code"] for each in found}


def test_a_formula_without_a_value_is_named(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    path = edited(tmp_path, "空间", 2, {"建筑面积（平方米）": "=1+1"})
    found = findings(called, few_directory, str(path))
    assert [(each["code"], each["row"]) for each in found] == [("cell-unreadable", 2)]


def test_a_near_name_is_offered_and_can_be_decided(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    name = "常州工业职业技术学院（新校区）"
    row = {"编号": "m900", "单位名称": name, "单位类型": "高职院校", "角色": "成员"}
    near = edited(tmp_path, "成员", 10, row)
    found = findings(called, few_directory, str(near))
    assert [(each["severity"], each["code"]) for each in found] == [("warning", "near-name")]
    assert "changzhou-gongye-zhiye-jishu-xueyuan" in found[0]["zh"]
    for decision in ("新单位", "changzhou-gongye-zhiye-jishu-xueyuan"):
        decided = edited(tmp_path, "成员", 10, {**row, "对应已有单位": decision})
        found = findings(called, few_directory, str(decided))
        assert "near-name" not in {each["code"] for each in found}


# What no report can be made of: one sentence, and what to do.
def test_files_that_are_no_sheets_of_ours_are_refused(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["a", "b"])
    other = saved(book, tmp_path, "other.xlsx")
    picture = tmp_path / "picture.xlsx"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    nobody = tmp_path / "members.csv"
    nobody.write_text("编号,单位名称,单位类型,角色\n1,某公司,企业,成员\n", encoding="utf-8")
    unknown = tmp_path / "成员.csv"
    unknown.write_text(
        "编号,单位名称,单位类型,联合体,角色\n1,某公司,企业,没有的联合体,成员\n", encoding="utf-8"
    )
    for path, said in [
        (other, "none of the sheets of the template"),
        (picture, "is a picture, not a spreadsheet"),
        (nobody, "does not say whose it is"),
        (unknown, "there is no consortium '没有的联合体'"),
        (tmp_path / "absent.xlsx", "there is no such file"),
    ]:
        for command in ("check", "import"):
            done = called(command, str(path), MIECO_DATA=str(few_directory))
            assert done.returncode == 2
            assert said in done.stderr
            assert done.stderr.count("\n") == 1
            assert done.stdout == ""


def test_a_refused_import_changes_nothing(called: Run, few_directory: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(few_directory, data)
    before = sorted(path.relative_to(data) for path in data.rglob("*"))
    path = edited(tmp_path, "活动", 2, {"日期": "2023-02-30"})
    done = called("import", str(path), MIECO_DATA=str(data))
    assert done.returncode == 1
    assert "nothing was published" in done.stderr
    assert (data / "current").read_text() == "1\n"
    after = sorted(path.relative_to(data) for path in data.rglob("*"))
    assert set(after) - set(before) <= {Path("lock")}


def test_put_reaches_the_cell_it_names() -> None:
    book = example()
    put(book, "成员", 2, 备注="x")
    sheet = sheet_of(book, "成员")
    assert sheet.cell(2, column_of(sheet, "备注")).value == "x"


def test_a_required_cell_that_cannot_be_read_is_told_once(
    called: Run, few_directory: Path, tmp_path: Path
) -> None:
    path = edited(tmp_path, "空间", 2, {"名称": '="示例"&"产业学院"'})
    found = findings(called, few_directory, str(path))
    assert [(each["code"], each["row"]) for each in found] == [("cell-unreadable", 2)]
