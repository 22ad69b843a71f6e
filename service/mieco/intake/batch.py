"""A batch: what one delivery of files says, as triples with their origins."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from mieco.findings import Findings, Origin

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was delivered: where it lies, and what its sender called it."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class _Place:
    """The rows of one kind: their file and sheet, and the heading that each property is under."""

    file: str
    sheet: str
    columns: Mapping[str, str]


class Origins:
    """The row that each thing came from, and the column of each of its properties."""

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self._rows: dict[str, tuple[int, int]] = {}
        self._cells: dict[tuple[str, str], Origin] = {}

    def place(self, file: str, sheet: str, columns: Mapping[str, str]) -> int:
        """A number for rows of one kind, where ``columns`` maps properties to headings."""
        self._places.append(_Place(file, sheet, columns))
        return len(self._places) - 1

    def add(self, thing: str, place: int, row: int) -> None:
        """Notes that a thing came from a row; the first that is noted counts."""
        self._rows.setdefault(thing, (place, row))

    def add_cell(self, thing: str, predicate: str, origin: Origin) -> None:
        """Notes a cell that says something of a thing of another row."""
        self._cells.setdefault((thing, predicate), origin)

    def find(self, thing: str, predicate: str) -> Origin | None:
        """The cell of a property of a thing; its row, if not the very cell."""
        cell = self._cells.get((thing, predicate))
        if cell or thing not in self._rows:
            return cell
        number, row = self._rows[thing]
        place = self._places[number]
        return Origin(place.file, place.sheet, row, place.columns.get(predicate, ""))


@dataclass(frozen=True, slots=True)
class Batch:
    """Triples of one named graph, in an N-Triples file, some perhaps more than once.

    ``findings`` tell what was wrong in reading; ``inputs`` gives the SHA-256 of each file read,
    ``records`` the rows of each table or sheet; ``shaped`` whether the shapes have a say in it.
    """

    graph: NamedNode
    file: Path
    triples: int
    findings: Findings
    inputs: Mapping[str, str]
    records: Mapping[str, int]
    origins: Origins = field(default_factory=Origins)
    shaped: bool = True

    def quads(self) -> Iterator[Quad]:
        """Every triple in the graph, one by one."""
        for quad in parse(path=self.file, format=RdfFormat.N_TRIPLES):
            yield Quad(quad.subject, quad.predicate, quad.object, self.graph)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
