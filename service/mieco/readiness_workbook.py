"""A readiness report as an Excel workbook.

Made in the process that asks: a report has a few hundred rows at most, unlike the results of
a query.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import IO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from mieco.ask.readiness import ReadinessReport
from mieco.ask.readiness_words import (
    WORLDS_IN_WORDS,
    chosen_values,
    documents_in_words,
    evidence_in_words,
    share_in_words,
    status_in_words,
    warning,
    why_not,
)
from mieco.cell_text import cell_text
from mieco.check.readiness import OUTCOMES, ConditionResult, Outcome
from mieco.errors import Language, Text
from mieco.findings import SEVERITIES
from mieco.manifest import Manifest

_FILLS: dict[Outcome, str] = {
    "met": "DDF0E0",
    "not-met": "F8DAD7",
    "not-shown": "FFF0CC",
    "not-applicable": "ECEFF1",
}
_HEAD_FILL = "0F5C63"
_HEADS: Sequence[tuple[Text, int]] = (
    (Text("编号", "key"), 16),
    (Text("要求", "requirement"), 30),
    (Text("文号与条款", "document and clause"), 30),
    (Text("研读状态", "read status"), 14),
    (Text("要求的结果", "result of the requirement"), 14),
    (Text("核对内容", "what is checked"), 28),
    (Text("结果", "result"), 12),
    (Text("轻重", "severity"), 10),
    (Text("说明", "explanation"), 50),
    (Text("依据", "evidence"), 50),
    (Text("来源", "sources"), 34),
)
_OUTCOME_COLUMNS = (4, 6)


def write_readiness_workbook(
    report: ReadinessReport, manifest: Manifest, language: Language, out: IO[bytes]
) -> None:
    """A sheet of counts and what they rest on, and one with a row for each sub-condition."""
    book = Workbook()
    summary = book.worksheets[0]
    _summary(summary, report, manifest, language)
    sheet = book.create_sheet(Text("逐条", "clauses").in_(language))
    _fill_row(sheet, 1, [head.in_(language) for head, _ in _HEADS], bold=True)
    for number, (_, width) in enumerate(_HEADS):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:{chr(ord('A') + len(_HEADS) - 1)}1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    for number, (cells, outcomes) in enumerate(_rows(report, language), 2):
        _fill_row(sheet, number, cells)
        for column, outcome in zip(_OUTCOME_COLUMNS, outcomes, strict=True):
            if outcome:
                sheet.cell(number, column + 1).fill = PatternFill("solid", _FILLS[outcome])
    book.save(out)


def _summary(
    sheet: Worksheet, report: ReadinessReport, manifest: Manifest, language: Language
) -> None:
    readiness = report.readiness
    sheet.title = Text("概要", "summary").in_(language)
    sheet.column_dimensions["A"].width = 18
    sheet.column_dimensions["B"].width = 90
    rows: list[tuple[Text, str, Outcome | None]] = [
        (Text("联合体", "consortium"), report.consortium, None),
        (Text("核对日期", "day"), readiness.day.isoformat(), None),
        (Text("数据发布", "release"), _release(manifest).in_(language), None),
        (Text("判定方式", "world"), WORLDS_IN_WORDS[readiness.world].in_(language), None),
    ]
    rows += [(OUTCOMES[outcome], str(readiness.count(outcome)), outcome) for outcome in OUTCOMES]
    rows += [
        (Text("自定的数", "chosen number"), text.in_(language), None)
        for text in chosen_values(report)
    ]
    for number, (name, value, outcome) in enumerate(rows, 1):
        _fill_row(sheet, number, [name.in_(language), value])
        sheet.cell(number, 1).font = Font(bold=True)
        if outcome:
            sheet.cell(number, 2).value = readiness.count(outcome)
            sheet.cell(number, 2).alignment = Alignment(horizontal="left")
            sheet.cell(number, 1).fill = PatternFill("solid", _FILLS[outcome])


def _release(manifest: Manifest) -> Text:
    day = dt.datetime.fromisoformat(manifest.created).date()
    return Text(
        f"第 {manifest.number} 次发布，{day.year} 年 {day.month} 月 {day.day} 日",
        f"release {manifest.number} of {day.isoformat()}",
    )


def _rows(
    report: ReadinessReport, language: Language
) -> Iterator[tuple[list[str], tuple[Outcome, Outcome | None]]]:
    for result in report.readiness.requirements:
        clause = report.clauses[result.shape.requirement]
        about = [
            clause.key,
            clause.name.in_(language),
            documents_in_words(clause).in_(language),
            status_in_words(clause).in_(language),
            OUTCOMES[result.outcome].in_(language),
        ]
        if not result.conditions:
            only = result.shape.only_for_name
            note = Text(f"只适用于{only.zh}", f"applies only to {only.en}").in_(language)
            yield [*about, "", "", "", note, "", ""], (result.outcome, None)
        for each in result.conditions:
            texts = (share_in_words(each), why_not(each), warning(clause))
            said = [text.in_(language) for text in texts]
            yield (
                [
                    *about,
                    each.condition.name.in_(language),
                    OUTCOMES[each.outcome].in_(language),
                    _severity(each, language),
                    "\n".join(text for text in said if text),
                    *_grounds(report, each, language),
                ],
                (result.outcome, each.outcome),
            )


def _severity(result: ConditionResult, language: Language) -> str:
    """How grave it is that something is not met; nothing is grave about what is."""
    if result.outcome != "not-met":
        return ""
    return SEVERITIES[result.condition.severity].in_(language)


def _grounds(
    report: ReadinessReport, result: ConditionResult, language: Language
) -> tuple[str, str]:
    """The evidence by name and figure, and the sources with their grades."""
    evidence = [*result.against, *result.evidence]
    sources = dict.fromkeys(source for each in evidence for source in report.sources_of(each))
    graded = [
        f"{report.name(source)} [{report.name(report.grades[source])}]"
        if source in report.grades
        else report.name(source)
        for source in sources
    ]
    named = [evidence_in_words(report, each, language) for each in evidence]
    return "\n".join(named), "\n".join(graded)


def _fill_row(sheet: Worksheet, number: int, cells: Sequence[str], *, bold: bool = False) -> None:
    for column, text in enumerate(cells, 1):
        cell = sheet.cell(number, column)
        cell.value = cell_text(text)
        cell.data_type = "s"  # never a formula, whatever it begins with
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if bold:
            cell.font = Font(bold=True, color="FFFFFF")
            cell.fill = PatternFill("solid", _HEAD_FILL)
