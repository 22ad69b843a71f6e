"""The zygote: loads a release into memory once, then forks a worker on demand.

It evaluates nothing and stays single-threaded, so that a fork is cheap and safe.  The
engine that started it holds the other end of its control socket:

    zygote → engine   R + triples        the release is loaded      (once, at the start)
                      X                  it could not be loaded     (once, then the end)
    engine → zygote   F + a descriptor   fork a worker that serves this socket
    zygote → engine   P + process id     the answer to F (0: there is no room for one)
    engine → zygote   K + process id     kill that worker
    engine → zygote   S + process id     serve that worker after all others

When the control socket closes, the zygote kills its workers and ends.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import signal
import socket
import struct
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store, serialize

from mieco.engine import worker
from mieco.engine.labels import labels_of
from mieco.engine.sandbox import end_with_parent
from mieco.engine.sizes import sizes_of
from mieco.engine.views import MOST_UNITED, Stores, asserted_graphs
from mieco.terms import INFERRED_GRAPH, SHAPES_GRAPH, UNNAMED_GRAPH

COMMAND = struct.Struct("!cQ")
LOADED, FAILED, FORK, FORKED, KILL, SLOW_DOWN = b"R", b"X", b"F", b"P", b"K", b"S"

_REAP_SECONDS = 0.5
_LAST_PRIORITY = 19  # setpriority(2)


def main(arguments: list[str]) -> None:
    """``python -m mieco.engine.zygote CONTROL-FD OPTIONS-JSON``."""
    control = socket.socket(fileno=int(arguments[0]))
    options = json.loads(arguments[1])
    try:
        strict = options["default_graph"] == "strict"
        stores = _stores(Path(options["release"]), strict=strict, rewrite=options["rewrite"])
    except (OSError, ValueError, SyntaxError) as error:
        sys.stderr.write(f"mieco engine: {error}\n")
        control.sendall(COMMAND.pack(FAILED, 0))
        return
    try:
        control.sendall(COMMAND.pack(LOADED, len(stores.merged)))
    except BrokenPipeError:
        return  # the engine ended meanwhile
    _Zygote(stores, control, options["worker_memory"]).run()


def _stores(release: Path, *, strict: bool, rewrite: bool) -> Stores:
    """The release for every way of seeing it.  Raises OSError, ValueError or SyntaxError."""
    merged = load(release, merge_default=True)
    foreign = load(release, merge_default=False) if strict else merged
    # The merged store has each triple in its graph and once more in the default graph, where
    # the shapes are not: it is smaller than that exactly if a triple stands in two graphs.
    manifest = _manifest(release)
    disjoint = len(merged) == 2 * manifest["triples"] - manifest["graphs"].get(SHAPES_GRAPH, 0)
    asserted = None
    if not disjoint or len(asserted_graphs(merged)) > MOST_UNITED:
        asserted = load(release, merge_default=True, inferred=False)
    sizes = None
    if rewrite:
        sizes = replace(sizes_of(release, manifest, merged), labels=labels_of(merged))
    return Stores(merged, foreign, asserted, disjoint, sizes)


def load(release: Path, *, merge_default: bool, inferred: bool = True) -> Store:
    """A release's dataset in memory, with or without what is inferred.

    With ``merge_default`` its default graph is the merged *set* of all graphs but the
    shapes, so that a triple which stands in several graphs counts once.

    Raises OSError if the snapshot cannot be read.
    """
    left_out = set() if inferred else {NamedNode(INFERRED_GRAPH)}
    # RocksDB keeps threads of its own, which must not live in a process that forks: a
    # child reads the snapshot and pipes it over as N-Quads.
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(read_end)
            with os.fdopen(write_end, "wb") as out:
                snapshot = Store.read_only(str(release / "store"))
                _dump(snapshot, out, left_out, merge_default=merge_default)
            status = 0
        finally:
            os._exit(status)
    os.close(write_end)
    store = Store()
    with os.fdopen(read_end, "rb") as quads:
        store.bulk_load(quads, format=RdfFormat.N_QUADS)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
        raise OSError("the snapshot cannot be read")
    # N-Quads cannot say that a graph is there but empty; the manifest can.
    for graph in {NamedNode(iri) for iri in _manifest(release)["graphs"]} - left_out:
        store.add_graph(graph)
    return store


def _manifest(release: Path) -> Any:
    return json.loads((release / "manifest.json").read_text(encoding="utf-8"))


def _dump(store: Store, out: BinaryIO, left_out: set[NamedNode], *, merge_default: bool) -> None:
    # One document, so that a blank node is the same in its graph and in the merged one.
    # A line of N-Triples is a line of N-Quads in the default graph.
    if left_out:
        kept = (quad for quad in store if quad.graph_name not in left_out)
        serialize(kept, out, RdfFormat.N_QUADS)
    else:
        store.dump(out, RdfFormat.N_QUADS)
    if merge_default:
        unnamed = io.BytesIO()
        store.dump(unnamed, RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
        # In N-Triples " ." ends a line and nothing else: a line feed in a literal is escaped.
        out.write(unnamed.getvalue().replace(b" .\n", f" <{UNNAMED_GRAPH}> .\n".encode()))
        for graph in store.named_graphs():
            if graph not in {NamedNode(SHAPES_GRAPH), *left_out}:
                store.dump(out, RdfFormat.N_TRIPLES, from_graph=graph)


class _Zygote:
    def __init__(self, stores: Stores, control: socket.socket, worker_memory: int) -> None:
        self._stores = stores
        self._control = control
        self._worker_memory = worker_memory
        self._workers: set[int] = set()

    def run(self) -> None:
        try:
            while True:
                ready, _, _ = select.select([self._control], [], [], _REAP_SECONDS)
                self._reap()
                if ready and not self._obey():
                    return
        except ConnectionError:
            # Who asked for a worker has ended meanwhile: there is nobody to serve any more.
            return
        finally:
            for process in self._workers:
                os.kill(process, signal.SIGKILL)

    def _obey(self) -> bool:
        command, descriptors, _, _ = socket.recv_fds(self._control, COMMAND.size, 1)
        if not command:
            return False
        tag, process = COMMAND.unpack(command)
        if tag == FORK:
            self._control.sendall(COMMAND.pack(FORKED, self._fork(descriptors[0])))
        elif tag == KILL and process in self._workers:
            # Not reaped yet, so the number cannot belong to another process by now.
            os.kill(process, signal.SIGKILL)
        elif tag == SLOW_DOWN and process in self._workers:
            _serve_last(process)
        return True

    def _fork(self, descriptor: int) -> int:
        """The process id of a new worker; 0 if the system has no room for one."""
        zygote = os.getpid()
        try:
            process = os.fork()
        except OSError:
            os.close(descriptor)
            return 0
        if process == 0:
            try:
                # A runaway query must not outlive a zygote that was killed.
                end_with_parent(zygote)
                self._control.close()
                worker.run(self._stores, socket.socket(fileno=descriptor), self._worker_memory)
            finally:
                os._exit(0)
        os.close(descriptor)
        self._workers.add(process)
        return process

    def _reap(self) -> None:
        for process in list(self._workers):
            if os.waitpid(process, os.WNOHANG)[0]:
                self._workers.discard(process)


def _serve_last(process: int) -> None:
    """Lets a process run with what others leave of the processors."""
    # SCHED_IDLE sounds better and is worse: small lookups beside it took four times as long
    # at the 99th percentile (Linux 6.18).
    threads = [process]
    if sys.platform == "linux":
        # setpriority(2), bugs: on Linux it is a thread that has a priority.
        with contextlib.suppress(OSError):
            threads = [int(path.name) for path in Path(f"/proc/{process}/task").iterdir()]
    for thread in threads:
        with contextlib.suppress(OSError):  # it has just ended
            os.setpriority(os.PRIO_PROCESS, thread, _LAST_PRIORITY)


if __name__ == "__main__":
    main(sys.argv[1:])
