"""Marks put on a sheet and taken off it again, such that the person's own things stay.

The colour of a mark is conditional formatting, which lies over a cell and does not touch its
style: there is nothing to be remembered and restored, and when rows are inserted, sorted or
deleted before the next round, Excel moves it with them.  Its formula says that it is ours.  In
a comment our part stands between two lines, so that what a person wrote before or after stays.
Only the colour of a tab must be remembered; a hidden name of the sheet does that.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.colors import Color
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from mieco.cell_text import cell_text
from mieco.findings import SEVERITIES, Finding, Origin, Severity
from mieco.marked.places import Cell, Place, Places

# Background and text, as Excel's own "Bad" and "Neutral"; both print in grey legibly.
COLOURS: dict[Severity, tuple[str, str]] = {
    "violation": ("FFC7CE", "9C0006"),
    "warning": ("FFEB9C", "7F4F00"),
    "info": ("DDEBF7", "1F4E79"),
}
# More comments than that make Excel slow to open a sheet.
MOST_MARKS = 5_000
_AUTHOR = "mieco"
_FIRST_WIDE = 0x2E80
_BEGIN, _END = "── mieco 检查 check ──", "── mieco ──"
_OURS = re.compile(rf"\s*{_BEGIN}.*?(?:{_END}|\Z)", re.DOTALL)
_MOST_IN_COMMENT = 8
_LONGEST_IN_COMMENT = 1_000
_RULE = 'LEN("mieco:{}")>0'
_RULE_START = 'LEN("mieco:'
# Excel repairs, that is drops, formatting of very many ranges.
_RANGES_IN_RULE = 500
_TAB, _TAB_NAME = "FFC00000", "_mieco_tab"
_WIDTH, _LINE_HEIGHT, _MOST_HEIGHT, _UNITS_IN_LINE = 420, 18, 480, 62


def put_marks(
    sheet: Worksheet, findings: Iterable[Finding], locate: Callable[[Origin], Cell | None]
) -> tuple[Places, int]:
    """Marks the cells that findings are about: a comment, a colour, a red tab for a violation.

    Gives the place of each finding that has a cell here, and the number of those unmarked:
    they have no cell, or come after ``MOST_MARKS`` others.
    """
    marks: dict[Cell, list[Finding]] = {}
    merged = _merged(sheet)
    unmarked = 0
    for finding in findings:
        if finding.origin and (cell := locate(finding.origin)):
            marks.setdefault(merged.get(cell, cell), []).append(finding)
        else:
            unmarked += 1
    cells: dict[Severity, list[Cell]] = {severity: [] for severity in SEVERITIES}
    for cell, group in islice(marks.items(), MOST_MARKS):
        cells[_gravest(group)].append(cell)
        _comment(sheet, cell, group)
    _colour(sheet, {s: list(_ranges(group)) for s, group in cells.items() if group})
    if cells["violation"]:
        _redden_tab(sheet)
    unmarked += sum(len(group) for group in islice(marks.values(), MOST_MARKS, None))
    return {f: Place(sheet.title, *cell) for cell, group in marks.items() for f in group}, unmarked


def take_marks(sheet: Worksheet) -> None:
    """Takes every mark of an earlier round off a sheet."""
    for cell in existing(sheet):
        if (
            isinstance(cell, MergedCell)
            or not (comment := cell.comment)
            or _BEGIN not in comment.text
        ):
            continue
        if rest := _OURS.sub("", comment.text).strip("\n"):
            comment.text = rest
        else:
            cell.comment = None
    _restore_formatting(sheet)
    _restore_tab(sheet)


def existing(sheet: Worksheet) -> Iterable[SheetCell | MergedCell]:
    """The cells that there are; ``iter_rows`` would make all of the rectangle around them."""
    return list(sheet._cells.values())  # noqa: SLF001


def _gravest(findings: Sequence[Finding]) -> Severity:
    return min((f.severity for f in findings), key=list(SEVERITIES).index)


def _merged(sheet: Worksheet) -> dict[Cell, Cell]:
    """Of each merged cell the one that shows, the first."""
    return {
        (row, column): (merged.min_row, merged.min_col)
        for merged in sheet.merged_cells.ranges
        for row, column in merged.cells
    }


def _comment(sheet: Worksheet, at: Cell, findings: Sequence[Finding]) -> None:
    cell = sheet.cell(*at)
    own = cell.comment
    ours = cell_text("\n".join(_wording(findings)))
    text = f"{own.text}\n\n{ours}" if own else ours
    cell.comment = Comment(
        text,
        own.author if own else _AUTHOR,
        height=min(_MOST_HEIGHT, (lines_of(text, _UNITS_IN_LINE) + 1) * _LINE_HEIGHT),
        width=_WIDTH,
    )


def _wording(findings: Sequence[Finding]) -> Iterator[str]:
    yield _BEGIN
    for finding in findings[:_MOST_IN_COMMENT]:
        name = SEVERITIES[finding.severity]
        yield f"【{name.zh} {name.en}】{_quoted(finding.said('zh'))}"
        yield _quoted(finding.said("en"))
        yield f"[{_quoted(finding.code)}]"
    if (more := len(findings) - _MOST_IN_COMMENT) > 0:
        yield f"另有 {more} 处，见检查结果表。 And {more} more; see the sheet of the check."
    yield _END


def _quoted(text: str) -> str:
    """Text that cannot end our part of a comment early."""
    text = text.replace("──", "--")
    return text if len(text) <= _LONGEST_IN_COMMENT else text[:_LONGEST_IN_COMMENT] + " …"


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a cell so wide; a Chinese character is two wide."""
    return sum(
        1 + int(sum(1 if ord(c) < _FIRST_WIDE else 2 for c in line) / (width - 1))
        for line in text.splitlines() or [""]
    )


