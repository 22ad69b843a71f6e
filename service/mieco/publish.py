"""The one way to a new release: read, check, infer, store, switch.  One publisher at a time."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse

from mieco import __version__, content
from mieco.changes import Change, apply
from mieco.check.report import Finding, Report
from mieco.check.vocabulary import unknown_classes
from mieco.delta import Delta, difference
from mieco.engine.base import text_of
from mieco.errors import (
    BadInstallation,
    DataRefused,
    Inconsistent,
    PreconditionFailed,
    ReservedGraph,
    Text,
)
from mieco.inference import Inferred, find_clashes, infer, rule_files
from mieco.intake.batch import Batch
from mieco.intake.specification import read_specification
from mieco.intake.tables import read_tables
from mieco.reason.clashes import Clash
from mieco.release_description import describe_release
from mieco.releases import Manifest, Release, Releases
from mieco.stores import rows
from mieco.terms import (
    CATALOGUE_GRAPH,
    DATA_GRAPHS,
    INFERRED_GRAPH,
    ONTOLOGY_GRAPH,
    SHAPES_GRAPH,
    UNNAMED_GRAPH,
)

# From so many changed quads on, the store is put in order again, which takes a while.
_MANY_QUADS = 100_000

Announce = Callable[[Text], None]

PUBLIC_GRAPH = NamedNode(DATA_GRAPHS + "mieco/public")


@dataclass(frozen=True, slots=True)
class Publication:
    """What came of a publish: the release, and what was found on the way.

    ``fresh`` is false when the inputs had not changed and the current release stands.
    """

    release: Release
    report: Report
    fresh: bool


def read_and_check(tables: Path) -> tuple[Batch, Report]:
    """The batch of a folder of source tables, and what is wrong with it, clashes aside.

    Raises :class:`~mieco.errors.BadInput` if the tables cannot be read at all.
    """
    from mieco.check.shacl import check, read_turtle  # pyshacl is slow to import

    specification = read_specification(content.folder("data") / "tables.toml")
    batch = read_tables(tables, specification, PUBLIC_GRAPH)
    shapes = read_turtle(content.shape_files())
    ontology = read_turtle(content.ontology_files().loaded)
    report = check(batch, shapes, ontology)
    return batch, Report([*unknown_classes(batch, ontology), *report.findings])


def check_tables(tables: Path) -> Report:
    """What the shapes and the axioms say of a folder of source tables.

    Raises :class:`~mieco.errors.BadInput` if the tables cannot be read at all.
    """
    batch, report = read_and_check(tables)
    ontology = _parse(content.ontology_files().loaded, ONTOLOGY_GRAPH)
    clashes = find_clashes([*ontology, *batch.quads])
    return Report([*(_as_finding(clash, batch) for clash in clashes), *report.findings])


def _as_finding(clash: Clash, batch: Batch) -> Finding:
    """A contradiction as a violation, at the first cell that it rests on."""
    facts = [leaf.fact for leaf in clash.facts]
    cells = [(text_of(fact.subject), fact.predicate.value) for fact in facts]
    origins = [origin for cell in cells if (origin := batch.origin(*cell))]
    focus, path = cells[0] if cells else ("", "")
    return Finding(
        severity="violation",
        message=clash.account,
        focus=focus,
        path=path,
        value="",
        shape=clash.axiom.text,
        origin=origins[0] if origins else None,
    )


def publish(
    releases: Releases, tables: Path, announce: Announce, *, accept_clashes: bool = False
) -> Publication:
    """A release of the source tables, or the current one if nothing has changed.

    Graphs that others have written are kept.  ``announce`` is told of each step, and of the
    clashes where they are accepted.  Raises BadInput, DataRefused, Inconsistent or
    NotWritable; the current release then stands untouched.
    """
    with releases.publishing() as staging:
        announce(Text("读取源表并检查 …", "reading and checking the source tables …"))
        batch, report = read_and_check(tables)
        if violations := report.count("violation"):
            raise DataRefused(violations=violations)
        inputs = {**_own_inputs(), **batch.inputs}
        if releases.current_number() is not None:
            current = releases.current()
            if (current.manifest.inputs, current.manifest.version) == (inputs, __version__):
                return Publication(current, report, fresh=False)
        announce(Text("推理并写入发布 …", "inferring and writing the release …"))

        def work(store: Store) -> Delta | None:
            delta = _replaced(store, PUBLIC_GRAPH, batch.quads)
            if _own_graphs_stand(releases):
                return delta
            for graph, files in _own_graphs().items():
                store.clear_graph(NamedNode(graph))
                store.bulk_extend(_parse(files, graph))
            return None

        made, inferred = _made(releases, staging, work)
        _check_clashes(inferred, accept=accept_clashes)
        for clash in inferred.clashes:
            announce(clash.account)
        if inferred.contradictions:
            announce(
                Text(
                    f"此发布与本体有 {inferred.contradictions} 处矛盾（已接受）",
                    f"contradictions to the ontology in this release, accepted:"
                    f" {inferred.contradictions}",
                )
            )
        release = releases.add(staging, replace(made, inputs=inputs, records=dict(batch.records)))
        return Publication(release, report, fresh=True)


def is_stale(release: Release) -> bool:
    """Was a release made by another version, or of other files than those that come with it?"""
    made = release.manifest
    own = _own_inputs()
    return bool(made.inputs) and (
        made.version != __version__ or any(made.inputs.get(name) != h for name, h in own.items())
    )


def publish_nothing(releases: Releases) -> Release:
    """A release with no ontology and no data, to start from (``mieco serve --empty``)."""
    with releases.publishing() as staging:
        made, _ = _made(releases, staging, lambda _: Delta())
        return releases.add(staging, made)


def publish_change(
    releases: Releases,
    change: Change,
    *,
    expected: int | None = None,
    accept_clashes: bool = False,
) -> tuple[Release, bool]:
    """The release in which a change is made, and whether it created a graph.

    With ``expected``, the change is made only to the release of that number.  Raises
    PreconditionFailed, ReservedGraph, Inconsistent, AxiomUnknown, and what
    :func:`mieco.changes.apply` raises; the current release then stands untouched.
    """
    with releases.publishing() as staging:
        current = releases.current()
        if expected is not None and current.manifest.number != expected:
            raise PreconditionFailed
        created = False

        def work(store: Store) -> Delta | None:
            nonlocal created
            applied = apply(change, store)
            created = applied.created
            return _unless_reserved(store, current.manifest, applied.delta)

        made, inferred = _made(releases, staging, work)
        _check_clashes(inferred, accept=accept_clashes)
        # The inputs are forgotten: publishing the tables again restores what they say.
        return releases.add(staging, replace(made, records=current.manifest.records)), created


def _unless_reserved(store: Store, before: Manifest, delta: Delta | None) -> Delta | None:
    """The change, or ``None`` where a graph that is made anew must be made from nothing.

    Raises ReservedGraph if the change wrote in a graph whose content would be lost; to clear
    such a graph is no loss.
    """
    cleared = False
    for graph in (INFERRED_GRAPH, CATALOGUE_GRAPH, UNNAMED_GRAPH):
        node = NamedNode(graph)
        if delta is not None and node not in delta.graphs:
            continue
        found = sum(1 for _ in store.quads_for_pattern(None, None, None, node))
        same = delta is None and found == before.graphs.get(graph, 0)
        if found and not same:
            raise ReservedGraph(graph=graph)
        cleared = True
    return None if cleared else delta


def _own_inputs() -> dict[str, str]:
    """The SHA-256 of every file of mieco's own that goes into a release."""
    files = [content.folder("data") / "tables.toml"]
    for own in _own_graphs().values():
        files += own
    files += rule_files()
    return {
        f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def _own_graphs() -> dict[str, tuple[Path, ...]]:
    """The graphs of a release that are made of files of mieco's own."""
    shapes = content.shape_files() + content.policy_shape_files()
    return {ONTOLOGY_GRAPH: content.ontology_files().loaded, SHAPES_GRAPH: shapes}


def _parse(files: Iterable[Path], graph: str) -> list[Quad]:
    node = NamedNode(graph)
    quads: list[Quad] = []
    for path in files:
        try:
            quads += (
                Quad(q.subject, q.predicate, q.object, node)
                for q in parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
            )
        except SyntaxError as error:
            raise BadInstallation(part=path.name, reason=str(error).splitlines()[0]) from error
    return quads


def _made(
    releases: Releases, staging: Path, work: Callable[[Store], Delta | None]
) -> tuple[Manifest, Inferred]:
    """Makes the staged dataset: the current one, what ``work`` does to it, what follows.

    ``work`` gives the change that it made, or ``None`` where it does not know all of it.
    The store is closed when this returns, so that the folder can be moved.
    """
    snapshot = staging / "store"
    current = releases.current() if releases.current_number() is not None else None
    if current is not None:
        # Hard links make the copy cheap.
        Store.read_only(str(current.store)).backup(snapshot)
    store = Store(snapshot)
    delta = work(store)
    number = releases.next_number()
    created = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    store.remove_graph(NamedNode(CATALOGUE_GRAPH))
    # A dataset without our ontology is somebody's own: nothing is added to it.
    if store.contains_named_graph(NamedNode(ONTOLOGY_GRAPH)):
        inferred = infer(store, staging, current, delta)
        counts = _counts(store, current, delta, inferred.facts)
        named = {name: count for name, count in counts.items() if name}
        catalogue = describe_release(number, created, named, inferred)
        store.extend(catalogue)
        counts[CATALOGUE_GRAPH] = len(catalogue)
    else:
        store.remove_graph(NamedNode(INFERRED_GRAPH))
        inferred = Inferred()
        counts = _counts(store, current, delta, 0)
    if delta is None or len(delta) > _MANY_QUADS:
        store.optimize()
    store.flush()
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
    )
    return manifest, inferred


