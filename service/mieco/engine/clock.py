"""The time that a job has: a moment in the fast lane, and until its deadline in all."""

from __future__ import annotations

import time

from mieco.engine.workers import Worker
from mieco.errors import DeadlineExceeded

# A job that works longer than the first moves to the slow lane, and the worker of one that takes
# longer than the second is served last as soon as it is in the way of others.
_FAST_SECONDS, _SLOW_SECONDS = 0.1, 1.0
# So many times as long by the clock is long, too, however little the system lets its worker work.
_MOST_BUSY = 4


class Clock:
    """The time that a job has."""

    def __init__(self, worker: Worker, seconds: float) -> None:
        self._worker = worker
        self._worked = worker.seconds()
        self._seconds = seconds
        self._started = time.monotonic()

    @property
    def _passed(self) -> float:
        return time.monotonic() - self._started

    def moment(self) -> float:
        """Seconds to wait for the next word, never zero (which would mean: do not wait)."""
        return max(0.001, min(_FAST_SECONDS, self._seconds - self._passed))

    @property
    def is_slow(self) -> bool:
        """Has it had its moment?  On a busy machine a worker waits for longer than it works."""
        if self._passed >= _MOST_BUSY * _FAST_SECONDS:
            return True
        return self._worker.seconds() - self._worked >= _FAST_SECONDS

    @property
    def is_late(self) -> bool:
        """Does it take so long that others shall go first?"""
        return self._passed >= _SLOW_SECONDS

    def check(self) -> None:
        """Raises DeadlineExceeded once that is over."""
        if self._passed >= self._seconds:
            raise DeadlineExceeded(seconds=self._seconds)
