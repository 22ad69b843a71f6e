"""Which statements with blank nodes two datasets do not have in common.

The name of a blank node means nothing beyond its dataset (RDF 1.1 §3.4), so statements that
hold on to each other by blank nodes are compared together, as one *component*.  Components
that are the same but for names cancel each other out: told by the canonical form of RDF Dataset
Canonicalization (RDFC-1.0), which is made only of those that could be the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Quad, Triple

_ANY = BlankNode("any")
_FRESH = "x"


@dataclass(frozen=True, slots=True)
class Component:
    """Statements that hold on to each other by blank nodes."""

    quads: frozenset[Quad]

    @property
    def nodes(self) -> frozenset[BlankNode]:
        return frozenset(node for quad in self.quads for node in nodes_of(quad))


@dataclass(frozen=True, slots=True)
class BlankDifference:
    """The components that only one side has, as they are named there.

    No name of an added one is borne by a node that stays.
    """

    removed: tuple[Component, ...] = ()
    added: tuple[Component, ...] = ()


def compare_components(before: Iterable[Quad], after: Iterable[Quad]) -> BlankDifference:
    """Which components of some quads with blank nodes are not among others, and which are new."""
    old, new = set(components(before)), set(components(after))
    stay = old & new
    removed, added = old - stay, new - stay
    # What is not alike even with all blank nodes taken for one cannot be the same.
    by_likeness: dict[object, tuple[list[Component], list[Component]]] = defaultdict(
        lambda: ([], [])
    )
    for side, members in enumerate((removed, added)):
        for component in sorted(members, key=_order):
            by_likeness[_likeness(component)][side].append(component)
    gone: list[Component] = []
    come: list[Component] = []
    for pair in by_likeness.values():
        ours, theirs = _uncommon(*pair) if all(pair) else pair
        gone += ours
        come += theirs
    taken = {node.value for each in old - set(gone) for node in each.nodes}
    return BlankDifference(tuple(gone), tuple(_renamed(come, taken)))


def components(quads: Iterable[Quad]) -> Iterator[Component]:
    """Quads with blank nodes, put together by the blank nodes that they share."""
    leaders: dict[BlankNode, BlankNode] = {}

    def leader(node: BlankNode) -> BlankNode:
        while (above := leaders.setdefault(node, node)) != node:
            leaders[node] = leaders[above]
            node = above
        return node

    kept = list(quads)
    for quad in kept:
        first, *others = nodes_of(quad)
        for other in others:
            leaders[leader(other)] = leader(first)
    grouped: dict[BlankNode, list[Quad]] = defaultdict(list)
    for quad in kept:
        grouped[leader(nodes_of(quad)[0])].append(quad)
    for members in grouped.values():
        yield Component(frozenset(members))


def nodes_of(quad: Quad) -> list[BlankNode]:
    """The blank nodes of a quad, those within triple terms and the name of its graph among them."""
    found: list[BlankNode] = []
    waiting: list[object] = [quad.graph_name, quad.object, quad.subject]
    while waiting:
        term = waiting.pop()
        if isinstance(term, BlankNode):
            found.append(term)
        elif isinstance(term, Triple):
            waiting += [term.object, term.subject]
    return found


def with_nodes(quad: Quad, name: Callable[[BlankNode], BlankNode]) -> Quad:
    """The same quad with other blank nodes."""

    def of(term: object) -> object:
        if isinstance(term, BlankNode):
            return name(term)
        if isinstance(term, Triple):
            return Triple(of(term.subject), term.predicate, of(term.object))  # type: ignore[arg-type]
        return term

    return Quad(of(quad.subject), quad.predicate, of(quad.object), of(quad.graph_name))  # type: ignore[arg-type]


def _likeness(component: Component) -> frozenset[tuple[Quad, int]]:
    masked = Counter(with_nodes(quad, lambda _: _ANY) for quad in component.quads)
    return frozenset(masked.items())


def _uncommon(
    ours: list[Component], theirs: list[Component]
) -> tuple[list[Component], list[Component]]:
    """Without the pairs that are the same but for names."""
    by_form: dict[str, list[Component]] = defaultdict(list)
    for component in ours:
        by_form[_canonical(component)].append(component)
    left = [
        component
        for component in theirs
        if not ((same := by_form[_canonical(component)]) and same.pop())
    ]
    return [component for members in by_form.values() for component in members], left


def _canonical(component: Component) -> str:
    dataset = Dataset(component.quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return "\n".join(sorted(str(quad) for quad in dataset))


def _renamed(members: Iterable[Component], taken: set[str]) -> Iterator[Component]:
    """The components, those with a node of a name that is taken under other names."""
    taken = set(taken)
    for component in members:
        fresh = component
        if any(node.value in taken for node in component.nodes):
            names = {node: BlankNode(_fresh(node.value, taken)) for node in component.nodes}
            fresh = Component(frozenset(with_nodes(q, names.__getitem__) for q in component.quads))
        taken |= {node.value for node in fresh.nodes}
        yield fresh


def _fresh(name: str, taken: set[str]) -> str:
    number = 0
    while (fresh := f"{name}{_FRESH}{number}") in taken:
        number += 1
    return fresh


def _order(component: Component) -> list[str]:
    return sorted(map(str, component.quads))
