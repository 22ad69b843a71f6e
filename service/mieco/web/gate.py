"""Before Flask: plain queries to ``/sparql`` go to the engine at once.

Most of what a small lookup costs in Flask is the same each time: what the request's headers and
parameters come to, and the headers of the answer.  So Flask is asked that once for requests that
are alike in all but the text of their query, and it is remembered.  There is one way to do each
thing, Flask's; whatever is not plain, long answers and errors among it, goes on to Flask.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
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
from mieco.web.environ import CANCELLATION, FAULT, LOOKUP, NATURE
from mieco.web.lookup import OK, Asked, Heads, Lookup
from mieco.web.meter import SPARQL
from mieco.web.place import WSGI, demand_host
from mieco.web.protocol import FORM, check_size, pairs, text_of
from mieco.web.reader import language
from mieco.web.reading import tag_of
from mieco.web.service import Service
from mieco.web.sparql import DIRECT, plain_query

_PATH = "/sparql"
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
# So many kinds of requests are remembered, of so many characters at most.
_KINDS, _CHARACTERS = 256, 2048


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


@dataclass(slots=True)
class LookedFor:
    """Where the lookup goes that somebody wants to begin by himself, if there is one."""

    found: Lookup | None = None


class Gate:
    """A WSGI application before that of Flask.  Thread-safe."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._flask: WSGI = app.wsgi_app
        self._service = cast(Service, app.extensions["mieco"])
        self._most = body_rules(self._service.settings, self._service.holders)(
            "POST", _PATH, "", ""
        ).limit
        self._plain = lru_cache(_KINDS)(self._ask_flask)
        self._heads = Heads()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """The answer to a request (PEP 3333).

        Where ``environ`` has a :class:`LookedFor`, the lookup alone is put there.
        """
        lookup = environ.pop(LOOKUP, None)
        if isinstance(lookup, LookedFor):
            lookup.found = self._lookup(environ)
            return ()
        lookup = lookup or self._lookup(environ)
        if lookup is None:
            return self._flask(environ, start_response)
        given = lookup.finish()
        if given is None:
            return lookup.by_flask(self._flask, environ, start_response)
        if nature := environ.get(NATURE):
            nature.lasting, nature.route = given.lasting, SPARQL
        start_response(OK, given.headers)
        return (given.body,)

    def _lookup(self, environ: dict[str, Any]) -> Lookup | None:
        """What a request asks for, if it is plain."""
        asked = self._asked(environ) if environ["PATH_INFO"] == _PATH else None
        cancellation = environ.get(CANCELLATION) or Cancellation()
        return asked and Lookup(asked, self._service.engine, cancellation, self._heads)

    def _asked(self, environ: dict[str, Any]) -> Asked | None:
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "POST") or environ.get(FAULT):
            return None
        if not _PARTICULAR.isdisjoint(environ):
            return None
        query_string = environ["QUERY_STRING"].encode("latin-1")
        try:
            found = pairs(query_string)
            if method == "POST":
                posted = self._posted(environ)
                if posted is None:
                    return None
                found += posted
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
        query = replace(plain.query, text=text)
        tag = partial(self._tag, kind, plain, query_string) if method == "GET" else None
        return Asked((kind, method), query, plain.seconds, tag)

    def _posted(self, environ: dict[str, Any]) -> list[tuple[str, str]] | None:
        """The parameters in the body, which can be read again; ``None`` where Flask must judge it.

        Raises BadRequest.
        """
        media_type, length = environ.get("CONTENT_TYPE", ""), environ.get("CONTENT_LENGTH", "")
        if media_type not in _PARSED or not length.isdecimal() or int(length) > self._most:
            return None
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
        return _PARSED[media_type](body) if len(body) == int(length) else None

    def _ask_flask(self, kind: _Kind) -> _Plain | None:
        """What Flask makes of a kind of request."""
        with self._app.request_context(kind.environ()):
            try:
                demand_host()
                found = plain_query()
                return found and _Plain(*found, language(), request.url_root)
            except (MiecoError, HTTPException):
                return None

    def _tag(self, kind: _Kind, plain: _Plain, query_string: bytes, release: Release) -> str:
        return tag_of(
            release,
            self._service.mark,
            accept=kind.accept or "",
            language=plain.language,
            root=plain.root,
            path=_PATH,
            query_string=query_string,
        )


def _direct(body: bytes) -> list[tuple[str, str]]:
    return [("query", text_of(body))]


# The media types of a body, and what reads its parameters.
_UTF_8 = "; charset=utf-8"
_PARSED = {FORM: pairs, FORM + _UTF_8: pairs, DIRECT: _direct, DIRECT + _UTF_8: _direct}
