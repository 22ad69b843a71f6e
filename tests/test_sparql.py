"""``/sparql`` by HTTP: the protocol, the formats, the errors; and queries that go wrong."""

from __future__ import annotations

import contextlib
import csv
import http.client
import io
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from rdflib import Graph

from conftest import FORM, Server, running

SELECT = "SELECT ?c WHERE { ?c a <https://w3id.org/mieco/ontology#Consortium> } ORDER BY ?c LIMIT 3"
CONSTRUCT = "CONSTRUCT WHERE { ?c a <https://w3id.org/mieco/ontology#Consortium> }"


def test_the_three_ways_to_send_a_query_agree(server: Server) -> None:
    by_get = server.get("/sparql", query=SELECT)
    by_form = server.post("/sparql", urllib.parse.urlencode({"query": SELECT}), FORM)
    direct = server.post("/sparql", SELECT, "application/sparql-query")
    assert by_get.status == by_form.status == direct.status == 200
    assert by_get.body == by_form.body == direct.body
    assert by_get.headers["Content-Type"] == "application/sparql-results+json"
    assert len(by_get.json()["results"]["bindings"]) == 3


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("application/json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("text/csv;q=0.4, application/sparql-results+xml;q=0.9", "application/sparql-results+xml"),
        ("TEXT/CSV", "text/csv; charset=utf-8"),
        ("image/png, */*;q=0.1", "application/sparql-results+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
    ],
)
def test_accept_chooses_the_format(server: Server, accept: str | None, content_type: str) -> None:
    reply = server.get("/sparql", accept, query=SELECT)
    assert (reply.status, reply.headers["Content-Type"]) == (200, content_type)
    assert "Accept" in reply.headers["Vary"]
    assert int(reply.headers["Content-Length"]) == len(reply.body)


def test_every_result_format_holds_the_same_rows(server: Server) -> None:
    rows = [
        b["c"]["value"] for b in server.get("/sparql", query=SELECT).json()["results"]["bindings"]
    ]
    table = server.get("/sparql", query=SELECT, format="csv").text
    assert [row["c"] for row in csv.DictReader(io.StringIO(table))] == rows
    tabbed = server.get("/sparql", query=SELECT, format="tsv").text.splitlines()
    assert tabbed == ["?c", *(f"<{row}>" for row in rows)]
    tree = ET.fromstring(server.get("/sparql", query=SELECT, format="xml").body)
    assert [e.text for e in tree.iter("{http://www.w3.org/2005/sparql-results#}uri")] == rows


@pytest.mark.parametrize(
    ("name", "media_type", "parser"),
    [
        ("ttl", "text/turtle; charset=utf-8", "turtle"),
        ("nt", "application/n-triples", "nt"),
        ("rdf", "application/rdf+xml", "xml"),
        ("jsonld", "application/ld+json", "json-ld"),
        ("trig", "application/trig", "trig"),
        ("nq", "application/n-quads", "nquads"),
    ],
)
def test_every_graph_format_holds_the_same_graph(
    server: Server, name: str, media_type: str, parser: str
) -> None:
    reply = server.get("/sparql", query=CONSTRUCT, format=name)
    assert (reply.status, reply.headers["Content-Type"]) == (200, media_type)
    assert len(Graph().parse(data=reply.body, format=parser)) == 66


def test_ask_and_describe(server: Server) -> None:
    assert server.get("/sparql", query="ASK { ?s ?p ?o }").json()["boolean"] is True
    described = server.get(
        "/sparql", query="DESCRIBE <https://w3id.org/mieco/id/consortium/shenzhen>"
    )
    assert described.headers["Content-Type"].startswith("text/turtle")
    assert "深圳市域产教联合体" in described.text


