"""VALUES, and filters for equality, are joined where their variables are first bound.

    P VALUES ?x { … }                 →   { SELECT * { VALUES ?x { … } } } P
    VALUES ?x { … } { A } UNION { B }  →   the same, and in A and B
    P FILTER (?x = <iri>)              →   the same, with the IRI as the only row

The engine joins a clause of VALUES last, and in patterns it looks through all its rows for every
solution that it meets; in a sub-select it is read once, and joined by a hash table.

*Proof.*  Let V be the rows, none with UNDEF, and let every solution of a pattern P bind all their
variables.  Then P joined with V is P without the solutions whose terms V lacks, each of the others
as often as V has its row; call that σ(P).  If V is a set, σ only chooses, and σσ = σ.  For σ with
the same rows:

1. σ(A joined with B) is σ(A) joined with B, and with σ(B) as well where B binds the variables too
   and V is a set;
2. σ(A UNION B) is σ(A) UNION σ(B);
3. σ of A with OPTIONAL, MINUS, BIND or FILTER after it is σ(A) with these, as far as A binds the
   variables: none of them changes what is bound, and each is decided solution by solution;
4. σ of a sub-select, DISTINCT or not, is the sub-select of σ, where it projects the variables, and
   groups by them if it groups; not with LIMIT or OFFSET, which count solutions.

So rows that choose among the solutions of a group may also stand at its beginning, if the parts up
to the first OPTIONAL, MINUS or BIND bind the variables, and in the unions and sub-selects among
these parts.  A clause of VALUES after the query is joined after grouping and before anything else
(SPARQL 1.1 §18.2.4.3), hence it is moved by (4).  Copies are DISTINCT.  ``?x = <iri>`` is true for
that IRI alone (§17.4.1.7), so its filter is such a σ.  ∎
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from mieco.engine.rewriting.scope import (
    bound_by,
    branches,
    grouped_by,
    has_undefined,
    leading,
    open_groups,
)
from mieco.engine.rewriting.sizes import Sizes, guess, iri_of, patterns_of, rows
from mieco.engine.rewriting.tree import FILTER, GROUP, UNION, Edit, child, parts, text_of

_Names = Mapping[bytes, str]
# More rows are not copied into every branch: there they cost more than they spare.
_FEW = 200
# What the engine guesses of a pattern with one of subject and object told.  Where it has one that
# it deems more selective, it would begin with the rows instead.
_SELECTIVE = 10_000


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows that choose: their variables, the text after VALUES, how many, and whether a set."""

    variables: frozenset[bytes]
    text: bytes
    number: int
    distinct: bool

    def table(self, how: bytes = b"DISTINCT ") -> bytes:
        """A group whose solutions are the rows."""
        return b" { SELECT %b* { VALUES %b } } " % (how, self.text)


def early(root: Node, names: _Names, _sizes: Sizes) -> Iterator[Edit]:
    """The edits that join VALUES and equalities where their variables are first bound."""
    last = child(root, "values_clause")
    if last is not None:
        yield from _moved(root, last, names)
    for group in open_groups(root):
        joined = leading(group)
        for part in joined:
            if part.type == "inline_data" and (found := _rows(part, names)):
                yield from _copies(joined, found)
        if not _is_selective(joined):
            for part in parts(group):
                for equal in _equalities(part):
                    if equal.variables <= bound_by(joined):
                        yield Edit(group.start_byte + 1, group.start_byte + 1, equal.table())
                        yield from _copies(joined, equal)


def _moved(root: Node, last: Node, names: _Names) -> Iterator[Edit]:
    """The clause after a query, moved to the beginning of its pattern."""
    query, found = root.children[-2], _rows(last, names)
    where = child(query, "where_clause")
    group = where and child(where, GROUP)
    if not group or not found or not found.variables <= bound_by(leading(group)):
        return
    grouped = grouped_by(query)
    if grouped is not None and not (found.distinct and found.variables <= grouped):
        return
    yield Edit(last.start_byte, last.end_byte, b"")
    yield Edit(group.start_byte + 1, group.start_byte + 1, found.table(b""))
    yield from _copies(leading(group), found)


def _copies(joined: list[Node], found: _Rows) -> Iterator[Edit]:
    """The rows in the unions and sub-selects among some joined parts."""
    if found.number > _FEW:
        return
    for part in joined:
        if part.type == UNION and found.variables <= bound_by([part]):
            for group in branches(part):
                yield from _inside(group, found)


def _inside(group: Node, found: _Rows) -> Iterator[Edit]:
    """The rows in a group whose solutions they choose."""
    select = child(group, "sub_select")
    if select is not None:
        where, modifier = child(select, "where_clause"), child(select, "solution_modifier")
        inner = where and child(where, GROUP)
        grouped = grouped_by(select)
        cut = modifier and child(modifier, "limit_offset_clauses")
        if inner and not cut and (grouped is None or found.variables <= grouped):
            yield from _inside(inner, found)
        return
    joined = leading(group)
    if found.variables <= bound_by(joined):
        yield Edit(group.start_byte + 1, group.start_byte + 1, found.table())
        yield from _copies(joined, found)


def _is_selective(joined: list[Node]) -> bool:
    """Whether the engine begins with a part that it deems more selective than one told term."""
    return any(
        each.type == "inline_data" or any(guess(one) < _SELECTIVE for one in patterns_of(each))
        for each in joined
    )


def _rows(data: Node, names: _Names) -> _Rows | None:
    """The rows of VALUES, if they choose."""
    block = child(data, "data_block")
    if block is None or has_undefined(data):
        return None
    terms = rows(data)
    known = frozenset(text_of(each)[1:] for each in block.children if each.type == "var")
    number = len(terms) // len(known) if known else 0
    if not number:
        return None
    iris = [iri_of(each, names) for each in terms]
    width = len(known)
    keys = {tuple(iris[at : at + width]) for at in range(0, len(iris), width)}
    distinct = None not in iris and len(keys) == number
    return _Rows(known, text_of(block), number, distinct)


def _equalities(part: Node) -> Iterator[_Rows]:
    """The equalities of variables and IRIs that a filter demands."""
    waiting = [each for each in part.children if each.is_named] if part.type == FILTER else []
    while waiting:
        one = waiting.pop()
        if one.type == "bracketted_expression":
            waiting += [each for each in one.children if each.is_named]
        elif one.type == "binary_expression" and len(one.children) == 3:  # noqa: PLR2004
            left, sign, right = one.children
            if text_of(sign) == b"&&":
                waiting += [left, right]
            elif text_of(sign) == b"=" and left.type == "var" and _is_iri(right):
                yield _equal(left, [right])
            elif text_of(sign) == b"=" and right.type == "var" and _is_iri(left):
                yield _equal(right, [left])
            elif text_of(sign).upper() == b"IN" and left.type == "var":
                terms = [each for each in right.children if each.is_named]
                if terms and all(map(_is_iri, terms)):
                    yield _equal(left, terms)


def _equal(variable: Node, terms: list[Node]) -> _Rows:
    text = b"%b { %b }" % (text_of(variable), b" ".join(map(text_of, terms)))
    return _Rows(frozenset([text_of(variable)[1:]]), text, len(terms), distinct=False)


def _is_iri(node: Node) -> bool:
    return node.type in ("iri_reference", "prefixed_name")
