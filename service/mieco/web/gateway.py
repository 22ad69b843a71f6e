"""In front of the WSGI application: slow clients, hang-ups, broken answers.

The server speaks RSGI to this gateway, which needs no thread while bytes are on their way:

- What was answered before and still holds is given out at once (answer_cache.py).
- A plain query is answered without a thread, if that takes a moment only (prompt.py).
- A body is read, within its limits of size and time, before the application is called.
- An asker who hangs up cancels the request's :class:`Cancellation`.
- A long answer goes through a pipe, so that a slow reader slows only its own answer.
- If an answer fails after its first byte, the connection is broken, so that the client
  sees a cut: an orderly end would make a part look like the whole.

The application stays plain WSGI, and any other WSGI server runs it too.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import io
import logging
import os
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope  # type: ignore[attr-defined]

from mieco.engine.cancellation import Cancellation
from mieco.errors import MiecoError, RequestTimeout, RequestTooLarge
from mieco.temporary import lasting_folder
from mieco.web.answer_cache import Answer, AnswerCache, Asked, Headers
from mieco.web.body import BodyRule
from mieco.web.environ import CANCELLATION, FAULT, LOOKUP, NATURE, Nature, environ_of
from mieco.web.gate import LookedFor
from mieco.web.prompt import Prompt

# Threads wait for workers most of the time.
_THREADS = 160
# The next bytes of a body must come within this time, and the whole of it within that one.
_IDLE_SECONDS = 10.0
_BODY_SECONDS = 300.0
# So much of a body that is too large is read and dropped, so that the client can read why.
_DRAINED = 8 << 20
_IN_MEMORY = 1 << 20
# Longer answers go through a pipe.
_WHOLE = 1 << 20
# How often, and with what pause, the pipe is tried until the server has opened it.
_OPEN_TRIES, _OPEN_SECONDS = 1000, 0.002
# What the pipe holds, so that a piece is written at once.
_PIPE = 1 << 18
_BODILESS = (204, 304)
# How long a reader may take no byte before it is left.
_STALLED_SECONDS = 120.0

log = logging.getLogger("mieco")

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
        self._pipes = lasting_folder()

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        shutil.rmtree(self._pipes, ignore_errors=True)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        if not _has_body(scope):
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
            fault = await self._receive(scope, protocol, body, gone)
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
            await self._stream(scope, protocol, status, headers, answer)

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

    async def _receive(
        self,
        scope: Scope,
        protocol: HTTPProtocol,
        body: IO[bytes],
        gone: asyncio.Future[None],
    ) -> MiecoError | None:
        """Reads the body; gives what is wrong with it, if anything is."""
        authorization = scope.headers.get("authorization", "")
        cookies = scope.headers.get("cookie", "")
        limit, changes = self._rules(scope.method, scope.path, authorization, cookies)
        length = scope.headers.get("content-length")
        chunked = "transfer-encoding" in scope.headers
        if length is None and not chunked:
            return None
        too_large = RequestTooLarge(kilobytes=limit >> 10)
        if length is not None and int(length) > max(limit, _DRAINED):
            return too_large
        if chunked and changes:
            return await _receive_whole(protocol, body) or (
                too_large if body.tell() > limit else None
            )
        size = 0
        loop = asyncio.get_running_loop()
        latest = loop.time() + _BODY_SECONDS
        try:
            async with asyncio.timeout(_IDLE_SECONDS) as clock:
                async for piece in protocol:
                    size += len(piece)
                    if size > limit + _DRAINED:
                        break
                    if size <= limit:
                        body.write(piece)
                    clock.reschedule(min(latest, loop.time() + _IDLE_SECONDS))
        except TimeoutError:
            return RequestTimeout()
        if length is not None and size < int(length):
            await asyncio.wait({gone}, timeout=_IDLE_SECONDS)
            return RequestTimeout()
        return too_large if size > limit else None

    def _call(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes | _Pieces]:
        """(status, headers, body) of the application's answer; a small body whole."""
        started: list[Any] = []

        def start_response(status: str, headers: Headers, _error: object = None) -> None:
            started[:] = [int(status.split(" ", 1)[0]), headers]

        pieces = _Pieces(self._application(environ, start_response))
        status, headers = started
        headers = [(name.lower(), value) for name, value in headers]
        length = int(dict(headers).get("content-length", _WHOLE + 1))
        bodiless = status in _BODILESS or environ["REQUEST_METHOD"] == "HEAD"
        if bodiless or length <= _WHOLE:
            with contextlib.closing(pieces):
                return status, headers, b"".join(pieces)
        return status, headers, pieces

    async def _stream(
        self,
        scope: Scope,
        protocol: HTTPProtocol,
        status: int,
        headers: Headers,
        pieces: _Pieces,
    ) -> None:
        path = self._pipes / f"{id(pieces):x}"
        os.mkfifo(path, 0o600)
        try:
            protocol.response_file(status, headers, str(path))
            with await _open_pipe(path) as pipe:
                try:
                    while (piece := await self._in_thread(next, pieces, None)) is not None:
                        await _write(pipe.fileno(), piece)
                except Exception:
                    # Before the pipe is closed, which would be an orderly end.
                    _break_connection(scope.client)
                    raise
        except (BrokenPipeError, TimeoutError, MiecoError):
            pass  # the reader has left or takes no more; or the query failed
        finally:
            os.unlink(path)  # noqa: PTH108 (at once, on a local disk)
            await self._in_thread(pieces.close)


