"""The few names of an index that may mean the same as a given one, out of very many.

Pairs of characters that stand in few names find few names: the rarest are looked up first,
and common ones not at all.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import nlargest
from itertools import chain

from rapidfuzz import fuzz, process

from mieco.intake.slips import pairs_of
from mieco.reconcile.places import regions_of
from mieco.reconcile.reading import Reading
from mieco.reconcile.wording import GOVERNMENT, in_full
from mieco.search.forms import initials_terms
from mieco.search.lookup import Named, Names
from mieco.search.pinyin import cuts

# How many names are compared in full, and how many are found at all on the way there.
_MOST_COMPARED = 12
_MOST_FOUND = 60
_MOST_POSTED = 1_500
_MOST_PAIRS = 8
_LEAST_PAIRS = 2
_MOST_READ = 40
_LONGEST_ABBREVIATION = 6
# A word stands in one name of a thousand, and in two at least.
_LEAST_NAMES_OF_A_WORD = 2
_NAMES_TO_A_WORD = 1000
_MOST_KNOWN = 200_000


class Gathering:
    """Finds names in an index, and tells how common their words are.  Thread-safe."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._count = int(names.rows("SELECT count(*) FROM name")[0][0])
        self._word: int = max(_LEAST_NAMES_OF_A_WORD, self._count // _NAMES_TO_A_WORD)
        self._known: dict[str, int] = {}

    def is_word(self, pair: str) -> bool:
        """Whether two characters side by side stand in many names."""
        return self._frequency(pair) >= self._word

    def is_known(self, word: str) -> bool:
        """Whether a word stands in any name."""
        return self._frequency(word) > 0

    def weight(self, pair: str) -> float:
        """How telling two characters are: the more, the fewer names they stand in."""
        return self._weight(self._frequency(pair))

    def near(self, asked: Reading, *, all_alike: bool = False) -> list[Named]:
        """The names to compare with one that is asked for; identifiers are not among them.

        Where ``all_alike``, something else will choose among those that are like it.
        """
        most = _MOST_FOUND if asked.is_latin or all_alike else _MOST_COMPARED
        exact = list(self._exact(asked))
        similar = list(self._by_words(asked) if asked.is_latin else self._by_characters(asked))
        named = self._names.named({*exact, *similar})
        found = {n: each for n, each in named.items() if each.name.kind != "identifier"}
        # Of many, those that share the rarest words, and those that are likest in letters.
        # How Chinese is said is like nothing in letters.
        first = [*exact, *similar[:most]]
        likest = process.extract(
            asked.dense,
            {number: each.dense for number, each in found.items()},
            scorer=fuzz.ratio,
            limit=_MOST_FOUND if all_alike else _MOST_COMPARED,
        )
        chosen = dict.fromkeys((*first, *(number for _, _, number in likest)))
        return [found[number] for number in chosen if number in found]

    def learn(self, texts: Iterable[str]) -> None:
        """Looks up how often all pairs of these texts are, in one go."""
        self._frequencies(chain.from_iterable(map(pairs_of, texts)))

    def _exact(self, asked: Reading) -> Iterator[int]:
        for text in (asked.text, *asked.others):
            yield from self._names.by_name(text)
        # In letters, 深圳市 is hardly like 深圳市人民政府, and no more like 深圳 than 深圳大学 is.
        for region in regions_of(GOVERNMENT.sub("", asked.dense)):
            yield from self._names.by_name(region.name)

    def _by_characters(self, asked: Reading) -> Iterator[int]:
        written_out = asked.where.narrowest + in_full(asked.core)
        pairs = pairs_of(asked.dense) | pairs_of(asked.short) | pairs_of(written_out)
        yield from self._sharing(self._frequencies(pairs))
        if len(asked.dense) <= _LONGEST_ABBREVIATION:
            yield from self._names.by_terms(set(asked.dense), limit=_MOST_FOUND)

    def _sharing(self, frequency: dict[str, int]) -> list[int]:
        """The names that share the rarest of some terms, those that share most first."""
        tally: dict[int, float] = defaultdict(float)
        posted = 0
        rarest = sorted((count, term) for term, count in frequency.items() if count)
        for place, (count, term) in enumerate(rarest[:_MOST_PAIRS]):
            if posted + count > _MOST_POSTED and place >= _LEAST_PAIRS:
                break
            posted += count
            weight = self._weight(count)
            for name in self._names.by_any_term([term], limit=_MOST_POSTED):
                tally[name] += weight
        return nlargest(_MOST_FOUND, tally, key=tally.__getitem__)

    def _by_words(self, asked: Reading) -> Iterator[int]:
        yield from self._sharing(self._frequencies(asked.words))
        for syllables in cuts(asked.dense)[:2]:
            yield from self._names.by_reading(syllables, limit=_MOST_READ)
        if asked.dense.isalpha():
            inner, first = initials_terms(asked.dense)
            yield from self._names.by_terms(inner | first, limit=_MOST_READ)

    def _frequency(self, term: str) -> int:
        count = self._known.get(term)
        return self._frequencies([term])[term] if count is None else count

    def _frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        wanted = list(dict.fromkeys(terms))
        known = self._known
        missing = [term for term in wanted if term not in known]
        if missing and len(known) > _MOST_KNOWN:
            known, missing = {}, wanted
            self._known = known
        if missing:
            known.update(self._names.frequencies(missing))
        return {term: known[term] for term in wanted}

    def _weight(self, count: int) -> float:
        return math.log((self._count + 1) / (count + 0.5))
