"""The statements of a graph as lines of N-Triples, one after the other, in constant memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import IO, cast

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, RdfFormat, Store

Graph = NamedNode | BlankNode | DefaultGraph
# Is told a line with its full stop and without its line feed.
Tell = Callable[[bytes], None]

_DIGEST = 16


def each_line(store: Store, graph: Graph, tell: Tell) -> None:
    """Tells every statement of a graph, in the order of the store."""
    lines = _Lines(tell)
    store.dump(cast("IO[bytes]", lines), RdfFormat.N_TRIPLES, from_graph=graph)


def digest(line: bytes) -> bytes:
    """Stands for a line among millions, in a tenth of its size."""
    return hashlib.blake2b(line, digest_size=_DIGEST).digest()


def may_be_blank(line: bytes) -> bool:
    """Whether a blank node may be in a line.  A literal can look like one."""
    return b"_:" in line


class _Lines:
    """A file that tells what is written to it line by line; a statement never holds a line feed."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._rest = b""

    def write(self, data: bytes) -> int:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._tell(line)
        return len(data)

    def flush(self) -> None:
        """Nothing waits: a dump ends with a line feed."""
