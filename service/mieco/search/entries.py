"""What an index holds of a thing, read from a store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from typing import Literal as OneOf

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from mieco.search.kinds import STATEMENTS, Kind, kind_of
from mieco.terms import (
    BASE,
    CATALOGUE_GRAPH,
    INFERRED_GRAPH,
    MIECO,
    PREFIXES,
    RDF_TYPE,
    RDFS_LABEL,
    SHAPES_GRAPH,
)

NameKind = OneOf["label", "alternative", "former", "written", "identifier"]

_SKOS = PREFIXES["skos"]
_LOCAL = re.compile(r"[/#]")
_NAMING: Final[dict[str, NameKind]] = {
    RDFS_LABEL: "label",
    _SKOS + "prefLabel": "label",
    PREFIXES["foaf"] + "name": "label",
    "https://schema.org/name": "label",
    "http://schema.org/name": "label",
    PREFIXES["dcterms"] + "title": "label",
    _SKOS + "altLabel": "alternative",
    _SKOS + "hiddenLabel": "alternative",
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


@dataclass(frozen=True, slots=True)
class Name:
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
    seen = {quad.subject for quads in kinds for quad in quads}
    for naming in _NAMING:
        for quad in store.quads_for_pattern(None, NamedNode(naming), None, None):
            thing = quad.subject
            if isinstance(thing, NamedNode) and _counts(quad) and thing not in seen:
                seen.add(thing)
                yield thing


def read_entry(store: Store, thing: NamedNode) -> Entry | None:
    """What a store says of a thing, or ``None`` if that is not to be found by a name."""
    said = [quad for quad in store.quads_for_pattern(thing, None, None, None) if _counts(quad)]
    classes = _iris(said, RDF_TYPE)
    if not STATEMENTS.isdisjoint(classes):
        return None
    own = _own_names(said)
    if not any(name.kind in ("label", "alternative") for name in own):
        return None
    kind = kind_of(classes)
    places = _iris(said, _LOCATED)
    within = places | (_iris(said, _PART_OF) if kind == "place" else set())
    asserted = _iris((quad for quad in said if quad.graph_name != _INFERRED), _LOCATED)
    return Entry(
        iri=thing.value,
        names=tuple(dict.fromkeys([*own, *_other_names(store, thing, own), _path(thing.value)])),
        kind=kind,
        classes=frozenset(classes),
        places=frozenset(places),
        place=min(asserted, default=""),
        province=_province(store, [thing.value, *within], said),
        deprecated=any(quad.predicate.value == _DEPRECATED and _is_true(quad) for quad in said),
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
            things |= _within(store, quad.subject)
    return things


_INFERRED = NamedNode(INFERRED_GRAPH)
# The shapes are apart from the data, as they are in queries; the catalogue is about the release.
_APART = (NamedNode(SHAPES_GRAPH), NamedNode(CATALOGUE_GRAPH))


def _counts(quad: Quad) -> bool:
    return quad.graph_name not in _APART


def _iris(said: Iterable[Quad], predicate: str) -> set[str]:
    return {
        quad.object.value
        for quad in said
        if quad.predicate.value == predicate and isinstance(quad.object, NamedNode)
    }


def _only_iris(terms: Iterable[NamedNode | BlankNode | Literal | Triple]) -> set[NamedNode]:
    return {term for term in terms if isinstance(term, NamedNode)}


def _own_names(said: Iterable[Quad]) -> list[Name]:
    found: dict[Name, None] = {}
    for quad in said:
        if isinstance(quad.object, Literal) and quad.object.value.strip():
            text, language = quad.object.value.strip(), quad.object.language or ""
            if kind := _NAMING.get(quad.predicate.value):
                found[Name(text, language, kind)] = None
            elif quad.predicate.value in _IDENTIFYING:
                found[Name(text, "", "identifier")] = None
    # The same order whatever the store's: labels first, Chinese before English.
    order = ("label", "alternative", "identifier")
    return sorted(
        found, key=lambda n: (order.index(n.kind), n.language != "zh", n.language, n.text)
    )


def _other_names(store: Store, thing: NamedNode, own: Iterable[Name]) -> Iterator[Name]:
    """Names that others say it has: of a time, or as a source writes them."""
    own = tuple(own)
    known = {name.text for name in own if name.kind != "identifier"}
    labels = {name.text for name in own if name.kind == "label"}
    naming: dict[str, tuple[NamedNode, NamedNode, NameKind]] = {
        "former": (_PERIOD_OF, NamedNode(RDFS_LABEL), "former"),
        "written": (_PARTY, _WRITTEN, "written"),
    }
    for link, naming_property, kind in naming.values():
        texts: dict[str, str] = {}
        for quad in store.quads_for_pattern(None, link, thing, None):
            if isinstance(quad.subject, NamedNode | BlankNode):
                for named in store.quads_for_pattern(quad.subject, naming_property, None, None):
                    if isinstance(named.object, Literal):
                        texts[named.object.value.strip()] = named.object.language or ""
        for text, language in sorted(texts.items()):
            # A former name may be an alternative one as well; it is told as what it is.
            if text and text not in (labels if kind == "former" else known):
                known.add(text)
                yield Name(text, language, kind)


def _path(iri: str) -> Name:
    """The last part of an IRI, by which some know the thing."""
    return Name(_LOCAL.split(iri.rstrip("/#"))[-1] or iri, "", "identifier")


def _province(store: Store, within: Iterable[str], said: Iterable[Quad]) -> str:
    """The province among places, else that of the consortium that a thing concerns."""
    for place in within:
        if _any(store.quads_for_pattern(NamedNode(place), _LEVEL, _PROVINCE, None)):
            return place
    for predicate in _OF_CONSORTIUM:
        for consortium in sorted(_iris(said, predicate)):
            located = store.quads_for_pattern(
                NamedNode(consortium), NamedNode(_LOCATED), None, None
            )
            if province := _province(store, sorted(_iris(located, _LOCATED)), ()):
                return province
    return ""


def _any(quads: Iterable[Quad]) -> bool:
    return next(iter(quads), None) is not None


def _within(store: Store, place: NamedNode) -> set[NamedNode]:
    found: set[NamedNode] = set()
    for link in (_LOCATED, _PART_OF):
        for quad in store.quads_for_pattern(None, NamedNode(link), place, None):
            found |= _only_iris([quad.subject])
    return found


def _is_true(quad: Quad) -> bool:
    return isinstance(quad.object, Literal) and quad.object.value in ("true", "1")
