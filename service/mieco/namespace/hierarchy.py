"""What stands above what: trees of classes, properties and concepts, with what inference adds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

Above = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Branch:
    """A term at one of its places in a tree, and what stands below it there.

    ``inferred`` is whether that it stands there follows from axioms and is not written down;
    ``elsewhere`` whether what is below it is shown at an earlier place instead.
    """

    iri: str
    below: tuple[Branch, ...]
    inferred: bool = False
    elsewhere: bool = False

    def every(self) -> Iterator[Branch]:
        """This branch and all below it."""
        yield self
        for each in self.below:
            yield from each.every()


class Hierarchy:
    """Which terms stand directly above which, by what is written and by what is inferred."""

    def __init__(self, terms: Iterable[str], written: Above, inferred: Above) -> None:
        self._terms = tuple(terms)
        self._order = {term: place for place, term in enumerate(self._terms)}
        known = frozenset(self._terms)
        self._written = {t: known.intersection(written.get(t, ())) - {t} for t in self._terms}
        self._all = {
            t: self._written[t] | (known.intersection(inferred.get(t, ())) - {t})
            for t in self._terms
        }
        self._above = {t: self._nearest(t) for t in self._terms}
        self._below: dict[str, list[str]] = {}
        for term, nearest in self._above.items():
            for each in nearest:
                self._below.setdefault(each, []).append(term)

    def above(self, term: str) -> dict[str, bool]:
        """Those directly above a term, each with whether that is inferred."""
        written = self._written.get(term, frozenset())
        return {each: each not in written for each in sorted(self._above.get(term, ()))}

    def below(self, term: str) -> dict[str, bool]:
        """Those directly below a term, each with whether that is inferred."""
        return {each: term not in self._written[each] for each in self._below.get(term, ())}

    def ancestors(self, term: str) -> set[str]:
        """All above a term, without itself."""
        found: set[str] = set()
        waiting = [*self._all.get(term, ())]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += self._all[one]
        return found - {term}

    def trees(self) -> list[Branch]:
        """The trees of all terms, in the order in which they were given.

        A term that stands below several is at each of these places; what is below it, at the first.
        """
        shown: set[str] = set()
        return [self._branch(t, None, shown, ()) for t in self._terms if not self._above[t]]

    def _branch(
        self, term: str, above: str | None, shown: set[str], path: tuple[str, ...]
    ) -> Branch:
        below = self._below.get(term, [])
        inferred = above is not None and above not in self._written[term]
        if term in shown or term in path:
            return Branch(term, (), inferred, elsewhere=bool(below))
        shown.add(term)
        branches = (self._branch(each, term, shown, (*path, term)) for each in below)
        return Branch(term, tuple(branches), inferred)

    def _nearest(self, term: str) -> set[str]:
        """What is directly above: not above anything else that is above the term.

        Of terms that stand above each other the first is above the rest.
        """
        candidates = {
            each
            for each in self._all[term]
            if term not in self.ancestors(each) or self._order[each] < self._order[term]
        }
        return {
            each
            for each in candidates
            if not any(
                each in self.ancestors(other) and other not in self.ancestors(each)
                for other in candidates - {each}
            )
        }
