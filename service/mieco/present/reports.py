"""A report of findings as JSON, as HTML and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from mieco.errors import Language, Text
from mieco.findings import SEVERITIES, Finding, Origin, Report, Severity
from mieco.present.names import compact

# The templates, which the pages of the service include too, and their style sheet.
FOLDER = Path(__file__).parent / "report"

_MOST_SHOWN = 1_000
_MOST_ALIKE = 3
_MOST_SPANS = 4


def as_json(report: Report) -> dict[str, Any]:
    """The report for programs; docs/report.md describes its members."""
    return {
        "publishable": report.publishable,
        "counts": {severity: report.count(severity) for severity in SEVERITIES},
        "truncated": _unlisted(report) > 0,
        "findings": [_finding_json(finding) for finding in report.findings],
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    origin = finding.origin or Origin("")
    return {
        "severity": finding.severity,
        "code": finding.code,
        "zh": finding.message.zh,
        "en": finding.message.en,
        "hint_zh": finding.hint.zh or None,
        "hint_en": finding.hint.en or None,
        "file": origin.file or None,
        "sheet": origin.sheet or None,
        "row": origin.row or None,
        "column": origin.column or None,
        "focus": finding.focus or None,
        "path": finding.path or None,
        "value": finding.value or None,
    }


def report_of(document: Mapping[str, Any]) -> Report:
    """The inverse of :func:`as_json`."""
    return Report([_finding_of(each) for each in document["findings"]], document["counts"])


def _finding_of(told: Mapping[str, Any]) -> Finding:
    origin = Origin(told["file"] or "", told["sheet"] or "", told["row"] or 0, told["column"] or "")
    return Finding(
        severity=told["severity"],
        code=told["code"],
        message=Text(told["zh"], told["en"]),
        origin=origin if told["file"] else None,
        hint=Text(told["hint_zh"] or "", told["hint_en"] or ""),
        focus=told["focus"] or "",
        path=told["path"] or "",
        value=told["value"] or "",
    )


def grouped_lines(report: Report, language: Language) -> Iterator[str]:
    """The report as lines; of many findings alike in one column the first, and the rows."""
    for alike in _alike(report.findings):
        # One more would take a line either way.
        shown = alike if len(alike) <= _MOST_ALIKE + 1 else alike[:_MOST_ALIKE]
        for finding in shown:
            yield finding.line(language)
        if rest := alike[len(shown) :]:
            rows = spans(f.origin.row for f in rest if f.origin)
            yield "  " + _more_alike(len(rest), rows).in_(language)
    if more := _unlisted(report):
        yield Text(f"另有 {more} 处没有列出。", f"{more} more are not listed.").in_(language)


def _alike(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings of one kind in one column together, where the first of them stands."""
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        origin = finding.origin
        where = (origin.file, origin.sheet, origin.column) if origin and origin.row else number
        groups.setdefault((finding.severity, finding.code, where), []).append(finding)
    return list(groups.values())


def _more_alike(count: int, rows: str) -> Text:
    row = "rows" if set(rows) & set("–,") else "row"
    return Text(
        f"第 {rows} 行还有 {count} 处同样的问题", f"and {count} more like it in {row} {rows}"
    )


def spans(numbers: Iterable[int]) -> str:
    """Numbers as spans: ``5–501, 503``; of many spans the first ones."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    told = [str(a) if a == b else f"{a}–{b}" for a, b in found[:_MOST_SPANS]]
    return ", ".join([*told, "…"] if len(found) > _MOST_SPANS else told)


# ------------------------------------------------------------------------------------ HTML


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding as a page shows it: in the reader's language, and in the other one."""

    number: int
    severity: Severity
    name: str
    message: str
    hint: str
    other_message: str
    other_hint: str
    code: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """The findings at one row, or one cell, of a sheet."""

    place: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Section:
    """The findings in one sheet, row after row."""

    title: str
    count: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Page:
    """What the template ``report.html`` shows, as its variable ``report``."""

    language: Language
    other: Language
    publishable: bool
    verdict: str
    counts: Sequence[tuple[Severity, str, int]]
    sections: Sequence[Section]
    more: str
    show_other: str


def page_of(report: Report, language: Language) -> Page:
    """The report in words for a reader of this language; at most 1,000 of its findings."""
    shown = list(islice(report.findings, _MOST_SHOWN))
    more = sum(report.counts.values()) - len(shown)
    violations = report.count("violation")
    verdict = (
        Text("可以发布。", "It can be published.")
        if report.publishable
        else Text(
            f"不能发布：须先改正 {violations} 处违反。",
            f"It cannot be published; violations to mend first: {violations}.",
        )
    )
    rest = Text(f"另有 {more} 处没有在这里列出。", f"{more} more findings are not shown here.")
    return Page(
        language=language,
        other="en" if language == "zh" else "zh",
        publishable=report.publishable,
        verdict=verdict.in_(language),
        counts=[(s, name.in_(language), report.count(s)) for s, name in SEVERITIES.items()],
        sections=list(_sections(shown, language)),
        more=rest.in_(language) if more else "",
        show_other=Text("同时显示英文 English", "also show Chinese 中文").in_(language),
    )


def as_html(report: Report, language: Language, title: str) -> str:
    """The report as a page of its own, which asks nothing of any host."""
    template = _templates().get_template("report_page.html")
    return template.render(report=page_of(report, language), title=title)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )


def _sections(findings: Iterable[Finding], language: Language) -> Iterator[Section]:
    groups: dict[str, dict[tuple[int, str], list[Entry]]] = {}
    for number, finding in enumerate(findings, 1):
        origin = finding.origin
        sheet = Origin(origin.file, origin.sheet) if origin else None
        title = (sheet.text() if sheet else Text("不在文件中", "Not in a file")).in_(language)
        place = (origin.row, _place(origin, language)) if origin else (0, compact(finding.focus))
        lines = groups.setdefault(title, {})
        lines.setdefault(place, []).append(_entry(number, finding, language))
    for title, lines in groups.items():
        count = sum(map(len, lines.values()))
        yield Section(
            title, count, [Line(place, lines[row, place]) for row, place in sorted(lines)]
        )


def _place(origin: Origin, language: Language) -> str:
    row = Text(f"第 {origin.row} 行", f"row {origin.row}").in_(language) if origin.row else ""
    whole = (
        Text("整张表", "the whole sheet") if origin.sheet else Text("整个文件", "the whole file")
    )
    return " · ".join(part for part in (row, origin.column) if part) or whole.in_(language)


def _entry(number: int, finding: Finding, language: Language) -> Entry:
    other: Language = "en" if language == "zh" else "zh"
    value = finding.value if finding.value not in finding.said(language) else ""
    return Entry(
        number=number,
        severity=finding.severity,
        name=SEVERITIES[finding.severity].in_(language),
        message=finding.message.in_(language),
        hint=finding.hint.in_(language),
        other_message=finding.message.in_(other),
        other_hint=finding.hint.in_(other),
        code=finding.code,
        value=value,
    )


def _unlisted(report: Report) -> int:
    return sum(report.counts.values()) - len(report.findings)
