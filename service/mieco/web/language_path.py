"""``/zh/…`` and ``/en/…``: every page at an address that chooses its language too.

What is read there is what is read at the address without it; what is written has one address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from flask import Flask, request

from mieco.errors import Language
from mieco.present.language import LANGUAGES
from mieco.web.place import WSGI, here

_CHOSEN = "mieco.language"
_PATH = re.compile(rf"/({'|'.join(LANGUAGES)})(/.*)?", re.DOTALL)


def init_app(app: Flask) -> None:
    """Takes the language from the path before anything else reads it."""
    app.wsgi_app = _reading(app.wsgi_app)  # type: ignore[method-assign,assignment]


def language_of_path() -> Language | None:
    """The language that the address of this request chooses."""
    return cast("Language | None", request.environ.get(_CHOSEN))


def path_in(language: Language) -> str:
    """The path of this request as a link to the same in a language."""
    return here(f"/{language}")


def _reading(application: WSGI) -> WSGI:
    def read(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        chosen = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        if chosen and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            environ = {**environ, _CHOSEN: chosen[1], "PATH_INFO": chosen[2] or "/"}
        return application(environ, start_response)

    return read
