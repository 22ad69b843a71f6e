"""Who may run now: a fast lane for every new job, a slow lane for those that take long.

A new query runs in the fast lane.  If it is not done after a moment it moves to the slow
lane, which has room of its own and whose workers the system serves last in the end: so the
fast lane always has room for the next small lookup, however many long queries there are.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from typing import NamedTuple

from mieco.engine.cancellation import Cancellation
from mieco.errors import Abandoned, Overloaded

# How long a job waits for its turn before the service says that it is overloaded.
_WAIT_SECONDS = 10.0


class Load(NamedTuple):
    """Workers that work in the fast lane and in the slow one, idle ones, and jobs that wait."""

    fast: int
    slow: int
    idle: int
    waiting: int


class Place:
    """The place of one running job."""

    def __init__(self, lanes: Lanes, *, foreign: bool, slow: bool) -> None:
        self._lanes = lanes
        self.foreign = foreign
        self.slow = slow
        self._entered = lanes.entered

    def to_slow_lane(self, *, begun: bool) -> bool:
        """Moves to the slow lane if there is room; twice the room where the answer has begun."""
        return self._lanes.move(self, begun=begun)

    def is_in_the_way(self) -> bool:
        """Has anybody come since this was asked before, or do all processors work?"""
        before, self._entered = self._entered, self._lanes.entered
        return before != self._entered or self._lanes.running >= (os.cpu_count() or 1)

    def leave(self) -> None:
        """The job is done."""
        self._lanes.leave(self)


class Lanes:
    """Counts the jobs in both lanes, and those that wait.  Thread-safe.

    Each lane has room for ``size`` jobs, the slow one for as many more whose answer has begun
    before they turned out to be slow; of the fast one, foreign jobs leave one place free
    for the service's own.  At most ``waiting`` foreign jobs wait for each lane; who came first
    goes on first, unless there is room for the other kind only.
    """

    def __init__(self, size: int, waiting: int) -> None:
        self._size = size
        self._most_waiting = waiting
        self._lock = threading.Lock()
        self._fast = {True: 0, False: 0}  # running jobs by whether they are foreign
        self._slow = 0
        # So many jobs have come.
        self.entered = 0
        self._waiting: dict[Place, threading.Event] = {}  # in the order in which they came

    def place(
        self, *, foreign: bool, slow: bool, seconds: float, cancellation: Cancellation
    ) -> Place:
        """A place for one job, that has so many seconds to run.  Whoever has it must leave it.

        Raises Overloaded if it would wait for longer, or Abandoned if its asker goes meanwhile.
        """
        with self._lock:
            self.entered += 1
        place = Place(self, foreign=foreign, slow=slow)
        self._enter(place, min(seconds, _WAIT_SECONDS), cancellation)
        return place

    @property
    def running(self) -> int:
        """So many jobs have a place."""
        return sum(self._fast.values()) + self._slow

    def leave(self, place: Place) -> None:
        """Gives the place to who waits for it."""
        with self._lock:
            self._count(place, -1)
            self._call_in()

    def _enter(self, place: Place, patience: float, cancellation: Cancellation) -> None:
        with self._lock:
            if self._has_room(place):
                self._count(place, +1)
                return
            called = self._wait_in_line(place)
        with cancellation.calling(called.set):
            in_time = called.wait(patience)
        with self._lock:
            # Who is in line still was not called in: it goes, or it has waited for too long.
            if self._waiting.pop(place, None):
                raise Abandoned if in_time else Overloaded

    def _wait_in_line(self, place: Place) -> threading.Event:
        before = sum(each.foreign and each.slow == place.slow for each in self._waiting)
        if place.foreign and before >= self._most_waiting:
            raise Overloaded
        called = self._waiting[place] = threading.Event()
        return called

    def _call_in(self) -> None:
        """Gives the room that there is now to those that wait for it."""
        for place in list(self._waiting):
            if self._has_room(place):
                self._count(place, +1)
                self._waiting.pop(place).set()

    def _has_room(self, place: Place) -> bool:
        if place.slow:
            return self._slow < self._size
        if place.foreign and self._fast[True] >= max(1, self._size - 1):
            return False
        return sum(self._fast.values()) < self._size

    def _count(self, place: Place, change: int) -> None:
        if place.slow:
            self._slow += change
        else:
            self._fast[place.foreign] += change

    def load(self, *, idle: int) -> Load:
        """How busy the workers are now, of whom so many are idle."""
        with self._lock:
            return Load(sum(self._fast.values()), self._slow, idle, len(self._waiting))

    def move(self, place: Place, *, begun: bool) -> bool:
        """Moves a place from the fast lane to the slow one, if there is room."""
        with self._lock:
            if self._slow >= self._size * (1 + begun):
                return False
            self._count(place, -1)
            place.slow = True
            self._count(place, +1)
            self._call_in()
            return True


class SlowTexts:
    """The texts that lately went to the slow lane, so that they go there at once.

    They are forgotten after a while: a text that was slow beside others may be fast alone.
    """

    _SECONDS = 60.0
    _MOST = 1000

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # By their hashes, which take no room; a text that shares one is in the slow lane, no more.
        self._since: OrderedDict[int, float] = OrderedDict()

    def add(self, job: bytes) -> None:
        with self._lock:
            self._since.setdefault(hash(job), time.monotonic())
            while len(self._since) > self._MOST:
                self._since.popitem(last=False)

    def __contains__(self, job: bytes) -> bool:
        with self._lock:
            since = self._since.get(hash(job))
            if since is not None and time.monotonic() - since > self._SECONDS:
                del self._since[hash(job)]
                return False
            return since is not None
