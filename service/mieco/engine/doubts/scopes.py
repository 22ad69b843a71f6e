"""Which variables of a group have a value in each of its solutions, and which in some of them.

This is what SPARQL 1.1 §18.2.1 calls in scope, told apart by whether OPTIONAL, UNION, UNDEF or an
expression that may fail can leave the variable without a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from mieco.engine.rewriting.tree import GROUP, TRIPLES, UNION, child, of_type, text_of, variables

_NEVER_UNBOUND = ("COUNT", "GROUP_CONCAT")
_LOGICAL = {b"(", b")", b"!", b"&&", b"||"}


@dataclass(frozen=True, slots=True)
class Scope:
    """Variables that always have a value, and those that have one in some solutions."""

    always: frozenset[bytes] = field(default_factory=frozenset)
    maybe: frozenset[bytes] = field(default_factory=frozenset)

    @property
    def all(self) -> frozenset[bytes]:
        """All of them."""
        return self.always | self.maybe

    def joined(self, other: Scope) -> Scope:
        """Those of two patterns that are joined."""
        always = self.always | other.always
        return Scope(always, (self.maybe | other.maybe) - always)

    def extended(self, other: Scope) -> Scope:
        """Those of a pattern with an optional one."""
        return Scope(self.always, (self.maybe | other.all) - self.always)


def scope_of_group(group: Node) -> Scope:
    """The variables of a group."""
    found = Scope()
    for part in group.named_children:
        found = after(found, part)
    return found


def after(before: Scope, part: Node) -> Scope:
    """The variables of a group after one of its parts, given those before it."""
    its = scope_of(part, before)
    return before.extended(its) if part.type == "optional_graph_pattern" else before.joined(its)


def scope_of(part: Node, before: Scope) -> Scope:
    """The variables that a part of a group gives values to."""
    match part.type:
        case kind if kind == TRIPLES:
            return Scope(frozenset(variables([part])))
        case kind if kind == UNION:
            return _either([scope_of_group(each) for each in groups_of(part)])
        case "graph_graph_pattern":
            name, group = child(part, "var"), child(part, GROUP)
            inner = scope_of_group(group) if group else Scope()
            return inner.joined(Scope(frozenset(variables([name] if name else []))))
        case "optional_graph_pattern":
            group = child(part, GROUP)
            return scope_of_group(group) if group else Scope()
        case "bind":
            *_, var, _ = part.children
            made = frozenset([text_of(var)[1:]])
            sure = is_total(part.named_children[0], before)
            return Scope(made) if sure else Scope(maybe=made)
        case "inline_data" | "values_clause":
            return _scope_of_values(part)
        case "sub_select":
            return scope_of_select(part)
    return Scope()


def groups_of(union: Node) -> list[Node]:
    """The groups of a UNION, or the one that is joined."""
    return [each for each in union.children if each.type == GROUP]


def _either(scopes: list[Scope]) -> Scope:
    always = frozenset.intersection(*(each.always for each in scopes))
    return Scope(always, frozenset().union(*(each.all for each in scopes)) - always)


def _scope_of_values(values: Node) -> Scope:
    block = child(values, "data_block")
    names = frozenset(text_of(var)[1:] for var in of_type(values, "var"))
    undefined = block is not None and any(text_of(each) == b"UNDEF" for each in leaves(block))
    return Scope(maybe=names) if undefined else Scope(names)


def leaves(node: Node) -> Iterator[Node]:
    """The nodes below one that have none below."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.children:
            waiting.extend(reversed(one.children))
        else:
            yield one


def scope_of_select(select: Node) -> Scope:
    """The variables that a SELECT gives on."""
    where = child(select, "where_clause")
    group = child(where, GROUP) if where else None
    inner = scope_of_group(group) if group else Scope()
    if values := child(select, "values_clause"):
        inner = inner.joined(_scope_of_values(values))
    head = child(select, "select_clause")
    if head is None or any(text_of(each) == b"*" for each in head.children):
        return inner
    always: set[bytes] = set()
    maybe: set[bytes] = set()
    for term, var in projected(head):
        name = text_of(var)[1:]
        sure = name in inner.always if term is None else _is_sure(term, inner)
        (always if sure else maybe).add(name)
    return Scope(frozenset(always), frozenset(maybe))


def projected(head: Node) -> Iterator[tuple[Node | None, Node]]:
    """What a SELECT gives on: an expression, or none, and the variable."""
    term: Node | None = None
    for each in head.named_children:
        if each.type != "var":
            term = each
        elif each.prev_sibling is not None and text_of(each.prev_sibling).upper() == b"AS":
            yield term, each
            term = None
        elif each.next_sibling is not None and text_of(each.next_sibling).upper() == b"AS":
            term = each
        else:
            yield None, each


def _is_sure(term: Node, scope: Scope) -> bool:
    if term.type == "aggregate":
        return name_of(term) in _NEVER_UNBOUND
    return is_total(term, scope)


def name_of(call: Node) -> str:
    """The name of a function or aggregate, in capitals."""
    return text_of(call.children[0]).decode(errors="replace").upper()


def is_total(term: Node, scope: Scope) -> bool:
    """Has an expression a value for sure?"""
    match term.type:
        case "var":
            return text_of(term)[1:] in scope.always
        case "iri_reference" | "prefixed_name" | "rdf_literal" | "boolean_literal":
            return True
        case "bracketted_expression":
            return is_total(term.named_children[0], scope)
        case "build_in_function" if name_of(term) == "STR":
            return _are_total(term.named_children, scope)
        case "build_in_function" if name_of(term) == "COALESCE":
            return any(is_total(each, scope) for each in arguments(term))
        case "build_in_function" if name_of(term) == "IF":
            test, *either = arguments(term)
            return is_test_of_bound(test) and _are_total(either, scope)
    return False


def arguments(call: Node) -> list[Node]:
    """The arguments of a function."""
    found = list(call.named_children)
    if len(found) == 1 and found[0].type in ("bracketted_expression", "expression_list"):
        return list(found[0].named_children)
    return found


def is_test_of_bound(term: Node) -> bool:
    """Is an expression made of BOUND alone, which never fails?"""
    match term.type:
        case "bracketted_expression" | "unary_expression" | "binary_expression":
            joins = {text_of(each) for each in term.children if not each.is_named}
            return joins <= _LOGICAL and all(map(is_test_of_bound, term.named_children))
        case "build_in_function":
            return name_of(term) == "BOUND"
    return False


def _are_total(terms: Iterable[Node], scope: Scope) -> bool:
    return all(is_total(each, scope) for each in terms)
