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
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

from mieco.engine.cancellation import Cancellation
from mieco.errors import MiecoError
from mieco.web.answer_cache import Answer, AnswerCache, Asked, Headers
from mieco.web.body import BodyRule
from mieco.web.environ import CANCELLATION, FAULT, LOOKUP, NATURE, Nature, environ_of
from mieco.web.gate import LookedFor
from mieco.web.prompt import Prompt
from mieco.web.receiving import has_body, receive
from mieco.web.streaming import Pieces, Pipes

# Threads wait for workers most of the time.
_THREADS = 160
_IN_MEMORY = 1 << 20
# Longer answers go through a pipe.
_WHOLE = 1 << 20
_BODILESS = (204, 304)

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
    ) -> None:
        self._application = application
        self._rules = rules
        self._cache = cache
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="request")
        self._prompt = Prompt()
        self._pipes = Pipes(self._in_thread)

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        self._pipes.remove()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        if not has_body(scope):
            asked = self._cache.asked(scope)
            if self._give_again(asked, protocol):
                return
            cancellation = Cancellation()
            environ = self._environ(scope, io.BytesIO(), cancellation)
            if not await self._answer_promptly(protocol, environ, asked):
                with _watching(protocol, cancellation):
                    await self._answer(scope, protocol, environ, asked)
            return
        cancellation = Cancellation()
        with (
            tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as body,
            _watching(protocol, cancellation) as gone,
        ):
            headers = scope.headers
            credentials = headers.get("authorization", ""), headers.get("cookie", "")
            rule = self._rules(scope.method, scope.path, *credentials)
            fault = await receive(scope, protocol, body, gone, rule)
            if cancellation.cancelled:
                return
            environ, asked = self._environ(scope, body, cancellation, fault), None
            if scope.method == "POST" and not fault and body.tell() <= _IN_MEMORY:
                asked = self._cache.asked(scope, body.read())
                if self._give_again(asked, protocol):
                    return
                body.seek(0)
                if await self._answer_promptly(protocol, environ, asked):
                    return
                body.seek(0)
            await self._answer(scope, protocol, environ, asked)

    def _environ(
        self,
        scope: Scope,
        body: IO[bytes],
        cancellation: Cancellation,
        fault: MiecoError | None = None,
    ) -> dict[str, Any]:
        environ = environ_of(scope, body)
        environ[CANCELLATION], environ[FAULT], environ[NATURE] = cancellation, fault, Nature()
        return environ

    async def _answer_promptly(
        self, protocol: HTTPProtocol, environ: dict[str, Any], asked: Asked | None
    ) -> bool:
        """Answers a plain query without a thread, if its answer is there in a moment."""
        sought = environ[LOOKUP] = LookedFor()
        self._application(environ, _no_response)
        environ[LOOKUP] = lookup = sought.found
        given = await self._prompt.finish(lookup) if lookup else None
        if given is None:
            return False
        answer = Answer(200, given.headers, given.body)
        self._send(protocol, asked if given.lasting else None, answer)
        return True

    async def _answer(
        self, scope: Scope, protocol: HTTPProtocol, environ: dict[str, Any], asked: Asked | None
    ) -> None:
        status, headers, answer = await self._in_thread(self._call, environ)
        if isinstance(answer, bytes):
            lasting = environ[NATURE].lasting
            self._send(protocol, asked if lasting else None, Answer(status, headers, answer))
        else:
            await self._pipes.send(scope, protocol, status, headers, answer)

    def _send(self, protocol: HTTPProtocol, asked: Asked | None, answer: Answer) -> None:
        """Sends a whole answer, and keeps it for who asks for the same."""
        protocol.response_bytes(answer.status, answer.headers, answer.body)
        if asked:
            self._cache.keep(asked, answer)

    def _give_again(self, asked: Asked | None, protocol: HTTPProtocol) -> bool:
        """Gives the answer that is kept, if there is one."""
        found = self._cache.find(asked) if asked else None
        if found:
            protocol.response_bytes(found.status, found.headers, found.body)
        return found is not None

    def ask(self, scope: Scope, *, seconds: float) -> None:
        """Makes the answer to a GET request in this thread and keeps it, unless it is kept.

        It is given up after so many seconds.
        """
        asked = self._cache.asked(scope)
        if asked is None or self._cache.find(asked):
            return
        cancellation = Cancellation()
        environ = self._environ(scope, io.BytesIO(), cancellation)
        timer = threading.Timer(seconds, cancellation.cancel)
        timer.start()
        try:
            status, headers, answer = self._call(environ)
        finally:
            timer.cancel()
        if not isinstance(answer, bytes):
            answer.close()
        elif environ[NATURE].lasting:
            self._cache.keep(asked, Answer(status, headers, answer))

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def _call(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes | Pieces]:
        """(status, headers, body) of the application's answer; a small body whole."""
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
