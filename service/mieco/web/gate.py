"""Before Flask: plain queries to ``/sparql`` go to the engine at once.

Most of what a small lookup costs in Flask is the same each time: what the request's headers and
parameters come to, and the headers of the answer.  So Flask is asked that once for requests that
are alike in all but the text of their query, and it is remembered.  There is one way to do each
thing, Flask's; whatever is not plain, long answers and errors among it, goes on to Flask.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Hashable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from mieco.engine.base import Query
from mieco.engine.cancellation import Cancellation
from mieco.engine.tokens import has_word
from mieco.errors import Language, MiecoError
from mieco.releases import Release
from mieco.web.body import body_rules
from mieco.web.compression import compressed, is_worth_it
from mieco.web.environ import BEGUN, CANCELLATION, FAULT, NATURE, Begun
from mieco.web.place import WSGI, demand_host
from mieco.web.protocol import FORM, check_size, pairs, text_of
from mieco.web.reader import language
from mieco.web.reading import tag_of
from mieco.web.service import Service
from mieco.web.sparql import DIRECT, is_lasting, plain_query
from mieco.web.spool import first_bytes

_PATH = "/sparql"
_OK = "200 OK"
# With one of these a request is not plain.
_PARTICULAR = frozenset(
    (
        "HTTP_AUTHORIZATION",
        "HTTP_CONTENT_ENCODING",
        "HTTP_CONTENT_RANGE",
        "HTTP_COOKIE",
        "HTTP_IF_MATCH",
        "HTTP_IF_MODIFIED_SINCE",
        "HTTP_IF_NONE_MATCH",
        "HTTP_IF_RANGE",
        "HTTP_IF_UNMODIFIED_SINCE",
        "HTTP_RANGE",
    )
)
# What a plain query may say beside its text.
_DESCRIBING = {
    "default-graph-uri",
    "entailment",
    "format",
    "named-graph-uri",
    "rewrite",
    "timeout",
}
# So much is remembered: kinds of requests, of so many characters at most, and kinds of answers.
_KINDS, _CHARACTERS, _ANSWERS = 256, 2048, 1024

Headers = list[tuple[str, str]]


def init_app(app: Flask) -> None:
    """Puts the gate before the application."""
    app.wsgi_app = Gate(app)  # type: ignore[method-assign]


class _Kind(NamedTuple):
    """All that an answer may depend on of a plain request but its method and its query."""

    scheme: str
    host: str | None
    server: str
    port: str
    root: str
    accept: str | None
    languages: str | None
    codings: str | None
    parameters: tuple[tuple[str, str], ...]

    @property
    def length(self) -> int:
        """So many characters it has."""
        return sum(len(each or "") for each in (*self[:-1], *chain(*self.parameters)))

    def environ(self) -> dict[str, Any]:
        """A request of this kind, with nothing else in it."""
        given = {
            "HTTP_HOST": self.host,
            "HTTP_ACCEPT": self.accept,
            "HTTP_ACCEPT_LANGUAGE": self.languages,
            "HTTP_ACCEPT_ENCODING": self.codings,
        }
        return {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": self.root,
            "PATH_INFO": _PATH,
            "QUERY_STRING": urlencode(self.parameters),
            "SERVER_NAME": self.server,
            "SERVER_PORT": self.port,
            "wsgi.url_scheme": self.scheme,
            **{name: value for name, value in given.items() if value is not None},
        }


class _Plain(NamedTuple):
    """What a kind of request comes to: a query without its text, and what marks its answers."""

    query: Query
    seconds: float
    language: Language
    root: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A plain request."""

    kind: _Kind
    plain: _Plain
    query: Query
    method: str
    query_string: bytes


@dataclass(frozen=True, slots=True)
class _Head:
    """The headers of a kind of answer, as Flask gave them, and where they differ.

    The tag of another answer stands between ``before`` and ``after``.
    """

    headers: Headers
    length: int
    tag: int | None
    before: str
    after: str
    coded: bool

    @classmethod
    def of(cls, headers: Headers, tag: str | None) -> _Head | None:
        """``None`` where what differs is not there."""
        places = {name.lower(): place for place, (name, _) in enumerate(headers)}
        length, marked = places.get("content-length"), places.get("etag")
        if length is None or (tag is None) != (marked is None):
            return None
        before, found, after = headers[marked][1].partition(tag) if marked and tag else ("",) * 3
        if tag and not found:
            return None
        return cls(headers, length, marked, before, after, "content-encoding" in places)

    def with_(self, length: int, tag: str | None) -> Headers:
        """The headers of an answer of this kind."""
        headers = self.headers.copy()
        headers[self.length] = (headers[self.length][0], str(length))
        if self.tag is not None:
            headers[self.tag] = (headers[self.tag][0], f"{self.before}{tag}{self.after}")
        return headers


