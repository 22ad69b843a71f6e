"""What is wrong with data, in both languages, each finding at its cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mieco.errors import SILENCE, Language, Text

Severity = Literal["violation", "warning", "info"]

# So many findings of one kind in one column are kept.
_ALIKE = 1_000

SEVERITIES: dict[Severity, Text] = {
    "violation": Text("违反", "violation"),
    "warning": Text("警告", "warning"),
    "info": Text("提示", "info"),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """A cell; with no column a row, with no row a sheet, with no sheet a file.

    ``row`` counts as a spreadsheet does, from 1; ``column`` is the heading as it stands there.
    A table that is a file of its own has no sheet.
    """

    file: str
    sheet: str = ""
    row: int = 0
    column: str = ""

    def text(self) -> Text:
        zh, en = self.file, self.file
        if self.sheet:
            zh, en = f"{zh} 工作表“{self.sheet}”", f"{en}, sheet '{self.sheet}'"
        if self.row:
            zh, en = f"{zh} 第 {self.row} 行", f"{en}, row {self.row}"
        if self.column:
            zh, en = f"{zh} {self.column} 列", f"{en}, column {self.column}"
        return Text(zh, en)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at a place, under a stable code.

    ``code`` is the cell rule that is broken, or ``shape:`` and the name of a shape (a result of
    SHACL §3.6.2), or ``axiom`` for a contradiction to the ontology.  ``focus`` and ``path`` are
    IRIs; they and ``value`` may be empty.  ``origin`` is ``None`` for what did not come from a
    file.  ``hint`` says what to do where the message does not.
    """

    severity: Severity
    code: str
    message: Text
    origin: Origin | None
    hint: Text = SILENCE
    focus: str = ""
    path: str = ""
    value: str = ""

    def said(self, language: Language) -> str:
        """What is wrong and what to do, without the place."""
        space = "" if language == "zh" else " "
        return space.join(
            part for part in (self.message.in_(language), self.hint.in_(language)) if part
        )

    def line(self, language: Language) -> str:
        """The finding as one line, fit for a terminal whatever the data hold."""
        where = self.origin.text().in_(language) if self.origin else self.focus
        said = self.said(language)
        value = f" ({self.value})" if self.value and self.value not in said else ""
        line = f"{where}: {SEVERITIES[self.severity].in_(language)}: {said}{value}"
        one = " ".join(line.split())
        return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in one)


@dataclass(frozen=True, slots=True)
class Report:
    """The findings about some data, the gravest first.  Only violations block publishing.

    Of very many alike only the first are there; ``counts`` gives the number of all.
    """

    findings: Sequence[Finding]
    counts: Mapping[Severity, int]

    def count(self, severity: Severity) -> int:
        return self.counts.get(severity, 0)

    @property
    def publishable(self) -> bool:
        return not self.count("violation")

    def lines(self, language: Language) -> Iterator[str]:
        return (finding.line(language) for finding in self.findings)


class Findings:
    """Collects findings, and of very many alike keeps the first only.

    Where a cell cannot be read, nothing more is said of that cell.
    """

    def __init__(self) -> None:
        self._sheets: dict[tuple[str, str], int] = {}
        self._unread: set[Origin] = set()
        self._kept: list[Finding] = []
        self._alike: Counter[tuple[str, str, str]] = Counter()
        self._counts: Counter[Severity] = Counter()

    def unreadable(self, finding: Finding) -> None:
        """Adds a finding about a cell that cannot be read."""
        self._keep(finding)
        if finding.origin:
            self._unread.add(finding.origin)

    def add(self, finding: Finding) -> None:
        """Adds a finding, unless it is about a cell that could not be read anyway."""
        if not self.is_unread(finding.origin):
            self._keep(finding)

    def is_unread(self, origin: Origin | None) -> bool:
        """Is it told already that the cell there cannot be read?"""
        return origin in self._unread

    def _keep(self, finding: Finding) -> None:
        if finding.origin:
            self._sheets.setdefault(_sheet(finding.origin), len(self._sheets))
        self._counts[finding.severity] += 1
        origin = finding.origin
        kind = (finding.code, origin.sheet if origin else "", origin.column if origin else "")
        self._alike[kind] += 1
        if self._alike[kind] <= _ALIKE:
            self._kept.append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.add(finding)

    def report(self) -> Report:
        """All of them, by severity and place, sheets in the order in which they came up."""
        order = list(SEVERITIES)

        def rank(finding: Finding) -> tuple[object, ...]:
            origin = finding.origin or Origin("")
            sheet = self._sheets.get(_sheet(origin), -1)
            place = (origin.row, origin.column, finding.focus, finding.path)
            return (order.index(finding.severity), sheet, *place, finding.code)

        ranked = sorted(self._kept, key=rank)
        return Report(ranked, dict(self._counts))


def _sheet(origin: Origin) -> tuple[str, str]:
    return origin.file, origin.sheet
