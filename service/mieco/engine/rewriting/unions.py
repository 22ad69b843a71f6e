"""A UNION beside other patterns becomes a table of its own, where it would be evaluated too often.

    P { A } UNION { B }   →   P { SELECT * { { A } UNION { B } } }

The engine evaluates a union anew for every solution of P, and orders the patterns of its branches
as though nothing were bound: a branch that begins with none of the variables of P is then read from
its beginning each time.  A sub-select is evaluated once, and the two are joined by a hash table.

*Proof.*  A sub-select without modifiers whose SELECT is ``*`` has the solutions of its group, each
as often, with all variables that are visible outside of that group (SPARQL 1.1 §18.2.4.4, §18.2.1).
A blank node stands in one basic graph pattern only (§4.1.4), so that none of a branch is meant
outside of it.  Groups in EXISTS, GRAPH and SERVICE are left alone, since their solutions are not
those of the pattern by itself.  Where the engine counts all columns of a group (``COUNT(DISTINCT
*)``) it counts blank nodes among them, against §18.5.1.2; there unions stay what they are.  ∎
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from mieco.engine.rewriting.scope import JOINED, bound, bound_by, branches, open_groups
from mieco.engine.rewriting.sizes import Pattern, Sizes, first, least, least_of, patterns, size
from mieco.engine.rewriting.tree import UNION, Edit, of_type, parts, variables

_Names = Mapping[bytes, str]
# Joining by a hash table costs about so many times as much for a solution as looking it up.
_DEARER = 4.0


def as_tables(root: Node, names: _Names, sizes: Sizes) -> Iterator[Edit]:
    """The edits that put a sub-select around a union that would be evaluated too often."""
    if any(map(_counts_columns, of_type(root, "aggregate"))):
        return
    for group in open_groups(root):
        joined = [each for each in parts(group) if each.type in JOINED]
        for part in joined:
            groups = branches(part)
            if part.type == UNION and len(groups) > 1:
                others = (each for each in joined if each != part)
                if any(_is_costly(groups, each, names, sizes) for each in others):
                    yield Edit(part.start_byte, part.start_byte, b"{ SELECT * { ")
                    yield Edit(part.end_byte, part.end_byte, b" } }")


def _counts_columns(aggregate: Node) -> bool:
    """Whether an aggregate is COUNT(DISTINCT *)."""
    return {"DISTINCT", "*"} <= {each.type for each in aggregate.children}


def _is_costly(groups: list[Node], other: Node, names: _Names, sizes: Sizes) -> bool:
    """Whether evaluating a union for every solution of another part costs more than once."""
    known = bound_by([other])
    firsts = [_first(each, known) for each in groups]
    if not any(known & bound(each) for each in groups):
        return False
    times = least_of(other, names, sizes)
    once = sum(least(each, names, sizes) for each in groups)
    anew = sum(size(each, names, sizes) for each in firsts if each)
    return times * anew > _DEARER * (times + once)


def _first(branch: Node, known: set[bytes]) -> Pattern | None:
    """The pattern that the engine begins a branch with, if it has none of the known variables."""
    found = first(patterns(branch))
    return None if found is None or variables(found) & known else found
