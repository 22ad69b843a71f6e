"""The finder of each release, at hand for whoever searches in it."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from pathlib import Path

from pyoxigraph import Store

from mieco.errors import Overloaded
from mieco.releases import Release
from mieco.search.finding import Finder
from mieco.search.index import index_names, is_indexed
from mieco.search.lookup import Names

_MOST_KEPT = 4


class _Place:
    """Where the finder of one release is, once somebody has opened it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.finder: Finder | None = None


class Finders:
    """The finders of releases, each opened once; those used last are kept.  Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: OrderedDict[Path, _Place] = OrderedDict()

    def of(self, release: Release, *, seconds: float) -> Finder:
        """The finder of a release.  Raises Overloaded if others wait for it longer than this."""
        place = self._place(release.folder)
        # One release without an index holds up only those who search in it.
        if not place.lock.acquire(timeout=seconds):
            raise Overloaded
        try:
            if place.finder is None:
                place.finder = Finder(_names_of(release))
            return place.finder
        finally:
            place.lock.release()

    def _place(self, folder: Path) -> _Place:
        with self._lock:
            place = self._places.setdefault(folder, _Place())
            self._places.move_to_end(folder)
            if len(self._places) > _MOST_KEPT:
                self._places.popitem(last=False)
            return place


def _names_of(release: Release) -> Names:
    """The index of a release.  Where another version made it, or none, there is one in passing:
    nobody writes in a release."""
    if is_indexed(release.folder):
        return Names(release.folder)
    folder = Path(tempfile.mkdtemp(prefix="mieco-"))
    index_names(Store.read_only(str(release.store)), folder, None, None)
    names = Names(folder)
    weakref.finalize(names, shutil.rmtree, folder, ignore_errors=True)
    return names