def _check_clashes(inferred: Inferred, *, accept: bool) -> None:
    """Raises Inconsistent for contradictions that are new, unless they are accepted."""
    if inferred.fresh and not accept:
        raise Inconsistent(clashes=inferred.fresh, first=inferred.clashes[0].account)


def _replaced(store: Store, graph: NamedNode, quads: Iterable[Quad]) -> Delta:
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


def _own_graphs_stand(releases: Releases) -> bool:
    """Was the current release made of the same files of mieco's own, and not changed since?"""
    if releases.current_number() is None:
        return False
    release = releases.current()
    return bool(release.manifest.inputs) and not is_stale(release)


def _counts(
    store: Store, current: Release | None, delta: Delta | None, inferred: int
) -> Counter[str]:
    """Triples of each graph but the catalogue; under "" those of the unnamed one."""
    if current is None or delta is None:
        counts = _counted(store)
    else:
        counts = Counter(current.manifest.graphs)
        counts[""] = current.manifest.triples - counts.total()
        counts.update(delta.growth())
        counts[INFERRED_GRAPH] = inferred
    present = [graph.value for graph in store.named_graphs() if isinstance(graph, NamedNode)]
    return Counter({name: counts[name] for name in ("", *present)})


def _counted(store: Store) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in rows(store, "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"):
        if isinstance(row["g"], NamedNode):
            counts[row["g"].value] = int(text_of(row["n"]))
    counts[""] = len(store) - counts.total()
    return counts
