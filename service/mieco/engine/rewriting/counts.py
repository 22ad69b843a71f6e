"""Queries for what the release has counted already are given its numbers.

A release never changes, so that the numbers of all its triples, of those of each property, class
and graph are known when it is published.  Where the pattern of a query is exactly one of

    ?s ?p ?o        ?s <property> ?o        ?s a ?class        ?s a <class>
    GRAPH ?g { ?s ?p ?o }

with nothing else beside it, and the query sees the whole dataset, then

1. ``COUNT(*)``, or COUNT of a variable of the pattern, is the number of its solutions: the pattern
   gives each triple once, since the default graph is a set, and binds all its variables;
2. grouped by ?p, ?class or ?g it is the number of each, and there is a group for each of which
   there is a triple: the rows of a VALUES clause;
3. ``SELECT DISTINCT ?p`` (?class, ?g) are the names of these groups.

The classes are told by their IRIs: where something is of a class that has none, there are more
triples of rdf:type than these have instances, and nothing is told by class.

What sorts, cuts or pages these rows stays in the query (SPARQL 1.1 §18.2.4 and §18.2.5: grouping
comes before, ordering and slicing after).  HAVING, and expressions that count anew, are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from mieco.engine.rewriting.sizes import Sizes, iri_of, is_type, patterns
from mieco.engine.rewriting.tree import GROUP, Edit, child, of_type, parts, text_of, variables
from mieco.terms import RDF_TYPE

_Names = Mapping[bytes, str]
# A larger table would cost more than it saves.
_MOST = 2000


@dataclass(frozen=True, slots=True)
class _Counted:
    """The solutions of a pattern: in all, and by the values of one of its variables."""

    variables: frozenset[bytes]
    all: int
    by: Mapping[bytes, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class _Select:
    """The parts of a query for what is counted."""

    head: list[Node]
    group: Node
    modifier: Node | None
    counted: _Counted

    def has(self, *types: str) -> bool:
        """Is the head of these parts?"""
        return tuple(each.type for each in self.head) == types


def from_statistics(root: Node, names: _Names, sizes: Sizes) -> Iterator[Edit]:
    """The edits that put the numbers of the release in the place of counting."""
    select = _select(root, names, sizes) if sizes.exact else None
    if select is None:
        return
    grouped = _group_of(select.modifier)
    if grouped is None:
        yield from _one_number(select)
        yield from _names_alone(select)
    elif (by := select.counted.by.get(grouped)) is not None and len(by) <= _MOST:
        yield from _by_group(select, grouped, by)


def _select(root: Node, names: _Names, sizes: Sizes) -> _Select | None:
    """The query, if it is for what is counted and asks nothing else."""
    query = child(root, "select_query")
    where = query and child(query, "where_clause")
    group = where and child(where, GROUP)
    if not query or not group or any(of_type(root, "values_clause", "dataset_clause")):
        return None
    modifier = child(query, "solution_modifier")
    if modifier and any(of_type(modifier, "having_clause", "aggregate")):
        return None
    counted = _counted(group, names, sizes)
    if counted is None:
        return None
    return _Select(query.children[0].children, group, modifier, counted)


def _counted(group: Node, names: _Names, sizes: Sizes) -> _Counted | None:
    """The numbers of the one pattern that a group holds, if they are known."""
    inside = parts(group)
    if len(inside) != 1:
        return None
    if inside[0].type == "graph_graph_pattern":
        _, graph, inner = inside[0].children
        found = list(patterns(inner)) if len(parts(inner)) == 1 else []
        if graph.type != "var" or len(found) != 1 or not sizes.graphs:
            return None
        terms = [_variable(node) for node in (graph, *found[0])]
        if None in terms or len(set(terms)) != len(terms):
            return None
        by = {_variable(graph) or b"": sizes.graphs}
        return _Counted(_known(terms), sum(sizes.graphs.values()), by)
    found = list(patterns(group))
    if len(found) != 1:
        return None
    subject, prop, value = found[0]
    terms = [_variable(node) for node in found[0]]
    known = _known(terms)
    if _variable(subject) is None or len(known) != sum(each is not None for each in terms):
        return None
    return _of_triple(prop, value, known, names, sizes)


def _of_triple(
    prop: Node, value: Node, known: frozenset[bytes], names: _Names, sizes: Sizes
) -> _Counted | None:
    verb, said = _variable(prop), _variable(value)
    if verb and said:
        return _Counted(known, sizes.triples, {verb: sizes.properties})
    if is_type(prop, names):
        if said:
            every = sizes.properties.get(RDF_TYPE, 0)
            is_whole = sum(sizes.classes.values()) == every
            return _Counted(known, every, {said: sizes.classes} if is_whole else {})
        number = sizes.classes.get(iri_of(value, names) or "")
        return None if number is None else _Counted(known, number, {})
    number = sizes.properties.get(iri_of(prop, names) or "")
    return _Counted(known, number, {}) if said and number is not None else None


def _one_number(select: _Select) -> Iterator[Edit]:
    """``SELECT (COUNT(*) AS ?n)``."""
    if not select.has("SELECT", "(", "aggregate", "AS", "var", ")"):
        return
    aggregate, name, counted = select.head[2], text_of(select.head[4])[1:], select.counted
    if _is_count(aggregate, counted) and name not in counted.variables:
        yield Edit(aggregate.start_byte, aggregate.end_byte, str(counted.all).encode())
        yield Edit(select.group.start_byte, select.group.end_byte, b"{}")


def _names_alone(select: _Select) -> Iterator[Edit]:
    """``SELECT DISTINCT ?p``, sorted by no other variable."""
    if not select.has("SELECT", "DISTINCT", "var"):
        return
    name = text_of(select.head[2])
    by = select.counted.by.get(name[1:])
    if by is None or len(by) > _MOST:
        return
    if select.modifier is None or variables([select.modifier]) <= {name[1:]}:
        rows = " ".join(f"<{iri}>" for iri, number in by.items() if number).encode()
        yield _values(select.group, name, rows)


def _by_group(select: _Select, grouped: bytes, by: Mapping[str, int]) -> Iterator[Edit]:
    """``SELECT ?p (COUNT(*) AS ?n) … GROUP BY ?p``."""
    head = select.head
    if select.has("SELECT", "var", "(", "aggregate", "AS", "var", ")"):
        name, (start, aggregate, _, number, end) = head[1], head[2:]
    elif select.has("SELECT", "(", "aggregate", "AS", "var", ")", "var"):
        name, (start, aggregate, _, number, end) = head[6], head[1:6]
    else:
        return
    if text_of(name)[1:] != grouped or not _is_count(aggregate, select.counted):
        return
    if select.modifier is None or text_of(number)[1:] in select.counted.variables:
        return
    clause = next(of_type(select.modifier, "group_clause"))
    yield Edit(start.start_byte, end.end_byte, text_of(number))
    yield Edit(clause.start_byte, clause.end_byte, b"")
    rows = " ".join(f"(<{iri}> {count})" for iri, count in by.items() if count).encode()
    yield _values(select.group, b"(%b %b)" % (text_of(name), text_of(number)), rows)


def _values(group: Node, heads: bytes, rows: bytes) -> Edit:
    return Edit(group.start_byte, group.end_byte, b"{ VALUES %b { %b } }" % (heads, rows))


def _is_count(aggregate: Node, counted: _Counted) -> bool:
    """Whether an aggregate counts every solution of the pattern."""
    inside = [each for each in aggregate.children if each.type not in ("(", ")")]
    if len(inside) != 2 or text_of(inside[0]).upper() != b"COUNT":  # noqa: PLR2004
        return False
    return inside[1].type == "*" or _variable(inside[1]) in counted.variables


def _group_of(modifier: Node | None) -> bytes | None:
    """The one variable that is grouped by; ``b""`` for other conditions."""
    clause = next(of_type(modifier, "group_clause"), None) if modifier else None
    if clause is None:
        return None
    conditions = [each for each in clause.children if each.type == "group_condition"]
    if len(conditions) == 1 and len(conditions[0].children) == 1:
        return _variable(conditions[0].children[0]) or b""
    return b""


def _variable(node: Node) -> bytes | None:
    return text_of(node)[1:] if node.type == "var" else None


def _known(terms: list[bytes | None]) -> frozenset[bytes]:
    return frozenset(each for each in terms if each is not None)
