"""What is said of things, and of what they refer to: enough to validate them by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyoxigraph import BlankNode, NamedNode, Store

from mieco.intake.triple_file import TripleFile
from mieco.terms import MIECO

# The paths of shapes that lead further than to what a thing refers to, and against the arrow.
_CHAIN = f"<{MIECO}partOf>".encode()
INVERSE = (MIECO + "hasRecognition", MIECO + "listsNeed")


@dataclass(frozen=True, slots=True)
class Facts:
    """A batch, and the stores that hold what it may refer to.

    What stands in the graphs ``without`` of the stores is passed over.
    """

    batch: TripleFile
    stores: Sequence[Store]
    without: frozenset[object]

    def describe(self, things: Iterable[str]) -> bytes:
        """The triples about things and about what they refer to, as N-Triples."""
        found: set[bytes] = set()
        near: set[str] = set()
        terms = {thing if thing.startswith("_:") else f"<{thing}>" for thing in things}
        for term in terms:
            for line in self._about(term):
                found.add(line)
                near.update(_object(line))
            for line in self._mentioning(term):
                found.add(line)
                near.add(line.split(b" ", 1)[0].decode())
        self._follow_chains(terms | near, found)
        for term in near - terms:
            found.update(self._about(term))
        return b"".join(found)

    def _follow_chains(self, terms: set[str], found: set[bytes]) -> None:
        seen, ahead = set(terms), list(terms)
        while ahead:
            for line in self._about(ahead.pop()):
                if line.split(b" ", 2)[1] == _CHAIN:
                    found.add(line)
                    fresh = _object(line) - seen
                    seen |= fresh
                    ahead += fresh

    def _about(self, term: str) -> Iterator[bytes]:
        yield from self.batch.about(term)
        node = _node(term)
        for store in self.stores:
            for quad in store.quads_for_pattern(node, None, None, None):
                if quad.graph_name not in self.without:
                    yield f"{quad.triple} .\n".encode()

    def _mentioning(self, term: str) -> Iterator[bytes]:
        yield from self.batch.mentioning(term)
        node = _node(term)
        for store in self.stores:
            for predicate in INVERSE:
                for quad in store.quads_for_pattern(None, NamedNode(predicate), node, None):
                    if quad.graph_name not in self.without:
                        yield f"{quad.triple} .\n".encode()


def _object(line: bytes) -> set[str]:
    """The object of a line, if it is something that triples can be about."""
    term = line.split(b" ", 2)[2].rstrip(b" .\n")
    is_node = term.startswith((b"<", b"_:")) and not term.startswith(b"<<")
    return {term.decode()} if is_node else set()


def _node(term: str) -> NamedNode | BlankNode:
    return BlankNode(term[2:]) if term.startswith("_:") else NamedNode(term[1:-1])
