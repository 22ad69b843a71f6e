"""In front of the WSGI application: slow clients, hang-ups, broken answers.

The server speaks RSGI to this gateway, which needs no thread while bytes are on their way:

- What was answered before and still holds is given out at once (answer_cache.py).
- A plain query is answered without a thread, if that takes a moment only (prompt.py).
- A body is read, within its limits of size and time, before the application is called
  (receiving.py).
- An asker who hangs up cancels the request's :class:`Cancellation`.
- A long answer goes through a pipe (streaming.py).

The application stays plain WSGI, and any other WSGI server runs it too.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

from mieco.engine.cancellation import Cancellation
from mieco.errors import MiecoError
from mieco.logs import REQUEST
from mieco.web.answer_cache import Answer, AnswerCache, Asked, Headers
from mieco.web.body import BodyRule
from mieco.web.environ import (
    CANCELLATION,
    CLIENT,
    FAULT,
    LOOKUP,
    NATURE,
    REQUEST_ID,
    Nature,
    environ_of,
)
from mieco.web.gate import LookedFor
from mieco.web.meter import SPARQL
from mieco.web.prompt import Prompt
from mieco.web.receiving import has_body, receive
from mieco.web.streaming import Pieces, Pipes
from mieco.web.visits import Visit, Visits

# Threads wait for workers most of the time.
_THREADS = 160
_IN_MEMORY = 1 << 20
# Longer answers go through a pipe.
_WHOLE = 1 << 20
_BODILESS = (204, 304)
# By this signal a process learns that another has taken over (handover.py); so long its connections
# have to end by themselves.
RETIRE = signal.SIGUSR1
_RETIRING_SECONDS = 3.0

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Gateway:
    """An RSGI application that calls a WSGI one in threads.

    ``rules`` says what the body may be, by method, path, Authorization and Cookie headers.
    """

    def __init__(
        self,
        application: WSGI,
        rules: Callable[[str, str, str, str], BodyRule],
        cache: AnswerCache,
        visits: Visits,
    ) -> None:
        self._application = application
        self._rules = rules
        self._cache = cache
        self._visits = visits
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="request")
        self._prompt = Prompt()
        self._pipes = Pipes(self._in_thread)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.add_signal_handler(RETIRE, self._retire, loop)

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        self._pipes.remove()

    def _retire(self, loop: asyncio.AbstractEventLoop) -> None:
        """Another process has taken over: connections end with their next answers, then this."""
        self._visits.closing = True
        loop.call_later(_RETIRING_SECONDS, os.kill, os.getpid(), signal.SIGTERM)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        visit = self._visits.begin(scope, protocol)
        if visit is None:
            return
        try:
            if has_body(scope):
                await self._take_body(visit, protocol)
            elif not self._give_again(visit, asked := self._cache.asked(scope)):
                await self._take(visit, protocol, asked)
        finally:
            self._visits.end(visit)

    async def _take(self, visit: Visit, protocol: HTTPProtocol, asked: Asked | None) -> None:
        """Answers a request without a body, whose answer is not kept."""
        cancellation = Cancellation()
        environ = self._environ(visit, io.BytesIO(), cancellation)
        if not await self._answer_promptly(visit, environ, asked):
            with _watching(protocol, cancellation):
                await self._answer(visit, protocol, environ, asked)

    async def _take_body(self, visit: Visit, protocol: HTTPProtocol) -> None:
        """Receives the body of a request, and answers it."""
        cancellation, scope = Cancellation(), visit.scope
        with (
            tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as body,
            _watching(protocol, cancellation) as gone,
        ):
            headers = scope.headers
            credentials = headers.get("authorization", ""), headers.get("cookie", "")
            rule = self._rules(scope.method, scope.path, *credentials)
            fault = await receive(scope, protocol, body, gone, rule)
            visit.has_received()
            if cancellation.cancelled:
                return
            environ, asked = self._environ(visit, body, cancellation, fault), None
            if scope.method == "POST" and not fault and body.tell() <= _IN_MEMORY:
                text = body.read()
                visit.text = text
                asked = self._cache.asked(scope, text)
                if self._give_again(visit, asked):
                    return
                body.seek(0)
                if await self._answer_promptly(visit, environ, asked):
                    return
                body.seek(0)
            await self._answer(visit, protocol, environ, asked)

    @staticmethod
    def _environ(
        visit: Visit,
        body: IO[bytes],
        cancellation: Cancellation,
        fault: MiecoError | None = None,
    ) -> dict[str, Any]:
        environ = environ_of(visit.scope, body)
        environ["REMOTE_ADDR"] = visit.client.address
        nature = visit.nature = Nature()
        environ[CANCELLATION], environ[FAULT], environ[NATURE] = cancellation, fault, nature
        environ[CLIENT], environ[REQUEST_ID] = visit.client, visit.number
        return environ

    async def _answer_promptly(
        self, visit: Visit, environ: dict[str, Any], asked: Asked | None
    ) -> bool:
        """Answers a plain query without a thread, if its answer is there in a moment."""
        sought = environ[LOOKUP] = LookedFor()
        self._application(environ, _no_response)
        environ[LOOKUP] = lookup = sought.found
        given = await self._prompt.finish(lookup) if lookup else None
        if given is None:
            return False
        visit.route = SPARQL
        answer = Answer(200, given.headers, given.body, SPARQL)
        self._send(visit, asked if given.lasting else None, answer)
        return True

    async def _answer(
        self, visit: Visit, protocol: HTTPProtocol, environ: dict[str, Any], asked: Asked | None
    ) -> None:
        status, headers, answer = await self._in_thread(self._call, environ)
        if isinstance(answer, bytes):
            nature: Nature = environ[NATURE]
            made = Answer(status, headers, answer, nature.route)
            self._send(visit, asked if nature.lasting else None, made)
        else:
            visit.status = status
            told = visit.heads(headers)
            done = await self._pipes.send(visit.scope, protocol, status, told, answer)
            visit.streamed(done)

    def _send(self, visit: Visit, asked: Asked | None, answer: Answer) -> None:
        """Sends a whole answer, and keeps it for who asks for the same."""
        visit.give(answer)
        if asked:
            self._cache.keep(asked, answer)

    def _give_again(self, visit: Visit, asked: Asked | None) -> bool:
        """Gives the answer that is kept, if there is one."""
        found = self._cache.find(asked) if asked else None
        if found:
            visit.give_again(found)
        return found is not None

    def ask(self, scope: Scope, *, seconds: float) -> None:
        """Makes the answer to a GET request in this thread and keeps it, unless it is kept.

        It is given up after so many seconds.
        """
        asked = self._cache.asked(scope)
        if asked is None or self._cache.find(asked):
            return
        cancellation = Cancellation()
        environ = environ_of(scope, io.BytesIO())
        environ[CANCELLATION], environ[NATURE] = cancellation, Nature()
        timer = threading.Timer(seconds, cancellation.cancel)
        timer.start()
        try:
            status, headers, answer = self._call(environ)
        finally:
            timer.cancel()
        if not isinstance(answer, bytes):
            answer.close()
        elif environ[NATURE].lasting:
            self._cache.keep(asked, Answer(status, headers, answer, environ[NATURE].route))

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def _call(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes | Pieces]:
        """(status, headers, body) of the application's answer; a small body whole."""
        REQUEST.set(environ.get(REQUEST_ID, ""))
        started: list[Any] = []

        def start_response(status: str, headers: Headers, _error: object = None) -> None:
            started[:] = [int(status.split(" ", 1)[0]), headers]

        pieces = Pieces(self._application(environ, start_response))
        status, headers = started
        headers = [(name.lower(), value) for name, value in headers]
        length = int(dict(headers).get("content-length", _WHOLE + 1))
        bodiless = status in _BODILESS or environ["REQUEST_METHOD"] == "HEAD"
        if bodiless or length <= _WHOLE:
            with contextlib.closing(pieces):
                return status, headers, b"".join(pieces)
        return status, headers, pieces


def _no_response(*_: Any) -> None:
    """Where a lookup is looked for, nothing answers."""


@contextlib.contextmanager
def _watching(protocol: HTTPProtocol, cancellation: Cancellation) -> Iterator[asyncio.Future[None]]:
    """Cancels a request if its asker goes within the context; gives that."""
    gone = asyncio.ensure_future(protocol.client_disconnect())
    gone.add_done_callback(lambda f: None if f.cancelled() else cancellation.cancel())
    try:
        yield gone
    finally:
        gone.cancel()
