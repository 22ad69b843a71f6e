"""The engine of mieco itself: a pool of workers forked from a zygote."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Generator, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mieco.engine import frames
from mieco.engine.base import Answer, Query, job_of
from mieco.engine.cancellation import Cancellation
from mieco.engine.clock import Clock
from mieco.engine.lanes import Lanes, Load, Place, SlowTexts
from mieco.engine.memory import budget, copies_in, needed
from mieco.engine.pool import Pool
from mieco.engine.snapshot import manifest_of
from mieco.engine.workers import Worker, Zygote
from mieco.error_reports import from_report
from mieco.errors import (
    Abandoned,
    Language,
    MiecoError,
    Overloaded,
    SearchMisused,
    Text,
    WorkerLost,
)
from mieco.settings import Settings

if TYPE_CHECKING:
    from mieco.engine.searching import Search

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
        triples = manifest_of(release)["triples"]
        on_disk = needed(triples) > budget(settings.memory)
        self._zygote = zygote or Zygote.started(release, settings, on_disk=on_disk)
        copies = settings.workers if on_disk else copies_in(settings.memory, triples)
        self._lanes = Lanes(settings.workers, settings.queue)
        self._slow_texts = SlowTexts()
        try:
            self._pool = Pool(self._zygote, settings.workers, copies)
        except MiecoError:
            self._zygote.close()
            raise

    def dismiss(self, running: Running, *, well: bool) -> None:
        """Takes back the worker of a job, and its place."""
        self._pool.dismiss(running.worker, well=well, slow=running.place.slow)
        running.place.leave()

    def _exchange(
        self,
        job: bytes,
        seconds: float,
        cancellation: Cancellation,
        *,
        foreign: bool = False,
        running: Running | None = None,
    ) -> Generator[tuple[bytes, bytes], None, None]:
        """The frames that answer a job, which may be ``running`` already.

        Leaving it early costs the worker its life.
        """
        start = partial(self._start, job, seconds, cancellation=cancellation, foreign=foreign)
        until = time.monotonic() + seconds
        try:
            running = running or start(patience=seconds, slow=job in self._slow_texts)
            yield from self._received(running, job, seconds)
        except _MustWait:
            # Nothing of the answer was out yet: it starts anew when the slow lane has room.
            running = start(patience=until - time.monotonic(), slow=True)
            yield from self._received(running, job, seconds)

    def _start(
        self,
        job: bytes,
        seconds: float,
        *,
        patience: float,
        cancellation: Cancellation,
        foreign: bool,
        slow: bool,
    ) -> Running:
        """The job, sent to a worker; it waits no longer than its patience for a place."""
        place = self._lanes.place(
            foreign=foreign, slow=slow, seconds=patience, cancellation=cancellation
        )
        try:
            worker = self._pool.employ(job, seconds, slow=slow)
        except BaseException:
            place.leave()
            raise
        if slow:
            self._pool.refill()
        return Running(self, place, worker, cancellation)

    def _received(
        self, running: Running, job: bytes, seconds: float
    ) -> Generator[tuple[bytes, bytes], None, None]:
        place, worker, clock = running.place, running.worker, Clock(running.worker, seconds)
        with running:
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
                            self._leave_fast_lane(place, job, begun=begun)
                        elif place.slow and place.is_in_the_way() and clock.is_late:
                            self._pool.slow_down(worker)
                        continue
                    if frame[0] == frames.SEARCH:
                        found = self._found(json.loads(frame[1]), clock)
                        worker.send(frames.frame(frames.FOUND, found), seconds)
                        continue
                    if frame[0] in (frames.END, frames.ERROR):
                        break
                    begun = True
                    yield frame
            except frames.ConnectionLost:
                raise (Abandoned if running.cancellation.cancelled else WorkerLost) from None
        yield frame

    def _found(self, sought: Sequence[tuple[str, int]], clock: Clock) -> bytes:
        """What the texts of a query find, as the worker reads it.  Raises DeadlineExceeded."""
        if self._search is None:
            raise SearchMisused(reason=Text("此处没有名称索引", "there is no index of names here"))
        found = []
        for text, most in sought:
            clock.check()
            found.append(self._search(text, most))
        return json.dumps(found).encode()

    def _leave_fast_lane(self, place: Place, job: bytes, *, begun: bool) -> None:
        if place.foreign:
            self._slow_texts.add(job)
        if place.to_slow_lane(begun=begun):
            self._pool.refill()
        elif place.foreign:
            # One that has begun cannot start anew.
            raise Overloaded if begun else _MustWait

    def query(
        self, query: Query, *, seconds: float, cancellation: Cancellation | None = None
    ) -> Answer:
        """See :class:`mieco.engine.base.Engine`."""
        exchange = self._exchange(
            frames.frame(frames.QUERY, job_of(query)),
            seconds,
            cancellation or Cancellation(),
            foreign=query.foreign,
        )
        return _answer(exchange)

    def begin(self, query: Query, *, seconds: float, cancellation: Cancellation) -> Begun | None:
        """A foreign query, put to a worker without waiting for anything.

        ``None`` where no worker, or no place in its lane, is free for it.
        """
        job = frames.frame(frames.QUERY, job_of(query))
        if len(job) > _SENT_AT_ONCE:
            return None
        if not self._pool.idle:
            # As many work as may, or one is missing.
            if self.load().fast < self._settings.workers:
                self._pool.refill()
            return None
        try:
            slow = job in self._slow_texts
            running = self._start(
                job, seconds, patience=0, cancellation=cancellation, foreign=True, slow=slow
            )
        except MiecoError:
            return None
        return Begun(
            running, self._exchange(job, seconds, cancellation, foreign=True, running=running)
        )

    def labels(
        self, iris: Sequence[str], language: Language, *, seconds: float
    ) -> dict[str, tuple[str, str]]:
        """See :class:`mieco.engine.base.Engine`."""
        job = json.dumps({"iris": list(iris), "language": language}).encode()
        exchange = self._exchange(frames.frame(frames.LABELS, job), seconds, Cancellation())
        body = b"".join(body for tag, body in exchange if tag == frames.DATA)
        return {iri: (label, tag) for iri, (label, tag) in json.loads(body).items()}

    def load(self) -> Load:
        """How busy its workers are now."""
        return self._lanes.load(idle=self._pool.idle)

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
        self._pool.close()


class Running:
    """A job that was sent to a worker.  Its context gives up both that and its place."""

    def __init__(
        self, engine: EmbeddedEngine, place: Place, worker: Worker, cancellation: Cancellation
    ) -> None:
        self._engine = engine
        self.place = place
        self.worker = worker
        self.cancellation = cancellation
        cancellation.call(worker.hang_up)

    def __enter__(self) -> None:
        """Nothing: it was entered when it was made."""

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self.cancellation.forget(self.worker.hang_up)
        self._engine.dismiss(self, well=error is None)


class Begun:
    """A query that was put to a worker.  Whoever has it must ask for its answer, or close it."""

    def __init__(
        self, running: Running, exchange: Generator[tuple[bytes, bytes], None, None]
    ) -> None:
        self._running = running
        self._exchange = exchange
        self._asked_for = False

    def fileno(self) -> int:
        """The descriptor that can be read when there is more of the answer."""
        return self._running.worker.connection.fileno()

    def look(self) -> bool:
        """Takes what has come, once it can be read; is the answer, or its failure, whole?"""
        return self._running.worker.reader.look()

    @property
    def size(self) -> int:
        """The bytes that have come."""
        return self._running.worker.reader.size

    def answer(self) -> Answer:
        """The answer, as :meth:`EmbeddedEngine.query` gives it; does not wait if it is whole."""
        self._asked_for = True
        return _answer(self._exchange)

    def close(self) -> None:
        """Ends the query; does nothing after :meth:`answer`."""
        if not self._asked_for:
            with contextlib.suppress(Abandoned), self._running:
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
