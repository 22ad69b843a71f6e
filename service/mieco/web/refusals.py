"""The answer to who is beyond a limit: as any other error is told, but made once and kept.

A flood of requests must not cost a page each.  So there is one for each limit, language and form.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from granian.rsgi import Scope

from mieco.errors import TooManyRequests
from mieco.present.formats import HTML, negotiate
from mieco.web.answer_cache import Answer
from mieco.web.environ import FAULT, environ_of
from mieco.web.limits import Kind, Limits, Refusal
from mieco.web.place import WSGI
from mieco.web.problems import PROBLEM
from mieco.web.reader import choose_language
from mieco.web.warming import PlainRequest

# What is read of a header that anybody may have written.
_LONGEST, _REMEMBERED = 400, 1024


class Refusals:
    """Makes refusals with a WSGI application."""

    def __init__(self, application: WSGI, limits: Limits) -> None:
        self._application = application
        self._limits = limits
        self._chosen = lru_cache(_REMEMBERED)(_choose)
        self._made: dict[tuple[Kind, str, str], Answer] = {}

    def of(self, refusal: Refusal, scope: Scope) -> Answer:
        """The answer to a request that is refused."""
        headers = scope.headers
        form, language = self._chosen(
            headers.get("accept", "")[:_LONGEST], headers.get("accept-language", "")[:_LONGEST]
        )
        key = refusal.kind, form, language
        made = self._made.get(key) or self._make(*key)
        told = [header for header in made.headers if header[0] != "retry-after"]
        return Answer(made.status, [*told, ("retry-after", str(refusal.seconds))], made.body)

    def _make(self, kind: Kind, form: str, language: str) -> Answer:
        asked = {"host": "localhost", "accept": form, "accept-language": language}
        environ = environ_of(cast("Scope", PlainRequest("/", asked)), io.BytesIO())
        environ[FAULT] = TooManyRequests(limit=self._limits.told(kind))
        made = self._made[kind, form, language] = _answer(self._application, environ)
        return made


def _choose(accept: str, languages: str) -> tuple[str, str]:
    """The media type and the language of a refusal."""
    html = negotiate(accept, (PROBLEM, HTML)) is HTML
    form = HTML if html else PROBLEM
    return form.media_type, choose_language(None, None, languages)


def _answer(application: WSGI, environ: dict[str, Any]) -> Answer:
    started: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[..., Any]:
        started[:] = [int(status.split(" ", 1)[0]), headers]
        return started.append

    body = b"".join(application(environ, start))
    status, headers = started
    return Answer(status, [(name.lower(), value) for name, value in headers], body)
