"""The folder that backups are in.

    DEST/
      lock                        held by who writes here
      objects/ab/ab12…            the content of a file, under its SHA-256, once for all backups
      backups/20261130T135812.123Z.json   what one backup consists of (listing.py)

An object is there once it is whole, a list once all that it names is there, each durably.
Whoever may read a data directory is told by its modes; here all is the owner's alone, whatever the
umask: the audit log and the tokens are among the objects.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from mieco.backup.listing import Backup, Listed
from mieco.checksums import Checksum
from mieco.durable import NEW, made_folder, replaced, sync
from mieco.errors import BackupDamaged, BackupNotWritable, NoBackup, Text

_PIECE = 1 << 20
_MODE, _FOLDER_MODE, _OTHERS = 0o600, 0o700, 0o077
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{3}Z", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Unreadable(Exception):
    """What is to be saved cannot be read to its end."""


class Repository:
    """The backups in one folder.  Thread-safe but for who writes lists."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._objects = folder / "objects"
        self._backups = folder / "backups"

    # ------------------------------------------------------------------- what is there

    def names(self) -> list[str]:
        """The names of the backups, the oldest first.  Raises NoBackup where there is no folder."""
        try:
            found = [path.name.removesuffix(".json") for path in self._backups.glob("*.json")]
        except OSError:
            found = []
        if not found and not self._backups.is_dir():
            raise NoBackup(folder=str(self.folder), at="", near="")
        return sorted(name for name in found if _NAME.fullmatch(name))

    def find(self, at: str | None) -> str:
        """The name of the last backup, or of the last whose name begins like that.

        Raises NoBackup, which tells those there are.
        """
        names = self.names()
        fitting = [name for name in names if name.startswith(at or "")]
        if not fitting:
            near = Text(f"有：{', '.join(names)}。", f"There are: {', '.join(names)}.")
            raise NoBackup(folder=str(self.folder), at=at or "", near=near if names else "")
        return fitting[-1]

    def backup(self, name: str) -> Backup:
        """The list of a backup.  Raises BackupDamaged."""
        try:
            return Backup.of_json((self._backups / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise BackupDamaged(
                folder=str(self.folder),
                backup=name,
                reason=Text("它的清单读不出来", "its list cannot be read"),
            ) from None

    def place(self, digest: str) -> Path:
        """Where the content of that SHA-256 is, if it is there."""
        return self._objects / digest[:2] / digest

    def has(self, checksum: Checksum) -> bool:
        """Is there an object of that SHA-256, and as long as it must be?"""
        try:
            return self.place(checksum.sha256).stat().st_size == checksum.size
        except OSError:
            return False

    def digests(self) -> list[str]:
        """Of all objects, in order, whether a backup names them or not."""
        found = self._objects.glob("[0-9a-f][0-9a-f]/*")
        return sorted(path.name for path in found if _DIGEST.fullmatch(path.name))

    @contextlib.contextmanager
    def opened(self, listed: Listed) -> Iterator[IO[bytes]]:
        """The content of a file, to be read.  Raises OSError."""
        with self.place(listed.sha256).open("rb") as file:
            yield file

    # ------------------------------------------------------------------- who uses it

    @contextlib.contextmanager
    def writing(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Nobody else writes here meanwhile; ``waiting`` is called where somebody does.

        What one that was killed has left half written is removed.  Raises BackupNotWritable.
        """
        with self.writable():
            for folder in (self.folder, self._backups, self._objects):
                made_folder(folder, _FOLDER_MODE)
            lock = os.fdopen(os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, _MODE), "r+")
        with lock:
            _lock(lock, fcntl.LOCK_EX, waiting)
            with self.writable():
                self._close()
                for left in (*self._objects.glob(f"*{NEW}"), *self._backups.glob(f"*{NEW}")):
                    left.unlink()
            yield

    def _close(self) -> None:
        """Takes away what earlier versions have let others see.  Raises OSError."""
        for top in (self._objects, self._backups):
            if not top.stat().st_mode & _OTHERS:
                continue
            # The folder itself last: until then the next one begins anew.
            for path in (*top.rglob("*"), self.folder / "lock", top):
                with contextlib.suppress(PermissionError):  # a disk without modes, or not ours
                    path.chmod(_FOLDER_MODE if path.is_dir() else _MODE)

    @contextlib.contextmanager
    def reading(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Nobody removes anything here meanwhile, unless the disk takes no locks."""
        try:
            lock = (self.folder / "lock").open("rb")
        except OSError:
            yield
            return
        with lock:
            with contextlib.suppress(OSError):
                _lock(lock, fcntl.LOCK_SH, waiting)
            yield

    @contextlib.contextmanager
    def writable(self) -> Iterator[None]:
        """Raises BackupNotWritable for what the disk does not take."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise BackupNotWritable(folder=str(self.folder), reason=reason) from error

    # ------------------------------------------------------------------- what is written

    def add(self, source: IO[bytes], size: int, expected: str | None = None) -> Checksum:
        """Keeps so many bytes, durably but for the name; what they are.

        Raises Unreadable for fewer bytes or, if that is ``expected``, another SHA-256: nothing is
        then kept; and BackupNotWritable.
        """
        digest = hashlib.sha256()
        with self.writable():
            made = self._objects / f"{os.getpid()}.{id(source)}{NEW}"
            out = os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb")
        try:
            with out:
                left = size
                while left:
                    try:
                        piece = source.read(min(left, _PIECE))
                    except OSError as error:
                        raise Unreadable from error
                    if not piece:
                        raise Unreadable
                    left -= len(piece)
                    digest.update(piece)
                    with self.writable():
                        out.write(piece)
                with self.writable():
                    out.flush()
                    os.fsync(out.fileno())
            found = digest.hexdigest()
            if expected not in (None, found):
                raise Unreadable
            with self.writable():
                place = self.place(found)
                made_folder(place.parent, _FOLDER_MODE)
                made.replace(place)
        finally:
            with contextlib.suppress(OSError):
                made.unlink(missing_ok=True)
        return Checksum(size, found)

    def complete(self, backup: Backup) -> str:
        """Writes the list of a backup, all of whose objects are there; its name.

        Raises BackupNotWritable.
        """
        with self.writable():
            for digits in {each.sha256[:2] for each in backup.files.values()}:
                sync(self._objects / digits)
            made = datetime.fromisoformat(backup.made).astimezone(UTC)
            name = f"{made:%Y%m%dT%H%M%S}.{made.microsecond // 1000:03}Z"
            with replaced(self._backups / f"{name}.json", mode=_MODE) as file:
                file.write(backup.to_json())
        return name

    def drop(self, names: Sequence[str]) -> int:
        """Removes backups, and what no other one names; the bytes that are free now.

        Nothing but lists is removed as long as one of the others cannot be read.  Raises
        BackupNotWritable.
        """
        freed = 0
        with self.writable():
            for name in names:
                (self._backups / f"{name}.json").unlink()
            if names:
                sync(self._backups)
            try:
                left = [self.backup(name) for name in self.names()]
            except BackupDamaged:
                return 0
            named = {each.sha256 for backup in left for each in backup.files.values()}
            for digest in self.digests():
                if digest not in named:
                    freed += self.place(digest).stat().st_size
                    self.place(digest).unlink()
        return freed


def _lock(lock: IO[Any], how: int, waiting: Callable[[], None]) -> None:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(lock, how)
