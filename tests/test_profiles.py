"""What the pages of things tell beyond their statements, held against what the store says."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from conftest import BEARER, TOKEN, UPDATE, Server, running
from mieco.ask.profiles.amounts import number_in_words

BASE = "https://w3id.org/mieco/"
PREFIXES = """
    PREFIX dcterms: <http://purl.org/dc/terms/>
    PREFIX mieco: <https://w3id.org/mieco/ontology#>
    PREFIX prov: <http://www.w3.org/ns/prov#>
    PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
LANZHOU = "id/consortium/lanzhou-new-area"
# A second delivery: another day of founding, a second count, and a record with a source of its own.
SECOND = f"""{PREFIXES}
    INSERT DATA {{ GRAPH <{BASE}graph/data/second/batch> {{
        <{BASE}{LANZHOU}> mieco:foundingDate "2024-10-01"^^xsd:date ;
            mieco:statedMemberCount 7, 9 .
        <{BASE}id/record/second-1> a mieco:Record ;
            mieco:describes <{BASE}{LANZHOU}> ;
            mieco:tableName "second" ;
            prov:wasDerivedFrom <{BASE}source/s001> .
    }} }}"""


def page_of(server: Server, path: str, **parameters: str) -> str:
    reply = server.get(f"/{path}.html", lang=parameters.pop("lang", "zh"), **parameters)
    assert reply.status == 200, reply.text
    return reply.text


def section(page: str, name: str) -> str:
    """A section of a page by the name of its heading."""
    _, found, rest = page.partition(f'<section aria-labelledby="{name}">')
    assert found, name
    return re.split('<section aria-labelledby=|<details class="all"', rest)[0]


