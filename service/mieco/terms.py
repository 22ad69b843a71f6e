"""The IRIs that the program itself needs; a test proves each own term to be in ``ontology/``."""

from __future__ import annotations

from typing import Final

BASE: Final = "https://w3id.org/mieco/"
MIECO: Final = BASE + "ontology#"
GRAPH: Final = BASE + "graph/"

# Of the ontology and the data.
LICENSE: Final = "https://creativecommons.org/licenses/by/4.0/"

RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
RDFS_IS_DEFINED_BY: Final = "http://www.w3.org/2000/01/rdf-schema#isDefinedBy"
RDFS_SUBCLASS_OF: Final = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
RDFS_LABEL: Final = "http://www.w3.org/2000/01/rdf-schema#label"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

# Named graphs of a release (docs/architecture.md).
ONTOLOGY_GRAPH: Final = GRAPH + "ontology"
SHAPES_GRAPH: Final = GRAPH + "shapes"
QUESTIONS_GRAPH: Final = GRAPH + "questions"
DATA_GRAPHS: Final = GRAPH + "data/"
INFERRED_GRAPH: Final = GRAPH + "inferred"
CATALOGUE_GRAPH: Final = GRAPH + "catalogue"
# Under this name a worker finds the content of the unnamed graph.
UNNAMED_GRAPH: Final = GRAPH + "default"
# Blank nodes of other services get IRIs below this (RDF 1.1 §3.5).
SKOLEM: Final = BASE + ".well-known/genid/"

# The prefixes that pages, forms and Turtle use.
PREFIXES: Final[dict[str, str]] = {
    "mieco": MIECO,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": XSD,
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "org": "http://www.w3.org/ns/org#",
    "sh": "http://www.w3.org/ns/shacl#",
    "sosa": "http://www.w3.org/ns/sosa/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
    "sssom": "https://w3id.org/sssom/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "wgs84": "http://www.w3.org/2003/01/geo/wgs84_pos#",
}

# By these a thing has its name, and further ones.
LABELS: Final = (
    RDFS_LABEL,
    PREFIXES["skos"] + "prefLabel",
    PREFIXES["foaf"] + "name",
    "https://schema.org/name",
    "http://schema.org/name",
    PREFIXES["dcterms"] + "title",
)
OTHER_LABELS: Final = (PREFIXES["skos"] + "altLabel", PREFIXES["skos"] + "hiddenLabel")
NAMING: Final = LABELS + OTHER_LABELS

# What may tie a thing of ours to one of another dataset.
LINK_PREDICATES: Final = (
    PREFIXES["owl"] + "sameAs",
    PREFIXES["skos"] + "exactMatch",
    PREFIXES["skos"] + "closeMatch",
    PREFIXES["skos"] + "broadMatch",
    PREFIXES["skos"] + "narrowMatch",
    PREFIXES["skos"] + "relatedMatch",
)
# Those that say that the two are the same.
SAME_PREDICATES: Final = frozenset(LINK_PREDICATES[:2])