def _has_body(scope: Scope) -> bool:
    headers = scope.headers
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


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


async def _receive_whole(protocol: HTTPProtocol, body: IO[bytes]) -> MiecoError | None:
    """Reads a body of unknown length of which no part may pass for the whole.

    Piece by piece the server would end it in order even where it was cut off.  In one piece
    it is in memory, so this is for those who may change the data only.
    """
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body.write(await protocol())
    except (TimeoutError, ProtocolClosed):
        return RequestTimeout()
    return None


class _Pieces:
    """The body of an application's answer (PEP 3333): iterated, then closed."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body = body
        self._iterator = iter(body)

    def __iter__(self) -> Iterator[bytes]:
        return self._iterator

    def __next__(self) -> bytes:
        return next(self._iterator)

    def close(self) -> None:
        if hasattr(self._body, "close"):
            self._body.close()


async def _open_pipe(path: Path) -> IO[bytes]:
    """The writing end of a pipe that the server is about to read."""
    for _ in range(_OPEN_TRIES):
        try:
            pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # ENXIO: nobody reads yet
            await asyncio.sleep(_OPEN_SECONDS)
        else:
            if sys.platform == "linux":
                with contextlib.suppress(OSError):  # this user has many pipes
                    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
            return os.fdopen(pipe, "wb", buffering=0)
    raise BrokenPipeError


async def _write(pipe: int, data: bytes) -> None:
    """Writes all of it, at the reader's pace.  Raises BrokenPipeError or TimeoutError."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(pipe, rest) :]
        except BlockingIOError:
            await _writable(pipe)


async def _writable(pipe: int) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_writer(pipe, _settle, ready)
    try:
        async with asyncio.timeout(_STALLED_SECONDS):
            await ready
    finally:
        loop.remove_writer(pipe)


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _break_connection(client: str) -> None:
    """Shuts the connection to that address (``host:port``), which this process holds."""
    for entry in Path("/dev/fd").iterdir():
        with contextlib.suppress(OSError, ValueError):  # not a connected socket
            if not entry.is_socket():
                continue
            with socket.socket(fileno=os.dup(int(entry.name))) as connection:
                host, port = connection.getpeername()[:2]
                if client in (f"{host}:{port}", f"[{host}]:{port}"):
                    connection.shutdown(socket.SHUT_RDWR)
