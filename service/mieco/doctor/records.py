"""The audit log and the tokens: lost, and brought back from a backup."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from mieco import checksums
from mieco.access.token_log import TokenLog
from mieco.access.tokens import FILE as TOKENS
from mieco.access.tokens import Tokens
from mieco.audit import FILE as AUDIT
from mieco.audit import AuditLog, operator
from mieco.backup.repository import Repository
from mieco.backup.restoring import bring
from mieco.doctor.mending import backups_of
from mieco.durable import sync
from mieco.errors import MiecoError, Text, TokensUnreadable
from mieco.pointer import CURRENT
from mieco.releases import Releases


def log_is_lost(releases: Releases) -> bool:
    """Is there no log, though somebody has written one?

    Directories that were published before there was a log have none, nor have replicas.
    """
    data = releases.folder
    if (data / AUDIT).exists():
        return False
    published = any(checksums.publisher(releases.place(each)) for each in releases.numbers())
    return published or (data / TOKENS).exists()


def lost_tokens(data: Path) -> set[str]:
    """The ids of the tokens that the log tells of, where there is no file of them."""
    if (data / TOKENS).exists():
        return set()
    with contextlib.suppress(MiecoError):
        return TokenLog.of(AuditLog(data)).standing
    return set()


def is_begun(releases: Releases) -> bool:
    """Is there anything which tells that this directory was one of releases?"""
    there = (releases.folder / name for name in (CURRENT, AUDIT, TOKENS))
    return bool(releases.numbers()) or any(path.exists() for path in there)


def bring_records(repository: Repository, releases: Releases) -> Iterator[Text]:
    """Brings back the log and the tokens, if they are lost or the tokens cannot be read.

    The log comes first, before anything is entered in a new one.  Raises NoBackup, BackupDamaged or
    NotWritable.
    """
    data = releases.folder
    if not (data / AUDIT).exists() and (name := _bring(repository, releases, AUDIT)):
        AuditLog(data).add(operator(), "repair", what="from-backup", file=AUDIT, backup=name)
        yield Text(
            f"{AUDIT} 已从备份 {name} 取回；其后的记录不在其中，其后吊销的令牌可能仍然有效",
            f"{AUDIT} is there again, from the backup {name}; what was entered since is not in it,"
            " and tokens that were revoked since may count",
        )
    if not (data / TOKENS).exists() or not _readable(data):
        yield from _bring_tokens(repository, releases)


def _bring_tokens(repository: Repository, releases: Releases) -> Iterator[Text]:
    data = releases.folder
    if not any(True for _ in backups_of(repository, releases, TOKENS)):
        return
    log = AuditLog(data)
    with log.act(operator(), "repair", what="from-backup", file=TOKENS) as outcome:
        if (data / TOKENS).exists():
            with releases.publishing():
                releases.aside.take(data / TOKENS)
        name = outcome["backup"] = _bring(repository, releases, TOKENS)
    yield Text(
        f"{TOKENS} 已从备份 {name} 取回，其后的吊销和到期已按审计日志补上",
        f"{TOKENS} is there again, from the backup {name}; what the audit log tells was revoked or"
        " set to expire since is so",
    )
    lacking = TokenLog.of(log).standing - {token.id for token in Tokens(data).all()}
    if lacking:
        ids = ", ".join(sorted(lacking))
        yield Text(
            f"备份之后发放的令牌不在其中，须重新发放：{ids}",
            f"tokens that were given out since are not in it, and must be given out anew: {ids}",
        )


def _bring(repository: Repository, releases: Releases, file: str) -> str:
    """Brings back a file; the name of the newest backup that has it, empty without any.

    One that somebody writes meanwhile stays.
    """
    for name, files in backups_of(repository, releases, file):
        with releases.publishing() as staging:
            made, target = staging / file, releases.folder / file
            bring(repository, name, file, files[file], made)
            if file == TOKENS:
                with contextlib.suppress(TokensUnreadable):  # an older mieco has saved it so
                    TokenLog.of(AuditLog(releases.folder)).correct(Tokens(staging))
            with contextlib.suppress(FileExistsError):
                os.link(made, target)
            sync(releases.folder)
        return name
    return ""


def _readable(data: Path) -> bool:
    try:
        Tokens(data).all()
    except TokensUnreadable:
        return False
    return True
