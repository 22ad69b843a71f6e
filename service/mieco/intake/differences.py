"""Where a workbook says something else of a thing than what is published of it."""

from __future__ import annotations

from collections.abc import Sequence

from pyoxigraph import Literal

from mieco.errors import Language, Text
from mieco.findings import Finding, Findings, Origin
from mieco.intake.registers import Named, Published, Value
from mieco.intake.specification import Column
from mieco.intake.vocabulary import Vocabulary
from mieco.terms import MIECO, RDF_TYPE

_ADVICE = Text("发布后两者并存；请核对。", "Both will stand side by side; see to it.")
_KIND_ADVICE = Text(
    "已发布的单位，其类型不因填报而改变；请核对。",
    "The kind of a published organisation is not changed by a workbook; see to it.",
)


class Differences:
    """Compares what cells say with what is published, and reports where the two differ."""

    def __init__(self, published: Published, vocabulary: Vocabulary, findings: Findings) -> None:
        self._published, self._vocabulary, self._findings = published, vocabulary, findings

    def keeps(self, thing: Named, column: Column, value: Value, origin: Origin) -> bool:
        """Is what a cell says of a thing kept?  It is, but for another kind of what is published.

        Where a column has one value, another published one is reported.
        """
        if thing.iri not in self._published.things or column.list or column.inverse or column.lang:
            return True
        said = self._published.said(thing.iri, column.property)
        told = value.value if isinstance(value, Literal) else value.iri
        kind = column.property == RDF_TYPE
        if kind:
            said = [each for each in said if each in {MIECO + name for name in column.classes}]
        if not said or told in said:
            return True
        self._findings.add(
            Finding(
                "warning",
                "differs",
                Text(
                    f"已发布的是“{self._shown(said, 'zh')}”。",
                    f"What is published is '{self._shown(said, 'en')}'. ",
                ),
                origin,
                _KIND_ADVICE if kind else _ADVICE,
                value=value.value if isinstance(value, Literal) else value.zh,
            )
        )
        return not kind

    def _shown(self, values: Sequence[str], language: Language) -> str:
        """Published values as a person reads them."""
        things = self._published.things
        named = [things.get(value) or self._vocabulary.named(value) for value in values]
        words = [each.in_(language) or value for each, value in zip(named, values, strict=True)]
        return ("、" if language == "zh" else ", ").join(words)

    def is_other_name(self, thing: Named, label: Literal, origin: Origin) -> bool:
        """Is a thing published under another label in that language?  Then that is reported."""
        published = self._published.things.get(thing.iri)
        known = published.in_("zh" if label.language == "zh" else "en") if published else ""
        if not known or known == label.value:
            return False
        self._findings.add(
            Finding(
                "info",
                "other-name",
                Text(
                    f"已发布的名称是“{known}”；这里的名称记为它的其他名称。",
                    f"It is published as '{known}'; the name here is kept as another of its names.",
                ),
                origin,
            )
        )
        return True
