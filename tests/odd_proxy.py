"""A proxy before a service, which can do to answers what happens to them on the way."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PASSED_ON = (
    *("Accept-Ranges", "Cache-Control", "Content-Range", "Content-Type", "ETag", "Location"),
)


@dataclass(frozen=True)
class Asked:
    """A request that came, and how many bytes of the answer's body went back."""

    path: str
    start: int
    cache_control: str | None
    sent: int


@dataclass
class OddProxy:
    """The proxy, and what it does to the answers whose path has ``of`` in it."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    of: str = ""
    # The connection breaks after so many bytes of a body, or no more of it comes.
    cut_after: int | None = None
    halt_after: int | None = None
    # In so many answers a byte is changed.
    spoilt: int = 0
    # The service is away, and something else answers.
    away: bool = False
    halted: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def sent(self) -> int:
        """The bytes of all bodies."""
        return sum(each.sent for each in self.asked)

    def files(self) -> list[Asked]:
        """The requests for files."""
        return [each for each in self.asked if "/snapshot/" in each.path]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class _Handler(BaseHTTPRequestHandler):
    """What a proxy does with a request, for a server that says which it is and for what."""

    protocol_version = "HTTP/1.1"
    odd: OddProxy
    target: str

    def do_GET(self) -> None:
        odd, self.close_connection = self.odd, True
        status, headers, body = self._answer()
        chosen = odd.of in self.path
        if chosen and odd.spoilt and body:
            odd.spoilt -= 1
            body = bytes([body[0] ^ 1]) + body[1:]
        self.send_response(status)
        for name in _PASSED_ON:
            if name in headers:
                self.send_header(name, headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        limits = [each for each in (odd.cut_after, odd.halt_after) if chosen and each is not None]
        sent = body[: min(limits, default=len(body))]
        start = int(self.headers.get("Range", "bytes=0-")[6:-1])
        odd.asked.append(Asked(self.path, start, self.headers.get("Cache-Control"), len(sent)))
        with suppress(OSError):  # who asked was killed
            self.wfile.write(sent)
            self.wfile.flush()
            if odd.halt_after is not None and len(sent) < len(body):
                odd.halted.set()
                odd.over.wait(30)

    def _answer(self) -> tuple[int, Any, bytes]:
        if self.odd.away:
            return 502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>"
        named = {k: v for k, v in self.headers.items() if k.lower() != "host"}
        request = urllib.request.Request(self.target + self.path, headers=named)
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=30) as reply:
                return reply.status, reply.headers, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextmanager
def odd_proxy(service: str) -> Iterator[OddProxy]:
    """A proxy before the service at an address."""

    class Handler(_Handler):
        odd = OddProxy()
        target = service

    odd = Handler.odd
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
