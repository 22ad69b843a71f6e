"""Who may use the pages that change something: by bearer token, or signed in with a browser.

The cookie holds no secret: the ids of a token and of the session, and a moment, signed with a key
of this service and of that token, so that a token which counts no more signs out whoever signed in
with it.  Of a session that was ended no copy counts.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from flask import Response, request
from itsdangerous import BadData, TimestampSigner
from werkzeug.http import parse_cookie

from mieco.access.grants import Role
from mieco.access.holders import Holder, Holders
from mieco.access.sessions import SESSION_SECONDS, new_session
from mieco.errors import CrossOrigin, Unauthorised
from mieco.web.access import demand_writable
from mieco.web.service import service

_COOKIE = "mieco-session"
_SAFE = ("GET", "HEAD", "OPTIONS")


def person(role: Role) -> Holder:
    """Who sends this request, by bearer token or cookie.

    Raises ReadOnly, WritingDisabled, Unauthorised, Forbidden or CrossOrigin.
    """
    demand_writable()
    holders = service().holders
    holder = holders.by_authorization(request.headers.get("Authorization", ""))
    if holder is None:
        holder = signed_in()
        if holder is None:
            raise Unauthorised
        # A bearer token is sent on purpose; a cookie the browser adds to whatever a page sends.
        demand_same_origin()
    holder.grant.demand(role)
    return holder


def signed_in() -> Holder | None:
    """Who has signed in with the browser that sends this request."""
    return holder_of(service().holders, request.headers.get("Cookie", ""))


def holder_of(holders: Holders, cookies: str) -> Holder | None:
    """Who has signed in, by a Cookie header, and not too long ago."""
    holder, _ = _session_of(holders, cookies)
    return holder


def _session_of(holders: Holders, cookies: str) -> tuple[Holder | None, str]:
    """Who has signed in, and the id of the session; nobody where it counts no more."""
    given = parse_cookie(cookies).get(_COOKIE, "")
    key, _, _ = given.partition(".")
    holder = holders.by_id(key) if given else None
    if holder is None:
        return None, ""
    try:
        signed = _signer(holders, holder).unsign(given, max_age=SESSION_SECONDS)
    except BadData:
        return None, ""
    _, _, session = signed.decode().partition(".")
    return (None, "") if session in holders.ended_sessions else (holder, session)


def sign_in(response: Response, holder: Holder) -> Response:
    """The response with the cookie for a holder."""
    response.set_cookie(
        _COOKIE,
        _signer(service().holders, holder).sign(f"{holder.id}.{new_session()}").decode(),
        max_age=SESSION_SECONDS,
        path=f"{request.script_root}/",
        # A server that ends TLS before us is seen by the browser's word only.
        secure=request.is_secure or request.headers.get("Origin", "").startswith("https:"),
        httponly=True,
        samesite="Strict",
    )
    return response


def sign_out(response: Response) -> Response:
    """The response, which takes the cookie away; no copy of it counts from now on.

    Raises NotWritable.
    """
    holders = service().holders
    holder, session = _session_of(holders, request.headers.get("Cookie", ""))
    if holder:
        holders.ended_sessions.add(session)
    response.delete_cookie(
        _COOKIE, path=f"{request.script_root}/", httponly=True, samesite="Strict"
    )
    return response


def demand_same_origin() -> None:
    """Raises CrossOrigin for a request that may change something, from no page of this service.

    Browsers send Sec-Fetch-Site over https (Fetch Metadata), and Origin with every POST (RFC 6454
    §7).
    """
    if request.method in _SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        same = site == "same-origin"
    else:
        same = urlsplit(request.headers.get("Origin", "")).netloc == request.host
    if not same:
        raise CrossOrigin


def _signer(holders: Holders, holder: Holder) -> TimestampSigner:
    key = holders.signing_key() + holder.sha256.encode()
    return TimestampSigner(key, salt="mieco.session", digest_method=hashlib.sha256)
