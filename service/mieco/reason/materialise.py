"""The inferred graph of a store, brought up to date with what is asserted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad, RdfFormat, Store

from mieco.delta import Delta
from mieco.reason import facts as arrays
from mieco.reason.columns import Encoded, facts_in, joined
from mieco.reason.dictionary import Dictionary, Numbers
from mieco.reason.facts import Facts, Saved
from mieco.reason.fixpoint import Contradiction, Fixpoint
from mieco.reason.ntriples import Triple, quad_of, triple_of
from mieco.reason.reading import piped
from mieco.reason.ruleset import RuleSet, is_published
from mieco.terms import CATALOGUE_GRAPH, INFERRED_GRAPH, QUESTIONS_GRAPH, SHAPES_GRAPH

_INFERRED = NamedNode(INFERRED_GRAPH)
# Nothing is inferred from what these say.
APART = frozenset(
    NamedNode(g) for g in (INFERRED_GRAPH, SHAPES_GRAPH, QUESTIONS_GRAPH, CATALOGUE_GRAPH)
)
# A larger change of the inferred graph is not told.
_MOST_TOLD = 50_000
# So many facts are loaded in two halves, one beside the other; more the engine loads in parallel.
_IN_HALVES = 2_000_000


@dataclass(frozen=True, slots=True)
class Inference:
    """What follows from a dataset: the facts, and the contradictions among them.

    ``delta`` is what was changed in the inferred graph, if it was not made anew; where it is,
    it may be ``loading`` still.
    """

    saved: Saved
    contradictions: Sequence[Contradiction]
    delta: Delta | None = None
    loading: Future[None] | None = None


def materialise(
    store: Store,
    rules: RuleSet,
    before: Saved | None = None,
    delta: Delta | None = None,
    *,
    known: frozenset[str] = frozenset(),
    encoded: Encoded | None = None,
    beside: Executor | None = None,
) -> Inference:
    """Makes the inferred graph of a store what follows from all that is asserted in it.

    With ``before``, the facts of the store until the change ``delta`` and the same rules,
    only the change is read and only the difference is written.  The result is the same.
    ``known`` are the keys of contradictions that are not news.  Where all is read it is read
    into ``encoded``, which then knows the inferred graph, too; and ``beside`` loads that into
    the store, if given, while others go on.
    """
    if before is None or delta is None:
        encoded = encoded or Encoded(store)
        dictionary = encoded.dictionary
        asserted = read_asserted(encoded, rules.predicates)
    else:
        dictionary = before.dictionary
        added, removed = _net(store, delta)
        asserted = arrays.changed(before.asserted, added, removed, rules.predicates, dictionary)
    fixpoint = Fixpoint(asserted, dictionary)
    fixpoint.run(rules.inferring)
    inferred = arrays.difference(_published(fixpoint.facts()), asserted)
    contradictions = tuple(fixpoint.contradictions(rules.contradicting, known))
    saved = Saved(dictionary, asserted, inferred)
    if before is None or delta is None:
        if encoded is not None:
            encoded.put(_INFERRED, inferred)
        store.remove_graph(_INFERRED)
        store.add_graph(_INFERRED)
        loading = beside.submit(_load, store, inferred, dictionary) if beside else None
        if loading is None:
            _load(store, inferred, dictionary)
        return Inference(saved.compact(), contradictions, loading=loading)
    written = _write_difference(store, before.inferred, inferred, dictionary)
    store.add_graph(_INFERRED)
    return Inference(saved, contradictions, written)


def read_asserted(encoded: Encoded, predicates: Collection[str]) -> Facts:
    """The facts that a dataset asserts with some predicates."""
    parts = [encoded.columns(graph) for graph in encoded.graphs() if graph not in APART]
    return facts_in(joined(parts), predicates, encoded.dictionary)


def _published(facts: Facts) -> Facts:
    return Facts(
        {name: found for name, found in facts.classes.items() if is_published(name)},
        {name: found for name, found in facts.properties.items() if is_published(name)},
    )


# --------------------------------------------------------------------- reading a store


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
    store.extend(quad for quad in quads if quad.graph_name not in APART)
    return iter(store)


def _is_asserted(store: Store, quad: Quad) -> bool:
    return any(
        found.graph_name not in APART
        for found in store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    )


# --------------------------------------------------------------------- writing a store


def _load(store: Store, inferred: Facts, dictionary: Dictionary) -> None:
    """Fills the inferred graph."""
    # Loaded as text a blank node would become another one.
    plain, blank = _split(inferred, dictionary)
    store.bulk_extend(_quads(blank, dictionary))

    def load(facts: Facts) -> None:
        with piped(arrays.text(facts, dictionary)) as path:
            store.bulk_load(
                path=path,
                format=RdfFormat.N_TRIPLES,
                to_graph=_INFERRED,
                lenient=True,  # it has been checked when it was first read
            )

    parts = arrays.halves(plain) if len(plain) <= _IN_HALVES else [plain]
    with ThreadPoolExecutor(len(parts)) as threads:
        list(threads.map(load, parts))


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
