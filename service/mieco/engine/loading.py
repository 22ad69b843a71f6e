"""A release in the memory of this process, in every way in which queries see it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from mieco.engine.labels import labels_of
from mieco.engine.sizes import sizes_of
from mieco.engine.snapshot import manifest_of
from mieco.engine.views import MOST_UNITED, Stores, asserted_graphs
from mieco.terms import INFERRED_GRAPH, SHAPES_GRAPH, UNNAMED_GRAPH

_SHAPES, _UNNAMED = NamedNode(SHAPES_GRAPH), NamedNode(UNNAMED_GRAPH)
_ONLY_INFERRED = frozenset({NamedNode(INFERRED_GRAPH)})
# Writes a snapshot as N-Quads, but for the graphs that are left out.
_Dump = Callable[[Store, BinaryIO, frozenset[NamedNode]], None]


def loaded(release: Path, *, strict: bool, rewrite: bool) -> Stores:
    """The stores of a release: ``strict`` keeps the plain default graph for foreign queries.

    Raises OSError, ValueError or SyntaxError for a release that cannot be read.
    """
    merged = merged_store(release)
    foreign = _load(release, Store, _dump_plain) if strict else merged
    manifest = manifest_of(release)
    quads = len(merged)
    disjoint = is_disjoint(quads, manifest)
    asserted = (
        merged_store(release, inferred=False) if wants_asserted(merged, disjoint=disjoint) else None
    )
    sizes = None
    if rewrite:
        sizes = replace(sizes_of(release, manifest, merged), labels=labels_of(merged))
    return Stores(merged, foreign, asserted, disjoint, quads, sizes)


def is_disjoint(quads: int, manifest: Mapping[str, Any]) -> bool:
    """Whether no triple of a release stands in two graphs, the shapes aside.

    ``quads`` is the size of its merged store.
    """
    # The merged store has each triple in its graph and once more in the default graph, where
    # the shapes are not: it is smaller than that exactly if a triple stands in two graphs.
    shapes = manifest["graphs"].get(SHAPES_GRAPH, 0)
    return quads == 2 * int(manifest["triples"]) - int(shapes)


def wants_asserted(merged: Store, *, disjoint: bool) -> bool:
    """Whether the union of the asserted graphs is not good enough for queries."""
    return not disjoint or len(asserted_graphs(merged)) > MOST_UNITED


def merged_store(
    release: Path, opened: Callable[[], Store] = Store, *, inferred: bool = True
) -> Store:
    """A release's dataset with or without what is inferred, in memory or in another new store.

    Its default graph is the merged *set* of all graphs but the shapes, so that a triple which
    stands in several graphs counts once.  Raises OSError if the snapshot cannot be read.
    """
    return _load(release, opened, _dump_merged, frozenset() if inferred else _ONLY_INFERRED)


def _load(
    release: Path,
    opened: Callable[[], Store],
    dump: _Dump,
    left_out: frozenset[NamedNode] = frozenset(),
) -> Store:
    """A new store of a release's dataset, its quads as ``dump`` writes them.

    RocksDB keeps threads of its own, which must not live in a process that forks: a child reads
    the snapshot and pipes it over.
    """
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(read_end)
            with os.fdopen(write_end, "wb") as out:
                dump(Store.read_only(str(release / "store")), out, left_out)
            status = 0
        finally:
            os._exit(status)
    os.close(write_end)
    store = opened()
    with os.fdopen(read_end, "rb") as quads:
        # One document, so that a blank node is the same in each of its graphs.
        store.bulk_load(quads, format=RdfFormat.N_QUADS)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
        raise OSError("the snapshot cannot be read")
    # N-Quads cannot say that a graph is there but empty; the manifest can.
    for graph in {NamedNode(iri) for iri in manifest_of(release)["graphs"]} - left_out:
        store.add_graph(graph)
    return store


def _dump_plain(snapshot: Store, out: BinaryIO, _left_out: frozenset[NamedNode]) -> None:
    snapshot.dump(out, RdfFormat.N_QUADS)


def _dump_merged(snapshot: Store, out: BinaryIO, left_out: frozenset[NamedNode]) -> None:
    """Every graph but the shapes as itself and as a part of the default one."""
    named = [graph for graph in snapshot.named_graphs() if graph not in left_out]
    for graph in (DefaultGraph(), *named):
        iri = _UNNAMED if graph == DefaultGraph() else graph
        lines = _Lines(out, f" {iri} .\n".encode(), merged=graph != _SHAPES)
        snapshot.dump(cast("BinaryIO", lines), RdfFormat.N_TRIPLES, from_graph=graph)


class _Lines:
    """A file of N-Triples that writes them into a graph, and as they are if ``merged``."""

    def __init__(self, out: BinaryIO, end: bytes, *, merged: bool) -> None:
        self._out = out
        self._end = end
        self._merged = merged
        self._rest = b""

    def write(self, text: bytes) -> int:
        whole, feed, rest = text.rpartition(b"\n")
        if feed:
            # In N-Triples " ." ends a line and nothing else: a line feed in a literal is escaped.
            lines = self._rest + whole + feed
            self._out.write(lines.replace(b" .\n", self._end))
            if self._merged:
                self._out.write(lines)
            self._rest = rest
        else:
            self._rest += rest
        return len(text)

    def flush(self) -> None:
        """Nothing: the last line ends as all do."""
