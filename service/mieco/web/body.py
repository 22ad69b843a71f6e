"""What the body of a request may be: how large, in which coding.  Checked before any view."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import Flask, request

from mieco.access.holders import Holders
from mieco.errors import BadRequest, MiecoError, Text, UnsupportedMediaType
from mieco.settings import Settings
from mieco.web.access import bearer
from mieco.web.environ import FAULT
from mieco.web.language_path import without_language
from mieco.web.place import prefix_of, without_prefix
from mieco.web.session import holder_of, person

_IMPORT = "/import"
_WRITING = ("/graphs", "/update", _IMPORT)
# A form writes a byte as %XX at most.
_FORM_GROWTH = 3
# Beside the text a form has the names of graphs and other parameters.
_OTHER_PARAMETERS = 1 << 16


class BodyRule(NamedTuple):
    """The largest body, in bytes, and whether it changes the data: then no part may pass."""

    limit: int
    changes: bool


def body_rules(settings: Settings, holders: Holders) -> Callable[[str, str, str, str], BodyRule]:
    """(method, path, Authorization, Cookie) → what the body may be.

    Only the holder of a token may send much, or change anything.
    """
    prefix = prefix_of(settings)
    small = _FORM_GROWTH * (settings.max_query << 10) + _OTHER_PARAMETERS

    def rule(method: str, path: str, authorization: str, cookies: str) -> BodyRule:
        path = without_language(without_prefix(path, prefix))
        writing = path.startswith(_WRITING) and method in ("POST", "PUT")
        if writing and _is_holder(holders, authorization, cookies if _imports(path) else ""):
            return BodyRule(settings.max_upload << 20, changes=True)
        return BodyRule(small, changes=False)

    return rule


def _imports(path: str) -> bool:
    return path.startswith(_IMPORT)


def _is_holder(holders: Holders, authorization: str, cookies: str) -> bool:
    try:
        return bool(holders.by_authorization(authorization) or holder_of(holders, cookies))
    except MiecoError:  # which the view will raise again
        return False


def init_app(app: Flask, settings: Settings, holders: Holders) -> None:
    """Refuses what was found at fault before Flask, and a body that cannot be read here."""
    rule = body_rules(settings, holders)

    def check() -> None:
        fault = request.environ.get(FAULT)
        if isinstance(fault, Exception):
            if request.path.startswith(_WRITING) and request.method in ("POST", "PUT"):
                # Whoever has no token has that to mend first; the limit is another with one.
                person("contributor") if _imports(request.path) else bearer("contributor")
            raise fault
        authorization = request.headers.get("Authorization", "")
        cookies = request.headers.get("Cookie", "")
        allowed = rule(request.method, request.path, authorization, cookies)
        request.max_content_length = allowed.limit
        coding = request.headers.get("Content-Encoding", "identity")
        if coding.lower() != "identity":
            raise UnsupportedMediaType(
                given=f"Content-Encoding: {coding}", offered="Content-Encoding: identity"
            )
        if "Content-Range" in request.headers:
            # RFC 9110 §14.5: else a part would be taken for the whole.
            raise BadRequest(
                reason=Text("这里不接受部分内容", "a part of a document cannot be put here")
            )

    app.before_request(check)
