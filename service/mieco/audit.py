"""The audit log: who changed what, signed in, or was given a token, line by line.

    DIR/audit.jsonl   one JSON object a line, only ever appended to

Each entry has the hash of the one before it, and its own hash over all of it (RFC 8785 would be
the canonical form; ours is sorted and without spaces).  So nobody can change, remove or insert an
entry unseen but by writing all that follow anew; who keeps the last hash elsewhere sees that too,
and sees entries cut from the end.

What changes something is entered twice: before it is begun, and what came of it.  An entry that
was begun and has no end was cut off by the end of its process.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from mieco.durable import locked, made_folder, sync, writable
from mieco.errors import MiecoError

FILE = "audit.jsonl"
_NOTHING = "0" * 64
# An entry is far shorter.
_TAIL = 1 << 16
State = Literal["begun", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something: the name and the id of the token, from which address, in which request.

    The operator, at the machine itself, has the name of his account and no token.
    """

    name: str
    role: str
    token: str = ""
    address: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log.

    ``at`` is an xsd:dateTime in UTC; ``about`` says of what; ``of`` is the number of the entry
    that this one is the end of.
    """

    number: int
    at: str
    actor: Mapping[str, str]
    action: str
    state: State
    about: Mapping[str, Any]
    of: int | None
    before: str
    hash: str = field(default="")

    def hashed(self) -> str:
        """The hash that it must have."""
        told = asdict(self)
        del told["hash"]
        return hashlib.sha256(_canonical(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the log is not as it was written: the number of its line, from 1, and how."""

    line: int
    kind: Literal["unreadable", "changed", "broken"]


class AuditLog:
    """The audit log of one data directory, whichever process writes it.

    ``told`` learns of each action that has ended: its name, how, and the seconds that it took.
    """

    def __init__(
        self, data: Path, told: Callable[[str, State, float], object] = lambda *_: None
    ) -> None:
        self._folder = data
        self._told = told

    def check(self) -> None:
        """Raises NotWritable where nothing could be entered into the log that is there."""
        with writable(self._folder), contextlib.suppress(FileNotFoundError):
            os.close(os.open(self._folder / FILE, os.O_WRONLY | os.O_APPEND))

    def add(self, actor: Actor, action: str, **about: Any) -> None:
        """Enters what is done.  Raises NotWritable."""
        self._append(actor, action, "done", about, None)
        self._told(action, "done", 0.0)

    @contextlib.contextmanager
    def act(self, actor: Actor, action: str, **about: Any) -> Iterator[dict[str, Any]]:
        """Enters what is done within the context, which may add to what is said of it.

        Raises NotWritable before it is begun: then it is not done.
        """
        begun = self._append(actor, action, "begun", about, None)
        outcome: dict[str, Any] = {}
        since = time.monotonic()
        try:
            yield outcome
        except BaseException as error:
            self._told(action, "failed", time.monotonic() - since)
            told = error.code if isinstance(error, MiecoError) else type(error).__name__
            self._append(actor, action, "failed", {**outcome, "error": told}, begun)
            raise
        self._told(action, "done", time.monotonic() - since)
        # What is done is done, whether it can be entered or not: the reader of the log sees an
        # entry that has no end.
        with contextlib.suppress(MiecoError):
            self._append(actor, action, "done", outcome, begun)

    def entries(self) -> Iterator[Entry]:
        """All of them, the oldest first; what cannot be read is left out.  Raises NotWritable."""
        for _, entry in self._lines():
            if entry:
                yield entry

    def faults(self) -> Iterator[Fault]:
        """Where it is not as it was written."""
        return _faults(self._lines())

    @staticmethod
    def faults_in(content: bytes) -> Iterator[Fault]:
        """The same of a log that was read."""
        return _faults(enumerate(map(_read, io.BytesIO(content)), 1))

    def _lines(self) -> Iterator[tuple[int, Entry | None]]:
        path = self._folder / FILE
        if path.exists():
            with writable(self._folder), path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    yield number, _read(line)

    def _append(
        self, actor: Actor, action: str, state: State, about: Mapping[str, Any], of: int | None
    ) -> int:
        with writable(self._folder), self._opened() as file:
            last, whole = _last(file)
            entry = Entry(
                number=last.number + 1 if last else 1,
                at=datetime.now(UTC).isoformat(timespec="milliseconds"),
                actor=_clean({name: text for name, text in asdict(actor).items() if text}),
                action=action,
                state=state,
                about=_clean(about),
                of=of,
                before=last.hash if last else _NOTHING,
            )
            line = _canonical({**asdict(entry), "hash": entry.hashed()})
            # A line that the end of a process has cut off stays, and is told by ``faults``.
            _write(file.fileno(), f"{'' if whole else chr(10)}{line}\n".encode())
            return entry.number

    @contextlib.contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        """The file, to be read and appended to by nobody else meanwhile."""
        made_folder(self._folder)
        descriptor = os.open(self._folder / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "rb") as file:
            locked(file)
            if not file.seek(0, os.SEEK_END):
                sync(self._folder)  # its name may be as new as it is
            yield file


def operator() -> Actor:
    """Who uses the command on this machine."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        name = str(os.getuid())
    return Actor(name, "operator")


def _write(descriptor: int, line: bytes) -> None:
    """Appends a line for good, or nothing.  Raises OSError, as where a disk is full."""
    size = os.fstat(descriptor).st_size
    left = memoryview(line)
    try:
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, size)
        raise


def _last(file: IO[bytes]) -> tuple[Entry | None, bool]:
    """The last entry that can be read, and whether its line was written to its end."""
    size = file.seek(0, os.SEEK_END)
    if not size:
        return None, True
    reach = _TAIL
    while True:
        start = file.seek(max(0, size - reach))
        tail = file.read()
        for line in reversed(tail.splitlines()[1 if start else 0 :]):
            if entry := _read(line):
                return entry, tail.endswith(b"\n")
        if not start:
            return None, tail.endswith(b"\n")
        reach *= 4


def _faults(lines: Iterable[tuple[int, Entry | None]]) -> Iterator[Fault]:
    before = _NOTHING
    for number, entry in lines:
        if entry is None:
            yield Fault(number, "unreadable")
            continue
        if entry.hash != entry.hashed():
            yield Fault(number, "changed")
        elif entry.before != before:
            yield Fault(number, "broken")
        before = entry.hash


def _read(line: bytes) -> Entry | None:
    try:
        entry = Entry(**json.loads(line))
    except (ValueError, TypeError):
        return None
    return entry if isinstance(entry.number, int) and isinstance(entry.hash, str) else None


def _clean(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same, of what can be written as UTF-8."""
    text = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    cleaned: dict[str, Any] = json.loads(text)
    return cleaned


def _canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
