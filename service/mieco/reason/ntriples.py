"""Terms between the text of N-Triples and the engine's objects."""

from __future__ import annotations

from pyoxigraph import NamedNode, Quad, RdfFormat, parse
from pyoxigraph import Triple as StarTriple

from mieco.stores import Term

# A triple as N-Triples writes its terms, in UTF-8.
Triple = tuple[bytes, bytes, bytes]


def term_of(text: bytes) -> Term:
    """The term that a text of N-Triples is.  Raises SyntaxError."""
    (quad,) = parse(b"_:x <x:x> " + text + b" .", RdfFormat.N_TRIPLES)
    term: Term = quad.object
    return term


def text_of(term: Term) -> str:
    """A term as N-Triples writes it; the engine writes a triple term without its brackets."""
    if isinstance(term, StarTriple):
        return f"<<( {text_of(term.subject)} {term.predicate} {text_of(term.object)} )>>"
    return str(term)


def triple_of(quad: Quad) -> Triple:
    """The triple of a quad as text."""
    terms = (quad.subject, quad.predicate, quad.object)
    subject, predicate, value = (text_of(term).encode() for term in terms)
    return subject, predicate, value


def quad_of(triple: Triple, graph: NamedNode) -> Quad:
    """The quad that a triple is in a graph."""
    (quad,) = parse(b"%b %b %b ." % triple, RdfFormat.N_TRIPLES)
    return Quad(quad.subject, quad.predicate, quad.object, graph)
