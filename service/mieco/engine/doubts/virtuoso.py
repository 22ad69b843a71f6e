"""What Virtuoso 7.2 was not seen to answer rightly.

Each doubt stands for answers that were wrong, for errors of its compiler, or for a query that it
compiled for ever, and with that answered nobody any more (tests/test_engine_virtuoso.py).  None of
them is about a rare way to write: they come where OPTIONAL, constants and expressions meet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from mieco.engine.doubts.expressions import Doubtful, is_plain, kind_of
from mieco.engine.doubts.scopes import (
    Scope,
    after,
    groups_of,
    leaves,
    name_of,
    projected,
    scope_of,
    scope_of_group,
    scope_of_select,
)
from mieco.engine.rewriting.tree import (
    FILTER,
    GROUP,
    TRIPLES,
    UNION,
    child,
    descendants,
    of_type,
    parse,
    text_of,
    variables,
)

_MOST_GROUPS = 24
_HEADS = ("select_query", "sub_select")
_PATTERNS = {TRIPLES, UNION, FILTER, "optional_graph_pattern", "bind", "inline_data"} | {
    "graph_graph_pattern",
    "minus_graph_pattern",
    "sub_select",
    "values_clause",
}
_TERMS_OF_VALUES = {"iri_reference", "prefixed_name", "rdf_literal", "var", "data_block"}


def doubts_of_virtuoso(text: str) -> list[str]:
    """Why a query may be answered wrongly there; empty for one that is known to be right.

    The doubts are names of :data:`mieco.engine.doubts.TEXTS`.
    """
    root = parse(text.encode(errors="surrogatepass"))
    if root is None:
        return ["syntax"]
    try:
        return sorted(set(_in_query(root)))
    except RecursionError:
        return ["size"]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a group stands: what is known around it, and in what it is."""

    around: frozenset[bytes] = frozenset()
    optional: bool = False
    depth: int = 0


def _in_query(root: Node) -> Iterator[str]:
    if sum(1 for _ in of_type(root, GROUP)) > _MOST_GROUPS:
        yield "size"
    if any(of_type(root, "describe_query", "dataset_clause")):
        yield "form"
    if any(of_type(root, "bind")) and any(of_type(root, "optional_graph_pattern")):
        yield "bind"
    if any(of_type(root, "path_mod", "path_negated_property_set")):
        yield "path"
    for literal in of_type(root, "object_list", "triples_same_subject"):
        yield from _in_terms(literal)
    for query in root.named_children:
        if query.type in ("prologue", "values_clause"):
            continue
        if query.type in _HEADS:
            yield from _in_select(query, _Place(), child(root, "values_clause"))
        elif query.type in ("ask_query", "construct_query"):
            yield from _in_bare(query)
        else:
            yield "form"


def _in_terms(node: Node) -> Iterator[str]:
    """Values are found by what they are there, also where they are spelt otherwise."""
    for each in node.named_children:
        if each.type in ("integer", "decimal", "double", "boolean_literal", "collection"):
            yield "value"
        if each.type == "rdf_literal" and any(text_of(one) == b"^^" for one in leaves(each)):
            yield "value"


def _in_bare(query: Node) -> Iterator[str]:
    """ASK and CONSTRUCT: what is made of solutions, how often they come does not matter."""
    group = _group_of(query)
    if group is None:
        yield "form"
        return
    yield from _in_group(group, _Place())
    if query.type == "ask_query" and not any(of_type(group, TRIPLES)):
        yield "values"
    if child(query, "solution_modifier") or child(query, "values_clause"):
        yield "form"


def _group_of(query: Node) -> Node | None:
    where = child(query, "where_clause")
    return child(where, GROUP) if where else None


# ------------------------------------------------------------------------------- SELECT


def _in_select(select: Node, place: _Place, values: Node | None = None) -> Iterator[str]:
    group, head = _group_of(select), child(select, "select_clause")
    if group is None or head is None:
        yield "form"
        return
    scope = scope_of_group(group)
    if values := values or child(select, "values_clause"):
        yield from _in_values(values)
        if scope_of(values, scope).all & scope.maybe:
            yield "unbound"
        scope = after(scope, values)
    yield from _in_group(group, place)
    distinct = any(text_of(each).upper() == b"DISTINCT" for each in head.children)
    if not distinct and any(_alternatives(group)):
        # Engines differ in whether what two of them give is one solution or two.
        yield "path"
    modifier = child(select, "solution_modifier")
    grouped = modifier is not None and any(of_type(modifier, "group_clause"))
    if distinct and scope_of_select(select).maybe:
        yield "keys"
    yield from _in_head(head, scope, grouped=grouped)
    if modifier is not None:
        yield from _in_modifier(modifier, scope, collected=distinct or grouped)


def _alternatives(group: Node) -> Iterator[Node]:
    for path in of_type(group, "binary_path"):
        yield from (each for each in path.children if each.type == "|")


def _in_head(head: Node, scope: Scope, *, grouped: bool) -> Iterator[str]:
    for term, _ in projected(head):
        if term is None:
            continue
        if term.type == "aggregate":
            yield from _in_aggregate(term, scope)
        elif any(of_type(term, "aggregate")) or grouped:
            yield "aggregate"
        else:
            yield from _in_made(term, scope)


