"""A release in the making: the current dataset, what is done to it, and what follows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from pyoxigraph import NamedNode, Quad, Store

from mieco import __version__
from mieco.delta import Delta, difference, keep_delta
from mieco.describe import Made, describe_release
from mieco.describe.keeping import keep, statistics_of
from mieco.engine.base import text_of
from mieco.errors import Inconsistent
from mieco.inference import Inferred, infer
from mieco.releases import Imported, Manifest, Release, Releases
from mieco.search.index import index_names
from mieco.stores import rows
from mieco.terms import CATALOGUE_GRAPH, INFERRED_GRAPH, ONTOLOGY_GRAPH

# From so many changed quads on, the store is put in order again, which takes a while.
MANY_QUADS = 100_000


def stage(
    releases: Releases,
    staging: Path,
    work: Callable[[Store], Delta | None],
    imported: Mapping[str, Imported] = MappingProxyType({}),
) -> tuple[Manifest, Inferred]:
    """Makes the staged dataset: the current one, what ``work`` does to it, what follows.

    ``work`` gives the change that it made, or ``None`` where it does not know all of it;
    ``imported`` says of the graphs that it filled with batches where these come from.
    The store is closed when this returns, so that the folder can be moved.
    """
    snapshot = staging / "store"
    current = releases.current() if releases.current_number() is not None else None
    before = Store.read_only(str(current.store)) if current is not None else None
    if before is not None:
        before.backup(snapshot)  # hard links make the copy cheap
    store = Store(snapshot)
    delta = work(store)
    number = releases.next_number()
    created = now()
    batches = {
        graph: batch
        for graph, batch in {**(current.manifest.batches if current else {}), **imported}.items()
        if store.contains_named_graph(NamedNode(graph))
    }
    # A dataset without our ontology is somebody's own: nothing is added to it.
    if store.contains_named_graph(NamedNode(ONTOLOGY_GRAPH)):
        inferred = infer(store, staging, current, delta)
        statistics = statistics_of(store, current, before, (delta, inferred.delta))
        keep(statistics, staging)
        parent = current.manifest.number if current else None
        made = Made(number, created, parent, inferred, batches)
        catalogue = set(describe_release(made, statistics, store, releases.address))
        described = replace_graph(store, NamedNode(CATALOGUE_GRAPH), catalogue)
        counts = statistics.triples()
        counts[CATALOGUE_GRAPH] = len(catalogue)
    else:
        described = Delta()
        for graph in map(NamedNode, (CATALOGUE_GRAPH, INFERRED_GRAPH)):
            described |= difference(store.quads_for_pattern(None, None, None, graph), ())
            store.remove_graph(graph)
        inferred = Inferred()
        counts = _counts(store, current, delta)
    if delta is None or len(delta) > MANY_QUADS:
        store.optimize()
    _index(store, staging, current, delta, inferred)
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


def _index(
    store: Store, staging: Path, current: Release | None, delta: Delta | None, inferred: Inferred
) -> None:
    changed = None
    if delta is not None and inferred.delta is not None and len(delta) <= MANY_QUADS:
        changed = [*delta.added, *delta.removed, *inferred.delta.added, *inferred.delta.removed]
    index_names(store, staging, current.folder if current else None, changed)


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


def _counts(store: Store, current: Release | None, delta: Delta | None) -> Counter[str]:
    """Triples of each graph; under "" those of the unnamed one."""
    if current is None or delta is None:
        counts = _counted(store)
    else:
        counts = Counter(current.manifest.graphs)
        counts[""] = current.manifest.triples - counts.total()
        counts.update(delta.growth())
    present = [graph.value for graph in store.named_graphs() if isinstance(graph, NamedNode)]
    return Counter({name: counts[name] for name in ("", *present)})


def _counted(store: Store) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in rows(store, "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"):
        if isinstance(row["g"], NamedNode):
            counts[row["g"].value] = int(text_of(row["n"]))
    counts[""] = len(store) - counts.total()
    return counts
