"""Finished answers, kept for who asks the same again.

A release never changes.  What rests on one and on nothing else (reading.py) is therefore the
same whenever it is asked for, by whomever: its bytes are kept as they were sent, compressed or
not, and given out before Flask is called.  An answer is found by all that may choose it: the
release, the day (some pages name it), and of the request its address, its body and the headers
that our answers vary by.

A request with credentials is neither answered from here nor its answer kept; with
``Cache-Control: no-cache`` the answer is made afresh (RFC 9111 §5.2.1.4).
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from granian.rsgi import Scope
from werkzeug.http import parse_accept_header

from mieco.ask.parameters import today
from mieco.web.compression import is_gzip_wanted
from mieco.web.reader import choose_language

Headers = list[tuple[str, str]]

_OK, _NOT_MODIFIED = 200, 304
# Beside its bytes an answer costs its key, its headers and the objects that hold them.
_OVERHEAD = 2048
# No answer takes more than this part of the room.
_LARGEST = 16
# Our answers vary by these alone (reader.py, compression.py); of cookies, by that of the language.
_CHOOSING = {"host", "accept", "accept-language", "accept-encoding", "content-type", "cookie"}
# What browsers accept differs in pictures that we have in no such form, and in XHTML, which stands
# for HTML here.
_BROWSERS = re.compile(
    r"text/html,(?:application/xhtml\+xml,)?application/xml;q=0\.9,"
    r"(?:image/(?:avif|webp|apng|png),)*\*/\*;q=0\.8(?:,application/signed-exchange;.*)?"
)
BROWSER = "text/html,application/xml;q=0.9,*/*;q=0.8"
_LANGUAGE = "mieco-language="
_SIGNED_IN = "mieco-import="
# With one of these a request is no plain question for the whole of an answer.
_PARTICULAR = {
    "authorization",
    "content-encoding",
    "content-range",
    "if-match",
    "if-modified-since",
    "if-unmodified-since",
    "range",
}
_LOOKED_AT = _CHOOSING | _PARTICULAR | {"cache-control", "if-none-match"}
_TAG = re.compile(r'(?:W/)?("[^"]*")')
# RFC 9211 §2: this cache answered.
_HIT = ("cache-status", "mieco; hit")
# Headers that describe a body, which a 304 has not (RFC 9110 §15.4.5).
_OF_BODY = ("content-length", "content-type", "content-encoding", "content-disposition")


# All that chooses an answer: the release that answered when it was asked for, the day, and of the
# request its method, scheme, authority, path, query string, headers that choose, and body.
_Key = tuple[int, int, str, str, str, str, str, str, bytes]


class Asked(NamedTuple):
    """What a request asks for: the key of its answer, the tags held already, and if anew."""

    key: _Key
    held: str
    afresh: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer, and the endpoint of its view; names of headers are in lower case."""

    status: int
    headers: Headers
    body: bytes
    route: str = ""

    def room(self, key: _Key) -> int:
        """About so many bytes it takes to keep under a key."""
        texts = (*chain.from_iterable(self.headers), *key[2:])
        return len(self.body) + sum(map(len, texts)) + _OVERHEAD

    def is_held(self, held: str) -> bool:
        """Is its tag among these (RFC 9110 §13.1.2, weak comparison)?  "*" is any."""
        own = next((value for name, value in self.headers if name == "etag"), None)
        return held.strip() == "*" or (
            own is not None and not {*_TAG.findall(own)}.isdisjoint(_TAG.findall(held))
        )


class AnswerCache:
    """Keeps the answers that were asked for last, within ``size`` bytes.  Thread-safe.

    ``release`` gives the number of the release that the service answers from.
    """

    def __init__(self, size: int, release: Callable[[], int]) -> None:
        self._size = size
        self._release = release
        self._lock = threading.Lock()
        self._answers: OrderedDict[_Key, Answer] = OrderedDict()
        self._used = 0
        self._kept_of: int | None = None

    def asked(self, scope: Scope, body: bytes = b"") -> Asked | None:
        """What a request asks for; ``None`` if that is never kept."""
        method = scope.method
        if not self._size or method not in ("GET", "POST"):
            return None
        headers = scope.headers.items()
        choice = _choice(tuple(header for header in headers if header[0] in _LOOKED_AT))
        if choice is None:
            return None
        chosen, held, afresh = choice
        key = (
            self._release(),
            today().toordinal(),
            method,
            scope.scheme,
            scope.authority or "",
            scope.path,
            scope.query_string,
            chosen,
            body,
        )
        # A 304 is for GET and HEAD alone (RFC 9110 §13.1.2).
        return Asked(key, held if method == "GET" else "", afresh)

    def find(self, asked: Asked) -> Answer | None:
        """The answer, or 304 for who holds it; ``None`` where it has to be made."""
        if asked.afresh:
            return None
        with self._lock:
            kept = self._answers.get(asked.key)
            if kept is None:
                return None
            self._answers.move_to_end(asked.key)
        if asked.held and kept.is_held(asked.held):
            told = [header for header in kept.headers if header[0] not in _OF_BODY]
            return Answer(_NOT_MODIFIED, told, b"", kept.route)
        return kept

    def keep(self, asked: Asked, answer: Answer) -> None:
        """Keeps an answer that rests on a release alone, if it is a whole one of no one's own."""
        if answer.status != _OK or any(name == "set-cookie" for name, _ in answer.headers):
            return
        answer = replace(answer, headers=[*answer.headers, _HIT])
        room = answer.room(asked.key)
        with self._lock:
            if (release := self._release()) != self._kept_of:
                # Nobody is answered from another release any more, but for one that is gone back
                # to; and what an engine of others gave while it was switched may be of either.
                self._answers.clear()
                self._used, self._kept_of = 0, release
            if asked.key[0] != release:
                return
            if (old := self._answers.pop(asked.key, None)) is not None:
                self._used -= old.room(asked.key)
            if room * _LARGEST > self._size:
                return
            self._answers[asked.key] = answer
            self._used += room
            while self._used > self._size:
                key, gone = self._answers.popitem(last=False)
                self._used -= gone.room(key)


@lru_cache(maxsize=1024)
def _choice(headers: tuple[tuple[str, str], ...]) -> tuple[str, str, bool] | None:
    """What headers choose of our answers, the tags that are held already, and if one is made anew.

    Those who choose the same share an answer.  ``None`` where no answer is kept.
    """
    given: dict[str, str] = {}
    for name, value in headers:
        given[name] = f"{given[name]}, {value}" if name in given else value
    control, cookies = given.get("cache-control", "").lower(), given.get("cookie", "")
    if _PARTICULAR & given.keys() or "no-store" in control or _SIGNED_IN in cookies:
        return None
    accept = given.get("accept")
    if accept and _BROWSERS.fullmatch(accept.replace(" ", "")):
        accept = BROWSER
    chosen = (
        given.get("host"),
        accept,
        choose_language(None, None, given.get("accept-language")),
        is_gzip_wanted(parse_accept_header(given.get("accept-encoding"))),
        given.get("content-type"),
        cookies if _LANGUAGE in cookies else None,
    )
    return repr(chosen), given.get("if-none-match", ""), "no-cache" in control
