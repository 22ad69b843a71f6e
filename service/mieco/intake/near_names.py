"""Names of organisations that are nearly the same, for people to decide on.

A near name is an offer: nothing is ever merged because of it.  Edit distance alone cannot
tell 常州工业职业技术学院 from 常州工程职业技术学院, two schools, or offer one with a slip and
not the other.  So a name is taken apart (place, core, remark in brackets, legal form) and a
difference counts as a slip only if it does not turn one known word into another.  A school
that was raised from 职业技术学院 to 职业技术大学, or from 学院 to 大学, is offered as well.

Measured on the 414 names of data/organisations.csv: of 170,982 pairs none is offered for one
another; with one random slip, 88 to 95 of 100 find their organisation again (a wrong
character 88 to 90, one left out 90, two swapped 95), and 1 in 100 finds another one too,
where the slip is in the name of a place.  Abbreviations (株洲高新区) and new names are not
found: they are alternative names to be known.  100,000 made-up names take 2 s against 500
known ones, 4 s against 5,000 and 31 s against 50,000, in 150 MB.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from mieco.intake.name_parts import Parts, parts_of
from mieco.intake.slips import pairs_of, slips_allowed, told_apart

_MOST_OFFERED = 3
_SAME = 1.0
_SAME_CORE = 0.95
_SAME_CORE_UNPLACED = 0.9
_SAME_SCHOOL = 0.92

# Swapping two neighbours, the worst slip, alters three pairs of characters.
_PAIRS_LOST_TO_A_SLIP = 3
# Two characters side by side are taken for a word if they stand in two known names, or in
# one of a thousand where many are known.
_LEAST_NAMES_OF_A_WORD = 2
_NAMES_TO_A_WORD = 1000

# Two characters side by side, how many stand before them, and how long the text is.
_PlacedPair = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class NearName:
    """A known name that may mean the same organisation; a score of 1 is the same name."""

    name: str
    iri: str
    score: float


class NearNames:
    """Known names of organisations, to find those near to a given one."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """Take the known names, each with the IRI of what it names."""
        self._known = tuple(known.items())
        self._parts = tuple(parts_of(name) for name in known)
        self._by_school: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_core: dict[str, list[int]] = defaultdict(list)
        self._by_pair: dict[_PlacedPair, list[tuple[str, int]]] = defaultdict(list)
        self._frequency: Counter[str] = Counter()
        for number, parts in enumerate(self._parts):
            self._by_core[parts.core].append(number)
            self._frequency.update(pairs_of(parts.key))
            if parts.school:
                self._by_school[parts.place, parts.school].append(number)
            for text in parts.texts:
                for place, pair in enumerate(pairwise(text)):
                    self._by_pair["".join(pair), place, len(text)].append((text, number))
        self._word = max(_LEAST_NAMES_OF_A_WORD, len(known) // _NAMES_TO_A_WORD)

    def near(self, name: str) -> tuple[NearName, ...]:
        """The organisations that the name may mean, the nearest first, three at most."""
        asked = parts_of(name)
        scores: dict[int, float] = {}
        for number, score in self._candidates(asked):
            scores[number] = max(score, scores.get(number, 0.0))
        best: dict[str, NearName] = {}
        for number in sorted(scores, key=lambda n: (-scores[n], n)):
            known, iri = self._known[number]
            best.setdefault(iri, NearName(known, iri, round(scores[number], 3)))
        return tuple(best.values())[:_MOST_OFFERED]

    def _is_word(self, pair: str) -> bool:
        return self._frequency[pair] >= self._word

    def _candidates(self, asked: Parts) -> Iterator[tuple[int, float]]:
        yield from self._of_same_core(asked)
        yield from self._raised(asked)
        yield from self._with_slips(asked)

    def _raised(self, asked: Parts) -> Iterator[tuple[int, float]]:
        """The schools that this one may have been, or become."""
        if asked.school:
            for number in self._by_school.get((asked.place, asked.school), ()):
                if _may_be_one(asked, self._parts[number]):
                    yield number, _SAME_SCHOOL

    def _of_same_core(self, asked: Parts) -> Iterator[tuple[int, float]]:
        alike = self._by_core.get(asked.core, ())
        for number in alike:
            known = self._parts[number]
            if known.key == asked.key:
                yield number, _SAME
            elif not _may_be_one(asked, known):
                continue
            elif known.place == asked.place:
                yield number, _SAME_CORE
            elif len(alike) == 1:
                # 教育局 without its place could be that of any city, which says nothing.
                yield number, _SAME_CORE_UNPLACED

    def _with_slips(self, asked: Parts) -> Iterator[tuple[int, float]]:
        for text in asked.texts:
            slips = slips_allowed(text)
            if not slips:
                continue
            candidates = {
                (known, number): known
                for known, number in self._sharing_a_pair(text, slips)
                if _may_be_one(asked, self._parts[number])
            }
            for known, distance, (_, number) in process.extract(
                text, candidates, scorer=OSA.distance, score_cutoff=slips, limit=None
            ):
                if distance and not told_apart(text, known, self._is_word):
                    yield number, _SAME_CORE * (1 - distance / len(text))

    def _sharing_a_pair(self, text: str, slips: int) -> set[tuple[str, int]]:
        """The known texts that are near enough, and others that share a rare pair.

        So few slips cannot alter all the pairs looked up, nor move one by more places; the
        rarest pairs find the fewest texts.
        """
        pairs = [("".join(pair), place) for place, pair in enumerate(pairwise(text))]
        pairs.sort(key=lambda placed: self._frequency[placed[0]])
        drift = range(-slips, slips + 1)
        return {
            found
            for pair, place in pairs[: slips * _PAIRS_LOST_TO_A_SLIP + 1]
            for shift in drift
            for longer in drift
            for found in self._by_pair.get((pair, place + shift, len(text) + longer), ())
        }


def _may_be_one(asked: Parts, known: Parts) -> bool:
    """Whether neither the places nor the remarks in brackets tell the two apart."""
    return (not (asked.place and known.place) or asked.place == known.place) and (
        not (asked.remark and known.remark) or asked.remark == known.remark
    )
