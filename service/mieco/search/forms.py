"""What a name is looked up by: its characters, its words, and how it is read in pinyin."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from opencc import OpenCC

from mieco.intake.name_parts import same_name_key
from mieco.search.pinyin import readings

# What follows in a longer name is not looked at.
LONGEST = 400
_WORD = re.compile(r"[a-z0-9]+")
_RUN = re.compile(r"[a-z0-9]+|[^a-z0-9]+")
# Combining marks, which Latin, Greek and Cyrillic letters bear; and what no text has.
_ACCENTS = re.compile(r"[\u0300-\u036f\ud800-\udfff]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WITHIN_A_WORD = re.compile(r"(?<=[a-z])['’](?=[a-z])", re.IGNORECASE)
# Before initials and joined syllables, so that they are not taken for words.
_INITIALS, _FIRST_INITIALS = "·", "‹"
JOINED = "†"
_SHORT, _LONG = 2, 3


@dataclass(frozen=True, slots=True)
class Forms:
    """A name as it is looked up.

    ``dense`` is its letters, characters and digits side by side, folded and simplified;
    ``words`` those in Latin letters and digits; ``readings`` the ways to say the Chinese in it,
    as syllables.
    """

    dense: str
    words: tuple[str, ...]
    readings: tuple[tuple[str, ...], ...]

    @property
    def terms(self) -> set[str]:
        """The terms by which an index finds the name, but for its syllables."""
        found = set(self.words)
        for run in filter(str.isalnum, chinese_runs(self.dense)):
            found |= grams(run)
        for reading in self.readings:
            found |= _initial_terms(initials(reading))
            found |= {JOINED + first + second for first, second in pairwise(reading)}
        return found


def forms_of(name: str) -> Forms:
    """The forms of a name."""
    return Forms(dense_of(name), words_of(name), _readings(folded(_plain(name))))


def _readings(text: str) -> tuple[tuple[str, ...], ...]:
    if text.isascii():
        return ()
    return readings(text)


def words_of(name: str) -> tuple[str, ...]:
    """The words in Latin letters, and the numbers; ParkLedConsortium is one, and three."""
    text = _plain(name)
    apart = _CAMEL.sub(" ", text)
    words = _WORD.findall(folded(apart))
    if apart != text:
        words += _WORD.findall(folded(text))
    return tuple(dict.fromkeys(words))


def dense_of(name: str) -> str:
    """What the spellings of a name share: neither width, case, accents, brackets, spaces and
    punctuation nor traditional characters count.  Of a name that has nothing else, all of it."""
    return "".join(filter(str.isalnum, folded(_plain(name)))) or same_name_key(name[:LONGEST])


@lru_cache(maxsize=8)
def folded(text: str) -> str:
    """A text in lower case, without accents, in simplified characters; its spaces stay."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return simplified(unicodedata.normalize("NFKC", _ACCENTS.sub("", apart)))


@lru_cache(maxsize=8)
def _plain(name: str) -> str:
    """A name without differences of width, and with its apostrophes left out."""
    return _WITHIN_A_WORD.sub("", unicodedata.normalize("NFKC", name[:LONGEST]))


def runs_of(text: str) -> Iterator[str]:
    """The parts of a text that are looked up one by one: words, and Chinese between them."""
    for part in folded(_plain(text)).split():
        dense = "".join(c if c.isalnum() else " " * c.isascii() for c in part)
        for piece in dense.split():
            yield from _RUN.findall(piece)


def chinese_runs(dense: str) -> list[str]:
    """The parts of a dense name between its words."""
    return [run for run in _RUN.findall(dense) if not _WORD.match(run)]


def grams(run: str) -> set[str]:
    """The characters of a run, and the pairs of those side by side."""
    return set(run) | {first + second for first, second in pairwise(run)}


def initials(reading: Iterable[str]) -> str:
    """The first letter of each syllable."""
    return "".join(syllable[0] for syllable in reading)


def initials_terms(letters: str) -> tuple[set[str], set[str]]:
    """The terms by which to look for initials: anywhere in a name, and at its beginning."""
    inner = _pieces(letters, _LONG) or _pieces(letters, _SHORT)
    return {_INITIALS + piece for piece in inner}, {_FIRST_INITIALS + letters[:_LONG]}


def _initial_terms(letters: str) -> set[str]:
    inner = {_INITIALS + piece for size in (_SHORT, _LONG) for piece in _pieces(letters, size)}
    return inner | {_FIRST_INITIALS + letters[:size] for size in (_SHORT, _LONG)}


def _pieces(letters: str, size: int) -> set[str]:
    return {letters[at : at + size] for at in range(len(letters) - size + 1)}


def simplified(text: str) -> str:
    """A text in simplified characters."""
    return text if text.isascii() else _to_simplified().convert(text)


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")
