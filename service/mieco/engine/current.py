"""The engine of the current release, at hand; it follows when a new one is published."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from mieco.engine.base import Engine
from mieco.releases import Release, Releases

Opener = Callable[[Release], Engine]


class _Open:
    """An engine, its release, and how many are using it."""

    def __init__(self, engine: Engine, release: Release) -> None:
        self.engine = engine
        self.release = release
        self.users = 0
        self.retired = False


class CurrentEngine:
    """Hands out the engine of the current release; an older one ends after its last user.

    Thread-safe.  ``open_engine`` makes an engine for a release.
    """

    def __init__(self, releases: Releases, open_engine: Opener) -> None:
        self._releases = releases
        self._open_engine = open_engine
        self._lock = threading.Lock()
        self._switching = threading.Lock()
        self._current = self._opened()

    def _opened(self) -> _Open:
        release = self._releases.current()
        return _Open(self._open_engine(release), release)

    @contextlib.contextmanager
    def use(self) -> Iterator[tuple[Engine, Release]]:
        """The engine and its release, for one request."""
        self._follow()
        with self._lock:
            mine = self._current
            mine.users += 1
        try:
            yield mine.engine, mine.release
        finally:
            with self._lock:
                mine.users -= 1
                last = mine.retired and mine.users == 0
            if last:
                mine.engine.close()

    def _follow(self) -> None:
        """Switches if the pointer moved, or if the engine died.

        One thread opens the new engine.  The others go on with the old one, or wait where
        there is none.
        """
        if self._is_current():
            return
        if not self._switching.acquire(blocking=not self._current.engine.alive()):
            return
        try:
            if not self._is_current():
                self._switch()
        finally:
            self._switching.release()

    def _is_current(self) -> bool:
        published = self._releases.current_number()
        there = self._current.release.manifest.number
        return published in (there, None) and self._current.engine.alive()

    def _switch(self) -> None:
        fresh = self._opened()
        with self._lock:
            old, self._current = self._current, fresh
            old.retired = True
            unused = old.users == 0
        if unused:
            old.engine.close()

    def close(self) -> None:
        """Ends the current engine."""
        with self._lock:
            self._current.engine.close()
