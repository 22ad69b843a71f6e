"""What a check of the ontology finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mieco.errors import Language, Text

Level = Literal["ERROR", "WARN"]

LEVELS: dict[Level, Text] = {"ERROR": Text("错误", "error"), "WARN": Text("警告", "warning")}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (ERROR) or doubtful (WARN).

    ``rule`` is the stable name of what was looked for, ``subject`` the IRI or file it is about.
    """

    rule: str
    level: Level
    subject: str
    message: Text

    def line(self, language: Language) -> str:
        """The finding as one line."""
        said = self.message.in_(language)
        return f"{LEVELS[self.level].in_(language)}: {said} [{self.rule}]"


def error(rule: str, subject: str, zh: str, en: str) -> Finding:
    """A finding that keeps the ontology from being released."""
    return Finding(rule, "ERROR", subject, Text(zh, en))
