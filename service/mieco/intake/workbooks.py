"""The workbook of a consortium in, or some of its sheets as CSV; a batch out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from mieco.errors import BadInput, Text
from mieco.findings import Finding, Findings, Origin
from mieco.intake.batch import Batch, Input, Origins, sha256
from mieco.intake.collect import Collected, Collector
from mieco.intake.identity import Identifier, former_names
from mieco.intake.places import Places
from mieco.intake.regions import all_regions
from mieco.intake.registers import Named, Published, Registers
from mieco.intake.row_mapper import Blanks, Journal, RowMapper, Surroundings
from mieco.intake.sheets import is_workbook, read_sheets
from mieco.intake.specification import Specification, expand
from mieco.intake.vocabulary import Vocabulary
from mieco.progress import Progress
from mieco.terms import DATA_GRAPHS, MIECO, RDF_TYPE, RDFS_LABEL

_CONSORTIA = "consortia"


@dataclass(frozen=True, slots=True)
class Context:
    """What delivered files are read against.

    ``ontology`` gives the words of their choices; ``published`` what is published beside the
    graph of a batch, which that batch can name.
    """

    specification: Specification
    ontology: Sequence[Quad]
    published: Callable[[NamedNode | None], Published]


@dataclass(frozen=True, slots=True)
class Owner:
    """The consortium whose batch it is: its key, and the thing."""

    key: str
    consortium: Named


def read_workbook(
    inputs: Sequence[Input],
    context: Context,
    folder: Path,
    progress: Progress,
    *,
    name: str = "",
    owner: str = "",
) -> Batch:
    """The batch of a workbook, or of CSV files that are sheets of one.

    ``folder`` takes what is written on the way.  ``owner`` names the consortium by key or name
    where the files do not say which it is; ``name`` tells the batch from its others.
    What is wrong with a cell is among the findings of the batch; raises
    :class:`~mieco.errors.BadInput` for files that cannot be read at all, or that do not say
    whose they are.
    """
    findings = Findings()
    progress.begin("reading")
    collector = Collector(context.specification, folder, findings, progress)
    for given in inputs:
        single = not is_workbook(given.path)
        collector.collect(given.name, read_sheets(given.path, given.name), single=single)
    sheets = collector.sheets
    if not sheets:
        raise BadInput(
            where=inputs[0].name,
            reason=Text("里面没有一张模板中的表", "has none of the sheets of the template"),
            todo=Text(
                "请用模板填写：在“导入”页下载，或用 mieco template consortium 生成。",
                "Fill in the template: the page 'Import' offers it, and 'mieco template consortium'"
                " writes it.",
            ),
        )
    whose = _owner(sheets, context, owner, inputs[0].name)
    if not name:
        name = sheets[0].table.name if len(sheets) == 1 else "workbook"
    graph = NamedNode(f"{DATA_GRAPHS}{whose.key}/{name}")
    around = _surroundings(context, context.published(graph), whose, name)
    reading = _Reading(around, findings, progress)
    file = folder / "batch.nt"
    serialize(reading.triples(sheets), str(file), RdfFormat.N_TRIPLES)
    return Batch(
        graph=graph,
        file=file,
        triples=reading.count,
        findings=findings,
        inputs={given.name: sha256(given.path) for given in inputs},
        records={sheet.table.name: sheet.rows.length for sheet in sheets},
        origins=reading.origins,
    )


def _owner(sheets: Sequence[Collected], context: Context, named: str, file: str) -> Owner:
    """Whose files these are: as named, else the first in their sheet of consortia, else the one
    consortium that their rows name.
    """
    own = {
        cells["key"]: Named(
            expand(f"id/consortium/{cells['key']}"),
            cells.get("name_zh", ""),
            cells.get("name_en", ""),
        )
        for sheet in sheets
        if sheet.table.register == _CONSORTIA
        for _, cells in sheet.rows.rows()
    }
    if not named and own:
        named = next(iter(own))
    if named in own:
        return Owner(named, own[named])
    if named:
        return owner_named(named, context, file)
    mentioned = {
        cells["consortium"]
        for sheet in sheets
        for _, cells in sheet.rows.rows()
        if "consortium" in cells
    }
    if len(mentioned) == 1:
        return owner_named(mentioned.pop(), context, file)
    raise BadInput(
        where=file,
        reason=Text("没有说明是哪个联合体的", "does not say whose it is"),
        todo=Text(
            "请填写“联合体”表，或另行指明联合体的代码。",
            "Fill in the sheet 'consortium', or name the consortium by its key.",
        ),
    )


def owner_named(named: str, context: Context, file: str) -> Owner:
    """The published consortium of that key or name.  Raises BadInput."""
    found = context.published(None).find(_CONSORTIA, named)
    if len(found) == 1:
        return Owner(found[0].iri.rpartition("/")[2], found[0])
    raise BadInput(
        where=file,
        reason=Text(f"没有联合体“{named}”", f"there is no consortium '{named}'"),
        todo=Text(
            "请核对名称或代码；新的联合体先填“联合体”表。",
            "See to its name or key; a new one begins with the sheet 'consortium'.",
        ),
    )


def _surroundings(context: Context, published: Published, owner: Owner, batch: str) -> Surroundings:
    vocabulary = Vocabulary(context.ontology)
    source = Named(
        expand(f"source/{owner.key}--batch--{batch}"), f"{owner.consortium.zh}自报材料（{batch}）"
    )
    return Surroundings(
        registers=Registers(published),
        vocabulary=vocabulary,
        published=published,
        places=Places(published.places, all_regions(), vocabulary),
        things={},
        owner=owner.key,
        blanks=Blanks(owner.consortium, source),
    )


class _Reading:
    """The sheets of one delivery on their way to triples."""

    def __init__(self, around: Surroundings, findings: Findings, progress: Progress) -> None:
        self._around, self._findings, self._progress = around, findings, progress
        self.origins = Origins()
        self.count = 0

    def triples(self, sheets: Sequence[Collected]) -> Iterator[Triple]:
        """The triples of all sheets, each as its rows have them."""
        self._progress.begin("mapping", 2 * sum(sheet.rows.length for sheet in sheets))
        self._register(sheets)
        for triple in self._mapped(sheets):
            self.count += 1
            yield triple

    def _mapped(self, sheets: Sequence[Collected]) -> Iterator[Triple]:
        journal = Journal(self._findings, self.origins)
        for sheet in sheets:
            mapper = RowMapper(sheet.table, sheet.place, sheet.headings, self._around, journal)
            for number, cells in sheet.rows.rows():
                self._progress.step()
                yield from mapper.map(number, cells)
        yield from self._around.places.described()
        yield from self._self_reported()

    def _register(self, sheets: Sequence[Collected]) -> None:
        for sheet in sheets:
            if not sheet.table.parts:
                self._register_rows(sheet)
        renamings = (sheet for sheet in sheets if sheet.table.name == "former_names")
        former = former_names(next(renamings, None))
        identifier = Identifier(self._around.published, former, self._findings)
        for sheet in sheets:
            for part in sheet.table.parts.values():
                for each in identifier.identify(sheet, part, self._around.owner, self._progress):
                    self._around.registers.add(part.register, each.key, each.named, each.others)

    def _register_rows(self, sheet: Collected) -> None:
        for number, cells in sheet.rows.rows():
            self._progress.step()
            key = cells["key"]
            iri = expand(sheet.table.about.format(key=key, owner=self._around.owner))
            named = Named(iri, cells.get("name_zh", ""), cells.get("name_en", ""))
            if sheet.table.register == _CONSORTIA:
                self._once(sheet, number, named)
            else:
                self._alone(sheet, number, cells["key"], named)
            self._around.registers.add(sheet.table.register, key, named)

    def _alone(self, sheet: Collected, number: int, key: str, thing: Named) -> None:
        """Reports a number that another batch of the same consortium uses."""
        if not self._around.published.said(thing.iri, RDF_TYPE):
            return
        self._findings.add(
            Finding(
                "violation",
                "key-elsewhere",
                Text(
                    f"编号“{key}”已用在这个联合体的另一批次中。",
                    f"The number '{key}' is used in another batch of this consortium. ",
                ),
                Origin(sheet.place.file, sheet.place.sheet, number, sheet.headings.get("key", "")),
                Text(
                    "请换一个编号；若要替换那一批，请用它的批次名导入。",
                    "Use another number; to replace that batch, import under its name.",
                ),
            )
        )

    def _once(self, sheet: Collected, number: int, consortium: Named) -> None:
        """Reports a consortium that is published under another key."""
        for name in filter(None, (consortium.zh, consortium.en)):
            found = self._around.published.find(_CONSORTIA, name)
            others = [named.iri for named in found if named.iri != consortium.iri]
            if others:
                key = others[0].rpartition("/")[2]
                place = sheet.place
                self._findings.add(
                    Finding(
                        "violation",
                        "consortium-published",
                        Text(
                            f"“{name}”已经发布，代码是 {key}。",
                            f"'{name}' is published already, under the key {key}. ",
                        ),
                        Origin(place.file, place.sheet, number, sheet.headings.get("key", "")),
                        Text("请改用这个代码。", "Use that key."),
                    )
                )
                return

    def _self_reported(self) -> Iterator[Triple]:
        """The workbook itself as a source: the consortium's own word."""
        source, consortium = self._around.blanks.workbook, self._around.blanks.consortium
        if source is None or consortium is None:
            return
        node = NamedNode(source.iri)
        yield Triple(node, NamedNode(RDF_TYPE), NamedNode(MIECO + "Source"))
        yield Triple(node, NamedNode(RDFS_LABEL), Literal(source.zh, language="zh"))
        for name, concept in (("hasGrade", "grade/primary"), ("hasGradeBasis", "basis/stated")):
            yield Triple(node, NamedNode(MIECO + name), NamedNode(expand(f"concept/{concept}")))
        publisher = Literal(consortium.zh, language="zh")
        yield Triple(node, NamedNode(expand("dcterms:publisher")), publisher)
