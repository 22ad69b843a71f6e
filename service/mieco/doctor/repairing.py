"""What can be mended of a data directory without guessing.

Nothing that is damaged is removed: it is set aside, in ``DIR/damaged``.  Every repair is entered in
the audit log.
"""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mieco.audit import AuditLog, operator
from mieco.backup.repository import Repository
from mieco.doctor.condition import Condition
from mieco.doctor.examining import open_secrets
from mieco.doctor.leftovers import leftovers, remove, size_of
from mieco.doctor.mending import Fetching, mend_from
from mieco.doctor.records import bring_records, is_begun
from mieco.durable import writable
from mieco.errors import BackupDamaged, MiecoError, Text
from mieco.publish.change import publish_again
from mieco.release_log import ReleaseLog
from mieco.releases import RESTORING, Releases, as_ranges

_MB = 1_000_000
_OWNER = 0o600
# So many files are named.
_TOLD = 5


@dataclass(frozen=True, slots=True)
class Loss(Text):
    """What is said of something that is lost: not all is well then, whatever was mended."""


def repair(
    releases: Releases, look: Callable[[], Condition], backups: Repository | None = None
) -> Iterator[Text]:
    """Mends what it can, and tells each thing that it has done, or that it cannot do.

    ``look`` gives the condition of the releases, each file compared with its checksum;
    ``backups`` has what files were published with.  Raises NotWritable or NoBackup.
    """
    half = (releases.folder / RESTORING).exists()
    if backups and not half:
        if not is_begun(releases):
            yield _NOTHING_THERE
            return
        yield from bring_records(backups, releases)
    yield from _tidy(releases)
    yield from _close(releases)
    condition = look()
    if condition.missing and backups and not half:
        yield from _fetch(backups, releases, condition)
        condition = look()
    if condition.lost and not half:
        yield from _note_lost(releases, condition)
    if condition.misled and not releases.elsewhere and not half:
        yield from _mend_pointer(releases, condition)
        condition = look()
    if condition.damaged and backups:
        for number in condition.damaged:
            yield from _mend_from(backups, releases, number)
        condition = look()
    if condition.number in condition.damaged:
        yield from _mend_current(releases, condition)
        condition = look()
    for number in condition.damaged:
        yield Text(
            f"发布 {number} 仍有损坏；原来的内容只有备份中有：--from DEST",
            f"release {number} is still damaged; only a backup has what it was: --from DEST",
        )


def _fetch(backups: Repository, releases: Releases, condition: Condition) -> Iterator[Text]:
    """Gives lost releases their places again; the pointer stays."""
    fetching = Fetching(backups, releases)
    for number in condition.missing:
        try:
            if not fetching.has(number):
                continue
            with _entered(releases, "from-backup", lost=number) as outcome:
                name = outcome["backup"] = fetching.fetch(number)
        except MiecoError as error:
            yield Text(error.message("zh"), error.message("en"))
        else:
            yield Text(
                f"丢失的发布 {number} 已从备份 {name} 取回",
                f"release {number}, which was lost, is there again, from the backup {name}",
            )


def _note_lost(releases: Releases, condition: Condition) -> Iterator[Text]:
    """Says which releases are lost, and sees to it that none gets the number of one."""
    numbers = list(condition.lost)
    with _entered(releases, "lost", lost=numbers), releases.publishing():
        for number in numbers:
            releases.aside.note_lost(number)
    told = as_ranges(numbers)
    yield Loss(
        f"发布 {told} 已丢失，编号不再使用；备份中若有，请用 --repair --from DEST 取回，"
        "或用 mieco restore 恢复到另一个目录",
        f"lost: {told}, which number no other release will have. If a backup has what is lost,"
        " --repair --from DEST brings it back, or 'mieco restore' into another directory",
    )
    if condition.number in numbers:
        yield Loss(
            f"当前发布 {condition.number} 也在其中：它的改动不在其余的发布中",
            f"release {condition.number} was the current one: what it changed is in no other",
        )


def _tidy(releases: Releases) -> Iterator[Text]:
    """Removes what was left; nobody publishes meanwhile."""
    found = leftovers(releases)
    if not found:
        return
    with _entered(releases, "left-overs", files=[path.name for path in found]):
        size = sum(map(size_of, found))
        with releases.publishing(), writable(releases.folder):
            for path in found:
                if path.name != "staging":  # that of the one who holds the lock now
                    remove(path)
    told = f"{size / _MB:.1f} MB"
    yield Text(f"已清除 {len(found)} 处残留，{told}", f"removed {len(found)} left-overs, {told}")


def _close(releases: Releases) -> Iterator[Text]:
    """Lets nobody but the owner see what is secret."""
    for path in open_secrets(releases.folder):
        with _entered(releases, "permissions", file=path.name), writable(releases.folder):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & _OWNER)
        yield Text(f"{path.name} 现在只有所有者能读", f"{path.name} is its owner's alone now")


