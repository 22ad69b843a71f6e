"""The pointer to the current release, in ``current`` in the data directory.

It is moved by one rename.  ``current.new`` holds the next one while a release is given its place:
who finds that, and no pointer, knows that none was current yet.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mieco.durable import NEW, replaced, sync
from mieco.errors import BadRelease

CURRENT: Final = "current"


class Pointer:
    """The pointer in one data directory; who moves it holds the lock of publishing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / CURRENT

    def number(self) -> int | None:
        """The number in it, or ``None`` where there is none.  Raises BadRelease."""
        try:
            return int(self._path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return None
        except (ValueError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise BadRelease(release=CURRENT, reason=reason or "") from None

    def prepare(self, number: int) -> None:
        """Says that there will be one, and that none was lost.  Raises OSError."""
        with replaced(self._folder / f"{CURRENT}{NEW}") as file:
            file.write(f"{number}\n")

    def is_prepared(self) -> bool:
        """Was one about to be moved?"""
        return (self._folder / f"{CURRENT}{NEW}").exists()

    @contextlib.contextmanager
    def moved_to(self, number: int) -> Iterator[None]:
        """It has the number when the context ends, in which that release is given its place.

        The next one is written before that: a disk that is full says so while nothing has
        happened.  Raises OSError; it is then as it was.
        """
        before = self._readable()
        if before == number:
            yield
            return
        try:
            with replaced(self._path) as file:
                file.write(f"{number}\n")
                file.flush()
                os.fsync(file.fileno())
                if before is None:
                    sync(self._folder)
                yield
        except OSError:
            # It may have been moved and not be on disk for good: what is refused is not current.
            with contextlib.suppress(OSError):
                if self._readable() == number:
                    self._put_back(before)
            raise

    def _put_back(self, before: int | None) -> None:
        if before is None:
            self._path.unlink()
            return
        with replaced(self._path) as file:
            file.write(f"{before}\n")

    def _readable(self) -> int | None:
        """The number; ``None`` also where it cannot be read."""
        try:
            return self.number()
        except BadRelease:
            return None
