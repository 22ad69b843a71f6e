"""The statistics of a dataset, counted from nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from mieco.describe.statistics import (
    LINKS,
    Counts,
    Statistics,
    is_counted,
    is_described,
    name_of_graph,
    namespace,
)
from mieco.reason.columns import Encoded, among, by_class, by_predicate, joined
from mieco.reason.dictionary import Dictionary, Numbers, Terms
from mieco.reason.facts import HALF, LOW
from mieco.reason.reading import Columns
from mieco.terms import BASE, RDF_TYPE

_LINKS = frozenset(link.value for link in LINKS)
_OURS = f"<{BASE}".encode()


def count(encoded: Encoded) -> Statistics:
    """What the graphs of a store hold, and their merge."""
    graphs = {graph: encoded.columns(graph) for graph in encoded.graphs() if is_counted(graph)}
    merged = joined(columns for graph, columns in graphs.items() if is_described(graph))
    size, dictionary = len(encoded.dictionary), encoded.dictionary
    properties: dict[str, int] = {}
    classes: Mapping[str, int] = {}
    links: Counter[tuple[str, str]] = Counter()
    for number, pairs in by_predicate(merged, size):
        name = _name(number, dictionary)
        properties[name] = len(pairs)
        if name == RDF_TYPE:
            classes = dict(_members(pairs, dictionary))
        if name in _LINKS:
            links.update(_tied(name, pairs, dictionary))
    subjects = np.flatnonzero(among([merged.subjects], size))
    return Statistics(
        merged=Counts(
            triples=sum(properties.values()),
            subjects=len(subjects),
            objects=_different(merged.objects, size),
            properties=len(properties),
            classes=len(classes),
        ),
        entities=sum(
            term.startswith(_OURS) for term in dictionary.terms(subjects.astype(np.uint32))
        ),
        properties=properties,
        classes=classes,
        links=links,
        graphs={
            name_of_graph(graph): _counts(columns, dictionary) for graph, columns in graphs.items()
        },
    )


def _counts(columns: Columns, dictionary: Dictionary) -> Counts:
    size = len(dictionary)
    kind = dictionary.find(f"<{RDF_TYPE}>".encode())
    kinds = columns.objects[columns.predicates == kind] if kind is not None else columns.objects[:0]
    classes = np.flatnonzero(among([kinds], size)).astype(np.uint32)
    return Counts(
        triples=len(columns),
        subjects=_different(columns.subjects, size),
        objects=_different(columns.objects, size),
        properties=_different(columns.predicates, size),
        classes=sum(map(_is_iri, dictionary.terms(classes))),
    )


def _different(numbers: Terms, size: int) -> int:
    return int(np.count_nonzero(among([numbers], size)))


def _members(pairs: Numbers, dictionary: Dictionary) -> Iterator[tuple[str, int]]:
    """The classes that have an IRI, and how many instances each has."""
    for number, members in by_class(pairs):
        (term,) = dictionary.terms(np.array([number], np.uint32))
        if _is_iri(term):
            yield _name(number, dictionary), len(members)


def _tied(prop: str, pairs: Numbers, dictionary: Dictionary) -> Iterator[tuple[str, str]]:
    """The property and the namespace of each triple that ties a thing of ours to another."""
    things, others = dictionary.terms(pairs >> HALF), dictionary.terms(pairs & LOW)
    for thing, other in zip(things, others, strict=True):
        if thing.startswith(_OURS) and _is_iri(other) and not other.startswith(_OURS):
            yield prop, namespace(_text(other))


def _name(number: int, dictionary: Dictionary) -> str:
    (term,) = dictionary.terms(np.array([number], np.uint32))
    return _text(term)


def _text(term: bytes) -> str:
    """The IRI that is written in N-Triples."""
    return term[1:-1].decode()


def _is_iri(term: bytes) -> bool:
    return term.startswith(b"<") and not term.startswith(b"<<")
