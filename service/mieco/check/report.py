"""The door to pyshacl.  It is slow to import, so this module is imported when it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyshacl import ShapesGraph, validate
from pyshacl.pytypes import SHACLExecutor
from rdflib import Graph, Literal
from rdflib.namespace import SH
from rdflib.term import IdentifiedNode, Node

from mieco.check.prepared_queries import use_prepared_queries
from mieco.check.quicker import make_quicker
from mieco.errors import BadInstallation


def report_on(facts: Graph, shapes: Graph) -> Graph:
    """The validation report (SHACL §3.6) of facts.  Raises BadInstallation."""
    use_prepared_queries()
    make_quicker()
    _, report, _ = validate(facts, shacl_graph=shapes, inference="none")
    if not isinstance(report, Graph):
        raise BadInstallation(part="shapes", reason=str(report))
    return report


class Checker:
    """Puts one node to one shape, which is all that a report needs of the shapes.

    SHACL tells how many values conform to a qualified shape, but not which; and a whole report
    tells of every node.
    """

    def __init__(self, shapes: Graph) -> None:
        use_prepared_queries()
        make_quicker()
        self._shapes = ShapesGraph(shapes)
        _ = self._shapes.shapes  # reading them gathers them

    def conforms(self, facts: Graph, node: Node, shape: Node) -> bool:
        """Does a node of the facts conform to a shape?"""
        return not self._results(SHACLExecutor(abort_on_first=True), facts, node, shape)

    def failed(self, facts: Graph, focus: Node, shape: Node) -> list[tuple[Node, Node | None]]:
        """The components of a shape at which a node fails, and at which values."""
        found: list[tuple[Node, Node | None]] = []
        for _, result, triples in self._results(SHACLExecutor(), facts, focus, shape):
            # Of a term the library says besides in which graph it is.
            said = {p: o[-1] if isinstance(o, tuple) else o for s, p, o in triples if s == result}
            if said[SH.sourceShape] == shape:
                found.append((said[SH.sourceConstraintComponent], said.get(SH.value)))
        return found

    def _results(
        self, executor: SHACLExecutor, facts: Graph, node: Node, shape: Node
    ) -> Sequence[Any]:
        if not isinstance(node, IdentifiedNode | Literal):
            raise TypeError(f"{node} is no term of a graph")
        conforms, results = self._shapes.lookup_shape_from_node(shape).validate(
            executor, facts, focus=[node]
        )
        return () if conforms else results
