"""What an index holds of a thing, read from a store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from typing import Literal as OneOf

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from mieco.search.kinds import ACTORS, STATEMENTS, Kind, kind_of
from mieco.terms import (
    BASE,
    CATALOGUE_GRAPH,
    INFERRED_GRAPH,
    LABELS,
    MIECO,
    OTHER_LABELS,
    PREFIXES,
    RDF_TYPE,
    RDFS_LABEL,
    SHAPES_GRAPH,
)

NameKind = OneOf["label", "alternative", "former", "written", "identifier"]

_SKOS = PREFIXES["skos"]
_LOCAL = re.compile(r"[/#]")
_NAMING: Final[dict[str, NameKind]] = {
    **dict.fromkeys(LABELS, "label"),
    **dict.fromkeys(OTHER_LABELS, "alternative"),
}
_IDENTIFYING: Final = frozenset(
    {MIECO + "creditCode", MIECO + "documentNumber", _SKOS + "notation"}
    | {PREFIXES["dcterms"] + "identifier"}
)
_DEPRECATED: Final = PREFIXES["owl"] + "deprecated"
_LOCATED, _PART_OF = MIECO + "locatedIn", MIECO + "partOf"
# What is said of a consortium is found under its province.
_OF_CONSORTIUM: Final = frozenset(MIECO + name for name in ("concerns", "governs"))
_TYPE: Final = NamedNode(RDF_TYPE)
_LEVEL: Final = NamedNode(MIECO + "placeLevel")
_PROVINCE: Final = NamedNode(BASE + "concept/place-level/province")
_PARTY, _WRITTEN = NamedNode(MIECO + "party"), NamedNode(MIECO + "nameAsWritten")
_PERIOD_OF = NamedNode(MIECO + "namePeriodOf")

# A change of these changes what is held of the thing that they are said of.
_SAID: Final = frozenset(
    {*_NAMING, *_IDENTIFYING, *_OF_CONSORTIUM, RDF_TYPE, _DEPRECATED, _LOCATED, _PART_OF}
)

# What may name a thing, or its party.
NAMING: Final = frozenset({*_NAMING, _WRITTEN.value})
# What is read of anything, and what is read only of that which has one of the above.
READ: Final = frozenset({_LEVEL.value, _LOCATED})
READ_OF_NAMED: Final = frozenset({*_SAID, *NAMING, _PARTY.value, _PERIOD_OF.value}) - READ


class Name(NamedTuple):
    """A name or identifier of a thing; ``language`` is empty where none is given."""

    text: str
    language: str
    kind: NameKind


@dataclass(frozen=True, slots=True)
class Entry:
    """What an index holds of a thing.

    ``classes`` and ``places`` are IRIs, the inferred ones among them; ``place`` is the one that
    is asserted, and ``province`` that in which it lies; both may be empty.
    """

    iri: str
    names: tuple[Name, ...]
    kind: Kind
    classes: frozenset[str]
    places: frozenset[str]
    place: str
    province: str
    deprecated: bool

    def label(self, language: str) -> str:
        """Its label in a language, or else in any, or else its IRI."""
        labels = [name for name in self.names if name.kind == "label"] or self.names
        of_language = (name.text for name in labels if name.language.startswith(language))
        return next(of_language, labels[0].text if labels else self.iri)


def named_things(store: Store) -> Iterator[NamedNode]:
    """Whatever has a name, each once, but for statements."""
    kinds = (store.quads_for_pattern(None, _TYPE, NamedNode(name), None) for name in STATEMENTS)
    seen = {quad.subject for quads in kinds for quad in quads if quad.graph_name not in _APART}
    for naming in _NAMING:
        for quad in store.quads_for_pattern(None, NamedNode(naming), None, None):
            thing = quad.subject
            if isinstance(thing, NamedNode) and thing not in seen and quad.graph_name not in _APART:
                seen.add(thing)
                yield thing


def provinces(store: Store) -> frozenset[str]:
    """The places that are provinces."""
    found = store.quads_for_pattern(None, _LEVEL, _PROVINCE, None)
    return frozenset(node.value for node in _only_iris(quad.subject for quad in found))


def read_entry(store: Store, thing: NamedNode, of: frozenset[str]) -> Entry | None:
    """What a store says of a thing, or ``None`` if that is not to be found by a name.

    ``of`` are its provinces.
    """
    said = _said(store, thing)
    classes = _iris(said, RDF_TYPE)
    if not STATEMENTS.isdisjoint(classes):
        return None
    own = _own_names(said)
    if not any(name.kind in ("label", "alternative") for name in own):
        return None
    kind = kind_of(classes)
    places = _iris(said, _LOCATED)
    within = {thing.value} | places | (_iris(said, _PART_OF) if kind == "place" else set())
    others = _other_names(store, thing, own) if kind in ACTORS else ()
    return Entry(
        iri=thing.value,
        names=tuple(dict.fromkeys([*own, *others, _path(thing.value)])),
        kind=kind,
        classes=frozenset(classes),
        places=frozenset(places),
        place=min(_iris(said, _LOCATED, asserted=True), default=""),
        province=min(of & within, default="") or _of_consortium(store, said, of),
        deprecated=any(_is_true(term) for term, _ in said.get(_DEPRECATED, ())),
    )


def affected(store: Store, changed: Iterable[Quad]) -> set[NamedNode]:
    """The things of which an index may hold something else, once these have come or gone."""
    things: set[NamedNode] = set()
    for quad in changed:
        predicate, value = quad.predicate, quad.object
        if predicate in (_PARTY, _PERIOD_OF):
            things |= _only_iris([value])
        if not isinstance(quad.subject, NamedNode):
            continue
        if predicate.value in _SAID:
            things.add(quad.subject)
        # A name as written, or that of a period, is a name of the party.
        if predicate == _WRITTEN or predicate.value in _NAMING:
            for link in (_PARTY, _PERIOD_OF):
                found = store.quads_for_pattern(quad.subject, link, None, None)
                things |= _only_iris(each.object for each in found)
        # What lies in a place lies where this does.
        if predicate == _LEVEL or predicate.value in (_LOCATED, _PART_OF):
            things |= {quad.subject} | _around(store, quad.subject)
    return things


_INFERRED = NamedNode(INFERRED_GRAPH)
# The shapes are apart from the data, as they are in queries; the catalogue is about the release.
_APART = (NamedNode(SHAPES_GRAPH), NamedNode(CATALOGUE_GRAPH))


# What is said of a thing by property: values, and whether each is inferred.
_Term = NamedNode | BlankNode | Literal | Triple
_Said = dict[str, list[tuple[_Term, bool]]]


def _said(store: Store, thing: NamedNode) -> _Said:
    said: _Said = {}
    for quad in store.quads_for_pattern(thing, None, None, None):
        graph, predicate = quad.graph_name, quad.predicate.value
        if predicate in _SAID and graph not in _APART:
            said.setdefault(predicate, []).append((quad.object, graph == _INFERRED))
    return said


def _iris(said: _Said, predicate: str, *, asserted: bool = False) -> set[str]:
    return {
        term.value
        for term, inferred in said.get(predicate, ())
        if isinstance(term, NamedNode) and not (asserted and inferred)
    }


def _only_iris(terms: Iterable[_Term]) -> set[NamedNode]:
    return {term for term in terms if isinstance(term, NamedNode)}


def _own_names(said: _Said) -> list[Name]:
    found: set[Name] = set()
    for predicate, terms in said.items():
        kind = _NAMING.get(predicate, "identifier" if predicate in _IDENTIFYING else None)
        for term, _ in terms if kind else ():
            if kind and isinstance(term, Literal) and (text := term.value.strip()):
                language = "" if kind == "identifier" else term.language or ""
                found.add(Name(text, language, kind))
    # The same order whatever the store's: labels first, Chinese before English.
    order = ("label", "alternative", "identifier")
    return sorted(
        found, key=lambda n: (order.index(n.kind), n.language != "zh", n.language, n.text)
    )


def _other_names(store: Store, thing: NamedNode, own: Sequence[Name]) -> Iterator[Name]:
    """Names that others say it has: of a time, or as a source writes them."""
    labels = {name.text for name in own if name.kind == "label"}
    # A former name may stand among the other names as well; it is told as what it is.
    former = _told_of(store, thing, _PERIOD_OF, NamedNode(RDFS_LABEL))
    yield from (Name(*each, "former") for each in former if each[0] not in labels)
    known = {name.text for name in own if name.kind != "identifier"}
    written = _told_of(store, thing, _PARTY, _WRITTEN)
    yield from (Name(*each, "written") for each in written if each[0] not in known)


def _told_of(
    store: Store, thing: NamedNode, link: NamedNode, naming: NamedNode
) -> list[tuple[str, str]]:
    """The texts, and their languages, by which what links to a thing names it."""
    found: set[tuple[str, str]] = set()
    for quad in store.quads_for_pattern(None, link, thing, None):
        if isinstance(quad.subject, NamedNode | BlankNode):
            for named in store.quads_for_pattern(quad.subject, naming, None, None):
                if isinstance(named.object, Literal) and (text := named.object.value.strip()):
                    found.add((text, named.object.language or ""))
    return sorted(found)


def _path(iri: str) -> Name:
    """The last part of an IRI, by which some know the thing."""
    return Name(_LOCAL.split(iri.rstrip("/#"))[-1] or iri, "", "identifier")


def _of_consortium(store: Store, said: _Said, of: frozenset[str]) -> str:
    """The province of the consortium that a thing concerns."""
    consortia = {iri for link in _OF_CONSORTIUM for iri in _iris(said, link)}
    located = (_iris(_said(store, NamedNode(iri)), _LOCATED) for iri in consortia)
    return min(of & set().union(*located), default="")


def _around(store: Store, place: NamedNode) -> set[NamedNode]:
    """What lies in a place, and what concerns it or what lies in it."""
    inside = _pointing(store, {place}, (_LOCATED, _PART_OF))
    return inside | _pointing(store, {place, *inside}, _OF_CONSORTIUM)


def _pointing(store: Store, things: Iterable[NamedNode], links: Iterable[str]) -> set[NamedNode]:
    found = (
        store.quads_for_pattern(None, NamedNode(link), thing, None)
        for thing in things
        for link in links
    )
    return _only_iris(quad.subject for quads in found for quad in quads)


def _is_true(term: _Term) -> bool:
    return isinstance(term, Literal) and term.value in ("true", "1")
