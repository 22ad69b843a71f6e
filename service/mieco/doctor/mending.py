"""Files of releases get back, from a backup, what they were published with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from mieco import checksums
from mieco.audit import FILE as AUDIT
from mieco.backup.listing import Backup, Listed
from mieco.backup.repository import Repository
from mieco.backup.restoring import Bringing, bring
from mieco.durable import made_folder, sync
from mieco.errors import BackupDamaged
from mieco.releases import Releases

# What tells a release from another of its number: either is enough.
_TELLING = ("manifest.json", checksums.FILE)
_PIECE = 1 << 20


def mend_from(repository: Repository, releases: Releases, number: int) -> list[str]:
    """Gives a damaged release the files of the newest backup that has it; which these were.

    Nothing is done where the backup is of another release of that number.  Raises NoBackup,
    BackupDamaged or NotWritable.
    """
    for name, files in _with(repository, f"releases/{number}/"):
        found = _below(files, f"releases/{number}/")
        wrong = [path for path, each in found.items() if not _is_whole(releases, path, each)]
        if set(_telling(number)) <= set(wrong):
            continue
        with releases.publishing() as staging:
            for path in wrong:
                made, target = staging / "mended", releases.folder / path
                bring(repository, name, path, files[path], made)
                made_folder(target.parent)
                made.replace(target)
                sync(target.parent)
        return [path.removeprefix(f"releases/{number}/") for path in wrong]
    return []


class Fetching:
    """Lost releases get their places again, from the newest backups that have them whole."""

    def __init__(self, repository: Repository, releases: Releases) -> None:
        self._repository = repository
        self._releases = releases
        self._bringing = Bringing(repository)

    def has(self, number: int) -> bool:
        """Is there a backup of this directory that has the release?  Raises NoBackup."""
        return any(
            True for _ in backups_of(self._repository, self._releases, f"releases/{number}/")
        )

    def fetch(self, number: int) -> str:
        """Fetches a release; the name of the backup that it is from, empty where none has it.

        Raises NoBackup, BackupDamaged where none has it whole, BadRelease or NotWritable.
        """
        damaged: BackupDamaged | None = None
        for name, files in backups_of(self._repository, self._releases, f"releases/{number}/"):
            try:
                self._fetch(name, files, number)
            except BackupDamaged as error:
                damaged = damaged or error
            else:
                return name
        if damaged:
            raise damaged
        return ""

    def _fetch(self, name: str, files: Mapping[str, Listed], number: int) -> None:
        prefix = f"releases/{number}/"
        with self._releases.publishing() as staging:
            made = staging / str(number)
            for path, listed in _below(files, prefix).items():
                target = made / path.removeprefix(prefix)
                target.parent.mkdir(parents=True, exist_ok=True)
                self._bringing.bring(name, path, listed, target)
            self._releases.put_back(made, number)
            self._bringing.moved(made, self._releases.place(number))


def backups_of(
    repository: Repository, releases: Releases, prefix: str
) -> Iterator[tuple[str, Mapping[str, Listed]]]:
    """The backups of this directory that have what begins like that, the newest first."""
    for name, files in _with(repository, prefix):
        if _is_of(releases, repository.backup(name)):
            yield name, files


def _with(repository: Repository, prefix: str) -> Iterator[tuple[str, Mapping[str, Listed]]]:
    """The backups that have a path which begins like that, and all files of each."""
    for name in reversed(repository.names()):
        try:
            files = repository.backup(name).files
        except BackupDamaged:
            continue
        if any(path.startswith(prefix) for path in files):
            yield name, files


def _is_of(releases: Releases, backup: Backup) -> bool:
    """Is a backup of this directory, as far as that can be told?

    The log here begins with that of the backup; else the newest release that both have is the same.
    Where nothing tells of either, who names the backup knows.
    """
    log, ours = backup.files.get(AUDIT), releases.folder / AUDIT
    if log and ours.exists() and _begins_with(releases, log):
        return True
    common = set(backup.releases) & set(releases.numbers())
    if common:
        telling = [path for path in _telling(max(common)) if path in backup.files]
        return any(_is_whole(releases, path, backup.files[path]) for path in telling)
    return log is None or not ours.exists()


def _begins_with(releases: Releases, log: Listed) -> bool:
    digest, left = hashlib.sha256(), log.size
    with (releases.folder / AUDIT).open("rb") as file:
        while left and (piece := file.read(min(left, _PIECE))):
            digest.update(piece)
            left -= len(piece)
    return not left and digest.hexdigest() == log.sha256


def _telling(number: int) -> list[str]:
    return [f"releases/{number}/{each}" for each in _TELLING]


def _below(files: Mapping[str, Listed], prefix: str) -> dict[str, Listed]:
    return {path: each for path, each in files.items() if path.startswith(prefix)}


def _is_whole(releases: Releases, path: str, listed: Listed) -> bool:
    place = releases.folder / path
    try:
        size = place.stat().st_size
        return size == listed.size and checksums.sha256(place) == listed.sha256
    except OSError:
        return False
