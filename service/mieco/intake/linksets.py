"""A linkset in, as CSV or SSSOM; a batch out: links of our things to those of other datasets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain, islice
from pathlib import Path, PurePath

from pyoxigraph import NamedNode, RdfFormat, Triple, serialize

from mieco.errors import BadInput, Text
from mieco.findings import Findings, Origin
from mieco.intake.batch import Batch, Input, Origins, sha256
from mieco.intake.collect import Collected, Collector
from mieco.intake.headings import columns_of
from mieco.intake.link_checks import LinkChecks
from mieco.intake.link_columns import LINK_SPECIFICATION, LINK_TABLE
from mieco.intake.link_rows import LinkRows
from mieco.intake.link_subjects import LinkSubjects
from mieco.intake.link_triples import link_triples, linkset_iri, set_triples
from mieco.intake.registers import Published
from mieco.intake.rows import Sheet
from mieco.intake.sheets import is_workbook, read_sheets
from mieco.intake.sssom import Metadata, read_metadata
from mieco.progress import Progress

# A heading may stand below a title.
_HEADER_WITHIN = 10
_REQUIRED = frozenset(name for name, column in LINK_TABLE.own_columns if column.required)
_EXTENSIONS = (".sssom.tsv", ".sssom.csv")


def is_linkset(given: Input) -> bool:
    """Is a file a table of links, by its name, its metadata or its headings?"""
    if given.name.lower().endswith(_EXTENSIONS):
        return True
    try:
        if is_workbook(given.path):
            return False
        with _opened(given) as (above, sheet):
            first = list(islice(sheet.rows, _HEADER_WITHIN))
    except BadInput:
        return False  # whoever reads it as what it is instead will say what is wrong
    known = (set(columns_of(LINK_TABLE, row.cells).columns.values()) for row in first)
    return bool(above) or any(len(columns & _REQUIRED) >= len(_REQUIRED) - 1 for columns in known)


def read_linkset(
    given: Input, published: Published, graph: NamedNode, folder: Path, progress: Progress
) -> Batch:
    """The batch of one table of links, CSV or SSSOM with or without its metadata.

    ``published`` has what can be linked; ``folder`` takes what is written on the way.  What is
    wrong with a cell is among the findings of the batch; raises BadInput for a file that cannot
    be read at all.
    """
    findings = Findings()
    progress.begin("reading")
    collector = Collector(LINK_SPECIFICATION, folder, findings, progress)
    with _opened(given) as (above, sheet):
        metadata = read_metadata(above, given.name)
        collector.collect(given.name, [sheet], single=True)
    if not findings.report().count("violation"):
        _demand_links(given, collector.sheets)
    reading = _Reading(metadata, published, findings, progress)
    linkset = linkset_iri(graph.value)
    title = PurePath(given.name).stem.removesuffix(".sssom")
    triples = chain(
        set_triples(linkset, metadata, title), reading.triples(collector.sheets, linkset)
    )
    file = folder / "batch.nt"
    serialize(reading.counted(triples), str(file), RdfFormat.N_TRIPLES)
    return Batch(
        graph=graph,
        file=file,
        triples=reading.count,
        findings=findings,
        inputs={given.name: sha256(given.path)},
        records={"links": reading.links},
        origins=reading.origins,
        shaped=False,
    )


def _demand_links(given: Input, sheets: list[Collected]) -> None:
    """Raises BadInput for a table without a row, which would leave a batch without its links."""
    if not any(sheet.rows.length for sheet in sheets):
        needed = ", ".join(sorted(_REQUIRED))
        raise BadInput(
            where=given.name,
            reason=Text("没有一条链接", "has no links"),
            todo=Text(
                f"表头须有 {needed}，其下每行一条链接。要删去一批链接，请用 mieco batch delete。",
                f"Under headings with {needed} give a link in each row. To remove a batch of"
                " links use mieco batch delete.",
            ),
        )


@contextmanager
def _opened(given: Input) -> Iterator[tuple[list[str], Sheet]]:
    """The lines of metadata above a table, and the table.  Raises BadInput."""
    if is_workbook(given.path):
        raise BadInput(
            where=given.name,
            reason=Text("是工作簿", "is a workbook"),
            todo=Text("链接表请存为 CSV 或 TSV。", "Save a table of links as CSV or TSV."),
        )
    with closing(read_sheets(given.path, given.name)) as sheets:
        rows = next(sheets).rows
        above: list[str] = []
        for row in rows:
            if len(row.cells) > 1 or not row.cells[0].startswith("#"):
                rows = chain([row], rows)
                break
            above.append(row.cells[0])
        yield above, Sheet(LINK_TABLE.name, rows)


class _Reading:
    """The rows of one table on their way to triples."""

    def __init__(
        self, metadata: Metadata, published: Published, findings: Findings, progress: Progress
    ) -> None:
        self._metadata, self._findings, self._progress = metadata, findings, progress
        self._subjects = LinkSubjects(published)
        self._checks = LinkChecks(published, findings)
        self.origins = Origins()
        self.links = self.count = 0

    def triples(self, sheets: list[Collected], linkset: str) -> Iterator[Triple]:
        """The triples of the links that can stand."""
        for sheet in sheets:
            self._progress.begin("mapping", sheet.rows.length)
            reader = LinkRows(sheet, self._metadata, self._subjects, self._findings)
            place = self.origins.place(sheet.place.file, "", {})
            object_heading = sheet.headings.get("object_id", "")
            for number, cells in sheet.rows.rows():
                self._progress.step()
                link = reader.read(number, cells)
                origin = Origin(sheet.place.file, "", number, object_heading)
                if link and self._checks.passes(link, origin):
                    self.links += 1
                    self.origins.add(link.subject, place, number)
                    yield from link_triples(link, linkset)

    def counted(self, triples: Iterator[Triple]) -> Iterator[Triple]:
        for triple in triples:
            self.count += 1
            yield triple
