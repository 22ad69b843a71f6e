"""Search: what people type finds what they mean, whatever they type."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import BEARER, UPDATE, Server, running
from mieco.releases import Releases
from mieco.search.index import FILE
from mieco.search.kinds import KINDS
from mieco.terms import BASE

with (Path(__file__).parent / "search" / "queries.csv").open(encoding="utf-8") as file:
    QUERIES = list(csv.DictReader(file))

NAMING = f"""
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX mieco: <{BASE}ontology#>
"""


def search(server: Server, text: str, **more: str) -> dict[str, Any]:
    reply = server.get("/search", q=text, **more)
    assert reply.status == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


@pytest.mark.parametrize(
    ("query", "path", "rank"),
    [
        pytest.param(row["query"], row["path"], int(row["rank"]), id=f"{row['kind']}-{number}")
        for number, row in enumerate(QUERIES, start=1)
    ],
)
def test_what_is_typed_finds_what_is_meant(
    server: Server, query: str, path: str, rank: int
) -> None:
    found = [hit["iri"] for hit in search(server, query)["hits"]]
    assert BASE + path in found[:rank], found[:5]


@pytest.fixture(scope="module")
def named(server: Server) -> list[tuple[str, str]]:
    """Every name of everything that is no statement."""
    rows = server.query(
        NAMING
        + """
        SELECT DISTINCT ?thing ?name {
          ?thing rdfs:label|skos:altLabel ?name .
          FILTER (isIRI(?thing))
          # A place stands for the region code of its name.
          FILTER NOT EXISTS { ?thing a skos:Concept . ?place a mieco:Place ; rdfs:label ?name }
          FILTER NOT EXISTS { ?thing a mieco:Record } FILTER NOT EXISTS { ?thing a mieco:Coding }
          FILTER NOT EXISTS { ?thing a mieco:Membership }
          FILTER NOT EXISTS { ?thing a mieco:Participation }
          FILTER NOT EXISTS { ?thing a mieco:NamePeriod }
          FILTER NOT EXISTS { GRAPH <https://w3id.org/mieco/graph/catalogue> { ?thing ?p ?o } }
        } ORDER BY ?thing ?name"""
    )
    return [(row["thing"], row["name"]) for row in rows]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(number=st.integers(min_value=0, max_value=1_000_000))
def test_every_name_finds_its_thing_on_the_first_page(
    server: Server, named: list[tuple[str, str]], number: int
) -> None:
    thing, name = named[number % len(named)]
    found = search(server, name)
    assert thing in {hit["iri"] for hit in found["hits"]}
    assert not found["near"]


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\t\n", "\0", "常州\0新能源", "*", '"', '"x', "x*", "a AND", "NOT", "NEAR(a b)"),
        *("terms:x", "^常州", "{posting}", "-- '; DROP TABLE thing", "%", "_", "\\", "(", "((((("),
        *(
            "😀",
            "👩‍👩‍👧‍👦",
            "שלום",
            "\u202eevil",
            "e\u0301" * 50,
            "ﷺ" * 30,
            "İ",
            "ß",
            "\uffff",
            "𠀀𠀁",
        ),
        *("字" * 3000, "a" * 10_000, "ab " * 3000, "常 " * 3000, "xi" * 2000, "<" * 5000),
        *("https://[", "mieco:", ":", "id/", "<>", "https://w3id.org/mieco/" + "x/" * 500),
    ],
)
def test_whatever_is_typed_is_answered(server: Server, text: str) -> None:
    found = search(server, text)
    assert found["total"] >= len(found["hits"])
    assert server.get("/search", "text/html", q=text, lang="en").status == 200
    assert json.loads(server.get("/search/suggest", q=text).text)[0] == text


def test_what_is_not_text_or_out_of_range_is_refused(server: Server) -> None:
    for bad in (
        *("/search?q=%ff", "/search?q=%ed%a0%80", "/search/suggest?q=%ff"),
        *("/search?q=x&page=0", "/search?q=x&page=-1", "/search?q=x&page=1e3"),
        *("/search?q=x&limit=101", "/search?q=x&page=" + "9" * 5000, "/search?q=x&page=%D9%A3"),
        "/search?q=x&kind=nobody",
    ):
        assert server.get(bad).status == 400, bad
    assert server.get("/search", "image/png", q="x").status == 406


def test_kinds_and_provinces_are_counted_and_narrow_the_results(server: Server) -> None:
    every = search(server, "产教")
    kinds = {each["kind"]: each["count"] for each in every["kinds"]}
    assert sum(kinds.values()) == every["total"]
    assert list(kinds) == [kind for kind in KINDS if kind in kinds]
    consortia = search(server, "产教", kind="consortium", limit="100")
    assert consortia["total"] == kinds["consortium"] == 66
    assert {hit["kind"] for hit in consortia["hits"]} == {"consortium"}
    # What else there is can still be chosen.
    assert {each["kind"]: each["count"] for each in consortia["kinds"]} == kinds
    province = next(each for each in consortia["provinces"] if each["label"] == "江苏省")
    there = search(server, "产教", kind="consortium", province=province["iri"], limit="100")
    assert there["total"] == province["count"] == len(there["hits"])
    assert {hit["province"] for hit in there["hits"]} == {province["iri"]}
    assert there["kinds"][0]["count"] == there["total"]


def test_pages_follow_one_another(server: Server) -> None:
    whole = [hit["iri"] for hit in search(server, "职业", limit="100")["hits"]]
    parts = [search(server, "职业", limit="7", page=str(page)) for page in range(1, 20)]
    assert [hit["iri"] for part in parts for hit in part["hits"]][:100] == whole[: 19 * 7]
    assert parts[0]["pages"] == -(-parts[0]["total"] // 7)
    assert search(server, "职业", page="9999")["hits"] == []


def test_a_page_marks_what_matched_and_says_why(server: Server) -> None:
    def page(text: str) -> str:
        return server.get("/search", "text/html", q=text, lang="zh").text

    assert "<mark>常州新能源</mark>产教联合体</a>" in page("常州新能源")
    assert "其他名称: <mark>苏州市职业大学</mark>" in page("苏州市职业大学")
    assert "拼音首字母相符" in page("czxny")
    assert "<mark>常州新能源</mark>产教联合体</a>" in page("czxny")
    near = page("常洲新能源")
    assert "相近" in near
    assert "/search?q=%E5%B8%B8%E5%B7%9E%E6%96%B0%E8%83%BD%E6%BA%90" in near
    assert "没有收录，不等于不存在" in page("zzzzqqqq")


@pytest.mark.parametrize("name", ["page", "limit"])
def test_a_number_of_very_many_digits_is_refused(server: Server, name: str) -> None:
    for number in ("9" * 5000, "00000001" + "9" * 30, "-1", "0", "1.5", "１"):
        reply = server.get("/search", q="a", **{name: number})
        assert (reply.status, reply.json()["code"]) == (400, "bad-parameter"), number


def test_things_are_suggested_before_what_is_said_of_them(server: Server) -> None:
    told = json.loads(server.get("/search/suggest", q="苏州机器", lang="zh").text)
    assert told[1][0] == "苏州机器人与智能制造产教联合体"
    assert not any(name.endswith("成员数") for name in told[1])


def test_a_region_is_not_found_beside_its_place(server: Server) -> None:
    hits = search(server, "常州", lang="zh")["hits"]
    assert [hit["label"] for hit in hits].count("常州市") == 1


def test_suggestions_are_those_of_opensearch(server: Server) -> None:
    reply = server.get("/search/suggest", q="chongq", lang="zh")
    assert reply.headers["Content-Type"].startswith("application/x-suggestions+json")
    text, names, kinds, addresses = json.loads(reply.text)
    assert (text, names[0], kinds[0]) == ("chongq", "重庆市", "地域")
    assert len(names) == len(kinds) == len(addresses) == 8
    assert server.get(addresses[0], "text/html").headers["Location"].endswith(".html")
    described = ET.fromstring(server.get("/opensearch.xml").text)
    urls = {
        url.get("type"): url.get("template", "") for url in described if "template" in url.attrib
    }
    for kind in ("text/html", "application/x-suggestions+json"):
        address = urls[kind].partition("&")[0].replace("{searchTerms}", "chongq")
        assert server.get(address.removeprefix(server.url)).status == 200


TOY = """
PREFIX : <https://example.org/>
INSERT DATA {
  :one rdfs:label "重庆长安汽车股份有限公司"@zh, "Changan Automobile"@en ;
    skos:altLabel "长安汽车"@zh ; mieco:creditCode "91500000202834948A" .
  :two rdfs:label "Éire-Übung 𠮷野家" .
  :three rdfs:label "!!!" .
  :four rdfs:label "长沙学院"@zh .
  :five skos:prefLabel "مدرسة" .
  _:blank rdfs:label "without an IRI" .
}"""


def hits(server: Server, text: str) -> list[str]:
    found = search(server, text)
    iris = [hit["iri"].removeprefix("https://example.org/") for hit in found["hits"]]
    return [] if found["near"] else iris


def test_each_change_is_found_at_once_also_without_our_ontology(store: Server) -> None:
    assert search(store, "长安")["total"] == 0
    assert store.post("/update", NAMING + TOY, UPDATE, **BEARER).status == 204
    for text, thing in (
        *(("长安汽车", "one"), ("重慶長安", "one"), ("zhongqingchangan", ""), ("cqca", "one")),
        *(("chongqingchangan", "one"), ("automobile changan", "one"), ("cahq", "")),
        *(("91500000202834948A", "one"), ("91500000", "one"), ("Uebung", ""), ("ubung", "two")),
        *(("EIRE", "two"), ("𠮷野家", "two"), ("!!!", "three"), ("changsha", "four")),
        *(("مدرسة", "five"), ("https://example.org/five", "five"), ("without", "")),
    ):
        assert hits(store, text) == [thing] * bool(thing), text
    change = 'PREFIX : <https://example.org/> DELETE DATA { :one skos:altLabel "长安汽车"@zh } ;'
    change += 'INSERT DATA { :four skos:altLabel "长沙大学"@zh } ; DELETE WHERE { :three ?p ?o }'
    assert store.post("/update", NAMING + change, UPDATE, **BEARER).status == 204
    assert hits(store, "长安汽车") == ["one"]
    assert search(store, "长安汽车")["hits"][0]["matched"] == "重庆长安汽车股份有限公司"
    assert hits(store, "长沙大学") == ["four"]
    assert hits(store, "!!!") == []


def test_a_release_without_an_index_is_searched_all_the_same(
    data_directory: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data_directory, folder, ignore=shutil.ignore_patterns(FILE))
    with running("--data", str(folder)) as server:
        assert hits(server, "czxnycjlht")[:1] == [f"{BASE}id/consortium/changzhou-new-energy"]
    assert not (Releases(folder).current().folder / FILE).exists()
