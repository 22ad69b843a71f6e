"""A circuit breaker: who is out of reach is left alone for a while, and nobody waits for him."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# So many failures in a row open it.
_MOST_FAILURES = 5
# For so long it stays open the first time, and twice as long each time after, up to the last.
_FIRST_SECONDS, _LONGEST_SECONDS = 1.0, 30.0


class Breaker:
    """Open after failures in a row; then one at a time may try, until one succeeds.  Thread-safe.

    ``clock`` gives the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._seconds = _FIRST_SECONDS
        self._until = 0.0

    @property
    def is_open(self) -> bool:
        """Is nobody to try?  The answer is no, once, for whoever asks when the time is over."""
        with self._lock:
            if self._failures < _MOST_FAILURES:
                return False
            if self._clock() < self._until:
                return True
            # Whoever asked tries; the others wait until that one has succeeded, or as long again.
            self._until = self._clock() + self._seconds
            return False

    @property
    def is_well(self) -> bool:
        """Was the last word a success?"""
        return self._failures < _MOST_FAILURES

    def succeeded(self) -> None:
        """Somebody was reached."""
        with self._lock:
            self._failures, self._seconds = 0, _FIRST_SECONDS

    def failed(self) -> None:
        """Nobody was reached."""
        with self._lock:
            self._failures += 1
            if self._failures > _MOST_FAILURES:
                self._seconds = min(2 * self._seconds, _LONGEST_SECONDS)
            if self._failures >= _MOST_FAILURES:
                self._until = self._clock() + self._seconds
