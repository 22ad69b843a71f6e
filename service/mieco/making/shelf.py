"""Files that were made and can be made again, kept within a budget of disk space.

    DIR/dumps/
      lock                  held by the process that makes a file, or makes room for one
      making-…              a file in the making
      5/mieco-5.nq.gz       a file, in use while somebody holds a lock on it
      5/mieco-5.nq.gz.sha256    its checksum, as sha256sum writes it

Those that were used longest ago give way to new ones; what is being read stays.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from mieco.errors import FileNotReady, FileTooLarge, NotWritable

_CHECKSUM = ".sha256"
_MAKING = "making-"
# While a file grows, room is looked for whenever it has grown by so much.
_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was made, open for reading, which keeps it in its place."""

    file: IO[bytes]
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A file on the shelf: what it takes on disk, and when it was last used."""

    path: Path
    size: int
    used: float


class Shelf:
    """The files in one folder, at most so many bytes of them."""

    def __init__(self, folder: Path, budget: int) -> None:
        self.folder = folder
        self._budget = budget

    def find(self, place: str) -> Kept | None:
        """The file of a place, which counts as used; it is closed by who asked for it."""
        path = self.folder / place
        with contextlib.ExitStack() as failing, contextlib.suppress(FileNotFoundError):
            file = failing.enter_context(path.open("rb"))
            fcntl.flock(file, fcntl.LOCK_SH)
            state = os.fstat(file.fileno())
            sha256 = _checksum(path)
            os.utime(path)
            if state.st_nlink:  # else it gave way in this very moment
                failing.pop_all()
                return Kept(file, state.st_size, sha256)
        return None

    def sizes(self, folder: str) -> dict[str, tuple[int, str]]:
        """Size and SHA-256 of the files that are there now in a folder, by name."""
        found = {}
        for path in sorted((self.folder / folder).glob(f"*{_CHECKSUM}")):
            file = path.with_suffix("")
            with contextlib.suppress(FileNotFoundError):
                found[file.name] = (file.stat().st_size, _checksum(file))
        return found

    def make(self, place: str, write: Callable[[IO[bytes]], None]) -> None:
        """Makes the file of a place, unless it is there.

        Raises what ``write`` raises, FileTooLarge, FileNotReady or NotWritable.
        """
        try:
            with self._locked():
                path = self.folder / place
                if not (path.exists() and _checksum_of(path).exists()):
                    self._make(path, write)
        except OSError as error:
            reason = error.strerror or str(error)
            raise NotWritable(folder=str(self.folder), reason=reason) from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone with the shelf; what an earlier process left half made is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in self.folder.glob(f"{_MAKING}*"):
                left.unlink()
            yield

    def _make(self, path: Path, write: Callable[[IO[bytes]], None]) -> None:
        growing = self.folder / f"{_MAKING}{os.getpid()}"
        try:
            with growing.open("wb") as file:
                measured = _Measured(file, self._make_room)
                write(cast("IO[bytes]", measured))
                measured.end()
                file.flush()
                os.fsync(file.fileno())
            path.parent.mkdir(parents=True, exist_ok=True)
            line = f"{measured.sha256}  {path.name}\n"
            _checksum_of(path).write_text(line, encoding="utf-8")
            growing.rename(path)
        finally:
            growing.unlink(missing_ok=True)

    def _make_room(self, size: int) -> None:
        """Lets files go until one of that size fits.

        Raises FileTooLarge, or FileNotReady where those that are being read leave no room.
        """
        if size > self._budget:
            raise FileTooLarge(megabytes=self._budget >> 20)
        kept = sorted(self._kept(), key=lambda each: each.used)
        over = sum(each.size for each in kept) + size - self._budget
        for each in kept:
            if over <= 0:
                return
            if _remove(each.path):
                over -= each.size
        if over > 0:
            raise FileNotReady

    def _kept(self) -> Iterator[_Place]:
        for path in self.folder.glob(f"*/*{_CHECKSUM}"):
            file = path.with_suffix("")
            with contextlib.suppress(FileNotFoundError):
                state = file.stat()
                yield _Place(file, state.st_size + path.stat().st_size, state.st_mtime)


class _Measured:
    """A file that asks for room as it grows, and sums up what is written to it."""

    def __init__(self, file: IO[bytes], make_room: Callable[[int], None]) -> None:
        self._file = file
        self._make_room = make_room
        self._digest = hashlib.sha256()
        self._size = self._asked = 0

    def write(self, data: bytes) -> int:
        self._size += len(data)
        if self._size >= self._asked + _STEP:
            self.end()
        self._digest.update(data)
        return self._file.write(data)

    def end(self) -> None:
        """Asks for room for all that was written."""
        self._asked = self._size
        self._make_room(self._size)

    def flush(self) -> None:
        """Nothing waits for it: it is flushed once, at its end."""

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _checksum_of(path: Path) -> Path:
    return path.with_name(path.name + _CHECKSUM)


def _checksum(path: Path) -> str:
    """The SHA-256 of a file that is there."""
    return _checksum_of(path).read_text(encoding="utf-8").split(" ", 1)[0]


def _remove(path: Path) -> bool:
    """Removes a file and its checksum, unless somebody reads it."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        path.unlink()
        _checksum_of(path).unlink()
    return True
