"""What a check found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from mieco.errors import Language, Text
from mieco.intake.batch import Origin

Severity = Literal["violation", "warning", "info"]

SEVERITIES: dict[Severity, Text] = {
    "violation": Text("违反", "violation"),
    "warning": Text("警告", "warning"),
    "info": Text("提示", "info"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One SHACL validation result (SHACL §3.6.2), in words and at its place.

    Or a contradiction to the ontology: then ``shape`` is the axiom.  ``focus`` and ``path``
    are IRIs; ``path`` and ``value`` may be empty; ``origin`` is ``None`` for what did not
    come from a file.
    """

    severity: Severity
    message: Text
    focus: str
    path: str
    value: str
    shape: str
    origin: Origin | None

    def line(self, language: Language) -> str:
        """The finding as one line."""
        where = self.origin.text().in_(language) if self.origin else self.focus
        said = self.message.in_(language)
        value = f" ({self.value})" if self.value else ""
        return f"{where}: {SEVERITIES[self.severity].in_(language)}: {said}{value}"


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, the gravest first.  Only violations keep data from being published."""

    findings: Sequence[Finding]

    def count(self, severity: Severity) -> int:
        return sum(f.severity == severity for f in self.findings)

    def lines(self, language: Language) -> Iterator[str]:
        return (finding.line(language) for finding in self.findings)
