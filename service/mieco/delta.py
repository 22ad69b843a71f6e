"""What a change to a dataset added and removed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Store, Triple, serialize


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

    def without(self, graph: NamedNode) -> Delta:
        """The change to all graphs but one."""
        added, removed = (
            frozenset(quad for quad in quads if quad.graph_name != graph)
            for quads in (self.added, self.removed)
        )
        return Delta(added, removed)

    def __len__(self) -> int:
        return len(self.added) + len(self.removed)


def difference(before: Iterable[Quad], after: Iterable[Quad]) -> Delta:
    """The change from some quads to others."""
    old, new = frozenset(before), frozenset(after)
    return Delta(new - old, old - new)


# Of a release that holds them, what it has that the one before it had not, and the other way round.
_ADDED, _REMOVED = "added.nq", "removed.nq"


def keep_delta(delta: Delta, folder: Path, most: int) -> None:
    """Writes a change of at most so many quads beside the release that it led to.

    One that speaks of blank nodes is not kept: they are others in every store that reads it.
    """
    quads = delta.added | delta.removed
    if len(quads) > most or any(_has_blank(term) for quad in quads for term in quad):
        return
    serialize(delta.added, folder / _ADDED, RdfFormat.N_QUADS)
    serialize(delta.removed, folder / _REMOVED, RdfFormat.N_QUADS)


def _has_blank(term: object) -> bool:
    if isinstance(term, Triple):
        return any(map(_has_blank, term))
    return isinstance(term, BlankNode)


def has_delta(folder: Path) -> bool:
    """Whether the change that led to a release was kept."""
    return (folder / _REMOVED).exists()


def kept_delta(folder: Path) -> Delta:
    """The change that led to a release.  Raises OSError or SyntaxError."""
    return Delta(_read(folder / _ADDED), _read(folder / _REMOVED))


def _read(path: Path) -> frozenset[Quad]:
    """Quads with their literals as a store writes them, so that each is there once."""
    store = Store()
    store.load(path=path, format=RdfFormat.N_QUADS)
    return frozenset(store)
