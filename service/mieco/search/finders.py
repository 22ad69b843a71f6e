"""The finder of each release, at hand for whoever searches in it."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from pathlib import Path

from pyoxigraph import Store

from mieco.errors import Overloaded
from mieco.releases import Release
from mieco.search.finding import Finder
from mieco.search.index import index_names, is_indexed
from mieco.search.lookup import Names

_MOST_KEPT = 4


class Finders:
    """The finders of releases, each opened once.  Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Path, Finder] = {}

    def of(self, release: Release, *, seconds: float) -> Finder:
        """The finder of a release.  Raises Overloaded if others wait for it longer than this."""
        if not self._lock.acquire(timeout=seconds):
            raise Overloaded
        try:
            if release.folder not in self._kept:
                if len(self._kept) == _MOST_KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[release.folder] = Finder(_names_of(release))
            return self._kept[release.folder]
        finally:
            self._lock.release()


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
