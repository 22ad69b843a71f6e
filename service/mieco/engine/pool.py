"""The workers of an engine: those that wait for a job, and when one is forked or ended."""

from __future__ import annotations

import contextlib
import threading

from mieco.engine import frames
from mieco.engine.workers import Worker, Zygote
from mieco.errors import DeadlineExceeded, EngineUnavailable, Overloaded, WorkerLost


class Pool:
    """Workers by their jobs.  Thread-safe.

    ``size`` of them are kept ready; of those that did long work, which copies much of the memory
    that they share, no more than ``copies``.
    """

    def __init__(self, zygote: Zygote, size: int, copies: int) -> None:
        """Raises EngineUnavailable, or Overloaded, where not even one can be had."""
        self._zygote = zygote
        self._size, self._copies = size, copies
        self._lock = threading.Lock()
        self._idle: list[Worker] = [zygote.fork()]
        self._copied: set[Worker] = set()
        self._wanted = threading.Event()
        self._closed = False
        # Whoever ends without closing must not wait for it.
        self._filler = threading.Thread(target=self._fill, name="filler", daemon=True)
        self._filler.start()

    def _fill(self) -> None:
        """Forks the workers that are to be ready, for which nobody waits."""
        self._fork(self._size - 1)
        while self._wanted.wait() and not self._closed:
            self._wanted.clear()
            self._fork(0 if self._idle else 1)

    def _fork(self, count: int) -> None:
        # One that cannot be had now is forked when a job needs it.
        with contextlib.suppress(EngineUnavailable, Overloaded):
            for _ in range(count):
                if self._closed:
                    return
                self._put_back(self._zygote.fork())

    def refill(self) -> None:
        """Sees that a worker waits for the next job; does not wait for it."""
        if not self._idle:
            self._wanted.set()

    @property
    def idle(self) -> int:
        """So many wait for a job."""
        return len(self._idle)

    def employ(self, job: bytes, seconds: float, *, slow: bool) -> Worker:
        """A worker that was given the job: an idle one, or a new one where none is idle.

        A job that is known to be ``slow`` gets one that has its copy of the data, if it can be.
        Raises DeadlineExceeded, EngineUnavailable, Overloaded or WorkerLost.
        """
        while worker := self._take(copied=slow):
            with contextlib.suppress(frames.ConnectionLost):  # it died while it was idle
                return self._give(worker, job, seconds)
        try:
            return self._give(self._zygote.fork(), job, seconds)
        except frames.ConnectionLost:
            raise WorkerLost from None

    def _take(self, *, copied: bool) -> Worker | None:
        """An idle worker, if there is one."""
        with self._lock:
            if not self._idle:
                return None
            worker = self._idle[-1]
            if copied:
                worker = next((w for w in reversed(self._idle) if w in self._copied), worker)
            self._idle.remove(worker)
            return worker

    def _give(self, worker: Worker, job: bytes, seconds: float) -> Worker:
        try:
            worker.send(job, seconds)
        except TimeoutError:
            self._end(worker)
            raise DeadlineExceeded(seconds=seconds) from None
        except BaseException:
            self._end(worker)
            raise
        return worker

    def dismiss(self, worker: Worker, *, well: bool, slow: bool) -> None:
        """Takes back a worker whose job ended, ``well`` or not, after ``slow`` work or not.

        It is kept if the job ended well, it was not slowed down, which it stays, and there is
        memory for its copy of the data.
        """
        if well and not worker.slowed and (not slow or self._may_copy(worker)):
            self._put_back(worker)
        else:
            self._end(worker)
            self.refill()

    def _may_copy(self, worker: Worker) -> bool:
        with self._lock:
            if len(self._copied) < self._copies:
                self._copied.add(worker)
            return worker in self._copied

    def _put_back(self, worker: Worker) -> None:
        """Keeps a worker for the next job.

        The last that worked is the first to work again: it has copied what it touched of the memory
        that it shares, which takes several times as long as a query itself.
        """
        with self._lock:
            closed = self._closed
            if not closed:
                self._idle.append(worker)
            spare = self._idle.pop(0) if len(self._idle) > self._size else None
        if closed:
            worker.connection.close()  # it ends with its zygote
        if spare:
            self._end(spare)

    def _end(self, worker: Worker) -> None:
        self._zygote.kill(worker)
        with self._lock:
            self._copied.discard(worker)

    def slow_down(self, worker: Worker) -> None:
        """From now on the system serves this worker after all others."""
        if not worker.slowed:
            self._zygote.slow_down(worker)

    def close(self) -> None:
        """Ends all workers, and what forks them."""
        with self._lock:
            self._closed = True
            for worker in self._idle:
                worker.connection.close()
            self._idle.clear()
        self._wanted.set()
        self._filler.join()
        self._zygote.close()
