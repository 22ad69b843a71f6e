"""The members of a consortium as an Excel workbook: a sheet of members, one of what it rests on."""

from __future__ import annotations

from typing import IO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from mieco.ask.profiles.member_list import HEADS, MemberList
from mieco.cell_text import cell_text
from mieco.errors import Language, Text
from mieco.releases import Manifest

_HEAD_FILL = "0F5C63"
_WIDTHS = {"name": 34, "roles": 22, "written": 30, "role_text": 30, "sources": 34, "iri": 48}
_WIDTH = 14
_CAVEAT = Text(
    "只列有名称可查的成员；公开的名单多不完整。“仅见参与”不等于成员。",
    "Only members known by name; public lists are rarely complete. To have taken part does not"
    " make a member.",
)


def write_members_workbook(
    found: MemberList, manifest: Manifest, address: str, language: Language, out: IO[bytes]
) -> None:
    """The workbook; ``address`` is where the same list is found again."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = Text("成员", "members").in_(language)
    _fill(sheet, 1, [head.in_(language) for head in HEADS.values()], head=True)
    for number, row in enumerate(found.rows(language), 2):
        _fill(sheet, number, [row[name] for name in HEADS])
    for place, name in enumerate(HEADS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(name, _WIDTH)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(HEADS))}{sheet.max_row}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    about = book.create_sheet(Text("说明", "about").in_(language))
    about.column_dimensions["A"].width = 18
    about.column_dimensions["B"].width = 100
    told = (
        (Text("联合体", "consortium"), found.name(found.iri)),
        (Text("IRI", "IRI"), found.iri),
        (Text("注意", "mind"), _CAVEAT.in_(language)),
        (Text("数据发布", "release"), f"{manifest.number} ({manifest.created})"),
        (Text("网址", "address"), address),
        (Text("许可", "licence"), "CC BY 4.0"),
    )
    for number, (words, text) in enumerate(told, 1):
        _fill(about, number, [words.in_(language), text])
        about.cell(number, 1).font = Font(bold=True)
    book.save(out)


def _fill(sheet: Worksheet, number: int, cells: list[str], *, head: bool = False) -> None:
    for column, text in enumerate(cells, 1):
        cell = sheet.cell(number, column)
        cell.value = cell_text(text)
        cell.data_type = "s"  # never a formula, whatever it begins with
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if head:
            cell.font = Font(bold=True, color="FFFFFF")
            cell.fill = PatternFill("solid", _HEAD_FILL)
