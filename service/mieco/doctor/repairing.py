"""What can be mended of a data directory without guessing.

Nothing that is damaged is removed: it is set aside, in ``DIR/damaged``.  Every repair is entered in
the audit log.
"""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Callable, Iterator
from datetime import datetime

from mieco.audit import AuditLog, operator
from mieco.backup.repository import Repository
from mieco.doctor.condition import Condition
from mieco.doctor.examining import open_secrets
from mieco.doctor.leftovers import leftovers, remove, size_of
from mieco.doctor.mending import mend_from
from mieco.durable import writable
from mieco.errors import BackupDamaged, MiecoError, Text
from mieco.publish.change import publish_again
from mieco.releases import RESTORING, Releases

_MB = 1_000_000
_OWNER = 0o600
# So many files are named.
_TOLD = 5


def repair(
    releases: Releases, look: Callable[[], Condition], backups: Repository | None = None
) -> Iterator[Text]:
    """Mends what it can, and tells each thing that it has done, or that it cannot do.

    ``look`` gives the condition of the releases, each file compared with its checksum;
    ``backups`` has what files were published with.  Raises NotWritable or NoBackup.
    """
    yield from _tidy(releases)
    yield from _close(releases)
    condition = look()
    half = (releases.folder / RESTORING).exists()
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
    told = _told_last(releases, releases.open(newest).manifest.created)
    number = told if told in condition.whole else newest
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


def _told_last(releases: Releases, newest: str) -> int | None:
    """The release that was made current last, by the audit log.

    ``None`` where it does not tell of the ``newest`` one, by when that was made: a replica has
    releases of which its log knows nothing.
    """
    last, at = None, ""
    with contextlib.suppress(MiecoError):
        for entry in AuditLog(releases.folder).entries():
            number = entry.about.get("release")
            if entry.state == "done" and isinstance(number, int):
                last, at = number, entry.at
    with contextlib.suppress(ValueError):
        if at and datetime.fromisoformat(at) < datetime.fromisoformat(newest):
            return None
    return last


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
        place = releases.set_aside(number)
    told = place.relative_to(releases.folder)
    yield Text(f"损坏的发布 {number} 移到 {told}", f"release {number}, damaged, is in {told} now")


@contextlib.contextmanager
def _entered(releases: Releases, what: str, **about: object) -> Iterator[dict[str, object]]:
    with AuditLog(releases.folder).act(operator(), "repair", what=what, **about) as outcome:
        yield outcome


_NOTHING_WHOLE = Text(
    "没有完好的发布；请用 mieco restore 从备份恢复到另一个目录",
    "no release is whole; restore a backup into another directory with 'mieco restore'",
)
