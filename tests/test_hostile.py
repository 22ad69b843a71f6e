"""Attacks: each ends in bounded time, and small requests of others are answered at once.

What clients and processes do beside that is in test_hostile_load.py.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import BEARER, TOKEN, UPDATE, Server, running
from hostile_client import (
    ask,
    at_once,
    check,
    check_others,
    connected,
    query,
    read_all,
    table,
)
from hostile_requests import (
    CHUNKED,
    CUTS,
    ENCODINGS,
    HALF_PARTS,
    IN_A_CHUNK,
    LENGTH,
    MULTIPART,
    ONCE_500,
    TURTLE,
    Cut,
    Request,
    documents,
)
from hostile_texts import (
    BOMBS,
    CAP,
    CHAINS,
    MANY_JOINS,
    NESTS,
    ODD,
    SCANNED,
    UNLAWFUL,
    Nest,
    loopback,
)

EMPTY = ("--empty", "--default-graph", "strict")
GRAPH = "/graphs?graph=http%3A%2F%2Fexample.org%2F"


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An empty service that takes texts of the usual length, and changes."""
    folder = tmp_path_factory.mktemp("hostile")
    with running("--data", str(folder), *EMPTY, MIECO_TOKEN=TOKEN, MIECO_TIMEOUT="2") as one:
        yield one


