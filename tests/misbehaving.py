"""A SPARQL endpoint that misbehaves in one way, after it has told what it is and holds."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs

JSON = "application/sparql-results+json"
ROWS = b'{"head":{"vars":["s"]},"results":{"bindings":[%s]}}'
ROW = b'{"s":{"type":"uri","value":"http://e/a"}}'
WHOLE = ROWS % b",".join([ROW] * 3)


@dataclass
class Misbehaving:
    """The endpoint: its address, how it behaves, and how often it was asked in earnest."""

    address: str
    how: str = "well"
    release: int = 1
    asked: int = 0
    heads: list[str] = field(default_factory=list)
    waiting: threading.Event = field(default_factory=threading.Event)


@contextmanager
def misbehaving() -> Iterator[Misbehaving]:
    """A running one."""
    listener = socket.create_server(("127.0.0.1", 0))
    there = Misbehaving(f"http://127.0.0.1:{listener.getsockname()[1]}/sparql")
    thread = threading.Thread(target=_serve, args=(listener, there), daemon=True)
    thread.start()
    try:
        yield there
    finally:
        there.waiting.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # which wakes who waits for a connection
        listener.close()
        thread.join(timeout=5)


def _serve(listener: socket.socket, there: Misbehaving) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection, there), daemon=True).start()


def _answer(connection: socket.socket, there: Misbehaving) -> None:
    with connection, suppress(OSError):
        query = _query(connection, there)
        if query is None:
            return
        if query == "ASK {}":
            connection.sendall(_reply(b'{"head":{},"boolean":true}'))
        elif "graph/release>" in query:
            connection.sendall(_reply(_pointer(there.release)))
        else:
            there.asked += 1
            _BEHAVIOUR[there.how](connection, there)


def _query(connection: socket.socket, there: Misbehaving) -> str | None:
    """The query of the request; the connection is closed after the answer."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return None
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    # A form that is posted, and nothing else: Virtuoso 7.2 hangs on a direct POST.
    assert head.startswith(b"POST "), head
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in head, head
    there.heads.append(head.decode())
    lines = head.decode().lower().split("\r\n")
    length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length"))
    while len(body) < length:
        body += connection.recv(65536)
    form = parse_qs(body.decode())
    return (form.get("query") or form["update"])[0]


def _pointer(release: int) -> bytes:
    said = [
        ("http://purl.org/dc/terms/identifier", f'"type":"literal","value":"{release}"'),
        (
            "http://www.w3.org/ns/sparql-service-description#defaultGraph",
            '"type":"uri","value":"http://e/merged"',
        ),
    ]
    rows = ",".join(
        f'{{"property":{{"type":"uri","value":"{name}"}},"value":{{{value}}}}}'
        for name, value in said
    )
    heads = '"head":{"vars":["property","value"]}'
    return f'{{{heads},"results":{{"bindings":[{rows}]}}}}'.encode()


