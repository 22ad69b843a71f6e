"""What a release says of itself is true of it, in every form and language."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyoxigraph import Store
from rdflib import RDF, VOID, Graph, Namespace, URIRef
from rdflib.compare import isomorphic

from conftest import Server
from mieco.describe import Made, describe_release
from mieco.describe.dataset import CREATOR
from mieco.describe.statistics import Counts, Statistics
from mieco.inference import Inferred

BASE = "https://w3id.org/mieco/"
DATASET = URIRef(BASE + "catalogue#dataset")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
# The dataset that is counted: every graph but these.
COUNTED = f"FILTER (?g NOT IN (<{BASE}graph/shapes>, <{BASE}graph/catalogue>))"
PARSERS = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}


@pytest.fixture(scope="module")
def catalogue(server: Server) -> Graph:
    return Graph().parse(data=server.get("/catalogue.nt").text, format="nt")


def numbers(catalogue: Graph, node: URIRef) -> dict[str, int]:
    """The counts of a dataset by the local names of their properties."""
    return {
        str(prop).rpartition("#")[2]: int(value)
        for prop, value in catalogue.predicate_objects(node)
        if prop in VOID and str(value).isdigit()
    }


def test_the_counts_are_those_of_the_endpoint(server: Server, catalogue: Graph) -> None:
    (row,) = server.query(
        f"""SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?distinctSubjects)
                   (COUNT(DISTINCT ?o) AS ?distinctObjects) (COUNT(DISTINCT ?p) AS ?properties)
            {{ SELECT DISTINCT ?s ?p ?o {{ GRAPH ?g {{ ?s ?p ?o }} {COUNTED} }} }}"""
    )
    (more,) = server.query(
        f"""SELECT (COUNT(DISTINCT ?s) AS ?entities) {{ GRAPH ?g {{ ?s ?p ?o }} {COUNTED}
            FILTER (isIRI(?s) && STRSTARTS(STR(?s), "{BASE}")) }}"""
    )
    classes = server.query(
        f"SELECT (COUNT(DISTINCT ?c) AS ?classes) {{ GRAPH ?g {{ ?s a ?c }} {COUNTED} }}"
    )[0]
    counted = {name: int(value) for name, value in {**row, **more, **classes}.items()}
    assert numbers(catalogue, DATASET) == counted
    assert numbers(catalogue, URIRef(BASE + "release/1")) == counted


@pytest.mark.parametrize(
    ("partition", "name", "number", "pattern"),
    [
        (VOID.classPartition, VOID["class"], VOID.entities, "{ ?s a ?name }"),
        (VOID.propertyPartition, VOID.property, VOID.triples, "{ ?s ?name ?o }"),
    ],
)
def test_the_partitions_are_those_of_the_endpoint(
    server: Server, catalogue: Graph, partition: URIRef, name: URIRef, number: URIRef, pattern: str
) -> None:
    rows = server.query(
        f"""SELECT ?name (COUNT(*) AS ?count)
            {{ SELECT DISTINCT ?s ?name ?o {{ GRAPH ?g {pattern} {COUNTED} }} }}
            GROUP BY ?name"""
    )
    told = {
        str(catalogue.value(part, name)): int(catalogue.value(part, number))  # type: ignore[arg-type]
        for part in catalogue.objects(DATASET, partition)
    }
    assert told == {row["name"]: int(row["count"]) for row in rows}


def test_each_graph_is_counted(server: Server, catalogue: Graph) -> None:
    rows = server.query(
        """SELECT ?g (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?distinctSubjects)
                  (COUNT(DISTINCT ?o) AS ?distinctObjects) (COUNT(DISTINCT ?p) AS ?properties)
                  (COUNT(DISTINCT ?class) AS ?classes)
           { GRAPH ?g { ?s ?p ?o } BIND (IF(STRENDS(STR(?p), "#type"), ?o, 1 / 0) AS ?class) }
           GROUP BY ?g"""
    )
    assert len(rows) == 9
    for row in rows:
        graph = row.pop("g")
        if graph != BASE + "graph/catalogue":
            told = numbers(catalogue, URIRef(graph))
            assert told == {name: int(value) for name, value in row.items()}, graph
    (shapes,) = catalogue.objects(DATASET, URIRef("http://purl.org/dc/terms/hasPart"))
    assert str(shapes) == BASE + "graph/shapes"


def test_the_linksets_are_those_of_the_endpoint(server: Server, catalogue: Graph) -> None:
    linksets = list(catalogue.subjects(RDF.type, VOID.Linkset))
    assert len(linksets) > 20
    for linkset in linksets:
        space = catalogue.value(catalogue.value(linkset, VOID.objectsTarget), VOID.uriSpace)
        (row,) = server.query(
            f"""SELECT (COUNT(*) AS ?count) {{ SELECT DISTINCT ?s ?o {{
                  GRAPH ?g {{ ?s <{catalogue.value(linkset, VOID.linkPredicate)}> ?o }} {COUNTED}
                  FILTER (STRSTARTS(STR(?s), "{BASE}") && isIRI(?o))
                  FILTER (REGEX(STR(?o), CONCAT("^", "{space}", "[^/#]+/?$"))) }} }}"""
        )
        assert int(row["count"]) == int(catalogue.value(linkset, VOID.triples))  # type: ignore[arg-type]


def test_what_is_named_is_there(server: Server, catalogue: Graph) -> None:
    """Sanity of VoID: its terms exist, examples open, formats and vocabularies are those in use."""
    terms = {*catalogue.predicates(), *catalogue.objects(None, RDF.type)}
    ours = [term for term in terms if term.startswith("http://rdfs.org/ns/void#")]
    assert [term for term in ours if term not in VOID] == []
    examples = list(catalogue.objects(DATASET, VOID.exampleResource))
    assert len(examples) == 7
    for example in examples:
        assert server.get("/" + example.removeprefix(BASE) + ".html").status == 200
    vocabularies = {str(each) for each in catalogue.objects(DATASET, VOID.vocabulary)}
    assert {BASE + "ontology#", "http://www.w3.org/ns/prov#"} <= vocabularies
    for dump in catalogue.objects(DATASET, VOID.dataDump):
        assert re.fullmatch(rf"{BASE}download/1/mieco-1\.(nq|trig)\.(gz|zst)", str(dump))
    distributed = set(catalogue.objects(None, DCAT.downloadURL))
    assert distributed == set(catalogue.objects(DATASET, VOID.dataDump))


@pytest.mark.parametrize("path", ["/catalogue", "/.well-known/void"])
def test_in_every_format_the_same(server: Server, catalogue: Graph, path: str) -> None:
    for media_type in ("text/turtle", "application/rdf+xml", "application/ld+json"):
        reply = server.get(path, media_type)
        assert reply.status == 200
        assert reply.headers["Content-Type"].startswith(media_type)
        assert isomorphic(Graph().parse(data=reply.text, format=media_type), catalogue)
    assert server.get(path).headers["Content-Type"] == "text/turtle; charset=utf-8"
    assert server.get(path, "image/png").status == 406


@pytest.mark.parametrize("extension", PARSERS)
def test_by_extension(server: Server, catalogue: Graph, extension: str) -> None:
    reply = server.get(f"/catalogue.{extension}", "text/html")
    assert isomorphic(Graph().parse(data=reply.text, format=PARSERS[extension]), catalogue)


def test_the_home_of_the_dataset_leads_programs_to_its_description(server: Server) -> None:
    """``https://w3id.org/mieco/`` is a page to browsers, and what is described to the others."""
    for accept, extension in (("text/turtle", "ttl"), ("application/rdf+xml", "rdf")):
        reply = server.get("/", accept)
        place = f"{server.url}/catalogue.{extension}"
        assert (reply.status, reply.headers["Location"]) == (303, place)
    for accept in ("text/html,application/xhtml+xml,*/*;q=0.8", "*/*", None):
        assert server.get("/", accept).headers["Content-Type"].startswith("text/html")


