"""The query page and its completion at the public door: what works without scripts."""

from __future__ import annotations

import gzip
import html
import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from conftest import FORM, Server
from mieco import content
from mieco.ask.starting_points import read_examples
from mieco.questions.header import read_questions

MIECO = "https://w3id.org/mieco/ontology#"
EXAMPLES = read_examples(content.folder("queries") / "examples")
QUESTIONS = read_questions(content.folder("queries") / "questions")
CONSORTIA = f"SELECT ?c ?p {{ ?c a <{MIECO}Consortium> ; <{MIECO}locatedIn> ?p }} ORDER BY ?c ?p"


def suggested(server: Server, kind: str, text: str = "", **more: str) -> list[dict[str, Any]]:
    reply = server.get("/sparql/complete", kind=kind, text=text, **more)
    assert reply.status == 200, reply.text
    hits: list[dict[str, Any]] = reply.json()["hits"]
    return hits


def text_in(page: str) -> str:
    """The query in the form, as a browser reads it: a first line break does not count."""
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def cells_in(page: str) -> list[list[str]]:
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [
        [
            html.unescape(re.sub(r"<[^>]+>", "", cell)).strip()
            for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)
        ]
        for row in rows
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "联合体",
        "市域产教",
        "lianheti",
        "sycjlht",
        "consort",
        "mieco:Cons",
        f"<{MIECO}Consort",
        "聯合體",
    ],
)
def test_a_class_is_found_by_what_people_type(server: Server, typed: str) -> None:
    hits = suggested(server, "class", typed, lang="zh")
    found = next(hit for hit in hits[:3] if hit["iri"] == MIECO + "Consortium")
    assert found["name"] == "mieco:Consortium"
    assert found["label"] == "市域产教联合体"
    assert found["kind"] == "class"
    assert found["count"] == 66
    assert found["definition"]
    assert all(hit["kind"] == "class" for hit in hits)
    english = suggested(server, "class", typed, lang="en")
    assert "consortium" in next(h for h in english if h["iri"] == found["iri"])["label"].lower()


def test_a_property_is_found_by_what_pages_call_it(server: Server) -> None:
    hits = suggested(server, "property", "所在", lang="zh")
    assert hits[0]["iri"] == MIECO + "locatedIn"


def test_properties_of_the_class_of_the_subject_come_first(server: Server) -> None:
    hits = suggested(server, "property", **{"class": MIECO + "Consortium"}, limit="50")
    used = [hit["used"] > 0 for hit in hits]
    assert used == sorted(used, reverse=True)
    assert 10 < sum(used) < 50
    among = {
        row["p"]
        for row in server.query(f"SELECT DISTINCT ?p {{ ?c a <{MIECO}Consortium> ; ?p ?o }}")
    }
    assert {hit["iri"] for hit in hits if hit["used"]} <= among
    # What was typed in full comes before all, whatever the class.
    assert (
        suggested(server, "property", "mieco:placeLevel", **{"class": MIECO + "Consortium"})[0][
            "iri"
        ]
        == MIECO + "placeLevel"
    )
    # A query that is being written may name a class that is none yet.
    assert suggested(server, "property", **{"class": "no iri at all"})


def test_values_of_the_property_come_before_other_things(server: Server) -> None:
    levels = suggested(server, "thing", property=MIECO + "placeLevel", lang="zh")
    assert {"地级", "省级"} <= {hit["label"] for hit in levels}
    assert levels == sorted(levels, key=lambda hit: -hit["used"])
    named = suggested(server, "thing", "czxny", property=MIECO + "ofConsortium", lang="zh")
    assert named[0]["label"] == "常州新能源产教联合体"
    assert named[0]["page"] == "/id/consortium/changzhou-new-energy"
    assert suggested(server, "thing") == []


def test_a_term_of_another_vocabulary_and_one_that_is_not_there(server: Server) -> None:
    [first, *_] = suggested(server, "term", "skos:prefLabel")
    assert first["iri"] == "http://www.w3.org/2004/02/skos/core#prefLabel"
    assert suggested(server, "term", "nosuch:thing") == []
    assert suggested(server, "term", "\u0000《》") is not None
    wrong = server.get("/sparql/complete", kind="verb", lang="en")
    assert (wrong.status, wrong.json()["code"]) == (400, "bad-parameter")
    assert "class, property, term, thing" in wrong.json()["detail"] + wrong.json().get("hint", "")


