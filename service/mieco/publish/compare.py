"""Compares a batch with what is published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice

from pyoxigraph import BlankNode, NamedNode, Quad, Store, Triple

from mieco.comparison import Comparison, Kind, Statement, ThingChange
from mieco.errors import Text
from mieco.stores import Term, name_of
from mieco.terms import BASE, INFERRED_GRAPH, MIECO, PREFIXES, RDF_TYPE, RDFS_SUBCLASS_OF

# So many things, and so many inferred facts, are told in full; all are counted.
_TOLD = 500
# Of one thing so many statements are told, each term in so many characters.
_STATEMENTS = 100
_LONGEST = 300

_ORDER: tuple[Kind, ...] = ("removed", "changed", "added")
# What tells where a row is from, of tables and of linksets.
_RECORDS = (BASE + "id/record/", BASE + "id/link/")
# What people look for comes first, what they take for granted last.
_FIRST, _LAST = BASE + "id/consortium/", (BASE + "source/", BASE + "id/place/")

_TYPE, _SUBCLASS_OF = NamedNode(RDF_TYPE), NamedNode(RDFS_SUBCLASS_OF)
_IDENTIFIER = NamedNode(PREFIXES["dcterms"] + "identifier")

_Node = NamedNode | BlankNode
_Subject = NamedNode | BlankNode | Triple


def compare(before: Store, after: Store, graph: NamedNode) -> Comparison:
    """What has changed in a graph from one store to another, and in what follows."""
    lost, gained = _differences(before, after, graph)
    things: dict[_Node, Kind] = {}
    for thing in (*lost.things(), *gained.things()):
        if thing not in things and not _is_record(thing):
            was, now = _stands(before, thing, graph), _stands(after, thing, graph)
            things[thing] = "changed" if was and now else "added" if now else "removed"
    withdrawn, followed = _differences(before, after, NamedNode(INFERRED_GRAPH))
    counts: dict[Kind, int] = dict.fromkeys(_ORDER, 0)
    for kind in things.values():
        counts[kind] += 1
    first = sorted(things, key=lambda thing: (_ORDER.index(things[thing]), *_place(thing)))[:_TOLD]
    return Comparison(
        counts=counts,
        triples=(gained.count, lost.count),
        things=[_told(thing, things[thing], before, after, graph) for thing in first],
        inferred=_statements(followed.first(_Telling(after)), after, _TOLD),
        withdrawn=_statements(withdrawn.first(_Telling(before)), before, _TOLD),
        facts=(followed.count, withdrawn.count),
    )


def _differences(before: Store, after: Store, graph: NamedNode) -> tuple[_Quads, _Quads]:
    """The quads of a graph in one store that are not in the other: those lost, those gained."""
    was, now = (
        {hash(quad) for quad in store.quads_for_pattern(None, None, None, graph)}
        for store in (before, after)
    )
    return _Quads(before, graph, was - now), _Quads(after, graph, now - was)


@dataclass(frozen=True, slots=True)
class _Quads:
    """Some quads of a graph.

    They are remembered by 64-bit hashes, so that a million take little memory.
    """

    store: Store
    graph: NamedNode
    hashes: AbstractSet[int]

    @property
    def count(self) -> int:
        return len(self.hashes)

    def _quads(self) -> Iterator[Quad]:
        """Each of them; the graph is read only as far as it holds any."""
        quads = self.store.quads_for_pattern(None, None, None, self.graph)
        return islice((quad for quad in quads if hash(quad) in self.hashes), self.count)

    def first(self, tells: Callable[[Quad], bool]) -> list[Quad]:
        """The first of those that are told."""
        return list(islice(filter(tells, self._quads()), _TOLD))

    def things(self) -> set[_Node]:
        """What these quads are about."""
        subjects = (quad.subject for quad in self._quads())
        return {subject for subject in subjects if isinstance(subject, (NamedNode, BlankNode))}


class _Telling:
    """Whether an inferred quad tells people something.

    That a school is an organisation, an actor and an agent goes without saying.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._above: dict[NamedNode, frozenset[NamedNode]] = {}

    def __call__(self, quad: Quad) -> bool:
        if not _is_told(quad):
            return False
        said = quad.object
        if quad.predicate != _TYPE or not isinstance(said, NamedNode):
            return True
        # Classes that are the same stand above each other.
        return not any(
            said in self._classes_above(kind) and kind not in self._classes_above(said)
            for kind in self._objects(quad.subject, _TYPE)
        )

    def _classes_above(self, kind: NamedNode) -> frozenset[NamedNode]:
        if kind not in self._above:
            found, waiting = set[NamedNode](), [kind]
            while waiting:
                for above in self._objects(waiting.pop(), _SUBCLASS_OF):
                    if above not in found:
                        found.add(above)
                        waiting.append(above)
            self._above[kind] = frozenset(found - {kind})
        return self._above[kind]

    def _objects(self, subject: _Subject, predicate: NamedNode) -> list[NamedNode]:
        quads = self._store.quads_for_pattern(subject, predicate, None, None)
        return [quad.object for quad in quads if isinstance(quad.object, NamedNode)]


def _is_told(quad: Quad) -> bool:
    """Whether a quad is for people: no key, and no class of a foreign vocabulary."""
    if quad.predicate != _TYPE:
        return quad.predicate != _IDENTIFIER
    return isinstance(quad.object, NamedNode) and quad.object.value.startswith(MIECO)


def _place(thing: _Node) -> tuple[int, str]:
    """Where a thing stands among those of its kind."""
    iri = thing.value
    return (0 if iri.startswith(_FIRST) else 2 if iri.startswith(_LAST) else 1, iri)


def _is_record(thing: _Node) -> bool:
    return isinstance(thing, NamedNode) and thing.value.startswith(_RECORDS)


def _stands(store: Store, thing: _Node, graph: NamedNode) -> bool:
    return any(store.quads_for_pattern(thing, None, None, graph))


def _told(thing: _Node, kind: Kind, before: Store, after: Store, graph: NamedNode) -> ThingChange:
    was = set(before.quads_for_pattern(thing, None, None, graph))
    now = set(after.quads_for_pattern(thing, None, None, graph))
    return ThingChange(
        kind=kind,
        iri=thing.value if isinstance(thing, NamedNode) else "",
        name=_named(before if kind == "removed" else after, thing),
        before=_statements(filter(_is_told, was - now), before),
        after=_statements(filter(_is_told, now - was), after),
    )


def _statements(quads: Iterable[Quad], store: Store, most: int = _STATEMENTS) -> list[Statement]:
    return [
        Statement(
            subject=_named(store, quad.subject),
            property=_named(store, quad.predicate),
            value=_named(store, quad.object),
            subject_iri=quad.subject.value if isinstance(quad.subject, NamedNode) else "",
        )
        for quad in sorted(quads, key=str)[:most]
    ]


def _named(store: Store, term: Term) -> Text:
    """A term by its name, cut where that is long."""
    name = name_of(store, term)
    return Text(_cut(name.zh), _cut(name.en))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
