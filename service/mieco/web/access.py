"""Who may write: the holder of the administrator's token."""

from __future__ import annotations

import hmac

from flask import request

from mieco.errors import ReadOnly, Text, Unauthorised, WritingDisabled
from mieco.settings import Settings
from mieco.web.service import service


def demand_writable() -> Settings:
    """The settings of a service that takes changes.  Raises ReadOnly or WritingDisabled."""
    settings = service().settings
    if settings.read_only:
        origin = service().releases.origin()
        todo = Text(
            "请在发布这些数据的服务上写入。", "Write to the service that publishes these data."
        )
        if origin:
            todo = Text(f"请在 {origin} 写入。", f"Write to {origin}.")
        raise ReadOnly(todo=todo)
    if not settings.token:
        raise WritingDisabled
    return settings


def require_writer() -> None:
    """Raises ReadOnly, WritingDisabled or Unauthorised unless the request may change the data.

    The token is a bearer token (RFC 6750 §2.1), compared in constant time.
    """
    settings = demand_writable()
    if not is_writer(settings, request.headers.get("Authorization", "")):
        raise Unauthorised


def is_writer(settings: Settings, authorization: str) -> bool:
    """Does an Authorization header show the token?"""
    scheme, _, given = authorization.partition(" ")
    shown = hmac.compare_digest(given.strip().encode(), settings.token.encode())
    return settings.takes_changes and scheme.lower() == "bearer" and shown
