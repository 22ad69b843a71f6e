"""The frames that engine and worker exchange over a stream socket.

A frame is one tag byte, the length of its body in four bytes (big-endian) and the body.

    engine → worker   Q  a query (JSON)                L  labels wanted (JSON)
    worker → engine   H  head of the answer (JSON)     D  a piece of the answer
                      E  end of the answer             X  an error instead (JSON)
                      S  texts to search for (JSON)
    engine → worker   F  what was found (JSON), the answer to S
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Sequence

_HEAD = struct.Struct("!cI")
_READ = 1 << 18

QUERY, LABELS = b"Q", b"L"
HEAD, DATA, END, ERROR = b"H", b"D", b"E", b"X"
SEARCH, FOUND = b"S", b"F"


class ConnectionLost(Exception):
    """The other side is gone."""


def frame(tag: bytes, body: bytes = b"") -> bytes:
    """One frame as it is sent."""
    return _HEAD.pack(tag, len(body)) + body


def in_pieces(tag: bytes, pieces: Sequence[bytes]) -> list[bytes]:
    """One frame, its body in pieces, to be sent one after the other; none for nothing."""
    length = sum(map(len, pieces))
    return [_HEAD.pack(tag, length), *pieces] if length else []


def send(connection: socket.socket, *frames: bytes) -> None:
    """Some frames, whole.  Raises ConnectionLost."""
    try:
        connection.sendall(b"".join(frames))
    except (BrokenPipeError, ConnectionResetError) as lost:
        raise ConnectionLost from lost


class Reader:
    """Frames as they come; what a timeout interrupts is kept for the next call."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._read = bytearray()

    def receive(self) -> tuple[bytes, bytes]:
        """(tag, body) of the next frame.

        Waits as long as the socket's timeout allows; raises TimeoutError, ConnectionLost.
        """
        self._await(_HEAD.size)
        tag, length = _HEAD.unpack_from(self._read)
        end = _HEAD.size + length
        self._await(end)
        with memoryview(self._read) as read:
            body = bytes(read[_HEAD.size : end])
        del self._read[:end]
        return tag, body

    @property
    def size(self) -> int:
        """The bytes that were taken and not received yet."""
        return len(self._read)

    @property
    def is_ready(self) -> bool:
        """Is there a whole frame, so that :meth:`receive` does not wait?"""
        if len(self._read) < _HEAD.size:
            return False
        _, length = _HEAD.unpack_from(self._read)
        return len(self._read) >= _HEAD.size + int(length)

    def look(self) -> bool:
        """Takes what has come to a socket that can be read; is all there that will come?

        The last frame of an answer is, or the other side is gone, as :meth:`receive` then says.
        """
        try:
            # Not recv, which with a timeout asks first whether it can be read.
            piece = os.read(self._connection.fileno(), _READ)
        except OSError:
            return True
        self._read += piece
        start = 0
        while piece and start + _HEAD.size <= len(self._read):
            tag, length = _HEAD.unpack_from(self._read, start)
            start += _HEAD.size + length
            if tag in (END, ERROR) and start <= len(self._read):
                return True
        return not piece

    def _await(self, size: int) -> None:
        while len(self._read) < size:
            try:
                piece = self._connection.recv(_READ)
            except ConnectionResetError as lost:
                raise ConnectionLost from lost
            if not piece:
                raise ConnectionLost
            self._read += piece
