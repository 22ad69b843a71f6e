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
from mieco.engine.loading import manifest_of
from mieco.engine.memory import budget, needed
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

# A job that takes longer than the first moves to the slow lane, and a worker whose job takes longer
# than the second as well is served last from then on.
_FAST_SECONDS, _SLOW_SECONDS = 0.1, 1.0


class EmbeddedEngine:
    """Evaluates queries against one release directory.

    Thread-safe: every query has a worker to itself.  Raises
    :class:`~mieco.errors.EngineUnavailable` if the release cannot be loaded.
    """

    def __init__(self, release: Path, settings: Settings, zygote: Zygote | None = None) -> None:
        self._settings = settings
        self._workers = settings.workers
        triples, room = manifest_of(release)["triples"], budget(settings.memory)
        on_disk = needed(triples) > room
        # Work that takes long copies much of the memory that a worker shares with the others.
        self._keeps_all = on_disk or needed(triples, settings.workers + 1) <= room
        self._zygote = zygote or Zygote.started(release, settings, on_disk=on_disk)
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

    def _put_back(self, worker: Worker) -> None:
        """Keeps a worker for the next job.

        The last that worked is the first to work again: it has copied what it touched of the memory
        that it shares, which takes several times as long as a query itself.
        """
        with self._lock:
            if not self._closed:
                self._idle.append(worker)
            spare = self._idle.pop(0) if len(self._idle) > self._workers else None
        if self._closed:
            worker.connection.close()  # it ends with its zygote
        if spare:
            self._zygote.kill(spare)

    @contextlib.contextmanager
    def _worker(self, place: Place) -> Iterator[Worker]:
        """A worker for one job.

        It is kept if the job ended well and it was not slowed down, which it stays; after long
        work, if there is memory for a copy of the data for each.
        """
        worker = self._take()
        well = False
        try:
            yield worker
            well = not worker.slowed and (self._keeps_all or not place.slow)
        finally:
            if well:
                self._put_back(worker)
            else:
                self._zygote.kill(worker)

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
            clock = _Clock(seconds)
            begun = False
            try:
                worker.connection.settimeout(seconds)
                frames.send(worker.connection, frames.frame(tag, job))
                while True:
                    worker.connection.settimeout(clock.moment())
                    try:
                        frame = worker.reader.receive()
                    except TimeoutError:
                        clock.check()
                        if not place.slow:
                            self._leave_fast_lane(place, key, begun=begun)
                        elif clock.late and not worker.slowed:
                            self._zygote.slow_down(worker)
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

    def _leave_fast_lane(self, place: Place, key: bytes, *, begun: bool) -> None:
        if place.foreign:
            self._slow_texts.add(key)
        if place.to_slow_lane(begun=begun):
            self._add_idle()
        elif place.foreign:
            # One that has begun cannot start anew.
            raise Overloaded if begun else _MustWait

    def _add_idle(self) -> None:
        """Sees that a worker waits for the next job, while others are in the slow lane."""
        if self._idle:
            return
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

    def successor(self, release: Path) -> EmbeddedEngine:
        """The engine of the release that was made from mine by a change that was kept.

        It shares memory with me and outlives me.  Raises EngineUnavailable where the change takes
        more than that.
        """
        return EmbeddedEngine(release, self._settings, self._zygote.successor(release))

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
    """The time that a job has."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._started = time.monotonic()

    @property
    def _passed(self) -> float:
        return time.monotonic() - self._started

    def moment(self) -> float:
        """Seconds to wait for the next word, never zero (which would mean: do not wait)."""
        return max(0.001, min(_FAST_SECONDS, self._seconds - self._passed))

    @property
    def late(self) -> bool:
        """Does it take so long that others shall go first?"""
        return self._passed >= _SLOW_SECONDS

    def check(self) -> None:
        if self._passed >= self._seconds:
            raise DeadlineExceeded(seconds=self._seconds)


def _pieces(exchange: Iterator[tuple[bytes, bytes]]) -> Iterator[bytes]:
    for tag, body in exchange:
        if tag == frames.DATA:
            yield body
        elif tag == frames.ERROR:
            raise from_report(json.loads(body))
