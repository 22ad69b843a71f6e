"""Readiness: every requirement met and not met, in both worlds, by dossiers in ``readiness/``.

The first lines of a dossier say what it is and, after ``set:``, which numbers are chosen.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import shutil
import time
import tomllib
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import SH

from conftest import BEARER, TOKEN, Run, Server, running
from mieco import content
from mieco.check.policy import our_policy

DOSSIERS = sorted((Path(__file__).parent / "readiness").glob("*.ttl"))
DAY = "2026-11-25"
BASE = "https://w3id.org/mieco/"
REQUIREMENTS = [shape.requirement.rpartition("/")[2] for shape in our_policy().requirements]


@pytest.fixture(scope="module")
def provincial(data_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with the public data and every dossier, each with IRIs of its own."""
    folder = tmp_path_factory.mktemp("provincial") / "data"
    shutil.copytree(data_directory, folder)
    body = "".join(
        text.replace("<http://example.org/>", f"<http://example.org/{path.stem}/>")
        for path in DOSSIERS
        for text in [path.read_text(encoding="utf-8")]
    )
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        put(server, "dossiers/1", body)
        yield server


def put(server: Server, batch: str, body: str) -> None:
    path = "/graphs?" + urllib.parse.urlencode({"graph": f"{BASE}graph/data/{batch}"})
    headers = {"Content-Type": "text/turtle", **BEARER}
    reply = server.send("PUT", path, headers, body.encode())
    assert reply.status in (201, 204), reply.text


def report(server: Server, consortium: str, **asked: str) -> dict[str, Any]:
    """The report as JSON, with the requirements by key."""
    asked = {"day": DAY, "format": "json", **asked}
    reply = server.get("/readiness", consortium=consortium, **asked)
    assert reply.status == 200, reply.text
    told: dict[str, Any] = reply.json()
    return {**told, "requirements": {each["key"]: each for each in told["requirements"]}}


def conditions(told: dict[str, Any], key: str) -> dict[str, dict[str, Any]]:
    """The sub-conditions of a requirement by the names of their shapes."""
    found = told["requirements"][key]["conditions"]
    return {each["shape"].rpartition("#")[2]: each for each in found}


def outcomes(told: dict[str, Any], key: str) -> dict[str, str]:
    return {name: each["outcome"] for name, each in conditions(told, key).items()}


def test_every_requirement_of_the_data_has_a_shape_and_two_dossiers() -> None:
    table = (content.folder("data") / "requirements.csv").read_text(encoding="utf-8")
    keys = {line.partition(",")[0] for line in table.splitlines()[1:]}
    assert set(REQUIREMENTS) == keys
    assert {path.stem for path in DOSSIERS} == {f"{k}.{o}" for k in keys for o in ("met", "unmet")}


@pytest.mark.parametrize("path", DOSSIERS, ids=lambda path: path.stem)
def test_a_dossier_is_judged(provincial: Server, path: Path) -> None:
    """What is absent is not shown in an open world; what contradicts is not met in both."""
    text = path.read_text(encoding="utf-8")
    chosen = text.partition("# set: ")[2].partition("\n")[0] if "# set: " in text else ""
    values = dict(pair.split("=") for pair in chosen.split())
    key, _, kind = path.stem.rpartition(".")
    iri = f"http://example.org/{path.stem}/consortium"
    found = {
        world: report(provincial, iri, world=world, **values)["requirements"][key]["outcome"]
        for world in ("closed", "open")
    }
    if kind == "met":
        assert found == {"closed": "met", "open": "met"}
    else:
        contradicted = "contradiction" in text.partition("\n")[0]
        assert found == {"closed": "not-met", "open": "not-met" if contradicted else "not-shown"}


def test_what_lacks_and_what_contradicts_are_told_apart(provincial: Server) -> None:
    turned = report(provincial, "http://example.org/c8.unmet/consortium")
    order = conditions(turned, "c8")["C8Order"]
    assert order["outcome"] == "not-met"
    assert order["message"]["zh"] == "有环节的日期晚于其后的环节。请核对下列环节的日期。"
    undated = report(provincial, "changzhou-new-energy")
    order = conditions(undated, "c8")["C8Order"]
    assert order["outcome"] == "not-shown"
    assert order["message"]["zh"].startswith("写明日期的环节不足两个")


def test_a_national_recognition_shows_that_the_list_was_published(server: Server) -> None:
    told = report(server, "changzhou-new-energy")
    published = conditions(told, "c8")["C8Published"]
    assert published["outcome"] == "met"
    assert "/recognition/" in published["evidence"][0]["value"]["value"]