def test_a_release_is_described_by_its_catalogue(server: Server) -> None:
    reply = server.get("/release/1", "text/turtle", lang="en")
    assert (reply.status, reply.headers["Location"]) == (303, "/catalogue?lang=en")
    assert server.get("/release/99", "text/turtle").status == 404
    assert server.get("/catalogue.xyz").status == 406


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_tells_people(server: Server, catalogue: Graph, language: str) -> None:
    page = server.get("/catalogue", "text/html", lang=language).text
    title = {"zh": "中国市域产教联合体关联数据", "en": "municipal industry-education consortia"}
    assert title[language] in page
    assert f"<dd>{numbers(catalogue, DATASET)['triples']}</dd>" in page
    for told in ("CC BY 4.0", "graph/inferred", "/sparql", "/reconcile", "European Learning Model"):
        assert told in page
    home = server.get("/", "text/html", lang=language).text
    assert 'href="/catalogue"' in home


class Scripts(HTMLParser):
    """The JSON-LD of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and ("type", "application/ld+json") in attrs

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(json.loads(data))
            self._inside = False


@pytest.mark.parametrize("path", ["/", "/catalogue"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_search_engines_of_datasets_are_told(server: Server, path: str, language: str) -> None:
    """What Google's Dataset Search requires and recommends."""
    (card,) = Scripts(server.get(path, "text/html", lang=language).text).found
    assert (card["@context"], card["@type"]) == ("https://schema.org", "Dataset")
    assert 50 <= len(card["description"]) <= 5000
    assert card["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert card["creator"]["name"] == CREATOR
    assert card["url"] == f"{server.url}/catalogue"
    urls = {each["contentUrl"] for each in card["distribution"]}
    assert f"{server.url}/download/1/mieco-1.nq.gz" in urls
    assert ("联合体" in card["name"]) == (language == "zh")


def test_the_creator_is_whom_the_citation_names() -> None:
    citation = Path(__file__).parent.parent / "CITATION.cff"
    told = yaml.safe_load(citation.read_text(encoding="utf-8"))
    assert [author["name"] for author in told["authors"]] == [CREATOR]


def test_addresses_are_those_of_the_service_and_names_are_not() -> None:
    statistics = Statistics(merged=Counts(triples=3), graphs={"": Counts()})
    made = Made(7, "2026-11-29T00:00:00+00:00", 6, Inferred(), {})
    address = "https://data.example.org/x/"
    graph = Graph()
    for quad in describe_release(made, statistics, Store(), address):
        graph.parse(data=f"{quad.triple} .", format="nt")
    release = URIRef(BASE + "release/7")
    assert graph.value(release, DCAT.previousVersion) == URIRef(BASE + "release/6")
    assert graph.value(DATASET, DCAT.hasCurrentVersion) == release
    assert str(graph.value(DATASET, VOID.sparqlEndpoint)) == f"{address}sparql"
    for url in (*graph.objects(None, DCAT.downloadURL), *graph.objects(None, DCAT.endpointURL)):
        assert str(url).startswith(address)
    assert all(str(subject).startswith(BASE) for subject in graph.subjects(RDF.type, DCAT.Dataset))
