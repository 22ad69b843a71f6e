"""A group of triple patterns begins with the one that the statistics say is by far the rarest.

    ?s a :Common ; :rare ?o      →   ?s :rare ?o LATERAL { ?s a :Common ; :rare ?o }
    ?s :common ?p ; :rare ?o     →   ?s :rare ?o . ?s :common ?p

The engine orders patterns by their form alone, so that it begins with the class here, however many
things are of it, and with a path of any length last, even if its end is told.  LATERAL (SEP-0006),
which it knows, fixes what comes first.  Among patterns of one form it begins with the first in the
text.

*Proof.* The order of patterns in a block means nothing (SPARQL 1.1 §5.1). For LATERAL, let S be one
of the triple patterns of a group B of such, with no blank node, and no path but ``iri*`` or
``iri+``. S has each solution once, since a graph is a set and such a path gives each pair of terms
once (SPARQL 1.1 §9.3); each solution of B has one of S as its part, since B holds S; so S joined
with B is B. S LATERAL { B } puts each solution of S into B before it is matched. The solutions of B
with these terms are those that are compatible with it, so that the two are the same. Of a path of
length zero that holds only if one of its ends is told in the text: it then relates this term to
itself, whether the other end is open or told, while open at both ends it relates the terms of the
graph, and told at both any term.  ∎
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from mieco.engine.rewriting.scope import is_alone, leading, open_groups
from mieco.engine.rewriting.sizes import (
    Pattern,
    Sizes,
    first,
    guess,
    iri_of,
    is_open,
    patterns_of,
    size,
)
from mieco.engine.rewriting.stars import plain_patterns, written
from mieco.engine.rewriting.tree import TRIPLES, Edit, of_type, text_of

_Names = Mapping[bytes, str]
# It must be so many times rarer, since what the terms of other patterns spare is not known.
_RARER = 8.0
# The same where it only changes places.
_FEWER = 2.0
# What the engine takes a pattern with property and object to have; it is right about smaller ones.
_TOLD = 10_000
_ZERO = (b"*", b"?")
_ANY_LENGTH = (b"*", b"+")


def rarest_first(root: Node, names: _Names, sizes: Sizes) -> Iterator[Edit]:
    """The edits that put the rarest pattern of a group before the others."""
    for group in open_groups(root):
        joined = leading(group)
        if [each.type for each in joined] != [TRIPLES] or not is_alone(group):
            continue
        block = joined[0]
        rarest = _rarest(list(patterns_of(block)), names, sizes)
        if rarest is None and (moved := _moved(block, names, sizes)):
            yield Edit(block.start_byte, block.end_byte, moved)
        if rarest is None or any(map(_is_open_zero, patterns_of(block))):
            continue
        start = b"%b LATERAL { " % b" ".join(map(text_of, rarest))
        yield Edit(block.start_byte, block.start_byte, start)
        yield Edit(block.end_byte, block.end_byte, b" } ")


def _moved(block: Node, names: _Names, sizes: Sizes) -> bytes | None:
    """A block whose rarest pattern comes first, if the engine would begin with one of its form."""
    every = plain_patterns(block, names, sizes)
    if len(every) < 2:  # noqa: PLR2004
        return None
    least = min(guess(each.pattern) for each in every)
    alike = [each for each in every if guess(each.pattern) == least]
    rarest = min(alike, key=lambda each: size(each.pattern, names, sizes))
    theirs, ours = (size(each.pattern, names, sizes) for each in (alike[0], rarest))
    if least < _TOLD or _FEWER * ours > theirs:
        return None
    return written([rarest, *(each for each in every if each is not rarest)]) + b" "


def _rarest(some: list[Pattern], names: _Names, sizes: Sizes) -> Pattern | None:
    """The rarest pattern, if the engine would begin with one that is far from it."""
    if len(some) < 2:  # noqa: PLR2004
        return None
    theirs = first(some)
    known = [each for each in some if _is_known(each, names)]
    ours = min(known, key=lambda each: size(each, names, sizes), default=None)
    if ours is None or theirs is None or guess(theirs) < _TOLD:
        return None
    rarer = _RARER * size(ours, names, sizes) < size(theirs, names, sizes)
    return ours if rarer and guess(theirs) < guess(ours) else None


def _is_known(pattern: Pattern, names: _Names) -> bool:
    """Whether a pattern has no blank node, and about how many solutions it has is known."""
    subject, prop, value = pattern
    if subject.type == value.type == "var":
        return not is_open(prop) and iri_of(prop, names) is not None
    ends = (subject, value)
    return _is_closure(prop) and any(e.type == "var" for e in ends) and any(map(_is_iri, ends))


def _is_closure(prop: Node) -> bool:
    """Whether a path is of any length along one property."""
    inner = prop.children
    return len(inner) == 2 and _is_iri(inner[0]) and text_of(inner[1]) in _ANY_LENGTH  # noqa: PLR2004


def _is_open_zero(pattern: Pattern) -> bool:
    """Whether a path may have length zero, and neither of its ends is told."""
    return not any(map(_is_iri, (pattern.subject, pattern.object))) and any(
        text_of(each) in _ZERO for each in of_type(pattern.property, "path_mod")
    )


def _is_iri(node: Node) -> bool:
    return node.type in ("iri_reference", "prefixed_name")
