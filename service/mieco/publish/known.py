"""What is published that a workbook can name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from pyoxigraph import Literal, NamedNode, Store

from mieco.intake.name_parts import same_name_key
from mieco.intake.registers import Named, Published
from mieco.intake.specification import expand
from mieco.terms import BASE, INFERRED_GRAPH, MIECO, RDF_TYPE, RDFS_LABEL

_TYPE, _LABEL = NamedNode(RDF_TYPE), NamedNode(RDFS_LABEL)
_OTHER_LABEL = NamedNode(expand("skos:altLabel"))
_CODE, _REGION = NamedNode(MIECO + "creditCode"), NamedNode(MIECO + "region")
_INFERRED = NamedNode(INFERRED_GRAPH)


def published(store: Store, registers: Mapping[str, str], without: frozenset[object]) -> Published:
    """The named things of a store, by register.

    ``registers`` gives the class of each, which inference has given to all of its members.
    What stands in the graphs ``without`` does not count: neither names nor codes.
    """
    return _Reader(store, without).read(registers)


class _Reader:
    def __init__(self, store: Store, without: frozenset[object]) -> None:
        self._store, self._without = store, without

    def read(self, registers: Mapping[str, str]) -> Published:
        things: dict[str, Named] = {}
        keys: dict[str, dict[str, Named]] = {}
        names: dict[str, Mapping[str, Sequence[Named]]] = {}
        for register, kind in registers.items():
            by_name: dict[str, dict[str, Named]] = defaultdict(dict)
            keys[register] = {}
            for thing in self._members(kind):
                labels, others = self._names(thing)
                if not labels:
                    continue
                named = things.setdefault(
                    thing.value, Named(thing.value, labels.get("zh", ""), labels.get("en", ""))
                )
                if thing.value.startswith(BASE):
                    keys[register][thing.value.rpartition("/")[2].lower()] = named
                for word in named.words | {same_name_key(name) for name in others}:
                    by_name[word][thing.value] = named
            names[register] = {key: tuple(found.values()) for key, found in by_name.items()}
        return Published(
            things=things,
            said=self._said,
            keys=keys,
            names=names,
            codes=self._by_code(),
            places={
                value.removeprefix(BASE + "concept/region/"): named
                for value, named in self._by_value(_REGION)
            },
        )

    def _members(self, kind: str) -> Iterator[NamedNode]:
        seen: set[NamedNode] = set()
        for quad in self._store.quads_for_pattern(None, _TYPE, NamedNode(kind), None):
            if isinstance(quad.subject, NamedNode) and quad.subject not in seen:
                seen.add(quad.subject)
                yield quad.subject

    def _names(self, thing: NamedNode) -> tuple[dict[str, str], list[str]]:
        """Labels by language, and other names."""
        labels: dict[str, str] = {}
        others: list[str] = []
        for predicate in (_LABEL, _OTHER_LABEL):
            for quad in self._store.quads_for_pattern(thing, predicate, None, None):
                if quad.graph_name in self._without or not isinstance(quad.object, Literal):
                    continue
                if predicate == _LABEL:
                    labels.setdefault(quad.object.language or "", quad.object.value)
                else:
                    others.append(quad.object.value)
        return labels, others

    def _said(self, thing: str, predicate: str) -> Sequence[str]:
        found = self._store.quads_for_pattern(NamedNode(thing), NamedNode(predicate), None, None)
        return [
            quad.object.value
            for quad in found
            if quad.graph_name not in (*self._without, _INFERRED)
            and isinstance(quad.object, (NamedNode, Literal))
        ]

    def _by_code(self) -> Mapping[str, Sequence[Named]]:
        codes: dict[str, dict[str, Named]] = defaultdict(dict)
        for code, named in self._by_value(_CODE):
            codes[code][named.iri] = named
        return {code: tuple(found.values()) for code, found in codes.items()}

    def _by_value(self, predicate: NamedNode) -> Iterator[tuple[str, Named]]:
        for quad in self._store.quads_for_pattern(None, predicate, None, None):
            if quad.graph_name not in self._without and isinstance(quad.subject, NamedNode):
                labels, _ = self._names(quad.subject)
                named = Named(quad.subject.value, labels.get("zh", ""), labels.get("en", ""))
                value = quad.object
                if isinstance(value, (NamedNode, Literal)):
                    yield value.value, named
