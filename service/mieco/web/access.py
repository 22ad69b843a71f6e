"""Who may write: the holder of the administrator's token."""

from __future__ import annotations

import hmac

from flask import request

from mieco.errors import Unauthorised, WritingDisabled
from mieco.settings import Settings
from mieco.web.service import service


def require_writer() -> None:
    """Raises WritingDisabled or Unauthorised unless the request may change the data.

    The token is a bearer token (RFC 6750 §2.1), compared in constant time.
    """
    settings = service().settings
    if not settings.token:
        raise WritingDisabled
    if not is_writer(settings, request.headers.get("Authorization", "")):
        raise Unauthorised


def is_writer(settings: Settings, authorization: str) -> bool:
    """Does an Authorization header show the token?"""
    scheme, _, given = authorization.partition(" ")
    shown = hmac.compare_digest(given.strip().encode(), settings.token.encode())
    return bool(settings.token) and scheme.lower() == "bearer" and shown
