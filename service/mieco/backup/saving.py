"""A data directory is saved, while it is written.

Nothing changes within a release, so its files can be copied at any time.  What tells of releases is
read before the pointer: then no delivery and no entry of the audit log tells of a release that the
backup has not.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mieco import checksums
from mieco.access.tokens import FILE as TOKENS
from mieco.access.tokens import is_readable
from mieco.audit import FILE as AUDIT
from mieco.audit import AuditLog, Fault
from mieco.backup.listing import ORIGIN, Backup, Listed
from mieco.backup.repository import Repository, Unreadable
from mieco.checksums import Checksum, Damage, Digests
from mieco.deliveries import kept_files
from mieco.errors import BackupDamaged, BadRelease, Text
from mieco.progress import Progress
from mieco.releases import Releases

# So many files are copied at once.
_AT_ONCE = 4
_DELIVERIES = "deliveries"


@dataclass(frozen=True, slots=True)
class Saved:
    """A backup that was made, and its name.

    ``written`` bytes were new to the repository.  What is ``damaged`` here, by its path, is in the
    backup only if an earlier one had it whole; ``left_out`` are the releases that are not in it.
    ``faults`` of the audit log are in it too, as they are: they tell that somebody meddled.
    """

    name: str
    backup: Backup
    written: int
    damaged: Sequence[Damage]
    left_out: Sequence[int]
    faults: Sequence[Fault]


def save(
    releases: Releases,
    repository: Repository,
    *,
    thorough: bool,
    progress: Progress,
    waiting: Callable[[], None],
) -> Saved:
    """Makes a backup of what is published now, and of all before it.

    Files that the repository has are not read, unless ``thorough``.  Raises NoRelease, BadRelease
    where the current release is damaged and no earlier backup has it whole (there is then no new
    backup, and the earlier ones stand), and BackupNotWritable.
    """
    with repository.writing(waiting):
        work = _Saving(releases, repository, progress, thorough=thorough)
        work.deliveries()
        work.records()
        current, numbers = _published(releases)
        work.releases(numbers)
        if current in work.left_out:
            of_it = f"releases/{current}/"
            path = next(each.path for each in work.damaged if each.path.startswith(of_it))
            file = path.removeprefix(of_it)
            reason = Text(f"{file} 与其校验和不符", f"its {file} has not its checksum")
            raise BadRelease(release=str(current), reason=reason)
        backup = Backup(datetime.now(UTC).isoformat(timespec="milliseconds"), current, work.files)
        name = repository.complete(backup)
        left_out = sorted(work.left_out)
        return Saved(name, backup, work.written, work.damaged, left_out, work.faults)


def _published(releases: Releases) -> tuple[int, list[int]]:
    """The number of the current release, and those of all that were there then."""
    while True:
        current = releases.current().manifest.number
        numbers = releases.numbers()
        if releases.current_number() == current:
            return current, numbers


class _Saving:
    """One backup as far as it has come."""

    def __init__(
        self, releases: Releases, repository: Repository, progress: Progress, *, thorough: bool
    ) -> None:
        self._releases = releases
        self._data = releases.folder
        self._repository = repository
        self._progress = progress
        self._thorough = thorough
        self._digests: Digests = {}
        self.files: dict[str, Listed] = {}
        self.damaged: list[Damage] = []
        self.left_out: set[int] = set()
        self.faults: Sequence[Fault] = ()
        self.written = 0

    def deliveries(self) -> None:
        """Those that are kept: their files as they came, and what was found in them."""
        for key, files in kept_files(self._data / _DELIVERIES):
            found: dict[str, Listed] = {}
            for path, digest in files.items():
                told = f"{_DELIVERIES}/{key}/{path}"
                if listed := self._one(told, digest):
                    found[told] = listed
            # One that was cleared away meanwhile is none.
            if (self._data / _DELIVERIES / key).is_dir():
                self.files |= found

    def records(self) -> None:
        """The audit log as far as it is written, the tokens of that moment, and the origin.

        Of tokens that are lost or cannot be read, and of a lost log, what an earlier backup has.
        """
        while True:
            before = _content(self._data / TOKENS)
            log = _log(self._data / AUDIT)
            tokens = _content(self._data / TOKENS)
            if tokens == before:
                break
        self._record(AUDIT, log)
        self._record(TOKENS, tokens, sound=tokens is None or is_readable(tokens))
        self._text(ORIGIN, _content(self._data / ORIGIN))
        self.faults = list(AuditLog.faults_in(log or b""))

    def releases(self, numbers: Iterable[int]) -> None:
        """Releases, each of them whole or not at all."""
        wanted: dict[str, tuple[str, Checksum]] = {}
        listings: dict[int, Mapping[str, Checksum]] = {}
        for number in numbers:
            try:
                listings[number] = self._listing(number)
            except BadRelease:
                self._leave_out(number, Damage(f"releases/{number}/{checksums.FILE}", "unreadable"))
                continue
            for path, checksum in listings[number].items():
                if self._thorough or not self._repository.has(checksum):
                    wanted.setdefault(checksum.sha256, (f"releases/{number}/{path}", checksum))
        self._progress.begin("saving", sum(each.size for _, each in wanted.values()) // 1000)
        lacking = self._copied(wanted.values())
        if self._thorough:
            self._look_at(listings)
        for number, listing in listings.items():
            self._enter(number, listing, lacking)

    def _listing(self, number: int) -> Mapping[str, Checksum]:
        """What a release consists of, the list of that included.  Raises BadRelease."""
        folder = self._releases.place(number)
        listing = dict(checksums.told(folder))
        if written := _content(folder / checksums.FILE):
            listing[checksums.FILE] = self._kept(written)
        return listing

    def _copied(self, wanted: Collection[tuple[str, Checksum]]) -> set[str]:
        """Has files in the repository; gives the SHA-256 of those that are damaged here."""
        lacking = set()
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            copies = threads.map(lambda each: self._copy(*each), wanted)
            for (_, checksum), written in zip(wanted, copies, strict=True):
                self._progress.step(checksum.size // 1000)
                if written is None:
                    lacking.add(checksum.sha256)
                else:
                    self.written += written
        return lacking

    def _copy(self, path: str, checksum: Checksum) -> int | None:
        """Copies a file, if the repository has it not; the bytes, ``None`` for a damaged one."""
        if self._repository.has(checksum):
            return 0
        try:
            with (self._data / path).open("rb") as file:
                self._repository.add(file, checksum.size, checksum.sha256)
        except (OSError, Unreadable):
            return None
        return checksum.size

    def _look_at(self, listings: Mapping[int, Mapping[str, Checksum]]) -> None:
        """Compares all files with their checksums, whatever the repository has."""
        for number, listing in listings.items():
            folder = self._releases.place(number)
            for damage in checksums.verify(folder, listing, None, self._digests):
                self.damaged.append(Damage(f"releases/{number}/{damage.path}", damage.kind))

    def _enter(
        self, number: int, listing: Mapping[str, Checksum], lacking: Collection[str]
    ) -> None:
        """Enters a release, unless something of it is neither whole here nor in the repository."""
        missing = [path for path, checksum in listing.items() if checksum.sha256 in lacking]
        if missing:
            told = {damage.path for damage in self.damaged}
            for path in (f"releases/{number}/{each}" for each in missing):
                if path not in told:
                    self.damaged.append(Damage(path, "content"))
            self.left_out.add(number)
            return
        for path, checksum in listing.items():
            told_path = f"releases/{number}/{path}"
            mode = _mode(self._data / told_path)
            self.files[told_path] = Listed(checksum.size, checksum.sha256, mode)

    def _leave_out(self, number: int, damage: Damage) -> None:
        self.damaged.append(damage)
        self.left_out.add(number)

    def _one(self, path: str, digest: str | None) -> Listed | None:
        """A file that is not of a release; ``None`` where it is gone, or not what it was."""
        place = self._data / path
        try:
            size = place.stat().st_size
            if digest is None:
                kept = self._kept(place.read_bytes())
            else:
                kept = Checksum(size, digest)
                there = self._repository.has(kept)
                if self._thorough and there and checksums.sha256(place) != digest:
                    self.damaged.append(Damage(path, "content"))
                if not there:
                    with place.open("rb") as file:
                        self._repository.add(file, size, digest)
                    self.written += size
        except FileNotFoundError:
            return None
        except (OSError, Unreadable):
            self.damaged.append(Damage(path, "content"))
            return None
        return Listed(kept.size, kept.sha256, _mode(place))

    def _record(self, path: str, content: bytes | None, *, sound: bool = True) -> None:
        """Enters a file, or that of an earlier backup where it is damaged or lost."""
        if content is not None and sound:
            self._text(path, content)
            return
        earlier = self._earlier(path)
        if content is not None or earlier:
            self.damaged.append(Damage(path, "missing" if content is None else "unreadable"))
        if earlier:
            self.files[path] = earlier

    def _earlier(self, path: str) -> Listed | None:
        """What the last backup has of a file, of those in which that is whole."""
        for name in reversed(self._repository.names()):
            with contextlib.suppress(BackupDamaged, OSError):
                listed = self._repository.backup(name).files.get(path)
                if listed and self._is_sound(path, listed):
                    return listed
        return None

    def _is_sound(self, path: str, listed: Listed) -> bool:
        with self._repository.opened(listed) as file:
            content = file.read()
        # An earlier version saved tokens whatever they were.
        readable = path != TOKENS or is_readable(content)
        return readable and checksums.of_bytes(content) == listed.checksum

    def _text(self, path: str, content: bytes | None) -> None:
        if content is not None:
            kept = self._kept(content)
            self.files[path] = Listed(kept.size, kept.sha256, _mode(self._data / path))

    def _kept(self, content: bytes) -> Checksum:
        """Has a content in the repository."""
        checksum = checksums.of_bytes(content)
        if not self._repository.has(checksum):
            self._repository.add(io.BytesIO(content), checksum.size)
            self.written += checksum.size
        return checksum


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _log(path: Path) -> bytes | None:
    """The audit log while nobody writes it, so that no line of it is half written."""
    try:
        with path.open("rb") as file:
            with contextlib.suppress(OSError):  # a disk without locks has nobody who writes
                fcntl.flock(file, fcntl.LOCK_SH)
            return file.read()
    except FileNotFoundError:
        return None


def _mode(path: Path) -> int:
    """Who may do what with a file; who reads alone where it is gone."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0o644
