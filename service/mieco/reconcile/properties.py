"""The properties that can be asked of, or fetched: found by name, proposed for a type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from mieco.ask.own_vocabulary import OwnTerm, read_own_vocabulary
from mieco.ask.page_queries import rows_of
from mieco.engine.base import Engine, text_of
from mieco.errors import Language, Text
from mieco.present.names import compact
from mieco.search.forms import dense_of
from mieco.stores import is_iri
from mieco.terms import PREFIXES, RDF_TYPE, RDFS_LABEL

# Those of others that our data use, which have no Chinese name of their own.
_OTHERS: Final = {
    RDFS_LABEL: Text("名称", "name"),
    PREFIXES["skos"] + "altLabel": Text("其他名称", "other name"),
    PREFIXES["skos"] + "note": Text("附注", "note"),
    PREFIXES["skos"] + "notation": Text("代码", "notation"),
    PREFIXES["dcterms"] + "identifier": Text("编号", "identifier"),
    PREFIXES["dcterms"] + "title": Text("标题", "title"),
    PREFIXES["dcterms"] + "description": Text("说明", "description"),
    PREFIXES["dcterms"] + "date": Text("日期", "date"),
    RDF_TYPE: Text("类型", "type"),
}


@dataclass(frozen=True, slots=True)
class Property:
    """A property, named and described in the language that was asked for."""

    iri: str
    name: str
    description: str


class Properties:
    """The properties of one release."""

    def __init__(self, own: dict[str, OwnTerm]) -> None:
        self._own = {iri: term for iri, term in own.items() if term.kind != "class"}

    def of(self, iri: str, language: Language) -> Property:
        """A property by its IRI; one that is not known is called by that."""
        if term := self._own.get(iri):
            return Property(iri, term.label(language), term.definition(language))
        other = _OTHERS.get(iri)
        return Property(iri, other.in_(language) if other else compact(iri), "")

    def named_like(self, prefix: str, language: Language) -> list[Property]:
        """The properties with a name that begins with, or else contains, a text; or of that IRI."""
        wanted = dense_of(prefix) if prefix.strip() else ""
        ranked = []
        for iri in (*_OTHERS, *self._own):
            if prefix.strip() == iri:
                return [self.of(iri, language)]
            names = [dense_of(name) for name in self._names(iri)]
            if any(wanted in name for name in names):
                begins = any(name.startswith(wanted) for name in names)
                ranked.append((not begins, iri not in _OTHERS, len(names[0]), iri))
        return [self.of(iri, language) for *_, iri in sorted(ranked)]

    def _names(self, iri: str) -> Iterable[str]:
        if iri in _OTHERS:
            return (_OTHERS[iri].zh, _OTHERS[iri].en, compact(iri))
        return self._own[iri].names()


def read_properties(engine: Engine, *, seconds: float) -> Properties:
    """The properties of a release."""
    return Properties(read_own_vocabulary(engine, seconds=seconds))


def properties_of(engine: Engine, type_: str, *, seconds: float) -> list[str]:
    """The IRIs of properties that things of a class have, those that most have first."""
    if not is_iri(type_):
        return []
    bindings = {"class": NamedNode(type_)}
    rows = rows_of(engine, "properties-of", bindings, seconds=seconds)
    return [text_of(row["property"]) for row in rows]
