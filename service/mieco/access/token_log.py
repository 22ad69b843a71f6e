"""What the audit log tells of tokens, which tells of a lost file and corrects an old one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mieco.access.tokens import Tokens
from mieco.audit import AuditLog


@dataclass(slots=True)
class TokenLog:
    """The ids of the tokens that were given out and of those that were revoked, and since when
    others were to expire (xsd:dateTime)."""

    created: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    expiring: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, log: AuditLog) -> TokenLog:
        """What a log tells, without what cannot be read.  Raises NotWritable.

        A token that somebody was about to revoke is one that was: it must not count again.
        """
        told = cls()
        for entry in log.entries():
            key = entry.about.get("token")
            if not isinstance(key, str):
                continue
            if entry.action == "create-token" and entry.state == "done":
                told.created.add(key)
            elif entry.action == "revoke-token":
                told.revoked.add(key)
            elif entry.action == "expire-token" and isinstance(entry.about.get("on"), str):
                told.expiring[key] = entry.about["on"]
        return told

    @property
    def standing(self) -> set[str]:
        """Those given out and not revoked."""
        return self.created - self.revoked

    def correct(self, tokens: Tokens) -> None:
        """Revokes, and has expire, what an old file of tokens knows nothing of.

        Raises TokensUnreadable or NotWritable.
        """
        for token in tokens.all():
            on = _moment(self.expiring, token.id)
            if on and token.expires != on.isoformat(timespec="seconds"):
                tokens.expire(token.id, on)
            if token.id in self.revoked and not token.revoked:
                tokens.revoke(token.id)


def _moment(expiring: Mapping[str, str], key: str) -> datetime | None:
    try:
        return datetime.fromisoformat(expiring[key]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
