"""The one way to a new release: read, check, infer, store, switch.  One publisher at a time."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from mieco import __version__, content
from mieco.changes import Change, apply
from mieco.check.report import Report
from mieco.errors import BadInstallation, DataRefused, PreconditionFailed, ReservedGraph, Text
from mieco.intake.batch import Batch
from mieco.intake.specification import expand, read_specification
from mieco.intake.tables import read_tables
from mieco.reason.rules import infer, read_rules
from mieco.releases import Manifest, Release, Releases
from mieco.terms import (
    BASE,
    CATALOGUE_GRAPH,
    DATA_GRAPHS,
    INFERRED_GRAPH,
    ONTOLOGY_GRAPH,
    SHAPES_GRAPH,
    UNNAMED_GRAPH,
    XSD,
)

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
    """The batch of a folder of source tables, and what the shapes say of it.

    Raises :class:`~mieco.errors.BadInput` if the tables cannot be read at all.
    """
    from mieco.check.shacl import check, read_turtle  # pyshacl is slow to import

    specification = read_specification(content.folder("data") / "tables.toml")
    batch = read_tables(tables, specification, PUBLIC_GRAPH)
    shapes = read_turtle(content.shape_files())
    return batch, check(batch, shapes, read_turtle(content.ontology_files().loaded))


def publish(releases: Releases, tables: Path, announce: Announce) -> Publication:
    """A release of the source tables, or the current one if nothing has changed.

    Graphs that others have written are kept.  ``announce`` is told of each step.  Raises
    BadInput, DataRefused or NotWritable; the current release then stands untouched.
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

        def work(store: Store) -> None:
            for graph, files in _own_graphs().items():
                _replace(store, NamedNode(graph), _parse(files, graph))
            _replace(store, PUBLIC_GRAPH, batch.quads)

        made = _made(releases, staging, work)
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
        return releases.add(staging, _made(releases, staging, lambda _: None))


def publish_change(
    releases: Releases, change: Change, *, expected: int | None = None
) -> tuple[Release, bool]:
    """The release in which a change is made, and whether it created a graph.

    With ``expected``, the change is made only to the release of that number.  Raises
    PreconditionFailed, ReservedGraph, and what :func:`mieco.changes.apply` raises; the
    current release then stands untouched.
    """
    with releases.publishing() as staging:
        current = releases.current()
        if expected is not None and current.manifest.number != expected:
            raise PreconditionFailed
        created = False

        def work(store: Store) -> None:
            nonlocal created
            created = apply(change, store)
            _check_reserved(store, current.manifest)

        made = _made(releases, staging, work)
        # The inputs are forgotten: publishing the tables again restores what they say.
        return releases.add(staging, replace(made, records=current.manifest.records)), created


def _check_reserved(store: Store, before: Manifest) -> None:
    """Raises ReservedGraph if a change wrote in a graph whose content would be lost.

    To clear such a graph along with all others is no loss: it is made anew.
    """
    for graph in (INFERRED_GRAPH, CATALOGUE_GRAPH, UNNAMED_GRAPH):
        quads = store.quads_for_pattern(None, None, None, NamedNode(graph))
        if sum(1 for _ in quads) not in (0, before.graphs.get(graph, 0)):
            raise ReservedGraph(graph=graph)


def _own_inputs() -> dict[str, str]:
    """The SHA-256 of every file of mieco's own that goes into a release."""
    files = [content.folder("data") / "tables.toml"]
    for own in _own_graphs().values():
        files += own
    files += sorted((content.folder("queries") / "rules").glob("*.rq"))
    return {
        f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def _own_graphs() -> dict[str, tuple[Path, ...]]:
    """The graphs of a release that are made of files of mieco's own."""
    return {ONTOLOGY_GRAPH: content.ontology_files().loaded, SHAPES_GRAPH: content.shape_files()}


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


def _made(releases: Releases, staging: Path, work: Callable[[Store], None]) -> Manifest:
    """Makes the staged dataset: the current one, what ``work`` does to it, what follows.

    The store is closed when this returns, so that the folder can be moved.
    """
    snapshot = staging / "store"
    if releases.current_number() is not None:
        # Hard links make the copy cheap.
        Store.read_only(str(releases.current().store)).backup(snapshot)
    store = Store(snapshot)
    work(store)
    number = releases.next_number()
    created = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    for derived in (INFERRED_GRAPH, CATALOGUE_GRAPH):
        store.remove_graph(NamedNode(derived))
    # A dataset without our ontology is somebody's own: nothing is added to it.
    if store.contains_named_graph(NamedNode(ONTOLOGY_GRAPH)):
        asserted = [q for q in store if q.graph_name != NamedNode(SHAPES_GRAPH)]
        rules = read_rules(content.folder("queries") / "rules")
        store.bulk_extend(infer(asserted, rules, NamedNode(INFERRED_GRAPH)))
        store.bulk_extend(_catalogue(number, created, store))
    store.optimize()
    store.flush()
    return Manifest(
        number=number,
        created=created,
        version=__version__,
        triples=len(store),
        graphs=dict(sorted(_counts(store).items())),
        records={},
        inputs={},
    )


def _replace(store: Store, graph: NamedNode, quads: Iterable[Quad]) -> None:
    store.clear_graph(graph)
    store.bulk_extend(quads)


def _counts(store: Store) -> Counter[str]:
    """Triples of each named graph."""
    counts = Counter({graph.value: 0 for graph in store.named_graphs()})
    counts.update(q.graph_name.value for q in store if isinstance(q.graph_name, NamedNode))
    return counts


def _catalogue(number: int, created: str, store: Store) -> list[Quad]:
    """What the release says of itself (VoID)."""
    graph = NamedNode(CATALOGUE_GRAPH)
    release = NamedNode(f"{BASE}release/{number}")

    def said(subject: NamedNode, predicate: str, value: NamedNode | Literal) -> Quad:
        return Quad(subject, NamedNode(expand(predicate)), value, graph)

    issued = Literal(created, datatype=NamedNode(XSD + "dateTime"))
    quads = [
        said(release, "rdf:type", NamedNode(expand("void:Dataset"))),
        said(release, "rdfs:label", Literal(f"mieco 第 {number} 次发布", language="zh")),
        said(release, "rdfs:label", Literal(f"mieco release {number}", language="en")),
        said(release, "dcterms:issued", issued),
    ]
    for name, count in _counts(store).items():
        quads.append(said(release, "void:subset", NamedNode(name)))
        quads.append(said(NamedNode(name), "void:triples", Literal(count)))
    return quads