def _reply(body: bytes, status: str = "200 OK", media_type: str = JSON, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nConnection: close\r\n"
    return f"{head}{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _chunked(*pieces: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head % JSON.encode() + b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces)


def _well(connection: socket.socket, _: Misbehaving) -> None:
    connection.sendall(_reply(WHOLE))


def _silent(_: socket.socket, there: Misbehaving) -> None:
    there.waiting.wait(30)


def _slow_head(connection: socket.socket, there: Misbehaving) -> None:
    for byte in _reply(WHOLE):
        connection.sendall(bytes([byte]))
        if there.waiting.wait(0.1):
            return


def _slow_body(connection: socket.socket, there: Misbehaving) -> None:
    connection.sendall(_reply(WHOLE)[: -len(WHOLE)])
    for byte in WHOLE:
        connection.sendall(bytes([byte]))
        if there.waiting.wait(0.1):
            return


def _hangs(connection: socket.socket, there: Misbehaving) -> None:
    connection.sendall(_chunked(WHOLE[:40]))
    there.waiting.wait(30)


def _hangs_up(_connection: socket.socket, _: Misbehaving) -> None:
    """Says nothing at all."""


def _short(connection: socket.socket, _: Misbehaving) -> None:
    connection.sendall(_reply(WHOLE)[:-20])


def _cut_chunks(connection: socket.socket, _: Misbehaving) -> None:
    connection.sendall(_chunked(WHOLE[:40]))


def _ended_early(connection: socket.socket, _: Misbehaving) -> None:
    """A part of the results, ended as if it were all."""
    connection.sendall(_chunked(WHOLE[:-20], b""))


def _without_end(connection: socket.socket, _: Misbehaving) -> None:
    """The end of the connection is the end of the answer, which is not whole."""
    head = f"HTTP/1.0 200 OK\r\nContent-Type: {JSON}\r\n\r\n".encode()
    connection.sendall(head + WHOLE[:-20])


def _csv_without_end(connection: socket.socket, _: Misbehaving) -> None:
    """Nobody can tell whether this is all."""
    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/csv\r\n\r\ns\r\nhttp://e/a\r\n")


def _page(connection: socket.socket, _: Misbehaving) -> None:
    connection.sendall(_reply(b"<html>welcome</html>", media_type="text/html"))


def _nonsense(connection: socket.socket, _: Misbehaving) -> None:
    connection.sendall(_reply(b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":1}]}}'))


def _no_http(connection: socket.socket, _: Misbehaving) -> None:
    connection.sendall(b"220 mail ready\r\n")


def _busy(connection: socket.socket, _: Misbehaving) -> None:
    connection.sendall(_reply(b"busy", "503 Service Unavailable", "text/plain"))


def _busy_once(connection: socket.socket, there: Misbehaving) -> None:
    (_busy if there.asked == 1 else _well)(connection, there)


def _drops_once(connection: socket.socket, there: Misbehaving) -> None:
    if there.asked > 1:
        _well(connection, there)


def _refuses(connection: socket.socket, _: Misbehaving) -> None:
    connection.sendall(_reply(b"who are you?", "401 Unauthorized", "text/plain"))


def _fails(connection: socket.socket, _: Misbehaving) -> None:
    words = b"out of memory at /srv/db " + b"x" * 100_000
    connection.sendall(_reply(words, "500 Internal Server Error", "text/plain"))


def _bad_query(connection: socket.socket, _: Misbehaving) -> None:
    connection.sendall(_reply(b"line 1: no such function", "400 Bad Request", "text/plain"))


def _late(connection: socket.socket, _: Misbehaving) -> None:
    connection.sendall(_reply(b"too late", "504 Gateway Timeout", "text/plain"))


def _elsewhere(connection: socket.socket, _: Misbehaving) -> None:
    more = "Location: http://127.0.0.1:1/\r\n"
    connection.sendall(_reply(b"", "307 Temporary Redirect", "text/plain", more))


def _endless(connection: socket.socket, there: Misbehaving) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection.sendall(head % JSON.encode())
    piece = b",".join([ROW] * 1000)
    start = b'{"head":{"vars":["s"]},"results":{"bindings":['
    connection.sendall(b"%x\r\n%s\r\n" % (len(start) + len(piece), start + piece))
    while not there.waiting.is_set():
        connection.sendall(b"%x\r\n,%s\r\n" % (len(piece) + 1, piece))
        time.sleep(0.001)


_BEHAVIOUR = {
    behaviour.__name__.strip("_").replace("_", " "): behaviour
    for behaviour in (
        *(_well, _silent, _slow_head, _slow_body, _hangs, _hangs_up, _short, _cut_chunks),
        *(_ended_early, _without_end, _csv_without_end, _page, _nonsense, _no_http, _busy),
        *(_busy_once, _drops_once, _refuses, _fails, _bad_query, _late, _elsewhere, _endless),
    )
}
