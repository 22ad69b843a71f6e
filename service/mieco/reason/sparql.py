"""Rules as SPARQL: the patterns of a body, and the queries by which an inference is explained.

Terms are written into the text, as N-Triples has them, by the engine's own serialiser or from
a rule: bound from outside, a query took a thousand times as long, for the engine orders its
joins before it looks at the bindings (pyoxigraph 0.5.13).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyoxigraph import Triple

from mieco.reason.rule import OWL_THING, RDFS_LITERAL, Atom, Rule, Test, is_variable, of_iri
from mieco.terms import MIECO, PREFIXES, RDF_TYPE

_PROV = PREFIXES["prov"]


def triple_pattern(atom: Atom) -> str:
    """An atom as a triple pattern."""
    if len(atom.arguments) == 1:
        return f"{atom.arguments[0]} <{RDF_TYPE}> {of_iri(atom.predicate)} ."
    subject, value = atom.arguments
    return f"{subject} {of_iri(atom.predicate)} {value} ."


def group_of(rule: Rule) -> str:
    """The body of a rule as the content of a group graph pattern."""
    excluded = (
        f"FILTER NOT EXISTS {{ {' '.join(map(triple_pattern, group))} }}" for group in rule.unless
    )
    return " ".join([*map(triple_pattern, rule.body), *map(_condition, rule.tests), *excluded])


def _condition(test: Test) -> str:
    first, second = test.arguments[0], test.arguments[-1]
    match test.kind:
        case "iri" if not is_variable(second):
            return f"FILTER sameTerm(IRI({first}), {second})"
        case "iri":
            return f"BIND (IRI({first}) AS {second})"
        case "differ":
            return f"FILTER (!sameTerm({first}, {second}))"
        case "not a" if test.values[0] == OWL_THING:
            return f"FILTER isLiteral({first})"
        case "not a" if test.values[0] == RDFS_LITERAL:
            return f"FILTER (!isLiteral({first}))"
        case "not a":
            return f"FILTER (isLiteral({first}) && datatype({first}) != {of_iri(test.values[0])})"
        case "in":
            return f"FILTER ({first} IN ({', '.join(test.values)}))"
        case "not in":
            return f"FILTER ({first} NOT IN ({', '.join(test.values)}))"


def instances(rules: Sequence[Rule], most: int) -> str:
    """A query for ways in which the bodies hold: ``?rule`` is the place of the rule."""
    ways = " UNION ".join(
        f"{{ SELECT * {{ {group_of(rule)} BIND ({place} AS ?rule) }} LIMIT {most} }}"
        for place, rule in enumerate(rules)
    )
    return f"SELECT * {{ {ways} }}"


def graphs_of(triples: Iterable[Triple]) -> str:
    """A query for the graphs that hold some triples: ``?place`` is the place of the triple."""
    parts = " UNION ".join(
        f"{{ GRAPH ?graph {{ {triple} }} BIND ({place} AS ?place) }}"
        for place, triple in enumerate(triples)
    )
    return f"SELECT ?place ?graph {{ {parts} }}"


def records_of(things: Iterable[str]) -> str:
    """A query for the records that describe some things (IRIs), and for their sources."""
    values = " ".join(map(of_iri, things))
    return (
        f"SELECT ?thing ?record ?source {{ VALUES ?thing {{ {values} }}"
        f" ?record <{MIECO}describes> ?thing ; <{_PROV}wasDerivedFrom> ?source }}"
    )


def grades_of(sources: Iterable[str]) -> str:
    """A query for the grades of some sources (IRIs)."""
    values = " ".join(map(of_iri, sources))
    return (
        f"SELECT ?source ?grade {{ VALUES ?source {{ {values} }}"
        f" ?source <{MIECO}hasGrade> ?grade }}"
    )
