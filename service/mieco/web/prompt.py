"""Plain queries on the event loop: most are answered sooner than a thread could take them up.

A worker says when its answer can be read, so nobody need wait for it.  What is not answered
within a moment goes on in a thread, from where it is.
"""

from __future__ import annotations

import asyncio
from collections import deque

from mieco.engine.embedded import Begun
from mieco.web.lookup import Given, Lookup

# So long a worker's answer is waited for before a thread does it.
_ANSWER_SECONDS = 0.02
# A query that finds no worker free tries again when another is done, and as often as this, since
# threads have workers too; after so long a thread waits for one.
_AGAIN_SECONDS, _TURN_SECONDS = 0.02, 1.0
# Longer answers are left to a thread too: to compress them takes long.
_SHORT = 1 << 16


class Prompt:
    """Begins lookups in the order in which they come.  Belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[bool]] = deque()

    async def finish(self, lookup: Lookup) -> Given | None:
        """The answer, as :meth:`Lookup.finish` gives it, if it is there at once.

        Otherwise the lookup may have begun or not, and may be finished in a thread.
        """
        begun = None if self._waiting else lookup.begin()
        begun = begun or await self._in_turn(lookup)
        if begun is None:
            return None
        try:
            return lookup.finish() if await _is_whole(begun) else None
        except BaseException:
            lookup.close()
            raise
        finally:
            if self._waiting:
                _settle(self._waiting.popleft(), True)

    async def _in_turn(self, lookup: Lookup) -> Begun | None:
        """Begins when there is a worker; ``None`` where that takes too long."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _TURN_SECONDS
        while loop.time() < until:
            turn = loop.create_future()
            self._waiting.append(turn)
            timer = loop.call_later(_AGAIN_SECONDS, _settle, turn, False)
            try:
                await turn
            finally:
                timer.cancel()
                if turn in self._waiting:
                    self._waiting.remove(turn)
            if begun := lookup.begin():
                return begun
        return None


async def _is_whole(begun: Begun) -> bool:
    """Is the whole answer there in a moment?"""
    loop = asyncio.get_running_loop()
    whole = loop.create_future()
    loop.add_reader(begun.fileno(), _look, begun, whole)
    timer = loop.call_later(_ANSWER_SECONDS, _settle, whole, False)
    try:
        return bool(await whole)
    finally:
        timer.cancel()
        loop.remove_reader(begun.fileno())


def _look(begun: Begun, whole: asyncio.Future[bool]) -> None:
    if begun.look():
        _settle(whole, True)
    elif begun.size > _SHORT:
        _settle(whole, False)


def _settle(future: asyncio.Future[bool], value: bool) -> None:
    if not future.done():
        future.set_result(value)
