"""Which variables the parts of a group bind, and which groups a rewrite may look into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile

from tree_sitter import Node

from mieco.engine.rewriting.tree import (
    FILTER,
    GROUP,
    TRIPLES,
    UNION,
    child,
    of_type,
    parts,
    text_of,
    variables,
)

# Parts whose solutions are joined with those of the parts before them (SPARQL 1.1 §18.2.2.6).
JOINED = (TRIPLES, UNION, "graph_graph_pattern", "inline_data")
# What has a group that the engine evaluates by itself.
_ALONE = ("where_clause", "minus_graph_pattern")
# What asks another graph than the default one.
ELSEWHERE = ("service_graph_pattern", "graph_graph_pattern")
# What is put into EXISTS, or sent elsewhere, is no solution of a pattern of its own.
_SEALED = ("exists_func", "not_exists_func", *ELSEWHERE)


def bound(group: Node, apart: Node | None = None) -> set[bytes]:
    """Variables that every solution of a group binds; the part ``apart`` is not looked at."""
    inner = child(group, "sub_select")
    if inner is not None:
        return bound_by_select(inner)
    return bound_by(each for each in parts(group) if each != apart)


def bound_by(some: Iterable[Node]) -> set[bytes]:
    """Variables that every solution of some joined parts binds."""
    found = set()
    for part in some:
        if part.type == TRIPLES:
            found |= variables([part])
        elif part.type == "graph_graph_pattern":
            found |= variables([part.children[1]]) | bound(branches(part)[0])
        elif part.type == "inline_data" and not has_undefined(part):
            found |= variables([part])
        elif part.type == UNION:
            found |= set.intersection(*(bound(each) for each in branches(part)))
    return found


def has_undefined(data: Node) -> bool:
    """Whether a row of VALUES leaves a variable open."""
    block = child(data, "data_block")
    return block is None or any(text_of(each).upper() == b"UNDEF" for each in block.children)


def bound_by_select(select: Node) -> set[bytes]:
    """Variables of its pattern that every solution of a sub-select binds."""
    head, where = child(select, "select_clause"), child(select, "where_clause")
    group = where and child(where, GROUP)
    if not head or not group:
        return set()
    if any(each.type == "*" for each in head.children):
        return bound(group)
    known = _projected(head) & bound(group)
    grouped = grouped_by(select)
    return known if grouped is None else known & grouped


def _projected(head: Node) -> set[bytes]:
    """The variables that a SELECT names outside of expressions."""
    found, depth = set(), 0
    for each in head.children:
        depth += {"(": 1, ")": -1}.get(each.type, 0)
        if each.type == "var" and not depth:
            found.add(text_of(each)[1:])
    return found


def grouped_by(select: Node) -> set[bytes] | None:
    """The variables of its pattern that a select is grouped by; ``None`` if it is not grouped."""
    modifier = child(select, "solution_modifier")
    clause = modifier and child(modifier, "group_clause")
    if clause:
        conditions = (each for each in clause.children if each.type == "group_condition")
        # Those in an expression are no variables of the groups (§18.2.4.1).
        keys = (each.children[0] for each in conditions if len(each.children) == 1)
        return variables(key for key in keys if key.type == "var")
    head = child(select, "select_clause")
    having = modifier and child(modifier, "having_clause")
    return set() if having or (head and any(of_type(head, "aggregate"))) else None


def branches(part: Node) -> list[Node]:
    """The groups of a UNION, or the one of a part that has one."""
    return [each for each in part.children if each.type == GROUP]


def leading(group: Node) -> list[Node]:
    """The joined parts of a group before the first that is not."""
    # A filter binds nothing, and holds for its whole group wherever it stands (§5.2.2).
    first = takewhile(lambda each: each.type in (*JOINED, FILTER), parts(group))
    return [each for each in first if each.type in JOINED]


def outermost(root: Node) -> Node | None:
    """The group of a query, if it has one."""
    wheres = (child(each, "where_clause") for each in root.children)
    return next((child(each, GROUP) for each in wheres if each), None)


def is_alone(group: Node) -> bool:
    """Whether the engine evaluates a group by itself, not for each solution of others."""
    return group.parent is not None and group.parent.type in _ALONE


def open_groups(root: Node) -> Iterator[Node]:
    """The groups of a query, but for those in EXISTS, GRAPH or SERVICE."""
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if one.type == GROUP:
            yield one
        waiting.extend(each for each in one.children if each.type not in _SEALED)
