"""The body of a request, read within its limits of size and time before a thread is taken."""

from __future__ import annotations

import asyncio
from typing import IO

from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope  # type: ignore[attr-defined]

from mieco.errors import MiecoError, RequestTimeout, RequestTooLarge
from mieco.web.body import BodyRule

# The next bytes of a body must come within this time, and the whole of it within that one.
_IDLE_SECONDS = 10.0
_BODY_SECONDS = 300.0
# So much of a body that is too large is read and dropped, so that the client can read why.
_DRAINED = 8 << 20


def has_body(scope: Scope) -> bool:
    """Does a body come with the request?"""
    headers = scope.headers
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def receive(
    scope: Scope,
    protocol: HTTPProtocol,
    body: IO[bytes],
    gone: asyncio.Future[None],
    rule: BodyRule,
) -> MiecoError | None:
    """Reads the body; gives what is wrong with it, if anything is."""
    limit, changes = rule
    length = scope.headers.get("content-length")
    chunked = "transfer-encoding" in scope.headers
    if length is None and not chunked:
        return None
    too_large = RequestTooLarge(kilobytes=limit >> 10)
    if length is not None and int(length) > max(limit, _DRAINED):
        return too_large
    if chunked and changes:
        return await _receive_whole(protocol, body) or (too_large if body.tell() > limit else None)
    size = 0
    loop = asyncio.get_running_loop()
    latest = loop.time() + _BODY_SECONDS
    try:
        async with asyncio.timeout(_IDLE_SECONDS) as clock:
            async for piece in protocol:
                size += len(piece)
                if size > limit + _DRAINED:
                    break
                if size <= limit:
                    body.write(piece)
                clock.reschedule(min(latest, loop.time() + _IDLE_SECONDS))
    except TimeoutError:
        return RequestTimeout()
    if length is not None and size < int(length):
        await asyncio.wait({gone}, timeout=_IDLE_SECONDS)
        return RequestTimeout()
    return too_large if size > limit else None


async def _receive_whole(protocol: HTTPProtocol, body: IO[bytes]) -> MiecoError | None:
    """Reads a body of unknown length of which no part may pass for the whole.

    Piece by piece the server would end it in order even where it was cut off.  In one piece
    it is in memory, so this is for those who may change the data only.
    """
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body.write(await protocol())
    except (TimeoutError, ProtocolClosed):
        return RequestTimeout()
    return None
