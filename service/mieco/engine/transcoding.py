"""Answers of another engine in the format that was asked for, piece by piece as they come."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from typing import IO, Final, cast

from pyoxigraph import (
    Literal,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    parse,
    parse_query_results,
    serialize,
)

from mieco.engine.base import JSON_RESULTS, Kind, Pieces
from mieco.engine.canonical import as_json, canonical_triple
from mieco.errors import EngineFailed, MiecoError, Text
from mieco.present.formats import N_TRIPLES
from mieco.terms import PREFIXES

# What engines are asked for where the format that is wanted is not one that they write.
READ_SOLUTIONS: Final = f"{JSON_RESULTS}, application/sparql-results+xml;q=0.8"
READ_GRAPH: Final = f"{N_TRIPLES}, text/turtle;q=0.8, application/rdf+xml;q=0.5"
# Some call these by other names.
_ALIASES: Final = {
    "application/json": JSON_RESULTS,
    "application/xml": "application/sparql-results+xml",
    "text/plain": N_TRIPLES,
    "application/x-turtle": "text/turtle",
    "text/rdf+n3": "text/turtle",
}
_ENDS: Final = {
    JSON_RESULTS: b"}",
    "application/sparql-results+xml": b">",
    "application/rdf+xml": b">",
}
_CHUNK = 1 << 16
# So many pieces wait for a reader that is behind.
_WAITING = 4


def usual_name(media_type: str) -> str:
    """The media type of a format by its own name."""
    return _ALIASES.get(media_type, media_type)


def has_its_own_end(media_type: str) -> bool:
    """Can a whole document be told from the beginning of one?"""
    return media_type in _ENDS


def whole(chunks: Iterator[bytes], media_type: str, engine: str) -> Iterator[bytes]:
    """The same chunks.  Raises EngineFailed after the last, if that cannot be the end."""
    end, last = _ENDS.get(media_type), b""
    for chunk in chunks:
        if tail := chunk.rstrip():
            last = tail[-1:]
        yield chunk
    if end is not None and last != end:
        raise EngineFailed(engine=engine, reason=_CUT)


_CUT = Text("回答不完整", "its answer is not whole")
_UNREADABLE = Text("回答读不懂", "its answer cannot be read")


def is_readable(media_type: str) -> bool:
    """Is it a format of solutions or graphs?"""
    return bool(
        QueryResultsFormat.from_media_type(media_type) or RdfFormat.from_media_type(media_type)
    )


def as_boolean(results: object) -> QueryBoolean | None:
    """The answer to ASK; Virtuoso 7.2 gives it as a row.  ``None`` for what is none."""
    if isinstance(results, QueryBoolean):
        return results
    if not isinstance(results, QuerySolutions):
        return None
    row = next(results, None)
    term = row[0] if row is not None else None
    truth = isinstance(term, Literal) and term.value not in ("0", "false")
    told = parse_query_results(_BOOLEANS[truth], format=QueryResultsFormat.JSON)
    return told if isinstance(told, QueryBoolean) else None


_BOOLEANS = (b'{"head":{},"boolean":false}', b'{"head":{},"boolean":true}')


def transcoded(
    chunks: Iterator[bytes], kind: Kind, read: str, written: str, engine: str
) -> tuple[Iterator[bytes], Callable[[], None]]:
    """An answer in the format ``written``, of one in the format ``read``; and how to leave it.

    Memory is bounded: a thread reads as far as its reader follows.  Iterating raises EngineFailed
    for what cannot be read, and what reading raises.
    """
    work = _Transcoding(chunks, kind, read, written, engine)
    return work.pieces(), work.leave


class _Left(Exception):
    """Nobody reads on."""


class _Transcoding:
    """A thread that reads one format and writes the other."""

    def __init__(
        self, chunks: Iterator[bytes], kind: Kind, read: str, written: str, engine: str
    ) -> None:
        self._chunks = chunks
        self._kind = kind
        self._read, self._written = read, written
        self._engine = engine
        self._made: queue.Queue[bytes | BaseException | None] = queue.Queue(_WAITING)
        self._left = threading.Event()
        self._held: list[bytes] = []
        self._size = 0
        self._thread = threading.Thread(target=self._work, name="transcoding", daemon=True)
        self._thread.start()

    def pieces(self) -> Iterator[bytes]:
        """What is written."""
        while (made := self._made.get()) is not None:
            if isinstance(made, BaseException):
                raise made
            yield made

    def leave(self) -> None:
        """Ends the thread.  What it reads from must be closed before."""
        self._left.set()
        while self._thread.is_alive():
            with contextlib.suppress(queue.Empty):
                self._made.get(timeout=0.01)

    def write(self, data: bytes) -> int:
        """The file that the serialiser writes to."""
        self._held.append(data)
        self._size += len(data)
        if self._size >= _CHUNK:
            self.flush_held()
        return len(data)

    def flush(self) -> None:
        """Nothing: the serialiser says it when it ends, and more is to come."""

    def flush_held(self) -> None:
        """Hands over what was written."""
        if self._held:
            self._put(b"".join(self._held))
            self._held, self._size = [], 0

    def _put(self, made: bytes | BaseException | None) -> None:
        while not self._left.is_set():
            try:
                self._made.put(made, timeout=0.1)
            except queue.Full:
                continue
            return
        raise _Left

    def _work(self) -> None:
        last: BaseException | None = None
        try:
            self._transcode()
            self.flush_held()
        except _Left:
            return
        except MiecoError as error:
            # Its frames hold results, which may not leave this thread.
            last = error.with_traceback(None)
            last.__context__ = None
        except (SyntaxError, ValueError, OSError, RuntimeError):
            last = EngineFailed(engine=self._engine, reason=_UNREADABLE)
        try:
            if last is not None:
                self._put(last)
            self._put(None)
        except _Left:
            return

    def _transcode(self) -> None:
        source = cast("IO[bytes]", Pieces(self._chunks))
        sink = cast("IO[bytes]", self)
        if self._kind == "graph":
            written = RdfFormat.from_media_type(self._written)
            quads = parse(source, format=RdfFormat.from_media_type(self._read))
            triples = (canonical_triple(quad.triple) for quad in quads)
            prefixes = PREFIXES if written in _WITH_PREFIXES else None
            serialize(triples, sink, written, prefixes=prefixes)
            return
        results = parse_query_results(source, format=QueryResultsFormat.from_media_type(self._read))
        if self._kind == "boolean":
            told = as_boolean(results)
            results = results if told is None else told  # one that is false is one, too
        elif isinstance(results, QuerySolutions):
            canonical = cast("IO[bytes]", Pieces(as_json(results)))
            results = parse_query_results(canonical, format=QueryResultsFormat.JSON)
        results.serialize(sink, QueryResultsFormat.from_media_type(self._written))


_WITH_PREFIXES = (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.RDF_XML)
