"""The marked workbook: a file goes in with a report, a workbook with marks comes out."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill
from openpyxl.workbook.workbook import Workbook as Book
from openpyxl.worksheet.datavalidation import DataValidation

from mieco.errors import Text
from mieco.findings import SEVERITIES, Finding, Origin, Severity
from mieco.marked import CHECK_SHEET, MOST_MARKS, mark_workbook
from workbooks import report_of

FILE = "联合体.xlsx"
NAME, CODE = "单位名称*\nname", "统一社会信用代码\ncredit code"
GREEN = "FF00B050"
FIRST_LISTED = 5


def finding(
    severity: Severity = "violation",
    row: int = 0,
    column: str = "",
    sheet: str = "成员",
    file: str = FILE,
    said: str = "写错了。",
    code: str = "a-code",
    **more: Any,
) -> Finding:
    origin = Origin(file, sheet, row, column)
    return Finding(severity, code, Text(said, "It is wrong."), origin, **more)


def marked(original: Path, findings: Sequence[Finding], file: str = FILE, **more: Any) -> Book:
    return load_workbook(io.BytesIO(marked_bytes(original, findings, file, **more)))


def marked_bytes(
    original: Path, findings: Sequence[Finding], file: str = FILE, **more: Any
) -> bytes:
    out = io.BytesIO()
    mark_workbook(original, file, report_of(findings), out, **more)
    return out.getvalue()


def colours(book: Book, sheet: str = "成员") -> dict[str, str]:
    """The severity that the formatting of ours gives each cell."""
    found = {}
    for formatting in book[sheet].conditional_formatting:
        for rule in formatting.rules:
            if match := re.search(r'"mieco:(\w+)"', str(rule.formula)):
                for cells in formatting.sqref.ranges:
                    for row, column in cells.cells:
                        found[book[sheet].cell(row, column).coordinate] = match[1]
    return found


def comments(book: Book, sheet: str = "成员") -> dict[str, str]:
    cells = (cell for row in book[sheet].iter_rows() for cell in row)
    return {cell.coordinate: cell.comment.text for cell in cells if cell.comment}


def listed(book: Book) -> list[tuple[Any, ...]]:
    return list(book[CHECK_SHEET].iter_rows(min_row=FIRST_LISTED, values_only=True))


@pytest.fixture
def original(tmp_path: Path) -> Path:
    """A workbook as a person fills it in: a title, headings of two lines, things of their own."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "成员"
    for row in (
        ["成员单位一览"],
        ["编号", NAME, CODE, "出资"],
        ["m1", "甲学院", "1244", 200],
        ["m2", "乙公司", "9144", "=SUM(D3:D3)"],
        ["m3", "=1+1", "", 5],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:D1")
    sheet["B5"].data_type = "s"
    sheet["B3"].comment = Comment("牵头院校", "王老师")
    sheet["A3"].fill = PatternFill("solid", fgColor="FF123456")
    words = DataValidation("list", formula1='"甲,乙"', sqref="C3:C9")
    sheet.add_data_validation(words)
    sheet.conditional_formatting.add("D3:D5", CellIsRule("greaterThan", ["100"]))
    sheet.sheet_properties.tabColor = GREEN
    book.create_sheet("治理").append(["名称"])
    path = tmp_path / "upload"  # an upload has no name that says what it is
    book.save(path)
    return path


def test_marks_are_at_the_cells_that_findings_name(original: Path) -> None:
    book = marked(
        original,
        [
            finding("violation", 4, CODE),
            finding("info", 4, CODE, said="另一件。"),
            finding("warning", 3, NAME),
            finding("info", 5),
            finding("warning", column="出资"),
            finding("warning", 5, "没有的列"),
            finding("violation", sheet="治理"),
        ],
    )
    assert colours(book) == {"C4": "violation", "B3": "warning", "A5": "warning", "D2": "warning"}
    said = comments(book)
    assert "写错了。" in said["C4"]
    assert "另一件。" in said["C4"]
    assert "It is wrong." in said["C4"]
    assert colours(book, "治理") == {"A1": "violation"}
    assert set(comments(book, "治理")) == {"A1"}
    assert book["成员"].sheet_properties.tabColor.value == "FFC00000"


def test_a_mark_on_merged_cells_is_on_the_one_that_shows(original: Path) -> None:
    assert set(comments(marked(original, [finding(row=1, column="出资")]))) >= {"A1"}


def test_what_is_the_persons_own_stays(original: Path) -> None:
    sheet = marked(original, [finding(row=3, column=NAME), finding(row=3)])["成员"]
    assert sheet["D4"].value == "=SUM(D3:D3)"
    assert (sheet["B5"].value, sheet["B5"].data_type) == ("=1+1", "s")
    assert sheet["A3"].fill.fgColor.value == "FF123456"
    assert sheet["B3"].comment.text.startswith("牵头院校\n\n")
    assert sheet["B3"].comment.author == "王老师"
    [words] = sheet.data_validations.dataValidation
    assert (words.formula1, str(words.sqref)) == ('"甲,乙"', "C3:C9")
    own = [r for f in sheet.conditional_formatting for r in f.rules if r.type == "cellIs"]
    assert [r.formula for r in own] == [["100"]]
    assert sheet["A1"].coordinate in sheet.merged_cells


def test_marking_again_replaces_the_marks(original: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.write_bytes(marked_bytes(original, [finding(row=3, column=NAME), finding(row=4)]))
    book = marked(again, [finding("warning", 3, NAME)])
    assert colours(book) == {"B3": "warning"}
    assert comments(book)["B3"].count("写错了。") == 1
    assert book.sheetnames == [CHECK_SHEET, "成员", "治理"]
    assert len(listed(book)) == 1


def test_when_all_is_mended_no_trace_is_left(original: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.write_bytes(
        marked_bytes(original, [finding(row=3, column=NAME), finding(row=4), finding(sheet="治理")])
    )
    book, before = marked(again, []), load_workbook(io.BytesIO(original.read_bytes()))
    for sheet in ("成员", "治理"):
        assert colours(book, sheet) == {}
        assert comments(book, sheet) == comments(before, sheet)
        assert not book[sheet].defined_names
    assert book["成员"].sheet_properties.tabColor.value == GREEN
    assert book["治理"].sheet_properties.tabColor is None
    priorities = [r.priority for f in book["成员"].conditional_formatting for r in f.rules]
    assert priorities == [1]


def test_what_a_person_wrote_after_our_comment_stays(original: Path, tmp_path: Path) -> None:
    book = marked(original, [finding(row=4)])
    book["成员"]["A4"].comment.text += "\n已核对"
    book.save(tmp_path / "again")
    assert comments(marked(tmp_path / "again", []))["A4"] == "已核对"


def test_a_drop_down_from_another_sheet_as_excel_saves_it_stays(
    original: Path, tmp_path: Path
) -> None:
    extension = (
        b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" xmlns:x14='
        b'"http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
        b'<x14:dataValidations xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"'
        b' count="1"><x14:dataValidation type="list" allowBlank="1"><x14:formula1>'
        b"<xm:f>words!$A$1:$A$9</xm:f></x14:formula1><xm:sqref>A2:A99</xm:sqref>"
        b"</x14:dataValidation></x14:dataValidations></ext></extLst></worksheet>"
    )
    path = tmp_path / "excel"
    with zipfile.ZipFile(original) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet2.xml":
                content = content.replace(b"</worksheet>", extension)
            new.writestr(name, content)
    [words] = marked(path, [finding()])["治理"].data_validations.dataValidation
    assert (words.formula1, str(words.sqref), words.type) == (
        "words!$A$1:$A$9",
        "A2:A99",
        "list",
    )


def test_the_check_sheet_leads_to_the_cells_the_graver_first(original: Path) -> None:
    hint = Text("请改。", "Mend it.")
    book = marked(
        original,
        [finding("info", 3), finding("violation", 4, CODE, hint=hint, value="9144")],
    )
    assert book.active.title == CHECK_SHEET
    assert [s.title for s in book if s.sheet_view.tabSelected] == [CHECK_SHEET]
    sheet = book[CHECK_SHEET]
    assert sheet["A1"].value.startswith("不能发布")
    assert sheet["A2"].value == "违反 violation：1"
    assert FILE in sheet["D2"].value
    first, second = listed(book)
    assert first[0] == "违反 violation"
    assert first[2:] == ("写错了。", "It is wrong.", "请改。\nMend it.", "a-code", "9144")
    assert second[0] == "提示 info"
    assert sheet.cell(FIRST_LISTED, 2).hyperlink.location == "'成员'!C4"
    assert sheet.freeze_panes == "A5"
    assert sheet.auto_filter.ref == "A4:G6"


def test_without_violations_it_can_be_published(original: Path) -> None:
    assert marked(original, [finding("warning", 3)])[CHECK_SHEET]["A1"].value.startswith("可以发布")


def test_a_finding_without_a_cell_here_is_listed(original: Path) -> None:
    elsewhere = [
        finding(file="other.csv", row=3),
        finding(sheet="没有的表", row=3),
        finding(row=2_000_000),
        Finding(
            "info", "axiom", Text("矛盾", "contradiction"), None, focus="https://example.org/x"
        ),
    ]
    book = marked(original, elsewhere)
    assert len(listed(book)) == len(elsewhere)
    assert colours(book) == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_becomes_a_marked_workbook(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "upload"
    rows = (["编号", "名称"], ["001", '"甲\n院"'], ["002", "=HYPERLINK(1)"])
    path.write_text("\n".join(delimiter.join(row) for row in rows), encoding=encoding)
    book = marked(path, [finding(row=3, column="名称", sheet="", file="m.csv")], "m.csv")
    assert book.sheetnames == [CHECK_SHEET, "m"]
    sheet = book["m"]
    assert [[c.value for c in row] for row in sheet.iter_rows()] == [
        ["编号", "名称"],
        ["001", "甲\n院"],
        ["002", "=HYPERLINK(1)"],
    ]
    assert sheet["B3"].data_type == "s"
    assert colours(book, "m") == {"B3": "violation"}
    assert book[CHECK_SHEET].cell(FIRST_LISTED, 2).hyperlink.location == "'m'!B3"


def test_of_a_large_workbook_only_rows_with_findings_are_there(original: Path) -> None:
    book = marked(original, [finding(row=5, column=CODE)], most_cells=10)
    sheet = book["成员"]
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    assert rows == [["行 row", "编号", NAME, CODE, "出资"], [5, "m3", "=1+1", None, 5]]
    assert sheet["C2"].data_type == "s"
    assert colours(book) == {"D2": "violation"}
    assert "only rows with findings" in book[CHECK_SHEET]["A3"].value
    assert book[CHECK_SHEET].cell(FIRST_LISTED, 2).hyperlink.location == "'成员'!D2"


def test_of_a_large_csv_only_rows_with_findings_are_there(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("key,name\n" + "".join(f"{n},x\n" for n in range(2, 100)), encoding="utf-8")
    book = marked(path, [finding(row=77, sheet="", file="m.csv")], "m.csv", most_cells=50)
    rows = [[c.value for c in row] for row in book["m"].iter_rows()]
    assert rows == [["行 row", "key", "name"], [77, "77", "x"]]
    assert colours(book, "m") == {"B2": "violation"}


def test_merged_cells_without_end_count_as_many(original: Path, tmp_path: Path) -> None:
    path = tmp_path / "hostile"
    with zipfile.ZipFile(original) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A1:D1"', b'ref="A1:XFD1048576"'))
    book = marked(path, [finding(row=4, column=CODE)])
    assert "only rows with findings" in book[CHECK_SHEET]["A3"].value


def test_marks_in_a_sheet_are_limited_and_the_rest_is_told(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("name\n" * (MOST_MARKS + 10), encoding="utf-8")
    # Of a thousand alike no more are kept: these are of many kinds.
    found = [
        finding(row=n, sheet="", file="m.csv", code=f"code-{n % 10}")
        for n in range(1, MOST_MARKS + 8)
    ]
    book = marked(path, found, "m.csv")
    assert len(comments(book, "m")) == MOST_MARKS
    assert "7 findings are not marked" in book[CHECK_SHEET]["A3"].value
    assert len(listed(book)) == len(found)


def test_hostile_text_stays_text(original: Path) -> None:
    hostile = "=cmd|' /C calc'!A0\x00\x0b" + "长" * 40_000
    nasty = Finding(
        "violation",
        "@SUM(1)",
        Text(hostile, "+1 ── mieco ──"),
        Origin(FILE, "成员", 3, NAME),
        Text("#REF!", "-1"),
        value=hostile,
    )
    content = marked_bytes(original, [nasty])
    book = load_workbook(io.BytesIO(content))
    cells = [c for row in book[CHECK_SHEET].iter_rows(min_row=FIRST_LISTED) for c in row if c.value]
    assert {c.data_type for c in cells} == {"s"}
    assert max(len(c.value) for c in cells) == 32_767
    path = original.with_name("again")
    path.write_bytes(content)
    assert comments(marked(path, [])) == {"B3": "牵头院校"}


TEXTS = st.text(max_size=20)
ORIGINS = st.none() | st.builds(
    Origin,
    st.sampled_from([FILE, "other"]),
    st.sampled_from(["成员", "治理", "", "x"]),
    st.integers(0, 30),
    st.sampled_from(["", NAME, CODE, "x"]) | TEXTS,
)
FINDINGS = st.builds(
    Finding,
    st.sampled_from(list(SEVERITIES)),
    TEXTS,
    st.builds(Text, TEXTS, TEXTS),
    ORIGINS,
    value=TEXTS,
)


@settings(max_examples=30, deadline=None)
@given(st.lists(FINDINGS, max_size=12), st.sampled_from([0, 300_000]))
def test_every_finding_is_listed_and_marking_leaves_no_trace(
    tmp_path_factory: pytest.TempPathFactory, findings: list[Finding], most_cells: int
) -> None:
    path = tmp_path_factory.mktemp("marked") / "upload"
    book = Workbook()
    book.worksheets[0].title = "成员"
    book["成员"].append(["编号", NAME, CODE])
    book.create_sheet("治理")
    book.save(path)
    content = marked_bytes(path, findings, most_cells=most_cells)
    assert len(listed(load_workbook(io.BytesIO(content)))) == len(findings)
    path.write_bytes(content)
    after = marked(path, [])
    for sheet in after.worksheets[1:]:
        assert comments(after, sheet.title) == {}
        assert colours(after, sheet.title) == {}
