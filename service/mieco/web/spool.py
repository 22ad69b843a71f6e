"""An engine's answer to an HTTP response.

A small answer is complete before its first byte is sent, so it has a length, and a query
that fails gets its proper status.  A large one is sent while it grows: a thread takes it
from the worker into a file as fast as it comes, and the client reads behind at its own
pace.  Memory stays bounded, and a slow reader holds no worker.  If the query then fails, or
outgrows its limit, the connection is broken: a cut answer never looks whole.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from flask import Response

from mieco.engine.base import Answer
from mieco.engine.cancellation import Cancellation
from mieco.errors import AnswerTooLarge
from mieco.settings import Settings

# Up to this size an answer is complete before it is sent.
_HELD = 1 << 18
_PIECE = 1 << 18


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
    # Beside the releases: the system's own folder for temporary files may be in memory.
    spool = Spool(settings.max_answer << 20, settings.data)
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
    """A file that one thread fills while another reads it.  At most ``limit`` bytes long."""

    def __init__(self, limit: int, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed by close)
        self._limit = limit
        self._length = 0
        self._changed = threading.Condition()
        self._ended = False
        self._closed = False
        self._error: BaseException | None = None

    def write(self, piece: bytes) -> None:
        """Adds a piece.  Raises AnswerTooLarge."""
        with self._changed:
            if self._length + len(piece) > self._limit:
                raise AnswerTooLarge(megabytes=self._limit >> 20)
            if not self._closed:
                os.pwrite(self._file.fileno(), piece, self._length)
            self._length += len(piece)
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
        place = 0
        while (there := self._beyond(place)) > place:
            while place < there:
                piece = os.pread(self._file.fileno(), min(_PIECE, there - place), place)
                place += len(piece)
                yield piece
        if self._error is not None:
            raise self._error

    def _beyond(self, place: int) -> int:
        """The length, once it is beyond a place or final."""
        with self._changed:
            self._changed.wait_for(lambda: self._length > place or self._ended)
            return self._length

    def close(self) -> None:
        """Ends reading; what is still written goes nowhere."""
        with self._changed:
            self._closed = True
            self._file.close()
