"""A release in the making: the current dataset, what is done to it, and what follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

from pyoxigraph import NamedNode, Quad, Store

from mieco import __version__
from mieco.delta import Delta, difference, keep_delta
from mieco.describe import Made, describe_release
from mieco.describe.keeping import keep, statistics_of
from mieco.describe.statistics import is_counted
from mieco.errors import Inconsistent
from mieco.inference import Inferred, infer
from mieco.manifest import Imported, Manifest
from mieco.progress import Progress
from mieco.reason.columns import Encoded
from mieco.releases import Release, Releases
from mieco.search.entries import NAMING, READ, READ_OF_NAMED
from mieco.search.index import index_names
from mieco.terms import CATALOGUE_GRAPH, INFERRED_GRAPH, ONTOLOGY_GRAPH

# From so many changed quads on, the store is put in order again, which takes a while.
MANY_QUADS = 100_000


def stage(
    releases: Releases,
    staging: Path,
    work: Callable[[Store, Encoded], Delta | None],
    imported: Mapping[str, Imported] = MappingProxyType({}),
    *,
    anew: bool = False,
    progress: Progress | None = None,
) -> tuple[Manifest, Inferred]:
    """Makes the staged dataset: the current one, what ``work`` does to it, what follows.

    ``work`` gives the change that it made, or ``None`` where it does not know all of it; what
    it reads into the columns that it is given, it changes no more.
    ``imported`` says of the graphs that it filled with batches where these come from.
    ``anew``: but for the dataset and its manifest, nothing of the current release is used.
    The store is closed when this returns, so that the folder can be moved.
    """
    progress = progress or Progress()
    snapshot = staging / "store"
    current = releases.current_if_any()
    kept = None if anew else current
    before = Store.read_only(str(current.store)) if current is not None else None
    if before is not None:
        before.backup(snapshot)  # hard links make the copy cheap
    store = Store(snapshot)
    encoded = Encoded(store)
    delta = work(store, encoded)
    number = releases.next_number()
    created = now()
    batches = {
        graph: batch
        for graph, batch in {**(current.manifest.batches if current else {}), **imported}.items()
        if store.contains_named_graph(NamedNode(graph))
    }
    # A dataset without our ontology is somebody's own: nothing is added to it.
    ours = store.contains_named_graph(NamedNode(ONTOLOGY_GRAPH))
    # The engine writes in a thread, which holds up nobody, while the rest is made.
    with ThreadPoolExecutor(1) as beside:
        if ours:
            progress.begin("inferring")
            inferred = infer(store, encoded, staging, kept, delta, beside=beside)
        else:
            inferred = _nothing_inferred(store)
        changes = (delta, inferred.delta)
        writing = [inferred.loading] if inferred.loading else []
        if delta is None or len(delta) > MANY_QUADS:
            writing.append(beside.submit(store.optimize))
        statistics = statistics_of(store, encoded, kept, before, changes)
        keep(statistics, staging)
        _index(store, encoded, staging, kept, changes, progress=progress)
        progress.begin("publishing")
        for each in writing:
            each.result()
    counts, described = statistics.triples(), Delta()
    if ours:
        parent = current.manifest.number if current else None
        made = Made(number, created, parent, inferred, batches)
        catalogue = set(describe_release(made, statistics, store, releases.address))
        described = replace_graph(store, NamedNode(CATALOGUE_GRAPH), catalogue)
        counts[CATALOGUE_GRAPH] = len(catalogue)
    store.flush()
    if current and delta is not None and inferred.delta is not None:
        keep_delta(delta | inferred.delta | described, staging, MANY_QUADS)
    manifest = Manifest(
        number=number,
        created=created,
        version=__version__,
        triples=counts.total(),
        graphs=dict(sorted((name, n) for name, n in counts.items() if name)),
        records={},
        inputs={},
        rules=inferred.rules,
        clashes=inferred.contradictions,
        before=current.manifest.number if current else None,
        batches=batches,
    )
    return manifest, inferred


def _nothing_inferred(store: Store) -> Inferred:
    """Removes what is made only beside our ontology."""
    stood = store.contains_named_graph(NamedNode(INFERRED_GRAPH))
    for graph in (CATALOGUE_GRAPH, INFERRED_GRAPH):
        store.remove_graph(NamedNode(graph))
    return Inferred(delta=None if stood else Delta())


def _index(
    store: Store,
    encoded: Encoded,
    staging: Path,
    current: Release | None,
    changes: Sequence[Delta | None],
    *,
    progress: Progress,
) -> None:
    """Makes the index of names; what is changed is read from the store, else what is encoded."""
    known = [change for change in changes if change is not None]
    changed = None
    if len(known) == len(changes) and sum(map(len, known)) <= MANY_QUADS:
        changed = [quad for change in known for quad in (*change.added, *change.removed)]
    before = current.folder if current else None
    index_names(
        store, staging, before, changed, whole=lambda: _names_in(encoded), progress=progress
    )


def _names_in(encoded: Encoded) -> Store:
    graphs = [graph for graph in encoded.graphs() if is_counted(graph)]
    return encoded.part(graphs, READ, NAMING, READ_OF_NAMED)


def now() -> str:
    """The time, as an xsd:dateTime in UTC."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def refuse_clashes(inferred: Inferred, *, accept: bool) -> None:
    """Raises Inconsistent for contradictions that are new, unless they are accepted."""
    if inferred.fresh and not accept:
        raise Inconsistent(clashes=inferred.fresh, first=inferred.clashes[0].account)


def replace_graph(store: Store, graph: NamedNode, quads: Iterable[Quad]) -> Delta:
    """Gives a graph its new content, and says what changed by that."""
    delta = difference(store.quads_for_pattern(None, None, None, graph), quads)
    for quad in delta.removed:
        store.remove(quad)
    if delta.removed:
        store.extend(delta.added)
    else:
        store.bulk_extend(delta.added)  # quicker for many, and slower for few
    store.add_graph(graph)
    return delta
