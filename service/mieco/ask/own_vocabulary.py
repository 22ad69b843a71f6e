"""The classes and properties of our ontology, as a release defines them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from pyoxigraph import Literal, NamedNode
from rapidfuzz import fuzz, process

from mieco.ask.page_queries import page_query
from mieco.engine.base import Engine, Query, rows_in, text_of
from mieco.errors import Language, NotFound, Text
from mieco.present.names import compact
from mieco.stores import Term
from mieco.terms import MIECO, PREFIXES, RDF_TYPE, RDFS_LABEL, RDFS_SUBCLASS_OF

Kind = OneOf["class", "object property", "datatype property", "annotation property"]

_RDFS, _SKOS, _OWL = PREFIXES["rdfs"], PREFIXES["skos"], PREFIXES["owl"]
_KINDS: dict[str, Kind] = {
    _OWL + "Class": "class",
    _OWL + "ObjectProperty": "object property",
    _OWL + "DatatypeProperty": "datatype property",
    _OWL + "AnnotationProperty": "annotation property",
}
_NAMES = (RDFS_LABEL, _SKOS + "altLabel")
_NEAREST = 5


@dataclass(frozen=True, slots=True)
class OwnTerm:
    """A class or property: its IRI, its kind, and what is said of it, by property."""

    iri: str
    kind: Kind
    said: Mapping[str, Sequence[Term]]

    @property
    def name(self) -> str:
        """Its short name, such as ``mieco:Consortium``."""
        return compact(self.iri)

    def label(self, language: Language) -> str:
        """What it is called in a language, or its short name."""
        return next(iter(self._texts(RDFS_LABEL, language)), self.name)

    def definition(self, language: Language) -> str:
        return " ".join(self._texts(_SKOS + "definition", language))

    def examples(self, language: Language) -> list[str]:
        return self._texts(_SKOS + "example", language)

    def notes(self, language: Language) -> list[str]:
        """How it is meant to be used, and how not."""
        return self._texts(_SKOS + "scopeNote", language)

    def other_names(self, language: Language) -> list[str]:
        return self._texts(_SKOS + "altLabel", language)

    @property
    def parents(self) -> list[str]:
        """The IRIs of the named classes or properties just above it."""
        return self._iris(RDFS_SUBCLASS_OF) + self._iris(_RDFS + "subPropertyOf")

    @property
    def domain(self) -> list[str]:
        return self._iris(_RDFS + "domain")

    @property
    def range(self) -> list[str]:
        return self._iris(_RDFS + "range")

    @property
    def inverse(self) -> list[str]:
        return self._iris(_OWL + "inverseOf")

    @property
    def sources(self) -> list[str]:
        """The IRIs of what its meaning is taken from."""
        return self._iris(PREFIXES["dcterms"] + "source")

    @property
    def deprecated(self) -> bool:
        return any(text_of(value) == "true" for value in self.said.get(_OWL + "deprecated", ()))

    @property
    def replacements(self) -> list[str]:
        """The IRIs of the terms to use in its place."""
        return self._iris(PREFIXES["dcterms"] + "isReplacedBy")

    def change_notes(self, language: Language) -> list[str]:
        return self._texts(_SKOS + "changeNote", language)

    def names(self) -> Iterator[str]:
        """Whatever it may be called by: IRI, short name, local name, every label."""
        yield from (self.iri, self.name, self.iri.removeprefix(MIECO))
        for naming in _NAMES:
            yield from map(text_of, self.said.get(naming, ()))

    def _texts(self, prop: str, language: Language) -> list[str]:
        return [
            term.value
            for term in self.said.get(prop, ())
            if isinstance(term, Literal) and term.language == language
        ]

    def _iris(self, prop: str) -> list[str]:
        return [term.value for term in self.said.get(prop, ()) if isinstance(term, NamedNode)]


def read_own_vocabulary(engine: Engine, *, seconds: float) -> dict[str, OwnTerm]:
    """IRI → term, in the order of their IRIs; what is inferred of them is left out."""
    query = Query(page_query("own-vocabulary"), entailment="asserted")
    said: dict[str, dict[str, list[Term]]] = {}
    for row in rows_in(engine.query(query, seconds=seconds)):
        values = said.setdefault(text_of(row["term"]), {})
        values.setdefault(text_of(row["property"]), []).append(row["value"])
    return {iri: term for iri, values in said.items() if (term := as_term(iri, values))}


def as_term(iri: str, said: Mapping[str, Sequence[Term]]) -> OwnTerm | None:
    """The class or property of which this is said; ``None`` if it is neither."""
    types = (text_of(term) for term in said.get(RDF_TYPE, ()))
    kind = next((_KINDS[each] for each in types if each in _KINDS), None)
    return OwnTerm(iri, kind, said) if kind else None


def find_terms(terms: Mapping[str, OwnTerm], text: str, language: Language) -> list[OwnTerm]:
    """The terms of that name; else those whose names or definition contain the text.

    Raises NotFound, which offers the nearest names.
    """
    wanted = text.strip().casefold()
    exact = [t for t in terms.values() if any(wanted == n.casefold() for n in t.names())]
    if exact:
        return exact
    within = [
        term
        for term in terms.values()
        if any(wanted in name.casefold() for name in term.names())
        or wanted in term.definition(language).casefold()
    ]
    if within:
        return within
    bearers = {name.casefold(): term for term in terms.values() for name in term.names()}
    found = process.extract(wanted, list(bearers), scorer=fuzz.ratio, limit=_NEAREST)
    named = dict.fromkeys(f"{bearers[n].label(language)} ({bearers[n].name})" for n, _, _ in found)
    near = ", ".join(named)
    raise NotFound(
        what=Text("类或属性", "class or property"),
        name=text,
        near=Text(f"相近的有：{near}。", f"Near it are: {near}."),
    )
