"""Delivered files: read, checked, compared with what is published, and published as a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from pyoxigraph import NamedNode, Store

from mieco import __version__, content
from mieco.access.grants import OPERATOR, Grant
from mieco.comparison import Comparison
from mieco.delta import Delta
from mieco.errors import BadInput, BadParameter, NotFound, PreconditionFailed, Text
from mieco.findings import Findings, Report
from mieco.intake.batch import Batch, Input
from mieco.intake.documents import format_of, read_documents
from mieco.intake.linksets import is_linkset
from mieco.intake.registers import Published
from mieco.intake.specification import KEY, read_specification
from mieco.intake.workbooks import Context, owner_named, read_workbook
from mieco.manifest import Imported
from mieco.progress import Progress
from mieco.publish.clash_findings import as_finding
from mieco.publish.compare import compare
from mieco.publish.known import published
from mieco.publish.linksets import LINKS_OWNER, read_delivered
from mieco.publish.own import parse_files
from mieco.publish.staging import MANY_QUADS, now, replace_graph, stage
from mieco.publish.validation import validate
from mieco.reason.columns import Encoded
from mieco.releases import Release, Releases
from mieco.terms import CATALOGUE_GRAPH, DATA_GRAPHS, ONTOLOGY_GRAPH


@dataclass(frozen=True, slots=True)
class Delivery:
    """Files that were delivered together, and how their batch is to be called.

    ``owner`` is the key or name of a consortium, where the files do not say whose they are;
    ``name`` tells the batch from others of the owner; ``by`` says who delivered it, and ``grant``
    what they may change.
    """

    inputs: Sequence[Input]
    owner: str = ""
    name: str = ""
    by: str = ""
    grant: Grant = OPERATOR


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a delivery.

    ``base`` is the number of the release that it was compared with.  Without violations
    ``comparison`` tells what publishing changes; ``release`` is the release that holds it, if
    it was published.
    """

    graph: str
    report: Report
    base: int
    comparison: Comparison | None = None
    release: Release | None = None


def deliver(
    releases: Releases,
    delivery: Delivery,
    folder: Path,
    progress: Progress,
    *,
    publish: bool,
    expected: int | None = None,
) -> Outcome:
    """Reads and checks a delivery, and compares it with the current release.

    With ``publish`` a delivery without violations that changes anything becomes the content of
    its graph in a new release; with ``expected`` only if the current release has that number.
    ``folder`` takes what is written on the way.  Raises BadInput or BadRdf for files that
    cannot be read, Forbidden, PreconditionFailed, NoRelease or NotWritable; nothing is then
    changed.
    """
    current = releases.current()
    if expected not in (None, current.manifest.number):
        raise PreconditionFailed
    store = Store.read_only(str(current.store))
    batch = _read(delivery, store, folder, progress)
    delivery.grant.demand_graph(batch.graph.value)
    findings = batch.findings
    if batch.shaped:
        findings.extend(validate(batch, [store], progress))
    outcome = Outcome(batch.graph.value, findings.report(), current.manifest.number)
    if not outcome.report.publishable:
        return outcome
    progress.begin("publishing" if publish else "comparing")
    return _stage(
        releases, delivery, batch, findings, base=outcome.base, publish=publish, progress=progress
    )


def _read(delivery: Delivery, store: Store, folder: Path, progress: Progress) -> Batch:
    formats = {format_of(given.name) for given in delivery.inputs}
    if delivery.name and not KEY.fullmatch(delivery.name):
        raise BadParameter(
            name="batch",
            reason=Text(f"“{delivery.name}”不合规则", f"'{delivery.name}' is not well-formed"),
            allowed=Text("小写字母、数字和连字符", "lower-case letters, digits and hyphens"),
        )
    if any(is_linkset(given) for given in delivery.inputs if format_of(given.name) is None):
        return _read_linkset(delivery, store, folder, progress)
    if formats == {None}:
        return read_workbook(
            delivery.inputs,
            _context(store),
            folder,
            progress,
            name=delivery.name,
            owner=delivery.owner,
        )
    if None in formats:
        raise BadInput(
            where=delivery.inputs[0].name,
            reason=Text("表格和 RDF 文件混在一起", "tables and RDF documents are mixed"),
            todo=Text("请分开导入。", "Import them one after the other."),
        )
    owner = delivery.owner
    if not owner:
        raise BadInput(
            where=delivery.inputs[0].name,
            reason=Text("没有说明是哪个联合体的", "does not say whose it is"),
            todo=Text("请另行指明联合体的代码。", "Name the consortium by its key."),
        )
    context = _context(store)
    key = owner_named(owner, context, delivery.inputs[0].name).key
    file = delivery.inputs[0].name
    name = delivery.name or _batch_name("rdf", PurePath(file).stem.lower(), file)
    graph = NamedNode(f"{DATA_GRAPHS}{key}/{name}")
    return read_documents(delivery.inputs, graph, folder, progress)