def test_without_its_number_a_sub_condition_is_not_judged(provincial: Server) -> None:
    iri = "http://example.org/c2.met/consortium"
    untold = report(provincial, iri, world="closed")
    assert outcomes(untold, "c2") == {"C2Output": "met", "C2Rank": "met", "C2Front": "not-shown"}
    assert "第几名以内算本省前列" in conditions(untold, "c2")["C2Front"]["message"]["zh"]
    within = report(provincial, iri, **{"c2.rank": "3"})
    assert outcomes(within, "c2")["C2Front"] == "met"
    beyond = report(provincial, iri, world="open", **{"c2.rank": "2"})
    front = conditions(beyond, "c2")["C2Front"]
    assert (front["outcome"], len(front["against"])) == ("not-met", 1)
    assert {p["name"]: p["value"] for p in beyond["parameters"] if p["value"]} == {"c2.rank": "2"}
    other_year = report(provincial, iri, world="open", **{"c2.rank": "3", "c2.year": "2023"})
    assert outcomes(other_year, "c2")["C2Front"] == "not-shown"


def test_a_share_is_one_of_all_members(provincial: Server) -> None:
    """What is known is a lower bound: members of unknown place, or not listed, count among all."""
    told = report(provincial, "changzhou-new-energy", **{"c3.share": "1"})
    share = conditions(told, "c3")["C3Share"]
    assert (share["outcome"], share["share"]["of"]) == ("not-shown", 181)
    assert 0 < share["share"]["counted"] < 181 / 100
    iri = "http://example.org/c3.unmet/consortium"
    for asked, outcome in (("50", "met"), ("51", "not-shown")):
        told = report(provincial, iri, world="open", **{"c3.share": asked})
        found = conditions(told, "c3")["C3Share"]
        assert (found["outcome"], found["share"]) == (outcome, {"counted": 1, "of": 2})
    page = provincial.get("/readiness", "text/html", consortium=iri, lang="zh").text
    assert "1 / 2" in page


def test_no_number_has_a_default_and_each_is_used() -> None:
    policy = our_policy()
    used = {p.name for s in policy.requirements for c in s.conditions for p in c.parameters}
    assert used == set(policy.parameters)
    for parameter in policy.parameters.values():
        assert parameter.label.zh
        assert parameter.completes
        day = dt.date(2026, 11, 25)
        for shape, said in parameter.completes:
            present = policy.graph.value(shape, said)
            # "At least one" is presence, not a threshold.
            assert present is None or str(present) == "1", shape
        assert parameter.term("12" if "year" not in parameter.name else "2024", day) is not None


def test_every_number_is_documented() -> None:
    page = (Path(__file__).parent.parent / "docs" / "readiness.md").read_text(encoding="utf-8")
    for name, parameter in our_policy().parameters.items():
        needed = "" if parameter.optional else "是 yes"
        assert f"| `{name}` | {parameter.label.zh} · {parameter.label.en} | {needed} |" in page
    assert page.count("| `") == len(our_policy().parameters)


def test_the_shapes_say_all_in_both_languages_and_copy_no_document_number() -> None:
    for shape in our_policy().requirements:
        for condition in shape.conditions:
            assert condition.name.zh, condition.iri
            assert condition.name.en
            for said in (condition.message, condition.contradiction):
                assert said.zh.endswith("。")
                assert said.en.endswith(".")
    for path in content.policy_shape_files():
        assert "〔20" not in path.read_text(encoding="utf-8")


def test_the_messages_name_sheets_of_the_workbook() -> None:
    """A secretariat fills in sheets; what it cannot fill in, a message must not send it to."""
    text = (content.folder("data") / "workbook.toml").read_text(encoding="utf-8")
    sheets = {part["title"]["zh"] for part in tomllib.loads(text).values() if "title" in part}
    messages = [c.message.zh for s in our_policy().requirements for c in s.conditions]
    named = {name for said in messages for name in re.findall("“([^“”]+)”表", said)}
    assert "活动" in named
    assert named <= sheets