def words(part: str) -> str:
    """What is read of a part of a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", part)).split())


def row_of(page: str, name: str) -> str:
    """The value of an essential fact by what it is called."""
    found = re.search(rf"<div><dt>{name}</dt><dd>(.*?)</dd></div>", page, re.DOTALL)
    assert found, name
    return found[1]


def things_in(part: str) -> set[str]:
    """The things of ours that a part of a page links to."""
    return set(re.findall(r'href="/((?:id|concept|source)/[^"#?]*)"', part))


# ------------------------------------------------------------------------------------ consortia


def test_what_is_wholly_absent_is_said_once_with_what_to_do(server: Server) -> None:
    page = page_of(server, "id/consortium/taicang")
    assert '<section aria-labelledby="members">' not in page
    assert "成员、治理、空间、指标：未见记录" in words(page)
    assert 'href="/import">下载模板填报</a>' in page
    policy = page_of(server, "id/policy/p14")
    assert "没有见到条文" in words(policy)
    assert '<section aria-labelledby="requirements">' not in policy
    place = words(row_of(page, "所在地"))
    assert [place.index(name) for name in ("中国", "江苏省", "苏州市", "太仓市")] == sorted(
        place.index(name) for name in ("中国", "江苏省", "苏州市", "太仓市")
    )


def test_the_address_of_a_copy_is_told_but_is_no_link(server: Server) -> None:
    told = row_of(page_of(server, "source/s003"), "地址")
    assert "不作链接" in words(told)
    assert "href" not in told
    assert "不作链接" not in row_of(page_of(server, "source/s001"), "地址")


def test_the_essential_facts_stand_with_their_sources_and_grades(server: Server) -> None:
    page = page_of(server, LANZHOU)
    founded = row_of(page, "成立日期")
    assert words(founded).startswith("2024-09-06")
    cited = server.query(
        f"""{PREFIXES} SELECT DISTINCT ?source {{
          ?record mieco:describes <{BASE}{LANZHOU}> ; prov:wasDerivedFrom ?source }}"""
    )
    listed = dict(re.findall(r'<li id="source-(\d+)"><a href="/(source/\w+)"', page))
    numbers = re.findall(r'href="#source-(\d+)"', founded)
    assert {BASE + listed[n] for n in numbers} == {row["source"] for row in cited}
    assert "媒体" in words(founded)
    assert "原始来源" in words(founded)
    assert '<a class="inferred" href="/why?' in row_of(page, "所在地")
    # What is not on record is said to be absent, and never to be none.
    assert words(row_of(page, "认定")) == words(row_of(page, "法人资格")) == "未见记录"
    assert '<script type="application/ld+json">' in page
    assert '<details class="all" id="statements">' in page


def test_members_are_those_of_the_store_leads_first_participants_apart(server: Server) -> None:
    iri = "id/consortium/wenzhou-bay"
    said = section(page_of(server, iri), "members")
    members, participants = said.split('<details class="participants">')
    found = {
        kind: {
            row["party"].removeprefix(BASE)
            for row in server.query(
                f"""{PREFIXES} SELECT ?party {{
                  ?node a mieco:{kind} ; mieco:ofConsortium <{BASE}{iri}> ; mieco:party ?party }}"""
            )
        }
        for kind in ("Membership", "Participation")
    }
    assert things_in(members) >= found["Membership"]
    assert things_in(participants) == found["Participation"] - found["Membership"]
    schools = members.split("<h3>")[1]
    assert words(schools).startswith("院校 3 浙江工贸职业技术学院 高职院校")
    assert "牵头" in words(schools.split("</li>")[0])


def test_the_members_are_taken_away_whole(server: Server) -> None:
    iri = "id/consortium/wenzhou-bay"
    told = server.get("/members", of=iri, format="json", lang="zh").json()
    reply = server.get("/members", of=told["consortium"]["label"], format="csv", lang="zh")
    called = quote(f"mieco-members-{told['consortium']['label']}-r1.csv")
    assert reply.headers["Content-Disposition"] == (
        f"attachment; filename=\"mieco-members-r1.csv\"; filename*=UTF-8''{called}"
    )
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    both = [*told["members"], *told["participants"]]
    assert [row["iri"] for row in rows] == [each["iri"] for each in both]
    assert (rows[0]["roles"], rows[0]["member"], rows[-1]["member"]) == ("牵头", "成员", "仅见参与")
    assert "原始来源" in rows[0]["sources"]
    book = load_workbook(io.BytesIO(server.get("/members", of=iri, format="xlsx", lang="en").body))
    sheet, about = book.worksheets
    assert [cell.value for cell in sheet["J"]][1:] == [each["iri"] for each in both]
    assert sheet["A1"].value == "name"
    assert any("release" in str(cell.value) for cell in about["A"])
    for unknown in ("id/place/china", "nobody at all"):
        refused = server.get("/members", "application/json", of=unknown)
        assert (refused.status, refused.json()["code"]) == (404, "not-found")
    assert server.get("/members", "application/json").json()["code"] == "bad-parameter"


def test_the_members_are_those_of_the_data_on_every_page(server: Server) -> None:
    prefix = "PREFIX mieco: <https://w3id.org/mieco/ontology#> SELECT ?c (COUNT(?m) AS ?n)"
    counted = server.query(f"{prefix} {{ ?c mieco:hasMember ?m }} GROUP BY ?c")
    assert len(counted) > 50
    for row in counted:
        # By its key, which a place and a park may share.
        told = server.get("/members", of=row["c"].rpartition("/")[2], format="json").json()
        assert (told["consortium"]["iri"], len(told["members"])) == (row["c"], int(row["n"]))
        assert all(member["sources"] for member in told["members"])


def test_a_role_that_only_the_consortium_itself_tells_is_taken_away_too(server: Server) -> None:
    rows = list(csv.DictReader(io.StringIO(server.get("/members?of=yibin&format=csv").text)))
    assert [row["roles"] for row in rows] == ["牵头", "牵头"]
    head = page_of(server, "id/consortium/yibin").partition("<section")[0]
    assert "依托园区 " in words(head)


def test_bodies_stand_below_those_that_they_are_part_of(server: Server) -> None:
    said = section(page_of(server, "id/consortium/changzhou-new-energy"), "governance")
    depth, depths = 0, {}
    for tag, key in re.findall(
        r'<(/?ul)[ >]|href="/id/governance/changzhou-new-energy-([\w-]+)"', said
    ):
        depth += {"ul": 1, "/ul": -1}.get(tag, 0)
        if key:
            depths.setdefault(key, depth)
    order = ["three-tier-system", "council", "secretariat", "task-forces"]
    assert [depths[key] - depths[order[0]] for key in order] == [0, 1, 2, 3], depths
    # Who has a seat is told where the body is.
    council = said.split('changzhou-new-energy-council"')[1].split("</div>")[0]
    assert "副理事长单位" in words(council)


def test_the_timeline_is_in_order_and_keeps_what_has_no_date(server: Server) -> None:
    said = section(page_of(server, "id/consortium/western-vocational-base"), "timeline")
    assert re.findall(r"<h3>(.*?)</h3>", said) == ["2017", "2021", "2023", "日期未见"]
    days = re.findall(r'<time datetime="([^"]*)"', said)
    assert days == sorted(days)
    assert "国家级 第 1 批" in words(said)


def test_figures_are_told_as_people_read_them(server: Server) -> None:
    said = section(page_of(server, "id/consortium/wenzhou-bay"), "figures")
    assert "超过2.6万家" in words(said)
    assert "<svg" not in said  # one value of each indicator compares with nothing
    counted = section(page_of(server, "id/consortium/meishan-new-energy-materials"), "figures")
    widths = [float(width) for width in re.findall(r'<rect width="([\d.]+)"', counted)]
    assert max(widths) == 100
    assert min(widths) > 0
    # What has words and no number is told in words, without a bar.
    unmeasured = section(page_of(server, LANZHOU), "figures")
    assert "数十个" in words(unmeasured)
    assert number_in_words("263000", "en") == "263,000"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_conditions_are_those_of_the_question(server: Server, language: str) -> None:
    iri = "id/consortium/lanzhou-new-area"
    answer = server.get("/questions/q38", consortium=iri, format="json", lang=language).json()
    outcomes = [row["result"]["value"] for row in answer["rows"]]
    said = section(page_of(server, iri, lang=language), "readiness")
    tally = dict(
        re.findall(r'<span class="outcome [\w-]+">([^<]*)</span></dt><dd>(\d+)</dd>', said)
    )
    assert {word: int(count) for word, count in tally.items() if count != "0"} == {
        word: outcomes.count(word) for word in set(outcomes)
    }
    assert 'href="/readiness/lanzhou-new-area"' in said


def test_what_links_the_parties_is_the_same_in_picture_and_table(server: Server) -> None:
    page = page_of(server, LANZHOU)
    data = re.search(r'class="chart-data">(.*?)</script>', page, re.DOTALL)
    assert data
    marks = json.loads(data[1])["marks"]
    table = section(page, "network").split('<details class="as-table">')[1]
    keys = {mark[end].removeprefix(BASE) for mark in marks for end in ("from_key", "to_key")}
    assert keys == {each for each in things_in(table) if each.startswith("id/")}


def test_where_sources_differ_all_is_told(server: Server) -> None:
    page = page_of(server, "id/consortium/western-vocational-base")
    said = words(section(page, "differences"))
    answer = server.get("/questions/q57", format="json", lang="zh").json()
    here = [
        row
        for row in answer["rows"]
        if row["about"]["value"] == f"{BASE}id/consortium/western-vocational-base"
    ]
    assert here
    for row in here:
        assert row["indicator"]["label"] in said
        for side in ("lower", "higher"):
            assert number_in_words(row[side]["value"], "zh") in said


@pytest.fixture(scope="module")
def told_twice(data_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service of two releases; the second has a delivery that says otherwise."""
    folder = tmp_path_factory.mktemp("twice") / "data"
    shutil.copytree(data_directory, folder)
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as one:
        reply = one.post("/update", SECOND, UPDATE, **BEARER)
        assert reply.status in (200, 204), reply.text
        yield one


