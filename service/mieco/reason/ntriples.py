"""Terms between the text of N-Triples and the engine's objects."""

from __future__ import annotations

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from mieco.stores import Term

# A triple as N-Triples writes its terms, in UTF-8.
Triple = tuple[bytes, bytes, bytes]


def term_of(text: bytes) -> Term:
    """The term that a text of N-Triples is.  Raises SyntaxError."""
    (quad,) = parse(b"_:x <x:x> " + text + b" .", RdfFormat.N_TRIPLES)
    term: Term = quad.object
    return term


def triple_of(quad: Quad) -> Triple:
    """The triple of a quad as text."""
    return str(quad.subject).encode(), str(quad.predicate).encode(), str(quad.object).encode()


def quad_of(triple: Triple, graph: NamedNode) -> Quad:
    """The quad that a triple is in a graph."""
    (quad,) = parse(b"%b %b %b ." % triple, RdfFormat.N_TRIPLES)
    return Quad(quad.subject, quad.predicate, quad.object, graph)
