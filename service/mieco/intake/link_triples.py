"""Links as RDF: each as a plain triple, and as a mapping of SSSOM that says where it is from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from mieco.errors import Language, Text
from mieco.intake.link_rows import Link
from mieco.intake.link_targets import host_of
from mieco.intake.specification import expand
from mieco.intake.sssom import Metadata
from mieco.terms import BASE, DATA_GRAPHS, PREFIXES, RDF_TYPE, RDFS_LABEL, XSD

_SSSOM = PREFIXES["sssom"]
# Slots of the metadata under the properties that SSSOM gives them (slot_uri).
SET_TEXTS = {
    "mapping_set_title": expand("dcterms:title"),
    "mapping_set_description": expand("dcterms:description"),
    "mapping_set_version": expand("owl:versionInfo"),
    "mapping_set_id": _SSSOM + "mapping_set_id",
    "creator_label": _SSSOM + "creator_label",
    "object_source_version": _SSSOM + "object_source_version",
    "comment": expand("rdfs:comment"),
}
SET_REFERENCES = {
    "license": expand("dcterms:license"),
    "creator_id": expand("dcterms:creator"),
    "object_source": _SSSOM + "object_source",
    "mapping_set_source": expand("prov:wasDerivedFrom"),
    "see_also": expand("rdfs:seeAlso"),
}
# How SSSOM says that it is not known under which licence mappings are.
NO_LICENCE = "https://w3id.org/sssom/license/unspecified"
_DATE = XSD + "date"
_BOTH = " / "
_LANGUAGES: tuple[Language, ...] = ("zh", "en")
_DIGEST = 8  # bytes: among a million links two would meet once in 37 million such sets


def both(text: str) -> Text:
    """A text in both languages, of which the project's own have the Chinese before a slash."""
    zh, slash, en = text.partition(_BOTH)
    return Text(zh, en) if slash and not zh.isascii() else Text(text, text)


def linkset_iri(graph: str) -> str:
    """The IRI of the linkset in a graph of data."""
    return f"{BASE}id/linkset/{graph.removeprefix(DATA_GRAPHS).replace('/', '--')}"


def set_triples(linkset: str, metadata: Metadata, title: str) -> Iterator[Triple]:
    """What the metadata of a table say of the whole set; ``title`` where they tell none."""
    node = NamedNode(linkset)
    yield Triple(node, NamedNode(RDF_TYPE), NamedNode(_SSSOM + "MappingSet"))
    if not metadata.one("mapping_set_title"):
        yield Triple(node, NamedNode(SET_TEXTS["mapping_set_title"]), Literal(title))
    named = both(metadata.one("mapping_set_title") or title)
    for language in _LANGUAGES:
        label = Literal(named.in_(language), language=language)
        yield Triple(node, NamedNode(RDFS_LABEL), label)
    for slot, property_ in SET_TEXTS.items():
        for text in metadata.slots.get(slot, ()):
            if text != linkset:  # it names itself
                yield Triple(node, NamedNode(property_), Literal(text))
    for slot, property_ in SET_REFERENCES.items():
        for text in metadata.slots.get(slot, ()):
            if text == NO_LICENCE:
                continue
            iri = metadata.expanded(text) or ""
            value = NamedNode(iri) if host_of(iri) else Literal(text)
            yield Triple(node, NamedNode(property_), value)


def link_triples(link: Link, linkset: str) -> Iterator[Triple]:
    """A link, and the mapping of SSSOM that tells of it.

    SSSOM's class for mappings is ``owl:Axiom``, and its slots for subject, predicate and object
    are those of annotated axioms (``class_uri`` and ``slot_uri`` of the schema).
    """
    subject, predicate, other = map(NamedNode, (link.subject, link.predicate, link.object))
    yield Triple(subject, predicate, other)
    digest = hashlib.blake2b(
        f"{link.subject}\n{link.predicate}\n{link.object}".encode(), digest_size=_DIGEST
    ).hexdigest()
    node = NamedNode(f"{linkset.replace('/id/linkset/', '/id/link/')}--{digest}")
    yield Triple(NamedNode(linkset), NamedNode(_SSSOM + "mappings"), node)
    yield Triple(node, NamedNode(RDF_TYPE), NamedNode(expand("owl:Axiom")))
    yield Triple(node, NamedNode(expand("owl:annotatedSource")), subject)
    yield Triple(node, NamedNode(expand("owl:annotatedProperty")), predicate)
    yield Triple(node, NamedNode(expand("owl:annotatedTarget")), other)
    justification = NamedNode(link.justification)
    yield Triple(node, NamedNode(_SSSOM + "mapping_justification"), justification)
    for address in link.see_also:
        yield Triple(node, NamedNode(expand("rdfs:seeAlso")), NamedNode(address))
    for property_, text, datatype in (
        (_SSSOM + "subject_label", link.subject_label, ""),
        (_SSSOM + "object_label", link.object_label, ""),
        (_SSSOM + "author_label", link.author, ""),
        (_SSSOM + "confidence", link.confidence, XSD + "double"),
        (expand("dcterms:created"), link.date, _DATE),
        (expand("rdfs:comment"), link.comment, ""),
    ):
        if text:
            value = Literal(text, datatype=NamedNode(datatype)) if datatype else Literal(text)
            yield Triple(node, NamedNode(property_), value)
