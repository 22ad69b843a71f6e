"""A thing in the words of schema.org, for those who read pages by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode

from mieco.ask.page_queries import rows_of
from mieco.ask.things import Statement, Thing
from mieco.engine.base import Engine, text_of
from mieco.errors import Language
from mieco.stores import Term
from mieco.terms import LICENSE, MIECO, PREFIXES, RDFS_LABEL, XSD

_SCHEMA = "https://schema.org/"
_SKOS, _DCTERMS = PREFIXES["skos"], PREFIXES["dcterms"]
# Of vocabularies that the alignment of our ontology does not speak of.
_CLASSES = {
    _SKOS + "Concept": "DefinedTerm",
    _SKOS + "ConceptScheme": "DefinedTermSet",
}
_PROPERTIES = {
    RDFS_LABEL: "name",
    _SKOS + "prefLabel": "name",
    _SKOS + "altLabel": "alternateName",
    _SKOS + "definition": "description",
    _DCTERMS + "description": "description",
    _SKOS + "inScheme": "inDefinedTermSet",
    _SKOS + "notation": "termCode",
    _SKOS + "exactMatch": "sameAs",
    PREFIXES["owl"] + "sameAs": "sameAs",
    PREFIXES["foaf"] + "page": "url",
}
# Only where it is said of a concept: of others a notation is a code of some register.
_OF_TERMS = {"inDefinedTermSet", "termCode"}
# Their values are addresses, not things of ours with a name.
_ADDRESSES = {"url", "sameAs"}
_WEB = ("https://", "http://")
_CREDIT_CODE = MIECO + "creditCode"
_PART_OF = MIECO + "partOf"
_MOST = 100


@dataclass(frozen=True, slots=True)
class SchemaWords:
    """What the release itself says of a thing by schema.org, and on which sources it rests."""

    classes: Sequence[str]
    properties: Mapping[str, str]
    sources: Sequence[str]
    names: Mapping[str, tuple[str, str]]


def read_schema_words(
    engine: Engine, iri: str, language: Language, *, seconds: float
) -> SchemaWords:
    """The alignment of the ontology as far as it concerns a thing, and the thing's sources."""
    this = {"this": NamedNode(iri)}
    classes = rows_of(engine, "schema-classes", this, seconds=seconds)
    properties = rows_of(engine, "schema-properties", seconds=seconds)
    rows = rows_of(engine, "sources", this, seconds=seconds)
    sources = [text_of(row["source"]) for row in rows]
    return SchemaWords(
        classes=[text_of(row["class"]).removeprefix(_SCHEMA) for row in classes],
        properties={
            text_of(row["property"]): text_of(row["match"]).removeprefix(_SCHEMA)
            for row in properties
        },
        sources=sources,
        names=engine.labels(sources, language, seconds=seconds),
    )


def page_as_schema(
    thing: Thing, words: SchemaWords, language: Language, address: str
) -> dict[str, Any]:
    """The page of a thing, the thing as its subject: nothing that the release does not say."""
    page: dict[str, Any] = {
        "@context": _SCHEMA,
        "@type": "WebPage",
        "@id": address,
        "url": address,
        "inLanguage": language,
        "license": LICENSE,
    }
    if words.sources:
        page["citation"] = [
            {"@type": "CreativeWork", **_named(source, words.names)} for source in words.sources
        ]
    return page | {"mainEntity": _thing(thing, words)}


def _thing(thing: Thing, words: SchemaWords) -> dict[str, Any]:
    types = [*words.classes, *(_CLASSES[t] for t in _types(thing) if t in _CLASSES)]
    said: dict[str, list[Any]] = {}
    for name, statements in thing.statements.items():
        if word := _word(name, types, words):
            names = {} if word in _ADDRESSES else thing.labels
            values = [_value(statement.term, names) for statement in statements[:_MOST]]
            if word in _ADDRESSES:
                values = [value for value in values if str(value).startswith(_WEB)]
            if values:
                said.setdefault(word, []).extend(values)
    if codes := thing.statements.get(_CREDIT_CODE):
        said["identifier"] = list(_credit_codes(codes))
    return {
        "@type": _one_or_all(types or ["Thing"]),
        "@id": thing.iri,
        **{word: _one_or_all(_once(values)) for word, values in said.items()},
    }


def _word(name: str, types: Sequence[str], words: SchemaWords) -> str:
    """The property that says it; empty where there is none."""
    is_term = "DefinedTerm" in types
    is_place = "Place" in types or "AdministrativeArea" in types
    if name == _PART_OF and is_place:
        return "containedInPlace"
    word = _PROPERTIES.get(name) or words.properties.get(name, "")
    return "" if word in _OF_TERMS and not is_term else word


def _types(thing: Thing) -> Iterator[str]:
    return (text_of(statement.term) for statement in thing.types)


def _value(term: Term, names: Mapping[str, tuple[str, str]]) -> Any:
    match term:
        case NamedNode():
            return _named(term.value, names) if names else term.value
        case Literal() if term.language:
            return {"@value": term.value, "@language": term.language}
        case Literal() if term.datatype.value == XSD + "boolean":
            return term.value == "true"
    return text_of(term)


def _named(iri: str, names: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    named = names.get(iri)
    return {"@id": iri, **({"name": named[0]} if named else {})}


def _credit_codes(codes: Sequence[Statement]) -> Iterator[dict[str, str]]:
    for statement in codes:
        yield {
            "@type": "PropertyValue",
            "propertyID": _CREDIT_CODE,
            "value": text_of(statement.term),
        }


def _once(values: Sequence[Any]) -> list[Any]:
    """Each value once: a name may be both a label and a preferred label."""
    return [value for place, value in enumerate(values) if value not in values[:place]]


def _one_or_all(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else values