class Gate:
    """A WSGI application before that of Flask.  Thread-safe."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._flask: WSGI = app.wsgi_app
        self._service = cast(Service, app.extensions["mieco"])
        self._most = body_rules(self._service.settings)("POST", _PATH, "", "").limit
        self._plain = lru_cache(_KINDS)(self._ask_flask)
        self._heads: dict[Hashable, _Head] = {}

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """The answer to a request (PEP 3333)."""
        asked = self._asked(environ) if environ["PATH_INFO"] == _PATH else None
        if asked is None:
            return self._flask(environ, start_response)
        with ExitStack() as leave:
            try:
                return self._answer(asked, environ, start_response, leave)
            except Exception as error:  # noqa: BLE001 (Flask's part is to tell it)
                environ[FAULT] = error
        return self._flask(environ, start_response)

    def _asked(self, environ: dict[str, Any]) -> _Asked | None:
        """The request, if it is plain."""
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "POST") or environ.get(FAULT):
            return None
        if not _PARTICULAR.isdisjoint(environ):
            return None
        query_string = environ["QUERY_STRING"].encode("latin-1")
        try:
            found = pairs(query_string)
            if method == "POST":
                found += self._posted(environ)
        except MiecoError:
            return None
        texts = [value for name, value in found if name == "query"]
        others = tuple(pair for pair in found if pair[0] != "query")
        if len(texts) != 1 or not all(name in _DESCRIBING for name, _ in others):
            return None
        kind = _Kind(
            environ["wsgi.url_scheme"],
            environ.get("HTTP_HOST"),
            environ["SERVER_NAME"],
            environ["SERVER_PORT"],
            environ.get("SCRIPT_NAME", ""),
            environ.get("HTTP_ACCEPT"),
            environ.get("HTTP_ACCEPT_LANGUAGE"),
            environ.get("HTTP_ACCEPT_ENCODING"),
            others,
        )
        plain = self._plain(kind) if kind.length <= _CHARACTERS else None
        text = texts[0]
        if plain is None or (self._service.outside.hosts and has_word(text, "SERVICE")):
            return None
        try:
            check_size(text, self._service.settings.max_query)
        except MiecoError:
            return None
        return _Asked(kind, plain, replace(plain.query, text=text), method, query_string)

    def _posted(self, environ: dict[str, Any]) -> list[tuple[str, str]]:
        """The parameters in the body, which can be read again.  Raises BadRequest."""
        media_type, length = environ.get("CONTENT_TYPE", ""), environ.get("CONTENT_LENGTH", "")
        if media_type not in _PARSED or not length.isdecimal() or int(length) > self._most:
            return []
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
        return _PARSED[media_type](body) if len(body) == int(length) else []

    def _ask_flask(self, kind: _Kind) -> _Plain | None:
        """What Flask makes of a kind of request."""
        with self._app.request_context(kind.environ()):
            try:
                demand_host()
                found = plain_query()
                return found and _Plain(*found, language(), request.url_root)
            except (MiecoError, HTTPException):
                return None

    def _answer(
        self,
        asked: _Asked,
        environ: dict[str, Any],
        start_response: Callable[..., Any],
        leave: ExitStack,
    ) -> Iterable[bytes]:
        """The engine's answer, dressed as Flask dresses it; ``leave`` ends the engine's use."""
        engine, release = leave.enter_context(self._service.engine.use())
        answer = engine.query(
            asked.query,
            seconds=asked.plain.seconds,
            cancellation=environ.get(CANCELLATION) or Cancellation(),
        )
        leave.callback(answer.close)
        body, whole = first_bytes(answer)
        lasting = is_lasting(asked.query.text)
        tag = self._tag(asked, release) if lasting and asked.method == "GET" else None
        manifest = release.manifest
        alike = (
            asked.kind,
            asked.method,
            lasting,
            manifest.number,
            manifest.created,
            answer.kind,
            answer.media_type,
            answer.entailment,
            is_worth_it(len(body)),
        )
        plain = whole and not answer.unknown_terms
        head = self._heads.get(alike) if plain else None
        if head:
            if nature := environ.get(NATURE):
                nature.lasting = lasting
            body = compressed(body) if head.coded else body
            start_response(_OK, head.with_(len(body), tag))
            return (body,)

        def start(status: str, headers: Headers, *error: Any) -> Any:
            if plain and status == _OK and (made := _Head.of(headers, tag)):
                if len(self._heads) >= _ANSWERS:
                    self._heads.clear()
                self._heads[alike] = made
            return start_response(status, headers, *error)

        begun = Begun(
            replace(answer, chunks=chain((body,), answer.chunks)), engine, release, leave.pop_all()
        )
        environ[BEGUN] = begun
        try:
            return self._flask(environ, start)
        finally:
            if environ.pop(BEGUN, None):  # it was refused
                begun.leave.close()

    def _tag(self, asked: _Asked, release: Release) -> str:
        return tag_of(
            release,
            self._service.mark,
            accept=asked.kind.accept or "",
            language=asked.plain.language,
            root=asked.plain.root,
            path=_PATH,
            query_string=asked.query_string,
        )


def _direct(body: bytes) -> list[tuple[str, str]]:
    return [("query", text_of(body))]


# The media types of a body, and what reads its parameters.
_UTF_8 = "; charset=utf-8"
_PARSED = {FORM: pairs, FORM + _UTF_8: pairs, DIRECT: _direct, DIRECT + _UTF_8: _direct}
