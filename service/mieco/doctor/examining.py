"""A data directory, looked at one thing after the other."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mieco.access.holders import KEY_FILE
from mieco.access.tokens import FILE as TOKENS
from mieco.access.tokens import Tokens
from mieco.audit import FILE as AUDIT
from mieco.audit import AuditLog
from mieco.checksums import in_words
from mieco.doctor.condition import Condition
from mieco.doctor.leftovers import leftovers, size_of
from mieco.doctor.records import log_is_lost, lost_tokens
from mieco.errors import MiecoError, Text
from mieco.releases import Releases, as_ranges

SECRETS: Final = (AUDIT, TOKENS, KEY_FILE)
_OTHERS = 0o077
_MB = 1_000_000
# There must be room for so much at least, whatever the releases have.
_LEAST_ROOM = 100 * _MB


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at, what was found, and whether that is well."""

    what: Text
    found: Text
    well: bool


def examine(releases: Releases, condition: Condition) -> Iterator[Examined]:
    """What is to be told of a data directory, whose releases are in that condition."""
    yield _current(condition)
    if not releases.folder.is_dir():
        return
    yield from _files(condition)
    if condition.lost:
        yield _lost(condition)
    yield _audit(releases)
    yield _tokens(releases.folder)
    yield _secrets(releases.folder)
    yield _left(releases)
    yield _room(releases, condition)


def _current(condition: Condition) -> Examined:
    what = Text("发布", "release")
    if condition.trouble:
        return Examined(what, _sentence(condition.trouble), well=False)
    if condition.release is None:
        return Examined(what, _NONE, well=False)
    manifest = condition.release.manifest
    number, triples = manifest.number, manifest.triples
    found = Text(f"{number}，{triples} 条三元组", f"{number}, {triples} triples")
    return Examined(what, found, well=True)


def _files(condition: Condition) -> Iterator[Examined]:
    what = Text("发布的文件", "files of the releases")
    listed = [number for number in condition.whole if number not in condition.unlisted]
    if listed:
        told = as_ranges(sorted(listed))
        yield Examined(what, Text(f"{told} 完好", f"{told} are whole"), well=True)
    if condition.unlisted:
        told = as_ranges(condition.unlisted)
        none = Text(f"{told} 没有校验和，不能核对", f"{told} have no checksums to compare with")
        yield Examined(what, none, well=True)
    for number, damage in condition.damaged.items():
        found = in_words(damage)
        told_of = Text(f"发布 {number}：{found.zh}", f"release {number}: {found.en}")
        yield Examined(what, told_of, well=False)


def _lost(condition: Condition) -> Examined:
    told = as_ranges(condition.lost)
    found = Text(
        f"缺少 {told}，备份中可能有：--repair --from DEST",
        f"{told} are lost; a backup may have them: --repair --from DEST",
    )
    return Examined(Text("丢失的发布", "lost releases"), found, well=False)


def _audit(releases: Releases) -> Examined:
    what = Text("审计日志", "audit log")
    data = releases.folder
    if log_is_lost(releases):
        return Examined(what, _LOST, well=False)
    try:
        faults = list(AuditLog(data).faults())
        last = 0
        for entry in AuditLog(data).entries():
            last = entry.number
    except MiecoError as error:
        return Examined(what, _sentence(error), well=False)
    if faults:
        lines = ", ".join(str(fault.line) for fault in faults[:5])
        found = Text(
            f"{len(faults)} 处不符（第 {lines} 行），见 mieco audit verify",
            f"{len(faults)} lines are not as they were written ({lines}); see 'mieco audit verify'",
        )
        return Examined(what, found, well=False)
    return Examined(what, Text(f"{last} 条，首尾相连", f"{last} entries, unbroken"), well=True)


def _tokens(data: Path) -> Examined:
    what = Text("令牌", "tokens")
    if lost := lost_tokens(data):
        told = Text(
            f"{_LOST.zh}；审计日志中有 {len(lost)} 个未吊销的令牌",
            f"{_LOST.en}; the audit log tells of {len(lost)} that were not revoked",
        )
        return Examined(what, told, well=False)
    try:
        count = len(Tokens(data).all())
    except MiecoError as error:
        return Examined(what, _sentence(error), well=False)
    return Examined(what, Text(f"{count} 个", f"{count} given out"), well=True)


def open_secrets(data: Path) -> list[Path]:
    """The files of which others than their owner may see something."""
    there = [data / name for name in SECRETS if (data / name).is_file()]
    return [path for path in there if stat.S_IMODE(path.stat().st_mode) & _OTHERS]


def _secrets(data: Path) -> Examined:
    what = Text("权限", "permissions")
    found = open_secrets(data)
    if found:
        names = ", ".join(path.name for path in found)
        return Examined(what, Text(f"别人能读 {names}", f"others can read {names}"), well=False)
    owner = data.stat().st_uid
    foreign = [name for name in SECRETS if _owner(data / name) not in (None, owner)]
    if foreign:
        names = ", ".join(foreign)
        account = Text(
            f"{names} 属于别的账户，目录的所有者读不到：请用 chown 改回",
            f"{names}: of another account, so that the owner of the directory cannot read it;"
            " give it back with chown",
        )
        return Examined(what, account, well=False)
    told = Text("令牌和日志只有所有者能读", "tokens and log are the owner's alone")
    return Examined(what, told, well=True)


def _owner(path: Path) -> int | None:
    return path.stat().st_uid if path.exists() else None


def _left(releases: Releases) -> Examined:
    """Nothing is wrong where something was left; it takes room."""
    what = Text("残留", "left-overs")
    found = leftovers(releases)
    if not found:
        return Examined(what, Text("没有", "none"), well=True)
    names = ", ".join(path.name for path in found[:5])
    size = f"{sum(map(size_of, found)) / _MB:.1f} MB"
    told = Text(
        f"{len(found)} 处，{size}（{names}），可用 --repair 清除",
        f"{len(found)}, {size} ({names}); --repair removes them",
    )
    return Examined(what, told, well=True)


def _room(releases: Releases, condition: Condition) -> Examined:
    """The next release may need as much as the current one."""
    what = Text("磁盘", "disk")
    free = shutil.disk_usage(releases.folder).free
    needed = max(size_of(condition.release.folder) if condition.release else 0, _LEAST_ROOM)
    told = f"{free // _MB} MB", f"{needed // _MB} MB"
    found = Text(f"剩余 {told[0]}", f"{told[0]} free")
    if free < needed:
        more = Text(f"；下一次发布可能需要 {told[1]}", f"; the next release may need {told[1]}")
        found = Text(found.zh + more.zh, found.en + more.en)
    return Examined(what, found, well=free >= needed)


def _sentence(error: MiecoError) -> Text:
    return Text(error.message("zh").rstrip("。"), error.message("en").rstrip("."))


_LOST = Text(
    "文件丢失，备份中可能有：--repair --from DEST",
    "the file is lost; a backup may have it: --repair --from DEST",
)
_NONE = Text("还没有；请运行 mieco publish", "none yet; run 'mieco publish'")
