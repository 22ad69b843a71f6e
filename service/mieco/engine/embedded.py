"""The engine of mieco itself: a pool of workers forked from a zygote."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from mieco.engine import frames
from mieco.engine.base import Answer, Query, job_of
from mieco.engine.cancellation import Cancellation
from mieco.engine.clock import Clock
from mieco.engine.lanes import Lanes, Place, SlowTexts
from mieco.engine.loading import manifest_of
from mieco.engine.memory import budget, needed
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

# A socket takes a job of this size without waiting for the worker to read it.
_SENT_AT_ONCE = 1 << 14


class EmbeddedEngine:
    """Evaluates queries against one release directory.

    Thread-safe: every query has a worker to itself.  Raises
    :class:`~mieco.errors.EngineUnavailable` if the release cannot be loaded.
    """

    def __init__(
        self,
        release: Path,
        settings: Settings,
        search: Search | None = None,
        zygote: Zygote | None = None,
    ) -> None:
        """``search`` finds things in the release by their names (:mod:`mieco.engine.searching`).

        ``zygote`` is one that has the release already.
        """
        self._settings = settings
        self._search = search
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
        self._filler = threading.Thread(target=self._fill, name="filler")
        try:
            self._idle.append(self._zygote.fork())
            self._filler.start()
        except MiecoError:
            self._zygote.close()
            raise

    def _fill(self) -> None:
        """Forks the workers that are to be ready beside the first, for which nobody waits."""
        # One that cannot be had now is forked when a job needs it.
        with contextlib.suppress(EngineUnavailable, Overloaded):
            for _ in range(1, self._workers):
                if self._closed:
                    return
                self._put_back(self._zygote.fork())

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
        running: _Running | None = None,
    ) -> Generator[tuple[bytes, bytes], None, None]:
        """The frames that answer a job, which may be ``running`` already.

        Leaving it early costs the worker its life.
        """
        key = hashlib.sha256(job).digest()
        start = partial(self._start, tag, job, seconds, seconds, cancellation, foreign=foreign)
        received = partial(self._received, key, seconds, cancellation)
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
                frames.send(worker.connection, frames.frame(tag, job))
            except TimeoutError:
                raise DeadlineExceeded(seconds=seconds) from None
            except frames.ConnectionLost:
                raise (Abandoned if cancellation.cancelled else WorkerLost) from None
            return _Running(place, worker, leave.pop_all())

    def _received(
        self, key: bytes, seconds: float, cancellation: Cancellation, running: _Running
    ) -> Generator[tuple[bytes, bytes], None, None]:
        place, worker, leave = running
        with leave:
            clock = Clock(worker, seconds)
            begun = False
            try:
                while True:
                    if not worker.reader.is_ready:
                        worker.connection.settimeout(clock.moment())
                    try:
                        frame = worker.reader.receive()
                    except TimeoutError:
                        clock.check()
                        if not place.slow and clock.is_slow:
                            self._leave_fast_lane(place, key, begun=begun)
                        elif place.slow and clock.is_late and not worker.slowed:
                            self._zygote.slow_down(worker)
                        continue
                    if frame[0] == frames.SEARCH:
                        found = self._found(json.loads(frame[1]))
                        frames.send(worker.connection, frames.frame(frames.FOUND, found))
                        continue
                    if frame[0] in (frames.END, frames.ERROR):
                        break
                    begun = True
                    yield frame
            except frames.ConnectionLost:
                raise (Abandoned if cancellation.cancelled else WorkerLost) from None
        yield frame

    def _found(self, sought: Sequence[tuple[str, int]]) -> bytes:
        """What the texts of a query find, as the worker reads it."""
        if self._search is None:
            raise SearchMisused(reason=Text("此处没有名称索引", "there is no index of names here"))
        return json.dumps([self._search(text, most) for text, most in sought]).encode()

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

    def successor(self, release: Path, search: Search | None) -> EmbeddedEngine:
        """The engine of the release that was made from mine by a change that was kept.

        It shares memory with me and outlives me.  Raises EngineUnavailable where the change takes
        more than that.
        """
        return EmbeddedEngine(release, self._settings, search, self._zygote.successor(release))

    def close(self) -> None:
        """See :class:`mieco.engine.base.Engine`."""
        with self._lock:
            self._closed = True
            for worker in self._idle:
                worker.connection.close()
            self._idle.clear()
        self._filler.join()
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
        self._asked_for = False

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
        self._asked_for = True
        return _answer(self._exchange)

    def close(self) -> None:
        """Ends the query; does nothing after :meth:`answer`."""
        if not self._asked_for:
            with contextlib.suppress(Abandoned), self._leave:
                raise Abandoned


class _MustWait(Exception):
    """A job took long, and the slow lane was full."""


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
