"""Where the service is reached: the address that the documents it serves have.

IRIs of things stay as they are; only documents are somewhere.  With ``MIECO_BASE`` the scheme,
the host and the path prefix of every request come from there, whether a reverse proxy strips the
prefix or passes it on, and whatever it says in Host.  Without it they are the request's own, and
an absolute address in an answer repeats the Host that was asked: a cache keeps answers by that
host too, since it is part of what was asked for (RFC 9110 §7.1), so no Vary is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from mieco.errors import BadRequest, BadSetting, Text
from mieco.present.language import LANGUAGES
from mieco.setting_checks import variable
from mieco.settings import Settings

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_PORTS = {"http": 80, "https": 443}


def init_app(app: Flask, settings: Settings) -> None:
    """Puts the application, whose views are all known, at its base.  Raises BadSetting."""
    check_prefix(app, settings)
    app.context_processor(lambda: {"here": here})
    app.before_request(demand_host)
    if settings.base:
        app.wsgi_app = _at(settings.base, app.wsgi_app)  # type: ignore[method-assign,assignment]


def check_prefix(app: Flask, settings: Settings) -> None:
    """Raises BadSetting for a base whose path begins like one of the application's own."""
    prefix = prefix_of(settings)
    if prefix and _is_own(app, prefix):
        raise BadSetting(
            name=variable("base"),
            value=settings.base,
            reason=Text(
                f"{prefix} 也是本服务自己的路径，分不清前缀有没有被去掉",
                f"{prefix} is a path of the service itself too, so that nobody could tell whether"
                " the prefix was stripped",
            ),
        )


def demand_host() -> None:
    """Raises BadRequest for a Host header that names no host (RFC 9112 §3.2)."""
    if "HTTP_HOST" in request.environ and not request.host:
        raise BadRequest(
            reason=Text("Host 头不是一个主机名", "the Host header does not name a host")
        )


def prefix_of(settings: Settings) -> str:
    """The path of the base without a slash at its end; empty where there is none."""
    return urlsplit(settings.base).path.rstrip("/")


def without_prefix(path: str, prefix: str) -> str:
    """A path as the views know it."""
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        return path[len(prefix) :] or "/"
    return path


def here(below: str = "") -> str:
    """The path of this request as a link to it is written; ``below`` a folder of the root."""
    path = request.root_path.rstrip("/") + below + request.path
    # Two slashes at the beginning would lead to another host (RFC 3986 §4.2).
    return "/" + quote(path, safe="/-._~!$&'()*+,;=:@").lstrip("/")


def _at(base: str, application: WSGI) -> WSGI:
    """The WSGI application as it is reached at a base."""
    parts = urlsplit(base)
    prefix, standard = parts.path.rstrip("/"), _PORTS[parts.scheme]
    port = parts.port or standard
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    place = {
        "wsgi.url_scheme": parts.scheme,
        "HTTP_HOST": host if port == standard else f"{host}:{port}",
        "SERVER_NAME": parts.hostname,
        "SERVER_PORT": str(port),
        "SCRIPT_NAME": prefix,
    }

    def placed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        # A server that mounts the application has taken its prefix away itself (PEP 3333).
        if not environ.get("SCRIPT_NAME"):
            path = without_prefix(path, prefix)
        return application({**environ, **place, "PATH_INFO": path}, start_response)

    return placed


def _is_own(app: Flask, prefix: str) -> bool:
    """Does a path of the service begin like the prefix?"""
    first = prefix.split("/")[1]
    if first in {*LANGUAGES, *(rule.rule.split("/")[1] for rule in app.url_map.iter_rules())}:
        return True
    try:
        app.url_map.bind("localhost").match(f"/{first}")
    except HTTPException as error:
        return error.code != 404  # noqa: PLR2004
    return True
