"""Cross-origin reading and writing (Fetch §3.2): open to every page, for a bearer token too.

No credentials are allowed, and the cookie of ``/import`` counts for our own pages only
(session.py), so a page gains nothing by being opened in a browser that is signed in here.
"""

from __future__ import annotations

from flask import Flask, Response, request

_ASKED = (
    "Accept, Accept-Language, Authorization, Content-Type, If-Match, If-None-Match, If-Range, Range"
)
_SHOWN = (
    "Accept-Ranges, Allow, Content-Disposition, Content-Range, ETag, Link, Location,"
    " Mieco-Entailment, Mieco-Release, Mieco-Unknown-Terms, Repr-Digest, Retry-After"
)
_DAY = "86400"


def init_app(app: Flask) -> None:
    """Adds the headers to every answer, and what a preflight asks for."""
    app.after_request(_allow)


def _allow(response: Response) -> Response:
    response.headers.setdefault("Access-Control-Allow-Origin", "*")
    response.headers.setdefault("Access-Control-Expose-Headers", _SHOWN)
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = _ASKED
        response.headers["Access-Control-Max-Age"] = _DAY
    return response
