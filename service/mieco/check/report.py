"""The door to pyshacl.  It is slow to import, so this module is imported when it is needed."""

from __future__ import annotations

from pyshacl import ShapesGraph, validate
from pyshacl.pytypes import SHACLExecutor
from rdflib import Graph, Literal
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


class Conformance:
    """Says of one node whether it conforms to a shape.

    SHACL tells how many values conform to a qualified shape, but not which.
    """

    def __init__(self, facts: Graph, shapes: Graph) -> None:
        self._facts = facts
        self._shapes = ShapesGraph(shapes)
        _ = self._shapes.shapes  # reading them gathers them
        self._executor = SHACLExecutor()

    def of(self, node: Node, shape: Node) -> bool:
        if not isinstance(node, IdentifiedNode | Literal):
            raise TypeError(f"{node} is no term of a graph")
        known = self._shapes.lookup_shape_from_node(shape)
        conforms, _ = known.validate(self._executor, self._facts, focus=[node])
        return bool(conforms)