def _mend_pointer(releases: Releases, condition: Condition) -> Iterator[Text]:
    """Has the pointer lead to the release that was current last, as far as that can be told."""
    if not condition.whole:
        yield _NOTHING_WHOLE
        return
    newest = condition.whole[0]
    log = ReleaseLog()
    with contextlib.suppress(MiecoError):
        log = ReleaseLog.of(releases.folder)
    told = _told_last(log, releases.open(newest).manifest.created)
    number = told if told in condition.whole else _newest_left(condition, log)
    with _entered(releases, "pointer", release=number), releases.publishing():
        releases.point_to(number)
    if number == told:
        yield Text(
            f"指针已指向发布 {number}，审计日志中最后完成的那个",
            f"the pointer leads to release {number} now, the last that the audit log tells of",
        )
    else:
        yield Text(
            f"指针已指向发布 {number}，最新的完好发布；审计日志没有说明它是否被撤销过",
            f"the pointer leads to release {number} now, the newest that is whole; the audit log"
            " does not tell whether it was undone",
        )


def _newest_left(condition: Condition, log: ReleaseLog) -> int:
    """The newest whole release that was not undone, as far as the log tells; else the newest."""
    standing = [number for number in condition.whole if number not in log.left]
    return (standing or condition.whole)[0]


def _told_last(log: ReleaseLog, newest: str) -> int | None:
    """The release that was made current last, by the audit log.

    ``None`` where it does not tell of the ``newest`` one, by when that was made: a replica has
    releases of which its log knows nothing.
    """
    with contextlib.suppress(ValueError):
        if log.at and datetime.fromisoformat(log.at) < datetime.fromisoformat(newest):
            return None
    return log.current


def _mend_from(backups: Repository, releases: Releases, number: int) -> Iterator[Text]:
    """Gives a release the files that a backup of it has."""
    try:
        with _entered(releases, "from-backup", damaged=number) as outcome:
            mended = outcome["files"] = mend_from(backups, releases, number)
    except BackupDamaged as error:
        yield Text(error.message("zh"), error.message("en"))
        return
    if mended:
        names = ", ".join(mended[:_TOLD])
        yield Text(
            f"发布 {number} 的 {len(mended)} 个文件已从备份恢复原状：{names}",
            f"{len(mended)} files of release {number} are what they were, from a backup: {names}",
        )


def _mend_current(releases: Releases, condition: Condition) -> Iterator[Text]:
    """Puts another release in the place of the current one, which is set aside."""
    damaged = condition.number
    if damaged is None or releases.elsewhere:
        # The engine of others holds that release and answers from it: 'mieco publish' makes the
        # next one.
        return
    if condition.can_be_made_again:
        try:
            with _entered(releases, "made-again", damaged=damaged) as outcome:
                made = outcome["release"] = publish_again(releases).manifest.number
        except MiecoError as error:
            yield Text(
                f"发布 {damaged} 不能由其数据重新生成：{error.message('zh')}",
                f"release {damaged} cannot be made again from its data: {error.message('en')}",
            )
        else:
            yield Text(
                f"发布 {damaged} 的数据完好，其余文件已由数据重新生成，成为发布 {made}",
                f"the data of release {damaged} are whole; all else was made from them again, as"
                f" release {made}",
            )
            yield from _set_aside(releases, damaged)
            return
    before = next((number for number in condition.whole if number < damaged), None)
    if before is None:
        yield _NOTHING_WHOLE
        return
    with _entered(releases, "went-back", damaged=damaged, release=before), releases.publishing():
        releases.point_to(before)
    yield Text(
        f"发布 {damaged} 的数据已损坏，当前发布退回到 {before}；其后的改动不在其中，备份中可能有",
        f"the data of release {damaged} are damaged, and release {before} is current now; what was"
        " changed since is not in it, but may be in a backup",
    )
    yield from _set_aside(releases, damaged)


def _set_aside(releases: Releases, number: int) -> Iterator[Text]:
    with _entered(releases, "set-aside", damaged=number), releases.publishing():
        place = releases.aside.take(releases.place(number))
    told = place.relative_to(releases.folder)
    yield Text(f"损坏的发布 {number} 移到 {told}", f"release {number}, damaged, is in {told} now")


@contextlib.contextmanager
def _entered(releases: Releases, what: str, **about: object) -> Iterator[dict[str, object]]:
    with AuditLog(releases.folder).act(operator(), "repair", what=what, **about) as outcome:
        yield outcome


_NOTHING_WHOLE = Text(
    "没有完好的发布；请加 --from DEST 从备份取回，或用 mieco restore 恢复到另一个目录",
    "no release is whole; take them from a backup with --from DEST, or restore one into another"
    " directory with 'mieco restore'",
)
_NOTHING_THERE = Text(
    "这个目录中没有可修复的；请用 mieco restore 恢复备份",
    "there is nothing to mend in this directory; restore a backup with 'mieco restore'",
)
