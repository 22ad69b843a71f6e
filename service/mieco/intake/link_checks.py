"""What links must be beside each other: no link twice, no two that are the same as one."""

from __future__ import annotations

from mieco.errors import SILENCE, Text
from mieco.findings import Finding, Findings, Origin, Severity
from mieco.intake.link_rows import Link
from mieco.intake.link_targets import dataset_of
from mieco.intake.registers import Published
from mieco.terms import SAME_PREDICATES


class LinkChecks:
    """Holds each link against those before it and those that are published elsewhere."""

    def __init__(self, published: Published, findings: Findings) -> None:
        self._published, self._findings = published, findings
        self._rows: dict[tuple[str, str, str], int] = {}
        # Of what is the same: the object by subject and dataset, and the row by object.
        self._same: dict[tuple[str, str], tuple[str, int]] = {}
        self._objects: dict[str, tuple[str, int]] = {}

    def passes(self, link: Link, origin: Origin) -> bool:
        """Can a link stand?  One that cannot is reported."""
        row = origin.row
        triple = (link.subject, link.predicate, link.object)
        before = self._rows.setdefault(triple, row)
        if before != row:
            self._say(
                "link-duplicate",
                Text(f"与第 {before} 行相同。", f"It is the same as row {before}."),
                origin,
            )
            return False
        if link.predicate not in SAME_PREDICATES:
            return True
        return self._is_only(link, origin)

    def _is_only(self, link: Link, origin: Origin) -> bool:
        """Is the object the only one of its dataset that the subject is the same as?"""
        dataset = dataset_of(link.object)
        other, row = self._same.setdefault((link.subject, dataset), (link.object, origin.row))
        if other != link.object:
            self._rival(other, Text(f"第 {row} 行", f"row {row}"), origin)
            return False
        for predicate in SAME_PREDICATES:
            for said in self._published.said(link.subject, predicate):
                if said != link.object and dataset_of(said) == dataset:
                    self._rival(said, Text("已发布的链接", "a published link"), origin)
                    return False
        subject, row = self._objects.setdefault(link.object, (link.subject, origin.row))
        if subject != link.subject:
            self._say(
                "object-shared",
                Text(
                    f"第 {row} 行把另一个主体对应到同一个客体。",
                    f"Row {row} has another subject be the same as this object. ",
                ),
                origin,
                Text(
                    "请核对哪一个对。",
                    "See which is right.",
                ),
                "warning",
            )
        return True

    def _rival(self, other: str, where: Text, origin: Origin) -> None:
        self._say(
            "link-rival",
            Text(
                f"{where.zh}把这个主体对应到同一数据集的另一事物：{other}。",
                f"By {where.en} the subject is another thing of that dataset: {other}. ",
            ),
            origin,
            Text(
                "一个事物在一个数据集里只能确切对应一个；其余请改用 skos:closeMatch 等。",
                "In a dataset a thing can be one only; use skos:closeMatch or the like.",
            ),
        )

    def _say(
        self,
        code: str,
        message: Text,
        origin: Origin,
        hint: Text = SILENCE,
        severity: Severity = "violation",
    ) -> None:
        self._findings.add(Finding(severity, code, message, origin, hint))
