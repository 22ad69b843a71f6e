"""The project's own source tables: checked, and published as a release."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import NamedNode, Quad, Store

from mieco import __version__, content
from mieco.delta import Delta
from mieco.errors import DataRefused, Text
from mieco.findings import Findings, Report
from mieco.inference import find_clashes
from mieco.intake.batch import Batch
from mieco.intake.specification import read_specification
from mieco.intake.tables import read_tables
from mieco.progress import Progress
from mieco.publish.clash_findings import as_finding
from mieco.publish.linksets import own_linksets, replace_linksets
from mieco.publish.own import own_graphs, own_graphs_stand, own_inputs, parse_files
from mieco.publish.staging import refuse_clashes, replace_graph, stage
from mieco.publish.validation import validate
from mieco.reason.columns import Encoded
from mieco.releases import Release, Releases
from mieco.temporary import temporary_folder
from mieco.terms import DATA_GRAPHS, ONTOLOGY_GRAPH

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


def check_tables(tables: Path) -> Report:
    """What the shapes and the axioms say of a folder of source tables.

    Raises :class:`~mieco.errors.BadInput` if the tables cannot be read at all.
    """
    with temporary_folder() as folder:
        read = _read_and_check(tables, Path(folder), Progress())
        clashes = find_clashes([*read.ontology, *read.batch.quads()])
        read.findings.extend(as_finding(clash, read.batch) for clash in clashes)
        return read.findings.report()


def publish_tables(
    releases: Releases,
    tables: Path,
    announce: Announce,
    *,
    accept_clashes: bool = False,
    progress: Progress | None = None,
) -> Publication:
    """A release of the source tables, or the current one if nothing has changed.

    Graphs that others have written are kept.  ``announce`` is told of each step, and of the
    clashes where they are accepted; ``progress`` of how far it has come.  Raises
    BadInput, DataRefused, Inconsistent or NotWritable; the current release then stands untouched.
    """
    with (
        releases.publishing() as staging,
        temporary_folder() as folder,
    ):
        announce(Text("读取源表并检查 …", "reading and checking the source tables …"))
        progress = progress or Progress()
        read = _read_and_check(tables, Path(folder), progress)
        batch, report = read.batch, read.findings.report()
        if violations := report.count("violation"):
            raise DataRefused(violations=violations)
        inputs = {**own_inputs(), **batch.inputs}
        for linkset in read.linksets:
            inputs |= linkset.inputs
        if releases.current_number() is not None:
            current = releases.current()
            if (current.manifest.inputs, current.manifest.version) == (inputs, __version__):
                return Publication(current, report, fresh=False)
        announce(Text("推理并写入发布 …", "inferring and writing the release …"))

        def work(store: Store, _: Encoded) -> Delta | None:
            delta = replace_graph(store, PUBLIC_GRAPH, batch.quads())
            delta |= replace_linksets(store, read.linksets)
            if own_graphs_stand(releases):
                return delta
            for graph, quads in own_graphs():
                store.clear_graph(graph)
                store.bulk_extend(quads)
            return None

        made, inferred = stage(releases, staging, work, progress=progress)
        refuse_clashes(inferred, accept=accept_clashes)
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


@dataclass(frozen=True, slots=True)
class _Read:
    """The batch of a folder of source tables and those of the linksets in it, the ontology,
    and what is wrong, clashes aside.
    """

    batch: Batch
    linksets: Sequence[Batch]
    ontology: Sequence[Quad]
    findings: Findings


def _read_and_check(tables: Path, folder: Path, progress: Progress) -> _Read:
    ontology = parse_files(content.ontology_files().loaded, ONTOLOGY_GRAPH)
    specification = read_specification(content.folder("data") / "tables.toml")
    batch = read_tables(tables, specification, ontology, PUBLIC_GRAPH, folder)
    findings = batch.findings
    findings.extend(validate(batch, [], progress))
    linksets = list(own_linksets(tables, [*ontology, *batch.quads()], folder))
    for linkset in linksets:
        findings.extend(linkset.findings.report().findings)
    return _Read(batch, linksets, ontology, findings)
