"""Files of releases get back, from a backup, what they were published with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mieco import checksums
from mieco.backup.listing import Listed
from mieco.backup.repository import Repository
from mieco.backup.restoring import bring
from mieco.durable import made_folder, sync
from mieco.errors import BackupDamaged
from mieco.releases import Releases

# What tells a release from another of its number: either is enough.
_TELLING = ("manifest.json", checksums.FILE)


def mend_from(repository: Repository, releases: Releases, number: int) -> list[str]:
    """Gives a damaged release the files of the newest backup that has it; which these were.

    Nothing is done where the backup is of another release of that number.  Raises NoBackup,
    BackupDamaged or NotWritable.
    """
    for name, files in _backups_of(repository, number):
        wrong = [path for path, each in files.items() if not _is_whole(releases, path, each)]
        telling = {f"releases/{number}/{each}" for each in _TELLING}
        if telling <= set(wrong):
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


def _backups_of(repository: Repository, number: int) -> Iterator[tuple[str, Mapping[str, Listed]]]:
    """The backups that have a release, the newest first, and its files in each."""
    for name in reversed(repository.names()):
        try:
            files = repository.backup(name).files
        except BackupDamaged:
            continue
        found = {path: e for path, e in files.items() if path.startswith(f"releases/{number}/")}
        if found:
            yield name, found


def _is_whole(releases: Releases, path: str, listed: Listed) -> bool:
    place = releases.folder / path
    try:
        size = place.stat().st_size
        return size == listed.size and checksums.sha256(place) == listed.sha256
    except OSError:
        return False
