"""A backup becomes a data directory again.

    DIR/restoring   there from the first file until the pointer is; a restore that was killed is
                    begun anew by the next, and nobody takes what it left for a directory of use

Every file is compared with its SHA-256 on its way; the pointer is written last.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mieco.access.token_log import TokenLog
from mieco.access.tokens import FILE as TOKENS
from mieco.access.tokens import Tokens
from mieco.audit import FILE as AUDIT
from mieco.audit import AuditLog, operator
from mieco.backup.listing import SECRET, Backup, Listed
from mieco.backup.repository import Repository
from mieco.durable import made_folder, replaced, sync, writable
from mieco.errors import BackupDamaged, NotEmpty, NotWritable, Text, TokensUnreadable
from mieco.progress import Progress
from mieco.releases import RESTORING, Releases

_PIECE = 1 << 20
# What is smaller is copied: some of it belongs to one store alone, such as its lock.
_LINKED = 1 << 16
_SECRET = 0o600
# What a restore that was killed may have left.
_OURS = {
    *("releases", "deliveries", "staging", "lock", "origin", "current.new", RESTORING),
    "tokens.lock",
    *(name for each in (*SECRET, "origin") for name in (each, f"{each}.new")),
}
# What the root of a new disk has.
_NOTHING = {"lost+found"}


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was restored, and its name."""

    name: str
    backup: Backup


def restore(
    repository: Repository,
    data: Path,
    at: str | None,
    *,
    progress: Progress,
    waiting: Callable[[], None],
) -> Restored:
    """Makes a directory what it was when a backup was made, the last one or that of a name.

    The directory is a new or an empty one.  Raises NotEmpty, NoBackup, BackupDamaged or
    NotWritable; the directory is then as it was.
    """
    with repository.reading(waiting):
        name = repository.find(at)
        backup = repository.backup(name)
        with writable(data):
            _demand_room(data, backup)
        lacking = [path for path, each in backup.files.items() if not repository.has(each.checksum)]
        if lacking:
            raise _damaged(repository, name, lacking[0])
        with writable(data), _undone(data):
            made_folder(data)
            with replaced(data / RESTORING) as mark:
                mark.write(f"{name}\n")
            _Restoring(repository, name, backup, data, progress).run()
            (data / RESTORING).unlink()
            sync(data)
        return Restored(name, backup)


def _demand_room(data: Path, backup: Backup) -> None:
    """Raises NotEmpty, NotWritable or OSError; removes what a restore that was killed has left."""
    there = {path.name for path in data.iterdir()} - _NOTHING if data.exists() else set()
    if there:
        if RESTORING not in there or there - _OURS:
            raise NotEmpty(folder=str(data))
        _clear(data)
    above = next(each for each in (data, *data.parents) if each.is_dir())
    if (free := shutil.disk_usage(above).free) < backup.size:
        megabytes = -(-(backup.size - free) // 1_000_000)
        reason = Text(f"空间不足，还缺 {megabytes} MB", f"it lacks {megabytes} MB of room")
        raise NotWritable(folder=str(data), reason=reason)


@contextlib.contextmanager
def _undone(data: Path) -> Iterator[None]:
    """What fails leaves the directory as it was."""
    existed = data.exists()
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            _clear(data)
            if not existed:
                data.rmdir()
        raise


def _clear(data: Path) -> None:
    """Removes what a restore writes, the mark of it last."""
    for path in sorted(data.iterdir(), key=lambda each: each.name == RESTORING):
        if path.name in _NOTHING:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


class _Restoring:
    """One backup on its way into a directory that has nothing."""

    def __init__(
        self, repository: Repository, name: str, backup: Backup, data: Path, progress: Progress
    ) -> None:
        self._repository = repository
        self._name = name
        self._backup = backup
        self._data = data
        self._progress = progress
        self._bringing = Bringing(repository)

    def run(self) -> None:
        """Raises BackupDamaged, NotWritable or OSError."""
        backup = self._backup
        self._progress.begin("restoring", backup.size // 1000)
        if AUDIT in backup.files:
            self._file(AUDIT, backup.files[AUDIT])
        about = {"backup": self._name, "release": backup.release}
        with AuditLog(self._data).act(operator(), "restore", **about):
            for path, listed in backup.files.items():
                if path != AUDIT:
                    self._file(path, listed)
            if TOKENS in backup.files:
                # They may be older than the log, where those of that time were damaged.
                with contextlib.suppress(TokensUnreadable):  # an older mieco has saved it so
                    TokenLog.of(AuditLog(self._data)).correct(Tokens(self._data))
            self._sync_folders()
            releases = Releases(self._data)
            with releases.publishing():
                releases.open(backup.release)
                releases.point_to(backup.release)

    def _file(self, path: str, listed: Listed) -> None:
        target = self._data / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._bringing.bring(self._name, path, listed, target):
            self._progress.step(listed.size // 1000)

    def _sync_folders(self) -> None:
        """The names of all files are on disk for good."""
        for folder in ("releases", "deliveries"):
            for path in (self._data / folder).rglob("*"):
                if path.is_dir():
                    sync(path)
            if (self._data / folder).is_dir():
                sync(self._data / folder)
        sync(self._data)


class Bringing:
    """Files of backups on their way into a directory, in which releases share what they shared."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        # Where the content of a SHA-256 is already.
        self._there: dict[str, Path] = {}

    def bring(self, name: str, path: str, listed: Listed, target: Path) -> bool:
        """Writes a file of a backup as :func:`bring`, or links what is the same; was it written?

        Raises BackupDamaged or OSError.
        """
        twin = self._there.get(listed.sha256)
        if twin and listed.size >= _LINKED and path.startswith("releases/"):
            with contextlib.suppress(OSError):  # there may be too many links, or it is gone
                os.link(twin, target)
                return False
        bring(self._repository, name, path, listed, target)
        self._there[listed.sha256] = target
        return True

    def moved(self, source: Path, target: Path) -> None:
        """Is told of a folder with files that were brought, which has another place now."""
        for digest, path in self._there.items():
            if path.is_relative_to(source):
                self._there[digest] = target / path.relative_to(source)


def bring(repository: Repository, name: str, path: str, listed: Listed, target: Path) -> None:
    """Writes a file of a backup, durably but for its name.  Raises BackupDamaged or OSError."""
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET)
    with os.fdopen(descriptor, "wb") as file:
        for piece in _pieces(repository, name, path, listed):
            digest.update(piece)
            size += file.write(piece)
        if (size, digest.hexdigest()) != (listed.size, listed.sha256):
            raise _damaged(repository, name, path)
        file.flush()
        os.fchmod(file.fileno(), _SECRET if path in SECRET else listed.mode | _SECRET)
        os.fsync(file.fileno())


def _pieces(repository: Repository, name: str, path: str, listed: Listed) -> Iterator[bytes]:
    try:
        with repository.opened(listed) as content:
            while piece := content.read(_PIECE):
                yield piece
    except OSError:
        raise _damaged(repository, name, path) from None


def _damaged(repository: Repository, name: str, path: str) -> BackupDamaged:
    reason = Text(f"缺少 {path}，或其内容已变", f"its {path} is missing or was changed")
    return BackupDamaged(folder=str(repository.folder), backup=name, reason=reason)
