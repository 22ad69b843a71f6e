"""Spreadsheet files in, rows of text out; what is none is refused in words."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from hostile_workbooks import (
    MAIN,
    OLE,
    SHEET,
    TEXTS,
    honest,
    operated,
    overlapping,
    parts,
    row,
    sheet,
    understated,
    zeros,
)
from mieco.errors import BadInput
from mieco.intake.sheets import SheetRow, read_sheets


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "server-side-name"


def rows(path: Path, file: str = "材料.xlsx") -> dict[str, list[SheetRow]]:
    return {sheet.name: list(sheet.rows) for sheet in read_sheets(path, file)}


def only_row(path: Path) -> SheetRow:
    ((found,),) = rows(path).values()
    return found


def refusal(path: Path, file: str = "材料.xlsx") -> BadInput:
    with pytest.raises(BadInput) as refused:
        rows(path, file)
    for language in ("zh", "en"):
        assert refused.value.message(language).startswith(file)
        assert refused.value.advice(language)
        assert path.name not in refused.value.message(language)
    return refused.value


def test_values_are_read_as_they_are_seen(path: Path) -> None:
    book = Workbook()
    page = book.active
    values = [
        "  某校\u3000", 5, 5.0, 1.5, 1e-7, -3, 123456789012345, True, False, None,
        dt.date(2023, 5, 17), dt.datetime.fromisoformat("2023-05-17T08:30"), dt.time(8, 30),
        CellRichText("某", TextBlock(InlineFont(b=True), "校")), "_x000D_甲", "",
    ]  # fmt: skip
    page.append(values)
    page["T4"] = "  "
    page["B5"] = "五"
    book.create_sheet("隐藏").sheet_state = "hidden"
    book["隐藏"]["A1"] = "在"
    book["隐藏"].merge_cells("A1:C1")
    book.save(path)
    read = rows(path)
    assert read["Sheet"] == [
        SheetRow(
            1,
            (
                "某校", "5", "5", "1.5", "0.0000001", "-3", "123456789012345", "true", "false", "",
                "2023-05-17", "2023-05-17T08:30:00", "08:30:00", "某校", "甲",
            ),
            {},
        ),
        SheetRow(5, ("", "五"), {}),
    ]  # fmt: skip
    assert read["隐藏"] == [SheetRow(1, ("在",), {})]


def test_dates_count_from_the_workbook_s_epoch(path: Path) -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active["A1"] = dt.date(2023, 5, 17)
    book.save(path)
    assert only_row(path).cells == ("2023-05-17",)


@pytest.mark.parametrize(
    ("shown", "day", "text"),
    [
        ('yyyy"年"m"月"', dt.date(2023, 5, 1), "2023-05"),
        ("mmm\\-yy", dt.date(2023, 5, 1), "2023-05"),
        ("[$-804]yyyy", dt.date(2023, 1, 1), "2023"),
        ("yyyy", dt.date(2023, 5, 17), "2023-05-17"),
        ('m"月"d"日"', dt.date(2023, 5, 1), "2023-05-01"),
    ],
)
def test_a_date_is_as_precise_as_it_is_shown(
    path: Path, shown: str, day: dt.date, text: str
) -> None:
    book = Workbook()
    book.active["A1"] = day
    book.active["A1"].number_format = shown
    book.save(path)
    assert only_row(path).cells == (text,)


@pytest.mark.parametrize(
    ("number", "text"), [(31, "2023-05-01"), (57, "2023-05"), (14, "2023-05-01")]
)
def test_the_formats_of_a_chinese_excel_are_dates(path: Path, number: int, text: str) -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><cellXfs><xf/><xf numFmtId="{number}"/></cellXfs></styleSheet>'
    )
    cells = row('<c r="A1" s="1"><v>45047</v></c>')
    operated(path, {"xl/styles.xml": styles, SHEET: sheet(cells)})
    assert only_row(path).cells == (text,)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("<c><f>1+1</f></c>", "the formula has no stored value"),
        ("<c><f>1+1</f><v/></c>", "the formula has no stored value"),
        ('<c t="e"><v>#REF!</v></c>', "Excel error #REF!"),
        ('<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', "Excel error #DIV/0!"),
        ("<c><v>440106199001011234</v></c>", "Excel has rounded this number"),
        ("<c><v>4.4010619900101101E+17</v></c>", "Excel has rounded this number"),
        ('<c s="1"><v>-5</v></c>', "formatted as a date"),
        ('<c s="1"><v>1e12</v></c>', "formatted as a date"),
    ],
)
def test_a_cell_that_cannot_be_read_says_why(path: Path, cell: str, said: str) -> None:
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf/><xf numFmtId="14"/></cellXfs></styleSheet>'
    operated(path, {"xl/styles.xml": styles, SHEET: sheet(row(f"<c><v>1</v></c>{cell}"))})
    read = only_row(path)
    assert read.cells == ("1", "")
    assert said in read.faults[1].en
    assert list(read.faults) == [1]


def test_stored_values_texts_and_a_wrong_dimension(path: Path) -> None:
    cells = (
        '<c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>""</f><v></v></c>'
        '<c r="C1" t="inlineStr"><is><r><t>富</t></r><r><t>文本</t></r></is></c>'
        '<c r="D1" t="s"><v>0</v></c><c r="E1" t="d"><v>2023-05-17T00:00:00</v></c>'
        '<c r="AA1" t="str"><v>_x4E2D_&lt;</v></c>'
    )
    texts = f'<sst xmlns="{MAIN}"><si><t>汉</t><rPh><t>hàn</t></rPh><phoneticPr/></si></sst>'
    content = sheet(row(cells)).replace("<sheetData>", '<dimension ref="A1:A1"/><sheetData>')
    operated(path, {SHEET: content, TEXTS: texts})
    assert only_row(path).cells == ("2", "", "富文本", "汉", "2023-05-17", *[""] * 21, "中<")


def test_a_csv_file_is_a_sheet_of_the_file_s_name(path: Path) -> None:
    path.write_bytes("键;名称;;\n\n甲; 乙 ;\n".encode("gb18030"))
    expected = [SheetRow(1, ("键", "名称"), {}), SheetRow(3, ("甲", "乙"), {})]
    assert rows(path, "成员.csv") == {"成员": expected}
    path.write_bytes(honest())
    assert rows(path, "成员.csv") == {"表": [SheetRow(1, ("甲",), {})]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n", "is empty"),
        (b"%PDF-1.7\n", "a PDF file, not a spreadsheet"),
        (b"\x89PNG\r\n\x1a\n", "a picture, not a spreadsheet"),
        (b"<html><table>", "a web page or XML file"),
        (OLE + bytes(1000) + "Workbook".encode("utf-16-le"), "old Office (.xls"),
        (OLE + bytes(1000) + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (honest()[:-100], "damaged"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
        (b"hello, world", "is no Excel workbook"),
    ],
)
def test_what_is_no_spreadsheet_is_refused(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    assert said in refusal(path).message("en")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes(range(128, 256)) * 5, "is not UTF-8 or GB18030 text"),
        (b",".join([b"a"] * 10_000), "has more than 1,000 columns"),
    ],
)
def test_what_is_no_csv_is_refused(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    assert said in refusal(path, "材料.csv").message("en")


# A billion laughs: each entity is ten of the one before.
_ENTITIES = "".join(
    f"<!ENTITY {name} '" + f"&{before};" * 10 + "'>"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
ENTITIES = f'<!DOCTYPE x [<!ENTITY a "ha">{_ENTITIES}]>'


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"xl/vbaProject.bin": b"x"}, "has macros"),
        ({"xl/externalLinks/externalLink1.xml": b"<x/>"}, "links to other workbooks"),
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "OpenDocument"),
        ({"xl/workbook.bin": b"x"}, ".xlsb"),
        ({SHEET: sheet(row('<c t="str"><v>&i;</v></c>'), before=ENTITIES)}, "XML entities"),
        ({"xl/workbook.xml": ENTITIES + "<x/>"}, "XML entities"),
        ({SHEET: sheet("<row>")}, "damaged"),
        ({SHEET: sheet(row('<c t="s"><v>99</v></c>'))}, "damaged"),
        (
            {
                SHEET: sheet(row('<c t="s"><v>-1</v></c>')),
                TEXTS: f'<sst xmlns="{MAIN}"><si><t>x</t></si></sst>',
            },
            "damaged",
        ),
        ({SHEET: sheet(row('<c r="?"><v>1</v></c>'))}, "damaged"),
        ({SHEET: sheet('<row r="2"/><row r="1"/>')}, "damaged"),
        ({SHEET: sheet(row("<c><v>1</v></c>" * 10_000))}, "row 1: has more than 1,000 columns"),
        ({SHEET: sheet("<row/>" * 1_048_577)}, "has more than 1,048,576 rows"),
        ({SHEET: sheet(row(f'<c t="str"><v>{"x" * 40_000}</v></c>'))}, "32,767 characters"),
        ({TEXTS: f'<sst xmlns="{MAIN}"><si><t>{"x" * 40_000}</t></si></sst>'}, "32,767 characters"),
        ({TEXTS: f'<sst xmlns="{MAIN}">{"<si/>" * 4_000_001}</sst>'}, "too large unpacked"),
        ({SHEET: sheet(row("<c/>" * 10_000_000))}, "too large unpacked"),
        ({SHEET: sheet("<a>" * 100 + "</a>" * 100)}, "too large unpacked"),
        ({SHEET: sheet("".join(f"<a{n}/>" for n in range(10_001)))}, "too large unpacked"),
        ({SHEET: sheet("", before=f"<!--{'-x' * 2_000_000}-->")}, "too large unpacked"),
        ({f"xl/{n}": b"" for n in range(10_001)}, "too large unpacked"),
        ({SHEET.upper(): b""}, "damaged"),
    ],
)
def test_a_hostile_workbook_is_refused(path: Path, changes: dict[str, bytes], said: str) -> None:
    assert said in refusal(operated(path, changes)).message("en")


@pytest.mark.parametrize(("one", "other"), [("成员a", "成员A"), ("x", "x")])
def test_two_sheets_of_one_name_are_refused(path: Path, one: str, other: str) -> None:
    workbook = honest(one, "placeholder")
    book = parts(workbook)["xl/workbook.xml"].decode().replace("placeholder", other)
    said = refusal(operated(path, {"xl/workbook.xml": book}, workbook)).message("en")
    assert f"has two sheets named '{other}'" in said


def test_a_document_of_another_program_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as zip_file:
        zip_file.writestr("_rels/.rels", "<x/>")
        zip_file.writestr("word/document.xml", "<x/>")
    assert "is not a spreadsheet" in refusal(path).message("en")


def test_two_gigabytes_of_zeros_are_refused(path: Path) -> None:
    zeros(path, "xl/media/image1.png", 2048)
    assert path.stat().st_size < 4 << 20
    assert "too large unpacked" in refusal(path).message("en")


def test_a_part_that_is_larger_than_it_says_is_refused(path: Path) -> None:
    content = sheet(row("<c><v>1</v></c>") + " " * 5_000_000)
    understated(operated(path, {SHEET: content}), SHEET, len(content) // 2)
    assert "damaged" in refusal(path).message("en")


def test_parts_that_overlap_are_refused(path: Path) -> None:
    assert "damaged" in refusal(overlapping(operated(path, {}))).message("en")


def test_rows_before_a_damaged_one_are_given(path: Path) -> None:
    many = "".join(f'<row r="{n}"><c><v>{n}</v></c></row>' for n in range(1, 50_000))
    operated(path, {SHEET: sheet(many + "<row>")})
    sheets = read_sheets(path, "材料.xlsx")
    first = next(sheets)
    assert next(first.rows) == SheetRow(1, ("1",), {})
    with pytest.raises(BadInput):
        list(first.rows)
