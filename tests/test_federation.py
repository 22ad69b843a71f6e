"""SERVICE and LOAD: off by default, guarded where on, and right."""

from __future__ import annotations

import ipaddress
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from conftest import BEARER, TOKEN, UPDATE, Server, running
from mieco.errors import BadSetting, QueryRefused
from mieco.federation.outside import Outside, is_public, read_outside

LOOPBACK = "127.0.0.0/8"


Answer = Callable[[BaseHTTPRequestHandler], None]


class Host:
    """A host on the loopback that answers every request as it is told to."""

    def __init__(self) -> None:
        self.answer: Answer = document(b"", "text/plain", 404)
        self.paths: list[str] = []
        self.forms: list[dict[str, list[str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.forms.append(urllib.parse.parse_qs(body.decode()))
                outer.paths.append(self.path)
                outer.answer(self)

            do_POST = do_GET  # noqa: N815 (the library's own spelling)

            def log_message(self, *_: Any) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                pass  # the client hangs up on purpose

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.name = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.name}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def there() -> Iterator[Host]:
    one = Host()
    yield one
    one.close()


@pytest.fixture(scope="module")
def open_service(
    there: Host, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """An empty service that may reach ``there``, and the one with the project's own data."""
    own = server.url.removeprefix("http://")
    folder = tmp_path_factory.mktemp("federation")
    hosts = f"{there.name},{own}"
    with service(folder, hosts, MIECO_MAX_UPLOAD="1") as one:
        yield one


@pytest.fixture
def here(open_service: Server, there: Host) -> Server:
    there.paths.clear()
    assert open_service.post("/update", "DROP ALL", UPDATE, **BEARER).status == 204
    return open_service


@contextmanager
def service(folder: Path, hosts: str, **more: str) -> Iterator[Server]:
    arguments = ("--data", str(folder), "--empty", "--default-graph", "strict")
    settings = {"MIECO_FEDERATION_NETWORKS": LOOPBACK, "MIECO_TIMEOUT": "5", **more}
    with running(*arguments, MIECO_TOKEN=TOKEN, MIECO_FEDERATION=hosts, **settings) as one:
        yield one


def document(body: bytes, media_type: str, status: int = 200, **headers: str) -> Any:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", media_type)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def results(*rows: dict[str, dict[str, str]], names: tuple[str, ...] = ("x",)) -> Any:
    body = {"head": {"vars": list(names)}, "results": {"bindings": list(rows)}}
    return document(json.dumps(body).encode(), "application/sparql-results+json")


def test_two_services_answer_one_query(server: Server, here: Server) -> None:
    """The other is this project's own service over its own data."""
    shenzhen = "<https://w3id.org/mieco/id/consortium/shenzhen>"
    note = f"INSERT DATA {{ {shenzhen} <http://example.org/note> '重点' }}"
    assert here.post("/update", note, UPDATE, **BEARER).status == 204
    rows = here.query(
        f"""PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT ?note ?label {{
          ?c <http://example.org/note> ?note .
          SERVICE <{server.url}/sparql> {{ ?c rdfs:label ?label  FILTER(LANG(?label) = "zh") }}
        }}"""
    )
    assert rows == [{"note": "重点", "label": "深圳市域产教联合体"}]


def test_every_term_comes_through(there: Host, here: Server) -> None:
    terms = [
        {"type": "uri", "value": "http://example.org/产教"},
        {"type": "literal", "value": 'a "quoted"\n\\text'},
        {"type": "literal", "value": "联合体", "xml:lang": "zh"},
        {
            "type": "literal",
            "value": "2.50",
            "datatype": "http://www.w3.org/2001/XMLSchema#decimal",
        },
        {"type": "bnode", "value": "b0"},
    ]
    rows = [{"x": term} for term in terms] + [{"y": {"type": "literal", "value": "no x"}}]
    there.answer = results(*rows, names=("x", "y"))
    query = f"SELECT ?x ?y {{ SERVICE <{there.url}> {{ ?x <a:b> ?y }} }}"
    found = here.get("/sparql", query=query).json()["results"]["bindings"]
    assert len(found) == len(rows)
    assert [row["x"]["value"] for row in found[:3]] == [t["value"] for t in terms[:3]]
    assert found[2]["x"]["xml:lang"] == "zh"
    assert float(found[3]["x"]["value"]) == 2.5
    # A blank node of elsewhere becomes a Skolem IRI (RDF 1.1 §3.5).
    assert found[4]["x"]["value"].startswith("https://w3id.org/mieco/.well-known/genid/")
    assert "x" not in found[5]


def test_the_pattern_goes_out_with_its_prefixes_and_base(there: Host, here: Server) -> None:
    there.answer = results({"x": {"type": "literal", "value": "1"}})
    query = f"""PREFIX there: <{there.url}> # SERVICE {{
        SELECT ?x {{ SERVICE there:sparql {{ ?x there:p "SERVICE }}" }} }}"""
    assert here.query(query) == [{"x": "1"}]
    sent = there.forms[-1]["query"][0]
    assert sent.startswith(f"BASE <{here.url}/sparql>\nPREFIX there: <{there.url}>")
    assert sent.endswith('SELECT * WHERE { ?x there:p "SERVICE }" }')


REFUSED = "SELECT * {{ SERVICE {0} <{1}> {{ ?s ?p ?o }} }}"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (document(b"oops", "text/plain", 500), "500"),
        (document(b"<html>", "text/html"), "can be read"),
        (document(b'{"head":', "application/sparql-results+json"), "can be read"),
        (document(b"[" * 100_000, "application/sparql-results+json"), "can be read"),
        (document(b"", "text/plain", 302, Location="http://169.254.169.254/latest"), "list"),
        (document(b"", "text/plain", 302, Location="file:///etc/passwd"), "http"),
        (document(b"\xff", "application/sparql-results+json"), "UTF-8"),
    ],
    ids=["status", "html", "broken", "deep", "redirect inside", "redirect file", "not utf-8"],
)
def test_a_service_that_fails_is_said_unless_silent(
    there: Host, here: Server, answer: Any, words: str
) -> None:
    there.answer = answer
    path = "/sparql?" + urllib.parse.urlencode({"query": REFUSED.format("", there.url)})
    reply = here.send("GET", path, {"Accept-Language": "en"})
    refused = words in {"list", "http"}
    code = (400, "query-refused") if refused else (502, "remote-failed")
    assert (reply.status, reply.json()["code"]) == code
    assert words in reply.json()["detail"]
    silent = here.get("/sparql", query=REFUSED.format("SILENT", there.url))
    assert silent.json()["results"]["bindings"] == [{}]


def test_a_slow_service_costs_no_more_than_the_deadline(there: Host, here: Server) -> None:
    """It sends a byte now and then, which no timeout of a socket would notice."""

    def dribble(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b" ")
            time.sleep(0.1)

    there.answer = dribble
    started = time.monotonic()
    reply = here.get("/sparql", query=REFUSED.format("", there.url), timeout="1")
    assert reply.json()["code"] == "remote-failed"
    assert time.monotonic() - started < 3


def test_what_the_deadline_cut_off_is_no_answer(there: Host, here: Server) -> None:
    """Without a length, a cut looks like an end."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/n-triples")
        handler.end_headers()
        for number in range(100):
            handler.wfile.write(f"<http://a/{number}> <http://p/q> 1 .\n".encode())
            time.sleep(0.1)

    there.answer = drip
    reply = here.post("/update?timeout=1", f"LOAD <{there.url}>", UPDATE, **BEARER)
    assert (reply.status, reply.json()["code"]) == (502, "remote-failed")
    assert here.query("SELECT * { ?s ?p ?o }") == []


def test_blank_nodes_of_two_answers_stay_two(there: Host, here: Server) -> None:
    there.answer = results({"x": {"type": "bnode", "value": "b0"}})
    twice = f"SERVICE <{there.url}> {{ ?x <a:b> 1 }} SERVICE <{there.url}> {{ ?x <a:b> 1 }}"
    assert here.query(f"SELECT * {{ {twice} }}") == []


def test_each_operation_has_its_own_prefixes(there: Host, here: Server) -> None:
    there.answer = results({"x": {"type": "literal", "value": "1"}})
    text = f"""INSERT DATA {{ <a:b> <c:d> 0 }} ;
        PREFIX there: <{there.url}>
        INSERT {{ <a:b> <c:d> ?x }} WHERE {{ SERVICE there:数据 {{ ?x <a:b> 1 }} }}"""
    assert here.post("/update", text, UPDATE, **BEARER).status == 204
    assert len(here.query("SELECT * { <a:b> <c:d> ?x }")) == 2
    assert there.paths == ["/%E6%95%B0%E6%8D%AE"]


def test_an_endless_answer_is_left(there: Host, here: Server) -> None:
    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(64):
            handler.wfile.write(b" " * (1 << 20))

    there.answer = flood
    reply = here.get("/sparql", query=REFUSED.format("", there.url), timeout="30")
    assert reply.json()["code"] == "remote-failed"
    assert "1 MB" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("media_type", "path", "body"),
    [
        ("text/turtle", "x", "<> <http://p/q> '产教'@zh ."),
        ("text/plain", "x.ttl", "<> <http://p/q> '产教'@zh ."),
        (
            "application/ld+json",
            "x",
            '{"@id": "", "http://p/q": {"@value": "产教", "@language": "zh"}}',
        ),
    ],
)
def test_load_fills_a_graph(
    there: Host, here: Server, media_type: str, path: str, body: str
) -> None:
    answer = document(body.encode(), media_type)
    there.answer = answer
    url = f"{there.url}{path}"
    text = f"LOAD <{url}> INTO GRAPH <http://g/1> ; INSERT DATA {{ <a:b> <c:d> 1 }}"
    assert here.post("/update", text, UPDATE, **BEARER).status == 204
    rows = here.query("SELECT ?s ?o { GRAPH <http://g/1> { ?s <http://p/q> ?o } }")
    assert rows == [{"s": url, "o": "产教"}]
    assert len(here.query("SELECT * { ?s ?p ?o }")) == 1


def test_a_load_that_fails_changes_nothing_unless_silent(there: Host, here: Server) -> None:
    there.answer = document(b"<broken", "text/turtle")
    text = f"INSERT DATA {{ <a:b> <c:d> 1 }} ; LOAD <{there.url}x>"
    reply = here.post("/update", text, UPDATE, **BEARER)
    assert (reply.status, reply.json()["code"]) == (400, "bad-rdf")
    assert here.query("SELECT * { ?s ?p ?o }") == []
    silent = text.replace("LOAD", "LOAD SILENT")
    assert here.post("/update", silent, UPDATE, **BEARER).status == 204
    assert len(here.query("SELECT * { ?s ?p ?o }")) == 1


def test_without_leave_nothing_is_reached(there: Host, tmp_path: Path) -> None:
    there.answer = results()
    there.paths.clear()
    url = f"http://{there.name}/"
    with service(tmp_path, "") as closed:
        assert closed.get("/sparql", query=REFUSED.format("", url)).status == 400
        assert closed.get("/sparql", query=REFUSED.format("SILENT", url)).status == 200
        escaped = REFUSED.format("", url).replace("SERVICE", r"\u0053ERVICE")
        assert closed.get("/sparql", query=escaped).status >= 400
        variable = f"SELECT * {{ VALUES ?e {{ <{url}> }} SERVICE ?e {{ ?s ?p ?o }} }}"
        assert closed.get("/sparql", query=variable).status == 400
        for text, status in ((f"LOAD <{url}>", 400), (f"LOAD SILENT <{url}>", 204)):
            assert closed.post("/update", text, UPDATE, **BEARER).status == status
    assert there.paths == []


def test_a_host_on_the_list_must_be_public(there: Host, tmp_path: Path) -> None:
    there.paths.clear()
    port = there.name.partition(":")[2]
    spellings = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::1]"]
    hosts = ",".join(f"{name}:{port}" for name in spellings)
    with service(tmp_path, hosts, MIECO_FEDERATION_NETWORKS="") as one:
        for name in [*spellings, "[::ffff:127.0.0.1]", "localhost.", "LOCALHOST"]:
            reply = one.get("/sparql", query=REFUSED.format("", f"http://{name}:{port}/"))
            assert (reply.status, reply.json()["code"]) == (400, "query-refused"), name
    assert there.paths == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1"),
        *("fc00::1", "ff02::1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b:1::a00:1"),
        *("2001:db8::1", "2001:0:7f00:1::1"),
    ],
)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1"])
def test_what_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_a_name_is_resolved_once_and_all_its_addresses_count() -> None:
    asked: list[str] = []

    def resolve(name: str, _port: int) -> list[str]:
        asked.append(name)
        return ["8.8.8.8", "10.0.0.1"]

    outside = Outside(frozenset({("data.example.org", 0)}), (), 1, resolve)
    with pytest.raises(QueryRefused, match="private"):
        outside.fetch("http://data.example.org/", "text/turtle", seconds=1)
    assert asked == ["data.example.org"]


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://data.example.org/", "file:///etc/passwd", "http://", "http:///x", "urn:x"),
        *("http://user:secret@data.example.org/", "http://data.example.org:99999/"),
        *(
            "http://data.example.org:8080/",
            "http://other.example.org/",
            "gopher://data.example.org",
        ),
    ],
)
def test_what_may_not_be_fetched_is_not_even_resolved(url: str) -> None:
    def resolve(_name: str, _port: int) -> list[str]:
        pytest.fail("it was looked up")

    outside = Outside(frozenset({("data.example.org", 0)}), (), 1, resolve)
    with pytest.raises(QueryRefused):
        outside.fetch(url, "text/turtle", seconds=1)


@pytest.mark.parametrize(
    ("federation", "networks"), [("http://x/", ""), ("a b", ""), ("u@x", ""), ("x", "10.0.0.0/99")]
)
def test_settings_that_cannot_be_used_are_said(federation: str, networks: str) -> None:
    with pytest.raises(BadSetting):
        read_outside(federation, networks, 1)
