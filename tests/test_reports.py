"""The report as JSON, HTML and lines: one and the same findings."""

from __future__ import annotations

import json
import re
from collections import Counter
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mieco.errors import Language, Text
from mieco.findings import SEVERITIES, Finding, Origin, Report, Severity
from mieco.present.reports import as_html, as_json, grouped_lines, spans
from workbooks import report_of

TEXTS = st.text(max_size=20)
FINDINGS = st.builds(
    Finding,
    st.sampled_from(list(SEVERITIES)),
    st.sampled_from(["a", "b"]),
    st.builds(Text, TEXTS, TEXTS),
    st.none()
    | st.builds(Origin, st.just("f.xlsx"), st.sampled_from(["", "成员"]), st.integers(0, 9), TEXTS),
    value=TEXTS,
)


def finding(row: int, severity: Severity = "violation", **more: str) -> Finding:
    return Finding(
        severity,
        "date",
        Text("日期不存在。", "There is no such date."),
        Origin("f.xlsx", "成员", row, "加入日期"),
        Text("请改正。", "Mend it."),
        **more,
    )


def test_json_tells_all_of_a_finding() -> None:
    report = report_of([finding(5, value="2023-02-30")])
    assert json.loads(json.dumps(as_json(report))) == {
        "publishable": False,
        "counts": {"violation": 1, "warning": 0, "info": 0},
        "truncated": False,
        "findings": [
            {
                "severity": "violation",
                "code": "date",
                "zh": "日期不存在。",
                "en": "There is no such date.",
                "hint_zh": "请改正。",
                "hint_en": "Mend it.",
                "file": "f.xlsx",
                "sheet": "成员",
                "row": 5,
                "column": "加入日期",
                "focus": None,
                "path": None,
                "value": "2023-02-30",
            }
        ],
    }


def test_findings_that_are_only_counted_are_told_of() -> None:
    report = Report([finding(5)], Counter({"violation": 40}))
    assert as_json(report)["truncated"] is True
    assert "另有 39 处" in as_html(report, "zh", "x")
    assert list(grouped_lines(report, "en"))[-1] == "39 more are not listed."


@given(st.lists(FINDINGS, max_size=20), st.sampled_from(["zh", "en"]))
def test_json_and_html_have_every_finding(findings: list[Finding], language: Language) -> None:
    report = report_of(findings)
    document = as_json(report)
    assert len(document["findings"]) == sum(document["counts"].values()) == len(findings)
    page = as_html(report, language, "x")
    assert len(re.findall(r'id="finding-\d+"', page)) == len(findings)


@pytest.mark.parametrize(
    ("language", "first", "verdict"),
    [("zh", "日期不存在。", "不能发布"), ("en", "There is no such date.", "cannot be published")],
)
def test_the_page_speaks_the_readers_language_first(
    language: Language, first: str, verdict: str
) -> None:
    page = as_html(report_of([finding(5)]), language, "检查 <f.xlsx>")
    [own] = re.findall(r'<p><span class="severity">.*?</p>', page)
    [other] = re.findall(r'<p class="other".*?</p>', page)
    assert first in own
    assert first not in other
    assert verdict in page
    assert "<title>检查 &lt;f.xlsx&gt;</title>" in page


def test_the_page_asks_nothing_of_any_host_and_runs_nothing() -> None:
    hostile = '<script src="//evil.example/x.js"></script>'
    bad = Finding(
        "violation",
        hostile,
        Text(hostile, hostile),
        Origin(hostile, hostile, 3, hostile),
        value='" onmouseover="x',
    )
    page = as_html(report_of([bad]), "en", hostile)
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#)|url\(|@import', page)
    assert hostile in unescape(page)


def test_the_page_shows_a_thousand_and_counts_the_rest() -> None:
    page = as_html(report_of([finding(n) for n in range(1, 1_006)]), "en", "x")
    assert len(re.findall(r'id="finding-\d+"', page)) == 1_000
    assert "5 more findings are not shown here." in page


def test_the_page_goes_sheet_by_sheet_and_row_by_row() -> None:
    page = as_html(report_of([finding(9), finding(2, "info"), finding(9, "info")]), "en", "x")
    assert re.findall(r"<h3>(.*?)</h3>", page) == ["row 2 · 加入日期", "row 9 · 加入日期"]


def test_many_alike_are_told_in_one_line() -> None:
    alike = [finding(n, value=str(n)) for n in range(2, 502)]
    lines = list(grouped_lines(report_of([*alike, finding(7, "info")]), "en"))
    assert len(lines) == 5
    assert lines[3] == "  and 497 more like it in rows 5–501"
    assert "row 7" in lines[4]
    assert list(grouped_lines(report_of(alike), "zh"))[3] == "  第 5–501 行还有 497 处同样的问题"


def test_few_alike_have_a_line_each() -> None:
    assert len(list(grouped_lines(report_of([finding(n) for n in range(4)]), "en"))) == 4


def test_findings_of_different_columns_are_not_alike() -> None:
    found = [
        Finding("violation", "a", Text("x", "x"), Origin("f", "s", 3, str(n))) for n in range(9)
    ]
    assert len(list(grouped_lines(report_of(found), "en"))) == 9


@given(st.lists(FINDINGS, max_size=40), st.sampled_from(["zh", "en"]))
def test_lines_account_for_every_finding(findings: list[Finding], language: Language) -> None:
    lines = list(grouped_lines(report_of(findings), language))
    more = [re.fullmatch(r"  .*?(?:and|还有) (\d+) .*", line) for line in lines]
    assert sum(int(found[1]) if found else 1 for found in more) == len(findings)
    assert all(line.isprintable() for line in lines)


def test_a_line_cannot_command_the_terminal() -> None:
    [line] = grouped_lines(report_of([finding(3, value="\x1b[2J\nfake: fine")]), "en")
    assert "\x1b" not in line
    assert "\n" not in line


@given(st.sets(st.integers(1, 60)))
def test_spans_name_the_numbers(numbers: set[int]) -> None:
    told = spans(numbers)
    named = {
        n for a, b in re.findall(r"(\d+)(?:–(\d+))?", told) for n in range(int(a), int(b or a) + 1)
    }
    assert named <= numbers
    assert named == numbers or told.endswith("…")
