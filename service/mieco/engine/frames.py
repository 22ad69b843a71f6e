"""The frames that engine and worker exchange over a stream socket.

A frame is one tag byte, the length of its body in four bytes (big-endian) and the body.

    engine → worker   Q  a query (JSON)                L  labels wanted (JSON)
    worker → engine   H  head of the answer (JSON)     D  a piece of the answer
                      E  end of the answer             X  an error instead (JSON)
                      S  texts to search for (JSON)
    engine → worker   F  what was found (JSON), the answer to S
"""

from __future__ import annotations

import socket
import struct

_HEAD = struct.Struct("!cI")
_READ = 1 << 18

QUERY, LABELS = b"Q", b"L"
HEAD, DATA, END, ERROR = b"H", b"D", b"E", b"X"
SEARCH, FOUND = b"S", b"F"


class ConnectionLost(Exception):
    """The other side is gone."""


def send(connection: socket.socket, tag: bytes, body: bytes = b"") -> None:
    """One frame, whole."""
    try:
        connection.sendall(_HEAD.pack(tag, len(body)) + body)
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
        body = bytes(self._read[_HEAD.size : end])
        del self._read[:end]
        return tag, body

    def _await(self, size: int) -> None:
        while len(self._read) < size:
            try:
                piece = self._connection.recv(_READ)
            except ConnectionResetError as lost:
                raise ConnectionLost from lost
            if not piece:
                raise ConnectionLost
            self._read += piece
