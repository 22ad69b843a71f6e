"""A pattern is left out that holds for whatever the others of its subject hold for.

    SELECT ?year { ?o a :Observation ; :year ?year }         →   … { ?o :year ?year }
    SELECT ?c (COUNT(?p) AS ?n) { ?m :of ?c ; :party ?p } …  →   … (COUNT(*) AS ?n) { ?m :of ?c } …

*Proof.*  A release never changes, so that the characteristic sets of its subjects
(:mod:`mieco.characteristic_sets`) tell what is true of all of them.  Let R and t be triple patterns
of one block with the variable s as their subject and IRIs as their properties, t not among R, and
let each subject of the default graph that has all properties of R, and all classes that R names,
have that of t as well.  Each solution of R has such a subject for s, hence:

1. if t is ``s a <class>``, each solution of R is one of R and t together, as often as before: t has
   no other variable, and a graph is a set;
2. if t is ``s <property> v``, where v stands in no other pattern, and no subject has two values of
   the property, each solution of R is one of R and t without v, as often as before.

Leaving out t in (2) changes nothing for the rest of the query if that does not ask for v: no
``SELECT *`` shows it, and the text has it nowhere else but in ``COUNT(v)``, not DISTINCT, of the
very select whose group the block is in.  There every solution has a value of v, so that
``COUNT(*)`` is the same number.  What GRAPH, SERVICE and EXISTS ask is left alone, since it is not
the default graph, or not asked for all subjects.  ∎
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tree_sitter import Node

from mieco.engine.rewriting.scope import open_groups
from mieco.engine.rewriting.sizes import Sizes, first, size
from mieco.engine.rewriting.stars import Plain, name_of, plain_patterns, written
from mieco.engine.rewriting.tree import GROUP, TRIPLES, Edit, of_type, parts, text_of

_Names = Mapping[bytes, str]
# The places of each variable by its name; ``None`` where the query shows all of them.
_Uses = Mapping[bytes, Sequence[Node]] | None
_SELECTS = ("select_query", "sub_select")


def left_out(root: Node, names: _Names, sizes: Sizes) -> Iterator[Edit]:
    """The edits that leave out patterns which the others imply."""
    if not sizes.exact:
        return
    uses = _uses(root)
    for group in open_groups(root):
        for block in (part for part in parts(group) if part.type == TRIPLES):
            every = plain_patterns(block, names, sizes)
            left, counts = list(every), list[Edit]()
            for one in every:
                told = _counted(one, uses, group)
                if told is not None and _is_implied(one, left, names, sizes):
                    left.remove(one)
                    counts += told
            if len(left) < len(every):
                yield Edit(block.start_byte, block.end_byte, written(left) + b" ")
                yield from counts


def _uses(root: Node) -> _Uses:
    """The variables of a query by name; all names are used where ``*`` shows them."""
    heads = of_type(root, "select_clause", "describe_query")
    if any(each.type == "*" for head in heads for each in head.children):
        return None
    found: dict[bytes, list[Node]] = {}
    for node in of_type(root, "var"):
        found.setdefault(name_of(node), []).append(node)
    return found


def _counted(one: Plain, uses: _Uses, group: Node) -> list[Edit] | None:
    """What becomes of the counts of a pattern's value; ``None`` if that is used otherwise."""
    value = one.pattern.object
    if not one.object:
        return []
    if uses is None:
        return None
    select, edits = _select_of(group), []
    for node in uses[one.object]:
        if node == value:
            continue
        aggregate = node.parent
        if not aggregate or not _is_count_of(aggregate, one.object):
            return None
        if not select or _select_of(aggregate) != select:
            return None
        edits.append(Edit(aggregate.start_byte, aggregate.end_byte, b"COUNT(*)"))
    return edits


def _is_implied(one: Plain, every: Sequence[Plain], names: _Names, sizes: Sizes) -> bool:
    """Whether the others of its subject imply a pattern, and the engine does well without it."""
    known, feature = sizes.characteristics, one.feature(names)
    single = feature.is_class or (bool(one.object) and known.is_single(one.iri))
    if not one.subject or not single or not known.knows(feature):
        return False
    others = [each for each in every if each is not one]
    features = [each.feature(names) for each in others if each.subject == one.subject]
    features = [each for each in features if known.knows(each)]
    if not features or not known.imply(features, feature):
        return False
    # The pattern that the engine begins with must not have more solutions than before.
    sooner, later = (first(each.pattern for each in some) for some in (every, others))
    return (
        sooner is not None
        and later is not None
        and size(later, names, sizes) <= size(sooner, names, sizes)
    )


def _is_count_of(node: Node, name: bytes) -> bool:
    inside = [each for each in node.children if each.type not in ("(", ")")]
    return (
        node.type == "aggregate"
        and [each.type for each in inside[1:]] == ["var"]
        and text_of(inside[0]).upper() == b"COUNT"
        and name_of(inside[1]) == name
    )


def _select_of(node: Node) -> Node | None:
    """The select whose group a node is, or of whose head or modifiers it is a part."""
    above = node.parent
    if node.type == GROUP and (above is None or above.type != "where_clause"):
        return None
    while above is not None and above.type not in (*_SELECTS, GROUP):
        above = above.parent
    return above if above is not None and above.type in _SELECTS else None
