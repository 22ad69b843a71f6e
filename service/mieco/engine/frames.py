"""The frames that engine and worker exchange over a stream socket.

A frame is one tag byte, the length of its body in four bytes (big-endian) and the body.

    engine → worker   Q  a query (JSON)                L  labels wanted (JSON)
    worker → engine   H  head of the answer (JSON)     D  a piece of the answer
                      E  end of the answer             X  an error instead (JSON)
"""

from __future__ import annotations

import socket
import struct

_HEAD = struct.Struct("!cI")

QUERY, LABELS = b"Q", b"L"
HEAD, DATA, END, ERROR = b"H", b"D", b"E", b"X"


class ConnectionLost(Exception):
    """The other side is gone."""


def send(connection: socket.socket, tag: bytes, body: bytes = b"") -> None:
    """One frame, whole."""
    try:
        connection.sendall(_HEAD.pack(tag, len(body)) + body)
    except (BrokenPipeError, ConnectionResetError) as lost:
        raise ConnectionLost from lost


def receive(connection: socket.socket) -> tuple[bytes, bytes]:
    """(tag, body) of the next frame; waits as long as the socket's timeout allows."""
    tag, length = _HEAD.unpack(_exactly(connection, _HEAD.size))
    return tag, _exactly(connection, length)


def _exactly(connection: socket.socket, size: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < size:
        try:
            piece = connection.recv(min(size - len(pieces), 1 << 20))
        except ConnectionResetError as lost:
            raise ConnectionLost from lost
        if not piece:
            raise ConnectionLost
        pieces += piece
    return bytes(pieces)
