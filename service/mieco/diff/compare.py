"""The difference of two datasets, graph by graph, in memory for a digest of each statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, DefaultGraph, Quad, RdfFormat, Store, parse, serialize

from mieco.diff.blank_nodes import BlankDifference, compare_components, nodes_of
from mieco.diff.lines import Graph, Tell, digest, each_line, may_be_blank


@dataclass(frozen=True, slots=True)
class GraphDifference:
    """What one graph lost and gained.

    ``existed`` and ``exists`` tell whether there was such a graph before, and is afterwards;
    ``lost`` and ``gained`` are digests of statements, and lines of those with blank nodes.
    """

    graph: Graph
    before: Store
    after: Store
    existed: bool
    exists: bool
    lost: set[bytes] = field(default_factory=set)
    gained: set[bytes] = field(default_factory=set)
    blank_lost: list[bytes] = field(default_factory=list)
    blank_gained: list[bytes] = field(default_factory=list)

    @property
    def removed(self) -> int:
        return len(self.lost) + len(self.blank_lost)

    @property
    def added(self) -> int:
        return len(self.gained) + len(self.blank_gained)

    @property
    def differs(self) -> bool:
        return self.existed != self.exists or self.removed > 0 or self.added > 0

    def each_removed(self, tell: Tell) -> None:
        """Tells the statements that are gone, as lines of N-Triples."""
        self.each_ground(self.before, self.lost, tell)
        for line in self.blank_lost:
            tell(line)

    def each_added(self, tell: Tell) -> None:
        """Tells the statements that are new, likewise."""
        self.each_ground(self.after, self.gained, tell)
        for line in self.blank_gained:
            tell(line)

    def each_ground(self, store: Store, wanted: set[bytes], tell: Tell) -> None:
        """Tells those lines of the graph in a store whose digests are wanted."""
        if wanted:
            each_line(
                store, self.graph, lambda line: tell(line) if digest(line) in wanted else None
            )


@dataclass(frozen=True, slots=True)
class Difference:
    """What one dataset has and the other has not; ``blank`` is of all graphs together."""

    graphs: Sequence[GraphDifference]
    blank: BlankDifference

    @property
    def removed(self) -> int:
        return sum(each.removed for each in self.graphs)

    @property
    def added(self) -> int:
        return sum(each.added for each in self.graphs)

    def __bool__(self) -> bool:
        return bool(self.graphs)


def compare(
    before: Store, after: Store, wanted: Callable[[Graph], bool] = lambda _: True
) -> Difference:
    """What leads from one dataset to another, in the wanted graphs that differ."""
    graphs = sorted(filter(wanted, {*_graphs(before), *_graphs(after)}), key=str)
    suspects = _Suspects()
    found = []
    for graph in graphs:
        one = GraphDifference(graph, before, after, _has(before, graph), _has(after, graph))
        _compare_lines(one, suspects)
        found.append(one)
    blank = _compare_blank(found, suspects) if suspects.differ else BlankDifference()
    return Difference([each for each in found if each.differs], blank)


@dataclass(slots=True)
class _Suspects:
    """Lines that may have blank nodes, with their graphs; do they differ between the sides?"""

    before: list[tuple[Graph, bytes]] = field(default_factory=list)
    after: list[tuple[Graph, bytes]] = field(default_factory=list)
    differ: bool = False


def _graphs(store: Store) -> Iterator[Graph]:
    yield DefaultGraph()
    yield from store.named_graphs()


def _has(store: Store, graph: Graph) -> bool:
    return isinstance(graph, DefaultGraph) or store.contains_named_graph(graph)


def _compare_lines(one: GraphDifference, suspects: _Suspects) -> None:
    """Compares a graph line by line, and gathers the lines that may have blank nodes."""
    suspected: set[bytes] = set()

    def lose(line: bytes) -> None:
        key = digest(line)
        one.lost.add(key)
        if _suspect(one.graph, line):
            suspects.before.append((one.graph, line))
            suspected.add(key)

    def gain(line: bytes) -> None:
        key = digest(line)
        new = key not in one.lost
        if new:
            one.gained.add(key)
        else:
            one.lost.remove(key)
        if _suspect(one.graph, line):
            suspects.after.append((one.graph, line))
            suspects.differ |= new

    each_line(one.before, one.graph, lose)
    each_line(one.after, one.graph, gain)
    suspects.differ |= not suspected.isdisjoint(one.lost)


def _suspect(graph: Graph, line: bytes) -> bool:
    return isinstance(graph, BlankNode) or may_be_blank(line)


def _compare_blank(graphs: Sequence[GraphDifference], suspects: _Suspects) -> BlankDifference:
    """Compares the statements with blank nodes of all graphs, and takes them out of the rest."""
    by_name = {one.graph: one for one in graphs}
    before = _blank_quads(suspects.before, lambda graph: by_name[graph].lost)
    after = _blank_quads(suspects.after, lambda graph: by_name[graph].gained)
    blank = compare_components(before, after)
    removed = {quad for component in blank.removed for quad in component.quads}
    added = {quad for component in blank.added for quad in component.quads}
    lost, gained = _by_graph(removed - added), _by_graph(added - removed)
    for one in graphs:
        one.blank_lost.extend(lost[one.graph])
        one.blank_gained.extend(gained[one.graph])
    return blank


def _blank_quads(
    lines: Iterable[tuple[Graph, bytes]], digests: Callable[[Graph], set[bytes]]
) -> Iterator[Quad]:
    """The statements with blank nodes among some lines; they are no longer among the digests."""
    for graph, line in lines:
        for parsed in parse(line, format=RdfFormat.N_TRIPLES):
            quad = Quad(parsed.subject, parsed.predicate, parsed.object, graph)
            if nodes_of(quad):
                digests(graph).discard(digest(line))
                yield quad


def _by_graph(quads: Iterable[Quad]) -> defaultdict[Graph, list[bytes]]:
    lines: defaultdict[Graph, list[bytes]] = defaultdict(list)
    for quad in quads:
        lines[quad.graph_name].append(as_line(quad))
    for each in lines.values():
        each.sort()
    return lines


def as_line(quad: Quad) -> bytes:
    """The triple of a quad as a line of N-Triples, without its line feed."""
    line = serialize([quad.triple], format=RdfFormat.N_TRIPLES)
    return (line or b"").rstrip(b"\n")
