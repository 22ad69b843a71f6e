"""The catalogue is a valid catalogue record of the DCAT Application Profile 3.0."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import RDF, Graph, Namespace, URIRef

from conftest import Server

SHAPES = Path(__file__).parent / "dcat-ap"
SH = Namespace("http://www.w3.org/ns/shacl#")

# What the profile recommends and nobody can say here: the kind of the publisher, whom to
# turn to, the time that the data cover, until when a file will be there, how far a record has
# come, when the first release was; and what GeoNames and Creative Commons say themselves.
NOT_SAID = {
    ("publisher", "http://purl.org/dc/terms/type"),
    ("dataset", "http://www.w3.org/ns/dcat#contactPoint"),
    ("dataset", "http://purl.org/dc/terms/temporal"),
    ("distribution", "http://data.europa.eu/r5r/availability"),
    ("record", "http://www.w3.org/ns/adms#status"),
    ("catalogue", "http://purl.org/dc/terms/issued"),
    ("https://creativecommons.org/licenses/by/4.0/", "http://purl.org/dc/terms/type"),
    ("https://sws.geonames.org/1814991/", "http://www.w3.org/ns/dcat#bbox"),
    ("https://sws.geonames.org/1814991/", "http://www.w3.org/ns/dcat#centroid"),
}
KINDS = {
    "Agent": "publisher",
    "Dataset": "dataset",
    "Distribution": "distribution",
    "CatalogRecord": "record",
    "Catalog": "catalogue",
}


@pytest.fixture(scope="module")
def catalogue(server: Server) -> Graph:
    graph = Graph().parse(data=server.get("/catalogue", "text/turtle").text, format="turtle")
    return graph.parse(SHAPES / "vocabularies.ttl")


def shapes(name: str) -> Graph:
    """A file of shapes without the properties in it that say nothing at all."""
    graph = Graph().parse(SHAPES / name)
    for shape, prop in list(graph.subject_objects(SH.property)):
        if (prop, None, None) not in graph:
            graph.remove((shape, SH.property, prop))
    return graph


def results(catalogue: Graph, name: str) -> list[tuple[URIRef, str, str]]:
    """Focus node, path and severity of each result."""
    _, report, _ = validate(catalogue, shacl_graph=shapes(name))
    assert isinstance(report, Graph)
    return [
        (
            report.value(result, SH.focusNode),  # type: ignore[misc]
            str(report.value(result, SH.resultPath)),
            str(report.value(result, SH.resultSeverity)).rpartition("#")[2],
        )
        for result in report.subjects(RDF.type, SH.ValidationResult)
    ]


@pytest.mark.parametrize("name", ["shapes.ttl", "range.ttl"])
def test_nothing_breaks_the_profile(catalogue: Graph, name: str) -> None:
    assert results(catalogue, name) == []


@pytest.mark.parametrize(
    ("without", "shape"),
    [
        ("http://purl.org/dc/terms/publisher", "shapes.ttl"),
        ("http://www.w3.org/ns/dcat#accessURL", "shapes.ttl"),
        ("http://www.w3.org/ns/dcat#endpointURL", "shapes.ttl"),
        ("http://xmlns.com/foaf/0.1/name", "shapes.ttl"),
        ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "range.ttl"),
    ],
)
def test_the_shapes_would_find_it(catalogue: Graph, without: str, shape: str) -> None:
    """The check is no empty one."""
    less = Graph()
    kept = {URIRef("https://w3id.org/mieco/catalogue"), URIRef("https://w3id.org/mieco/release/1")}
    for triple in catalogue:
        typed = shape == "range.ttl" and triple[0] in kept
        if str(triple[1]) != without or typed:
            less.add(triple)
    assert any(severity == "Violation" for _, _, severity in results(less, shape))


def test_what_is_recommended_is_said_but_for_what_nobody_knows(catalogue: Graph) -> None:
    found = results(catalogue, "shapes_recommended.ttl")
    assert {severity for _, _, severity in found} == {"Warning"}
    assert {(kind_of(catalogue, node), path) for node, path, _ in found} == NOT_SAID


def kind_of(catalogue: Graph, node: URIRef) -> str:
    types = {str(kind).rpartition("#")[2] for kind in catalogue.objects(node, RDF.type)}
    names = {kind.rpartition("/")[2] for kind in types}
    return next((KINDS[name] for name in sorted(names) if name in KINDS), str(node))