def test_a_delivery_answers_only_for_what_it_says(told_twice: Server) -> None:
    page = page_of(told_twice, LANZHOU)
    listed = dict(re.findall(r'<li id="source-(\d+)"><a href="/source/(\w+)"', page))
    by_day = {
        words(each)[:10]: {listed[n] for n in re.findall(r"#source-(\d+)", each)}
        for each in re.findall(r"<li>(.*?)</li>", row_of(page, "成立日期"), re.DOTALL)
    }
    assert by_day["2024-10-01"] == {"s001"}
    assert "s001" not in by_day["2024-09-06"]
    said = words(section(page, "differences"))
    assert "2024-10-01" in said
    assert "2024-09-06" in said
    assert "数据 second/batch" in page  # in which graphs it is said
    # As of the first release nobody had said so, and what is taken away is of that release, too.
    past = page_of(told_twice, LANZHOU, release="1")
    assert "2024-10-01" not in past
    taken = re.search(r'href="(/members[^"]*format=xlsx[^"]*)"', past)
    assert taken
    assert "release=1" in taken[1]
    again = told_twice.get("/members", of=LANZHOU, format="json").json()
    assert again["release"]["number"] == 2


# --------------------------------------------------------- organisations, places, policy, sources


def test_an_organisation_is_told_in_all_its_roles(server: Server) -> None:
    iri = "id/organisation/jiaoyubu-zhiye-jiaoyu-yu-chengren-jiaoyu-si"
    page = page_of(server, iri)
    rows = server.query(
        f"""{PREFIXES} SELECT DISTINCT ?consortium {{
          ?node mieco:party <{BASE}{iri}> ; mieco:ofConsortium ?consortium }}"""
    )
    consortia = {row["consortium"].removeprefix(BASE) for row in rows}
    roles = section(page, "roles")
    assert {each for each in things_in(roles) if "/consortium/" in each} == consortia
    named = server.query(
        f"""{PREFIXES} SELECT DISTINCT ?thing {{
          ?thing a mieco:Activity ; mieco:involvesActor|mieco:organisedBy|mieco:hostedBy
                 <{BASE}{iri}> }}"""
    )
    assert named
    involved = section(page, "involved")
    assert {row["thing"].removeprefix(BASE) for row in named} <= things_in(involved)
    partners = things_in(section(page, "partners"))
    assert iri not in partners
    assert any(each.startswith("id/organisation/") for each in partners)