def test_the_policy_shapes_are_published_and_do_not_check_data(server: Server) -> None:
    graph = Graph()
    for path in content.shape_files():
        graph.parse(path)
    assert set(graph.subjects(RDF.type, SH.NodeShape)).isdisjoint(
        shape.iri for shape in our_policy().requirements
    )
    found = server.query(
        """
        SELECT DISTINCT ?shape WHERE {
          GRAPH <https://w3id.org/mieco/graph/shapes> {
            ?shape <https://w3id.org/mieco/shapes#checks> ?requirement
          }
        }"""
    )
    assert {URIRef(row["shape"]) for row in found} == {s.iri for s in our_policy().requirements}


def test_facts_of_its_own_close_the_world_of_a_consortium(provincial: Server) -> None:
    public = report(provincial, "wenzhou-bay")
    assert public["world"] == "open"
    assert public["counts"]["not-met"] == 0
    put(
        provincial,
        "shenzhen/2026-1",
        f"<{BASE}id/organisation/shenzhen--1> a <{BASE}ontology#Enterprise> .",
    )
    closed = report(provincial, "shenzhen")
    assert closed["world"] == "closed"
    assert closed["counts"]["not-met"] > 0
    assert report(provincial, "shenzhen", world="open")["world"] == "open"


def test_what_the_data_hold_of_three_consortia(server: Server) -> None:
    changzhou = report(server, "常州新能源产教联合体")
    assert changzhou["requirements"]["c5"]["outcome"] == "met"
    assert outcomes(changzhou, "c6")["C6Secretariat"] == "met"
    assert outcomes(changzhou, "c6")["C6SecretariatHost"] == "not-shown"
    assert changzhou["requirements"]["c9"]["outcome"] == "not-applicable"
    (park,) = conditions(changzhou, "c1")["C1HostPark"]["evidence"]
    assert park["value"]["label"] == "武进国家高新技术产业开发区"
    assert {s["grade"] for s in park["sources"]} <= {"primary", "press", "copy", "article", "weak"}
    assert park["sources"]
    lanzhou = report(server, "lanzhou-new-area")
    assert lanzhou["requirements"]["c4"]["outcome"] == "met"
    assert outcomes(lanzhou, "c7") == {
        "C7Fiscal": "met",
        "C7Tax": "not-shown",
        "C7Land": "not-shown",
        "C7Financial": "not-shown",
    }
    wenzhou = report(server, f"{BASE}id/consortium/wenzhou-bay", lang="en")
    assert outcomes(wenzhou, "c5")["C5LeadEnterprise"] == "not-shown"
    schooling = conditions(wenzhou, "coop-schooling")["CoopSchoolingActivity"]
    assert len(schooling["evidence"]) == 2
    assert "College" in "".join(e["value"]["label"] for e in schooling["evidence"]).title()


def test_a_clause_comes_with_number_place_and_how_much_was_read(server: Server) -> None:
    told = report(server, "wenzhou-bay")["requirements"]
    document = told["c2"]["documents"][0]
    assert (document["number"], document["read_status"]) == ("教职成厅函〔2023〕15号", "cut")
    assert told["c2"]["read_status"] == "cut"
    assert told["coop-schooling"]["clause"] == "II(1)"
    page = server.get("/readiness/wenzhou-bay", "text/html", lang="zh").text
    assert "这一条只读到一部分，这里只核对读到的部分。" in page
    assert "教职成厅函〔2023〕15号（部分读到）" in page
    assert "条款：原文已见" in page
    assert "世界" not in page
    assert "按材料性质（自动）" in page


def test_a_figure_is_shown_with_its_unit(provincial: Server) -> None:
    iri = "http://example.org/c2.met/consortium"
    output, rank = (
        conditions(report(provincial, iri, lang="zh"), "c2")[name]["evidence"][0]["figure"]
        for name in ("C2Output", "C2Rank")
    )
    assert (output["value"], output["unit"]["label"]) == ("120000000", "元")
    assert rank["unit"]["iri"] == f"{BASE}concept/unit/rank"
    for lang, said in (("zh", ("1.2亿元", "第 3 名")), ("en", ("120,000,000 yuan", "rank 3"))):
        page = provincial.get("/readiness", "text/html", consortium=iri, lang=lang).text
        assert all(f"<strong>{each}</strong>" in page for each in said)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/readiness/nowhere", 404, "nowhere"),
        ("/readiness/wenzhou-bay?c2.rank=front", 400, "c2.rank"),
        ("/readiness/wenzhou-bay?c3.share=101", 400, "c3.share"),
        ("/readiness/wenzhou-bay?list.months=0", 400, "list.months"),
        ("/readiness/wenzhou-bay?c99=1", 400, "c99"),
        ("/readiness/wenzhou-bay?c2.rank=1&c2.rank=2", 400, "c2.rank"),
        ("/readiness/wenzhou-bay?world=flat", 400, "world"),
        ("/readiness/wenzhou-bay?day=2023-02-30", 400, "day"),
        ("/readiness/wenzhou-bay?format=csv", 406, "spreadsheetml"),
    ],
)
def test_what_cannot_be_answered_is_told(server: Server, path: str, status: int, said: str) -> None:
    reply = server.get(path, "application/json")
    assert reply.status == status
    assert said in reply.text


