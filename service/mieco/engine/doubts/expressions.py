"""Which expressions Virtuoso 7.2 evaluates as SPARQL 1.1 says, given the variables of their group.

The kinds are what an expression gives: a term of any kind, a string, a number, a truth.  Where
SPARQL has an error (no number is before a date) Virtuoso has some value or ends the query, so that
only what cannot fail is taken for right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal

from tree_sitter import Node

from mieco.engine.doubts.scopes import Scope, arguments, leaves, name_of
from mieco.engine.rewriting.tree import text_of

Kind = Literal["term", "string", "number", "truth"]

_ORDER: Final = (b"<", b">", b"<=", b">=")
_LOOSE: Final = (b"||", b"&&")
_COMPARED: Final = (*_ORDER, b"=", b"!=")
# What regular expressions of all kinds have in common.
_PLAIN_PATTERN = re.compile(r"""(["'])\^?[\w\s]*(\.[*+])?[\w\s]*\$?\1""")


class Doubtful(Exception):
    """An expression that may be evaluated wrongly; it says which doubt that is."""


def kind_of(term: Node, scope: Scope) -> Kind:
    """What an expression gives.  Raises Doubtful."""
    if term.type in _KINDS:
        return _KINDS[term.type]
    if term.type in _OF:
        return _OF[term.type](term, scope)
    raise Doubtful("value" if term.type in _VALUES else "other")


def _of_variable(var: Node, scope: Scope) -> Kind:
    if text_of(var)[1:] not in scope.always:
        raise Doubtful("unbound")
    return "term"


def _of_literal(literal: Node, _: Scope) -> Kind:
    return "string" if is_plain(literal) else "term"


def _of_brackets(term: Node, scope: Scope) -> Kind:
    return kind_of(term.named_children[0], scope)


def _of_sign(term: Node, scope: Scope) -> Kind:
    if text_of(term.children[0]) != b"!":
        raise Doubtful("arithmetic")
    _want(term.named_children, "truth", scope)
    return "truth"


def _of_binary(term: Node, scope: Scope) -> Kind:
    return _of_operators(list(_flat(term)), scope)


def _of_substring(call: Node, scope: Scope) -> Kind:
    text, *places = call.named_children
    _want([text], "string", scope)
    _want(places, "number", scope)
    return "string"


def _of_pattern(call: Node, scope: Scope) -> Kind:
    text, pattern, *_ = call.named_children
    _want([text], "string", scope)
    if not _PLAIN_PATTERN.fullmatch(text_of(pattern).decode(errors="replace")):
        raise Doubtful("function")
    return "truth"


def _of_exists(_: Node, __: Scope) -> Kind:
    raise Doubtful("exists")


def _of_other_call(_: Node, __: Scope) -> Kind:
    raise Doubtful("function")


def is_plain(literal: Node) -> bool:
    """Is a literal a string, without language or datatype?"""
    return len(literal.children) == 1


def _want(terms: Iterable[Node], kind: Kind, scope: Scope) -> None:
    if any(kind_of(each, scope) != kind for each in terms):
        raise Doubtful("function")


def _of_call(call: Node, scope: Scope) -> Kind:
    name, given = name_of(call), arguments(call)
    if name in _SIGNATURES:
        wanted, kind = _SIGNATURES[name]
        _want(given, wanted, scope)
        return kind
    if name in _OF_CALLS:
        return _OF_CALLS[name](given, scope)
    raise Doubtful("function")


def _of_bound(_: list[Node], __: Scope) -> Kind:
    return "truth"


def _of_str(given: list[Node], scope: Scope) -> Kind:
    for each in given:
        kind_of(each, scope)
    return "string"


def _of_test_of_terms(given: list[Node], scope: Scope) -> Kind:
    _of_str(given, scope)
    return "truth"


def _of_langmatches(given: list[Node], scope: Scope) -> Kind:
    if not _is_language(given[0], scope):
        raise Doubtful("function")
    _want(given[1:], "string", scope)
    return "truth"


def _of_if(given: list[Node], scope: Scope) -> Kind:
    _want(given[:1], "truth", scope)
    _want(given[1:], "string", scope)
    return "string"


def _of_coalesce(given: list[Node], scope: Scope) -> Kind:
    """Variables without a value fail quietly here, and the last argument has one."""
    lenient = Scope(scope.all)
    kinds = {kind_of(each, lenient) for each in given[:-1]} | {kind_of(given[-1], scope)}
    if kinds == {"string"}:
        return "string"
    if kinds == {"term"} and all(each.type == "var" for each in given):
        return "term"
    # An IRI that is written there comes back as a string at times.
    raise Doubtful("constant")


def _flat(term: Node) -> Iterator[Node]:
    """The operands and operators of an expression, since the grammar knows no precedence."""
    for each in term.children:
        if each.type == "binary_expression":
            yield from _flat(each)
        else:
            yield each


def _of_operators(parts: list[Node], scope: Scope) -> Kind:
    for loose in _LOOSE:
        places = [place for place, each in enumerate(parts) if text_of(each) == loose]
        if places:
            for start, end in zip([-1, *places], [*places, len(parts)], strict=True):
                if _of_parts(parts[start + 1 : end], scope) != "truth":
                    raise Doubtful("other")
            return "truth"
    words = [text_of(each).upper() for each in parts]
    if words[1:2] in ([b"IN"], [b"NOT"]):
        _want_same([parts[0], *parts[-1].named_children], scope)
    elif len(parts) == 3 and words[1] in _COMPARED:  # noqa: PLR2004
        _want_comparable(parts[0], words[1], parts[2], scope)
    else:
        raise Doubtful("arithmetic")
    return "truth"


def _want_comparable(first: Node, operator: bytes, second: Node, scope: Scope) -> None:
    if operator == b"=" and _has_language(first, second, scope):
        return
    kinds = kind_of(first, scope), kind_of(second, scope)
    if kinds in (("string", "string"), ("number", "number")):
        return
    if operator in _ORDER:
        raise Doubtful("order")
    _want_same([first, second], scope)


def _of_parts(parts: list[Node], scope: Scope) -> Kind:
    return kind_of(parts[0], scope) if len(parts) == 1 else _of_operators(parts, scope)


def _want_same(terms: Iterable[Node], scope: Scope) -> None:
    """What may be asked whether it is the same as another: no number, whose spelling differs."""
    for term in terms:
        has_type = term.type == "rdf_literal" and any(
            text_of(each) == b"^^" for each in leaves(term)
        )
        if has_type or kind_of(term, scope) not in ("term", "string"):
            raise Doubtful("value")


def _is_language(term: Node, scope: Scope) -> bool:
    is_call = term.type == "build_in_function" and name_of(term) == "LANG"
    return is_call and kind_of(arguments(term)[0], scope) == "term"


def _has_language(first: Node, second: Node, scope: Scope) -> bool:
    """``LANG(?x) = "zh"``, which is not so for what has no language, whatever that says."""
    return _is_language(first, scope) and second.type == "rdf_literal" and len(text_of(second)) > 2  # noqa: PLR2004


_KINDS: Final[Mapping[str, Kind]] = {
    "iri_reference": "term",
    "prefixed_name": "term",
    "integer": "number",
}
_VALUES: Final = {"decimal", "double", "boolean_literal"}
_OF: Final[Mapping[str, Callable[[Node, Scope], Kind]]] = {
    "var": _of_variable,
    "rdf_literal": _of_literal,
    "bracketted_expression": _of_brackets,
    "unary_expression": _of_sign,
    "binary_expression": _of_binary,
    "build_in_function": _of_call,
    "substring_expression": _of_substring,
    "regex_expression": _of_pattern,
    "exists_func": _of_exists,
    "not_exists_func": _of_exists,
    "function_call": _of_other_call,
    "string_replace_expression": _of_other_call,
}
# What all arguments must be, and what comes of them.
_SIGNATURES: Final[Mapping[str, tuple[Kind, Kind]]] = {
    "CONCAT": ("string", "string"),
    "LCASE": ("string", "string"),
    "UCASE": ("string", "string"),
    "CONTAINS": ("string", "truth"),
    "STRSTARTS": ("string", "truth"),
    "STRENDS": ("string", "truth"),
    "STRLEN": ("string", "number"),
}
_OF_CALLS: Final[Mapping[str, Callable[[list[Node], Scope], Kind]]] = {
    "BOUND": _of_bound,
    "STR": _of_str,
    "ISIRI": _of_test_of_terms,
    "ISURI": _of_test_of_terms,
    "ISLITERAL": _of_test_of_terms,
    "ISBLANK": _of_test_of_terms,
    "SAMETERM": _of_test_of_terms,
    "LANGMATCHES": _of_langmatches,
    "COALESCE": _of_coalesce,
    "IF": _of_if,
}