def _in_aggregate(call: Node, scope: Scope) -> Iterator[str]:
    name, given = name_of(call), [each for each in call.named_children if each.type != "string"]
    if name == "COUNT" and all(each.type == "var" for each in given):
        return
    if name in ("MIN", "MAX", "GROUP_CONCAT") and len(given) == 1:
        has_separator = name != "GROUP_CONCAT" or any(c.type == "string" for c in call.children)
        is_string = given[0].type == "build_in_function" and name_of(given[0]) == "STR"
        if has_separator and is_string:
            yield from _doubts_in(given[0], scope)
            return
    yield "aggregate"


def _in_modifier(modifier: Node, scope: Scope, *, collected: bool) -> Iterator[str]:
    for key in of_type(modifier, "group_condition"):
        if [each.type for each in key.named_children] != ["var"]:
            yield "aggregate"
        elif variables([key]) & scope.maybe:
            yield "keys"
    for condition in of_type(modifier, "having_condition"):
        if _compares_a_count(condition):
            continue
        yield "aggregate"
    for key in of_type(modifier, "order_condition"):
        simple = [each.type for each in key.named_children] == ["var"] or all(
            each.type in ("bracketted_expression", "var")
            for each in descendants(key)
            if each.is_named
        )
        if collected and not simple:
            yield "sorting"


def _compares_a_count(condition: Node) -> bool:
    (bracket,) = condition.named_children or (condition,)
    terms = bracket.named_children[0].named_children if bracket.named_children else []
    return [each.type for each in terms] == ["aggregate", "integer"] and name_of(
        terms[0]
    ) == "COUNT"


# ------------------------------------------------------------------------------- groups


def _in_group(group: Node, place: _Place) -> Iterator[str]:
    parts = [each for each in group.named_children if each.type != "comment"]
    scope = Scope()
    told = Counter(name for part in parts for name in _told(part))
    if max(told.values(), default=0) > 1:
        yield "values"
    whole = scope_of_group(group)
    for part in parts:
        if part.type not in _PATTERNS:
            yield "other"
            continue
        its = scope_of(part, scope)
        if part.type != "bind" and its.all & scope.maybe:
            yield "unbound"
        yield from _in_part(part, scope, whole, place)
        scope = after(scope, part)


def _told(part: Node) -> set[bytes]:
    return variables([part]) if part.type in ("inline_data", "values_clause") else set()


def _in_part(part: Node, before: Scope, whole: Scope, place: _Place) -> Iterator[str]:
    if place.optional and part.type in ("inline_data", "bind"):
        yield "constant"
    match part.type:
        case "inline_data" | "values_clause":
            yield from _in_values(part)
        case "bind":
            yield from _in_made(part.named_children[0], before)
        case "filter":
            yield from _in_filter(part, whole, place)
        case "minus_graph_pattern":
            yield from _in_minus(part, before)
        case "sub_select":
            if place.optional or place.depth > 0:
                yield "sub-select"
            yield from _in_select(part, _Place(depth=place.depth + 1))
        case _:
            is_optional = part.type == "optional_graph_pattern"
            known = before.always | place.around if is_optional else frozenset()
            inner = _Place(known, optional=place.optional or is_optional, depth=place.depth)
            for group in groups_of(part):
                yield from _in_group(group, inner)


def _in_values(values: Node) -> Iterator[str]:
    block = child(values, "data_block") or values
    for each in block.named_children:
        if each.type not in _TERMS_OF_VALUES:
            yield "value"
    if any(text_of(each) == b"UNDEF" for each in leaves(values)):
        yield "unbound"


def _in_made(term: Node, scope: Scope) -> Iterator[str]:
    """An expression that gives a variable its value."""
    if term.type == "var":
        yield "copy"
        return
    if term.type in ("iri_reference", "prefixed_name"):
        return
    if term.type == "rdf_literal" and not is_plain(term):
        yield "constant"
        return
    try:
        kind = kind_of(term, scope)
    except Doubtful as doubt:
        yield str(doubt)
        return
    if kind in ("truth", "number"):
        yield "value"


def _doubts_in(term: Node, scope: Scope) -> Iterator[str]:
    try:
        kind_of(term, scope)
    except Doubtful as doubt:
        yield str(doubt)


def _in_filter(part: Node, whole: Scope, place: _Place) -> Iterator[str]:
    term = part.named_children[0]
    known = whole.always | place.around
    if term.type in ("exists_func", "not_exists_func"):
        group = child(term, GROUP)
        yield from _in_exists(group, known, whole.maybe) if group else ("exists",)
        return
    used = variables([term])
    if used - whole.all - place.around:
        yield "scope"
    yield from _doubts_in(term, Scope(known, whole.maybe - known))


def _in_exists(group: Node, known: frozenset[bytes], maybe: frozenset[bytes]) -> Iterator[str]:
    if variables([group]) & maybe:
        yield "unbound"
    inner = known | scope_of_group(group).always
    for part in group.named_children:
        if part.type == FILTER:
            yield from _in_filter(part, Scope(inner), _Place())
        elif part.type != TRIPLES:
            yield "exists"


def _in_minus(part: Node, before: Scope) -> Iterator[str]:
    for group in groups_of(part):
        inner = scope_of_group(group)
        if not inner.always & before.always:
            yield "minus"
        if variables([group]) & before.maybe:
            yield "unbound"
        for each in group.named_children:
            if each.type == FILTER:
                yield from _in_filter(each, inner, _Place())
            elif each.type != TRIPLES:
                yield "minus"
