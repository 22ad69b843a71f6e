"""Word that nobody waits for an answer any more, for those who are making it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


class Cancellation:
    """One request's: whoever sees its asker go calls :meth:`cancel`.  Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self.cancelled = False

    def cancel(self) -> None:
        """Calls everybody who asked to be called.  The second time it does nothing."""
        # Under the lock: what was forgotten is not called any more.
        with self._lock:
            self.cancelled = True
            while self._callbacks:
                self._callbacks.pop()()

    def call(self, callback: Callable[[], None]) -> None:
        """``callback`` is called when the asker goes, or now if he is gone already."""
        with self._lock:
            late = self.cancelled
            if not late:
                self._callbacks.append(callback)
        if late:
            callback()

    def forget(self, callback: Callable[[], None]) -> None:
        """``callback`` is not called any more."""
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

    @contextlib.contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """Within the context, ``callback`` is called when the asker goes, or is gone already."""
        self.call(callback)
        try:
            yield
        finally:
            self.forget(callback)
