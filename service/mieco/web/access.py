"""Who may write: the holder of the administrator's token."""

from __future__ import annotations

import hmac

from flask import request

from mieco.errors import Unauthorised, WritingDisabled
from mieco.web.service import service


def require_writer() -> None:
    """Raises WritingDisabled or Unauthorised unless the request may change the data.

    The token is a bearer token (RFC 6750 §2.1), compared in constant time.
    """
    token = service().settings.token
    if not token:
        raise WritingDisabled
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(
        given.strip().encode(), token.encode()
    ):
        raise Unauthorised
