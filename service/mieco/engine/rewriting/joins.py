"""Two stars that share a value are evaluated once each, not the one for each of the other.

    ?a :of ?c ; :year 2020 . ?b :of ?c ; :year 2024
    →   { SELECT * { ?a :of ?c ; :year 2020 } } { SELECT * { ?b :of ?c ; :year 2024 } }

The engine looks up the patterns of a block one in the other: here all things of ?c, whatever their
year, for each solution of the first star.  It joins sub-selects by a hash table.

*Proof.*  Let a block of triple patterns without blank nodes and without paths be A and B.  A
solution of it maps its variables so that all its triples hold, and counts once (SPARQL 1.1
§18.3.1).  It is one of A and one of B that agree on the variables of both, and each two such make
one: the block is Join(A, B) (§18.5).  A sub-select without modifiers whose SELECT is ``*`` has the
solutions of its group, each as often, with all its variables (§18.2.4.4, §18.2.1), and what stands
in a group one after the other is joined (§18.2.2.6).  What else the group holds sees the same
variables, bound in the same way.  ∎
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tree_sitter import Node

from mieco.engine.rewriting.scope import grouped_by, is_alone, leading, open_groups
from mieco.engine.rewriting.sizes import Sizes, size
from mieco.engine.rewriting.stars import Plain, by_subject, plain_patterns, written
from mieco.engine.rewriting.tree import FILTER, TRIPLES, Edit, parts, variables

_Names = Mapping[bytes, str]
# Joining by a hash table costs about so many times as much for a solution as looking it up.
_DEARER = 2.0
# The table is in the memory of the worker.
_MOST = 200_000


def joined_once(root: Node, names: _Names, sizes: Sizes) -> Iterator[Edit]:
    """The edits that make a sub-select of each of two stars, where all solutions are counted."""
    for group in open_groups(root):
        joined = leading(group)
        if [each.type for each in joined] != [TRIPLES] or not _is_counted(group):
            continue
        block = joined[0]
        every = plain_patterns(block, names, sizes)
        stars = list(by_subject(every).values())
        if len(stars) != 2 or sum(map(len, stars)) < len(every):  # noqa: PLR2004
            continue
        if any(_is_narrowed(star, group) for star in stars):
            continue
        if _is_costly(stars[0], stars[1], names, sizes):
            tables = (b"{ SELECT * { %b } } " % written(star) for star in stars)
            yield Edit(block.start_byte, block.end_byte, b"".join(tables))


def _is_counted(group: Node) -> bool:
    """Whether a select groups all solutions of a group, so that none is wanted sooner."""
    return (
        is_alone(group)
        and group.parent is not None
        and group.parent.parent is not None
        and (grouped_by(group.parent.parent) is not None)
    )


def _shared(one: Sequence[Plain], other: Sequence[Plain]) -> set[bytes]:
    """The variables of both stars, if they are values in both."""
    values, others = ({each.object for each in star} - {b""} for star in (one, other))
    subjects = {one[0].subject, other[0].subject}
    return set() if subjects & (values | others) else values & others


def _is_narrowed(star: Sequence[Plain], group: Node) -> bool:
    """Whether a filter chooses among the solutions of a star, which then has less than it seems."""
    known = {star[0].subject, *(each.object for each in star)}
    return any(variables([each]) <= known for each in parts(group) if each.type == FILTER)


def _is_costly(one: Sequence[Plain], other: Sequence[Plain], names: _Names, sizes: Sizes) -> bool:
    """Whether looking up one star for each solution of the other costs more than a hash table."""
    shared = _shared(one, other)
    if not shared:
        return False
    solutions = [min(size(each.pattern, names, sizes) for each in star) for star in (one, other)]
    looked_up = min(
        number * _each(star, shared, sizes)
        for number, star in zip(solutions, (other, one), strict=True)
    )
    once = sum(solutions)
    return looked_up > _DEARER * once and once <= _MOST


def _each(star: Sequence[Plain], shared: set[bytes], sizes: Sizes) -> float:
    """About how many subjects of a star have the same value of a shared variable."""
    return min(
        sizes.properties[each.iri] / max(sizes.objects.get(each.iri, 0), 1)
        for each in star
        if each.object in shared
    )
