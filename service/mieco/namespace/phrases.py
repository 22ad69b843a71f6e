"""Sentences in both languages that know which of their words name a thing, to link it on pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mieco.errors import Language, Text
from mieco.present.names import compact

_PLACE = re.compile(r"\{(\w+)\}")
# An English word that begins with a vowel's letter, but not with its sound.
_CONSONANT = re.compile(r"(?:uni|use|usu|uti|eu|one\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """The name of the thing with this IRI, in the language of the sentence."""

    iri: str


Piece = str | Name


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of a sentence, or all of it, in each language."""

    zh: tuple[Piece, ...]
    en: tuple[Piece, ...]

    def in_(self, language: Language) -> tuple[Piece, ...]:
        return self.zh if language == "zh" else self.en

    def text(self, language: Language, labels: Mapping[str, Text]) -> str:
        """As plain text."""
        return "".join(
            name_in(each.iri, language, labels) if isinstance(each, Name) else each
            for each in self.in_(language)
        )


def name_in(iri: str, language: Language, labels: Mapping[str, Text]) -> str:
    """What a thing is called in a language, or its short name."""
    label = labels.get(iri)
    return (label.in_(language) if label else "") or compact(iri)


def fill(zh: str, en: str, **parts: Phrase) -> Phrase:
    """A sentence with phrases in the places that ``{…}`` keeps for them.

    >>> fill("每个{c}", "every {c}", c=named("urn:x")).en
    ('every ', Name(iri='urn:x'))
    """
    return Phrase(tuple(_filled(zh, "zh", parts)), tuple(_filled(en, "en", parts)))


def named(iri: str) -> Phrase:
    return Phrase((Name(iri),), (Name(iri),))


def words(zh: str, en: str) -> Phrase:
    return Phrase((zh,), (en,))


def joined(phrases: Sequence[Phrase], zh: tuple[str, str], en: tuple[str, str]) -> Phrase:
    """Phrases in a row; of each language the text between two of them, and before the last."""
    return Phrase(
        tuple(_in_a_row([p.zh for p in phrases], *zh)),
        tuple(_in_a_row([p.en for p in phrases], *en)),
    )


def with_article(noun: str) -> str:
    """An English noun with "a" or "an" before it.

    >>> with_article("enterprise"), with_article("university")
    ('an enterprise', 'a university')
    """
    vowel = noun[:1].lower() in "aeiou" and not _CONSONANT.match(noun)
    return f"{'an' if vowel else 'a'} {noun}"


def _filled(template: str, language: Language, parts: Mapping[str, Phrase]) -> Iterator[Piece]:
    for place, text in enumerate(_PLACE.split(template)):
        if place % 2:
            yield from parts[text].in_(language)
        elif text:
            yield text


def _in_a_row(phrases: Sequence[tuple[Piece, ...]], between: str, last: str) -> Iterator[Piece]:
    for place, phrase in enumerate(phrases):
        if place:
            yield last if place == len(phrases) - 1 else between
        yield from phrase
