"""What is made once of each release, and kept for those that were asked for last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

from mieco.errors import Overloaded
from mieco.releases import Release

Made = TypeVar("Made")

# The current release, the one before it while it is still asked, and past ones.
_MOST_KEPT: Final = 4


class _Place(Generic[Made]):
    """Where what is made of one release is, once somebody has asked for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: list[Made] = []


class ByRelease(Generic[Made]):
    """Something of each release, made when it is first asked for.  Thread-safe.

    A release for which that takes long holds up only those who ask for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: OrderedDict[Path, _Place[Made]] = OrderedDict()

    def of(self, release: Release, make: Callable[[], Made], *, seconds: float) -> Made:
        """What ``make`` gives for a release, from the first call.

        Raises what ``make`` raises, and Overloaded if another makes it for longer than this.
        """
        place = self._place(release.folder)
        if not place.lock.acquire(timeout=seconds):
            raise Overloaded
        try:
            if not place.made:
                place.made.append(make())
            return place.made[0]
        finally:
            place.lock.release()

    def _place(self, folder: Path) -> _Place[Made]:
        with self._lock:
            place = self._places.setdefault(folder, _Place())
            self._places.move_to_end(folder)
            if len(self._places) > _MOST_KEPT:
                self._places.popitem(last=False)
            return place
