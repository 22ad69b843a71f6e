"""Which properties and classes the subjects of a dataset have, and how many have the same.

The set that a subject has is its characteristic set (Neumann and Moerkotte, ICDE 2011).  There are
few different ones, and they tell what holds for all subjects: that whatever has a year has a value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pyoxigraph import NamedNode, Quad

from mieco.terms import RDF_TYPE

# A dataset with more than these is irregular: they would take long to look through, and tell
# nothing.
MOST = 5_000


class CharacteristicSet(NamedTuple):
    """The properties of a subject, and those of its classes that have an IRI."""

    properties: frozenset[str]
    classes: frozenset[str]


# How many subjects have each; ``None`` where there are too many to be kept.
Sets = Mapping[CharacteristicSet, int] | None


def set_of(quads: Iterable[Quad]) -> CharacteristicSet | None:
    """The set of the subject of some quads; ``None`` if there are none."""
    properties, classes = set(), set()
    for quad in quads:
        prop = quad.predicate.value
        properties.add(prop)
        if prop == RDF_TYPE and isinstance(quad.object, NamedNode):
            classes.add(quad.object.value)
    return CharacteristicSet(frozenset(properties), frozenset(classes)) if properties else None


def changed(
    sets: Sets, steps: Iterable[tuple[CharacteristicSet | None, CharacteristicSet | None]]
) -> Sets:
    """The sets after some subjects have changed theirs: ``steps`` are those before and after."""
    if sets is None:
        return None
    grown = Counter(sets)
    for before, after in steps:
        if before:
            grown[before] -= 1
        if after:
            grown[after] += 1
    return kept({each: number for each, number in grown.items() if number})


def kept(sets: Mapping[CharacteristicSet, int]) -> Sets:
    """The sets, unless they are too many."""
    return sets if len(sets) <= MOST else None


def to_numbers(sets: Sets, properties: list[str], classes: list[str]) -> object:
    """The sets for JSON: the places of their members in two lists, and how many have each."""
    if sets is None:
        return None
    place_of = {name: place for place, name in enumerate(properties)}
    class_place_of = {name: place for place, name in enumerate(classes)}
    return sorted(
        [
            sorted(map(place_of.__getitem__, each.properties)),
            sorted(map(class_place_of.__getitem__, each.classes)),
            number,
        ]
        for each, number in sets.items()
    )


def of_numbers(
    told: Iterable[tuple[list[int], list[int], int]] | None,
    properties: list[str],
    classes: list[str],
) -> Sets:
    """The inverse of :func:`to_numbers`."""
    if told is None:
        return None
    return {
        CharacteristicSet(
            frozenset(properties[place] for place in of_properties),
            frozenset(classes[place] for place in of_classes),
        ): number
        for of_properties, of_classes, number in told
    }
