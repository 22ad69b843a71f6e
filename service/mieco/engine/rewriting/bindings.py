"""A query in which terms take the place of variables begins with them.

    ?x :p ?y . ?y :q ?this   →   { SELECT * { VALUES ?this { <iri> } } } ?x :p ?y . ?y :q ?this

The engine puts the terms in as it evaluates (RDF-dev SEP-0007), after it has ordered the patterns
as though the variables were open; with VALUES it knows that they are told.

*Proof.*  Each solution of a pattern that binds such a variable has the term for it, in the groups
that are looked into: the outermost one, the branches of its unions, and sub-selects that project
the variable (and group by it if they group).  Joining it with the one row that says so changes
nothing, if every solution binds the variable before the first OPTIONAL, MINUS or BIND of the group.
∎
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from mieco.engine.rewriting.scope import (
    bound_by,
    bound_by_select,
    branches,
    leading,
    outermost,
)
from mieco.engine.rewriting.sizes import guess, patterns
from mieco.engine.rewriting.tree import GROUP, UNION, Edit, child, variables


def begun_with(root: Node, terms: Mapping[bytes, bytes]) -> Iterator[Edit]:
    """The edits that join the rows of bindings, IRIs by names, where the engine needs them."""
    group = outermost(root)
    waiting = [(group, frozenset(terms))] if group else []
    while waiting:
        one, names = waiting.pop()
        select = child(one, "sub_select")
        if select is not None:
            where = child(select, "where_clause")
            inner = where and child(where, GROUP)
            if inner:
                waiting.append((inner, names & bound_by_select(select)))
            continue
        joined = leading(one)
        known = names & bound_by(each for each in joined if each.type != UNION)
        first = min(patterns(one), key=guess, default=None)
        if known and first and not variables(first) & known:
            rows = b"".join(
                b" { SELECT * { VALUES ?%b { %b } } } " % (name, terms[name])
                for name in sorted(known)
            )
            yield Edit(one.start_byte + 1, one.start_byte + 1, rows)
        for part in joined:
            if part.type == UNION:
                waiting += [(each, names) for each in branches(part)]
