"""What publishing a batch changes: the things that it adds, changes, removes; what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mieco.errors import Text

Kind = Literal["removed", "changed", "added"]


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact in words, with the things in it that have a page."""

    subject: Text
    property: Text
    value: Text
    subject_iri: str


@dataclass(frozen=True, slots=True)
class ThingChange:
    """A thing that a batch adds, changes or removes, with what is said of it no more and now."""

    kind: Kind
    iri: str
    name: Text
    before: Sequence[Statement]
    after: Sequence[Statement]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What publishing changes.

    ``counts`` of things by kind, ``triples`` added and removed, and ``facts`` that follow now
    and no more are complete; ``things``, ``inferred`` and ``withdrawn`` tell the first of many.
    """

    counts: Mapping[Kind, int]
    triples: tuple[int, int]
    things: Sequence[ThingChange]
    inferred: Sequence[Statement]
    withdrawn: Sequence[Statement]
    facts: tuple[int, int]

    @property
    def empty(self) -> bool:
        return self.triples == (0, 0)
