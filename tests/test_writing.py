"""Writing: updates and the graph store, for the holder of the token only."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import BEARER, FORM, TOKEN, UPDATE, Reply, Server, running
from hostile_client import processes

GRAPH = "/graphs?graph=http%3A%2F%2Fexample.org%2Fg"


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("writing")
    arguments = ("--data", str(folder), "--empty", "--default-graph", "strict")
    with running(*arguments, MIECO_TOKEN=TOKEN, MIECO_TIMEOUT="5") as server:
        yield server


@pytest.fixture
def store(writable: Server) -> Server:
    assert update(writable, "DROP ALL").status == 204
    return writable


def update(server: Server, text: str) -> Reply:
    return server.post("/update", text, UPDATE, **BEARER)


def put(server: Server, path: str, body: bytes | str, media_type: str = "text/turtle") -> Reply:
    data = body.encode() if isinstance(body, str) else body
    return server.send("PUT", path, {"Content-Type": media_type, **BEARER}, data)


def triples(server: Server, path: str) -> set[str]:
    reply = server.get(path, "application/n-triples")
    assert reply.status == 200, reply.text
    return set(reply.text.splitlines())


ONE = "<http://a/1> <http://p/q> <http://b/1> ."
TWO = "<http://a/2> <http://p/q> <http://b/2> ."
RDF_XML = """
<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://p/">
  <r:Description r:about="http://a/1"><q r:resource="http://b/1"/></r:Description>
