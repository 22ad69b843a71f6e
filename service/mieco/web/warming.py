"""The pages that everybody begins with, made before anybody asks.

After a start, and some time after a new release, they are asked for once in each language as a
browser would.  So the answers are kept, what is counted once a release is counted, and the workers
have touched the memory that such queries touch.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from flask import Flask, url_for
from granian.rsgi import Scope

from mieco.engine.current import CurrentEngine
from mieco.present.language import LANGUAGES
from mieco.web.answer_cache import BROWSER
from mieco.web.service import service

# Many small changes in a row are not worth it each time: a release has to last so long.
_LASTING_SECONDS = 5.0
# What takes longer is left to those who want it: to make it would take from those who ask now.
_MOST_SECONDS = 3.0

_PAGES = (
    *("home.home", "questions.index", "sparql.sparql", "search.find", "maps.page"),
    *("compare.compare", "record_matrix.page", "provinces.overview", "readiness_overview.index"),
    *("term_pages.index", "downloads.index", "changes.index", "openapi.page"),
)


class Ask(Protocol):
    """Answers a request and keeps the answer, but for what takes longer than so many seconds."""

    def __call__(self, scope: Scope, /, *, seconds: float) -> None: ...


log = logging.getLogger("mieco")


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """A GET request for a page, with what the gateway reads of one (granian.rsgi.Scope)."""

    path: str
    headers: dict[str, str]
    authority: None = None  # HTTP/1 has it in the headers alone
    scheme: str = "http"  # what speaks TLS stands before the service
    query_string: str = ""
    method: str = "GET"
    http_version: str = "1.1"
    client: str = "127.0.0.1:0"
    server: str = "127.0.0.1:0"


def first_pages(app: Flask) -> list[str]:
    """The paths of the pages that everybody begins with, the questions among them."""
    with app.test_request_context():
        pages = [url_for(name) for name in _PAGES]
        return pages + [url_for("question.answer", name=name) for name in service().questions]


class Warmer:
    """Asks for pages, with a thread of its own.

    ``authority`` (host and port) is that which people will use: answers name it.
    """

    def __init__(
        self,
        engine: CurrentEngine,
        ask: Ask,
        paths: Sequence[str],
        authority: str,
    ) -> None:
        self._engine = engine
        self._ask = ask
        self._requests = [
            PlainRequest(path, _headers(authority, language))
            for path in paths
            for language in LANGUAGES
        ]
        threading.Thread(target=self._run, name="warmer", daemon=True).start()

    def _run(self) -> None:
        while True:
            number = self._engine.number()
            for request in self._requests:
                if self._engine.number() != number:
                    break
                try:
                    self._ask(cast("Scope", request), seconds=_MOST_SECONDS)
                except Exception:
                    # A reader will be told of it; the others are not to suffer.
                    log.exception("cannot make %s", request.path)
            self._await_lasting(number)

    def _await_lasting(self, number: int) -> None:
        """Waits until there is another release that has lasted for a while."""
        lasting = self._engine.await_other(number)
        while (other := self._engine.await_other(lasting, seconds=_LASTING_SECONDS)) != lasting:
            lasting = other


def _headers(authority: str, language: str) -> dict[str, str]:
    return {
        "host": authority,
        "accept": BROWSER,
        "accept-language": language,
        "accept-encoding": "gzip",
    }
