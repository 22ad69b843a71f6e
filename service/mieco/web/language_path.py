"""``/zh/…`` and ``/en/…``: every page at an address that chooses its language too.

What is there is what is at the address without it, and what leads on from there stays there.
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
# Content-Location names what was given, and Link what is elsewhere: they stay as they are.
_LEADING = "Location"
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


def without_language(path: str) -> str:
    """A path as the views know it."""
    chosen = _PATH.fullmatch(path)
    return (chosen[2] or "/") if chosen else path


def _reading(application: WSGI) -> WSGI:
    def read(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        chosen = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        if not chosen:
            return application(environ, start_response)
        environ = {**environ, _CHOSEN: chosen[1], "PATH_INFO": chosen[2] or "/"}
        root = environ.get("SCRIPT_NAME", "")
        whole = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST')}{root}"

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            staying = [
                (name, _in_language(value, chosen[1], root, whole) if name == _LEADING else value)
                for name, value in headers
            ]
            return start_response(status, staying, *error)

        return application(environ, start)

    return read


def _in_language(address: str, language: str, *roots: str) -> str:
    """The same address in a language, if it is below one of the roots."""
    for root in roots:
        rest = address.removeprefix(root)
        if address.startswith(root) and rest.startswith("/") and not rest.startswith("//"):
            return f"{root}/{language}{rest}"
    return address
