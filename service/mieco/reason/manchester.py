"""Statements of an ontology as one line of text each: Manchester-like, and always the same."""

from __future__ import annotations

from rdflib import OWL, RDF, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from mieco.present.names import compact

_JOINED = {OWL.intersectionOf: " and ", OWL.unionOf: " or "}
_RESTRICTIONS = {
    OWL.someValuesFrom: "some",
    OWL.allValuesFrom: "only",
    OWL.hasValue: "value",
    OWL.minCardinality: "min",
    OWL.maxCardinality: "max",
    OWL.cardinality: "exactly",
    OWL.minQualifiedCardinality: "min",
    OWL.maxQualifiedCardinality: "max",
    OWL.qualifiedCardinality: "exactly",
}


def text_of_node(graph: Graph, node: Node) -> str:
    """A name, a literal, or an anonymous expression in full."""
    if isinstance(node, URIRef):
        return compact(str(node))
    if isinstance(node, Literal):
        return _literal(node)
    if (node, RDF.first, None) in graph:
        return f"({', '.join(_members(graph, node))})"
    for predicate, word in _JOINED.items():
        if (members := graph.value(node, predicate)) is not None:
            return f"({word.join(sorted(_members(graph, members)))})"
    if (members := graph.value(node, OWL.oneOf)) is not None:
        return "{" + ", ".join(sorted(_members(graph, members))) + "}"
    if (negated := graph.value(node, OWL.complementOf)) is not None:
        return f"not {text_of_node(graph, negated)}"
    if (on := graph.value(node, OWL.onProperty)) is not None:
        return _restriction(graph, node, text_of_node(graph, on))
    if (inverse := graph.value(node, OWL.inverseOf)) is not None:
        return f"inverse {text_of_node(graph, inverse)}"
    return "[" + "; ".join(sorted(statements_about(graph, node))) + "]"


def _literal(node: Literal) -> str:
    """With what tells it from others: the number 1 is not the text "1"."""
    text = str(node).replace("\\", "\\\\").replace('"', '\\"')
    if node.language:
        return f'"{text}"@{node.language}'
    if node.datatype in (None, XSD.string):
        return f'"{text}"'
    return f'"{text}"^^{compact(str(node.datatype))}'


def statements_about(graph: Graph, subject: Node) -> set[str]:
    """What a graph says of a subject, each statement as ``predicate value``."""
    return {
        f"{compact(str(p))} {text_of_node(graph, o)}" for p, o in graph.predicate_objects(subject)
    }


def general_axioms(graph: Graph) -> set[str]:
    """The axioms that no single term is the subject of, such as a disjointness of many."""
    nested = {o for o in graph.objects() if isinstance(o, BNode)}
    return {
        f"[{'; '.join(sorted(statements_about(graph, subject)))}]"
        for subject in set(graph.subjects())
        if isinstance(subject, BNode) and subject not in nested
    }


def _members(graph: Graph, head: Node) -> list[str]:
    return [text_of_node(graph, member) for member in Collection(graph, head)]


def _restriction(graph: Graph, node: Node, on: str) -> str:
    if graph.value(node, OWL.hasSelf) is not None:
        return f"({on} Self)"
    for predicate, word in _RESTRICTIONS.items():
        if (value := graph.value(node, predicate)) is not None:
            if not isinstance(value, Literal) or predicate == OWL.hasValue:
                return f"({on} {word} {text_of_node(graph, value)})"
            filler = graph.value(node, OWL.onClass) or graph.value(node, OWL.onDataRange)
            of = f" {text_of_node(graph, filler)}" if filler is not None else ""
            return f"({on} {word} {value}{of})"
    return f"({on})"