def test_a_province_shows_its_consortia_side_by_side(server: Server) -> None:
    page = page_of(server, "id/place/sichuan")
    rows = server.query(
        f"""{PREFIXES} SELECT ?consortium (COUNT(DISTINCT ?thing) AS ?activities) {{
          ?consortium a mieco:Consortium ; mieco:locatedIn <{BASE}id/place/sichuan> .
          OPTIONAL {{ ?thing mieco:concerns ?consortium ; a mieco:Activity }} }}
        GROUP BY ?consortium"""
    )
    table = section(page, "consortia").split("<tbody>")[1]
    shown = {
        next(each for each in things_in(row) if "/consortium/" in each): [
            words(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    }
    assert shown.keys() == {row["consortium"].removeprefix(BASE) for row in rows}
    for row in rows:
        count = row["activities"]
        cell = shown[row["consortium"].removeprefix(BASE)][5]
        assert cell == ("未见" if count == "0" else count)
    nation = section(page_of(server, "id/place/china", lang="en"), "below")
    assert "id/place/sichuan" in things_in(nation)
    assert "Sichuan province 7" in words(nation)


def test_a_policy_document_tells_who_meets_what_it_requires(server: Server) -> None:
    said = section(page_of(server, "id/policy/p5"), "requirements")
    article = re.search(r'<article class="requirement" id="c4">(.*?)</article>', said, re.DOTALL)
    assert article
    met = set(re.findall(r'href="/readiness/([\w-]+)#c4"', article[1]))
    counted = re.search(r"符合 (\d+) 个联合体", words(article[1]))
    assert counted
    assert len(met) == int(counted[1])
    for key, outcome in (("lanzhou-new-area", "符合"), ("yiwu", "未显示")):
        one = server.get(
            "/questions/q38",
            consortium=f"id/consortium/{key}",
            requirement="id/requirement/c4",
            format="json",
            lang="zh",
        ).json()["rows"][0]["result"]["value"]
        assert one == outcome
        assert (key in met) == (outcome == "符合")
    targets = page_of(server, "id/policy/p2", lang="en")
    assert "about 150" in words(section(targets, "targets"))


def test_a_source_tells_all_that_rests_on_it(server: Server) -> None:
    page = page_of(server, "source/s055")
    rows = server.query(
        f"""{PREFIXES} SELECT DISTINCT ?thing {{
          ?record prov:wasDerivedFrom <{BASE}source/s055> ; mieco:describes ?thing }}"""
    )
    said = section(page, "resting")
    assert {row["thing"].removeprefix(BASE) for row in rows} <= things_in(said)
    assert f'<small class="count">{len(rows)}</small>' in said


def test_other_things_have_their_statements_in_the_reader_s_order(server: Server) -> None:
    page = page_of(server, "id/activity/f188")
    text = words(page)
    assert text.index("建设工作推进会 progress meeting") < text.index("涉及行动者")
    assert text.index("涉及行动者") < text.index("编号、标识等")
    assert "写在：数据 mieco/public" in text
    english = words(page_of(server, "id/activity/f188", lang="en"))
    assert "progress meeting on building the Shenzhen consortium 建设工作推进会" in english
    concept = page_of(server, "concept/grade/primary", lang="en")
    assert re.search(r'<a href="/concept/grade">source grades</a></li>', concept)