def _read_linkset(delivery: Delivery, store: Store, folder: Path, progress: Progress) -> Batch:
    """The batch of the one linkset that was delivered: a consortium's, or nobody's."""
    given = delivery.inputs[0]
    if len(delivery.inputs) > 1:
        raise BadInput(
            where=given.name,
            reason=Text("链接表和别的文件混在一起", "a table of links is mixed with other files"),
            todo=Text("链接表请一次导入一个。", "Import tables of links one by one."),
        )
    owner = LINKS_OWNER
    if delivery.owner not in ("", LINKS_OWNER):
        owner = owner_named(delivery.owner, _context(store), given.name).key
    stem = given.name.lower().removesuffix(".tsv").removesuffix(".csv").removesuffix(".sssom")
    name = delivery.name or _batch_name("links", stem, given.name)
    graph = NamedNode(f"{DATA_GRAPHS}{owner}/{name}")
    return read_delivered(given, store, graph, folder, progress)


def _context(store: Store) -> Context:
    specification = read_specification(content.folder("data") / "workbook.toml")
    ontology = parse_files(content.ontology_files().loaded, ONTOLOGY_GRAPH)

    def known(graph: NamedNode | None) -> Published:
        without = {NamedNode(CATALOGUE_GRAPH), graph}
        return published(store, specification.registers, frozenset(without))

    return Context(specification, ontology, known)


def _batch_name(kind: str, stem: str, file: str) -> str:
    """The batch of a file that no name was given for.  Raises BadInput.

    With its kind before it, it is never that of a workbook or of a sheet.
    """
    if not KEY.fullmatch(stem):
        raise BadInput(
            where=file,
            reason=Text("文件名不能用作批次名", "cannot be named a batch after"),
            todo=Text(
                "请另行指明批次名（小写字母、数字和连字符）。",
                "Name the batch (lower-case letters, digits and hyphens).",
            ),
        )
    return f"{kind}-{stem}"


def _stage(
    releases: Releases,
    delivery: Delivery,
    batch: Batch,
    findings: Findings,
    *,
    base: int,
    publish: bool,
    progress: Progress,
) -> Outcome:
    with releases.publishing() as staging:
        current = releases.current()
        if current.manifest.number != base:
            raise PreconditionFailed

        def work(store: Store, encoded: Encoded) -> Delta | None:
            if batch.triples <= MANY_QUADS:
                return replace_graph(store, batch.graph, batch.quads())
            store.clear_graph(batch.graph)
            encoded.load(str(batch.file), batch.graph)
            return None

        graph = batch.graph.value
        imported = Imported(
            inputs=dict(batch.inputs),
            records=dict(batch.records),
            at=now(),
            by=delivery.by,
            version=__version__,
            release=releases.next_number(),
        )
        made, inferred = stage(releases, staging, work, {graph: imported}, progress=progress)
        findings.extend(as_finding(clash, batch) for clash in inferred.clashes if inferred.fresh)
        report = findings.report()
        outcome = Outcome(graph, report, current.manifest.number)
        if not report.publishable:
            return outcome
        progress.begin("comparing")
        before = Store.read_only(str(current.store))
        after = Store.read_only(str(staging / "store"))
        comparison = compare(before, after, batch.graph)
        outcome = replace(outcome, comparison=comparison)
        del before, after  # the folder is about to be moved
        if not publish or comparison.empty:
            return outcome
        before_it = current.manifest
        release = releases.add(
            staging, replace(made, inputs=before_it.inputs, records=before_it.records)
        )
        return replace(outcome, release=release)


def delete_batch(releases: Releases, owner: str, name: str, grant: Grant = OPERATOR) -> Release:
    """A release without a batch: exactly its facts, and what followed from them, are gone.

    Raises Forbidden, NotFound, NoRelease or NotWritable.
    """
    graph = NamedNode(f"{DATA_GRAPHS}{owner}/{name}")
    grant.demand_graph(graph.value)
    with releases.publishing() as staging:
        current = releases.current()
        if graph.value not in current.manifest.batches:
            near = ", ".join(batch_names(current))
            raise NotFound(what=Text("批次", "batch"), name=f"{owner}/{name}", near=near)

        def work(store: Store, _: Encoded) -> Delta | None:
            delta = replace_graph(store, graph, [])
            store.remove_graph(graph)
            return delta

        made, _ = stage(releases, staging, work)
        before = current.manifest
        return releases.add(staging, replace(made, inputs=before.inputs, records=before.records))


def batch_names(release: Release) -> Mapping[str, Imported]:
    """The batches of a release, as ``owner/name``."""
    return {
        graph.removeprefix(DATA_GRAPHS): imported
        for graph, imported in release.manifest.batches.items()
    }