@pytest.fixture(scope="module")
def trap() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and who called there."""
    calls: list[bytes] = []

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                calls.append(b"somebody")
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=listen, daemon=True).start()
        yield listener.getsockname()[1], calls
        listener.shutdown(socket.SHUT_RDWR)


# Texts


@pytest.mark.parametrize("nest", table([n for n in NESTS if n.id not in UNLAWFUL]))
def test_brackets_may_nest_below_the_cap(writable: Server, nest: Nest) -> None:
    outcome = query(writable, nest.at(CAP - 1), "/sparql?timeout=4")
    # What is not refused may take its time: the engine puts hundreds of joins in order.
    assert outcome.status in ({200, 504} if nest.id in MANY_JOINS else {200}), outcome.body
    check_others(writable)


@pytest.mark.parametrize("nest", table(NESTS))
def test_brackets_must_not_nest_beyond_the_cap(writable: Server, nest: Nest) -> None:
    for text in (nest.at(CAP + 44), nest.longest()):
        outcome = query(writable, text)
        assert (outcome.status, b"query-refused" in outcome.body) == (400, True)
        check_others(writable)


@pytest.mark.parametrize("case", table([*CHAINS, *ODD]))
def test_a_long_or_odd_text(writable: Server, case: tuple[str, str]) -> None:
    check(query(writable, case[1]))
    check_others(writable)


@pytest.mark.parametrize("case", table(BOMBS))
def test_a_bomb(server: Server, case: tuple[str, str]) -> None:
    with at_once([lambda: check(query(server, case[1]))]):
        time.sleep(0.3)
        check_others(server)
    check_others(server)


@pytest.mark.parametrize(
    "case",
    table(SCANNED),
)
def test_every_scan_is_linear(writable: Server, case: tuple[str, str]) -> None:
    outcome = query(writable, case[1])
    check_others(writable)
    check(outcome)
    assert outcome.seconds < 5  # a scan that is not linear takes minutes


@pytest.mark.parametrize("keyword", ["SERVICE", "SERVICE SILENT", "service", "\\u0053ERVICE"])
def test_service_calls_nobody(
    writable: Server, trap: tuple[int, list[bytes]], keyword: str
) -> None:
    port, calls = trap
    for name, iri in loopback(port):
        asked = f"SELECT * {{ {keyword} <{iri}> {{ ?s ?p ?o }} }}"
        renamed = f"PREFIX e: <{iri}> SELECT * {{ OPTIONAL {{ {keyword} e: {{ ?s ?p ?o }} }} }}"
        for text in (asked, renamed):
            outcome = query(writable, text)
            assert outcome.status == (200 if "SILENT" in keyword else 400), name
    assert calls == []
    check_others(writable)


@pytest.mark.parametrize("keyword", ["LOAD", "LOAD SILENT", "\\u004COAD"])
def test_load_calls_nobody(writable: Server, trap: tuple[int, list[bytes]], keyword: str) -> None:
    port, calls = trap
    text = " ; ".join(f"{keyword} <{iri}>" for _, iri in loopback(port))
    for update in (text, f"{keyword} <file:///etc/passwd>"):
        outcome = ask(writable, "POST", "/update", update, {"Content-Type": UPDATE, **BEARER})
        assert outcome.status == (204 if "SILENT" in keyword else 400)
    assert calls == []
    assert (
        ask(writable, "GET", "/graphs?default", headers={"Accept": "text/plain, */*"}).body == b""
    )
    check_others(writable)


# Requests and documents


def send(server: Server, request: Request) -> None:
    headers = dict(request.headers)
    if request.content_type:
        headers["Content-Type"] = request.content_type
    check(ask(server, request.method, request.path, request.body, headers))
    check_others(server)


@pytest.mark.parametrize("request_", table(ENCODINGS))
def test_an_odd_request(server: Server, request_: Request) -> None:
    send(server, request_)


def test_requests_that_leave_no_traceback(tmp_path: Path) -> None:
    with running("--data", str(tmp_path), *EMPTY) as alone:
        for request in ONCE_500:
            send(alone, request)


@pytest.mark.parametrize("case", table(documents("http://127.0.0.1:1/")))
def test_a_document(
    writable: Server, trap: tuple[int, list[bytes]], case: tuple[str, str, bytes]
) -> None:
    port, calls = trap
    name, media_type, body = next(
        d for d in documents(f"http://127.0.0.1:{port}/") if d[0] == case[0]
    )
    path = f"{GRAPH}{name}&timeout=2"
    method = "POST" if media_type.startswith("multipart") else "PUT"
    check(ask(writable, method, path, body, {"Content-Type": media_type, **BEARER}))
    assert calls == []
    check_others(writable)
    kept = ask(writable, "GET", path, headers={"Accept": "application/n-triples"})
    assert kept.status == 404 or b"root:" not in kept.body


@pytest.mark.parametrize("case", [pytest.param(row, id=row[0]) for row in HALF_PARTS])
def test_half_a_multipart_is_not_stored(writable: Server, case: tuple[str, str]) -> None:
    path = f"{GRAPH}half-{case[0]}"
    outcome = ask(writable, "POST", path, case[1], {"Content-Type": MULTIPART, **BEARER})
    assert outcome.status == 400
    assert ask(writable, "GET", path).status == 404


def test_what_was_stored_can_be_read(tmp_path: Path) -> None:
    depth = 20_000
    document = f"<a:a> <a:b> {'<<( <a:a> <a:b> ' * depth} 1 {')>>' * depth} ."
    arguments = ("--data", str(tmp_path), *EMPTY)
    with running(*arguments, MIECO_TOKEN=TOKEN) as first:
        headers = {"Content-Type": TURTLE, **BEARER}
        check(ask(first, "PUT", "/graphs?default&timeout=2", document, headers, bound=3.5))
        check_others(first)
    with running(*arguments) as again:
        check_others(again)


_WHOLE = b"<a:a> <a:b> <a:c> ."


# The server ends a body that it cannot read on as if it were whole.
def put_head(graph: str, framing: bytes) -> bytes:
    head = f"PUT {GRAPH}{graph} HTTP/1.1\r\nHost: a\r\nContent-Type: {TURTLE}\r\n"
    return f"{head}Authorization: Bearer {TOKEN}\r\n".encode() + framing + b"\r\n"


@pytest.mark.parametrize("cut", table(CUTS))
def test_a_document_cut_short_is_not_stored(writable: Server, cut: Cut) -> None:
    with connected(writable, 1) as (connection,), contextlib.suppress(ConnectionError):
        connection.sendall(put_head(cut.id, cut.header) + cut.body)
        if cut.then == "half-close":
            connection.shutdown(socket.SHUT_WR)
        if cut.then != "close":
            assert not read_all(connection, 1).startswith(b"HTTP/1.1 2")
    check_others(writable)
    time.sleep(0.3)
    assert ask(writable, "GET", GRAPH + cut.id).status == 404


def test_of_chunks_beside_a_length_the_chunks_count_and_nothing_after_them(
    writable: Server,
) -> None:
    """RFC 9112 §6.3: else what follows could be taken for a request of somebody else."""
    hidden = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(_WHOLE), _WHOLE)
    with connected(writable, 1) as (connection,):
        connection.sendall(put_head("both", LENGTH % 5 + CHUNKED) + chunks + hidden)
        answers = read_all(connection, 5)
    assert answers.startswith(b"HTTP/1.1 201")
    assert answers.count(b"HTTP/1.1") == 1
    check_others(writable)
    assert b"<a:c>" in ask(writable, "GET", GRAPH + "both").body


def test_uploads_that_break_off_are_not_stored(writable: Server) -> None:
    graphs = [f"broken-off-{turn}" for turn in range(10)]
    for graph in graphs:
        with connected(writable, 1) as (connection,):
            connection.sendall(put_head(graph, CHUNKED) + IN_A_CHUNK)
    check_others(writable)
    time.sleep(3)
    assert [g for g in graphs if ask(writable, "GET", GRAPH + g).status != 404] == []
