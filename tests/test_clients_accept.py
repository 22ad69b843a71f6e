"""The Accept headers of clients in other languages, to the letter, and what each can read."""

from __future__ import annotations

import pytest

from conftest import Server

SHENZHEN = "https://w3id.org/mieco/id/consortium/shenzhen"

# What each client sends for the results of SELECT and for graphs, and what it can read of
# what is offered, best first.  The service has to give one of the best.
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
CSV, TSV = "text/csv", "text/tab-separated-values"
TTL, NT, RDF, LD = (
    "text/turtle",
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
)
SOLUTIONS = [
    (
        "Jena ARQ",
        (
            "application/sparql-results+json,application/sparql-results+xml;q=0.9,"
            "text/tab-separated-values;q=0.7,text/csv;q=0.5,application/json;q=0.2,"
            "application/xml;q=0.2,*/*;q=0.1"
        ),
        {JSON},
    ),
    (
        "RDF4J",
        (
            "text/csv;q=0.8, application/x-sparqlstar-results+json;q=0.8,"
            " application/sparql-results+json;q=0.8, application/json;q=0.8,"
            " application/sparql-results+xml, application/xml, text/tab-separated-values;q=0.8,"
            " application/x-sparqlstar-results+xml;q=0.8, text/x-tab-separated-values-star;q=0.8,"
            " application/x-sparqlstar-results+tsv;q=0.8,"
            " application/x-binary-rdf-results-table;q=0.8"
        ),
        {XML},
    ),
    (
        "RDF4J, binary first",
        (
            "application/x-binary-rdf-results-table, application/sparql-results+xml;q=0.8,"
            " application/sparql-results+json;q=0.8, text/csv;q=0.8,"
            " text/tab-separated-values;q=0.8, application/x-sparqlstar-results+json;q=0.8"
        ),
        {XML, JSON},
    ),
    ("RDF4J, boolean", "text/boolean, application/sparql-results+xml;q=0.8", {XML}),
    (
        "Virtuoso",
        (
            "application/sparql-results+xml, text/rdf+n3, text/rdf+ttl, text/rdf+turtle,"
            " text/turtle, application/turtle, application/x-turtle, application/rdf+xml,"
            " application/xml"
        ),
        {XML},
    ),
    ("YASGUI", "application/sparql-results+json,*/*;q=0.9", {JSON}),
    (
        "GraphDB Workbench",
        "application/x-sparqlstar-results+json, application/sparql-results+json;q=0.9, */*;q=0.8",
        {JSON},
    ),
    (
        "SWI-Prolog",
        (
            "application/sparql-results+xml, application/n-triples, application/x-turtle; q=0.9,"
            " application/turtle; q=0.9, text/turtle, application/sparql-results+json,"
            " application/rdf+xml, text/rdf+xml; q=0.8, */*; q=0.1"
        ),
        {XML, JSON},
    ),
    (
        "Power Query, OData",
        (
            "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;"
            "q=0.9,application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,"
            "text/plain;q=0.7"
        ),
        {JSON},
    ),
    ("Power Query, no header", None, {JSON}),
    ("Python requests", "*/*", {JSON}),
    ("Java's URLConnection", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", {"text/html"}),
    (
        "Comunica",
        "application/sparql-results+json;q=1.0,application/sparql-results+xml;q=0.7",
        {JSON},
    ),
    (
        "SPARQLWrapper",
        "application/sparql-results+json,application/json,text/javascript,application/javascript",
        {JSON},
    ),
]
GRAPHS = [
    (
        "Jena ARQ",
        (
            "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,"
            "application/rdf+xml;q=0.7,*/*;q=0.3"
        ),
        {TTL},
    ),
    (
        "Jena ARQ, dataset",
        "application/trig,application/n-quads;q=0.9,application/ld+json;q=0.8,*/*;q=0.3",
        {"application/trig"},
    ),
    (
        "Jena RDFDataMgr",
        (
            "text/turtle,application/n-triples;q=0.9,application/rdf+xml;q=0.7,application/trig,"
            "application/n-quads;q=0.9,application/ld+json;q=0.8,*/*;q=0.5"
        ),
        {TTL, "application/trig"},
    ),
    (
        "RDF4J",
        (
            "application/x-binary-rdf, application/n-triples;q=0.8, text/turtle;q=0.8,"
            " application/rdf+xml;q=0.5, application/trig;q=0.8, application/n-quads;q=0.8,"
            " application/ld+json;q=0.5"
        ),
        {TTL, NT, "application/trig", "application/n-quads"},
    ),
    (
        "Virtuoso",
        (
            "application/sparql-results+xml, text/rdf+n3, text/rdf+ttl, text/rdf+turtle,"
            " text/turtle, application/turtle, application/x-turtle, application/rdf+xml,"
            " application/xml"
        ),
        {TTL, RDF},
    ),
    ("YASGUI", "text/turtle,*/*;q=0.9", {TTL}),
    (
        "Protégé, OWL API 4",
        (
            "application/rdf+xml, application/xml; q=0.7, text/xml; q=0.6, text/plain; q=0.1,"
            " */*; q=0.09"
        ),
        {RDF},
    ),
    (
        "Protégé, OWL API 5",
        "application/rdf+xml, application/xml; q=0.5, text/xml; q=0.3, */*; q=0.2",
        {RDF},
    ),
    (
        "SWI-Prolog",
        (
            "application/sparql-results+xml, application/n-triples, application/x-turtle; q=0.9,"
            " application/turtle; q=0.9, text/turtle, application/sparql-results+json,"
            " application/rdf+xml, text/rdf+xml; q=0.8, */*; q=0.1"
        ),
        {NT, TTL, RDF},
    ),
    ("Python requests", "*/*", {TTL}),
    (
        "SPARQLWrapper",
        "application/turtle,text/turtle,text/rdf+n3,application/n-triples",
        {TTL, NT},
    ),
    ("JSON-LD", 'application/ld+json;profile="http://www.w3.org/ns/json-ld#flattened"', {LD}),
]


def send(server: Server, path: str, accept: str | None) -> str:
    reply = server.get(path, accept)
    assert reply.status == 200, reply.text
    return reply.headers["Content-Type"].split(";")[0]


@pytest.mark.parametrize(("client", "accept", "wants"), SOLUTIONS, ids=[s[0] for s in SOLUTIONS])
def test_rows_come_as_the_client_wants_them(
    server: Server, client: str, accept: str | None, wants: set[str]
) -> None:
    for query in ("SELECT%20*%7B%3Fs%20?p%20?o%7DLIMIT%201", "ASK%7B%7D"):
        assert send(server, f"/sparql?query={query}", accept) in wants
    # Power Query and others that say nothing useful ask by the address.
    assert send(server, "/sparql?query=ASK%7B%7D&format=csv", accept) == CSV


@pytest.mark.parametrize(("client", "accept", "wants"), GRAPHS, ids=[g[0] for g in GRAPHS])
def test_graphs_come_as_the_client_wants_them(
    server: Server, client: str, accept: str, wants: set[str]
) -> None:
    """By a query, by the description of a thing and of the service, from the graph store."""
    for path in (
        f"/sparql?query=DESCRIBE%3C{SHENZHEN}%3E",
        f"/thing?iri={SHENZHEN}",
        "/ontology",
        "/sparql",
        "/graphs?graph=https://w3id.org/mieco/graph/ontology",
    ):
        # Who takes anything is given of the ontology what all tools for OWL read.
        anything = path == "/ontology" and accept == "*/*"
        assert send(server, path, accept) in ({RDF} if anything else wants), path
