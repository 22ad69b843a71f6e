"""A server that answers as it is told, also as no server should."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Seen:
    """A request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass
class OddService:
    """The server: ``answers`` are taken one after the other, the last again and again."""

    url: str = ""
    answers: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def will(self, *answers: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.answers, self.seen = list(answers), []


@contextmanager
def odd_service() -> Iterator[OddService]:
    odd = OddService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            odd.seen.append(Seen(self.command, self.path, dict(self.headers), body))
            self.close_connection = True
            answer = odd.answers.pop(0) if len(odd.answers) > 1 else odd.answers[0]
            answer(self)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        odd.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield odd
        finally:
            odd.over.set()
            server.shutdown()
            thread.join()


def says(
    body: object, status: int = 200, kind: str = "application/json", **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    """An orderly answer; what is not text becomes JSON."""
    raw = (body if isinstance(body, str) else json.dumps(body)).encode()

    def answer(to: BaseHTTPRequestHandler) -> None:
        start(to, status, kind, len(raw), headers)
        to.wfile.write(raw)

    return answer


def problem(status: int, code: str, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """A problem document."""
    told = {"code": code, "detail": f"detail of {code}", "hint": "a hint", "status": status}
    return says(told, status, "application/problem+json", **headers)


def breaks_off(
    body: str, *, declared: int | None, reset: bool = False
) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer that ends before its end; without a length, where only its JSON tells."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        start(to, 200, "application/json", declared, {})
        to.wfile.write(body.encode())
        to.wfile.flush()
        if reset:
            resets(to)

    return answer


def breaks_off_in_chunks(to: BaseHTTPRequestHandler) -> None:
    start(to, 200, "application/json", None, {"Transfer-Encoding": "chunked"})
    to.wfile.write(b"5\r\n[1,2,\r\n5\r\n3")


def resets(to: BaseHTTPRequestHandler) -> None:
    """The connection breaks, as when a process dies."""
    to.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    to.connection.close()


def hangs_up(to: BaseHTTPRequestHandler) -> None:
    """No byte of an answer."""


def talks_otherwise(to: BaseHTTPRequestHandler) -> None:
    """Another protocol."""
    to.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


def silent(odd: OddService) -> Callable[[BaseHTTPRequestHandler], None]:
    """No answer while the test lasts."""
    return lambda _: odd.over.wait(30) and None


def trickles(odd: OddService) -> Callable[[BaseHTTPRequestHandler], None]:
    """A byte now and then, for ever."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        start(to, 200, "application/json", None, {})
        try:
            while not odd.over.wait(0.05):
                to.wfile.write(b" ")
        except OSError:  # the client has had enough
            pass

    return answer


def redirects(to_address: str, status: int) -> Callable[[BaseHTTPRequestHandler], None]:
    return says("", status, "text/html", Location=to_address)


def start(
    to: BaseHTTPRequestHandler,
    status: int,
    kind: str,
    length: int | None,
    headers: Mapping[str, str],
) -> None:
    to.send_response(status)
    to.send_header("Content-Type", kind)
    if length is not None:
        to.send_header("Content-Length", str(length))
    for name, text in headers.items():
        to.send_header(name.replace("_", "-"), text)
    to.send_header("Connection", "close")
    to.end_headers()
