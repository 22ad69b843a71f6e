"""A release of another mieco becomes one of this computer, and its current one.

    DIR/pulling/
      lock      held by the one who pulls
      7/        release 7 as far as it has come, with the listing (checksums.json) that it follows

What was fetched stays when a pull is interrupted, and the next goes on from there.  Files that a
release here has already, by their checksums, are linked.  Nothing has a place among the releases
before all of it has been compared with its checksum, so a reader sees the old one until then.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from mieco import checksums
from mieco.checksums import Checksum, Checksums
from mieco.errors import (
    BadRelease,
    ChecksumWrong,
    NoRoom,
    NotWritable,
    OriginAway,
    ReleaseDiffers,
    Text,
)
from mieco.progress import Progress
from mieco.releases import Release, Releases
from mieco.replicas.origin import Offered, Origin

# In the releases of so many near numbers files are looked for.
_NEAR = 16
# What is smaller is copied: some of it belongs to one store alone, such as its lock.
_LINKED = 1 << 16
# So often a file is asked for again of which nothing more has come, with waits that grow.
_TRIES = 6
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 8.0
_KB, _MB = 1000, 1_000_000


@dataclass(frozen=True, slots=True)
class Pulled:
    """A release that is current now, and the number of the one that was, if there was any.

    ``fetched`` bytes were moved for it, ``found`` were here; neither where it was here as a whole.
    """

    release: Release
    before: int | None
    fetched: int = 0
    found: int = 0


class Puller:
    """Makes the releases of one origin those of this computer.

    ``showing`` gives the progress of fetching, for as long as that takes; ``waiting`` is called
    where another pull is at work here, before its end is waited for.
    """

    def __init__(
        self,
        releases: Releases,
        origin: Origin,
        showing: Callable[[], AbstractContextManager[Progress]],
        waiting: Callable[[], None],
    ) -> None:
        self._releases = releases
        self._origin = origin
        self._showing = showing
        self._waiting = waiting
        self._folder = releases.folder / "pulling"
        # Files that this process has compared with their checksums, as they were then.
        self._proven: set[tuple[int, int, int, int]] = set()
        # Of releases that came without checksums, worked out once.
        self._worked_out: dict[int, Checksums] = {}

    def pull(self, number: int | None = None) -> Pulled:
        """Makes a release of the origin the current one here, that which is current there if none
        is named.

        Raises what the origin raises, ReleaseDiffers, ChecksumWrong, NoRoom, BadRelease or
        NotWritable; the current release then stands.
        """
        with self._alone():
            offered = self._origin.offered(number)
            before = self._releases.current_number()
            here = self._here(offered.number)
            if here is not None:
                if here != offered.files:
                    raise ReleaseDiffers(
                        release=str(offered.number),
                        address=self._origin.address,
                        folder=str(self._releases.folder),
                    )
                release = self._releases.open(offered.number)
                if before != offered.number or self._releases.origin() != self._origin.address:
                    self._releases.adopt(offered.number, None, self._origin.address)
                return Pulled(release, before)
            with self._showing() as progress:
                work = _Fetching(self._origin, offered, self._folder, self._proven, progress)
                made = work.fetched(self._kept_near(offered.number))
            release = self._releases.adopt(offered.number, made, self._origin.address)
            return Pulled(release, before, work.moved, work.found)

    def _here(self, number: int) -> Checksums | None:
        """What the release of a number consists of here, if there is one."""
        if number in self._worked_out:
            return self._worked_out[number]
        folder = self._releases.place(number)
        if not folder.is_dir():
            return None
        written = checksums.read(folder)
        if written is None:
            written = self._worked_out[number] = checksums.told(folder)
        return written

    def _kept_near(self, number: int) -> dict[str, Path]:
        """Files of releases that are here, by their SHA-256; of the nearest ones first."""
        found: dict[str, Path] = {}
        for each in sorted(self._releases.numbers(), key=lambda other: abs(other - number))[:_NEAR]:
            folder = self._releases.place(each)
            with contextlib.suppress(BadRelease):
                for path, checksum in (checksums.read(folder) or {}).items():
                    found.setdefault(checksum.sha256, folder / path)
        return found

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else pulls into this directory meanwhile.  Raises NotWritable."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / "lock").open("a")
        except OSError as error:
            raise _not_writable(self._releases.folder, error) from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._waiting()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class _Fetching:
    """One release on its way: ``moved`` bytes of it were fetched, ``found`` were here."""

    def __init__(
        self,
        origin: Origin,
        offered: Offered,
        folder: Path,
        proven: set[tuple[int, int, int, int]],
        progress: Progress,
    ) -> None:
        self._origin = origin
        self._offered = offered
        self._pulling = folder
        self._folder = folder / str(offered.number)
        self._proven = proven
        self._progress = progress
        self.moved = self.found = 0

    def fetched(self, kept: Mapping[str, Path]) -> Path:
        """The folder that holds all of it, linked from what is ``kept`` here or fetched."""
        with self._written():
            self._begin()
        missing = {
            path: checksum.size - _size(self._folder / path)
            for path, checksum in self._offered.files.items()
            if checksum.sha256 not in kept
        }
        wanted = sum(missing.values())
        free = shutil.disk_usage(self._folder).free
        if wanted > free:
            raise self._no_room(wanted - free)
        self._progress.begin("fetching", wanted // _KB)
        for path, checksum in self._offered.files.items():
            with self._written():
                there = self._is_there(self._folder / path, checksum, kept)
            if there:
                self.found += checksum.size
            else:
                self._fetch(path, checksum)
        return self._folder

    def _begin(self) -> None:
        """The folder, with what an earlier pull of the same left in it."""
        for other in self._pulling.iterdir():
            if other.is_dir() and other != self._folder:
                shutil.rmtree(other)
        with contextlib.suppress(BadRelease):
            if checksums.read(self._folder) == self._offered.files:
                return
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        checksums.keep(self._folder, self._offered.files)

    def _is_there(self, target: Path, checksum: Checksum, kept: Mapping[str, Path]) -> bool:
        """Is the file whole, from an earlier pull or from what is kept here?"""
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if self._is_whole(target, checksum):
                return True
            # A part is gone on with, unless it is a link: nobody writes in another release.
            if target.stat().st_nlink > 1 or _size(target) >= checksum.size:
                target.unlink()
            else:
                return False
        if checksum.sha256 not in kept:
            return False
        source = kept[checksum.sha256]
        try:
            if checksum.size < _LINKED:
                shutil.copyfile(source, target)
            else:
                os.link(source, target)
        except OSError:  # it has gone, or there are too many links
            target.unlink(missing_ok=True)
            return False
        if self._is_whole(target, checksum):
            return True
        target.unlink()  # it is damaged there
        return False

    def _fetch(self, path: str, checksum: Checksum) -> None:
        """Fetches a file, or the rest of it; once more where it is not what is listed."""
        target = self._folder / path
        for afresh in (False, True):
            self._fill(path, checksum, target, afresh=afresh)
            with self._written():
                if self._is_whole(target, checksum):
                    return
                target.unlink()
        raise ChecksumWrong(file=path, address=self._origin.address)

    def _fill(self, path: str, checksum: Checksum, target: Path, *, afresh: bool) -> None:
        """Has all bytes of a file come, however often the connection breaks."""
        with self._written():
            target.touch()
        fruitless = 0
        while (size := _size(target)) < checksum.size:
            try:
                self._append(path, checksum, target, size, afresh=afresh)
            except OriginAway:
                fruitless = fruitless + 1 if _size(target) <= size else 1
                if fruitless == _TRIES:
                    raise
                time.sleep(min(_LONGEST_WAIT, _FIRST_WAIT * 2**fruitless))

    def _append(
        self, path: str, checksum: Checksum, target: Path, size: int, *, afresh: bool
    ) -> None:
        with self._origin.part(self._offered, path, size, afresh=afresh) as (start, pieces):
            with self._written():
                file = target.open("ab")
            with file:
                with self._written():
                    file.truncate(start)
                size = start
                for piece in pieces:
                    with self._written():
                        file.write(piece)
                    size += len(piece)
                    self._step(len(piece))
                    if size > checksum.size:
                        return  # it is another file
                with self._written():
                    file.flush()
        if size < checksum.size:
            raise self._origin.away(Text("连接中断", "the connection broke"))

    def _step(self, size: int) -> None:
        done = self.moved // _KB
        self.moved += size
        self._progress.step(self.moved // _KB - done)

    def _is_whole(self, path: Path, checksum: Checksum) -> bool:
        """Has a file its checksum?  Each is read for that once."""
        state = path.stat()
        if state.st_size != checksum.size:
            return False
        mark = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
        if mark not in self._proven:
            if checksums.sha256(path) != checksum.sha256:
                return False
            self._proven.add(mark)
        return True

    def _no_room(self, lacking: int) -> NoRoom:
        megabytes = max(1, -(-lacking // _MB))
        return NoRoom(folder=str(self._pulling.parent), megabytes=megabytes)

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        """Raises NoRoom or NotWritable for what the disk does not take."""
        try:
            yield
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise _not_writable(self._pulling.parent, error) from None
            files = self._offered.files.items()
            lacking = sum(each.size - _size(self._folder / path) for path, each in files)
            raise self._no_room(lacking) from None


def _size(path: Path) -> int:
    """The bytes of a file; none where there is no such file."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _not_writable(folder: Path, error: OSError) -> NotWritable:
    return NotWritable(folder=str(folder), reason=error.strerror or str(error))