</r:RDF>"""


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/update"),
        ("PUT", "/graphs?default"),
        ("POST", "/graphs?default"),
        ("POST", "/graphs"),
        ("DELETE", GRAPH),
    ],
)
@pytest.mark.parametrize(
    "authorization", [None, "Bearer wrong", f"Basic {TOKEN}", "Bearer", f"Bearer {TOKEN}x"]
)
def test_nobody_writes_without_the_token(
    writable: Server, method: str, path: str, authorization: str | None
) -> None:
    headers = {"Content-Type": UPDATE if path == "/update" else "text/turtle"}
    if authorization:
        headers["Authorization"] = authorization
    reply = writable.send(method, path, headers, b"CLEAR ALL")
    assert (reply.status, reply.json()["code"]) == (401, "unauthorised")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_a_token_set_nothing_can_be_written(server: Server) -> None:
    for authorization in ("Bearer ", "Bearer x"):
        headers = {"Content-Type": UPDATE, "Authorization": authorization}
        reply = server.send("POST", "/update", headers, b"CLEAR ALL")
        assert (reply.status, reply.json()["code"]) == (403, "writing-disabled")


def test_an_update_is_seen_by_the_next_query(store: Server) -> None:
    assert update(store, f"INSERT DATA {{ {ONE} GRAPH <http://g/1> {{ {TWO} }} }}").status == 204
    assert triples(store, "/graphs?default") == {ONE}
    form = "update=DELETE+WHERE+%7B+%3Fs+%3Fp+%3Fo+%7D"
    assert store.post("/update", form, FORM, **BEARER).status == 204
    assert triples(store, "/graphs?default") == set()
    assert store.query("SELECT ?s { GRAPH <http://g/1> { ?s ?p ?o } }") == [{"s": "http://a/2"}]


def test_several_operations_are_one_transaction(store: Server) -> None:
    failed = update(store, f"INSERT DATA {{ {ONE} }} ; MOVE <http://no/graph> TO <http://g/1>")
    assert (failed.status, failed.json()["code"]) == (400, "query-refused")
    assert triples(store, "/graphs?default") == set()


def test_the_request_names_the_graphs_of_an_update(store: Server) -> None:
    data = f"INSERT DATA {{ GRAPH <http://g/1> {{ {ONE} }} GRAPH <http://g/2> {{ {TWO} }} }}"
    assert update(store, data).status == 204
    text = "INSERT { ?s <http://seen/in> 'default' } WHERE { ?s ?p ?o }"
    using = "/update?using-graph-uri=http%3A%2F%2Fg%2F1"
    assert store.post(using, text, UPDATE, **BEARER).status == 204
    assert store.query("SELECT ?s { ?s <http://seen/in> 'default' }") == [{"s": "http://a/1"}]
    delete = "/update?using-graph-uri=http%3A%2F%2Fg%2F2"
    assert store.post(delete, "DELETE WHERE { ?s ?p ?o }", UPDATE, **BEARER).status == 204
    assert store.query("SELECT ?s { ?s <http://seen/in> 'default' }") == [{"s": "http://a/1"}]
    conflict = f"WITH <http://g/1> {text}"
    reply = store.post(using, conflict, UPDATE, **BEARER)
    assert (reply.status, reply.json()["code"]) == (400, "bad-request")


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        (UPDATE, "INSERT DATA {", 400, "query-syntax"),
        (UPDATE, b"INSERT DATA { <a:b> <c:d> '\xff' }", 400, "bad-request"),
        ("text/plain", "CLEAR ALL", 415, "unsupported-media-type"),
        (FORM, "update=CLEAR+ALL&update=CLEAR+ALL", 400, "bad-request"),
        (FORM, "query=ASK%7B%7D", 400, "bad-request"),
        (UPDATE, "LOAD <http://127.0.0.1:1/>", 400, "query-refused"),
        (UPDATE, "DELETE { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", 400, ""),
    ],
)
def test_an_update_that_cannot_be(
    writable: Server, content_type: str, body: bytes | str, status: int, code: str
) -> None:
    reply = writable.post("/update", body, content_type, **BEARER)
    assert reply.status == status
    assert reply.json()["code"] == (code or "query-refused")


def test_a_runaway_update_is_stopped_and_changes_nothing(store: Server) -> None:
    rows = " ".join(f"<http://a/{n}> <http://p/q> {n} ." for n in range(300))
    assert update(store, f"INSERT DATA {{ {rows} }}").status == 204
    product = "INSERT { ?a ?b ?i } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    reply = update(store, product)
    assert reply.status in {503, 504}
    assert len(triples(store, "/graphs?default")) == 300
    assert update(store, "CLEAR DEFAULT").status == 204


def test_the_process_whose_forks_make_changes_is_replaced_when_it_is_lost(store: Server) -> None:
    (lost,) = writers(store)
    os.kill(lost, signal.SIGKILL)
    while lost in writers(store):
        time.sleep(0.01)
    assert update(store, f"INSERT DATA {{ {ONE} }}").status == 204
    assert triples(store, "/graphs?default") == {ONE}
    assert len(writers(store)) == 1


def writers(server: Server) -> list[int]:
    """The processes that changes are made in, or forked from."""
    return [p.id for p in processes(server) if "mieco.writer" in p.command]


def test_a_graph_is_put_fetched_merged_and_deleted(store: Server) -> None:
    assert store.get(GRAPH).status == 404
    assert put(store, GRAPH, ONE).status == 201
    assert triples(store, GRAPH) == {ONE}
    assert put(store, GRAPH, TWO).status == 204
    assert triples(store, GRAPH) == {TWO}
    merged = store.post(GRAPH, ONE, "application/n-triples", **BEARER)
    assert merged.status == 204
    assert triples(store, GRAPH) == {ONE, TWO}
    assert store.send("HEAD", GRAPH, {}).status == 200
    assert store.send("DELETE", GRAPH, BEARER).status == 204
    assert store.send("HEAD", GRAPH, {}).status == 404
    assert store.send("DELETE", GRAPH, BEARER).status == 404


def test_a_graph_may_be_named_by_its_own_address(store: Server) -> None:
    assert put(store, "/graphs/person/1.ttl", "<> <http://p/q> 1 .").status == 201
    own = f"{store.url}/graphs/person/1.ttl"
    assert store.query(f"SELECT ?s {{ GRAPH <{own}> {{ ?s ?p ?o }} }}") == [{"s": own}]
    assert store.get("/graphs/person/1.ttl").status == 200


def test_an_empty_graph_is_there(store: Server) -> None:
    assert put(store, GRAPH, "").status == 201
    assert triples(store, GRAPH) == set()


def test_a_post_to_the_store_makes_a_new_graph(store: Server) -> None:
    reply = store.post("/graphs", ONE, "text/turtle", **BEARER)
    assert reply.status == 201
    path = reply.headers["Location"].removeprefix(store.url)
    assert triples(store, path) == {ONE}


def test_a_multipart_post_merges_every_part(store: Server) -> None:
    parts = [("one.ttl", "text/turtle", ONE), ("two.nt", "application/octet-stream", TWO)]
    body = "".join(
        f'--b\r\nContent-Disposition: form-data; name="f{i}"; filename="{name}"\r\n'
        f"Content-Type: {media_type}\r\n\r\n{text}\r\n"
        for i, (name, media_type, text) in enumerate(parts)
    )
    reply = store.post(GRAPH, body + "--b--\r\n", "multipart/form-data; boundary=b", **BEARER)
    assert reply.status == 201
    assert triples(store, GRAPH) == {ONE, TWO}


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/turtle", ONE),
        ("application/n-triples", ONE),
        ("application/n-quads", ONE),
        ("application/trig", ONE),
        ("application/ld+json", '{"@id": "http://a/1", "http://p/q": {"@id": "http://b/1"}}'),
        ("application/rdf+xml", RDF_XML),
    ],
)
def test_every_format_goes_in_and_comes_out(store: Server, media_type: str, body: str) -> None:
    assert put(store, GRAPH, body, media_type).status == 201
    reply = store.get(GRAPH, media_type)
    assert reply.headers["Content-Type"].split(";")[0] == media_type
    assert put(store, GRAPH, reply.body, media_type).status == 204
    assert triples(store, GRAPH) == {ONE}


@pytest.mark.parametrize(
    ("path", "body", "media_type", "status", "code"),
    [
        (GRAPH, "<a:b> <c:d .", "text/turtle", 400, "bad-rdf"),
        (GRAPH, "<a:b> <c:d> <e:f> <g:h> .", "application/n-quads", 400, "bad-rdf"),
        (GRAPH, "x", "image/png", 415, "unsupported-media-type"),
        ("/graphs?graph=relative", ONE, "text/turtle", 400, "bad-request"),
        ("/graphs?default&graph=a%3Ab", ONE, "text/turtle", 400, "bad-request"),
        ("/graphs", ONE, "text/turtle", 400, "bad-request"),
    ],
)
def test_a_graph_that_cannot_be_put(
    store: Server, path: str, body: str, media_type: str, status: int, code: str
) -> None:
    reply = put(store, path, body, media_type)
    assert (reply.status, reply.json()["code"]) == (status, code)
    assert store.get(GRAPH).status == 404


def test_a_hostile_document_hurts_nobody_else(store: Server) -> None:
    """It may be read, refused, or kill its writer; the service goes on either way."""
    deep = '{"http://a/b":' * 20_000 + "1" + "}" * 20_000
    put(store, GRAPH, deep, "application/ld+json")
    assert store.get("/sparql", query="ASK {}").json() == {"head": {}, "boolean": True}
    assert put(store, GRAPH, ONE).status in {201, 204}
    assert triples(store, GRAPH) == {ONE}


def test_a_lost_update_is_prevented(store: Server) -> None:
    put(store, GRAPH, ONE)
    etag = store.get(GRAPH).headers["ETag"]
    assert store.send("GET", GRAPH, {"If-None-Match": etag}).status == 304
    headers = {"Content-Type": "text/turtle", "If-Match": etag, **BEARER}
    assert store.send("PUT", GRAPH, headers, TWO.encode()).status == 204
    late = store.send("PUT", GRAPH, headers, ONE.encode())
    assert (late.status, late.json()["code"]) == (412, "precondition-failed")
    assert triples(store, GRAPH) == {TWO}


def test_writers_at_once_lose_nothing(store: Server) -> None:
    def write(number: int) -> None:
        assert update(store, f"INSERT DATA {{ <http://a/1> <http://p/q> {number} }}").status == 204

    writers = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(triples(store, "/graphs?default")) == 8


def test_what_is_written_survives_a_restart_and_joins_the_merged_default(
    data_directory: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data_directory, folder)
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as first:
        consortium = (
            "<https://example.org/new> a <https://w3id.org/mieco/ontology#Consortium> ;"
            " <http://www.w3.org/2000/01/rdf-schema#label> '新联合体'@zh ."
        )
        assert put(first, GRAPH, consortium).status == 201
        assert update(first, f"INSERT DATA {{ {ONE} }}").status == 204
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as again:
        count = "SELECT (COUNT(*) AS ?n) { ?c a <https://w3id.org/mieco/ontology#Consortium> }"
        assert again.query(count) == [{"n": "67"}]
        # What the axioms say of it is inferred as well.
        kinds = again.query("SELECT ?k { <https://example.org/new> a ?k }")
        assert {"k": "https://w3id.org/mieco/ontology#Actor"} in kinds
        assert triples(again, "/graphs?default") == {ONE}
        assert again.query("SELECT ?o { <http://a/1> <http://p/q> ?o }") == [{"o": "http://b/1"}]
