"""Why a fact holds: asked by command, page and program; every inferred fact has an answer."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Literal

from conftest import BEARER, TOKEN, UPDATE, Reply, Run, Server, running
from mieco.terms import RDF_TYPE

BASE = "https://w3id.org/mieco/"
MIECO = f"{BASE}ontology#"
SHENZHEN = "id/consortium/shenzhen"
TRI_SECTOR = (SHENZHEN, "a", "mieco:TriSectorConsortium")


def why(server: Server, s: str, p: str, o: str, accept: str | None = None, **more: str) -> Reply:
    return server.get("/why", accept, s=s, p=p, o=o, **more)


def told(reply: Reply) -> Any:
    assert reply.status == 200, reply.text
    return reply.json()


def code(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json()["code"]


# ------------------------------------------------------------------------ the command


@pytest.mark.parametrize(
    ("language", "fact", "because", "place", "row"),
    [
        (
            "zh",
            "“深圳市域产教联合体”是“政校企三方联合体”",
            "（类的定义，见“政校企三方联合体”）",
            "写在：数据 mieco/public",
            "其主体见 联合体表第 2 行，来源：english.szpu.edu.cn（s001）［原始来源］、",
        ),
        (
            "en",
            "Industry-Education Integration Alliance' is of the class 'tri-sector",
            "(definition of a class, on 'tri-sector consortium')",
            "asserted in the data mieco/public",
            "its subject is described in row 2 of consortia, from english.szpu.edu.cn (s001) [p",
        ),
    ],
)
def test_the_command_tells_a_derivation_in_words(
    mieco: Run, data_directory: Path, language: str, fact: str, because: str, place: str, row: str
) -> None:
    done = mieco("why", *TRI_SECTOR, MIECO_DATA=str(data_directory), MIECO_LANGUAGE=language)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert fact in lines[0]
    assert because in lines[1]
    assert "mieco:hasMember some mieco:EducationProvider" in lines[1]
    assert lines[3].strip() == place
    assert lines[4].strip().startswith(row)
    assert "\x1b" not in done.stdout
    # Each line stands at most two steps of two blanks further in than the one above it.
    margins = [len(line) - len(line.lstrip()) for line in lines]
    steps = [below - above for above, below in itertools.pairwise(margins)]
    assert max(steps) == 2
    assert not any(step % 2 for step in steps)


def test_the_command_and_the_service_give_programs_the_same(
    mieco: Run, data_directory: Path, server: Server
) -> None:
    done = mieco("why", *TRI_SECTOR, "--json", "--data", str(data_directory), MIECO_LANGUAGE="en")
    assert json.loads(done.stdout) == told(why(server, *TRI_SECTOR, lang="en"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((SHENZHEN, "a", "mieco:Enterprise"), "No fact 'Shenzhen Regional"),
        (("nobody at all", "a", "mieco:Enterprise"), "there is no 'nobody at all'"),
        ((SHENZHEN, "mieco:basedOnPark", "_:b"), "a blank node has no name"),
        ((SHENZHEN, "mieco:basedOnPark"), "Missing argument"),
    ],
)
def test_the_command_says_what_it_does_not_find(
    mieco: Run, data_directory: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = mieco("why", *arguments, MIECO_DATA=str(data_directory))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_inference_what_is_asserted_is_answered(mieco: Run, tmp_path: Path) -> None:
    with running("--data", str(tmp_path), "--empty", MIECO_TOKEN=TOKEN) as server:
        text = "INSERT DATA { <urn:a> <urn:p> 5 . GRAPH <urn:g> { <urn:a> a <urn:C> } }"
        assert server.post("/update", text, UPDATE, **BEARER).status == 204
        assert told(why(server, "urn:a", "urn:p", "5"))["graphs"] == [f"{BASE}graph/default"]
        assert told(why(server, "urn:a", "a", "urn:C"))["graphs"] == ["urn:g"]
        assert code(why(server, "urn:a", "a", "urn:D")) == (404, "not-found")


# ---------------------------------------------------------------------------- programs


def test_an_inferred_fact_as_json(server: Server) -> None:
    reply = why(server, *TRI_SECTOR, lang="zh")
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Content-Language"] == "zh"
    assert {"Accept", "Accept-Language"} <= set(reply.headers["Vary"].split(", "))
    answer = told(reply)
    assert answer["release"]["number"] == 1
    assert answer["fact"] == {
        "subject": {"type": "uri", "value": BASE + SHENZHEN},
        "predicate": {"type": "uri", "value": RDF_TYPE},
        "object": {"type": "uri", "value": f"{MIECO}TriSectorConsortium"},
    }
    assert answer["sentence"] == "“深圳市域产教联合体”是“政校企三方联合体”"
    assert answer["basis"] == "inferred"
    assert answer["axiom"]["kind"] == "EquivalentClasses"
    assert answer["axiom"]["about"] == [f"{MIECO}TriSectorConsortium"]
    assert answer["rule"].startswith("mieco:TriSectorConsortium(?x) ← ")
    (leaf, *_) = leaves_of(answer)
    assert leaf["graphs"] == [f"{BASE}graph/data/mieco/public"]
    assert leaf["sources"][0] == {
        "record": f"{BASE}id/record/consortia-shenzhen",
        "source": f"{BASE}source/s001",
        "grade": f"{BASE}concept/grade/primary",
    }
    named = answer["labels"]
    assert named[leaf["sources"][0]["record"]] == {"value": "联合体表第 2 行", "language": "zh"}
    assert named[leaf["sources"][0]["grade"]]["value"] == "原始来源"


def leaves_of(answer: Any) -> Iterator[Any]:
    if answer["basis"] != "inferred":
        yield answer
    for premise in answer.get("premises", ()):
        yield from leaves_of(premise)


@pytest.mark.parametrize(
    ("s", "p", "o"),
    [
        (BASE + SHENZHEN, RDF_TYPE, f"{MIECO}TriSectorConsortium"),
        (f"<{BASE}{SHENZHEN}>", f"<{RDF_TYPE}>", f"<{MIECO}TriSectorConsortium>"),
        (f"/{SHENZHEN}", "rdf:type", "mieco:TriSectorConsortium"),
        ("深圳市域产教联合体", "a", "政校企三方联合体"),
        (
            " shenzhen regional industry-education integration alliance ",
            "a",
            "tri-sector consortium",
        ),
    ],
)
def test_terms_as_people_give_them(server: Server, s: str, p: str, o: str) -> None:
    assert told(why(server, s, p, o)) == told(why(server, *TRI_SECTOR))


@pytest.mark.parametrize(
    ("s", "p", "o"),
    [
        (SHENZHEN, "名称", '"深圳市域产教联合体"@zh'),
        (SHENZHEN, "rdfs:label", "'''深圳市域产教联合体'''@zh"),
        (SHENZHEN, "依托园区", "深圳市高新技术产业园区"),
        ("id/record/memberships-m102", "mieco:rowNumber", "103"),
        ("id/record/memberships-m102", "mieco:rowNumber", '"103"^^xsd:integer'),
        ("id/record/memberships-m102", "mieco:tableName", '"memberships"'),
        ("mieco:TriSectorConsortium", "rdfs:label", '"tri-sector consortium"@en'),
    ],
)
def test_an_asserted_fact_says_where_it_stands(server: Server, s: str, p: str, o: str) -> None:
    answer = told(why(server, s, p, o))
    assert answer["basis"] == "asserted"
    assert answer["graphs"]
    assert "axiom" not in answer


def test_what_a_release_says_of_itself_and_its_shapes_are_answered(server: Server) -> None:
    for graph in ("catalogue", "shapes"):
        (row, *_) = server.query(
            f"SELECT ?s ?p ?o {{ GRAPH <{BASE}graph/{graph}> {{ ?s ?p ?o }} FILTER isIRI(?o)"
            f" FILTER isIRI(?s) }} LIMIT 1"
        )
        answer = told(why(server, *(f"<{row[name]}>" for name in "spo")))
        assert f"{BASE}graph/{graph}" in answer["graphs"]


def test_a_name_of_several_things_and_one_of_none(server: Server) -> None:
    reply = why(server, "Shenzhen", "a", "mieco:Place", lang="en")
    assert code(reply) == (400, "bad-parameter")
    assert "more than one" in reply.json()["detail"]
    assert "id/place/shenzhen" in reply.json()["hint"]
    reply = why(server, "深圳市产教联合体", "a", "mieco:Place", lang="zh")
    assert code(reply) == (400, "bad-parameter")
    assert "深圳市域产教联合体" in reply.json()["hint"]
    reply = why(server, SHENZHEN, "深圳市域产教联合体", "mieco:Place", lang="en")
    assert "is not the name of a property" in reply.json()["detail"]


def test_what_does_not_hold_is_not_found_and_what_holds_is_named(server: Server) -> None:
    reply = why(server, SHENZHEN, "mieco:basedOnPark", "mieco:Park", lang="zh")
    assert code(reply) == (404, "not-found")
    assert "深圳市高新技术产业园区 (id/organisation/" in reply.json()["hint"]
    reply = why(server, SHENZHEN, "mieco:rowNumber", "5", lang="en")
    assert code(reply) == (404, "not-found")
    assert "does not have that property" in reply.json()["hint"]
    reply = why(server, "urn:nobody", "mieco:rowNumber", "5", lang="en")
    assert "says nothing of it" in reply.json()["hint"]


def test_formats_are_negotiated(server: Server) -> None:
    html = "text/html; charset=utf-8"
    assert why(server, *TRI_SECTOR, "text/html").headers["Content-Type"] == html
    assert why(server, *TRI_SECTOR, format="html").headers["Content-Type"] == html
    assert told(why(server, *TRI_SECTOR, "text/html", format="json"))["basis"] == "inferred"
    assert told(why(server, *TRI_SECTOR, "*/*"))["basis"] == "inferred"
    assert why(server, *TRI_SECTOR, "text/turtle").status == 406
    assert server.send("HEAD", "/why?s=urn:a&p=a&o=urn:b", {}).status == 404
    assert server.post("/why", "s=1", "application/x-www-form-urlencoded").status == 405


def test_what_is_missing_or_given_twice_is_refused(server: Server) -> None:
    assert code(server.get("/why")) == (400, "bad-parameter")
    assert code(server.get("/why", s="urn:a", p="a")) == (400, "bad-parameter")
    assert code(server.get("/why", s="urn:a", p="a", o=" ")) == (400, "bad-parameter")
    assert code(server.get("/why?s=urn:a&s=urn:b&p=a&o=urn:c")) == (400, "bad-request")
    assert code(server.get("/why?s=%ff&p=a&o=urn:c")) == (400, "bad-request")
    assert code(why(server, *TRI_SECTOR, timeout="never")) == (400, "bad-parameter")
    assert code(why(server, *TRI_SECTOR, timeout="0.000001")) == (504, "deadline-exceeded")


HOSTILE = [
    "_:b",
    "[]",
    "[ a mieco:Place ]",
    "( 1 2 )",
    "<< <urn:a> <urn:b> <urn:c> >>",
    "<urn:a> } #",
    "<urn:a> . <urn:b> <urn:c> <urn:d>",
    "urn:a> } UNION { ?s ?p ?o",
    "http://a/> }",
    "mieco:x> } DROP ALL",
    "id/place/}>",
    "id/place/a\nb",
    "http://[",
    "<relative>",
    '"open',
    '"x" . <urn:a> <urn:b> "y"',
    '"x", "x"',
    '"x" ; <urn:b> "y"',
    '"x", ' + "[ <urn:a> " * 5000,
    '"x"^^' + "(" * 5000,
    '"' + "\\" * 5001 + '"',
    '"x"@zh } #',
    '"x"^^<urn:a> } {',
    '"x"^^nowhere:y',
    "'\n'",
    "?s",
    "${7*7} {{7*7}} %s {name}",
    "\u0000",
    "（）",
    "<" * 5000,
    "{" * 20000,
    "深" * 20000,
    "/" * 30000,
    "9e" + "9" * 30000 + "x",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_refused_in_every_place(server: Server, text: str) -> None:
    for given in ((text, "a", "urn:b"), ("urn:a", text, "urn:b"), (SHENZHEN, "a", text)):
        for language in ("zh", "en"):
            reply = why(server, *given, lang=language)
            assert reply.status in (400, 404, 413, 414, 431), (reply.status, reply.text[:300])
            assert len(reply.text) < 20_000
    page = why(server, SHENZHEN, "a", text, "text/html")
    assert page.status in (400, 404, 413, 414, 431)


# ------------------------------------------------------------------ data of one's own


LITERALS = [
    'a "b" \\ } { \n \t > # FROM SERVICE',
    "\u0001\u007f\ufffe",
    "{" * 3000,
    "x" * 9000,
    "<script>alert(1)</script>",
]


@pytest.fixture(scope="module")
def own(data_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The project's data beside a circle, a chain, a blank node and odd literals."""
    folder = tmp_path_factory.mktemp("own") / "data"
    shutil.copytree(data_directory, folder)
    triples = [
        "<urn:x0> mieco:partOf <urn:x1> . <urn:x1> mieco:partOf <urn:x0>",
        *(f"<urn:c{n}> mieco:partOf <urn:c{n + 1}>" for n in range(40)),
        "[] a mieco:Membership ; mieco:party <urn:party> ; mieco:ofConsortium <urn:consortium>",
        *(f"<urn:l> <urn:p> {Literal(text, language='en')}" for text in LITERALS),
        '<urn:led> mieco:ledBy "nobody"',
    ]
    update = f"PREFIX mieco: <{MIECO}> INSERT DATA {{ GRAPH <urn:g> {{ {' . '.join(triples)} }} }}"
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        reply = server.post("/update?clashes=accept", update, UPDATE, **BEARER)
        assert reply.status == 204, reply.text
        yield server


