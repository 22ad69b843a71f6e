"""What a running service logs: lines on standard error, for people or as JSON.

A line is one event, whatever strangers have put into it: control characters are written as
escapes.  Tokens are written nowhere.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
import traceback
from collections import deque
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Final

from mieco.errors import Text

# The number of the request that this thread is at work for.
REQUEST: ContextVar[str] = ContextVar("request", default="")
# How long lines wait for others, and how many at most: more are dropped, and that is told.
_SECONDS, _MOST = 0.2, 20_000
_STANDARD_ERROR: Final = 2
# What a reader of lines may take for the end of one, or a terminal for a command.  Of JSON, and of
# text that is quoted as JSON, each has the same meaning written as an escape.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# As tokens are given out (mieco/access/tokens.py).
_TOKEN = re.compile(r"mieco_([0-9a-f]{12})_[A-Za-z0-9_-]{20,}", re.ASCII)
_HIDDEN = "********"


class Journal:
    """Writes lines to standard error, in a thread of its own: who logs does not wait for it.

    ``secrets`` are texts that no line may have.  Thread-safe.
    """

    def __init__(
        self, *, as_json: bool, secrets: Sequence[str] = (), file: int = _STANDARD_ERROR
    ) -> None:
        self._as_json = as_json
        self._secrets = [each for each in secrets if each]
        self._file = file
        self._lines: deque[str] = deque()
        self.dropped = 0
        self._told = 0
        self._some = threading.Event()
        self._closed = False
        self._second = (0, "")
        self._writer = threading.Thread(target=self._write, name="journal", daemon=True)
        self._writer.start()

    def access(
        self,
        *,
        number: str,
        client: str,
        method: str,
        path: str,
        status: int,
        size: int,
        seconds: float,
        kept: bool,
        code: str,
    ) -> None:
        """A request that has ended: its number, who sent it, what for, what was answered.

        It is made by hand since there is one for each request.
        """
        path = self.hidden(path) if "mieco_" in path or self._secrets else path
        moment, took = self._moment(), round(seconds * 1000, 2)
        if self._as_json:
            failed = f',"error":"{code}"' if code else ""
            line = (
                f'{{"at":"{moment}","level":"info","event":"access","request":"{number}",'
                f'"client":{quoted(client)},"method":{quoted(method)},"path":{quoted(path)},'
                f'"status":{status},"bytes":{size},"ms":{took},'
                f'"kept":{"true" if kept else "false"}{failed}}}\n'
            )
        else:
            more = f"{' kept' if kept else ''}{f' {code}' if code else ''}"
            line = (
                f"{moment} {client} {method} {_plain(path)} {status} {size} B {took} ms"
                f" {number}{more}\n"
            )
        self._put(line)

    def note(self, level: str, message: str, **members: Any) -> None:
        """Something that happened, and what is told of it; empty members are left out."""
        told = {name: value for name, value in members.items() if value not in ("", None)}
        at = self._moment()
        if self._as_json:
            document = {"at": at, "level": level, "message": message, **told}
            line = json.dumps(document, ensure_ascii=False, default=str)
        else:
            long = {name: told.pop(name) for name in ("query", "traceback") if name in told}
            rest = "".join(f" {name}={value}" for name, value in told.items())
            line = f"{at} {level} {_plain(message)}{_plain(rest)}" + "".join(
                f"\n    {_plain(each)}" for text in long.values() for each in text.splitlines()
            )
            # Line by line it has no control characters any more.
            self._put(f"{self.hidden(line)}\n")
            return
        self._put(f"{_plain(self.hidden(line))}\n")

    def hidden(self, text: str) -> str:
        """The text, with asterisks for what is secret in it."""
        if "mieco_" in text:
            text = _TOKEN.sub(rf"mieco_\1_{_HIDDEN}", text)
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, _HIDDEN)
        return text

    def close(self) -> None:
        """Writes what is waiting, and nothing after it."""
        self._closed = True
        self._some.set()
        self._writer.join(timeout=1)

    def _moment(self) -> str:
        """Now, as an xsd:dateTime in UTC with milliseconds."""
        now = time.time()
        second = int(now)
        if self._second[0] != second:
            whole = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            self._second = second, whole
        return f"{self._second[1]}.{int((now - second) * 1000):03}Z"

    def _put(self, line: str) -> None:
        if len(self._lines) >= _MOST:
            self.dropped += 1
            return
        self._lines.append(line)
        if not self._some.is_set():
            self._some.set()

    def _write(self) -> None:
        while not self._closed:
            self._some.wait()
            if not self._closed:
                time.sleep(_SECONDS)
            self._some.clear()
            self._flush()

    def _flush(self) -> None:
        lines = []
        while self._lines:
            lines.append(self._lines.popleft())
        if (dropped := self.dropped) != self._told:
            count, self._told = dropped - self._told, dropped
            self.note("warning", "lines were dropped: nobody takes them", count=count)
        # What cannot be written as UTF-8 becomes an escape, of JSON too.
        rest = memoryview("".join(lines).encode("utf-8", "backslashreplace"))
        while rest:
            try:
                rest = rest[os.write(self._file, rest) :]
            except OSError:  # nobody reads any more
                return


class JournalHandler(logging.Handler):
    """Gives what Python's logging is told to a journal."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self._journal.note(
            record.levelname.lower(),
            record.getMessage(),
            request=REQUEST.get(),
            logger=record.name if record.name != "mieco" else "",
            traceback=trace,
        )


def announce(text: Text, language: str, *, as_json: bool, level: str = "info") -> None:
    """Says something at once, where there is no journal: a sentence, or a line of JSON."""
    said = text.zh if language == "zh" else text.en
    line = f"mieco: {said}"
    if as_json:
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told = {"at": at, "level": level, "message": said}
        line = _plain(json.dumps(told, ensure_ascii=False))
    os.write(_STANDARD_ERROR, f"{line}\n".encode("utf-8", "backslashreplace"))


def _plain(text: str) -> str:
    """The text on one line: an escape for each control character."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
