"""``FILTER NOT EXISTS { Q }`` becomes ``MINUS { Q }``, where both leave the same solutions.

The engine evaluates the first anew for every solution of the group, and the second once.

*Proof.*  Let P be the group without the filter, V the variables of Q that stand anywhere else in
the query, and let these hold:

1. V is not empty, and every solution of P and every solution of Q binds all of V;
2. Q is one group of triple patterns without paths of length zero, and of filters whose
   variables every solution of Q binds and which ask no pattern themselves.

For a solution μ of P, NOT EXISTS asks whether substitute(Q, μ) has no solution (SPARQL 1.1
§18.6).  The variables that μ binds and Q has are V, by its choice.  By (2) Q's solutions are those
mappings of its variables that make its triples hold and its filters true, so those of
substitute(Q, μ) are the solutions ν of Q with ν = μ on V.  MINUS (§18.5) takes μ away if a ν is
compatible with it and shares a variable; μ and ν share exactly V, which by (1) both bind whole, so
compatible means ν = μ on V again, and V is not empty.  Filters and MINUS both only choose among the
solutions of P, so that MINUS may stand at the end of the group.  ∎

A path of length zero relates every term that is substituted to itself, even one that the graph
does not hold; hence (2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tree_sitter import Node

from mieco.engine.rewriting.scope import bound
from mieco.engine.rewriting.sizes import Sizes, first, least, patterns, size
from mieco.engine.rewriting.tree import (
    FILTER,
    GROUP,
    TRIPLES,
    Edit,
    descendants,
    of_type,
    parts,
    text_of,
    variables,
)

# NOT EXISTS costs about so many times as much for a solution of P as MINUS does for one of Q.
_DEARER = 8.0
_ZERO = (b"*", b"?")
# Where variables stand in the text, and their names.
_Places = Sequence[tuple[int, bytes]]


def as_minus(root: Node, names: Mapping[bytes, str], sizes: Sizes) -> Iterator[Edit]:
    """The edits that put MINUS in the place of NOT EXISTS, where that is the same and cheaper."""
    places = [(node.start_byte, text_of(node)[1:]) for node in of_type(root, "var")]
    for group in of_type(root, GROUP):
        # What is optional is looked up for each solution, which MINUS would prevent.
        if group.parent is not None and group.parent.type == "optional_graph_pattern":
            continue
        for part in parts(group):
            negated = _negated(part)
            if negated is None or not _is_same(places, group, part, negated):
                continue
            begin = first(patterns(negated))
            once = size(begin, names, sizes) if begin else 0.0
            if once > _DEARER * least(group, names, sizes):
                continue
            end = group.end_byte - 1
            yield Edit(part.start_byte, part.end_byte, b"FILTER (true)")
            yield Edit(end, end, b" MINUS " + text_of(negated) + b" ")


def _negated(part: Node) -> Node | None:
    """The group of ``FILTER NOT EXISTS group``, in brackets or not."""
    if part.type != FILTER:
        return None
    inner = [child for child in part.children if child.is_named]
    while len(inner) == 1 and inner[0].type == "bracketted_expression":
        inner = [child for child in inner[0].children if child.is_named]
    if len(inner) != 1 or inner[0].type != "not_exists_func":
        return None
    return next((child for child in inner[0].children if child.type == GROUP), None)


def _is_same(places: _Places, group: Node, part: Node, negated: Node) -> bool:
    inside = _bound_by_triples(negated)
    shared = variables([negated]) & _elsewhere(places, negated)
    return (
        bool(shared)
        and shared <= inside
        and shared <= bound(group, part)
        and all(_is_plain(each, inside) for each in parts(negated))
    )


def _elsewhere(places: _Places, apart: Node) -> set[bytes]:
    """The variables of a query outside of a group."""
    return {name for start, name in places if not apart.start_byte <= start < apart.end_byte}


def _is_plain(part: Node, inside: set[bytes]) -> bool:
    """Whether a part of Q is as (2) demands."""
    if part.type == TRIPLES:
        return not any(
            node.type == "path_mod" and text_of(node) in _ZERO for node in descendants(part)
        )
    return (
        part.type == FILTER
        and variables([part]) <= inside
        and not any(node.type in ("exists_func", "not_exists_func") for node in descendants(part))
    )


def _bound_by_triples(group: Node) -> set[bytes]:
    return variables(part for part in parts(group) if part.type == TRIPLES)
