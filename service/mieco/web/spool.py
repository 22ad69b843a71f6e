"""An engine's answer to an HTTP response of known length.

The bytes are spooled before the first is sent, so that a query which fails late still
gets its proper status, the length is announced (a cut is then visible to the client),
and a slow reader holds no worker.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

from flask import Response

from mieco.engine.base import Answer
from mieco.errors import AnswerTooLarge

_IN_MEMORY = 1 << 20
_PIECE = 1 << 16


def respond(answer: Answer, content_type: str, max_megabytes: int) -> Response:
    """The whole answer as a response.  Raises AnswerTooLarge, and what the engine raises."""
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    try:
        length = 0
        for piece in answer.chunks:
            length += len(piece)
            if length > max_megabytes << 20:
                raise AnswerTooLarge(megabytes=max_megabytes)
            spool.write(piece)
    except BaseException:
        spool.close()
        raise
    finally:
        answer.close()
    spool.seek(0)
    response = Response(_pieces(spool), content_type=content_type)
    response.content_length = length
    response.call_on_close(spool.close)
    return response


def _pieces(spool: IO[bytes]) -> Iterator[bytes]:
    while piece := spool.read(_PIECE):
        yield piece


def read_up_to(answer: Answer, limit: int) -> bytes | None:
    """All bytes of an answer, or ``None`` if there are more than ``limit``."""
    body = bytearray()
    try:
        for piece in answer.chunks:
            body += piece
            if len(body) > limit:
                return None
    finally:
        answer.close()
    return bytes(body)
