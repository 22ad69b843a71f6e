"""The rules of ``queries/rules/``: CONSTRUCT queries, for what OWL cannot say.

A query is read into Horn rules.  It may have triple patterns, UNION, VALUES, BIND of a
constant or of IRI(?literal), and FILTER with IN, NOT IN, = or !=, or with NOT EXISTS of triple
patterns that share one variable with the others of their group; a property in the place of a
variable is looked up in the ontology.  Whatever else it has is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rdflib import RDF, Graph, URIRef
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import BNode, Node, Variable

from mieco.errors import BadInstallation, Text
from mieco.reason.class_expressions import constant
from mieco.reason.rule import Atom, Rule, Test, TestKind, renamed, shared_variables

Pattern = tuple[Node, Node, Node]
_RELATIONS: dict[str, TestKind] = {"IN": "in", "=": "in", "NOT IN": "not in", "!=": "not in"}


@dataclass(frozen=True, slots=True)
class _Case:
    """One of the ways in which a query can match: patterns that must all hold.

    ``unless`` has groups of patterns that must not.
    """

    patterns: tuple[Pattern, ...] = ()
    tests: tuple[Test, ...] = ()
    unless: tuple[tuple[Pattern, ...], ...] = ()
    bound: Mapping[str, Node] = field(default_factory=dict)


class _Refused(Exception):
    """A query has something that no rule can say."""


def read_construct(path: Path, ontology: Graph) -> list[Rule]:
    """The rules that a query becomes, each with the whole query's meaning for one case.

    Raises :class:`~mieco.errors.BadInstallation` for a query that is not one of rules.
    """
    try:
        algebra = prepareQuery(path.read_text(encoding="utf-8")).algebra
    except Exception as error:  # pyparsing's errors have no base of their own
        raise BadInstallation(part=path.name, reason=str(error).splitlines()[0]) from error
    try:
        if algebra.name != "ConstructQuery":
            raise _Refused("it is not a CONSTRUCT query")
        return [
            rule
            for case in _cases(algebra.p)
            for grounded in _grounded(case, algebra.template, ontology)
            for rule in _rules(algebra.template, grounded)
        ]
    except _Refused as refused:
        raise BadInstallation(
            part=path.name, reason=Text(f"不能化为规则：{refused}", f"it is no rule: {refused}")
        ) from None


def _cases(part: CompValue) -> list[_Case]:
    match part.name:
        case "Project":
            return _cases(part.p)
        case "BGP":
            return [_Case(tuple(part.triples))]
        case "Union":
            return _cases(part.p1) + _cases(part.p2)
        case "Join":
            return [
                case
                for one in _cases(part.p1)
                for other in _cases(part.p2)
                if (case := _joined(one, other)) is not None
            ]
        case "ToMultiSet" if part.p.name == "values":
            return [_Case(bound={str(v): t for v, t in row.items()}) for row in part.p.res]
        case "Extend":
            return [_extended(case, part) for case in _cases(part.p)]
        case "Filter" if getattr(part.expr, "name", "") == "Builtin_NOTEXISTS":
            group = _excluded(part.expr.graph)
            return [replace(case, unless=(*case.unless, group)) for case in _cases(part.p)]
        case "Filter":
            test = _test(part.expr)
            return [replace(case, tests=(*case.tests, test)) for case in _cases(part.p)]
    raise _Refused(part.name)


def _joined(one: _Case, other: _Case) -> _Case | None:
    """Both cases at once; ``None`` if they bind a variable to different terms."""
    if any(one.bound[name] != other.bound[name] for name in one.bound.keys() & other.bound.keys()):
        return None
    bound = {**one.bound, **other.bound}
    return _Case(
        one.patterns + other.patterns, one.tests + other.tests, one.unless + other.unless, bound
    )


def _excluded(group: CompValue) -> tuple[Pattern, ...]:
    """The patterns of a NOT EXISTS."""
    found = _cases(translateGroupGraphPattern(group))
    match found:
        case [_Case(patterns=patterns, tests=(), unless=(), bound=bound)] if not bound:
            return patterns
    raise _Refused("NOT EXISTS")


def _extended(case: _Case, part: CompValue) -> _Case:
    if isinstance(part.expr, CompValue):
        if part.expr.name != "Builtin_IRI":
            raise _Refused(part.expr.name)
        test = Test("iri", (_term(part.expr.arg), _term(part.var)))
        return replace(case, tests=(*case.tests, test))
    return replace(case, bound={**case.bound, str(part.var): part.expr})


def _test(expression: Any) -> Test:
    if isinstance(expression, CompValue) and expression.name == "RelationalExpression":
        values = expression.other if isinstance(expression.other, list) else [expression.other]
        kind = _RELATIONS.get(expression.op)
        if kind and isinstance(expression.expr, Variable) and _are_constant(values):
            return Test(kind, (_term(expression.expr),), tuple(map(constant, values)))
    raise _Refused(f"FILTER {getattr(expression, 'name', expression)}")


def _are_constant(values: list[Any]) -> bool:
    return not any(isinstance(value, (Variable, CompValue)) for value in values)


def _grounded(case: _Case, template: list[Pattern], ontology: Graph) -> Iterator[_Case]:
    """The case once for each property that a variable in the place of one can stand for."""
    unnamed = {
        prop
        for _, prop, _ in (*template, *case.patterns)
        if isinstance(prop, Variable) and str(prop) not in case.bound
    }
    telling = [p for p in case.patterns if unnamed & {p[0], p[2]}]
    for solution in _solutions(telling, ontology):
        yield replace(case, bound={**case.bound, **solution})


def _solutions(patterns: list[Pattern], ontology: Graph) -> Iterator[dict[str, Node]]:
    """What the ontology says that the variables of some patterns are."""
    if not patterns:
        yield {}
        return
    first, *rest = patterns
    wanted = [None if isinstance(node, Variable) else node for node in first]
    for triple in ontology.triples((wanted[0], wanted[1], wanted[2])):
        here = {str(v): t for v, t in zip(first, triple, strict=True) if isinstance(v, Variable)}
        for more in _solutions([_filled(pattern, here) for pattern in rest], ontology):
            yield {**here, **more}


def _rules(template: list[Pattern], case: _Case) -> Iterator[Rule]:
    # In an order of its own: that of the parsed query is not always the same.
    body = tuple(sorted((_atom(*_filled(p, case.bound)) for p in case.patterns), key=str))
    constants = {f"?{name}": constant(node) for name, node in case.bound.items()}
    known = frozenset().union(*(atom.variables for atom in body), constants)
    known |= {test.arguments[1] for test in case.tests if test.kind == "iri"}
    for pattern in template:
        head = _atom(*_filled(pattern, case.bound))
        if lost := sorted(head.variables - known):
            raise _Refused(f"{', '.join(lost)} is bound by nothing")
        unless = tuple(
            tuple(sorted((_atom(*_filled(p, case.bound)) for p in group), key=str))
            for group in case.unless
        )
        if any(len(shared_variables(body, group)) != 1 for group in unless):
            raise _Refused("NOT EXISTS")
        yield renamed(Rule(head, body, case.tests, unless), constants)


def _atom(subject: Node, prop: Node, value: Node) -> Atom:
    if prop == RDF.type and isinstance(value, URIRef):
        return Atom(str(value), (_term(subject),))
    if isinstance(prop, URIRef) and prop != RDF.type:
        return Atom(str(prop), (_term(subject), _term(value)))
    raise _Refused(f"{value if prop == RDF.type else prop} in the place of a name")


def _term(node: Node) -> str:
    if isinstance(node, BNode):
        # In a pattern it is a variable (SPARQL 1.1 §4.1.4).
        return f"?_{node}"
    return f"?{node}" if isinstance(node, Variable) else constant(node)


def _filled(pattern: Pattern, bound: Mapping[str, Node]) -> Pattern:
    subject, prop, value = (
        bound.get(str(node), node) if isinstance(node, Variable) else node for node in pattern
    )
    return subject, prop, value
