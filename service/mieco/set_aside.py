"""Releases that were damaged or lost, in ``damaged/`` in the data directory.

    DIR/damaged/
      7         a release that was damaged, out of its place
      7-2       another one of that number
      9-lost    a note, an empty file: there was a release 9, and it is lost

A number that is here is not given again: a replica, a link or a cache may know it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mieco.durable import made_folder, replaced, sync

_FOLDER: Final = "damaged"
_LOST: Final = "-lost"


class SetAside:
    """What was set aside in one data directory; who changes it holds the lock of publishing."""

    def __init__(self, data: Path) -> None:
        self._folder = data / _FOLDER

    def numbers(self) -> set[int]:
        """Of the releases that were set aside, and of those noted as lost."""
        names = [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []
        return {int(name.partition("-")[0]) for name in names if name[:1].isdigit()}

    def take(self, path: Path) -> Path:
        """Takes a damaged release, or another file, out of its place; where it is kept.

        Raises OSError.
        """
        made_folder(self._folder)
        target, again = self._folder / path.name, 1
        while target.exists():
            again += 1
            target = self._folder / f"{path.name}-{again}"
        path.rename(target)
        sync(self._folder)
        sync(path.parent)
        return target

    def note_lost(self, number: int) -> None:
        """Notes that a release is lost.  Raises OSError."""
        made_folder(self._folder)
        with replaced(self._folder / f"{number}{_LOST}"):
            pass

    def is_found(self, number: int) -> None:
        """Notes that a lost release is there again.  Raises OSError."""
        (self._folder / f"{number}{_LOST}").unlink(missing_ok=True)
