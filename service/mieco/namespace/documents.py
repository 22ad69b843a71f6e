"""A version of the ontology, or a module of it, as a document."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from pyoxigraph import NamedNode, RdfFormat, Triple, serialize

from mieco.namespace.description import Description, describe
from mieco.namespace.triples import triples_of
from mieco.namespace.version_changes import Happening, VersionChanges, compare, history
from mieco.namespace.versions import ONTOLOGY, Version, Versions
from mieco.namespace.vocabulary import Vocabulary
from mieco.present.formats import FUNCTIONAL, GRAPH_FORMATS, OWL_XML, Format
from mieco.terms import PREFIXES, RDF_TYPE

# The versions are few, and what is made of one takes a few megabytes.
_MOST_DOCUMENTS, _MOST_DESCRIPTIONS, _MOST_VOCABULARIES, _MOST_CHANGES = 24, 2, 8, 16
_IMPORTS = NamedNode(PREFIXES["owl"] + "imports")
_IS = NamedNode(RDF_TYPE)
_HEADER = NamedNode(PREFIXES["owl"] + "Ontology")
_TURTLE, _NTRIPLES, _RDF_XML, _JSON_LD, *_OF_DATASETS = GRAPH_FORMATS
# RDF/XML comes first, for those who do not say what they read: it is the one syntax that all
# software for OWL 2 must read (OWL 2 Document Overview §2.2).  Some ask for it as ``.owl``.
RDF_FORMATS = (
    replace(_RDF_XML, other_names=(*_RDF_XML.other_names, "owl")),
    _TURTLE,
    _JSON_LD,
    _NTRIPLES,
)
# Given to those who read nothing else: a graph is a dataset too (RDF 1.1 Concepts §4).
DATASET_FORMATS = tuple(_OF_DATASETS)


@dataclass(frozen=True, slots=True)
class Document:
    """What is sent, and a tag that stands for these very bytes."""

    form: Format
    body: bytes
    tag: str


class Documents:
    """The documents of all versions; the last few are kept in memory.  Thread-safe."""

    def __init__(self, versions: Versions) -> None:
        self.versions = versions
        self._documents = lru_cache(_MOST_DOCUMENTS)(_document)
        self._descriptions = lru_cache(_MOST_DESCRIPTIONS)(describe)
        self._vocabularies = lru_cache(_MOST_VOCABULARIES)(Vocabulary)
        self._changes = lru_cache(_MOST_CHANGES)(self._compared)

    def of(self, version: Version, module: str, form: Format) -> Document:
        """The document of a module, or where none is named of all merged as one ontology."""
        return self._documents(version, module, form)

    def described(self, version: Version) -> Description:
        """What the page of a version shows."""
        return self._descriptions(version)

    def vocabulary(self, number: str) -> Vocabulary:
        """The terms of the version of that number; of the current one where there is none such."""
        return self._vocabularies(self.versions.by_number.get(number, self.versions.current))

    def changes(self, before: Version, after: Version) -> VersionChanges:
        """What distinguishes two versions."""
        return self._changes(before, after)

    def history(self, iri: str, until: Version) -> list[Happening]:
        """What happened to a term in each version up to one."""
        numbers = [*self.versions.by_number]
        versions = [self.versions.by_number[n] for n in numbers[: numbers.index(until.number) + 1]]
        steps = [self.changes(before, after) for before, after in pairwise(versions)]
        return list(history(iri, self.vocabulary(numbers[0]), steps))

    def _compared(self, before: Version, after: Version) -> VersionChanges:
        return compare(self.vocabulary(before.number), self.vocabulary(after.number))


def forms_of(version: Version, module: str) -> Sequence[Format]:
    """The formats that a document is offered in, the default first."""
    if module:
        return RDF_FORMATS
    return (*RDF_FORMATS, *(f for f in (OWL_XML, FUNCTIONAL) if f.name in version.forms))


def _document(version: Version, module: str, form: Format) -> Document:
    body = _body(version, module, form)
    return Document(form, body, hashlib.sha256(body).hexdigest()[:32])


def _body(version: Version, module: str, form: Format) -> bytes:
    if form.name in version.forms:
        return gzip.decompress(version.forms[form.name].read_bytes())
    text = version.modules[module] if module else version.merged
    if form.name == _TURTLE.name and text:
        return text.read_bytes()  # more readable than what a serialiser would make of it
    triples = triples_of(text) if text else _merged(version)
    written = serialize(
        triples,
        format=RdfFormat.from_media_type(form.media_type),
        prefixes=None if form.name in ("nt", "nq") else PREFIXES,
    )
    return written or b""


def _merged(version: Version) -> list[Triple]:
    """All modules as one ontology, whose header is the root's and which imports nothing."""
    triples = triples_of(version.root, *version.parts.values())
    headers = {s for s, p, o in triples if (p, o) == (_IS, _HEADER)} - {NamedNode(ONTOLOGY)}
    return [t for t in triples if t.subject not in headers and t.predicate != _IMPORTS]
