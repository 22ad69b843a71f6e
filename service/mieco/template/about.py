"""What the first sheet of a template tells those who fill it in."""

from __future__ import annotations

from collections.abc import Iterator

from mieco import __version__
from mieco.errors import Text
from mieco.template.source import Template

_EXAMPLE = Text(
    "这是填好的示例。其中的联合体、单位、文件、代码和数字都是虚构的，请勿上报。",
    "This is a filled example. Consortium, organisations, documents, codes and figures are made"
    " up; do not submit them.",
)
_EMPTY = Text(
    "请从“联合体”表填起，再填“成员”表；其他表从中选取单位。用不着的表和行留空即可。",
    "Begin with the sheet of the consortium, then the members, from which the other sheets"
    " choose. Leave sheets and rows empty that you do not need.",
)
_RULES: tuple[tuple[Text, Text], ...] = (
    (
        Text("必填", "required"),
        Text(
            "标题带 *、加粗、底色较深的列必填；其余列不清楚就留空，不要填“无”。",
            "Columns with a *, in bold and of darker colour are required. Leave the others empty"
            " if you do not know; do not write 'none'.",
        ),
    ),
    (
        Text("填写说明", "notes"),
        Text(
            "把鼠标移到标题上，可看到这一列填什么。标题和列的次序可以改动，标题的文字请保留。",
            "Point at a heading to see what goes there. Columns may change places, but keep the"
            " words of the headings.",
        ),
    ),
    (
        Text("编号", "numbers"),
        Text(
            "各行编号已预先填好，只有编号的行视为空行。行数不够时接着往下编。"
            "再次上传时凭编号认出同一行，请勿改号。",
            "Rows are numbered already; a row with nothing but its number counts as empty. Go on"
            " numbering where rows run out. Numbers tell a row when it is uploaded again: keep"
            " them.",
        ),
    ),
    (
        Text("选取", "choosing"),
        Text(
            "有下拉列表的，点单元格右侧的箭头选取；也可以只写其中的中文或英文。",
            "Where there is a list, choose from it by the arrow beside the cell, or write its"
            " Chinese or English word alone.",
        ),
    ),
    (
        Text("几个值", "several values"),
        Text(
            "一格要填几个时，用分号“；”隔开，例如“牵头；理事长单位”。如弹出提示，按“确定”即可。",
            "Put several values in one cell with ； or ; between, for example 牵头；理事长单位."
            " If a message comes up, choose OK.",
        ),
    ),
    (
        Text("日期", "dates"),
        Text(
            "知道多少写多少：2023、2023-05 或 2023-05-17；写成 2023年5月 也可以。",
            "As much as is known: 2023, 2023-05 or 2023-05-17.",
        ),
    ),
    (
        Text("上传之后", "after uploading"),
        Text(
            "先检查，不会直接发布。有问题的单元格在您自己的表格中标出并说明怎么改；"
            "没有问题的，先看将要增加、修改和删除什么，确认后才发布，发布后可以撤销。",
            "The workbook is checked, not published. You get it back with every problem marked and"
            " explained; if there is none, you see what will be added, changed and removed, and"
            " publish it yourself. It can be undone.",
        ),
    ),
    (
        Text("不要填写", "leave out"),
        Text(
            "个人姓名、电话、身份证号等个人信息。",
            "Personal data such as names, telephone numbers and identity numbers of people.",
        ),
    ),
)


def title(*, filled: bool) -> Text:
    """What the workbook is called."""
    if filled:
        return Text("市域产教联合体数据表（示例）", "Data of a consortium: filled example")
    return Text("市域产教联合体数据表", "Data of a municipal industry-education consortium")


def rows(template: Template, *, filled: bool) -> Iterator[tuple[Text, Text]]:
    """What is told, under its heading."""
    yield Text("从哪里开始", "where to begin"), _EXAMPLE if filled else _EMPTY
    yield from _RULES
    for sheet in template.sheets:
        yield sheet.table.title or Text(sheet.table.name, ""), sheet.table.note
    yield (
        Text("版本", "version"),
        Text(
            f"mieco {__version__}，本体 {template.version}（{template.date}）",
            f"mieco {__version__}, ontology {template.version} ({template.date})",
        ),
    )
    yield (
        Text("许可", "licence"),
        Text(
            "空白表格和示例以 CC BY 4.0 许可提供。",
            "The empty template and the example are under CC BY 4.0.",
        ),
    )
