"""Consortia and places side by side, and of which consortia what is recorded: held against the
tables that the data are made of."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from conftest import DATA, Reply, Server

BASE = "https://w3id.org/mieco/"
CHANGZHOU, LANZHOU, WEIFANG = "changzhou-new-energy", "lanzhou-new-area", "weifang-agriculture"
THREE = f"/compare?of={CHANGZHOU}&of={LANZHOU}&of={WEIFANG}"


def table(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rows_of(reply: Reply) -> dict[str, list[dict[str, Any]]]:
    """The cells of every row by its key."""
    assert reply.status == 200, reply.text
    sections = reply.json()["sections"]
    return {row["key"]: row["cells"] for section in sections for row in section["rows"]}


def texts(cell: dict[str, Any]) -> list[str]:
    return [value["text"] for value in cell["values"]]


def test_what_is_recorded_stands_side_by_side_and_what_is_not_is_no_zero(server: Server) -> None:
    reply = server.get(THREE + "&lang=zh", "application/json")
    rows = rows_of(reply)
    known = {row["key"]: row for row in table("consortia")}
    for place, key in enumerate((CHANGZHOU, LANZHOU, WEIFANG)):
        founded = known[key]["founding_date"]
        assert texts(rows["founded"][place]) == ([founded] if founded else [])
        # One that leads by its role as a member alone is inferred, and marked.
        stated = [v for v in rows["leads"][place]["values"] if not v["inferred"]]
        assert len(stated) == sum(
            len([each for each in known[key][column].split(";") if each])
            for column in ("lead_schools", "lead_enterprises", "lead_institutes")
        )
        activities = [a for a in table("activities") if key in a["consortium"].split(";")]
        assert rows["activities-all"][place]["count"] == (len(activities) or None)
    assert any(v["inferred"] for v in rows["leads"][1]["values"])
    counts = [cell["count"] for cells in rows.values() for cell in cells]
    assert 0 not in counts
    assert None in counts

    # Every value of an indicator with what its source says: the same number twice here.
    values = rows["member-total"][0]["values"]
    assert [(v["number"], v["date"]) for v in values] == [("181", "2024"), ("181", "2024-01-20")]
    sources = {s["number"]: s for s in reply.json()["sources"]}
    cited = [sources[number]["iri"].rpartition("/")[2] for v in values for number in v["sources"]]
    assert cited == ["s055", "s054"]
    assert {sources[number]["grade"] for v in values for number in v["sources"]} == {"copy"}
    assert all("推定" in v["notes"][1] for v in values)


@pytest.mark.parametrize(
    "named",
    [
        "of=consortium/shenzhen&of=consortium/zhuzhou",
        "of=深圳市域产教联合体&of=zhuzhou",
        f"of={BASE}id/consortium/shenzhen&of=id/consortium/zhuzhou&of=shenzhen",
    ],
)
def test_things_are_named_by_key_path_iri_or_name(server: Server, named: str) -> None:
    told = server.get(f"/compare?{quote(named, safe='=&/:')}", "application/json").json()
    keys = [subject["iri"].removeprefix(f"{BASE}id/") for subject in told["subjects"]]
    assert keys == ["consortium/shenzhen", "consortium/zhuzhou"]
    # A key that a city has too is that of the city among places.
    places = server.get(f"/compare?of=shenzhen&of={quote('广东省')}", "application/json").json()
    assert places["kind"] == "place"


def test_places_have_what_lies_in_them_and_belongs_to_their_consortia(server: Server) -> None:
    rows = rows_of(server.get("/compare?of=jiangsu&of=sichuan&lang=zh", "application/json"))
    above = {row["key"]: row["part_of"] for row in table("places")}

    def within(place: str, province: str) -> bool:
        while place and place != province:
            place = above[place]
        return bool(place)

    for place, province in enumerate(("jiangsu", "sichuan")):
        consortia = [
            row["key"]
            for row in table("consortia")
            if any(within(each, province) for each in row["located_in"].split(";"))
        ]
        assert rows["consortia-all"][place]["count"] == len(consortia)
        about = {
            a["key"] for a in table("activities") if {*a["consortium"].split(";")} & {*consortia}
        }
        assert rows["activities-all"][place]["count"] >= len(about)
    # What is observed of a consortium is not said of its province.
    assert "member-total" not in rows


@pytest.mark.parametrize(
    ("asked", "status", "code", "told", "kept"),
    [
        ("of=shenzhen", 400, "bad-parameter", "2 到 4 个", "深圳市域产教联合体"),
        (
            "of=shenzhen&of=zhuzhou&of=lanzhou-new-area&of=kashgar&of=chuxiong",
            400,
            "bad-parameter",
            "2 到 4 个",
            "株洲市产教联合体",
        ),
        (f"of=shenzhen&of={CHANGZHOU[:-2]}", 404, "not-found", "常州新能源产教联合体", "深圳市域"),
        ("of=zhuzhou&of=place/hunan&of=consortium/shenzhen", 400, "bad-parameter", "地域", "株洲"),
        ("of=consortium/shenzhen&of=place/hunan", 400, "bad-parameter", "放在一起", "深圳市域"),
    ],
)
def test_what_cannot_be_compared_is_told_and_one_can_go_on(
    server: Server, asked: str, status: int, code: str, told: str, kept: str
) -> None:
    problem = server.get(f"/compare?{asked}&lang=zh", "application/json")
    assert (problem.status, problem.json()["code"]) == (status, code)
    assert told in problem.json()["detail"] + problem.json()["hint"]
    page = server.get(f"/compare?{asked}&lang=zh", "text/html")
    # One thing is a beginning.
    assert page.status == (200 if asked == "of=shenzhen" else status)
    assert kept in page.text.partition('class="chosen"')[2].partition("</ul>")[0]
    assert 'type="checkbox" name="of"' in page.text


def test_near_names_are_offered_as_links(server: Server) -> None:
    text, names, kinds, addresses = server.get(
        "/compare/suggest?q=czxny&of=shenzhen&lang=zh"
    ).json()
    assert (text, names[0], kinds[0]) == ("czxny", "常州新能源产教联合体", "联合体")
    assert server.get(addresses[0], "text/html").status == 200
    found = server.get("/compare?of=shenzhen&q=czxny&lang=zh", "text/html").text
    assert f'href="{addresses[0].replace("&", "&amp;")}"' in found


def test_the_workbook_and_the_table_have_the_same_and_say_how_to_cite(server: Server) -> None:
    reply = server.get(THREE + "&format=xlsx&lang=zh")
    book = load_workbook(io.BytesIO(reply.body))
    assert book.sheetnames == ["比较", "明细", "来源", "说明"]
    assert "-r1.xlsx" in reply.headers["Content-Disposition"]
    addresses = [row[3] for row in book["来源"].iter_rows(min_row=2, values_only=True)]
    assert all(address.startswith("http") for address in addresses)
    shown = {row[0]: row[1:] for row in book["比较"].iter_rows(min_row=2, values_only=True)}
    assert shown["成立时间"][2] == "未见记录"
    assert isinstance(shown["专业委员会"][0], int)
    assert book["比较"].print_title_rows == "$1:$1"
    told = dict(book["说明"].iter_rows(values_only=True))
    assert "[DS/OL]" in told["引用"]
    assert "release=1" in told["引用"]

    lines = list(csv.DictReader(io.StringIO(server.get(THREE + "&format=csv&lang=zh").text)))
    values = [
        [str(c) if c is not None else "" for c in r]
        for r in book["明细"].iter_rows(values_only=True)
    ]
    assert [list(line.values()) for line in lines] == values[1:]
    missing = [line for line in lines if line["值"] == "未见记录"]
    assert missing
    assert {line["数"] for line in missing} == {""}


def test_readiness_is_added_when_asked_for(server: Server) -> None:
    asked = f"/compare?of={CHANGZHOU}&of=shenzhen&readiness=1&timeout=60"
    rows = rows_of(server.get(asked, "application/json"))
    counts = server.get(f"/readiness/{CHANGZHOU}?timeout=60", "application/json").json()["counts"]
    for outcome, number in counts.items():
        # A zero is one here: every requirement has an outcome.
        assert rows[f"readiness-{outcome}"][0]["values"][0]["number"] == str(number)


def test_of_each_consortium_it_is_told_what_is_recorded_and_how_well(server: Server) -> None:
    told = server.get("/compare/matrix?lang=zh", "application/json").json()
    rows = {row["iri"].rpartition("/")[2]: row for row in told["rows"]}
    assert len(rows) == len(table("consortia"))
    grades = {row["key"]: row["grade"] for row in table("sources")}
    order = ["primary", "press", "article", "copy", "weak"]
    for aspect, name in (("activities", "activities"), ("observations", "observations")):
        by_consortium: dict[str, list[dict[str, str]]] = {}
        for row in table(name):
            for consortium in row["consortium"].split(";"):
                by_consortium.setdefault(consortium, []).append(row)
        for key, row in rows.items():
            # Some observations are about a consortium by way of something else.
            facts = by_consortium.get(key, [])
            if aspect == "activities" or len(facts) == 1:
                found = row["recorded"].get(aspect)
                assert bool(found) == bool(facts), (aspect, key)
            if aspect == "activities" and facts:
                cited = {grades[s] for fact in facts for s in fact["sources"].split(";")}
                best = next(grade for grade in order if grade in cited)
                assert found == {"facts": len(facts), "best_grade": best}
    founded = next(column for column in told["columns"] if column["key"] == "founded")
    assert founded["consortia"] == sum(bool(row["founding_date"]) for row in table("consortia"))
    filled = [row["filled"] for row in told["rows"]]
    assert filled == sorted(filled, reverse=True)


def test_the_matrix_is_filtered_sorted_and_taken_away(server: Server) -> None:
    asked = "/compare/matrix?columns=indicators&province=id/place/jiangsu&sort=name&lang=zh"
    told = server.get(asked, "application/json").json()
    assert {row["province"] for row in told["rows"]} == {f"{BASE}id/place/jiangsu"}
    labels = [row["label"] for row in told["rows"]]
    assert labels == sorted(labels)
    page = server.get(asked, "text/html")
    assert page.status == 200
    assert "成员单位总数" in page.text
    book = load_workbook(io.BytesIO(server.get(asked + "&format=xlsx").body))
    first, *_, last = book.worksheets[0].iter_rows(min_row=2, values_only=True)
    assert first[0] == labels[0]
    # What is not recorded is an empty cell.
    assert None in first[3:]
    assert 0 not in first[3:]
    assert last[0] == "有记录的联合体数"
    assert server.get("/compare/matrix?columns=all").json()["code"] == "bad-parameter"


def test_provinces_in_figures(server: Server) -> None:
    told = server.get("/provinces?lang=zh", "application/json").json()
    figures = {each["label"]: each["figures"] for each in told["provinces"]}
    assert len(figures) == sum(row["level"] == "province" for row in table("places"))
    assert figures["山东省"]["consortia"] == 9
    assert "national" not in figures["山东省"]
    page = server.get("/provinces?figure=national&lang=zh", "text/html").text
    tiles = page.partition("<svg")[2].partition("</svg>")[0]
    assert "<title>江苏：3</title>" in tiles
    assert "<title>山东：未见</title>" in tiles
    assert "<title>北京：未见</title>" in tiles


@pytest.mark.parametrize("path", [THREE, "/compare/matrix", "/provinces", "/map", "/map.geojson"])
def test_answers_are_of_a_release_and_not_given_twice(server: Server, path: str) -> None:
    joint = "&" if "?" in path else "?"
    reply = server.get(f"{path}{joint}release=1")
    assert reply.headers["Mieco-Release"] == "1"
    again = server.send("GET", f"{path}{joint}release=1", {"If-None-Match": reply.headers["ETag"]})
    assert again.status == 304
    assert server.get(f"{path}{joint}release=99").status == 404
