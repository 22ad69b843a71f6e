"""The tokens that were given out, in a file of the data directory.

    DIR/tokens.json   of each token all but itself: its SHA-256, who has it, what it may do

A token is ``mieco_ID_SECRET``: the id finds it, the secret has 256 random bits.  That is why one
round of SHA-256 protects it: no dictionary holds it, and a slow hash would slow us alone (NIST SP
800-63B §5.1.1.2 asks for salt and work where people choose the secret).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mieco.access.grants import ROLES, Grant, Role
from mieco.durable import locked, made_folder, replaced, writable
from mieco.errors import BadParameter, NotFound, Text, TokensUnreadable

FILE = "tokens.json"
_LOCK = "tokens.lock"
_ID_BYTES, _SECRET_BYTES = 6, 32
_TOKEN = re.compile(r"mieco_([0-9a-f]{12})_[A-Za-z0-9_-]{43}", re.ASCII)
# Like the keys of consortia in their IRIs.
_OWNER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_LONGEST_NAME = 100
_LONGEST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was given out, but for the token itself.

    ``created``, ``expires`` and ``revoked`` are xsd:dateTime in UTC; empty where it does not
    expire, or was not revoked.
    """

    id: str
    name: str
    role: Role
    owners: Sequence[str]
    created: str
    expires: str
    revoked: str
    sha256: str

    @property
    def grant(self) -> Grant:
        """What its holder may change."""
        return Grant(self.role, tuple(self.owners))

    def state(self, moment: datetime) -> str:
        """``active``, ``expired`` or ``revoked``."""
        if self.revoked:
            return "revoked"
        expired = self.expires and datetime.fromisoformat(self.expires) <= moment
        return "expired" if expired else "active"


class Tokens:
    """The tokens of one data directory.  Thread-safe; other processes may change them too."""

    def __init__(self, data: Path) -> None:
        self._folder = data
        self._read: tuple[object, Mapping[str, Token]] = (None, {})

    def all(self) -> Sequence[Token]:
        """All that were given out, in that order.  Raises TokensUnreadable."""
        return list(self._tokens().values())

    def any_active(self) -> bool:
        """Could somebody show a token that counts?"""
        moment = datetime.now(UTC)
        return any(token.state(moment) == "active" for token in self._tokens().values())

    def shown(self, text: str) -> Token | None:
        """The token that somebody shows, if it counts.  Raises TokensUnreadable."""
        form = _TOKEN.fullmatch(text)
        token = self._tokens().get(form[1]) if form else None
        # The comparison takes as long where there is none of that id.
        right = hmac.compare_digest(_digest(text), token.sha256 if token else "0" * 64)
        return token if token and right and self._counts(token) else None

    def by_id(self, key: str) -> Token | None:
        """The token of an id, if it counts.  Raises TokensUnreadable."""
        token = self._tokens().get(key)
        return token if token and self._counts(token) else None

    def create(self, name: str, role: str, owners: Sequence[str], days: int) -> tuple[Token, str]:
        """A new token, and the text to be given to its holder, which is kept nowhere.

        It counts for so many days; 0: until it is revoked.  Raises BadParameter,
        TokensUnreadable or NotWritable.
        """
        made = _checked(name.strip(), role, list(dict.fromkeys(owners)), days)
        text = f"mieco_{made.id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
        made = replace(made, sha256=_digest(text))
        self._change(lambda tokens: {**tokens, made.id: made})
        return made, text

    def revoke(self, key: str) -> Token:
        """The token, which counts no more.  Raises NotFound, TokensUnreadable or NotWritable."""
        return self._changed(key, lambda token: replace(token, revoked=token.revoked or _now()))

    def expire(self, key: str, moment: datetime | None) -> Token:
        """The token, which counts until a moment, or until it is revoked; likewise."""
        expires = moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""
        return self._changed(key, lambda token: replace(token, expires=expires))

    @staticmethod
    def _counts(token: Token) -> bool:
        return token.state(datetime.now(UTC)) == "active"

    def _tokens(self) -> Mapping[str, Token]:
        """Read again whenever the file is another."""
        path = self._folder / FILE
        try:
            state = path.stat()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise TokensUnreadable(reason=error.strerror or str(error)) from None
        mark = (state.st_ino, state.st_mtime_ns, state.st_size)
        known, tokens = self._read
        if known != mark:
            try:
                tokens = _of_json(path.read_text(encoding="utf-8"))
            except OSError as error:
                raise TokensUnreadable(reason=error.strerror or str(error)) from None
            except (ValueError, KeyError, TypeError):
                reason = Text(f"{FILE} 已损坏", f"{FILE} is broken")
                raise TokensUnreadable(reason=reason) from None
            self._read = (mark, tokens)
        return tokens

    def _changed(self, key: str, change: Callable[[Token], Token]) -> Token:
        def changed(tokens: Mapping[str, Token]) -> Mapping[str, Token]:
            if key not in tokens:
                raise NotFound(what=Text("令牌", "token"), name=key, near=", ".join(tokens))
            return {**tokens, key: change(tokens[key])}

        return self._change(changed)[key]

    def _change(
        self, change: Callable[[Mapping[str, Token]], Mapping[str, Token]]
    ) -> Mapping[str, Token]:
        with self._alone():
            tokens = change(self._tokens())
            told = {"tokens": [asdict(token) for token in tokens.values()]}
            with writable(self._folder), replaced(self._folder / FILE, mode=0o600) as file:
                json.dump(told, file, ensure_ascii=False, indent=1)
            return tokens

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with writable(self._folder):
            made_folder(self._folder)
            lock = os.fdopen(os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600), "w")
        with lock:
            locked(lock)
            yield


