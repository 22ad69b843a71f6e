"""Tests of the text of a label get the labels that can pass them, as a VALUES clause.

The engine reads every label for ``FILTER(CONTAINS(?label, "…"))`` and the like; where few labels
have that text, they are looked up first.

*Proof.*  Let a group have these parts among others:

1. B, a block of triple patterns, or ``GRAPH g { … }`` around such, with a pattern whose property is
   one of :data:`~mieco.terms.NAMING` and whose object is the variable v;
2. FILTERs in the group itself, of which each is one of the tests T(v) below, or has one among the
   operands of its ``&&``.

Let C be a set of literals with each that some triple of the store has with this property and for
which the tests are true.  Then ``VALUES v { C }`` may stand after B:

Up to B, every solution binds v to a value of that property, since B is joined.  So joining with C,
whose rows are different, leaves those solutions whose v is in C, each as often as it was.  What
follows in the group (joins, OPTIONAL, MINUS, BIND, UNION) extends or drops each solution by itself
and leaves its v alone (SPARQL 1.1 §18.5), so that leaving out some before is leaving out those that
come of them after.  The filters come last (§18.2.2.2), and are true only where the tests are, thus
only where v is in C.  In an OPTIONAL the filters are its condition, which asks the same of the
solutions of its group.  A dataset, or GRAPH, has triples of the store alone.  ∎

The tests are CONTAINS, STRSTARTS, STRENDS and REGEX (without flags or with "i") of v, or STR and
LCASE of it, and ``=`` of these functions, against a literal that the text names.  C are the
literals in which certain pieces of that text stand, case aside
(:mod:`mieco.engine.rewriting.needles`); each of these pieces stands in every literal that passes.
For LCASE and "i" this rests on what Unicode has for good: no letters but A to Z, İ, ſ and the
Kelvin sign become an ASCII one when case is folded.

A property that has a value other than strings, with or without language, and blank nodes (no test
is true of them, STR of an IRI may pass) is not in ``sizes.labels``.  A query with blank node labels
is left alone, for VALUES parts blocks that may share them; so is what stands in EXISTS, where
variables are replaced first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from pyoxigraph import Literal, RdfFormat, parse
from tree_sitter import Node

from mieco.engine.rewriting.needles import needles_of_regex, needles_of_text
from mieco.engine.rewriting.sizes import Sizes, iri_of, least, patterns
from mieco.engine.rewriting.tree import FILTER, GROUP, TRIPLES, Edit, of_type, parts, text_of
from mieco.terms import XSD

# A candidate costs about so many times as much as a solution of the pattern: it is written, read
# and looked up.
_DEARER = 8
_MOST, _LONGEST = 500, 50_000
_FUNCTIONS = (b"CONTAINS", b"STRSTARTS", b"STRENDS")


def with_candidates(root: Node, names: Mapping[bytes, str], sizes: Sizes) -> Iterator[Edit]:
    """The edits that put the labels that can pass a test after the pattern that binds them."""
    if not sizes.labels or any(of_type(root, "blank_node_label")):
        return
    for group in of_type(root, GROUP):
        tests = _tests(group)
        if tests and not _in_exists(group):
            yield from _narrowed(group, tests, names, sizes)


def _narrowed(
    group: Node, tests: dict[bytes, list[str]], names: Mapping[bytes, str], sizes: Sizes
) -> Iterator[Edit]:
    for part in parts(group):
        inner = _triples_within(group, part)
        if inner is None:
            continue
        for _, prop, value in patterns(inner):
            texts = sizes.labels.get(iri_of(prop, names) or "")
            variable = text_of(value)[1:]
            if (
                texts is None
                or value.type != "var"
                or variable not in tests
                or not part.start_byte <= value.start_byte < part.end_byte
            ):
                continue
            # A release without our ontology has no statistics.
            solutions = least(inner, names, sizes) if sizes.triples else len(texts)
            most = min(_MOST, int(solutions / _DEARER))
            found = texts.candidates(tests[variable], most) if most else None
            if found is not None and sum(map(len, found)) <= _LONGEST:
                del tests[variable]
                rows = " ".join(found).encode()
                new = b" VALUES ?%b { %b }" % (variable, rows)
                yield Edit(part.end_byte, part.end_byte, new)


def _triples_within(group: Node, part: Node) -> Node | None:
    """The group whose triple patterns a part of a group consists of."""
    if part.type == TRIPLES:
        return group
    if part.type == "graph_graph_pattern":
        return next(child for child in part.children if child.type == GROUP)
    return None


def _in_exists(node: Node) -> bool:
    above = node.parent
    while above is not None:
        if above.type in ("exists_func", "not_exists_func"):
            return True
        above = above.parent
    return False


def _tests(group: Node) -> dict[bytes, list[str]]:
    """By variable, what a label is sure to have in it if it passes the filters of a group."""
    found: dict[bytes, list[str]] = defaultdict(list)
    for part in parts(group):
        if part.type == FILTER:
            for each in _conjuncts(part):
                variable, needles = _test(each)
                if variable and needles:
                    found[variable] += needles
    return dict(found)


def _conjuncts(node: Node) -> Iterator[Node]:
    """The expressions that are true where a filter is."""
    inside = _operands(node)
    signs = {child.type for child in node.children if not child.is_named}
    if (node.type in (FILTER, "bracketted_expression") and len(inside) == 1) or (
        node.type == "binary_expression" and signs == {"&&"}
    ):
        for each in inside:
            yield from _conjuncts(each)
    else:
        yield node


def _operands(node: Node) -> list[Node]:
    return [child for child in node.children if child.is_named]


def _test(node: Node) -> tuple[bytes | None, list[str]]:
    """The variable that an expression tests, and the texts that are sure to be in its value."""
    inside = _operands(node)
    texts = [_text(each) for each in inside[1:]]
    if not texts or None in texts:
        return None, []
    text, *flags = [each or "" for each in texts]
    variable = _tested(inside[0])
    name = text_of(node.children[0]).upper()
    if node.type == "regex_expression" and flags in ([], [""], ["i"]):
        lowered = b"LCASE" in text_of(inside[0]).upper()
        return variable, needles_of_regex(text, lowered=lowered)
    if node.type == "build_in_function" and name in _FUNCTIONS and not flags:
        starts, ends = name == b"STRSTARTS", name == b"STRENDS"
        return variable, needles_of_text(text, start=starts, end=ends)
    equal = [each.type for each in node.children[1:2]] == ["="]
    if equal and inside[0].type != "var" and not flags:
        return variable, needles_of_text(text, start=True, end=True)
    return None, []


def _tested(node: Node) -> bytes | None:
    """The variable whose text an expression is, in lower case or not."""
    if node.type == "var":
        return text_of(node)[1:]
    if node.type == "build_in_function" and text_of(node.children[0]).upper() in (b"STR", b"LCASE"):
        inside = _operands(node)
        while len(inside) == 1 and inside[0].type == "bracketted_expression":
            inside = _operands(inside[0])
        return _tested(inside[0]) if len(inside) == 1 else None
    return None


def _text(node: Node) -> str | None:
    """The string that a term is, whatever its language."""
    literal = literal_of(node)
    if literal is None or not (literal.language or literal.datatype.value == f"{XSD}string"):
        return None
    return literal.value


def literal_of(node: Node) -> Literal | None:
    """The literal that a term is, if it can be told without its prologue."""
    if node.type != "rdf_literal":
        return None
    try:
        # Turtle writes literals as SPARQL does.
        (quad,) = parse(b"<x:s> <x:p> %b ." % text_of(node), format=RdfFormat.TURTLE)
    except (SyntaxError, ValueError):
        return None
    return quad.object if isinstance(quad.object, Literal) else None
