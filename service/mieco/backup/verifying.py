"""Are backups, or the releases of a data directory, as they were written?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mieco import checksums
from mieco.backup.listing import Backup
from mieco.backup.repository import Repository
from mieco.checksums import Damage, Digests
from mieco.errors import BackupDamaged, BadRelease
from mieco.progress import Progress
from mieco.releases import Releases

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Looked:
    """A backup or a release: its name, what is wrong with its files, and what is in it.

    ``unread`` says that it cannot be read at all; ``listed`` that it came with checksums.
    """

    name: str
    damaged: Sequence[Damage]
    backup: Backup | None = None
    unread: bool = False
    listed: bool = True

    @property
    def whole(self) -> bool:
        return not self.damaged and not self.unread


def verify_backups(
    repository: Repository, progress: Progress, waiting: Callable[[], None]
) -> Iterator[Looked]:
    """Every backup, the oldest first, when all their objects have been read.  Raises NoBackup."""
    with repository.reading(waiting):
        backups: dict[str, Backup | None] = {}
        for name in repository.names():
            try:
                backups[name] = repository.backup(name)
            except BackupDamaged:
                backups[name] = None
        wrong = _wrong_objects(repository, backups, progress)
    for name, backup in backups.items():
        if backup is None:
            yield Looked(name, (), unread=True)
            continue
        files = backup.files.items()
        damaged = [Damage(path, wrong[e.sha256]) for path, e in files if e.sha256 in wrong]
        yield Looked(name, damaged, backup)


def _wrong_objects(
    repository: Repository, backups: Mapping[str, Backup | None], progress: Progress
) -> dict[str, Any]:
    """The SHA-256 of the objects that are not whole, and what is wrong with each."""
    found = (backup.files.values() for backup in backups.values() if backup)
    wanted = {each.sha256: each for files in found for each in files}
    progress.begin("verifying", sum(each.size for each in wanted.values()) // 1000)
    wrong: dict[str, Any] = {}
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        looks = threads.map(lambda each: _kind(repository, each.sha256, each.size), wanted.values())
        for each, kind in zip(wanted.values(), looks, strict=True):
            if kind:
                wrong[each.sha256] = kind
            progress.step(each.size // 1000)
    return wrong


def _kind(repository: Repository, digest: str, size: int) -> Any:
    place = repository.place(digest)
    try:
        if place.stat().st_size != size:
            return "size"
        return "" if checksums.sha256(place) == digest else "content"
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"


def verify_releases(releases: Releases, progress: Progress) -> Iterator[Looked]:
    """Every release, the oldest first, with what has become of its files."""
    digests: Digests = {}
    for number in releases.numbers():
        folder = releases.place(number)
        try:
            written = checksums.read(folder)
            if written is None:
                releases.open(number)
                yield Looked(str(number), (), listed=False)
                continue
            progress.begin("verifying", sum(each.size for each in written.values()) // 1000)
            damaged = checksums.verify(folder, written, progress, digests)
            if not damaged:
                releases.open(number)
        except BadRelease:
            yield Looked(str(number), (), unread=True)
        else:
            yield Looked(str(number), damaged)
