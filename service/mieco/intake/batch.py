"""A batch: what one delivery of files says, as quads with their origins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad

from mieco.errors import Text


@dataclass(frozen=True, slots=True)
class Origin:
    """A cell, or with no column a row.  ``row`` counts as a spreadsheet does: the header is 1."""

    file: str
    row: int
    column: str = ""

    def text(self) -> Text:
        zh, en = f"{self.file} 第 {self.row} 行", f"{self.file}, row {self.row}"
        if self.column:
            return Text(f"{zh} {self.column} 列", f"{en}, column {self.column}")
        return Text(zh, en)


@dataclass(frozen=True, slots=True)
class Batch:
    """Quads of one named graph.

    ``origins`` maps (subject, predicate) to the cell, and (subject, ``None``) to the row;
    ``inputs`` gives the SHA-256 of each file read, ``records`` the rows of each table.
    """

    graph: NamedNode
    quads: frozenset[Quad]
    origins: Mapping[tuple[str, str | None], Origin]
    inputs: Mapping[str, str]
    records: Mapping[str, int]

    def origin(self, subject: str, predicate: str | None) -> Origin | None:
        """Where a statement came from; the row, if not the very cell."""
        return self.origins.get((subject, predicate)) or self.origins.get((subject, None))