def _ranges(cells: Iterable[Cell]) -> Iterator[str]:
    """Cells as ranges, those below each other as one."""
    start: Cell | None = None
    end = 0
    for row, column in sorted(cells, key=lambda cell: (cell[1], cell[0])):
        if start and column == start[1] and row == end + 1:
            end = row
            continue
        if start:
            yield _range(start, end)
        start, end = (row, column), row
    if start:
        yield _range(start, end)


def _range(start: Cell, end: int) -> str:
    letter = get_column_letter(start[1])
    return f"{letter}{start[0]}" if start[0] == end else f"{letter}{start[0]}:{letter}{end}"


def _colour(sheet: Worksheet, ranges: dict[Severity, list[str]]) -> None:
    """Rules of ours, before those of the person, which else would hide them."""
    ours = [
        (severity, " ".join(group[at : at + _RANGES_IN_RULE]))
        for severity, group in ranges.items()
        for at in range(0, len(group), _RANGES_IN_RULE)
    ]
    for formatting in sheet.conditional_formatting:
        for rule in formatting.rules:
            rule.priority += len(ours)
    for priority, (severity, where) in enumerate(ours, 1):
        background, text = COLOURS[severity]
        style = DifferentialStyle(
            font=Font(color=text),
            fill=PatternFill("solid", fgColor=background, bgColor=background),
        )
        rule = Rule("expression", dxf=style, formula=[_RULE.format(severity)], priority=priority)
        sheet.conditional_formatting.add(where, rule)


def _restore_formatting(sheet: Worksheet) -> None:
    """Drops our rules; those of the person keep their order, numbered from 1 again."""
    kept = [
        (formatting, rule)
        for formatting in sheet.conditional_formatting
        for rule in formatting.rules
        if not any(str(formula).startswith(_RULE_START) for formula in rule.formula)
    ]
    theirs = ConditionalFormattingList()
    for formatting, rule in kept:
        theirs.add(str(formatting.sqref), rule)
    for priority, (_, rule) in enumerate(sorted(kept, key=lambda pair: pair[1].priority), 1):
        rule.priority = priority
    sheet.conditional_formatting = theirs


def _redden_tab(sheet: Worksheet) -> None:
    colour = sheet.sheet_properties.tabColor
    before = f"{colour.type} {colour.value} {colour.tint}" if colour else ""
    sheet.defined_names[_TAB_NAME] = DefinedName(_TAB_NAME, attr_text=f'"{before}"', hidden=True)
    sheet.sheet_properties.tabColor = Color(rgb=_TAB)


def _restore_tab(sheet: Worksheet) -> None:
    """The tab as it was, unless the person has coloured it since."""
    if _TAB_NAME not in sheet.defined_names:
        return
    before = str(sheet.defined_names.pop(_TAB_NAME).attr_text).strip('"')
    colour = sheet.sheet_properties.tabColor
    if not colour or colour.value != _TAB:
        return
    sheet.sheet_properties.tabColor = None
    # The name has been in other hands: what is no colour any more counts as none.
    with contextlib.suppress(ValueError, TypeError):
        kind, value, tint = before.split(" ")
        sheet.sheet_properties.tabColor = Color(
            **{kind: value if kind == "rgb" else int(value)}, tint=float(tint)
        )