def test_the_request_describes_the_dataset(server: Server) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    graphs = [f"https://w3id.org/mieco/graph/{g}" for g in ("data/mieco/public", "ontology")]
    counts = [
        int(
            server.get("/sparql", **{"query": count, "default-graph-uri": graph}).json()["results"][
                "bindings"
            ][0]["n"]["value"]
        )
        for graph in graphs
    ]
    assert all(0 < n < int(server.query(count)[0]["n"]) for n in counts)
    named = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    reply = server.get("/sparql", **{"query": named, "named-graph-uri": graphs[1]}).json()
    assert [b["g"]["value"] for b in reply["results"]["bindings"]] == [graphs[1]]
    default = server.get("/sparql", **{"query": count, "named-graph-uri": graphs[1]}).json()
    assert default["results"]["bindings"][0]["n"]["value"] == "0"


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"Content-Type": FORM}, b"", 400, "bad-request"),
        ({"Content-Type": FORM}, b"query=ASK{}&query=ASK{}", 400, "bad-request"),
        ({"Content-Type": "application/sparql-query"}, b"ASK { \xff }", 400, "bad-request"),
        ({"Content-Type": "text/plain"}, b"ASK {}", 415, "unsupported-media-type"),
        ({"Content-Type": "application/sparql-query"}, b"ASK {", 400, "query-syntax"),
        (
            {"Content-Type": "application/sparql-query", "Accept": "image/png"},
            b"ASK {}",
            406,
            "not-acceptable",
        ),
        (
            {"Content-Type": "application/sparql-query", "Accept": "text/turtle"},
            b"ASK {}",
            406,
            "not-acceptable",
        ),
        ({"Content-Type": "application/sparql-query"}, b"#" * 70_000, 413, None),
        (
            {"Content-Type": FORM},
            b"query=ASK{}&default-graph-uri=relative",
            400,
            "bad-request",
        ),
    ],
)
def test_what_is_wrong_is_said(
    server: Server, headers: dict[str, str], body: bytes, status: int, code: str | None
) -> None:
    reply = server.send("POST", "/sparql", headers, body)
    assert reply.status == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    problem = reply.json()
    assert problem["status"] == status
    assert code is None or problem["code"] == code
    assert problem["detail"]


def test_other_methods_are_refused_with_those_allowed(server: Server) -> None:
    reply = server.send("PUT", "/sparql", {}, b"")
    assert reply.status == 405
    assert {"GET", "POST", "HEAD"} <= set(reply.headers["Allow"].replace(" ", "").split(","))


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-CN,zh;q=0.9", "前缀“foaf:”没有声明"), ("en", "the prefix 'foaf:' is not declared")],
)
def test_a_syntax_error_has_its_place_in_the_reader_s_language(
    server: Server, language: str, words: str
) -> None:
    query = "SELECT ?n WHERE {\n  ?s foaf:name ?n }"
    path = "/sparql?" + urllib.parse.urlencode({"query": query})
    problem = server.send("GET", path, {"Accept-Language": language}).json()
    assert (problem["code"], problem["line"]) == ("query-syntax", 2)
    assert words in problem["detail"]


RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SORTING = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i ?f ?c"


@pytest.mark.parametrize("query", [RUNAWAY, SORTING])
def test_the_deadline_stops_a_query(server: Server, query: str) -> None:
    started = time.monotonic()
    reply = server.get("/sparql", query=query)
    elapsed = time.monotonic() - started
    assert reply.status in {503, 504}  # out of time, or out of memory before that
    assert reply.json()["code"] in {"deadline-exceeded", "worker-lost"}
    assert elapsed < 10
    assert server.get("/sparql", query="ASK {}").status == 200


def test_runaways_do_not_stop_the_others_for_long(server: Server) -> None:
    """More runaway queries than workers: after their deadline small ones are answered again."""
    replies: list[int] = []

    def run() -> None:
        replies.append(server.get("/sparql", query=RUNAWAY).status)

    runaways = [threading.Thread(target=run) for _ in range(4)]
    for thread in runaways:
        thread.start()
    assert server.get("/health").status == 200
    assert server.get("/sparql", query="ASK {}").status == 200
    for thread in runaways:
        thread.join()
    assert replies == [504] * 4


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {" + "{" * 16_000 + "}" * 16_000 + "}",
        "SELECT * { FILTER(" + "(" * 15_000 + "1" + ")" * 15_000 + ") }",
        "SELECT * {" + "[ <a:b> " * 1_500 + "1" + "]" * 1_500 + "<a:b> 1 }",
        "SELECT * {" + " UNION ".join(["{ ?s ?p ?o }"] * 3_000) + "}",
        "ASK { FILTER(1" + "+1" * 20_000 + " = 1) }",
    ],
    ids=["braces", "parentheses", "blank nodes", "unions", "sums"],
)
def test_a_hostile_query_hurts_nobody_else(server: Server, query: str) -> None:
    with contextlib.suppress(http.client.IncompleteRead):  # cut at the deadline, visibly
        reply = server.post("/sparql", query, "application/sparql-query")
        assert reply.status in {200, 400, 503, 504}
    assert server.get("/sparql", query="ASK {}").json()["boolean"] is True


