"""The engine of mieco itself: a pool of workers forked from a zygote."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from mieco.engine import frames
from mieco.engine.base import Answer, Query, job_of
from mieco.engine.cancellation import Cancellation
from mieco.engine.lanes import Lanes, Place, SlowTexts
from mieco.engine.searching import Search
from mieco.engine.workers import Worker, Zygote
from mieco.error_reports import from_report
from mieco.errors import (
    Abandoned,
    DeadlineExceeded,
    EngineUnavailable,
    Language,
    MiecoError,
    Overloaded,
    SearchMisused,
    Text,
    WorkerLost,
)
from mieco.settings import Settings

# A job that takes longer than this moves to the slow lane.  The service's own may take longer: the
# first that a new worker does takes several times as long as the next, since it copies what it
# touches of the memory that it shares, and a worker that goes to the slow lane does no other.
_FAST_SECONDS, _OWN_FAST_SECONDS = 0.1, 0.5


class EmbeddedEngine:
    """Evaluates queries against one release directory.

    Thread-safe: every query has a worker to itself.  Raises
    :class:`~mieco.errors.EngineUnavailable` if the release cannot be loaded.
    """

    def __init__(self, release: Path, settings: Settings, search: Search | None = None) -> None:
        """``search`` finds things in the release by their names (:mod:`mieco.engine.searching`)."""
        self._search = search
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
    ) -> Generator[tuple[bytes, bytes], None, None]:
        """The frames that answer a job.  Leaving it early costs the worker its life."""
        key = hashlib.sha256(job).digest()
        try:
            yield from self._attempt(
                tag, job, key, seconds, cancellation, foreign=foreign, slow=key in self._slow_texts
            )
        except _MustWait:
            # Nothing of the answer was out yet: it starts anew when the slow lane has room.
            yield from self._attempt(
                tag, job, key, seconds, cancellation, foreign=foreign, slow=True
            )

    def _attempt(
        self,
        tag: bytes,
        job: bytes,
        key: bytes,
        seconds: float,
        cancellation: Cancellation,
        *,
        foreign: bool,
        slow: bool,
    ) -> Generator[tuple[bytes, bytes], None, None]:
        with (
            self._lanes.place(
                foreign=foreign, slow=slow, seconds=seconds, cancellation=cancellation
            ) as place,
            self._worker(place) as worker,
            cancellation.calling(worker.hang_up),
        ):
            clock = _Clock(seconds, _FAST_SECONDS if foreign else _OWN_FAST_SECONDS)
            begun = False
            try:
                worker.connection.settimeout(seconds)
                frames.send(worker.connection, tag, job)
                while True:
                    worker.connection.settimeout(clock.remaining(slow=place.slow))
                    try:
                        frame = worker.reader.receive()
                    except TimeoutError:
                        clock.check()
                        self._leave_fast_lane(place, worker, key, begun=begun)
                        clock.wait_again()
                        continue
                    if frame[0] == frames.SEARCH:
                        found = self._found(json.loads(frame[1]))
                        frames.send(worker.connection, frames.FOUND, found)
                        clock.wait_again()
                        continue
                    if frame[0] in (frames.END, frames.ERROR):
                        break
                    begun = True
                    yield frame
            except TimeoutError:  # in sending
                raise DeadlineExceeded(seconds=seconds) from None
            except frames.ConnectionLost:
                raise (Abandoned if cancellation.cancelled else WorkerLost) from None
        yield frame

    def _found(self, sought: Sequence[tuple[str, int]]) -> bytes:
        """What the texts of a query find, as the worker reads it."""
        if self._search is None:
            raise SearchMisused(reason=Text("此处没有名称索引", "there is no index of names here"))
        return json.dumps([self._search(text, most) for text, most in sought]).encode()

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


class _MustWait(Exception):
    """A job took long, and the slow lane was full."""


class _Clock:
    """The time that a job has: a moment in the fast lane, and until its deadline in all."""

    def __init__(self, seconds: float, fast: float) -> None:
        self._seconds = seconds
        self._fast = fast
        self._deadline = time.monotonic() + seconds
        self._moment = time.monotonic() + fast

    def remaining(self, *, slow: bool) -> float:
        """Seconds to wait for the next word, never zero (which would mean: do not wait)."""
        until = self._deadline if slow else min(self._deadline, self._moment)
        return max(0.001, until - time.monotonic())

    def wait_again(self) -> None:
        self._moment = time.monotonic() + self._fast

    def check(self) -> None:
        if time.monotonic() >= self._deadline:
            raise DeadlineExceeded(seconds=self._seconds)


def _pieces(exchange: Iterator[tuple[bytes, bytes]]) -> Iterator[bytes]:
    for tag, body in exchange:
        if tag == frames.DATA:
            yield body
        elif tag == frames.ERROR:
            raise from_report(json.loads(body))
