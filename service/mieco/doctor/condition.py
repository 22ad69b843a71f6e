"""What has become of the releases of a data directory."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mieco import checksums
from mieco.checksums import Damage, Digests
from mieco.engine.snapshot import check_snapshot
from mieco.errors import BadRelease, MiecoError
from mieco.progress import Progress
from mieco.release_log import ReleaseLog
from mieco.releases import Release, Releases

_MANIFEST, _STORE, _TABLE = "manifest.json", "store", ".sst"


@dataclass(frozen=True, slots=True)
class Condition:
    """``release`` is the current one; ``trouble`` says why there is none of use.

    ``number`` is what the pointer says, if it can be read.  ``damaged`` tells of each release what
    is wrong with it; ``unlisted`` are those that came without checksums.  ``missing`` are not there
    though pointer or audit log tell of them, and nobody has removed them; ``lost`` are those of
    them of which nothing was set aside or noted.
    """

    number: int | None
    release: Release | None
    trouble: MiecoError | None
    numbers: Sequence[int]
    damaged: Mapping[int, Sequence[Damage]]
    unlisted: Sequence[int]
    missing: Sequence[int]
    lost: Sequence[int]

    @property
    def whole(self) -> list[int]:
        """The releases in which nothing is wrong, the newest first."""
        return [number for number in reversed(self.numbers) if number not in self.damaged]

    @property
    def misled(self) -> bool:
        """Is the pointer lost, unreadable, or does it lead nowhere?"""
        return bool(self.numbers) and self.number not in self.numbers

    @property
    def can_be_made_again(self) -> bool:
        """May the dataset of the current release be whole, of which all else is made?

        It is read as a whole for that.  The engine has its own checksums of each block in its
        tables: these tell, where a table differs from ours, in which of the two the damage is.
        """
        if self.number is None or self.number not in self.damaged:
            return False
        return all(map(_is_made, self.damaged[self.number]))


def _is_made(damage: Damage) -> bool:
    if damage.path.partition("/")[0] == _STORE:
        return damage.path.endswith(_TABLE) and damage.kind == "content"
    return damage.path != _MANIFEST


def condition_of(
    releases: Releases, progress: Progress | None = None, *, quick: bool = False
) -> Condition:
    """What has become of them; ``quick`` looks at the sizes of files only."""
    number, release, trouble = None, None, None
    try:
        number = releases.current_number()
        release = releases.current_if_any()
    except BadRelease as error:
        trouble = error
    damaged: dict[int, Sequence[Damage]] = {}
    unlisted: list[int] = []
    digests: Digests = {}
    for each in releases.numbers():
        folder = releases.place(each)
        try:
            written = checksums.read(folder)
        except BadRelease:
            damaged[each] = [Damage(checksums.FILE, "unreadable")]
            continue
        if written is None:
            unlisted.append(each)
            found: list[Damage] = []
        elif quick:
            found = checksums.verify_sizes(folder, written)
        else:
            if progress:
                progress.begin("verifying", sum(e.size for e in written.values()) // 1000)
            found = checksums.verify(folder, written, progress, digests)
        if not found:
            found = _unopened(releases, each, opened=each == number)
        if found:
            damaged[each] = found
    there = releases.numbers()
    missing = _told_of(releases, number) - set(there)
    lost = sorted(missing - releases.aside.numbers())
    return Condition(number, release, trouble, there, damaged, unlisted, sorted(missing), lost)


def _told_of(releases: Releases, number: int | None) -> set[int]:
    """The releases that there must be, by the pointer and the audit log."""
    told = {number} if number else set()
    with contextlib.suppress(MiecoError):
        log = ReleaseLog.of(releases.folder)
        told |= log.made - log.removed
    return told


def _unopened(releases: Releases, number: int, *, opened: bool) -> list[Damage]:
    """What keeps a release from being opened."""
    try:
        release = releases.open(number)
    except MiecoError:
        return [Damage(_MANIFEST, "unreadable")]
    if opened:
        try:
            check_snapshot(release.folder)
        except BadRelease:
            return [Damage(_STORE, "unreadable")]
    return []