def test_runaways_leave_the_pages_alone(server: Server) -> None:
    """Foreign queries never hold the last worker."""
    runaways = [
        threading.Thread(target=server.get, args=("/sparql",), kwargs={"query": RUNAWAY})
        for _ in range(7)
    ]
    for thread in runaways:
        thread.start()
    time.sleep(0.3)
    started = time.monotonic()
    assert server.get("/questions/q04").status == 200
    assert time.monotonic() - started < 1.5
    for thread in runaways:
        thread.join()


def test_service_reaches_no_host(server: Server) -> None:
    own = server.url.removeprefix("http://")
    reply = server.get(
        "/sparql", query=f"SELECT * {{ SERVICE <http://{own}/sparql> {{ ?s ?p ?o }} }}"
    )
    assert (reply.status, reply.json()["code"]) == (400, "query-refused")


def test_workers_do_not_share_their_randomness(server: Server) -> None:
    seen: list[str] = []

    def draw() -> None:
        seen.extend(row["u"] for row in server.query("SELECT (STRUUID() AS ?u) {}"))

    threads = [threading.Thread(target=draw) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 16


def test_an_empty_service_has_nothing_and_no_merged_default(tmp_path: Path) -> None:
    arguments = ("--data", str(tmp_path), "--empty", "--default-graph", "strict")
    with running(*arguments) as empty:
        assert empty.query("SELECT * { ?s ?p ?o }") == []
        assert empty.get("/", "text/html").status == 200
        assert empty.get("/questions/").status == 200


def test_the_strict_default_graph_is_the_unnamed_one(data_directory: Path) -> None:
    with running("--data", str(data_directory), "--default-graph", "strict") as strict:
        # The service's own pages and questions see everything all the same.
        assert len(strict.get("/questions/q04").json()["rows"]) >= 10
        first = strict.get("/search", q="深圳市域产教联合体").json()["hits"][0]
        assert first["label"] == "深圳市域产教联合体"
        assert "66" in strict.get("/", "text/html").text
        assert strict.query("SELECT * { ?s ?p ?o } LIMIT 1") == []
        assert strict.query("SELECT * { GRAPH ?g { ?s ?p ?o } } LIMIT 1") != []


def test_the_answer_in_a_page_shows_names_and_keeps_a_broken_query(server: Server) -> None:
    page = server.get("/sparql", "text/html", query=SELECT, lang="zh").text
    assert "产教联合体</a>" in page
    broken = server.get("/sparql", "text/html", query="SELECT ?x { <<<", lang="en")
    assert broken.status == 400
    assert "SELECT ?x { &lt;&lt;&lt;" in broken.text


def test_the_page_keeps_what_describes_the_query(server: Server) -> None:
    """In the form and in the download links; and it shows what it could read of a long answer."""
    graph = "https://w3id.org/mieco/graph/catalogue"
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    page = server.get("/sparql", "text/html", **{"query": count, "default-graph-uri": graph}).text
    assert f'name="default-graph-uri" value="{graph}"' in page
    assert "default-graph-uri=https://w3id.org" in page.replace("%3A", ":").replace("%2F", "/")
    everything = server.get("/sparql", "text/html", query="SELECT * { ?s ?p ?o }", lang="en").text
    assert "The first 5000 rows" in everything


def test_only_web_addresses_become_links(server: Server) -> None:
    query = "SELECT ?a { VALUES ?a { <javascript:alert(1)> <https://example.org/x> } }"
    page = server.get("/sparql", "text/html", query=query).text
    assert 'href="javascript:' not in page
    assert 'href="https://example.org/x"' in page
