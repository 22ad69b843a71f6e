"""A file that was made, as a response: whole or a part of it, checked by its digest."""

from __future__ import annotations

import base64
import re
from contextlib import ExitStack
from typing import Any, Protocol

from flask import Response, abort, request
from werkzeug.wsgi import FileWrapper

from mieco.making.maker import Made
from mieco.making.shelf import Kept
from mieco.web.protocol import cancellation, deadline
from mieco.web.service import service

_PIECE = 1 << 18
# One range of bytes (RFC 9110 §14.1.2).  What is anything else may be passed over (§14.2), and a
# range of another unit must be.
_RANGE = re.compile(r"(?ai:bytes)=([0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18})\s*", re.ASCII)


class NamedFile(Made, Protocol):
    """A file that can be made, and what it is to who fetches it."""

    @property
    def name(self) -> str: ...

    @property
    def media_type(self) -> str: ...


def respond_file(made: NamedFile) -> Response:
    """The file, made if need be.  Raises what Maker.get raises."""
    kept = service().maker.get(made, seconds=deadline(), cancellation=cancellation())
    return respond_kept(kept, made.media_type, made.name)


def respond_kept(kept: Kept, media_type: str, name: str, cache: str = "no-cache") -> Response:
    """A file that is open, to be kept under a name; it is closed when it has been sent."""
    with ExitStack() as failing:
        failing.callback(kept.file.close)
        response = Response(
            FileWrapper(kept.file, _PIECE), content_type=media_type, direct_passthrough=True
        )
        response.content_length = kept.size
        response.set_etag(kept.sha256)
        response.headers["Cache-Control"] = cache
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        # RFC 9530 §3: of the whole file, whichever part is sent.
        digest = base64.b64encode(bytes.fromhex(kept.sha256)).decode()
        response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
        if request.if_match and kept.sha256 not in request.if_match:
            abort(412)
        response.make_conditional(
            _conditions(kept.size), accept_ranges=True, complete_length=kept.size
        )
        failing.pop_all()
    response.call_on_close(kept.file.close)
    return response


def _conditions(size: int) -> dict[str, Any]:
    """The request, with a Range only where one is to be heeded; If-Match has been looked at.

    Ranges are defined for GET (RFC 9110 §14.2), and are looked at after If-None-Match (§13.2.2);
    a weak tag in If-Range never matches (§13.1.5).
    """
    environ = dict(request.environ)
    environ.pop("HTTP_IF_MATCH", None)
    heeded = request.method == "GET" and not request.if_none_match
    weak = environ.get("HTTP_IF_RANGE", "").lstrip().startswith("W/")
    asked = _RANGE.fullmatch(environ.get("HTTP_RANGE", ""))
    if not heeded or weak or not asked:
        environ.pop("HTTP_RANGE", None)
    elif asked[1].startswith("-") and int(asked[1][1:]) > size:
        environ["HTTP_RANGE"] = "bytes=0-"  # of a shorter file all is meant (§14.1.2)
    return environ
