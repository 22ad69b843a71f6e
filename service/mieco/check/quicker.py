"""Property shapes put to all focus nodes of a node shape at once: pyshacl puts them one by one.

What it finds is the same, in less than half of the time: with each node it would read the shape
anew.  pyshacl keeps its components in a table of its module ``shape``, with the list of the
predicates that they go by; :func:`use_many_at_once` puts ours there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyshacl.shape
from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS, CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.core.shape_based_constraints import PropertyConstraintComponent
from rdflib import SH
from rdflib.term import Node


class _Predicates(list[Node]):
    """A list that knows at once what is in it: it is asked about every triple of a shape."""

    def __init__(self, predicates: Iterable[Node]) -> None:
        super().__init__(predicates)
        self._set = frozenset(self)

    def __contains__(self, predicate: object) -> bool:
        return predicate in self._set


class PropertyOfAll(PropertyConstraintComponent):
    """``sh:property``, its shape put to all nodes at once."""

    def _evaluate_property_shape(
        self,
        executor: Any,
        prop_shape: Node,
        target_graph: Any,
        focus_value_nodes: Mapping[Node, Iterable[Node]],
        potentially_recursive: Any,
        _evaluation_path: Any,
    ) -> tuple[bool, list[Any]]:
        # Within a property shape one value may be that of many nodes: it counts for each.
        together = focus_value_nodes
        if not self.shape.is_property_shape:
            together = {prop_shape: [list(focus_value_nodes)]}  # type: ignore[list-item]
        found: tuple[bool, list[Any]] = super()._evaluate_property_shape(  # type: ignore[no-untyped-call]
            executor, prop_shape, target_graph, together, potentially_recursive, _evaluation_path
        )
        return found


def use_many_at_once() -> None:
    """Has every validation of this process put property shapes to all nodes at once."""
    components = {**CONSTRAINT_PARAMETERS_MAP, SH.property: PropertyOfAll}
    table = _Predicates(ALL_CONSTRAINT_PARAMETERS), components
    pyshacl.shape.CONSTRAINT_PARAMS = table  # type: ignore[attr-defined]
