"""The parts of a name that a search matches, to be marked for readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from mieco.search.forms import folded, initials, runs_of
from mieco.search.matching import How
from mieco.search.pinyin import readings

# A part of a name, and whether it is to be marked.
Piece = tuple[str, bool]


def marked(name: str, text: str, meant: str = "", how: Iterable[How] = ()) -> list[Piece]:
    """The pieces of a name, those marked that a search for a text matches."""
    letters = list(_letters(name))
    dense = "".join(letter for letter, _ in letters)
    places: set[int] = set()
    hows = set(how)
    for run in dict.fromkeys((*runs_of(text), *runs_of(meant))):
        found = _together(name, letters, dense, run) or _spoken(dense, run, hows)
        if not found and "short" in hows:
            found = _apart(dense, run)
        places |= {letters[each][1] for each in found}
    grouped = groupby(range(len(name)), key=lambda at: at in places)
    return [("".join(name[at] for at in ats), hit) for hit, ats in grouped]


def _letters(name: str) -> Iterator[tuple[str, int]]:
    """The characters of the dense form of a name, and where each of them stands in it."""
    for place, character in enumerate(name):
        for letter in folded(character):
            if letter.isalnum():
                yield letter, place


def _together(name: str, letters: Sequence[tuple[str, int]], dense: str, run: str) -> list[int]:
    """Where a text stands; words only where they begin."""
    found: list[int] = []
    at = dense.find(run)
    while at >= 0:
        before = name[letters[at][1] - 1 : letters[at][1]]
        if not (run.isascii() and before.isascii() and before.isalnum()):
            found += range(at, at + len(run))
        at = dense.find(run, at + 1)
    return found


def _spoken(dense: str, run: str, hows: set[How]) -> range:
    """The characters that are read as a text, or whose initials it is."""
    for reading in readings(dense) if hows & {"pinyin", "initials", "near"} else ():
        if len(reading) != len(dense):
            continue
        if "initials" in hows and (at := initials(reading).find(run)) >= 0:
            return range(at, at + len(run))
        for start in range(len(reading)):
            end, said = start, ""
            while end < len(reading) and len(said) < len(run):
                said += reading[end]
                end += 1
            if said.startswith(run):
                return range(start, end)
    return range(0)


def _apart(dense: str, run: str) -> list[int]:
    """The characters of a text one after the other, with others between them."""
    found, at = [], -1
    for character in run:
        at = dense.find(character, at + 1)
        if at < 0:
            return []
        found.append(at)
    return found