def test_completion_is_of_a_release_and_not_given_twice(server: Server) -> None:
    path = "/sparql/complete?kind=class&release=1"
    first = server.get(path)
    assert first.json()["release"]["number"] == 1
    again = server.send("GET", path, {"If-None-Match": first.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_finds_something(server: Server, name: str) -> None:
    page = server.get("/sparql", "text/html", example=name, lang="zh").text
    assert text_in(page) == EXAMPLES[name].query
    assert EXAMPLES[name].title.zh in html.unescape(page)
    answer = server.get("/sparql", "text/csv, text/turtle", query=EXAMPLES[name].query)
    assert answer.status == 200
    assert len(answer.text.splitlines()) > 3


def test_every_question_is_a_query_with_the_same_rows(server: Server) -> None:
    """Its defaults stand in the text, and the text alone finds what the question finds."""
    for name in QUESTIONS:
        page = server.get("/sparql", "text/html", example=name, lang="zh").text
        text = text_in(page)
        assert QUESTIONS[name].sentence.zh in text
        found = server.get("/sparql", query=text)
        assert found.status == 200, (name, found.text, text)
        required = any(p.required and not p.default for p in QUESTIONS[name].parameters.values())
        if not required:
            rows = server.get(f"/questions/{name}", format="json", lang="zh").json()["count"]
            assert len(found.json()["results"]["bindings"]) == rows, name


def test_an_example_that_is_not_there(server: Server) -> None:
    page = server.get("/sparql", "text/html", example="q99", lang="en")
    assert page.status == 404
    assert "count" in page.text


def test_pages_order_and_filter_without_scripts(server: Server) -> None:
    def shown(**more: str) -> str:
        return server.get("/sparql", "text/html", query=CONSORTIA, lang="zh", **more).text

    first, second = cells_in(shown()), cells_in(shown(page="2"))
    assert len(first) == 50
    assert first != second
    turned = cells_in(shown(sort="-c", size="1000"))
    assert [row[0] for row in turned] == sorted((row[0] for row in turned), reverse=True)
    some = cells_in(shown(filter="山东"))
    assert some
    assert all("山东" in "".join(row) for row in some)
    assert "没有一行含有“无此名”" in html.unescape(shown(filter="无此名"))
    beyond = server.get("/sparql", "text/html", query=CONSORTIA, page="99", lang="zh")
    assert beyond.status == 400
    assert CONSORTIA in text_in(beyond.text)
    # The links of a page keep the query and what was chosen.
    assert "sort=-c" in shown(sort="-c").partition('rel="next"')[2].partition("</a>")[0]


def test_the_data_of_the_page_are_those_of_the_answer(server: Server) -> None:
    query = """SELECT ?c ?label ?n ?d ?none {
        BIND (<https://w3id.org/mieco/id/consortium/shenzhen> AS ?c)
        BIND ("Name"@en AS ?label) BIND (3.50 AS ?n) BIND ("2024-05" AS ?d) }"""
    page = server.get("/sparql", "text/html", query=query, lang="zh").text
    block = re.search(r'class="result-data">(.*?)</script>', page, re.DOTALL)
    assert block
    data = json.loads(block[1])
    assert [c["kind"] for c in data["columns"]] == ["thing", "text", "number", "date", "text"]
    thing, name, number, date = data["terms"]
    assert data["rows"] == [[0, 1, 2, 3, None]]
    assert thing["href"] == "/id/consortium/shenzhen"
    assert (thing["text"], thing["full"]) == ("深圳市域产教联合体", "id/consortium/shenzhen")
    assert name == {"text": "Name", "lang": "en"}
    assert number["number"] == 3.5
    assert date["period"] == ["2024-05-01", "2024-05-31"]


def test_a_graph_is_rows_as_well(server: Server) -> None:
    query = f"CONSTRUCT {{ ?c a ?p }} {{ ?c a <{MIECO}Consortium> ; <{MIECO}locatedIn> ?p }}"
    page = server.get("/sparql", "text/html", query=query, lang="zh").text
    assert "深圳市域产教联合体" in page
    assert "三元组" in page
    for form in ("ttl", "nt", "rdf", "jsonld"):
        assert f"format={form}" in page


@pytest.mark.parametrize(("lang", "said"), [("zh", "第 3 行："), ("en", "Line 3: ")])
def test_an_error_is_shown_at_its_place(server: Server, lang: str, said: str) -> None:
    query = "SELECT *\nWHERE {\n  ?s 联合 ?o\n}"
    page = server.get("/sparql", "text/html", query=query, lang=lang)
    assert page.status == 400
    told = re.search(r'data-line="3" data-column="(\d+)"', page.text)
    assert told
    assert said in page.text
    assert "<mark>" in page.text
    assert text_in(page.text) == query


def test_a_long_query_goes_by_a_form_and_has_no_link(server: Server) -> None:
    query = f"# {'x' * 9000}\n{CONSORTIA}"
    form = urlencode({"query": query, "entailment": "both"})
    page = server.post("/sparql?lang=en", form, FORM, Accept="text/html").text
    assert "there is no link" in page
    assert "permalink" not in page.replace('data-copy="permalink"', "")
    assert len(cells_in(page)) > 50
    inputs = dict(
        re.findall(
            r'<input type="hidden" name="(\w+)" value="([^"]*)"',
            page.partition('class="downloads"')[2],
        )
    )
    sent = {name: html.unescape(value) for name, value in inputs.items()}
    assert sent["query"] == query
    table = server.post("/sparql", urlencode({**sent, "format": "csv"}), FORM)
    assert table.text.startswith("\ufeffc,p\r\n")


def test_the_links_of_an_answer_find_it_again(server: Server) -> None:
    page = server.get(
        "/sparql", "text/html", query=CONSORTIA, entailment="both", lang="zh", page="2"
    ).text
    links = dict(re.findall(r'id="(permalink|of-release)" href="([^"]+)"', page))
    assert links["permalink"].startswith(f"{server.url}/sparql?query=")
    for link in links.values():
        there = server.get(html.unescape(link).removeprefix(server.url), "text/html").text
        assert text_in(there) == CONSORTIA
        assert "page=" not in link
    assert "release=1" in links["of-release"]


def test_the_page_of_a_past_release_stays_in_it(server: Server) -> None:
    page = server.get("/sparql", "text/html", query="ASK {}", release="1", lang="en").text
    assert '<p class="verdict">Yes</p>' in page


def test_files_of_the_pages_are_sent_compressed_and_once(server: Server) -> None:
    path = "/static/vendor/yasqe-4.6.2/yasqe.min.js"
    plain = server.get(path)
    packed = server.send("GET", path, {"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) * 3 < len(plain.body)
    for tag in (plain.headers["ETag"], packed.headers["ETag"]):
        for accepted in ("identity", "gzip"):
            held = {"Accept-Encoding": accepted, "If-None-Match": tag}
            assert server.send("GET", path, held).status == 304
