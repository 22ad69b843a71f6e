"""The engine of mieco itself: a pool of workers forked from a zygote."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from mieco.engine import frames
from mieco.engine.base import Answer, Query, job_of
from mieco.engine.cancellation import Cancellation
from mieco.engine.lanes import Lanes, Place, SlowTexts
from mieco.engine.workers import Worker, Zygote
from mieco.error_reports import from_report
from mieco.errors import (
    Abandoned,
    DeadlineExceeded,
    EngineUnavailable,
    Language,
    MiecoError,
    Overloaded,
    WorkerLost,
)
from mieco.settings import Settings

# A job that works longer than this moves to the slow lane.  The service's own may take longer: the
# first that a new worker does takes several times as long as the next, since it copies what it
# touches of the memory that it shares, and a worker that goes to the slow lane does no other.
_FAST_SECONDS, _OWN_FAST_SECONDS = 0.1, 0.5
# But after so many times as long by the clock, however little the system lets its worker work.
_MOST_BUSY = 4
# A socket takes a job of this size without waiting for the worker to read it.
_SENT_AT_ONCE = 1 << 14


class EmbeddedEngine:
    """Evaluates queries against one release directory.

    Thread-safe: every query has a worker to itself.  Raises
    :class:`~mieco.errors.EngineUnavailable` if the release cannot be loaded.
    """

    def __init__(self, release: Path, settings: Settings) -> None:
        self._zygote = Zygote(release, settings)
        self._lanes = Lanes(settings.workers, settings.queue)
        self._slow_texts = SlowTexts()
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._closed = False
        try:
            for _ in range(settings.workers):
                self._idle.append(self._zygote.fork())
        except MiecoError:
            self.close()
            raise

    def _take(self) -> Worker:
        """An idle worker, or a new one where none is idle."""
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            if worker is None:
                return self._zygote.fork()
            if not worker.is_lost():
                return worker
            self._zygote.kill(worker)

    @contextlib.contextmanager
    def _worker(self, place: Place) -> Iterator[Worker]:
        """A worker for one job.

        It goes back if the job ended well in the fast lane.  Else it ends: one that was
        slowed down stays slow, and long work has spread its memory.
        """
        if place.slow:
            worker = self._zygote.fork()
            self._zygote.slow_down(worker)
        else:
            worker = self._take()
        well = False
        try:
            yield worker
            well = not place.slow
        finally:
            if well:
                self._put_back(worker)
            else:
                self._zygote.kill(worker)

    def _put_back(self, worker: Worker) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(worker)
                return
        worker.connection.close()  # it ends with its zygote

    def _exchange(
        self,
        tag: bytes,
        job: bytes,
        seconds: float,
        cancellation: Cancellation,
        *,
        foreign: bool = False,
        running: _Running | None = None,
    ) -> Generator[tuple[bytes, bytes], None, None]:
        """The frames that answer a job, which may be ``running`` already.

        Leaving it early costs the worker its life.
        """
        key = hashlib.sha256(job).digest()
        start = partial(self._start, tag, job, seconds, seconds, cancellation, foreign=foreign)
        received = partial(self._received, key, seconds, cancellation, foreign=foreign)
        try:
            yield from received(running or start(slow=key in self._slow_texts))
        except _MustWait:
            # Nothing of the answer was out yet: it starts anew when the slow lane has room.
            yield from received(start(slow=True))

    def _start(
        self,
        tag: bytes,
        job: bytes,
        seconds: float,
        patience: float,
        cancellation: Cancellation,
        *,
        foreign: bool,
        slow: bool,
    ) -> _Running:
        """The job, sent to a worker; it waits no longer than its patience for a place."""
        with ExitStack() as leave:
            place = leave.enter_context(
                self._lanes.place(
                    foreign=foreign, slow=slow, seconds=patience, cancellation=cancellation
                )
            )
            worker = leave.enter_context(self._worker(place))
            leave.enter_context(cancellation.calling(worker.hang_up))
            try:
                worker.connection.settimeout(seconds)
                frames.send(worker.connection, tag, job)
            except TimeoutError:
                raise DeadlineExceeded(seconds=seconds) from None
            except frames.ConnectionLost:
                raise (Abandoned if cancellation.cancelled else WorkerLost) from None
            return _Running(place, worker, leave.pop_all())

    def _received(
        self,
        key: bytes,
        seconds: float,
        cancellation: Cancellation,
        running: _Running,
        *,
        foreign: bool,
    ) -> Generator[tuple[bytes, bytes], None, None]:
        place, worker, leave = running
        with leave:
            clock = _Clock(worker, seconds, _FAST_SECONDS if foreign else _OWN_FAST_SECONDS)
            begun = False
            try:
                while True:
                    if not worker.reader.is_ready:
                        worker.connection.settimeout(clock.remaining(slow=place.slow))
                    try:
                        frame = worker.reader.receive()
                    except TimeoutError:
                        clock.check()
                        if clock.is_slow():
                            self._leave_fast_lane(place, worker, key, begun=begun)
                            clock.wait_again()
                        continue
                    if frame[0] in (frames.END, frames.ERROR):
                        break
                    begun = True
                    yield frame
            except frames.ConnectionLost:
                raise (Abandoned if cancellation.cancelled else WorkerLost) from None
        yield frame

    def _leave_fast_lane(self, place: Place, worker: Worker, key: bytes, *, begun: bool) -> None:
        if place.slow:
            return
        if place.foreign:
            self._slow_texts.add(key)
        if place.to_slow_lane(begun=begun):
            self._zygote.slow_down(worker)
            self._add_idle()
        elif place.foreign:
            # One that has begun cannot start anew.
            raise Overloaded if begun else _MustWait

    def _add_idle(self) -> None:
        """A worker in the place of one that went to the slow lane."""
        # Without a zygote there is none; whoever sees that the engine is not alive opens
        # another.
        with contextlib.suppress(EngineUnavailable, Overloaded):
            self._put_back(self._zygote.fork())

    def query(
        self, query: Query, *, seconds: float, cancellation: Cancellation | None = None
    ) -> Answer:
        """See :class:`mieco.engine.base.Engine`."""
        exchange = self._exchange(
            frames.QUERY,
            job_of(query),
            seconds,
            cancellation or Cancellation(),
            foreign=query.foreign,
        )
        return _answer(exchange)

    def begin(self, query: Query, *, seconds: float, cancellation: Cancellation) -> Begun | None:
        """A foreign query, put to a worker without waiting for anything.

        ``None`` where no worker is free for it, or it is known to take long.
        """
        job = job_of(query)
        key = hashlib.sha256(job).digest()
        if not self._idle or len(job) > _SENT_AT_ONCE or key in self._slow_texts:
            return None
        try:
            running = self._start(
                frames.QUERY, job, seconds, 0, cancellation, foreign=True, slow=False
            )
        except MiecoError:
            return None
        exchange = self._exchange(
            frames.QUERY, job, seconds, cancellation, foreign=True, running=running
        )
        return Begun(running, exchange)

    def labels(
        self, iris: Sequence[str], language: Language, *, seconds: float
    ) -> dict[str, tuple[str, str]]:
        """See :class:`mieco.engine.base.Engine`."""
        job = json.dumps({"iris": list(iris), "language": language}).encode()
        exchange = self._exchange(frames.LABELS, job, seconds, Cancellation())
        body = b"".join(body for tag, body in exchange if tag == frames.DATA)
        return {iri: (label, tag) for iri, (label, tag) in json.loads(body).items()}

    def alive(self) -> bool:
        """See :class:`mieco.engine.base.Engine`."""
        return self._zygote.alive()

    def close(self) -> None:
        """See :class:`mieco.engine.base.Engine`."""
        with self._lock:
            self._closed = True
            for worker in self._idle:
                worker.connection.close()
            self._idle.clear()
        self._zygote.close()


class _Running(NamedTuple):
    """A job that was sent; ``leave`` gives up its place and its worker."""

    place: Place
    worker: Worker
    leave: ExitStack


class Begun:
    """A query that was put to a worker.  Whoever has it must ask for its answer, or close it."""

    def __init__(
        self, running: _Running, exchange: Generator[tuple[bytes, bytes], None, None]
    ) -> None:
        self._leave = running.leave
        self._exchange = exchange
        self._worker = running.worker

    def fileno(self) -> int:
        """The descriptor that can be read when there is more of the answer."""
        return self._worker.connection.fileno()

    def look(self) -> bool:
        """Takes what has come, once it can be read; is the answer, or its failure, whole?"""
        return self._worker.reader.look()

    @property
    def size(self) -> int:
        """The bytes that have come."""
        return self._worker.reader.size

    def answer(self) -> Answer:
        """The answer, as :meth:`EmbeddedEngine.query` gives it; does not wait if it is whole."""
        return _answer(self._exchange)

    def close(self) -> None:
        """Ends the query; does nothing after :meth:`answer`."""
        with contextlib.suppress(Abandoned), self._leave:
            raise Abandoned


class _MustWait(Exception):
    """A job took long, and the slow lane was full."""


class _Clock:
    """The time that a job has: a moment in the fast lane, and until its deadline in all."""

    def __init__(self, worker: Worker, seconds: float, fast: float) -> None:
        self._worker = worker
        self._used = worker.seconds()
        self._started = time.monotonic()
        self._seconds = seconds
        self._fast = fast
        self._deadline = self._started + seconds
        self._moment = self._started + fast

    def remaining(self, *, slow: bool) -> float:
        """Seconds to wait for the next word, never zero (which would mean: do not wait)."""
        until = self._deadline if slow else min(self._deadline, self._moment)
        return max(0.001, until - time.monotonic())

    def wait_again(self) -> None:
        self._moment = time.monotonic() + self._fast

    def is_slow(self) -> bool:
        """Has it had its moment?  On a busy machine a worker waits for longer than it works."""
        now, left = time.monotonic(), self._fast - (self._worker.seconds() - self._used)
        if left <= 0 or now - self._started >= _MOST_BUSY * self._fast:
            return True
        self._moment = now + left
        return False

    def check(self) -> None:
        if time.monotonic() >= self._deadline:
            raise DeadlineExceeded(seconds=self._seconds)


def _answer(exchange: Generator[tuple[bytes, bytes], None, None]) -> Answer:
    tag, body = next(exchange)
    if tag == frames.ERROR:
        raise from_report(json.loads(body))
    head = json.loads(body)
    return Answer(
        kind=head["kind"],
        media_type=head["media_type"],
        chunks=_pieces(exchange),
        close=exchange.close,
        entailment=head["entailment"],
        unknown_terms=head["unknown_terms"],
    )


def _pieces(exchange: Iterator[tuple[bytes, bytes]]) -> Iterator[bytes]:
    for tag, body in exchange:
        if tag == frames.DATA:
            yield body
        elif tag == frames.ERROR:
            raise from_report(json.loads(body))
