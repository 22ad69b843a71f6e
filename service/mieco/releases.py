"""Numbered, immutable releases on disk, and the pointer to the current one.

    DIR/
      current           the number of the current release, as text
      current.new       the next one, while a release is given its place
      lock              held by whoever publishes
      releases/1/
        manifest.json   what is in it and what it was made from
        checksums.json  the size and SHA-256 of each of its files (mieco/checksums.py)
        store/          the dataset, an Oxigraph snapshot
        rules.json      the rules that it was inferred with
        facts.npz       its facts as arrays, from which the next release is inferred
        names.sqlite    its names as people look for them (mieco/search)
        contradictions.json   which contradictions it has, because they were accepted
        statistics.json what it holds, in numbers
        added.nq        what it has that the one before it had not, if that is little
        removed.nq      and the other way round
        merged…         made by who answers from disk (mieco/engine/on_disk.py)
      staging/…         a release in the making; left-overs are removed by the next publish
      pulling/…         a release that is being fetched from another mieco (mieco/replicas)
      origin            where that was, as text
      damaged/…         releases that were set aside (mieco/set_aside.py)
      restoring         there while a backup is being restored (mieco/backup)

A reader reads ``current`` and opens that release; nobody ever changes what is in it again.
"""

from __future__ import annotations

import contextlib
import gc
import json
import shutil
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from mieco import checksums
from mieco.damage import damage_told
from mieco.durable import locked, made_folder, made_in, replaced, sync, sync_all, writable
from mieco.errors import (
    BadRelease,
    NoRelease,
    NotFound,
    NothingToUndo,
    ReleaseMoved,
    Text,
)
from mieco.manifest import Manifest
from mieco.pointer import CURRENT, Pointer
from mieco.release_log import highest_number
from mieco.set_aside import SetAside
from mieco.settings import Settings
from mieco.terms import BASE

_ORIGIN = "origin"
# Is there as long as not all of a backup has been restored.
RESTORING: Final = "restoring"

_LOST = Text(
    "指向它的 current 不见了，而发布还在", "the pointer to it is gone, the releases are not"
)
_HALF_RESTORED = Text(
    "从备份恢复时中断了；请再运行一次 mieco restore",
    "restoring a backup was interrupted; run 'mieco restore' again",
)


@dataclass(frozen=True, slots=True)
class Release:
    """One published state of everything."""

    folder: Path
    manifest: Manifest

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def as_json(self) -> dict[str, int | str]:
        """The release as answers name the one that they are from."""
        return {"number": self.manifest.number, "created": self.manifest.created}


@dataclass(frozen=True, slots=True)
class Undone:
    """The release that was gone back to, and the number of the one that was left."""

    release: Release
    left: int


def _let_go(error: BaseException) -> None:
    """Closes the store that the frames of an error hold: it is open as long as anything does."""
    found: BaseException | None = error
    while found is not None:
        traceback.clear_frames(found.__traceback__)
        found = found.__context__
    gc.collect()