def test_the_workbook_has_a_row_for_each_sub_condition(server: Server) -> None:
    reply = server.get("/readiness/changzhou-new-energy", format="xlsx", lang="zh")
    assert reply.status == 200
    name = urllib.parse.quote("mieco-readiness-常州新能源产教联合体-r1.xlsx")
    assert f"filename*=UTF-8''{name}" in reply.headers["Content-Disposition"]
    book = load_workbook(io.BytesIO(reply.body))
    summary = dict(book["概要"].iter_rows(max_col=2, values_only=True))
    told = report(server, "changzhou-new-energy")
    assert summary["符合"] == told["counts"]["met"]
    rows = list(book["逐条"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == sum(max(1, len(r["conditions"])) for r in told["requirements"].values())
    (park,) = [row for row in rows if row[0] == "c1"]
    assert park[6] == "符合"
    assert not any(row[7] for row in rows if row[6] != "不符合")
    assert "T" not in summary["数据发布"]
    assert park[9] == "武进国家高新技术产业开发区"


def test_the_pages_lead_to_the_report(server: Server) -> None:
    assert 'href="/readiness"' in server.get("/", "text/html").text
    page = server.get("/id/consortium/wenzhou-bay.html").text
    assert 'href="/readiness/wenzhou-bay"' in page
    assert 'href="/readiness/' not in server.get("/id/place/china.html").text
    listed = server.get("/readiness", "application/json").json()
    assert "/readiness/wenzhou-bay" in {each["readiness"] for each in listed}


def test_all_consortia_are_counted_while_nobody_waits(data_directory: Path) -> None:
    """The table says at once how far that is, and has the numbers of the report in the end."""
    national = "concept/recognition-level/national"
    with running("--data", str(data_directory)) as server:
        page = server.get("/readiness", "text/html", lang="zh").text
        assert re.search(r"正在核对 \d+/\d+", page)
        until = time.monotonic() + 60
        while not (counted := [e for e in server.get("/readiness").json() if e["counts"]]):
            assert time.monotonic() < until
            time.sleep(0.2)
        one = counted[0]
        assert one["counts"] == server.get(one["readiness"], "application/json").json()["counts"]
        listed = server.get("/readiness", level=national).json()
        assert listed
        assert all(f"{BASE}{national}" in each["levels"] for each in listed)
        here = server.get("/readiness", province=listed[0]["province"]).json()
        assert {each["province"] for each in here} == {listed[0]["province"]}
        rows = server.get("/readiness", format="csv", lang="zh").text.splitlines()
        assert rows[0].startswith("联合体,省级地域,认定级别,符合,不符合,未显示,不适用")


def test_the_command(called: Run, data_directory: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> Any:
        return called("readiness", *arguments, MIECO_DATA=str(data_directory), MIECO_LANGUAGE="zh")

    table = run("wenzhou-bay", "--day", DAY)
    assert table.returncode == 0, table.stderr
    assert "依托园区" in table.stdout
    assert "公开数据" in table.stderr
    closed = run("wenzhou-bay", "--world", "closed", "--json", "--set", "list.months=12")
    assert closed.returncode == 1
    assert json.loads(closed.stdout)["counts"]["not-met"] > 0
    assert "12" in closed.stderr
    files = (tmp_path / "r.html", tmp_path / "r.xlsx")
    both = run("wenzhou-bay", "--html", str(files[0]), "--xlsx", str(files[1]))
    assert both.returncode == 0, both.stderr
    page = files[0].read_text(encoding="utf-8")
    assert "<style>" in page
    assert 'href="/' not in page
    assert "src=" not in page
    assert load_workbook(files[1]).sheetnames == ["概要", "逐条"]
    for wrong in (
        ("nowhere",),
        ("wenzhou-bay", "--set", "c2.rank"),
        ("wenzhou-bay", "--set", "x=1"),
    ):
        assert run(*wrong).returncode == 2
