"""A worker: takes one job at a time from its socket, evaluates it, writes the answer back.

It is a fork of the zygote, shares the loaded release with it, and may be killed at any
moment, because a running query cannot be stopped otherwise.  Before its first job it
gives up what no query may use: the network (Linux), new file descriptors (so nothing opens
a file or a socket anywhere; but a store on disk opens its own), core dumps, and memory beyond
its limit.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import IO, Any, cast

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

from mieco.engine import frames, searching
from mieco.engine.base import Remote, from_wire
from mieco.engine.explaining import Stopwatch, explanation
from mieco.engine.rewriting import Rewritten, begun, rewritten
from mieco.engine.sandbox import STACK, deny_network, limit_memory
from mieco.engine.service import prepared
from mieco.engine.substitution import values_clause
from mieco.engine.syntax import explain, explain_evaluation
from mieco.engine.views import Stores, View, view_of
from mieco.engine.vocabulary import unknown_terms
from mieco.error_reports import to_report
from mieco.errors import MiecoError, NotAcceptable, SearchMisused, Text
from mieco.present.formats import GRAPH_FORMATS, SOLUTION_FORMATS, names
from mieco.stores import Term, is_iri
from mieco.terms import PREFIXES, RDFS_LABEL

_CHUNK = 1 << 16

Results = QuerySolutions | QueryBoolean | QueryTriples


def run(stores: Stores, connection: socket.socket, memory_mb: int) -> None:
    """Serves one engine connection until it closes; returns then.

    The work is done in a thread of its own: a fork inherits the random state of the
    zygote's thread, so that UUID() and RAND() would repeat in every worker, while a new
    thread draws fresh state.  The thread also gets the deep stack.
    """
    threading.stack_size(STACK)
    thread = threading.Thread(target=_serve, args=(stores, connection, memory_mb))
    thread.start()
    thread.join()


def _serve(stores: Stores, connection: socket.socket, memory_mb: int) -> None:
    _give_up_privileges(memory_mb, opens_files=stores.on_disk)
    reader = frames.Reader(connection)
    while True:
        try:
            tag, body = reader.receive()
            if tag == frames.QUERY:
                ask = partial(_search, connection, reader)
                _answer_query(stores, connection, json.loads(body), ask)
            elif tag == frames.LABELS:
                _answer_labels(stores.merged, connection, json.loads(body))
        except frames.ConnectionLost:
            return
        except BaseException:  # noqa: BLE001 (MemoryError, a panic in the engine: the end)
            # The engine sees that the worker is lost; there is nothing else to tell.
            os._exit(1)


def _give_up_privileges(memory_mb: int, *, opens_files: bool) -> None:
    limit_memory(memory_mb)
    deny_network()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not opens_files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


class _Sink:
    """A binary file that cuts what it is given into frames, after a head.

    A small answer goes out as a whole, head and end included: the engine wakes once for it, and
    an error on the way comes in its place.
    """

    def __init__(self, connection: socket.socket, head: Mapping[str, Any]) -> None:
        self._connection = connection
        self._frames = [frames.frame(frames.HEAD, json.dumps(head).encode())]
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> int:
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= _CHUNK:
            self._send()
        return len(data)

    def flush(self) -> None:
        """Nothing: the serialiser says it when it ends, and more is to come."""

    def end(self) -> None:
        """Sends what there is, and that it is all."""
        self._send(frames.frame(frames.END))

    def _send(self, *last: bytes) -> None:
        if self._size < 2 * _CHUNK:
            self._frames += frames.in_pieces(frames.DATA, self._pieces)
        else:  # a single literal may be longer than any frame
            body = b"".join(self._pieces)
            for start in range(0, len(body), _CHUNK):
                self._frames += frames.in_pieces(frames.DATA, [body[start : start + _CHUNK]])
        self._pieces, self._size = [], 0
        frames.send(self._connection, *self._frames, *last)
        self._frames = []


def _answer_query(
    stores: Stores,
    connection: socket.socket,
    job: Mapping[str, Any],
    ask: Callable[[Sequence[searching.Sought]], list[list[searching.Found]]],
) -> None:
    try:
        watch = Stopwatch()
        remotes = {int(start): _remote(told) for start, told in job["remotes"].items()}
        values = {name: [*map(from_wire, each)] for name, each in job["values"].items()}
        asked = prepared(job["text"], remotes) + values_clause(values)
        text = _with_found(asked, job, ask)
        view = view_of(stores, job)
        watch.lap("prepare")
        rewriting = _rewritten(text, stores, view, job)
        watch.lap("rewrite")
        rewriting, results = _results(rewriting, text, asked, view, job)
        watch.lap("evaluate")
        if job["explain"]:
            head = {
                "kind": "explanation",
                "media_type": "application/json",
                "entailment": view.entailment,
                "unknown_terms": {},
            }
            _send_whole(connection, head, explanation(rewriting, view, results, watch))
            return
        # A hint costs a foreign query only; our own files are tested for it.
        unknown = unknown_terms(job["text"], stores.merged) if job["foreign"] else {}
        told = {"entailment": view.entailment, "unknown_terms": unknown}
        _write_results(results, connection, job, told)
    except MiecoError as error:
        _send_error(connection, error)
    except SyntaxError as error:
        _send_error(connection, explain(str(error), job["text"]))
    except (OSError, ValueError, RuntimeError) as error:
        _send_error(connection, explain_evaluation(str(error)))


def _with_found(
    asked: str,
    job: Mapping[str, Any],
    ask: Callable[[Sequence[searching.Sought]], list[list[searching.Found]]],
) -> str:
    try:
        return searching.with_found(asked, job["base"], job["bindings"], ask)
    except SearchMisused:
        # The engine says what is wrong with the text, if anything is.
        Store().query(asked, base_iri=job["base"])
        raise


def _search(
    connection: socket.socket, reader: frames.Reader, sought: Sequence[searching.Sought]
) -> list[list[searching.Found]]:
    """What the engine finds; nothing that it would have to open is open here."""
    frames.send(connection, frames.frame(frames.SEARCH, json.dumps(sought).encode()))
    _, body = reader.receive()
    return searching.from_wire(json.loads(body))


def _rewritten(text: str, stores: Stores, view: View, job: Mapping[str, Any]) -> Rewritten:
    """The text in words that cost less."""
    if stores.sizes is None or not job["rewrite"]:
        return Rewritten(text)
    if job["bindings"]:
        return begun(text, {name: str(from_wire(term)) for name, term in job["bindings"].items()})
    whole = view.store is stores.merged and view.default_graphs is None
    return rewritten(
        text, stores.sizes if whole else replace(stores.sizes, exact=False, closed=frozenset())
    )


def _results(
    rewriting: Rewritten, text: str, asked: str, view: View, job: Mapping[str, Any]
) -> tuple[Rewritten, Results]:
    """What a query gives, and in which words it does.

    ``text`` is the one ``asked`` with what was found for its search clauses.  Raises SyntaxError,
    whose place is one in the text that was asked wherever that has it.
    """
    try:
        return rewriting, _evaluate(rewriting.text, view, job)
    except SyntaxError:
        try:
            return Rewritten(text), _evaluate(text, view, job)
        except SyntaxError:
            if text != asked:
                _evaluate(asked, view, job)
            raise


def _evaluate(text: str, view: View, job: Mapping[str, Any]) -> Results:
    return view.store.query(
        text,
        base_iri=job["base"],
        default_graph=None if view.default_graphs is None else list(view.default_graphs),
        named_graphs=None if view.named_graphs is None else list(view.named_graphs),
        substitutions={Variable(name): from_wire(term) for name, term in job["bindings"].items()},
    )


def _remote(told: Mapping[str, Any]) -> Remote:
    error = Text(**told["error"]) if told["error"] else None
    return Remote(told["body"], told["media_type"], error, told["refused"])


def _write_results(
    results: Results,
    connection: socket.socket,
    job: Mapping[str, Any],
    told: Mapping[str, Any],
) -> None:
    if isinstance(results, QueryTriples):
        kind, media_type = "graph", job["graph"]
    else:
        kind = "boolean" if isinstance(results, QueryBoolean) else "solutions"
        media_type = job["solutions"]
    if media_type is None:
        formats = GRAPH_FORMATS if kind == "graph" else SOLUTION_FORMATS
        raise NotAcceptable(offered=names(formats))
    sink = _Sink(connection, {"kind": kind, "media_type": media_type, **told})
    out = cast("IO[bytes]", sink)
    if isinstance(results, QueryTriples):
        form = RdfFormat.from_media_type(media_type)
        serialize(results, out, form, prefixes=PREFIXES if _takes_prefixes(form) else None)
    else:
        results.serialize(out, QueryResultsFormat.from_media_type(media_type))
    sink.end()


def _takes_prefixes(form: RdfFormat | None) -> bool:
    return form in (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.RDF_XML)


def _answer_labels(store: Store, connection: socket.socket, job: Mapping[str, Any]) -> None:
    found: dict[str, tuple[str, str]] = {}
    order = [job["language"], "zh", "en"]
    for iri in filter(is_iri, job["iris"]):
        labels = {
            label.language or "": label.value
            for label in _objects(store, NamedNode(iri), NamedNode(RDFS_LABEL))
            if isinstance(label, Literal)
        }
        if labels:
            language = next((tag for tag in order if tag in labels), min(labels))
            found[iri] = (labels[language], language)
    _send_whole(connection, {}, json.dumps(found).encode())


def _objects(store: Store, subject: NamedNode, predicate: NamedNode) -> Iterator[Term]:
    return (quad.object for quad in store.quads_for_pattern(subject, predicate, None))


def _send_whole(connection: socket.socket, head: Mapping[str, Any], body: bytes) -> None:
    """An answer that is there already."""
    sink = _Sink(connection, head)
    sink.write(body)
    sink.end()


def _send_error(connection: socket.socket, error: MiecoError) -> None:
    report = json.dumps(to_report(error)).encode()
    frames.send(connection, frames.frame(frames.ERROR, report))
