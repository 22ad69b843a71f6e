"""Data that are hard to draw: what a page is given, and what its chart says or must not say."""

from __future__ import annotations

from typing import Any


def _bar(label: str, value: float | None, shown: str = "", series: str = "") -> dict[str, Any]:
    told = shown or ("" if value is None else str(value))
    return {"label": label, "key": label, "value": value, "shown": told, "series": series}


def _link(one: str, other: str, link: str = "") -> dict[str, str]:
    ends = {"from": one, "to": other, "link": link}
    return {**ends, "from_key": f"key:{one}", "to_key": f"key:{other}"}


def _below(child: str, parent: str) -> dict[str, str]:
    keys = {"child_key": child and f"key:{child}", "parent_key": parent and f"key:{parent}"}
    return {"child": child, "parent": parent, **keys}


def _event(label: str, start: str, end: str, shown: str, series: str = "") -> dict[str, str]:
    when = {"start": start, "end": end, "shown": shown}
    return {**when, "label": label, "key": label, "series": series}


def _point(at: object, value: float | None, series: str = "") -> dict[str, Any]:
    told = "" if value is None else str(value)
    return {"x": str(at), "at": at, "value": value, "shown": told, "series": series}


CASES: dict[str, dict[str, Any]] = {
    "bars that have no number": {
        "data": {
            "kind": "bar",
            "names": {"label": "name", "value": "members"},
            "marks": [
                _bar("有数", 12),
                _bar("是零", 0),
                _bar("没有记录", None),
                _bar("约数", None, "约20家"),
                _bar('<img src=x onerror="alert(1)">', 3),
            ],
        },
        "said": ["12", "未见", "约20家", "<img"],
    },
    "bars in groups, one of them twice": {
        "data": {
            "kind": "bar",
            "names": {"label": "name", "value": "members", "series": "year"},
            "marks": [
                _bar("甲", 1, series="2023"),
                _bar("甲", 7, series="2023"),
                _bar("甲", 3, series="2024"),
                _bar("乙", 5, series="2024"),
                _bar("乙", None, series="2023"),
                _bar("丙", 4, series=""),
            ],
        },
        "said": ["1", "7", "3", "5", "2023", "2024", "未见"],
    },
    "one bar below zero": {
        "data": {
            "kind": "bar",
            "names": {"label": "name", "value": "gap"},
            "marks": [_bar("差距", -116)],
        },
        "said": ["-116", "gap"],
    },
    "a share of a hundred": {
        "data": {
            "kind": "bar",
            "names": {"label": "name", "value": "完成率（%）"},
            "marks": [_bar("甲", 20)],
        },
        "said": ["100"],
    },
    "a link without a direction": {
        "data": {
            "kind": "network",
            "directed": False,
            "names": {"from": "one party", "to": "the other party"},
            "marks": [_link("甲校", "乙企")],
        },
        "said": ["甲校", "乙企"],
        "unsaid": ["one party", "the other party"],
    },
    "a timeline of more series than colours": {
        "data": {
            "kind": "timeline",
            "names": {"date": "date", "label": "event", "series": "about"},
            "marks": [
                _event(f"事{n}", "2023-01-01", "2023-12-31", "2023", f"体{n}") for n in range(9)
            ],
        },
        "said": ["事0 · 体0", "2023"],
        "unsaid": ["体0"],
    },
    "a line of years with a gap": {
        "data": {
            "kind": "line",
            "scale": "number",
            "names": {"x": "year", "value": "count", "series": "place"},
            "marks": [
                *(_point(year, year - 2000, "甲") for year in (2020, 2021, 2023)),
                _point(2022, None, "甲"),
                _point(2023, 9, "乙"),
            ],
        },
        "said": ["2020", "2023", "甲", "乙"],
        "unsaid": ["2,020"],
    },
    "a line of dates": {
        "data": {
            "kind": "line",
            "scale": "time",
            "names": {"x": "date", "value": "count"},
            "marks": [_point("2023-07-02", 5), _point("2024-01-20", 8.5)],
        },
        "said": ["8.5"],
    },
    "a line of words": {
        "data": {
            "kind": "line",
            "scale": "category",
            "names": {"x": "batch", "value": "count"},
            "marks": [_point("第一批", 28), _point("第二批", 6)],
        },
        "said": ["第一批", "第二批", "28"],
    },
    "a timeline of years, months and days": {
        "data": {
            "kind": "timeline",
            "names": {"date": "date", "label": "event", "series": "kind"},
            "marks": [
                _event("只知年份", "2022-01-01", "2022-12-31", "2022", "甲"),
                _event("只知月份", "2023-10-01", "2023-10-31", "2023-10", "乙"),
                _event("知道日期", "2024-01-20", "2024-01-20", "2024-01-20", "甲"),
                _event("知道日期", "2024-01-20", "2024-01-20", "2024-01-20", "乙"),
            ],
        },
        "said": ["只知年份", "2022", "2023-10", "2024-01-20"],
    },
    "one event": {
        "data": {
            "kind": "timeline",
            "names": {"date": "date", "label": "event"},
            "marks": [_event("仅此一件", "2024-01-20", "2024-01-20", "2024-01-20")],
        },
        "said": ["仅此一件", "2024-01-20"],
    },
    "a network with a loop and words on its links": {
        "data": {
            "kind": "network",
            "directed": True,
            "names": {"from": "one", "to": "other", "link": "tie"},
            "marks": [
                _link("甲校", "乙企", "共建"),
                _link("乙企", "丙园"),
                _link("丙园", "丙园", "自属"),
                _link("甲校", "丙园", "依托"),
            ],
        },
        "said": ["甲校", "乙企", "丙园", "共建", "依托", "one", "两者"],
    },
    "a network of one link": {
        "data": {
            "kind": "network",
            "directed": True,
            "names": {"from": "one", "to": "other"},
            "marks": [_link("甲校", "乙企")],
        },
        "said": ["甲校", "乙企"],
    },
    "a tree with two roots, a thing below two and a cycle": {
        "data": {
            "kind": "tree",
            "names": {"child": "body", "parent": "within"},
            "marks": [
                _below("根一", ""),
                _below("枝", "根一"),
                _below("叶", "枝"),
                _below("叶", "根二"),
                _below("枝", "叶"),
                _below("独木", ""),
            ],
        },
        "said": ["根一", "枝", "叶", "根二", "独木"],
    },
    "a tree that is nothing but a cycle": {
        "data": {
            "kind": "tree",
            "names": {"child": "body", "parent": "within"},
            "marks": [_below("甲", "乙"), _below("乙", "甲")],
        },
        "said": ["甲", "乙"],
    },
}
