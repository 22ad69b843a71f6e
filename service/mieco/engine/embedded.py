"""The engine of mieco itself: a pool of workers forked from a zygote."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mieco.engine import frames, zygote
from mieco.engine.base import Answer, Query, job_of
from mieco.engine.syntax import explain, explain_evaluation
from mieco.errors import (
    DeadlineExceeded,
    EngineUnavailable,
    Language,
    NotAcceptable,
    Overloaded,
    Text,
    UserError,
    WorkerLost,
)
from mieco.present.formats import GRAPH_FORMATS, SOLUTION_FORMATS, names
from mieco.settings import Settings

_LOAD_SECONDS = 600.0
# How long a query waits for a free worker before the service says that it is overloaded.
_QUEUE_SECONDS = 10.0


@dataclass(slots=True)
class _Worker:
    process: int
    connection: socket.socket

    def is_lost(self) -> bool:
        """Did an idle worker die?  It says nothing while it waits, so all to read is its end."""
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return bool(poll.poll(0))


class EmbeddedEngine:
    """Evaluates queries against one release directory.

    Thread-safe: every query has a worker to itself.  Raises
    :class:`~mieco.errors.EngineUnavailable` if the release cannot be loaded.
    """

    def __init__(self, release: Path, settings: Settings) -> None:
        if not hasattr(os, "fork"):
            raise EngineUnavailable(
                reason=Text(
                    "此平台没有 fork，请用 Linux、macOS 或 WSL",
                    "this platform has no fork; use Linux, macOS or WSL",
                )
            )
        self._control, theirs = socket.socketpair()
        self._commands = threading.Lock()
        with theirs:
            self._zygote = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    zygote.__name__,
                    str(theirs.fileno()),
                    json.dumps(
                        {
                            "release": str(release),
                            "default_graph": settings.default_graph,
                            "worker_memory": settings.worker_memory,
                        }
                    ),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # Ctrl-C in a terminal is for the service, which then closes the socket.
                start_new_session=True,
                env={**os.environ, "RUST_BACKTRACE": "0"},
            )
        self._await_load()
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        for _ in range(settings.workers):
            self._idle.put(self._fork())
        # One worker is kept for the service's own pages.
        self._foreign = threading.BoundedSemaphore(max(1, settings.workers - 1))

    def _await_load(self) -> None:
        self._control.settimeout(_LOAD_SECONDS)
        try:
            tag, _ = self._hear()
        except EngineUnavailable:
            self.close()
            raise
        self._control.settimeout(None)
        if tag != zygote.LOADED:
            self.close()
            raise EngineUnavailable(
                reason=Text("发布的数据读不出来", "the data of the release cannot be read")
            )

    def _hear(self) -> tuple[bytes, int]:
        """The next word of the zygote."""
        try:
            heard = self._control.recv(zygote.COMMAND.size)
            tag, number = zygote.COMMAND.unpack(heard)
        except (OSError, struct.error):
            raise EngineUnavailable(
                reason=Text("引擎进程已退出", "the engine process has ended")
            ) from None
        return tag, number

    def _fork(self) -> _Worker:
        ours, theirs = socket.socketpair()
        with theirs, self._commands:
            socket.send_fds(self._control, [zygote.COMMAND.pack(zygote.FORK, 0)], [theirs.fileno()])
            _, process = self._hear()
        return _Worker(process, ours)

    def _replace(self, worker: _Worker) -> None:
        worker.connection.close()
        # Without a zygote there is nothing to replace it with; whoever sees that the
        # engine is not alive opens another.
        with contextlib.suppress(EngineUnavailable, OSError):
            with self._commands:
                self._control.sendall(zygote.COMMAND.pack(zygote.KILL, worker.process))
            self._idle.put(self._fork())

    @contextlib.contextmanager
    def _admitted(self, *, foreign: bool) -> Iterator[None]:
        """A place for one job; there are fewer for foreign queries than workers."""
        if foreign and not self._foreign.acquire(timeout=_QUEUE_SECONDS):
            raise Overloaded
        try:
            yield
        finally:
            if foreign:
                self._foreign.release()

    @contextlib.contextmanager
    def _worker(self) -> Iterator[_Worker]:
        """A worker for one job.  It goes back if the job ended well, else it is replaced."""
        try:
            while (worker := self._idle.get(timeout=_QUEUE_SECONDS)).is_lost():
                self._replace(worker)
        except queue.Empty:
            raise Overloaded from None
        try:
            yield worker
        except BaseException:
            self._replace(worker)
            raise
        self._idle.put(worker)

    def _exchange(
        self, tag: bytes, job: bytes, seconds: float, *, foreign: bool = False
    ) -> Generator[tuple[bytes, bytes], None, None]:
        """The frames that answer a job.  Leaving it early costs the worker its life."""
        with self._admitted(foreign=foreign), self._worker() as worker:
            deadline = time.monotonic() + seconds
            try:
                frames.send(worker.connection, tag, job)
                while True:
                    worker.connection.settimeout(max(0.001, deadline - time.monotonic()))
                    frame = frames.receive(worker.connection)
                    if frame[0] in (frames.END, frames.ERROR):
                        break
                    yield frame
            except TimeoutError:
                raise DeadlineExceeded(seconds=seconds) from None
            except frames.ConnectionLost:
                raise WorkerLost from None
        yield frame

    def query(self, query: Query, *, seconds: float) -> Answer:
        """See :class:`mieco.engine.base.Engine`."""
        exchange = self._exchange(frames.QUERY, job_of(query), seconds, foreign=query.foreign)
        tag, body = next(exchange)
        if tag == frames.ERROR:
            raise _error(json.loads(body), query)
        head = json.loads(body)
        return Answer(
            kind=head["kind"],
            media_type=head["media_type"],
            chunks=_pieces(exchange, query),
            close=exchange.close,
        )

    def labels(
        self, iris: Sequence[str], language: Language, *, seconds: float
    ) -> dict[str, tuple[str, str]]:
        """See :class:`mieco.engine.base.Engine`."""
        job = json.dumps({"iris": list(iris), "language": language}).encode()
        body = b"".join(
            body for tag, body in self._exchange(frames.LABELS, job, seconds) if tag == frames.DATA
        )
        return {iri: (label, tag) for iri, (label, tag) in json.loads(body).items()}

    def alive(self) -> bool:
        """See :class:`mieco.engine.base.Engine`."""
        return self._zygote.poll() is None

    def close(self) -> None:
        """See :class:`mieco.engine.base.Engine`."""
        self._control.close()
        try:
            self._zygote.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._zygote.kill()
            self._zygote.wait()


def _pieces(exchange: Iterator[tuple[bytes, bytes]], query: Query) -> Iterator[bytes]:
    for tag, body in exchange:
        if tag == frames.DATA:
            yield body
        elif tag == frames.ERROR:
            raise _error(json.loads(body), query)


def _error(report: dict[str, str], query: Query) -> UserError:
    match report["what"]:
        case "syntax":
            return explain(report["detail"], query.text)
        case "not-acceptable":
            formats = GRAPH_FORMATS if report["detail"] == "graph" else SOLUTION_FORMATS
            return NotAcceptable(offered=names(formats))
    return explain_evaluation(report["detail"])
