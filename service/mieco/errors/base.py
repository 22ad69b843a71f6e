"""What every error is: facts, and sentences made from them in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence, or one name, in both languages."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


# Nothing to say.
SILENCE = Text("", "")

Fact = str | int | float | Text
_LONGEST_FACT = 1000


class MiecoError(Exception):
    """What went wrong, where, and what to do, in zh and en, under a stable code.

    ``sentence`` and ``hint`` are templates over the keyword arguments of the
    constructor; a missing hint is an empty one.
    """

    code: ClassVar[str]
    sentence: ClassVar[Text]
    hint: ClassVar[Text] = Text("", "")
    exit_code: ClassVar[int] = 3

    def __init__(self, **facts: Fact) -> None:
        self.facts = facts
        super().__init__(self.message("en"))

    def _fill(self, template: Text, language: Language) -> str:
        words = {
            name: _shortened(fact.in_(language) if isinstance(fact, Text) else fact)
            for name, fact in self.facts.items()
        }
        return template.in_(language).format_map(words)

    def message(self, language: Language) -> str:
        """The sentence in one language."""
        return self._fill(self.sentence, language)

    def advice(self, language: Language) -> str:
        """What to do, in one language; may be empty."""
        return self._fill(self.hint, language)


def _shortened(fact: str | float) -> str | float:
    """What a stranger wrote is quoted in a message, but not at any length."""
    if isinstance(fact, str) and len(fact) > _LONGEST_FACT:
        return fact[:_LONGEST_FACT] + " …"
    return fact


class UserError(MiecoError):
    exit_code = 2


class ServiceError(MiecoError):
    exit_code = 3
