"""Facts as sorted arrays of numbers.

A class is the array of its members, a property that of its pairs, each pair one number of
64 bits: the subject in the higher half, the value in the lower.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mieco.reason.dictionary import LITERAL, Dictionary, Numbers, places_of
from mieco.reason.ntriples import Triple
from mieco.terms import RDF_TYPE

Mask = NDArray[np.bool_]

HALF = np.uint64(32)
LOW = np.uint64(0xFFFF_FFFF)
NONE: Numbers = np.zeros(0, np.uint64)
# So many facts are turned into text at a time.
_PIECE = 1 << 16

_TYPE = f"<{RDF_TYPE}>".encode()


@dataclass(slots=True)
class Facts:
    """Arrays by predicate; an absent one has no facts."""

    classes: dict[str, Numbers] = field(default_factory=dict)
    properties: dict[str, Numbers] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(map(len, (*self.classes.values(), *self.properties.values())))


def changed(
    facts: Facts,
    added: Iterable[Triple],
    removed: Iterable[Triple],
    predicates: Collection[str],
    dictionary: Dictionary,
) -> Facts:
    """The facts after a change; what is removed stands nowhere any more."""
    wanted = {f"<{iri}>".encode(): iri for iri in predicates}
    more = _grouped(added, wanted, dictionary.number)
    less = _grouped(removed, wanted, dictionary.number)
    made = Facts(dict(facts.classes), dict(facts.properties))
    for mine, new, old in (
        (made.classes, more.classes, less.classes),
        (made.properties, more.properties, less.properties),
    ):
        for predicate in new.keys() | old.keys():
            kept = without(mine.get(predicate, NONE), old.get(predicate, NONE))
            mine[predicate] = union(kept, new.get(predicate, NONE))
    return made


def _grouped(
    triples: Iterable[Triple], wanted: Mapping[bytes, str], number: Callable[[bytes], int]
) -> Facts:
    members: dict[str, list[int]] = {}
    pairs: dict[str, list[int]] = {}
    for subject, predicate, value in triples:
        if predicate == _TYPE:
            if value in wanted:
                members.setdefault(wanted[value], []).append(number(subject))
        elif predicate in wanted:
            pair = number(subject) << 32 | number(value)
            pairs.setdefault(wanted[predicate], []).append(pair)
    return Facts(
        {name: distinct(np.array(found, np.uint64)) for name, found in members.items()},
        {name: distinct(np.array(found, np.uint64)) for name, found in pairs.items()},
    )


def triples(facts: Facts, dictionary: Dictionary) -> Iterator[Triple]:
    """The facts as triples, predicate by predicate."""
    for name, members in facts.classes.items():
        for subject in dictionary.terms(members):
            yield subject, _TYPE, f"<{name}>".encode()
    for name, pairs in facts.properties.items():
        subjects, values = dictionary.terms(pairs >> HALF), dictionary.terms(pairs & LOW)
        for subject, value in zip(subjects, values, strict=True):
            yield subject, f"<{name}>".encode(), value


def text(facts: Facts, dictionary: Dictionary) -> Iterator[bytes]:
    """The facts as N-Triples, in pieces of many lines."""
    for name, members in facts.classes.items():
        end = b" %b <%b> .\n" % (_TYPE, name.encode())
        for part in _parts(members):
            yield end.join(dictionary.terms(part)) + end
    for name, pairs in facts.properties.items():
        middle = b" <%b> " % name.encode()
        for part in _parts(pairs):
            pieces = [b" .\n"] * (4 * len(part))
            pieces[0::4] = dictionary.terms(part >> HALF)
            pieces[1::4] = [middle] * len(part)
            pieces[2::4] = dictionary.terms(part & LOW)
            yield b"".join(pieces)


def _parts(numbers: Numbers) -> Iterator[Numbers]:
    return (numbers[start : start + _PIECE] for start in range(0, len(numbers), _PIECE))


def halves(facts: Facts) -> tuple[Facts, Facts]:
    """The facts in two parts of about the same number."""
    first, second = Facts(), Facts()
    for name, found in facts.classes.items():
        first.classes[name], second.classes[name] = np.array_split(found, 2)
    for name, found in facts.properties.items():
        first.properties[name], second.properties[name] = np.array_split(found, 2)
    return first, second


def difference(facts: Facts, other: Facts) -> Facts:
    """The facts that are not among others."""
    return Facts(
        _each_without(facts.classes, other.classes),
        _each_without(facts.properties, other.properties),
    )


def _each_without(mine: Mapping[str, Numbers], its: Mapping[str, Numbers]) -> dict[str, Numbers]:
    left = {name: without(found, its.get(name, NONE)) for name, found in mine.items()}
    return {name: found for name, found in left.items() if len(found)}


# ------------------------------------------------------------------- sorted arrays


def distinct(numbers: Numbers) -> Numbers:
    """Sorted, each number once."""
    # np.unique takes several times as long where a large store lives in the same process.
    ordered = np.sort(numbers)
    first = np.empty(len(ordered), bool)
    first[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def contains(haystack: Numbers, needles: Numbers) -> Mask:
    """For each needle, whether it is in a sorted array."""
    if not len(haystack):
        return np.zeros(len(needles), bool)
    places = np.searchsorted(haystack, needles)
    places[places == len(haystack)] = 0
    found: Mask = haystack[places] == needles
    return found


def without(numbers: Numbers, others: Numbers) -> Numbers:
    """A sorted array less another."""
    if not len(numbers) or not len(others):
        return numbers
    if len(others) < len(numbers) // 16:
        places = np.searchsorted(numbers, others)
        places = places[places < len(numbers)]
        return np.delete(numbers, places[contains(others, numbers[places])])
    return numbers[~contains(others, numbers)]


def union(numbers: Numbers, others: Numbers) -> Numbers:
    """Two sorted arrays as one."""
    if not len(numbers) or not len(others):
        return numbers if len(numbers) else others
    new = without(others, numbers)
    return np.insert(numbers, np.searchsorted(numbers, new), new) if len(new) else numbers


def no_literals(numbers: Numbers) -> Mask:
    """For each number, whether it may be the subject of a fact."""
    found: Mask = (numbers & np.uint64(LITERAL)) == 0
    return found


# ---------------------------------------------------------------------- on disk


@dataclass(frozen=True, slots=True)
class Saved:
    """Asserted and inferred facts with their dictionary, as they lie beside a release."""

    dictionary: Dictionary
    asserted: Facts
    inferred: Facts

    def compact(self) -> Saved:
        """The same facts with a dictionary of their terms alone."""
        used = np.zeros(len(self.dictionary), bool)
        for facts in (self.asserted, self.inferred):
            for members in facts.classes.values():
                used[places_of(members)] = True
            for pairs in facts.properties.values():
                used[places_of(pairs >> HALF)] = True
                used[places_of(pairs & LOW)] = True
        places, dictionary = np.flatnonzero(used), Dictionary()
        numbers = np.zeros(len(used), np.uint64)
        # The order stays, and so all that is sorted stays so.
        numbers[places] = dictionary.numbers(self.dictionary.terms(places.astype(np.uint64)))

        def renumbered(facts: Facts) -> Facts:
            return Facts(
                {name: numbers[places_of(found)] for name, found in facts.classes.items()},
                {
                    name: numbers[places_of(found >> HALF)] << HALF
                    | numbers[places_of(found & LOW)]
                    for name, found in facts.properties.items()
                },
            )

        return Saved(dictionary, renumbered(self.asserted), renumbered(self.inferred))

    def write(self, path: Path) -> None:
        """Writes all into one file."""
        arrays: dict[str, NDArray[np.generic]] = {
            f"dictionary/{name}": numbers for name, numbers in self.dictionary.arrays().items()
        }
        names: list[str] = []
        for part, facts in (("asserted", self.asserted), ("inferred", self.inferred)):
            for kind, tables in (("class", facts.classes), ("property", facts.properties)):
                for name, numbers in tables.items():
                    arrays[f"{part}/{kind}/{len(names)}"] = numbers
                    names.append(name)
        arrays["names"] = np.frombuffer(json.dumps(names).encode(), np.uint8)
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The inverse of :meth:`write`.  Raises OSError or ValueError."""
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            names = json.loads(arrays["names"].tobytes())
            dictionary, facts = {}, {"asserted": Facts(), "inferred": Facts()}
            for key in arrays.files:
                part, _, rest = key.partition("/")
                if part == "dictionary":
                    dictionary[rest] = arrays[key]
                elif part in facts:
                    kind, _, place = rest.partition("/")
                    tables = facts[part].classes if kind == "class" else facts[part].properties
                    tables[names[int(place)]] = arrays[key]
        return cls(Dictionary.of_arrays(dictionary), facts["asserted"], facts["inferred"])
