"""What has been made durable, as far as a process can ask for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Mark = tuple[int, int]


class FsyncWatch:
    """What fsync(2) was called for, and as it was then: when it was written last, and how long."""

    def __init__(self) -> None:
        self._synced: dict[Mark, Mark] = {}

    def note(self, descriptor: int) -> None:
        state = os.fstat(descriptor)
        self._synced[(state.st_dev, state.st_ino)] = (state.st_mtime_ns, state.st_size)

    def missing(self, folder: Path, *, but: set[str] | None = None) -> list[str]:
        """What of a folder, itself among it, was written after it was made durable, or never was.

        ``but`` are names that are left out, with all below them.
        """
        paths = [folder, *(path for path in folder.rglob("*"))]
        return sorted(
            path.relative_to(folder.parent).as_posix()
            for path in paths
            if not (but or set()) & {*path.relative_to(folder).parts} and not self._has(path)
        )

    def _has(self, path: Path) -> bool:
        state = path.lstat()
        synced = self._synced.get((state.st_dev, state.st_ino))
        return synced == (state.st_mtime_ns, state.st_size)


@contextmanager
def watched() -> Iterator[FsyncWatch]:
    """Watches this process."""
    watch, real = FsyncWatch(), os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        watch.note(descriptor)

    os.fsync = fsync
    try:
        yield watch
    finally:
        os.fsync = real