@pytest.mark.parametrize("text", LITERALS, ids=range(len(LITERALS)))
def test_any_literal_can_be_asked_for(own: Server, text: str) -> None:
    literal = str(Literal(text, language="en"))
    answer = told(why(own, "urn:l", "urn:p", literal))
    assert answer["fact"]["object"] == {"type": "literal", "value": text, "xml:lang": "en"}
    assert answer["graphs"] == ["urn:g"]
    page = why(own, "urn:l", "urn:p", literal, "text/html")
    assert page.status == 200
    assert "<script>" not in page.text


@pytest.mark.parametrize(("s", "o"), [("urn:x0", "urn:x0"), ("urn:c0", "urn:c40")])
def test_a_circle_and_a_long_chain_are_explained(own: Server, s: str, o: str) -> None:
    answer = told(why(own, s, "mieco:partOf", o))
    assert answer["basis"] == "inferred"
    assert {leaf["basis"] for leaf in leaves_of(answer)} == {"asserted"}
    assert why(own, s, "mieco:partOf", o, "text/html").status == 200
    assert own.get("/thing", "text/html", iri=o).status == 200


def test_facts_about_blank_nodes_end_where_no_query_can_name_them(own: Server) -> None:
    fact = ("urn:party", "mieco:memberOf", "urn:consortium")
    answer = told(why(own, *fact))
    assert answer["basis"] == "inferred"
    assert "untraced" in {leaf["basis"] for leaf in leaves_of(answer)}
    assert "not traced further" in why(own, *fact, "text/html", lang="en").text
    assert own.get("/thing", "text/html", iri="urn:party").status == 200