class Releases:
    """The releases in one data directory.

    ``address`` is where a service of them is reached: what a release says of itself names it.
    ``elsewhere``: an engine of others answers, and a release is current once it has been brought
    there (:meth:`switch`).
    """

    def __init__(self, folder: Path, address: str = "", *, elsewhere: bool = False) -> None:
        self.folder = folder
        self.pointer = Pointer(folder)
        self.aside = SetAside(folder)
        self.elsewhere = elsewhere
        self.address = f"{(address or BASE).rstrip('/')}/"

    @classmethod
    def of(cls, settings: Settings) -> Releases:
        """Those that are published with these settings."""
        return cls(settings.data, settings.base, elsewhere=bool(settings.engine))

    def current_number(self) -> int | None:
        """The number in the pointer, or ``None`` where nothing was published."""
        return self.pointer.number()

    def current_if_any(self) -> Release | None:
        """The current release, or ``None`` where nothing was published.

        Raises BadRelease where it is damaged, or where there are releases and the pointer is lost:
        whoever began anew would leave them behind.
        """
        number = self.current_number()
        if number is not None:
            return self._open(number)
        if (self.folder / RESTORING).exists():
            raise BadRelease(release=CURRENT, reason=_HALF_RESTORED)
        if self.numbers() and not self.pointer.is_prepared():
            raise BadRelease(release=CURRENT, reason=_LOST)
        return None

    def current(self) -> Release:
        """The current release.

        Raises NoRelease where nothing was published, BadRelease where it is damaged.
        """
        release = self.current_if_any()
        if release is None:
            raise NoRelease(folder=str(self.folder))
        return release

    def numbers(self) -> list[int]:
        """The numbers of the releases that are there, those that were undone among them."""
        folder = self.folder / "releases"
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        return sorted(int(name) for name in names if name.isdigit())

    def open(self, number: int) -> Release:
        """The release of that number.

        Raises NotFound where there is none, which tells those there are, NoRelease where
        nothing was published, and BadRelease.
        """
        there = self.numbers()
        if not there:
            raise NoRelease(folder=str(self.folder))
        if number not in there:
            listed, current = as_ranges(there), self.current_number()
            raise NotFound(
                what=Text("发布", "release"),
                name=str(number),
                near=Text(
                    f"现有的发布：{listed}；当前是 {current}",
                    f"There are the releases {listed}; the current one is {current}",
                ),
            )
        return self._open(number)

    def _open(self, number: int) -> Release:
        return self._read(self.place(number), number)

    @staticmethod
    def _read(folder: Path, number: int) -> Release:
        """The release of a number that a folder holds.  Raises BadRelease."""
        try:
            text = (folder / "manifest.json").read_text(encoding="utf-8")
            release = Release(folder, Manifest.of_json(text))
            if release.manifest.number != number:
                raise ValueError("it is of another release")
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            raise BadRelease(
                release=str(number),
                reason=Text(
                    "manifest.json 不存在或无法读取", "its manifest.json is missing or broken"
                ),
            ) from None
        if not release.store.is_dir():
            raise BadRelease(
                release=str(number), reason=Text("数据目录不存在", "its store is missing")
            )
        return release

    def before(self, release: Release) -> Release:
        """The release that one was made from.  Raises NothingToUndo or BadRelease."""
        before = release.manifest.before
        # One that was fetched may be here without the one that it was made from.
        if before is None or not self.place(before).is_dir():
            raise NothingToUndo
        return self._open(before)

    def line(self, number: int | None) -> Iterator[int]:
        """The number of a release, then of those that it was made from, as far as they are kept."""
        while number is not None:
            yield number
            try:
                number = self._open(number).manifest.before
            except BadRelease:
                return

    def all(self) -> Iterator[Release]:
        """The releases that are there and whole, the newest first."""
        for number in reversed(self.numbers()):
            with contextlib.suppress(BadRelease):
                yield self._open(number)

    def undo(self, expected: int | None = None) -> Undone:
        """Goes back to the release that the current one was made from, which is then current.

        The one left behind is kept, and its number is not given again.  With ``expected``, only
        from the release of that number.  Raises NoRelease, NothingToUndo, ReleaseMoved, BadRelease
        or NotWritable.
        """
        with self.publishing():
            current = self.current()
            if expected is not None and expected != current.manifest.number:
                raise ReleaseMoved(current=current.manifest.number, expected=expected)
            release = self.before(current)
            if not self.elsewhere:
                with writable(self.folder):
                    self.point_to(release.manifest.number)
        return Undone(release, current.manifest.number)

    def switch(self, number: int, bring: Callable[[Release], None]) -> Release:
        """Makes a release current that was added or gone back to, when ``bring`` has brought it.

        Raises ReleaseMoved where another became current meanwhile, what ``bring`` raises, NotFound,
        BadRelease or NotWritable.
        """
        with self.publishing():
            release = self.open(number)
            if (current := self.current_number()) not in (None, number):
                there = self.current()
                if current != release.manifest.before and there.manifest.before != number:
                    raise ReleaseMoved(current=current or 0, expected=release.manifest.before or 0)
            bring(release)
            if current != number:
                with writable(self.folder):
                    self.point_to(number)
        return release

    def discard(self, number: int) -> None:
        """Removes a release that never became current."""
        if number != self.current_number():
            shutil.rmtree(self.folder / "releases" / str(number), ignore_errors=True)

    @contextlib.contextmanager
    def publishing(self) -> Iterator[Path]:
        """An empty staging folder, for the one publisher that holds the lock.

        Whatever is left in it when the context ends is removed.  Raises NotWritable.
        """
        with writable(self.folder):
            made_folder(self.folder)
            lock = (self.folder / "lock").open("a")
        with lock:
            locked(lock)
            staging = self.folder / "staging"
            with writable(self.folder):
                shutil.rmtree(staging, ignore_errors=True)
                staging.mkdir()
            try:
                # What is staged has links to what the current one consists of.
                with writable(self.folder), damage_told("current"):
                    yield staging
            except BaseException as error:
                _let_go(error)
                raise
            finally:
                shutil.rmtree(staging, ignore_errors=True)

    def next_number(self) -> int:
        """The number of the next release; numbers are never given twice.

        Not even that of a release which was lost, of which the pointer, what was set aside, or the
        audit log may tell.
        """
        told = (self.current_number() or 0, highest_number(self.folder))
        return max(*self.numbers(), *self.aside.numbers(), *told) + 1

    def add(self, staging: Path, manifest: Manifest) -> Release:
        """The staged release, durable on disk, and current from now on unless that is elsewhere."""
        with writable(self.folder):
            text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2) + "\n"
            (staging / "manifest.json").write_text(text, encoding="utf-8")
            before = manifest.before
            with ThreadPoolExecutor(1) as beside:
                syncing = beside.submit(sync_all, made_in(staging))
                checksums.write(staging, None if before is None else self.place(before))
                syncing.result()
            self._give_place(staging, manifest.number)
        return Release(self.place(manifest.number), manifest)

    def adopt(self, number: int, fetched: Path | None, origin: str) -> Release:
        """The release of that number at another mieco, durable here and current from now on.

        ``fetched`` is a folder of this directory that holds it; without one it is here already.
        Raises BadRelease or NotWritable; the current release then stands.
        """
        with self.publishing(), writable(self.folder):
            if fetched is not None:
                self._read(fetched, number)
                sync_all(made_in(fetched))
            if self.origin() != origin:
                self._write(_ORIGIN, origin)
            with self.pointer.moved_to(number):
                if fetched is not None:
                    self._put(fetched, number)
                release = self._open(number)
        return release

    def origin(self) -> str:
        """The address of the mieco that these releases were fetched from; empty if from none."""
        try:
            return (self.folder / _ORIGIN).read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    def place(self, number: int) -> Path:
        """The folder that the release of a number has, if there is one."""
        return self.folder / "releases" / str(number)

    def put_back(self, fetched: Path, number: int) -> None:
        """Gives a lost release its place again; the lock is held.  Raises BadRelease or OSError."""
        self._read(fetched, number)
        sync_all(made_in(fetched))
        self._put(fetched, number)
        self.aside.is_found(number)

    def point_to(self, number: int) -> None:
        """Makes a release current; the lock is held.  Raises OSError."""
        with self.pointer.moved_to(number):
            pass

    def _give_place(self, staging: Path, number: int) -> None:
        """Gives a staged release its place and makes it current, unless that is elsewhere."""
        try:
            if not self.elsewhere:
                with self.pointer.moved_to(number):
                    self._put(staging, number)
                return
            if self.current_number() is None:
                self.pointer.prepare(number)
            self._put(staging, number)
        except OSError:
            self.discard(number)
            raise

    def _put(self, made: Path, number: int) -> None:
        """Gives a whole release its place, durably; the files that it consists of are so."""
        with contextlib.suppress(FileNotFoundError):  # earlier versions wrote none
            sync(made / checksums.FILE)
        sync(made)
        folder = self.place(number)
        made_folder(folder.parent)
        made.rename(folder)
        sync(folder.parent)

    def _write(self, name: str, text: str) -> None:
        """Gives a file of the directory one line to hold, whole and durably."""
        with replaced(self.folder / name) as file:
            file.write(f"{text}\n")


def as_ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers, as few words as they need: ``1-3, 5``."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][-1] == number - 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    return ", ".join("-".join(map(str, each)) for each in ranges)
