"""An engine's answer to an HTTP response.

A small answer is complete before its first byte is sent, so it has a length, and a query
that fails gets its proper status.  A large one is sent while it grows: a thread takes it
from the worker as fast as it comes, and the client reads behind at its own pace; what it has
yet to read is in memory, and beyond a megabyte in a file.  Memory stays bounded, and a
slow reader holds no worker.  If the query then fails, or outgrows its limit, the connection is
broken: a cut answer never looks whole.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from flask import Response

from mieco.engine.base import Answer
from mieco.engine.cancellation import Cancellation
from mieco.errors import AnswerTooLarge
from mieco.scratch import scratch
from mieco.settings import Settings

# Up to this size an answer is complete before it is sent.
_HELD = 1 << 18
_PIECE = 1 << 18
# So much that a reader is behind with is kept in memory.
_IN_MEMORY = 1 << 20


def respond(
    answer: Answer,
    content_type: str,
    leave: ExitStack,
    cancellation: Cancellation,
    settings: Settings,
) -> Response:
    """The answer as a response; what is beyond ``max_answer`` megabytes is not sent.

    ``leave`` is closed when the engine is not needed any more.  Raises what the engine
    raises while the answer is small.
    """
    leave.callback(answer.close)
    held, whole = first_bytes(answer)
    if whole:
        leave.close()
        return Response(held, content_type=content_type)
    # Not in the system's own folder for temporary files, which may be in memory.
    spool = Spool(settings.max_answer << 20, scratch(settings))
    spool.write(held)
    threading.Thread(target=spool.fill, args=(answer.chunks, leave.pop_all()), daemon=True).start()
    response = Response(spool.read(), content_type=content_type)
    response.call_on_close(cancellation.cancel)
    response.call_on_close(spool.close)
    return response


def first_bytes(answer: Answer) -> tuple[bytes, bool]:
    """What is complete before it is sent, and whether that is all of the answer."""
    held = bytearray()
    for piece in answer.chunks:
        held += piece
        if len(held) > _HELD:
            return bytes(held), False
    return bytes(held), True


class Spool:
    """What one thread gives and another takes, in order.  At most ``limit`` bytes in all."""

    def __init__(self, limit: int, folder: Path) -> None:
        self._limit = limit
        self._length = 0
        # What is not read yet: the first of it in memory, the rest in the file, from one place
        # of it to another.
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed by close)
        self._start = self._end = 0
        self._changed = threading.Condition()
        self._ended = False
        self._closed = False
        self._error: BaseException | None = None

    def write(self, piece: bytes) -> None:
        """Adds a piece.  Raises AnswerTooLarge."""
        with self._changed:
            if self._length + len(piece) > self._limit:
                raise AnswerTooLarge(megabytes=self._limit >> 20)
            self._length += len(piece)
            if self._closed:
                return
            if self._start == self._end and self._held < _IN_MEMORY:
                self._pieces.append(piece)
                self._held += len(piece)
            else:
                os.pwrite(self._file.fileno(), piece, self._end)
                self._end += len(piece)
            self._changed.notify_all()

    def fill(self, pieces: Iterator[bytes], leave: ExitStack) -> None:
        """Adds all pieces; an error is kept for the reader.  ``leave`` is closed at the end."""
        try:
            with leave:
                for piece in pieces:
                    self.write(piece)
        except BaseException as error:  # noqa: BLE001 (the reader raises it)
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def read(self) -> Iterator[bytes]:
        """All bytes, as they come.  Raises what went wrong in filling, at the end."""
        while piece := self._next():
            yield piece
        if self._error is not None:
            raise self._error

    def _next(self) -> bytes:
        """The next bytes, once there are some; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self._start < self._end or self._ended)
            if self._pieces:
                piece = b"".join(self._pieces)
                self._pieces.clear()
                self._held = 0
                return piece
            size = min(_PIECE, self._end - self._start)
            piece = os.pread(self._file.fileno(), size, self._start)
            self._start += len(piece)
            if self._start == self._end:
                # The reader has caught up: the file begins anew.
                self._start = self._end = 0
            return piece

    def close(self) -> None:
        """Ends reading; what is still written goes nowhere."""
        with self._changed:
            self._closed = True
            self._pieces.clear()
            self._file.close()
