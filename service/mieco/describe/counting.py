"""The statistics of a dataset, counted from nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np

from mieco.characteristic_sets import CharacteristicSet, Sets, kept
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
from mieco.reason.facts import HALF, LOW, distinct
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
    objects: dict[str, int] = {}
    classes: Mapping[str, int] = {}
    links: Counter[tuple[str, str]] = Counter()
    having = _Having()
    for number, pairs in by_predicate(merged, size):
        name = _name(number, dictionary)
        properties[name] = len(pairs)
        objects[name] = _different((pairs & LOW).astype(np.uint32), size)
        having.add((name, False), distinct(pairs >> HALF))
        if name == RDF_TYPE:
            members = dict(_members(pairs, dictionary))
            classes = {each: len(those) for each, those in members.items()}
            for each, those in members.items():
                having.add((each, True), those)
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
        objects=objects,
        classes=classes,
        sets=having.sets(),
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


def _members(pairs: Numbers, dictionary: Dictionary) -> Iterator[tuple[str, Numbers]]:
    """The classes that have an IRI, and the instances of each."""
    for number, members in by_class(pairs):
        (term,) = dictionary.terms(np.array([number], np.uint32))
        if _is_iri(term):
            yield _name(number, dictionary), members


class _Having:
    """Subjects by what they have: a property, or a class (``True``)."""

    def __init__(self) -> None:
        self._features: list[tuple[str, bool]] = []
        self._pairs: list[Numbers] = []

    def add(self, feature: tuple[str, bool], subjects: Numbers) -> None:
        """Subjects that have something; each once."""
        self._pairs.append(subjects << HALF | np.uint64(len(self._features)))
        self._features.append(feature)

    def sets(self) -> Sets:
        """The characteristic sets of all subjects."""
        pairs = np.sort(np.concatenate([np.zeros(0, np.uint64), *self._pairs]))
        subjects, features = pairs >> HALF, (pairs & LOW).astype(np.uint32)
        starts = np.flatnonzero(np.diff(subjects, prepend=subjects[:1] + np.uint64(1)))
        width, text = features.itemsize, features.tobytes()
        places = [*(starts * width).tolist(), len(text)]
        same = Counter(text[start:end] for start, end in pairwise(places))
        return kept({self._set(each): number for each, number in same.items()})

    def _set(self, numbers: bytes) -> CharacteristicSet:
        features = [self._features[number] for number in np.frombuffer(numbers, np.uint32)]
        return CharacteristicSet(
            frozenset(name for name, is_class in features if not is_class),
            frozenset(name for name, is_class in features if is_class),
        )


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
