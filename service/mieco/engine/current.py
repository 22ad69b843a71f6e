"""The engine of the current release, at hand; it follows when a new one is published."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator

from mieco.engine.base import Engine
from mieco.errors import EngineUnavailable, MiecoError, Text
from mieco.releases import Release, Releases

Opener = Callable[[Release], Engine]

# How often the pointer is read; a release made by another process is seen this soon.
_LOOK_SECONDS = 0.1
# How long a request waits for an engine where the last one died.
_OPEN_SECONDS = 30.0

log = logging.getLogger("mieco")


class _Open:
    """An engine, its release, and how many are using it."""

    def __init__(self, engine: Engine, release: Release) -> None:
        self.engine = engine
        self.release = release
        self.users = 0
        self.retired = False


class CurrentEngine:
    """Hands out the engine of the current release; an older one ends after its last user.

    Thread-safe.  A thread of its own opens the next engine, so that nobody who asks waits
    for it.  ``open_engine`` makes an engine for a release; ``is_behind`` while the current one
    could not be opened, and the one before goes on.
    """

    def __init__(self, releases: Releases, open_engine: Opener) -> None:
        self._releases = releases
        self._open_engine = open_engine
        self._changed = threading.Condition()
        self._look = threading.Event()
        self._closed = False
        # Could the release that is current now not be opened?
        self.is_behind = False
        # Looks at the pointer that were begun, and the last that ended with its release open.
        self._begun = self._ended = 0
        self._current = self._opened()
        self._follower = threading.Thread(target=self._follow, name="follower", daemon=True)
        self._follower.start()

    def _opened(self) -> _Open:
        release = self._releases.current()
        return _Open(self._open_engine(release), release)

    @contextlib.contextmanager
    def use(self, *, seconds: float = _OPEN_SECONDS) -> Iterator[tuple[Engine, Release]]:
        """The engine and its release, for one request.

        Raises EngineUnavailable where the last one died and none opens in so many seconds; with no
        seconds nobody looks, and a dead one tells those who ask it.
        """
        with self._changed:
            if seconds and not self._current.engine.alive():
                self._look.set()
                if not self._changed.wait_for(self._lives, timeout=seconds):
                    raise EngineUnavailable(
                        reason=Text("引擎进程已退出", "the engine process has ended")
                    )
            mine = self._current
            mine.users += 1
        try:
            yield mine.engine, mine.release
        finally:
            with self._changed:
                mine.users -= 1
                last = mine.retired and mine.users == 0
            if last:
                mine.engine.close()

    def number(self) -> int:
        """The number of the release that answers now."""
        return self._current.release.manifest.number

    def await_other(self, number: int, *, seconds: float | None = None) -> int:
        """The number of the release that answers, as soon as it is not this one any more.

        ``number`` itself if it still is after so many seconds.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.number() != number, timeout=seconds)
            return self.number()

    def _lives(self) -> bool:
        return self._current.engine.alive()

    def await_current(self, *, seconds: float) -> bool:
        """Waits until the release answers that is current now, or one that became so since.

        That may be an earlier one, after undoing.  False if it took too long.
        """
        with self._changed:
            look = self._begun + 1
            self._look.set()
            return self._changed.wait_for(lambda: self._ended >= look, timeout=seconds)

    def _follow(self) -> None:
        while not self._closed:
            unused = None
            self._look.wait(timeout=_LOOK_SECONDS)
            self._look.clear()
            with self._changed:
                self._begun += 1
            try:
                if not self._is_current():
                    unused = self._switch()
            except (MiecoError, OSError) as error:
                # The present engine goes on; the next look tries again.
                self.is_behind = True
                log.error("cannot open the current release: %s", error)  # noqa: TRY400
                time.sleep(1)
            else:
                self.is_behind = False
                with self._changed:
                    self._ended = self._begun
                    self._changed.notify_all()
            if unused:
                unused.close()  # which takes a while: nobody is to wait for it

    def _is_current(self) -> bool:
        published = self._releases.current_number()
        there = self._current.release.manifest.number
        return published in (there, None) and self._current.engine.alive()

    def _switch(self) -> Engine | None:
        """Opens the current release; gives the engine of the last if nobody uses it."""
        fresh = self._opened()
        with self._changed:
            old, self._current = self._current, fresh
            old.retired = True
            self._changed.notify_all()
            return None if old.users else old.engine

    def close(self) -> None:
        """Ends the current engine."""
        self._closed = True
        self._look.set()
        self._follower.join()
        self._current.engine.close()
