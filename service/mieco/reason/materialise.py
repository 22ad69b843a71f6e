"""The inferred graph of a store, brought up to date with what is asserted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store

from mieco.delta import Delta
from mieco.reason import facts as arrays
from mieco.reason.dictionary import Dictionary, Numbers
from mieco.reason.facts import Facts, Saved
from mieco.reason.fixpoint import Contradiction, Fixpoint
from mieco.reason.ntriples import Triple, quad_of, triple_of
from mieco.reason.ruleset import RuleSet, is_published
from mieco.terms import CATALOGUE_GRAPH, INFERRED_GRAPH, QUESTIONS_GRAPH, SHAPES_GRAPH

_INFERRED = NamedNode(INFERRED_GRAPH)
# Nothing is inferred from what these say.
_APART = frozenset(
    NamedNode(g) for g in (INFERRED_GRAPH, SHAPES_GRAPH, QUESTIONS_GRAPH, CATALOGUE_GRAPH)
)
# A larger change of the inferred graph is not told.
_MOST_TOLD = 50_000


@dataclass(frozen=True, slots=True)
class Inference:
    """What follows from a dataset: the facts, and the contradictions among them.

    ``delta`` is what was changed in the inferred graph, if it was not made anew.
    """

    saved: Saved
    contradictions: Sequence[Contradiction]
    delta: Delta | None = None


def materialise(
    store: Store,
    rules: RuleSet,
    before: Saved | None = None,
    delta: Delta | None = None,
    *,
    known: frozenset[str] = frozenset(),
) -> Inference:
    """Makes the inferred graph of a store what follows from all that is asserted in it.

    With ``before``, the facts of the store until the change ``delta`` and the same rules,
    only the change is read and only the difference is written.  The result is the same.
    ``known`` are the keys of contradictions that are not news.
    """
    if before is None or delta is None:
        dictionary = Dictionary()
        asserted = arrays.encode(_lines(store), rules.predicates, dictionary)
    else:
        dictionary = before.dictionary
        added, removed = _net(store, delta)
        asserted = arrays.changed(before.asserted, added, removed, rules.predicates, dictionary)
    fixpoint = Fixpoint(asserted, dictionary)
    fixpoint.run(rules.inferring)
    inferred = arrays.difference(_published(fixpoint.facts()), asserted)
    written = None
    if before is None or delta is None:
        store.remove_graph(_INFERRED)
        _load(store, inferred, dictionary)
    else:
        written = _write_difference(store, before.inferred, inferred, dictionary)
    store.add_graph(_INFERRED)
    contradictions = tuple(fixpoint.contradictions(rules.contradicting, known))
    return Inference(Saved(dictionary, asserted, inferred), contradictions, written)


def _published(facts: Facts) -> Facts:
    return Facts(
        {name: found for name, found in facts.classes.items() if is_published(name)},
        {name: found for name, found in facts.properties.items() if is_published(name)},
    )


# --------------------------------------------------------------------- reading a store


def _lines(store: Store) -> Iterator[bytes]:
    """What is asserted, as lines of N-Triples."""
    for graph in (DefaultGraph(), *store.named_graphs()):
        if graph not in _APART:
            yield from _dumped(store, graph)


def _dumped(store: Store, graph: NamedNode | BlankNode | DefaultGraph) -> Iterator[bytes]:
    # Through a pipe, so that no graph is in memory as text.
    reading, writing = os.pipe()

    def dump() -> None:
        with os.fdopen(writing, "wb") as out:
            store.dump(out, RdfFormat.N_TRIPLES, from_graph=graph)

    with ThreadPoolExecutor(1) as thread:
        dumped = thread.submit(dump)
        with os.fdopen(reading, "rb") as lines:
            yield from lines
        dumped.result()  # an error there must not pass for the end of the graph


def _net(store: Store, delta: Delta) -> tuple[list[Triple], list[Triple]]:
    """The triples that a change added to what is asserted, and those that stand nowhere now."""
    added = [triple_of(quad) for quad in _as_stored(delta.added)]
    removed = [
        triple_of(quad) for quad in _as_stored(delta.removed) if not _is_asserted(store, quad)
    ]
    return added, removed


def _as_stored(quads: Iterable[Quad]) -> Iterator[Quad]:
    """The quads that matter, with their literals as a store writes them: "05" is "5" there."""
    store = Store()
    store.extend(quad for quad in quads if quad.graph_name not in _APART)
    return iter(store)


def _is_asserted(store: Store, quad: Quad) -> bool:
    return any(
        found.graph_name not in _APART
        for found in store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    )


# --------------------------------------------------------------------- writing a store


def _load(store: Store, inferred: Facts, dictionary: Dictionary) -> None:
    """Fills the inferred graph."""
    # Loaded as text a blank node would become another one.
    plain, blank = _split(inferred, dictionary)
    store.bulk_extend(_quads(blank, dictionary))
    reading, writing = os.pipe()

    def feed() -> None:
        with os.fdopen(writing, "wb") as out:
            for piece in arrays.text(plain, dictionary):
                out.write(piece)

    with ThreadPoolExecutor(1) as thread:
        fed = thread.submit(feed)
        try:
            store.bulk_load(
                path=f"/dev/fd/{reading}",
                format=RdfFormat.N_TRIPLES,
                to_graph=_INFERRED,
                lenient=True,  # it has been checked when it was first read
            )
        finally:
            os.close(reading)  # with no reader, writing ends
        fed.result()


def _split(facts: Facts, dictionary: Dictionary) -> tuple[Facts, Facts]:
    """The facts without blank nodes, and those with."""
    blank = dictionary.blank_nodes()
    if not len(blank):
        return facts, Facts()
    with_blank = Facts(
        {name: m[arrays.contains(blank, m)] for name, m in facts.classes.items()},
        {name: p[_either(blank, p)] for name, p in facts.properties.items()},
    )
    return arrays.difference(facts, with_blank), with_blank


def _either(blank: Numbers, pairs: Numbers) -> arrays.Mask:
    return arrays.contains(blank, pairs >> arrays.HALF) | arrays.contains(blank, pairs & arrays.LOW)


def _write_difference(
    store: Store, before: Facts, after: Facts, dictionary: Dictionary
) -> Delta | None:
    """Writes what has changed, and tells it where it is not too much."""
    gone, fresh = arrays.difference(before, after), arrays.difference(after, before)
    for quad in _quads(gone, dictionary):
        store.remove(quad)
    store.extend(_quads(fresh, dictionary))
    if len(gone) + len(fresh) > _MOST_TOLD:
        return None
    return Delta(frozenset(_quads(fresh, dictionary)), frozenset(_quads(gone, dictionary)))


def _quads(facts: Facts, dictionary: Dictionary) -> Iterator[Quad]:
    return (quad_of(triple, _INFERRED) for triple in arrays.triples(facts, dictionary))
