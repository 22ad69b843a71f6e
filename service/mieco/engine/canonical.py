"""Literals in the spelling that our own engine gives them: 50.0 is 50, and +05 is 5.

Engines spell values in their own ways (XSD 1.1 part 2 §2.3.1: several literals for one value).  In
one spelling they can be compared, counted and shown alike, whoever answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from mieco.stores import Term
from mieco.terms import RDF_TYPE, XSD

# Of these there is one spelling only, or none that is told from others by its value.
_PLAIN = frozenset({XSD + "string", XSD + "anyURI"})
_ANY = NamedNode(RDF_TYPE)
_ROWS = 200


def as_json(solutions: QuerySolutions) -> Iterator[bytes]:
    """Solutions as SPARQL 1.1 Query Results JSON, in pieces."""
    names = [variable.value for variable in solutions.variables]
    yield json.dumps({"head": {"vars": names}})[:-1].encode() + b', "results": {"bindings": ['
    rows: list[str] = []
    comma = ""
    for solution in solutions:
        terms = {name: solution[name] for name in names}
        row = {name: _wire(canonical(term)) for name, term in terms.items() if term is not None}
        rows.append(comma + json.dumps(row, ensure_ascii=False))
        comma = ",\n"
        if len(rows) == _ROWS:
            yield "".join(rows).encode()
            rows = []
    yield "".join(rows).encode() + b"]}}"


def canonical_triple(triple: Triple) -> Triple:
    """A triple with its object in our spelling."""
    return Triple(triple.subject, triple.predicate, canonical(triple.object))


def canonical(term: Term) -> Term:
    """A term in our spelling."""
    if not isinstance(term, Literal) or term.language:
        return term
    datatype = term.datatype.value
    return _stored(term) if datatype.startswith(XSD) and datatype not in _PLAIN else term


@lru_cache(maxsize=8192)
def _stored(literal: Literal) -> Literal:
    """A literal as a store gives it back."""
    store = Store()
    store.add(Quad(_ANY, _ANY, literal))
    stored = next(iter(store)).object
    return stored if isinstance(stored, Literal) else literal


def _wire(term: Term) -> dict[str, Any]:
    """A term as in SPARQL 1.1 Query Results JSON §3.2.2, and of triples as in SPARQL 1.2."""
    match term:
        case NamedNode():
            return {"type": "uri", "value": term.value}
        case BlankNode():
            return {"type": "bnode", "value": term.value}
        case Triple():
            parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
            return {"type": "triple", "value": {name: _wire(part) for name, part in parts.items()}}
    told = {"type": "literal", "value": term.value}
    if term.language:
        told["xml:lang"] = term.language
    elif term.datatype.value != XSD + "string":
        told["datatype"] = term.datatype.value
    return told
