"""Names of a table matched: the row beside each, for a page, a CSV file or a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from mieco.cell_text import cell_text
from mieco.errors import Language, Text
from mieco.present.spreadsheet_csv import write_csv
from mieco.reconcile.documents import FEATURES
from mieco.reconcile.matching import Candidate
from mieco.reconcile.queries import Query
from mieco.reconcile.requests import MOST_QUERIES

NAME_HEAD: Final = Text("名称", "name")
HEADS: Final = (
    Text("结果", "result"),
    Text("匹配到的名称", "matched thing"),
    Text("IRI", "IRI"),
    Text("分数", "score"),
    Text("依据", "grounds"),
    Text("其他可能", "other candidates"),
)
_MATCHED: Final = Text("匹配", "matched")
_TO_CHECK: Final = Text("待核对", "to check")
_NONE: Final = Text("没有找到", "not found")

Match = Callable[[Sequence[Query]], list[list[Candidate]]]


@dataclass(frozen=True, slots=True)
class MatchedName:
    """A name and what it may mean, the likeliest first."""

    name: str
    candidates: Sequence[Candidate]

    @property
    def best(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None

    @property
    def is_matched(self) -> bool:
        return self.best is not None and self.best.match

    def result(self) -> Text:
        if self.best is None:
            return _NONE
        return _MATCHED if self.is_matched else _TO_CHECK

    def grounds(self, language: Language) -> list[str]:
        """What the best candidate rests on, in words."""
        features = self.best.features if self.best else {}
        stop = {"zh": "：否", "en": ": no"}[language]
        return [
            FEATURES[name].in_(language) + ("" if value else stop)
            for name, value in features.items()
            if name in FEATURES and isinstance(value, bool)
        ]

    def cells(self, language: Language) -> list[str | float]:
        """The cells under :data:`HEADS`."""
        best = self.best
        others = [f"{c.thing.label(language)} ({c.score:g})" for c in self.candidates[1:]]
        if best is None:
            return [self.result().in_(language), "", "", "", "", ""]
        return [
            self.result().in_(language),
            best.thing.label(language),
            best.thing.iri,
            best.score,
            "; ".join(self.grounds(language)),
            "; ".join(others),
        ]


def match_all(queries: Iterable[Query], match: Match) -> Iterator[MatchedName]:
    """Each query with its candidates, in as many portions as it takes."""
    waiting = list(queries)
    for first in range(0, len(waiting), MOST_QUERIES):
        some = waiting[first : first + MOST_QUERIES]
        for query, found in zip(some, match(some), strict=True):
            yield MatchedName(query.name, found)


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[str | float]]) -> str:
    """A table as CSV; no text is ever taken for a formula by a spreadsheet."""
    return write_csv(heads, rows)


def write_xlsx(
    file: IO[bytes], heads: Sequence[str], rows: Iterable[Sequence[str | float]]
) -> None:
    """A table as a workbook; here a text is a text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("mieco")
    sheet.append([_text_cell(sheet, head) for head in heads])
    for row in rows:
        sheet.append([_text_cell(sheet, c) if isinstance(c, str) else c for c in row])
    book.save(file)


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, cell_text(text))
    cell.data_type = "s"
    return cell
