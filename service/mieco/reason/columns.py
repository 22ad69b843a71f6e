"""A dataset as columns of numbers, so that a large one is read from its store but once.

To read a triple from a store on disk takes several microseconds; here each is read once, for
inference, for the statistics and for the index of names together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from pyoxigraph import DefaultGraph, RdfFormat, Store

from mieco.reason.dictionary import Dictionary, Numbers, Terms, places_of
from mieco.reason.facts import HALF, LOW, Facts, Mask, distinct
from mieco.reason.reading import (
    Columns,
    Graph,
    dumped,
    load_document,
    piped,
    read_columns,
    read_document,
)
from mieco.terms import RDF_TYPE

# So many triples are written at a time.
_WRITTEN = 1 << 16
# The places of so few predicates fit in 16 bits, which numpy sorts by counting.
_FEW = 1 << 16


class Encoded:
    """The graphs of a store as columns, each read when it is first asked for.

    A dictionary that is given is used, and grows.
    """

    def __init__(self, store: Store, dictionary: Dictionary | None = None) -> None:
        self._store = store
        self._graphs: dict[Graph, Columns] = {}
        self.dictionary = Dictionary() if dictionary is None else dictionary

    def graphs(self) -> list[Graph]:
        """The graphs of the store, the unnamed one first."""
        return [DefaultGraph(), *self._store.named_graphs()]

    def columns(self, graph: Graph) -> Columns:
        """The triples of a graph."""
        if graph not in self._graphs:
            with dumped(self._store, graph) as lines:
                self._graphs[graph] = joined(read_columns(lines, self.dictionary))
        return self._graphs[graph]

    def load(self, path: str, graph: Graph) -> None:
        """Loads a document of N-Triples into a graph of the store, and reads it as columns
        meanwhile, if that can be done: it is quicker than to read the store afterwards.

        Nothing else may write in the graph after that.  Raises SyntaxError.
        """
        before = self.columns(graph)
        with ThreadPoolExecutor(1) as beside:
            loading = beside.submit(load_document, self._store, path, graph)
            read = read_document(path, self.dictionary)
            loading.result()
        del self._graphs[graph]
        if read is not None:
            self._graphs[graph] = _each_once(joined([before, *read]), len(self.dictionary))

    def put(self, graph: Graph, facts: Facts) -> None:
        """Says what a graph is about to hold: facts in the numbers of this dictionary."""
        number = self.dictionary.number
        kind = number(_iri(RDF_TYPE))
        self._graphs[graph] = joined(
            [
                *(
                    _alike(members, kind, number(_iri(name)))
                    for name, members in facts.classes.items()
                ),
                *(
                    _alike(pairs >> HALF, number(_iri(name)), pairs & LOW)
                    for name, pairs in facts.properties.items()
                ),
            ]
        )

    def part(
        self,
        graphs: Iterable[Graph],
        predicates: Collection[str],
        naming: Collection[str],
        of_named: Collection[str],
    ) -> Store:
        """A store in memory with some of the triples of some graphs.

        These are all with ``predicates``; and with ``of_named``, if their subject has one of
        ``naming``.  Blank nodes become others, the same in all graphs.
        """
        read = {graph: self.columns(graph) for graph in graphs}
        names, others = self._find(naming), self._find(of_named)
        subjects = (part.subjects[np.isin(part.predicates, names)] for part in read.values())
        named, everywhere = among(subjects, len(self.dictionary)), self._find(predicates)

        def chosen(part: Columns) -> Columns:
            of_those = np.isin(part.predicates, others) & named[places_of(part.subjects)]
            return part.where(np.isin(part.predicates, everywhere) | of_those)

        lines = (
            piece
            for graph, part in read.items()
            for piece in _lines(graph, chosen(part), self.dictionary)
        )
        store = Store()
        with piped(lines) as path:
            store.bulk_load(path=path, format=RdfFormat.N_QUADS, lenient=True)
        return store

    def _find(self, iris: Iterable[str]) -> Terms:
        """The numbers of those IRIs that are known."""
        found = (self.dictionary.find(_iri(iri)) for iri in iris)
        return np.array([number for number in found if number is not None], np.uint32)


def _lines(graph: Graph, columns: Columns, dictionary: Dictionary) -> Iterator[bytes]:
    """Triples as N-Quads, in pieces of many lines."""
    end = b" .\n" if isinstance(graph, DefaultGraph) else f" {graph} .\n".encode()
    for start in range(0, len(columns), _WRITTEN):
        rows = slice(start, start + _WRITTEN)
        count = len(columns.subjects[rows])
        pieces = [b" "] * (6 * count)
        pieces[0::6] = dictionary.terms(columns.subjects[rows])
        pieces[2::6] = dictionary.terms(columns.predicates[rows])
        pieces[4::6] = dictionary.terms(columns.objects[rows])
        pieces[5::6] = [end] * count
        yield b"".join(pieces)


def _each_once(columns: Columns, size: int) -> Columns:
    """The triples without repetitions; ``size`` is that of the dictionary."""
    by_each = by_predicate(columns, size)
    return joined(_alike(pairs >> HALF, number, pairs & LOW) for number, pairs in by_each)


def _alike(subjects: Numbers, predicate: int, objects: Numbers | int) -> Columns:
    """Triples of one predicate."""
    return Columns(
        subjects.astype(np.uint32),
        np.full(len(subjects), predicate, np.uint32),
        np.broadcast_to(np.asarray(objects).astype(np.uint32), len(subjects)),
    )


def _iri(iri: str) -> bytes:
    return f"<{iri}>".encode()


# ----------------------------------------------------------------- what columns tell


def joined(parts: Iterable[Columns]) -> Columns:
    """The triples of several columns, one after the other."""
    parts = list(parts)
    nothing = [np.zeros(0, np.uint32)]
    return Columns(
        np.concatenate([part.subjects for part in parts] or nothing),
        np.concatenate([part.predicates for part in parts] or nothing),
        np.concatenate([part.objects for part in parts] or nothing),
    )


def among(numbers: Iterable[Terms], size: int) -> Mask:
    """By the place of a term: whether it is among the numbers; ``size`` is that of their
    dictionary."""
    found = np.zeros(size, bool)
    for each in numbers:
        found[places_of(each)] = True
    return found


def by_predicate(columns: Columns, size: int) -> Iterator[tuple[int, Numbers]]:
    """The number of each predicate, and its pairs as facts have them: sorted, each once.

    ``size`` is that of the dictionary.
    """
    kinds = np.flatnonzero(among([columns.predicates], size))
    dense = np.zeros(size, np.uint16 if len(kinds) <= _FEW else np.uint32)
    dense[kinds] = np.arange(len(kinds))
    of_each = dense[columns.predicates]
    order = np.argsort(of_each, kind="stable")
    ends = np.cumsum(np.bincount(of_each, minlength=len(kinds)))
    start = 0
    for kind, end in zip(kinds.tolist(), ends.tolist(), strict=True):
        rows = order[start:end]
        pairs = columns.subjects[rows].astype(np.uint64) << HALF | columns.objects[rows]
        yield kind, distinct(pairs)
        start = end


def by_class(pairs: Numbers) -> Iterator[tuple[int, Numbers]]:
    """The number of each class, and its members, sorted; ``pairs`` are those of rdf:type."""
    turned = np.sort(pairs << HALF | pairs >> HALF)
    classes, members = turned >> HALF, turned & LOW
    starts = np.flatnonzero(np.diff(classes, prepend=classes[:1] + np.uint64(1)))
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(turned)], strict=True):
        yield int(classes[start]), members[start:end]


def facts_in(columns: Columns, predicates: Collection[str], dictionary: Dictionary) -> Facts:
    """What triples state with some predicates; all others are passed over."""
    wanted = {dictionary.find(_iri(name)): name for name in predicates}
    kind = dictionary.find(_iri(RDF_TYPE))
    made = Facts()
    for predicate, pairs in by_predicate(columns, len(dictionary)):
        if predicate == kind:
            members = by_class(pairs)
            made.classes |= {wanted[name]: found for name, found in members if name in wanted}
        elif predicate in wanted:
            made.properties[wanted[predicate]] = pairs
    return made
