"""Terms and triples of pyoxigraph in rdflib: as they are, or as rdflib itself would read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple
from rdflib import XSD, BNode, Graph, URIRef
from rdflib import Literal as RdfLiteral

Term = NamedNode | BlankNode | Literal | Triple
RdfTerm = URIRef | BNode | RdfLiteral

_STRING = str(XSD.string)


def graph_of(quads: Iterable[Quad | Triple]) -> Graph:
    """Quads of one graph, or triples, in rdflib, term by term: its parsers would rewrite literals.

    What rdflib has no terms for, triple terms, is in no axiom and left out.
    """
    graph = Graph()
    fill(graph, quads, to_rdflib)
    return graph


def fill(
    graph: Graph, quads: Iterable[Quad | Triple], translate: Callable[[Term], RdfTerm]
) -> None:
    """Adds quads of one graph, or triples, to one of rdflib's, but for triple terms."""
    known: dict[Term, RdfTerm] = {}

    def translated(term: Term) -> RdfTerm:
        if (found := known.get(term)) is None:
            found = known[term] = translate(term)
        return found

    for quad in quads:
        if not isinstance(quad.object, Triple):
            graph.add(
                (translated(quad.subject), translated(quad.predicate), translated(quad.object))
            )


def to_rdflib(term: Term) -> RdfTerm:
    """A term as rdflib's, its text as it is.  Raises TypeError for a triple term."""
    match term:
        case NamedNode():
            return URIRef(term.value)
        case BlankNode():
            return BNode(term.value)
        case Literal() if term.language:
            return RdfLiteral(term.value, lang=term.language)
        case Literal():
            return RdfLiteral(term.value, datatype=URIRef(term.datatype.value), normalize=False)
    raise TypeError(f"rdflib has no term for {term}")


def as_read(term: Term) -> RdfTerm:
    """The same as rdflib's parsers read it: a number in its plain form, a string without type."""
    if not isinstance(term, Literal) or term.language:
        return to_rdflib(term)
    datatype = term.datatype.value
    return RdfLiteral(term.value, datatype=None if datatype == _STRING else URIRef(datatype))