def is_readable(content: bytes) -> bool:
    """Is that the content of a file of tokens?"""
    try:
        _of_json(content.decode())
    except (ValueError, KeyError, TypeError):
        return False
    return True


def _checked(name: str, role: str, owners: Sequence[str], days: int) -> Token:
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise BadParameter(
            name="name",
            reason=Text("令牌要有名称", "a token needs a name"),
            allowed=Text(
                f"谁用它，至多 {_LONGEST_NAME} 个字", f"who uses it, in {_LONGEST_NAME} characters"
            ),
        )
    known: Sequence[Role] = [each for each in ROLES if each == role]
    if not known:
        raise BadParameter(
            name="role",
            reason=Text(f"没有“{role}”", f"there is no '{role}'"),
            allowed=", ".join(ROLES),
        )
    if bool(owners) != (role == "contributor") or not all(map(_OWNER.fullmatch, owners)):
        raise BadParameter(
            name="owner",
            reason=Text(
                "填报者须指明所属联合体，其他角色不用",
                "a contributor needs owners, other roles have none",
            ),
            allowed=Text("联合体的代码，如 shenzhen", "the keys of consortia, such as shenzhen"),
        )
    if not 0 <= days <= _LONGEST_DAYS:
        raise BadParameter(
            name="days",
            reason=Text("天数不可用", "the number of days is out of range"),
            allowed=Text(
                f"1 到 {_LONGEST_DAYS}；0 为不过期", f"1 to {_LONGEST_DAYS}; 0: it does not expire"
            ),
        )
    ends = (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")
    return Token(
        id=secrets.token_hex(_ID_BYTES),
        name=name,
        role=known[0],
        owners=owners,
        created=_now(),
        expires=ends if days else "",
        revoked="",
        sha256="",
    )


def _of_json(text: str) -> dict[str, Token]:
    """Raises ValueError, KeyError or TypeError for what is none."""
    found: dict[str, Token] = {}
    listed = json.loads(text)["tokens"]
    if not isinstance(listed, list):
        raise TypeError(listed)
    for each in listed:
        token = Token(**_strict(each))
        if token.role not in ROLES:
            raise ValueError(token.role)
        token.state(datetime.now(UTC))  # its moments can be read
        found[token.id] = token
    return found


def _strict(document: dict[str, Any]) -> dict[str, Any]:
    """A member as it was written, all of whose texts are texts."""
    owners = document["owners"]
    texts = [value for name, value in document.items() if name != "owners"]
    if not isinstance(owners, list) or not all(isinstance(t, str) for t in (*owners, *texts)):
        raise TypeError(document)
    return document


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
