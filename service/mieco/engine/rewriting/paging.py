"""A page of sorted things is chosen before what is optional is looked up for them.

    P OPTIONAL { Q } … ORDER BY ?s ?o LIMIT 20 OFFSET 40
    →   { SELECT * { P } ORDER BY ?s LIMIT 60 } OPTIONAL { Q } … ORDER BY ?s ?o LIMIT 20 OFFSET 40

The engine would look it up for all solutions of P, and sort them all.

*Proof.*  Let K be those of the keys, from the first on, that are variables of P; P is triple
patterns, with filters on its own variables, and all these variables are in K.  Let N be LIMIT plus
OFFSET, and F the first N solutions of P by K.  OPTIONAL and BIND take no solution away and change
no variable of P, so that the solutions of F give at least N rows.  A row of any other solution
comes after all of these by K, or beside the last of them.  If K are all keys, it ties with that
one, and either may be chosen (SPARQL 1.1 §15.1).  Else each variable in K is the subject of a
triple, hence an IRI or a blank node, for which a tie means that it is the same term: the solution
is the same as the last of F, which gives the same rows, no fewer than are asked for.  So the first
N rows are those that F gives.  ∎
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile

from tree_sitter import Node

from mieco.engine.rewriting.scope import leading, outermost
from mieco.engine.rewriting.sizes import Sizes, iri_of, is_open, least, patterns
from mieco.engine.rewriting.tree import (
    FILTER,
    TRIPLES,
    Edit,
    child,
    of_type,
    parts,
    text_of,
    variables,
)

_Names = Mapping[bytes, str]
# A page that is not a small part of all would be chosen twice.
_PART = 4.0
# Functions that give another value each time (§17.4.2.9 to §17.4.4.5).
_CHANCE = re.compile(rb"RAND|UUID|STRUUID|BNODE", re.IGNORECASE)
# Parts that take no solution away.
_KEEPING = ("optional_graph_pattern", "bind")


def chosen_first(root: Node, names: _Names, sizes: Sizes) -> Iterator[Edit]:
    """The edits that choose the page before the optional parts."""
    query, group = child(root, "select_query"), outermost(root)
    if not query or not group or not _is_plain(query):
        return
    keys, number = _keys(query), _rows_wanted(query)
    joined = leading(group)
    filters = [each for each in parts(group) if each.type == FILTER]
    rest = [each for each in parts(group) if each not in joined and each not in filters]
    if [each.type for each in joined] != [TRIPLES] or not number:
        return
    if not any(each.type == "optional_graph_pattern" for each in rest):
        return
    if any(each.type not in _KEEPING for each in rest) or _PART * number > least(
        group, names, sizes
    ):
        return
    known = variables(joined)
    ours = list(takewhile(lambda key: key[1] in known, keys))
    if {name for _, name in ours} != known or not _stays(filters, known):
        return
    if len(ours) < len(keys) and not known <= _subjects(group, names):
        return
    inside = b" ".join(text_of(each) for each in (*joined, *filters))
    by = b" ".join(text for text, _ in ours)
    page = b"{ SELECT * { %b } ORDER BY %b LIMIT %d } " % (inside, by, number)
    yield Edit(joined[0].start_byte, joined[0].end_byte, page)
    for each in filters:
        yield Edit(each.start_byte, each.end_byte, b"FILTER (true)")


def _is_plain(query: Node) -> bool:
    """Whether each solution gives one row."""
    head, modifier = child(query, "select_clause"), child(query, "solution_modifier")
    return (
        head is not None
        and modifier is not None
        and not child(head, "DISTINCT")
        and not child(head, "REDUCED")
        and not any(of_type(query, "group_clause", "having_clause", "aggregate", "values_clause"))
    )


def _keys(query: Node) -> list[tuple[bytes, bytes | None]]:
    """What is sorted by: the text of each key, and its name if it is a variable."""
    found = []
    for condition in of_type(query, "order_condition"):
        inner = [each for each in condition.children if each.type not in ("ASC", "DESC")]
        while len(inner) == 1 and inner[0].type == "bracketted_expression":
            inner = [each for each in inner[0].children if each.is_named]
        single = len(inner) == 1 and inner[0].type == "var"
        found.append((text_of(condition), text_of(inner[0])[1:] if single else None))
    return found


def _rows_wanted(query: Node) -> int:
    """LIMIT plus OFFSET of a query; 0 without LIMIT, or with another one inside."""
    limits = list(of_type(query, "limit_clause"))
    counts = [*limits, *of_type(query, "offset_clause")]
    modifier = child(query, "solution_modifier")
    cut = modifier and child(modifier, "limit_offset_clauses")
    if len(limits) != 1 or not cut or any(each.parent != cut for each in counts):
        return 0
    return sum(int(text_of(each.children[1])) for each in counts)


def _stays(filters: list[Node], known: set[bytes]) -> bool:
    """Whether filters see nothing but certain variables, and no chance."""
    return variables(filters) <= known and not any(
        one.type in ("exists_func", "not_exists_func") or _CHANCE.match(text_of(one))
        for each in filters
        for one in of_type(each, "exists_func", "not_exists_func", "build_in_function")
    )


def _subjects(group: Node, names: _Names) -> set[bytes]:
    """Variables that are the subject of a triple."""
    return variables(
        subject
        for subject, prop, _ in patterns(group)
        if not is_open(prop) and iri_of(prop, names) is not None
    )
