"""Terms and their numbers.

A number is the place of the term in the order of arrival, and for a literal or a triple term
the highest of 32 bits as well: what may not be the subject of a fact is seen without looking
it up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]
# Numbers of terms, where pairs of them are not needed.
Terms = NDArray[np.uint32]

LITERAL = 1 << 31
_PLACE = LITERAL - 1
# How what may not be a subject begins (RDF 1.2 Concepts §3.1).
_NO_SUBJECT = (b'"', b"<<")


class _Fresh(dict[bytes, int]):
    """Terms with their numbers; one that is looked up in vain is given the next."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self._before = before

    def __missing__(self, term: bytes) -> int:
        place = self._before + len(self)
        number = self[term] = place | (LITERAL if term.startswith(_NO_SUBJECT) else 0)
        return number


class Dictionary:
    """Terms as N-Triples writes them, in UTF-8, each with its number; it only grows.

    What was saved is looked up in arrays as it lies, so that a small change to much data
    does not wait for all terms to be read.
    """

    def __init__(self) -> None:
        self._text = np.zeros(0, np.uint8)
        self._ends = np.zeros(1, np.uint64)
        self._hashes = np.zeros(0, np.uint64)
        self._order = np.zeros(0, np.uint32)
        # Terms that are not in the arrays yet, in the order of their places.
        self._fresh = _Fresh(0)
        self._fresh_terms: list[bytes] = []

    def __len__(self) -> int:
        return len(self._order) + len(self._fresh)

    def number(self, term: bytes) -> int:
        """The number of a term, which is given one if it has none."""
        found = self.find(term)
        return self._fresh[term] if found is None else found

    def numbers(self, terms: Sequence[bytes]) -> Terms:
        """The numbers of many terms, in their order."""
        number = self.number if len(self._order) else self._fresh.__getitem__
        return np.fromiter(map(number, terms), np.uint32, len(terms))

    def find(self, term: bytes) -> int | None:
        """The number of a term; ``None`` if it is unknown."""
        if (number := self._fresh.get(term)) is not None:
            return number
        if not len(self._order):
            return None
        key = np.uint64(_hash(term))
        place = int(np.searchsorted(self._hashes, key))
        while place < len(self._hashes) and self._hashes[place] == key:
            index = int(self._order[place])
            if self._stored(index) == term:
                return index | (LITERAL if term.startswith(_NO_SUBJECT) else 0)
            place += 1
        return None

    def terms(self, numbers: Numbers | Terms) -> list[bytes]:
        """The terms of some numbers, in their order."""
        if len(self._fresh_terms) != len(self._fresh):
            self._fresh_terms = list(self._fresh)
        stored, fresh = len(self._order), self._fresh_terms
        places = places_of(numbers).tolist()
        if not stored:
            return [fresh[place] for place in places]
        return [
            fresh[place - stored] if place >= stored else self._stored(place) for place in places
        ]

    def _stored(self, place: int) -> bytes:
        start, end = int(self._ends[place]), int(self._ends[place + 1])
        return self._text[start:end].tobytes()

    def blank_nodes(self) -> Numbers:
        """The numbers of the terms that are blank nodes or may hold some, sorted."""
        starts = self._ends[:-1].astype(np.int64)
        first, second = self._text[starts], self._text[starts + 1]
        nodes = np.flatnonzero(first == ord("_"))
        triples = np.flatnonzero((first == ord("<")) & (second == ord("<"))) | LITERAL
        fresh = [n for term, n in self._fresh.items() if term.startswith((b"_", b"<<"))]
        return np.sort(np.concatenate([nodes, triples, fresh]).astype(np.uint64))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All terms as arrays, to be saved."""
        fresh = list(self._fresh)
        text = np.frombuffer(b"".join(fresh), np.uint8)
        lengths = np.fromiter(map(len, fresh), np.uint64, len(fresh))
        hashes = np.fromiter(map(_hash, fresh), np.uint64, len(fresh))
        order = np.arange(len(self._order), len(self), dtype=np.uint32)
        by_hash = np.argsort(hashes, kind="stable")
        places = np.searchsorted(self._hashes, hashes[by_hash])
        ends = self._ends[-1] + np.cumsum(lengths, dtype=np.uint64)
        return {
            "text": np.concatenate([self._text, text]),
            "ends": np.concatenate([self._ends, ends]),
            "hashes": np.insert(self._hashes, places, hashes[by_hash]),
            "order": np.insert(self._order, places, order[by_hash]),
        }

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """The inverse of :meth:`arrays`."""
        made = cls()
        made._text = arrays["text"].astype(np.uint8, copy=False)
        made._ends = arrays["ends"].astype(np.uint64, copy=False)
        made._hashes = arrays["hashes"].astype(np.uint64, copy=False)
        made._order = arrays["order"].astype(np.uint32, copy=False)
        made._fresh = _Fresh(len(made._order))
        return made


def places_of(numbers: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.unsignedinteger[Any]]:
    """The places of terms in the order of arrival."""
    return numbers & numbers.dtype.type(_PLACE)


def _hash(term: bytes) -> int:
    # The same in every process, and not to be steered by whoever writes data.
    return int.from_bytes(blake2b(term, digest_size=8).digest(), "little")
