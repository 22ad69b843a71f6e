"""Each request from its first byte to its last: who sends it, its number, what came of it.

What every request costs is here, so it is little: no thread, no lock, no look at its body.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from urllib.parse import parse_qs

from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

from mieco.errors import TooManyRequests
from mieco.logs import Journal
from mieco.web.answer_cache import Answer, Headers
from mieco.web.clients import Client
from mieco.web.environ import Nature
from mieco.web.limits import Limits, Refusal, Standing
from mieco.web.place import WSGI, prefix_of
from mieco.web.protocol import FORM
from mieco.web.refusals import Refusals
from mieco.web.service import Service
from mieco.web.streaming import Streamed

HEADER = "x-request-id"
_NUMBER = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
# So much of a slow query is logged, and so much is read to find it.
_LONGEST_QUERY, _READ = 4000, 1 << 16
_UNAUTHORISED = 401
# The asker has gone, as nginx writes it.
_GONE = 499
_LIVE = b'{"status":"live"}\n'
_LIVE_HEADERS = [("content-type", "application/json"), ("cache-control", "no-store")]


class Visit:
    """A request under way, and what was answered."""

    # Of the class, since few requests have others: what is not set costs nothing.
    standing: Standing | None = None
    credentials = kept = False
    status = size = 0
    # Seconds in which the service waited for the asker.
    waited = 0.0
    # The endpoint of its view, the error that was told, and by which a streamed answer was cut.
    route = code = cut = ""
    # What Flask tells of its answer, if it makes it.
    nature: Nature | None = None
    # Its body, where that is short.
    text = b""

    def __init__(
        self, scope: Scope, protocol: HTTPProtocol, client: Client, number: str, *, closing: bool
    ) -> None:
        self.scope = scope
        self._protocol = protocol
        self.client = client
        self.number = number
        self._closing = closing
        self.began = time.monotonic()

    def heads(self, headers: Headers) -> Headers:
        """The headers as they go out."""
        if self._closing:
            return [*headers, (HEADER, self.number), ("connection", "close")]
        return [*headers, (HEADER, self.number)]

    def give(self, answer: Answer) -> None:
        """Sends a whole answer."""
        self.status, self.size = answer.status, len(answer.body)
        self._protocol.response_bytes(answer.status, self.heads(answer.headers), answer.body)

    def give_again(self, answer: Answer) -> None:
        """Sends an answer that was kept."""
        self.kept, self.route = True, answer.route
        self.give(answer)

    def has_received(self) -> None:
        """The body is here: from now on time is the service's own."""
        self.waited += time.monotonic() - self.began

    def streamed(self, done: Streamed) -> None:
        """What became of an answer that was sent piece by piece."""
        self.size, self.cut = done.size, done.code
        self.waited += done.waited


class Visits:
    """Lets requests in, within the limits, and tells what came of them.

    ``application`` makes the answers to those that are refused; ``release`` gives the number of the
    release that answers.  Belongs to one event loop.
    """

    def __init__(
        self, service: Service, journal: Journal, application: WSGI, release: Callable[[], int]
    ) -> None:
        settings = service.settings
        self._clients = service.clients
        self._meter = service.meter
        self._journal = journal
        self._limits = Limits(settings.client_requests, settings.client_concurrent)
        self._refusals = Refusals(application, self._limits)
        self._release = release
        roots = (root + way for root in {"", prefix_of(settings)} for way in ("", "/zh", "/en"))
        self._live = frozenset(f"{root}/health/live" for root in roots)
        self._access, self._slow = settings.access_log, settings.slow
        self._random = random.Random()  # noqa: S311 (numbers to be told apart, not secrets)
        # Is the service about to end?  Then each connection ends with its next answer.
        self.closing = False

    def begin(self, scope: Scope, protocol: HTTPProtocol) -> Visit | None:
        """A request that is let in, and has to be ended; ``None`` where it has been answered."""
        headers = scope.headers
        client = self._clients.of(scope)
        number = headers.get(HEADER) if client.by_proxy else None
        if number is None or not self._is_number(number):
            number = f"{self._random.getrandbits(64):016x}"
        visit = Visit(scope, protocol, client, number, closing=self.closing)
        if scope.path in self._live and scope.method == "GET":
            visit.route = "health.live"
            visit.give(Answer(200, _LIVE_HEADERS, _LIVE))
            self._tell(visit)
            return None
        if client.key is not None:
            visit.credentials = "authorization" in headers or (
                scope.method == "POST" and "/session" in scope.path
            )
            entered = self._limits.enter(client.key, credentials=visit.credentials)
            if isinstance(entered, Refusal):
                self._meter.refused[entered.kind] += 1
                visit.route, visit.code = "refused", TooManyRequests.code
                visit.give(self._refusals.of(entered, scope))
                self._tell(visit)
                return None
            visit.standing = entered
        self._meter.under_way += 1
        return visit

    def _is_number(self, given: str) -> bool:
        """Can a request be told of by what it says of itself?"""
        return bool(_NUMBER.fullmatch(given)) and self._journal.hidden(given) == given

    def end(self, visit: Visit) -> None:
        """A request that was let in has ended."""
        self._meter.under_way -= 1
        if visit.standing:
            self._limits.leave(visit.standing)
            if visit.status == _UNAUTHORISED and visit.credentials:
                self._limits.shown_wrong(visit.standing)
        self._tell(visit)

    def _tell(self, visit: Visit) -> None:
        meter, scope = self._meter, visit.scope
        if nature := visit.nature:
            visit.route, visit.code = visit.route or nature.route, nature.code
        status, code = visit.status or _GONE, visit.cut or visit.code
        seconds = time.monotonic() - visit.began
        route = visit.route or "none"
        meter.count(scope.method, route, status, visit.size, seconds)
        if visit.kept:
            meter.kept += 1
        else:
            meter.count_outcome(route, status, code)
            meter.cut += bool(visit.cut)
            if self._slow and seconds - visit.waited > self._slow:
                self._tell_slow(visit, status, seconds - visit.waited)
        if self._access:
            self._journal.access(
                number=visit.number,
                client=visit.client.address,
                method=scope.method,
                path=scope.path,
                status=status,
                size=visit.size,
                seconds=seconds,
                kept=visit.kept,
                code=code,
            )

    def _tell_slow(self, visit: Visit, status: int, seconds: float) -> None:
        self._journal.note(
            "warning",
            "slow request",
            request=visit.number,
            client=visit.client.address,
            method=visit.scope.method,
            path=visit.scope.path,
            status=status,
            ms=round(seconds * 1000),
            release=self._release(),
            error=visit.cut or visit.code,
            query=_text_of(visit.scope, visit.text[:_READ])[:_LONGEST_QUERY],
        )


def _text_of(scope: Scope, body: bytes) -> str:
    """The query or update of a request, if it has one; nothing else that it says."""
    media_type = scope.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in ("application/sparql-query", "application/sparql-update"):
        return body.decode("utf-8", "replace")
    form = body.decode("utf-8", "replace") if media_type == FORM else ""
    for told in (scope.query_string[:_READ], form):
        found = parse_qs(told, errors="replace")
        for name in ("query", "update"):
            if name in found:
                return found[name][0]
    return ""