def test_a_literal_where_a_thing_belongs_does_not_stop_it(own: Server) -> None:
    """By its inverse it would be a subject, which no literal can be."""
    answer = told(why(own, "urn:led", "mieco:hasMember", '"nobody"'))
    assert answer["premises"][0]["basis"] == "asserted"


# ------------------------------------------------------------------------------- pages


@pytest.mark.parametrize(("language", "mark"), [("zh", "推理"), ("en", "inferred")])
def test_every_inferred_value_of_a_page_leads_to_its_reason(
    server: Server, language: str, mark: str
) -> None:
    for iri in (SHENZHEN, "id/place/shenzhen", "ontology"):
        page = server.get(f"/{iri}.html", lang=language).text
        links = [unescape(a) for a in re.findall(r'<a class="inferred" href="([^"]+)"', page)]
        assert page.count(f">{mark}<span") == len(links)
        assert '<span class="inferred"' not in page
        assert links or iri != SHENZHEN
        with ThreadPoolExecutor(4) as pool:
            pages = list(pool.map(lambda link: server.get(link, "text/html"), links[:150]))
        assert {reply.status for reply in pages} <= {200}
        assert all("<details open>" in reply.text for reply in pages)


def test_the_page_links_to_what_it_names(server: Server) -> None:
    page = why(server, *TRI_SECTOR, "text/html", lang="en")
    assert page.headers["Content-Language"] == "en"
    assert f'href="/{SHENZHEN}"' in page.text
    assert 'href="/source/s001"' in page.text
    assert "<script>" not in page.text
