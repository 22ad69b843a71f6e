"""The engines of past releases: opened when somebody asks, closed when nobody does any more."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet

from mieco.engine.base import Engine
from mieco.errors import Overloaded
from mieco.releases import Release

Opener = Callable[[Release], Engine]

_MOST = 2
# How long an engine stays open that nobody uses.
_IDLE_SECONDS = 300.0
# How long a request waits for a place, and for another to open what it asks for.
_WAIT_SECONDS, _OPEN_SECONDS = 10.0, 60.0


class _Kept:
    """An engine, opened or being opened, how many use it, and since when nobody does."""

    def __init__(self) -> None:
        self.engine: Future[Engine] = Future()
        self.users = 1
        self.idle_since = 0.0

    def dead(self) -> bool:
        """Has it been opened, and ended since?"""
        return (
            self.engine.done()
            and self.engine.exception() is None
            and not self.engine.result().alive()
        )


class PastEngines:
    """Hands out the engines of releases that are not current.  Thread-safe.

    At most ``most`` are open at a time; for another, the one that has been idle longest is
    closed first.  However many ask for a release at once, it is opened once.
    """

    def __init__(
        self,
        open_engine: Opener,
        *,
        most: int = _MOST,
        idle_seconds: float = _IDLE_SECONDS,
        wait_seconds: float = _WAIT_SECONDS,
    ) -> None:
        self._open_engine = open_engine
        self._most = most
        self._idle_seconds = idle_seconds
        self._wait_seconds = wait_seconds
        self._changed = threading.Condition()
        # By the number of the release, the one used last at the end.
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._tidier: threading.Thread | None = None

    @contextlib.contextmanager
    def use(self, release: Release) -> Iterator[Engine]:
        """The engine of a release, for one request.

        Raises what opening it raises, and Overloaded where others hold every place for too long.
        """
        number = release.manifest.number
        mine, opens, leaving = self._place(number)
        try:
            if opens:
                self._open(release, mine, leaving)
            yield self._engine_of(mine)
        finally:
            self._leave(number, mine)

    def _place(self, number: int) -> tuple[_Kept, bool, _Kept | None]:
        """(a place, whether it is to be opened, the one to be closed first)."""
        latest = time.monotonic() + self._wait_seconds
        with self._changed:
            while True:
                there = self._kept.get(number)
                if there is not None and there.dead():
                    self._drop(number, there)
                    there = None
                if there is not None:
                    there.users += 1
                    self._kept.move_to_end(number)
                    return there, False, None
                leaving = None
                if len(self._kept) >= self._most:
                    leaving = self._idlest()
                if len(self._kept) < self._most:
                    self._kept[number] = mine = _Kept()
                    return mine, True, leaving
                if not self._changed.wait(timeout=max(0.0, latest - time.monotonic())):
                    raise Overloaded

    def _idlest(self) -> _Kept | None:
        """Takes the one out that has been used least lately and is not in use."""
        for number, kept in self._kept.items():
            if kept.users == 0:
                return self._kept.pop(number)
        return None

    def _drop(self, number: int, kept: _Kept) -> None:
        """Takes one out whose processes have ended; what is left of it goes with its last user."""
        del self._kept[number]
        if kept.users == 0:
            kept.engine.result().close()

    def _open(self, release: Release, mine: _Kept, leaving: _Kept | None) -> None:
        try:
            if leaving is not None:
                leaving.engine.result().close()
            engine = self._open_engine(release)
        except BaseException as error:
            mine.engine.set_exception(error)
            with self._changed:
                if self._kept.get(release.manifest.number) is mine:
                    del self._kept[release.manifest.number]
                self._changed.notify_all()
            raise
        mine.engine.set_result(engine)

    def _engine_of(self, kept: _Kept) -> Engine:
        try:
            return kept.engine.result(timeout=_OPEN_SECONDS)
        except NotYet:
            raise Overloaded from None

    def _leave(self, number: int, mine: _Kept) -> None:
        with self._changed:
            mine.users -= 1
            mine.idle_since = time.monotonic()
            standing = self._kept.get(number) is mine
            unused = mine.users == 0
            if standing and unused and self._tidier is None:
                self._tidier = threading.Thread(target=self._tidy, name="tidier", daemon=True)
                self._tidier.start()
            self._changed.notify_all()
        if unused and not standing and mine.engine.exception() is None:
            mine.engine.result().close()

    def _tidy(self) -> None:
        """Closes engines when they have been idle long enough, until none is left."""
        while True:
            with self._changed:
                if not self._kept:
                    self._tidier = None
                    return
                now = time.monotonic()
                over = {
                    number: kept
                    for number, kept in self._kept.items()
                    if kept.users == 0 and now - kept.idle_since >= self._idle_seconds
                }
                for number in over:
                    del self._kept[number]
                if not over:
                    self._changed.wait(timeout=self._until_next(now))
                self._changed.notify_all()
            for kept in over.values():
                kept.engine.result().close()

    def _until_next(self, now: float) -> float | None:
        """Seconds until the next may be closed; ``None`` while all are in use."""
        ends = [k.idle_since + self._idle_seconds - now for k in self._kept.values() if not k.users]
        return max(0.001, min(ends)) if ends else None

    def close(self) -> None:
        """Ends every engine that nobody uses; the others end with their last user."""
        with self._changed:
            kept = list(self._kept.values())
            self._kept.clear()
            self._changed.notify_all()
            unused = [each for each in kept if each.users == 0]
        for each in unused:
            each.engine.result().close()
