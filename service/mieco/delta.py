"""What a change to a dataset added and removed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import Quad


@dataclass(frozen=True, slots=True)
class Delta:
    """The quads that are in the dataset now and were not before, and the other way round."""

    added: frozenset[Quad] = frozenset()
    removed: frozenset[Quad] = frozenset()

    @property
    def graphs(self) -> set[object]:
        """The graphs in which something has changed."""
        return {quad.graph_name for quad in self.added | self.removed}

    def __or__(self, other: Delta) -> Delta:
        """Both changes, which are of different graphs."""
        return Delta(self.added | other.added, self.removed | other.removed)

    def __len__(self) -> int:
        return len(self.added) + len(self.removed)


def difference(before: Iterable[Quad], after: Iterable[Quad]) -> Delta:
    """The change from some quads to others."""
    old, new = frozenset(before), frozenset(after)
    return Delta(new - old, old - new)
