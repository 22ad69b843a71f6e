"""A worker: takes one job at a time from its socket, evaluates it, writes the answer back.

It is a fork of the zygote, shares the loaded release with it, and may be killed at any
moment, because a running query cannot be stopped otherwise.  Before its first job it
gives up what no query may use: new file descriptors (so SERVICE reaches no host and
nothing opens a file), core dumps, and memory beyond its limit.
"""

from __future__ import annotations

import json
import resource
import socket
import threading
from collections.abc import Iterator, Mapping
from typing import IO, Any, NamedTuple, cast

from pyoxigraph import (
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Variable,
    serialize,
)

from mieco.engine import frames
from mieco.engine.base import Term, from_wire
from mieco.engine.sandbox import limit_memory
from mieco.terms import PREFIXES, RDFS_LABEL

_CHUNK = 1 << 16
# Deeply nested queries recurse in the parser; address space costs nothing until used.
_STACK = 256 << 20


class Stores(NamedTuple):
    """The release in memory: with the merged default graph, and as foreign queries see it."""

    merged: Store
    foreign: Store


def run(stores: Stores, connection: socket.socket, memory_mb: int) -> None:
    """Serves one engine connection until it closes; returns then.

    The work is done in a thread of its own: a fork inherits the random state of the
    zygote's thread, so that UUID() and RAND() would repeat in every worker, while a new
    thread draws fresh state.  The thread also gets the deep stack.
    """
    threading.stack_size(_STACK)
    thread = threading.Thread(target=_serve, args=(stores, connection, memory_mb))
    thread.start()
    thread.join()


def _serve(stores: Stores, connection: socket.socket, memory_mb: int) -> None:
    _give_up_privileges(memory_mb)
    while True:
        try:
            tag, body = frames.receive(connection)
            if tag == frames.QUERY:
                job = json.loads(body)
                store = stores.foreign if job["foreign"] else stores.merged
                _answer_query(store, connection, job)
            elif tag == frames.LABELS:
                _answer_labels(stores.merged, connection, json.loads(body))
        except frames.ConnectionLost:
            return


def _give_up_privileges(memory_mb: int) -> None:
    limit_memory(memory_mb)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


class _Sink:
    """A binary file that cuts what it is given into frames."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def write(self, data: bytes) -> int:
        self._buffer += data
        if len(self._buffer) >= _CHUNK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        if self._buffer:
            frames.send(self._connection, frames.DATA, bytes(self._buffer))
            self._buffer.clear()


def _answer_query(store: Store, connection: socket.socket, job: Mapping[str, Any]) -> None:
    try:
        results = store.query(
            job["text"],
            default_graph=_nodes(job["default_graphs"]),
            named_graphs=_nodes(job["named_graphs"]),
            substitutions={
                Variable(name): from_wire(term) for name, term in job["bindings"].items()
            },
        )
        _write_results(results, connection, job)
    except SyntaxError as error:
        _send_error(connection, "syntax", str(error))
    except (OSError, ValueError, RuntimeError) as error:
        _send_error(connection, "evaluation", str(error))


def _write_results(
    results: QuerySolutions | QueryBoolean | QueryTriples,
    connection: socket.socket,
    job: Mapping[str, Any],
) -> None:
    if isinstance(results, QueryTriples):
        kind, media_type = "graph", job["graph"]
    else:
        kind = "boolean" if isinstance(results, QueryBoolean) else "solutions"
        media_type = job["solutions"]
    if media_type is None:
        _send_error(connection, "not-acceptable", kind)
        return
    frames.send(
        connection, frames.HEAD, json.dumps({"kind": kind, "media_type": media_type}).encode()
    )
    sink = cast("IO[bytes]", _Sink(connection))
    if isinstance(results, QueryTriples):
        form = RdfFormat.from_media_type(media_type)
        serialize(results, sink, form, prefixes=PREFIXES if _takes_prefixes(form) else None)
    else:
        results.serialize(sink, QueryResultsFormat.from_media_type(media_type))
    sink.flush()
    frames.send(connection, frames.END)


def _takes_prefixes(form: RdfFormat | None) -> bool:
    return form in (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.RDF_XML)


def _answer_labels(store: Store, connection: socket.socket, job: Mapping[str, Any]) -> None:
    found: dict[str, tuple[str, str]] = {}
    order = [job["language"], "zh", "en"]
    for iri in job["iris"]:
        labels = {
            label.language or "": label.value
            for label in _objects(store, NamedNode(iri), NamedNode(RDFS_LABEL))
            if isinstance(label, Literal)
        }
        if labels:
            language = next((tag for tag in order if tag in labels), min(labels))
            found[iri] = (labels[language], language)
    frames.send(connection, frames.HEAD, b"{}")
    frames.send(connection, frames.DATA, json.dumps(found).encode())
    frames.send(connection, frames.END)


def _objects(store: Store, subject: NamedNode, predicate: NamedNode) -> Iterator[Term]:
    return (quad.object for quad in store.quads_for_pattern(subject, predicate, None))


def _nodes(iris: list[str] | None) -> list[Any] | None:
    # list is invariant, and pyoxigraph's own signatures ask for wider ones.
    return None if iris is None else [NamedNode(iri) for iri in iris]


def _send_error(connection: socket.socket, what: str, detail: str) -> None:
    body = json.dumps({"what": what, "detail": detail}).encode()
    frames.send(connection, frames.ERROR, body)
