"""What holds for all subjects of a release that have some properties and classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mieco.characteristic_sets import Sets


class Feature(NamedTuple):
    """That a subject has a property, or is of a class."""

    iri: str
    is_class: bool = False


@dataclass(slots=True)
class Characteristics:
    """The characteristic sets of a release, by what is in them.

    ``triples`` are the numbers of each property.  Without sets nothing is known of any subject.
    """

    sets: Sets = None
    triples: Mapping[str, int] = field(default_factory=dict)
    # A number has a bit for each set; sets are met by the logical and of such.
    _sets_with: dict[Feature, int] = field(default_factory=dict, init=False, compare=False)
    _single: set[str] = field(default_factory=set, init=False, compare=False)

    def __post_init__(self) -> None:
        subjects: Counter[str] = Counter()
        for place, (each, number) in enumerate((self.sets or {}).items()):
            for feature in (
                *map(Feature, each.properties),
                *(Feature(name, is_class=True) for name in each.classes),
            ):
                self._sets_with[feature] = self._sets_with.get(feature, 0) | 1 << place
            subjects.update(dict.fromkeys(each.properties, number))
        self._single = {name for name, count in self.triples.items() if subjects[name] == count}

    def knows(self, feature: Feature) -> bool:
        """Whether any subject has it."""
        return feature in self._sets_with

    def imply(self, features: Iterable[Feature], other: Feature) -> bool:
        """Whether each subject that has all of some features, which are known, has the other."""
        met = -1
        for each in features:
            met &= self._sets_with[each]
        return not met & ~self._sets_with[other]

    def is_single(self, prop: str) -> bool:
        """Whether no subject has two values of a property."""
        return prop in self._single
