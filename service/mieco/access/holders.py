"""Who shows a token: one that was given out, or that of the settings."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mieco.access.grants import OPERATOR, Grant
from mieco.access.sessions import EndedSessions
from mieco.access.tokens import Token, Tokens
from mieco.durable import sync, writable
from mieco.errors import ReadOnly, Text, WritingDisabled
from mieco.settings import Settings

KEY_FILE = "session.key"
_KEY_BYTES = 32
# The token of the settings has no id of its own.
OF_SETTINGS: Final = "settings"
SETTINGS_NAME: Final = "MIECO_TOKEN"


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has shown a token that counts; ``id`` is the token's, ``name`` its name."""

    id: str
    name: str
    grant: Grant
    # Which token of that id it was: another one ends what was signed with this.
    sha256: str


class Holders:
    """The holders of tokens of one service.  Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.tokens = Tokens(settings.data)
        self.ended_sessions = EndedSessions(settings.data)

    def demand_any(self, origin: str) -> None:
        """Raises ReadOnly, which names the ``origin`` of the data, or WritingDisabled, where no
        token would count."""
        if self._settings.read_only:
            raise ReadOnly(todo=_elsewhere(origin))
        if not self.any():
            raise WritingDisabled

    def any(self) -> bool:
        """Is there a token that would count?  Raises TokensUnreadable."""
        settings = self._settings
        return not settings.read_only and (bool(settings.token) or self.tokens.any_active())

    def by_token(self, text: str) -> Holder | None:
        """Who shows that token, if it counts.  Raises TokensUnreadable."""
        if self._settings.read_only:
            return None
        token = self.tokens.shown(text)
        if token:
            return _holder(token)
        own = self._settings.token
        right = hmac.compare_digest(text.encode("utf-8", "surrogatepass"), own.encode())
        return self._administrator() if own and right else None

    def by_authorization(self, header: str) -> Holder | None:
        """Who sends that Authorization header (RFC 6750 §2.1); likewise."""
        scheme, _, given = header.partition(" ")
        return self.by_token(given.strip()) if scheme.lower() == "bearer" else None

    def by_id(self, key: str) -> Holder | None:
        """The holder of the token of an id, if it still counts.  Raises TokensUnreadable."""
        if self._settings.read_only:
            return None
        if key == OF_SETTINGS:
            return self._administrator() if self._settings.token else None
        token = self.tokens.by_id(key)
        return _holder(token) if token else None

    def signing_key(self) -> bytes:
        """What signs the cookies of this service, kept beside its data and in no backup.

        Raises NotWritable.
        """
        folder = self._settings.data
        path = folder / KEY_FILE
        with writable(folder):
            with contextlib.suppress(FileNotFoundError):
                if len(key := path.read_bytes()) == _KEY_BYTES:
                    return key
            _make_key(path)
            return path.read_bytes()

    def _administrator(self) -> Holder:
        sha256 = hashlib.sha256(self._settings.token.encode()).hexdigest()
        return Holder(OF_SETTINGS, SETTINGS_NAME, OPERATOR, sha256)


def _holder(token: Token) -> Holder:
    return Holder(token.id, token.name, token.grant, token.sha256)


def _make_key(path: Path) -> None:
    """Writes a new key, unless another process has just done so.  Raises OSError."""
    made = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        if path.exists() and path.stat().st_size != _KEY_BYTES:
            path.unlink()  # it was cut off
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(made)
        sync(path.parent)
    finally:
        made.unlink()


def _elsewhere(origin: str) -> Text:
    if origin:
        return Text(f"请在 {origin} 写入。", f"Write to {origin}.")
    return Text("请在发布这些数据的服务上写入。", "Write to the service that publishes these data.")
