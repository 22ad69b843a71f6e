"""Who may import: the holder of the token, by bearer token or signed in with a browser.

The cookie holds no secret: a moment, signed with a key that is derived from the token, so
that another token signs everybody out.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from flask import Response, request
from itsdangerous import BadData, TimestampSigner
from werkzeug.http import parse_cookie

from mieco.errors import CrossOrigin, Unauthorised
from mieco.settings import Settings
from mieco.web.access import demand_writable, is_writer
from mieco.web.service import service

PATH = "/import"
_COOKIE = "mieco-import"
_SECONDS = 8 * 3600
_VALUE = "importer"
_SAFE = ("GET", "HEAD", "OPTIONS")


def require_importer() -> None:
    """Raises ReadOnly, WritingDisabled, Unauthorised or CrossOrigin unless it may import."""
    settings = demand_writable()
    if is_writer(settings, request.headers.get("Authorization", "")):
        return
    if not signed_in():
        raise Unauthorised
    # A bearer token is sent on purpose; a cookie the browser adds to whatever a page sends.
    if request.method not in _SAFE and not _same_origin():
        raise CrossOrigin


def signed_in() -> bool:
    """Does the request carry a cookie that :func:`sign_in` gave?"""
    return is_signed_in(service().settings, request.headers.get("Cookie", ""))


def is_signed_in(settings: Settings, cookies: str) -> bool:
    """Does a Cookie header show that its sender has signed in, not too long ago?"""
    given = parse_cookie(cookies).get(_COOKIE, "")
    if not settings.takes_changes or not given:
        return False
    try:
        return _signer(settings).unsign(given, max_age=_SECONDS) == _VALUE.encode()
    except BadData:
        return False


def sign_in(response: Response, given: str) -> Response:
    """The response with the cookie, for who gives the token.

    Raises ReadOnly, WritingDisabled or Unauthorised.
    """
    settings = demand_writable()
    if not hmac.compare_digest(given.strip().encode(), settings.token.encode()):
        raise Unauthorised
    response.set_cookie(
        _COOKIE,
        _signer(settings).sign(_VALUE).decode(),
        max_age=_SECONDS,
        path=f"{request.script_root}/",
        # A server that ends TLS before us is seen by the browser's word only.
        secure=request.is_secure or request.headers.get("Origin", "").startswith("https:"),
        httponly=True,
        samesite="Strict",
    )
    return response


def sign_out(response: Response) -> Response:
    """The response, which takes the cookie away."""
    response.delete_cookie(
        _COOKIE, path=f"{request.script_root}/", httponly=True, samesite="Strict"
    )
    return response


def _signer(settings: Settings) -> TimestampSigner:
    return TimestampSigner(settings.token, salt="mieco.import", digest_method=hashlib.sha256)


def _same_origin() -> bool:
    """Was the request sent by a page of this service (Fetch Metadata; RFC 6454 §7)?

    Browsers send Sec-Fetch-Site over https; Origin with every POST.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host
