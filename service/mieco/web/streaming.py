"""Long answers, each through a pipe: a slow reader slows only its own answer.

If an answer fails after its first byte, the connection is broken, so that the client sees a cut:
an orderly end would make a part look like the whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

from mieco.errors import Abandoned, MiecoError
from mieco.temporary import lasting_folder
from mieco.web.answer_cache import Headers

# How often, and with what pause, the pipe is tried until the server has opened it.
_OPEN_TRIES, _OPEN_SECONDS = 1000, 0.002
# What the pipe holds, so that a piece is written at once.
_PIPE = 1 << 18
# How long a reader may take no byte before it is left.
_STALLED_SECONDS = 120.0


class Streamed(NamedTuple):
    """What became of an answer: the bytes that were taken, the seconds in which its reader took
    none, and the code of the error that cut it, if one did."""

    size: int
    waited: float
    code: str


class Pieces:
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


class Pipes:
    """Sends answers piece by piece; ``in_thread`` calls a function in a thread."""

    def __init__(self, in_thread: Callable[..., Awaitable[Any]]) -> None:
        self._in_thread = in_thread
        self._folder = lasting_folder()

    def remove(self) -> None:
        """Removes the folder of the pipes."""
        shutil.rmtree(self._folder, ignore_errors=True)

    async def send(
        self,
        scope: Scope,
        protocol: HTTPProtocol,
        status: int,
        headers: Headers,
        pieces: Pieces,
    ) -> Streamed:
        """Sends an answer, and closes it."""
        path = self._folder / f"{id(pieces):x}"
        size, waited, code = 0, 0.0, ""
        os.mkfifo(path, 0o600)
        try:
            protocol.response_file(status, headers, str(path))
            with await _open_pipe(path) as pipe:
                try:
                    while (piece := await self._in_thread(next, pieces, None)) is not None:
                        waited += await _write(pipe.fileno(), piece)
                        size += len(piece)
                except Exception:
                    # Before the pipe is closed, which would be an orderly end.
                    _break_connection(scope.client)
                    raise
        except (BrokenPipeError, TimeoutError):
            code = Abandoned.code  # the reader has left or takes no more
        except MiecoError as failed:  # the query
            code = failed.code
        finally:
            os.unlink(path)  # noqa: PTH108 (at once, on a local disk)
            await self._in_thread(pieces.close)
        return Streamed(size, waited, code)


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


async def _write(pipe: int, data: bytes) -> float:
    """Writes all of it, at the reader's pace; gives the seconds in which that took nothing.

    Raises BrokenPipeError or TimeoutError.
    """
    rest, waited = memoryview(data), 0.0
    while rest:
        try:
            rest = rest[os.write(pipe, rest) :]
        except BlockingIOError:
            since = time.monotonic()
            await _writable(pipe)
            waited += time.monotonic() - since
    return waited


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
