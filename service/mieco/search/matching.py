"""The things that one part of a search matches, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from typing import Literal as OneOf

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from mieco.search.entries import NameKind
from mieco.search.forms import grams, initials_terms
from mieco.search.lookup import Names, quoted, thing_of
from mieco.search.pinyin import cuts

How = OneOf[
    "exact", "start", "word", "inside", "beginning-of-word", "pinyin", "initials", "short", "near"
]
# How good a match is, the least the best; a near one is the worse, the less alike.
_COST: Final[dict[How, float]] = {
    "exact": 0,
    "start": 1,
    "inside": 1.4,
    "word": 1.5,
    "beginning-of-word": 2.5,
    "pinyin": 3,
    "initials": 4,
    "short": 5,
    "near": 10,
}
# What a name costs more that is not a label: most people do not search by it.
_OF_KIND: Final[dict[NameKind, float]] = {
    "label": 0,
    "alternative": 0.1,
    "former": 0.1,
    "written": 0.2,
    "identifier": 2.5,
}
_LEAST_OF_KIND = 0.2
# One wrong character in four is near, and no name shorter than that.
_LEAST_NEAR = 4
# Where nothing is that near, so many names are offered of which half is the same.
_OFFERED, _HALF = 10, 50.0
_WORD_FOR_TWO_SLIPS = 8
_NEAR_WORDS = 5
_PAIRS_FOR_NEAR = 4
_MOST_NEAR = 3000
_PAIR = 2
# No name is worse for what it is longer than this.
_LONG = 200


class Match(NamedTuple):
    """A name that matches: its number, at which cost, how, and the words that were meant.

    A tuple, since a search makes many thousands of them.
    """

    name: int
    cost: float
    how: How
    meant: str = ""


# The best match of each thing.
Matches = dict[int, Match]


def whole_matches(names: Names, dense: str) -> Matches:
    """The things of which a name is a text, or begins with it."""
    found: list[Match] = []
    for name, length, kind in names.rows(_WHOLE, (dense, dense + "\U0010ffff")):
        how: How = "exact" if length == len(dense) else "start"
        found.append(Match(name, _cost(how, length, kind), how))
    return _best(found)


def matches(names: Names, run: str) -> Matches:
    """The things with a name that a part of a search matches, else those with one near it."""
    found = _word_matches(names, run) if run.isascii() else _chinese_matches(names, run)
    if found or len(run) < _LEAST_NEAR:
        return found
    return _near_words(names, run) if run.isascii() else _near_names(names, run)


_WHOLE = "SELECT id, length(dense), kind FROM name WHERE dense >= ? AND dense < ?"
_POSTED = """
SELECT id, length(dense), kind, instr(dense, ?1), CASE WHEN instr(dense, ?1) THEN '' ELSE dense END
FROM posting JOIN name ON id = posting.rowid WHERE posting MATCH ?2
"""
_OF_TERMS = """
SELECT id, length(dense), kind FROM posting JOIN name ON id = posting.rowid WHERE posting MATCH ?
"""
_READ = """
SELECT id, length(dense), kind FROM reading JOIN name ON id = reading.rowid WHERE reading MATCH ?
"""


def _chinese_matches(names: Names, run: str) -> Matches:
    # A pair is surely together; of a longer text what is short for a name lacks the pairs.
    terms = {run} if len(run) == _PAIR else set(run)
    rows = names.rows(_POSTED, (run, _all(terms)))
    return _best(_chinese(run, row) for row in rows)


def _chinese(run: str, row: tuple[int, int, NameKind, int, str]) -> Match | None:
    name, length, kind, at, dense = row
    if at:
        how: How = "exact" if length == len(run) else "start" if at == 1 else "inside"
        return Match(name, _cost(how, length, kind), how)
    rest = iter(dense)
    # In this order, with others between them: 常州工院 is short for 常州工业职业技术学院.
    if dense[0] == run[0] and all(character in rest for character in run):
        return Match(name, _cost("short", length, kind), "short")
    return None


def _word_matches(names: Names, word: str) -> Matches:
    found = [
        *_of_terms(names, quoted(word), "word"),
        *_of_terms(names, quoted(word) + " *", "beginning-of-word"),
    ]
    if word.isalpha():
        for cut in cuts(word):
            # Of the ways to cut it, the one with the fewest syllables is likeliest.
            for name, length, kind in names.rows(_READ, (f'"{" ".join(cut)}" *',)):
                cost = _cost("pinyin", length, kind) + len(cut) / 10
                found.append(Match(name, cost, "pinyin"))
        if len(word) >= _PAIR:
            anywhere, first = (_all(terms) for terms in initials_terms(word))
            found += _of_terms(names, f"({anywhere}) AND {first}", "initials")
            if len(word) > _PAIR:
                found += _of_terms(names, anywhere, "initials", more=0.5)
    return _best(found)


def _of_terms(names: Names, match: str, how: How, more: float = 0) -> Iterator[Match]:
    for name, length, kind in names.rows(_OF_TERMS, (match,)):
        yield Match(name, _cost(how, length, kind) + more, how)


def _all(terms: Iterable[str]) -> str:
    return " AND ".join(map(quoted, sorted(terms)))


def _cost(how: How, length: int, kind: NameKind) -> float:
    """How good a match is; of names that match alike, the shorter is more to the point."""
    # A whole identifier is no chance; a word of one may be.
    other = _LEAST_OF_KIND if how == "exact" and kind == "identifier" else _OF_KIND[kind]
    return _COST[how] + other + min(length, _LONG) / (2 * _LONG)


def _near_words(names: Names, word: str) -> Matches:
    """What matches the words, or two syllables, that differ from a word by a slip or two."""
    slips = 2 if len(word) >= _WORD_FOR_TWO_SLIPS else 1
    near = process.extract(
        word, names.words(), scorer=OSA.distance, score_cutoff=slips, limit=_NEAR_WORDS
    )
    return _best(
        Match(match.name, _COST["near"] + distance + match.cost / 10, "near", meant)
        for meant, distance, _ in near
        if sorted(meant[:_PAIR]) == sorted(word[:_PAIR]) or meant[0] == word[0]
        for match in _word_matches(names, meant).values()
    )


def _near_names(names: Names, run: str) -> Matches:
    """Names of which a part is nearly a text, else those of which the most is."""
    pairs = {gram for gram in grams(run) if len(gram) == _PAIR}
    found = names.by_any_term(names.rarest(pairs)[:_PAIRS_FOR_NEAR], limit=_MOST_NEAR)
    dense = {number: named.dense for number, named in names.named(found).items()}
    alike = process.extract(run, dense, scorer=fuzz.partial_ratio, score_cutoff=_HALF, limit=None)
    enough = 100 * (1 - (len(run) // _LEAST_NEAR) / len(run))
    long = [each for each in alike if len(each[0]) >= len(run) - 1]
    near = [each for each in long if each[1] >= enough] or long[:_OFFERED]
    return _best(
        Match(
            number,
            _cost("near", len(text), "label") + (100 - percent) / 10,
            "near",
            _meant(run, text),
        )
        for text, percent, number in near
    )


def _meant(run: str, dense: str) -> str:
    """The part of a name that one wrong character, or two that changed places, tell from a text."""
    parts = (dense[start : start + len(run)] for start in range(len(dense) - len(run) + 1))
    return next((part for part in parts if OSA.distance(run, part, score_cutoff=1) == 1), "")


def _best(found: Iterable[Match | None]) -> Matches:
    best: Matches = {}
    for match in found:
        if match is not None:
            thing = thing_of(match.name)
            known = best.get(thing)
            if known is None or match.cost < known.cost:
                best[thing] = match
    return best
