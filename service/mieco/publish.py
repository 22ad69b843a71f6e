"""The one way to a new release: read, check, infer, store, switch.  One publisher at a time."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse

from mieco import __version__, content
from mieco.check.report import Report
from mieco.check.shacl import check, read_turtle
from mieco.errors import BadInstallation, DataRefused, Text
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
    specification = read_specification(content.folder("data") / "tables.toml")
    batch = read_tables(tables, specification, PUBLIC_GRAPH)
    shapes = read_turtle(content.folder("shapes"))
    return batch, check(batch, shapes, read_turtle(content.folder("ontology")))


def publish(releases: Releases, tables: Path, announce: Announce) -> Publication:
    """A release of the source tables, or the current one if nothing has changed.

    ``announce`` is told of each step.  Raises BadInput, DataRefused or NotWritable; the
    current release then stands untouched.
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
        announce(Text("推理 …", "inferring …"))
        ontology = _parse_folder("ontology", ONTOLOGY_GRAPH)
        asserted = [*ontology, *batch.quads]
        inferred = infer(
            asserted, read_rules(content.folder("queries") / "rules"), NamedNode(INFERRED_GRAPH)
        )
        announce(Text("写入发布 …", "writing the release …"))
        release = _write(
            releases,
            staging,
            [*asserted, *_parse_folder("shapes", SHAPES_GRAPH), *inferred],
            inputs,
            dict(batch.records),
        )
        return Publication(release, report, fresh=True)


def publish_nothing(releases: Releases) -> Release:
    """A release with no ontology and no data, to start from (``mieco serve --empty``)."""
    with releases.publishing() as staging:
        return _write(releases, staging, [], {}, {})


def _own_inputs() -> dict[str, str]:
    """The SHA-256 of every file of mieco's own that goes into a release."""
    files = [content.folder("data") / "tables.toml"]
    files += sorted(content.folder("ontology").rglob("*.ttl"))
    files += sorted(content.folder("shapes").rglob("*.ttl"))
    files += sorted((content.folder("queries") / "rules").glob("*.rq"))
    return {
        f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def _parse_folder(name: content.Folder, graph: str) -> list[Quad]:
    node = NamedNode(graph)
    quads: list[Quad] = []
    for path in sorted(content.folder(name).rglob("*.ttl")):
        try:
            quads += (
                Quad(q.subject, q.predicate, q.object, node)
                for q in parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
            )
        except SyntaxError as error:
            raise BadInstallation(part=path.name, reason=str(error).splitlines()[0]) from error
    return quads


def _write(
    releases: Releases,
    staging: Path,
    quads: Iterable[Quad],
    inputs: dict[str, str],
    records: dict[str, int],
) -> Release:
    number = releases.next_number()
    created = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    every = set(quads)
    every |= set(_catalogue(number, created, every))
    build = staging / "build"
    _fill(build, staging / "store", every)
    for leftover in build.iterdir():
        leftover.unlink()
    build.rmdir()
    graphs = Counter(
        q.graph_name.value for q in every if not isinstance(q.graph_name, DefaultGraph)
    )
    manifest = Manifest(
        number=number,
        created=created,
        version=__version__,
        triples=len({q.triple for q in every}),
        graphs=dict(sorted(graphs.items())),
        records=records,
        inputs=inputs,
    )
    return releases.add(staging, manifest)


def _fill(build: Path, snapshot: Path, quads: Iterable[Quad]) -> None:
    """The quads as an Oxigraph snapshot; the store is closed when this returns."""
    store = Store(build)
    store.bulk_extend(quads)
    store.optimize()
    store.backup(snapshot)


def _catalogue(number: int, created: str, quads: Iterable[Quad]) -> Iterable[Quad]:
    """What the release says of itself (VoID)."""
    graph = NamedNode(CATALOGUE_GRAPH)
    release = NamedNode(f"{BASE}release/{number}")

    def said(subject: NamedNode, predicate: str, value: NamedNode | Literal) -> Quad:
        return Quad(subject, NamedNode(expand(predicate)), value, graph)

    yield said(release, "rdf:type", NamedNode(expand("void:Dataset")))
    yield said(release, "rdfs:label", Literal(f"mieco 第 {number} 次发布", language="zh"))
    yield said(release, "rdfs:label", Literal(f"mieco release {number}", language="en"))
    yield said(release, "dcterms:issued", Literal(created, datatype=NamedNode(XSD + "dateTime")))
    counts = Counter(q.graph_name for q in quads)
    for name, count in counts.items():
        if isinstance(name, NamedNode):
            yield said(release, "void:subset", name)
            yield said(name, "void:triples", Literal(count))
