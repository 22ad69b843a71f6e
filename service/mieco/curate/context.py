"""A JSON-LD context for the ontology and its data: short names for people who read JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyoxigraph import NamedNode, RdfFormat, parse
from rdflib import OWL, RDF, RDFS, XSD, Graph, URIRef

from mieco.content import OntologyFiles
from mieco.terms import MIECO, PREFIXES

_LANGUAGES = ("zh", "en")
# The texts of a term; each gets one name for each language: label_zh, label_en.
_TEXTS = {
    "label": "rdfs:label",
    "prefLabel": "skos:prefLabel",
    "altLabel": "skos:altLabel",
    "definition": "skos:definition",
    "scopeNote": "skos:scopeNote",
    "note": "skos:note",
    "example": "skos:example",
    "title": "dcterms:title",
    "description": "dcterms:description",
    "publisher": "dcterms:publisher",
    "comment": "rdfs:comment",
    "changeNote": "skos:changeNote",
}
# Their objects are always names.
_LINKS = {
    "isDefinedBy": "rdfs:isDefinedBy",
    "source": "dcterms:source",
    "inScheme": "skos:inScheme",
    "topConceptOf": "skos:topConceptOf",
    "broader": "skos:broader",
    "onProperty": "owl:onProperty",
    "narrower": "skos:narrower",
    "hasTopConcept": "skos:hasTopConcept",
    "exactMatch": "skos:exactMatch",
    "closeMatch": "skos:closeMatch",
    "broadMatch": "skos:broadMatch",
    "narrowMatch": "skos:narrowMatch",
    "relatedMatch": "skos:relatedMatch",
    "sameAs": "owl:sameAs",
    "seeAlso": "rdfs:seeAlso",
    "page": "foaf:page",
    "references": "dcterms:references",
    "license": "dcterms:license",
    "isReplacedBy": "dcterms:isReplacedBy",
    "wasDerivedFrom": "prov:wasDerivedFrom",
    "wasGeneratedBy": "prov:wasGeneratedBy",
    "wasAttributedTo": "prov:wasAttributedTo",
    "wasAssociatedWith": "prov:wasAssociatedWith",
    "used": "prov:used",
}
# Their values are days; what is only a year or a month keeps its datatype beside it.
_DATES = {
    "date": "dcterms:date",
    "issued": "dcterms:issued",
    "created": "dcterms:created",
    "modified": "dcterms:modified",
}
# Their objects may be whole expressions, or texts: read as a name, those would be lost.
_AXIOMS = {
    "subClassOf": "rdfs:subClassOf",
    "subPropertyOf": "rdfs:subPropertyOf",
    "domain": "rdfs:domain",
    "range": "rdfs:range",
    "inverseOf": "owl:inverseOf",
    "equivalentClass": "owl:equivalentClass",
    "someValuesFrom": "owl:someValuesFrom",
    "hasValue": "owl:hasValue",
    "notation": "skos:notation",
    "identifier": "dcterms:identifier",
}
_LISTS = {
    "intersectionOf": "owl:intersectionOf",
    "unionOf": "owl:unionOf",
    "members": "owl:members",
    "propertyChainAxiom": "owl:propertyChainAxiom",
}
# What is looked at of a term.
_READ = (RDF.type, RDFS.range)


def context_of(ontology: Graph) -> dict[str, Any]:
    """The context: our terms by their local names, then the words that ontologies use.

    A name of ours wins over a borrowed one.
    """
    own = dict(sorted(_own(ontology)))
    borrowed: dict[str, Any] = {
        f"{name}_{language}": {"@id": iri, "@language": language}
        for name, iri in _TEXTS.items()
        for language in _LANGUAGES
    }
    borrowed |= {name: {"@id": iri, "@type": "@id"} for name, iri in _LINKS.items()}
    borrowed |= {name: {"@id": iri, "@type": "xsd:date"} for name, iri in _DATES.items()}
    borrowed |= _AXIOMS
    borrowed |= {name: {"@id": iri, "@container": "@list"} for name, iri in _LISTS.items()}
    return {**PREFIXES, "id": "@id", "type": "@type", **borrowed, **own}


def read_context(files: OntologyFiles) -> dict[str, Any]:
    """The context of the modules, for which little of them need be read."""
    ontology = Graph()
    for path in files.modules:
        for quad in parse(path=str(path), format=RdfFormat.TURTLE):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
                triple = (quad.subject, quad.predicate, quad.object)
                subject, predicate, value = (URIRef(term.value) for term in triple)
                if predicate in _READ:
                    ontology.add((subject, predicate, value))
    return context_of(ontology)


def _own(ontology: Graph) -> Iterator[tuple[str, Any]]:
    for term in set(ontology.subjects(RDF.type, None)):
        name = str(term).removeprefix(MIECO)
        if not isinstance(term, URIRef) or not term.startswith(MIECO):
            continue
        kinds = set(ontology.objects(term, RDF.type))
        if OWL.ObjectProperty in kinds:
            yield name, {"@id": f"mieco:{name}", "@type": "@id"}
        elif OWL.DatatypeProperty in kinds and (range_ := _datatype(ontology, term)):
            yield name, {"@id": f"mieco:{name}", "@type": range_}
        else:
            yield name, f"mieco:{name}"


def _datatype(ontology: Graph, term: URIRef) -> str:
    """The datatype that a property's values are read with; plain text needs none."""
    given = ontology.value(term, RDFS.range)
    if isinstance(given, URIRef) and given.startswith(str(XSD)) and given != XSD.string:
        return f"xsd:{given.removeprefix(str(XSD))}"
    return ""
