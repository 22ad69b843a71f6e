"""rdflib as a client: its stores over SPARQL endpoints, its own loading, its SERVICE."""

from __future__ import annotations

import urllib.error
from urllib.parse import urlencode

import pytest
from rdflib import Dataset, Graph, Literal, Namespace, URIRef
from rdflib.namespace import RDFS
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore

from conftest import BEARER, Server

NAME = "深圳市域产教联合体"
SHENZHEN = URIRef("https://w3id.org/mieco/id/consortium/shenzhen")
CONSORTIUM = URIRef("https://w3id.org/mieco/ontology#Consortium")
ONTOLOGY, DATA = (
    f"https://w3id.org/mieco/graph/{name}" for name in ("ontology", "data/mieco/public")
)
SELECT = f'SELECT ?c ?n {{ VALUES ?n {{ "{NAME}"@zh }} ?c <{RDFS.label}> ?n }}'
CONSTRUCT = f'CONSTRUCT {{ ?c <{RDFS.label}> ?n }} {{ VALUES ?n {{ "{NAME}"@zh }} ?c ?p ?n }}'
EX = Namespace("http://example.org/")


METHODS = ["GET", "POST", "POST_FORM"]


@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
@pytest.mark.parametrize("method", METHODS)
def test_rdflib_reads(server: Server, method: str, form: str) -> None:
    client = SPARQLStore(
        f"{server.url}/sparql", returnFormat=form, method=method, headers={"X-From": "test"}
    )
    graph = Graph(client)
    graph.bind("m", "https://w3id.org/mieco/ontology#")
    assert len(graph) > 10_000
    found = {str(row.c): str(row.n) for row in graph.query(SELECT)}
    assert found == {str(SHENZHEN): NAME}
    assert int(next(iter(graph.query("SELECT (COUNT(?c) AS ?n) { ?c a m:Consortium }"))).n) == 66
    assert SHENZHEN in set(graph.subjects(RDFS.label, Literal(NAME, "zh")))
    bound = graph.query("SELECT ?n { ?c rdfs:label ?n }", initBindings={"c": SHENZHEN})
    assert NAME in {str(row.n) for row in bound}
    assert {URIRef(DATA), URIRef(ONTOLOGY)} <= set(map(URIRef, client.contexts()))
    in_graph = Graph(client, identifier=URIRef(ONTOLOGY))
    assert 0 < len(in_graph) < len(graph)
    assert list(in_graph.subjects(RDFS.label, Literal(NAME, "zh"))) == []


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("method", METHODS)
def test_rdflib_asks_for_one_triple_and_pages(server: Server, method: str, form: str) -> None:
    client = SPARQLStore(f"{server.url}/sparql", returnFormat=form, method=method)
    graph = Graph(client)
    assert (SHENZHEN, RDFS.label, Literal(NAME, "zh")) in graph
    assert (SHENZHEN, RDFS.label, Literal(NAME, "en")) not in graph
    graph.LIMIT, graph.OFFSET = 5, 10
    assert len(list(graph.triples((None, RDFS.label, None)))) == 5
    with pytest.raises(TypeError, match="read only"):
        graph.add((SHENZHEN, RDFS.label, Literal("x")))


@pytest.mark.parametrize(
    "form", ["xml", "application/rdf+xml", "turtle", "nt", "json-ld", "application/ld+json"]
)
@pytest.mark.parametrize("method", METHODS)
def test_rdflib_constructs(server: Server, method: str, form: str) -> None:
    client = SPARQLStore(f"{server.url}/sparql", returnFormat=form, method=method)
    answer = client.query(CONSTRUCT).graph
    assert answer is not None
    assert list(answer) == [(SHENZHEN, RDFS.label, Literal(NAME, "zh"))]


@pytest.mark.parametrize("autocommit", [True, False], ids=["autocommit", "commit"])
@pytest.mark.parametrize("method", METHODS)
def test_rdflib_writes(store: Server, method: str, autocommit: bool) -> None:
    client = SPARQLUpdateStore(
        f"{store.url}/sparql",
        f"{store.url}/update",
        autocommit=autocommit,
        method=method,
        returnFormat="json",
        headers=dict(BEARER),
    )
    graph = Graph(client, identifier=EX.g)
    triples = {(EX.a, EX.p, Literal(f"{NAME}\n“{n}”\\", "zh")) for n in range(3)}
    for triple in triples:
        graph.add(triple)
    if not autocommit:
        assert store.query("SELECT * { ?s ?p ?o }") == []
        client.commit()
    assert set(graph) == triples
    client.addN([(EX.b, EX.p, EX.c, graph), (EX.b, EX.p, Literal(1.5), Graph(identifier=EX.h))])
    graph.remove((EX.a, None, None))
    assert set(graph) == {(EX.b, EX.p, EX.c)}
    graph.update(
        "INSERT { ?s e:q ?v } WHERE { ?s e:p ?o }",
        initNs={"e": EX},
        initBindings={"v": Literal(NAME)},
    )
    client.commit()
    assert set(graph) == {(EX.b, EX.p, EX.c), (EX.b, EX.q, Literal(NAME))}
    assert set(map(str, client.contexts())) == {str(EX.g), str(EX.h)}
    graph.remove((EX.b, EX.q, None))
    client.rollback()
    assert len(graph) == (1 if autocommit else 2)


def test_rdflib_s_dataset_makes_and_drops_graphs(store: Server) -> None:
    client = SPARQLUpdateStore(f"{store.url}/sparql", f"{store.url}/update", headers=dict(BEARER))
    dataset = Dataset(client)
    dataset.graph(EX.g).add((EX.a, EX.p, Literal(NAME)))
    dataset.default_graph.add((EX.b, EX.p, Literal(NAME)))
    assert store.query(f"SELECT ?o {{ GRAPH <{EX.g}> {{ ?s ?p ?o }} }}") == [{"o": NAME}]
    dataset.remove_graph(EX.g)
    assert {row["s"] for row in store.query("SELECT ?s { ?s ?p ?o }")} == {str(EX.b)}


def test_rdflib_is_refused_without_the_token(store: Server) -> None:
    client = SPARQLUpdateStore(
        f"{store.url}/sparql", f"{store.url}/update", headers={"Authorization": "Bearer x"}
    )
    with pytest.raises(urllib.error.HTTPError) as failed:
        Graph(client, identifier=EX.g).add((EX.a, EX.p, EX.b))
    with failed.value as reply:
        assert reply.code == 401


def test_rdflib_loads_what_an_address_has(store: Server, server: Server) -> None:
    """With no format given rdflib sends an Accept header of its own."""
    assert (SHENZHEN, RDFS.label, Literal(NAME, "zh")) in Graph().parse(
        f"{server.url}/id/consortium/shenzhen"
    )
    path = f"{store.url}/graphs?{urlencode({'graph': EX.g})}"
    turtle = f'<{EX.a}> <{EX.p}> "{NAME}" .'
    assert (
        store.send(
            "PUT",
            path.removeprefix(store.url),
            {"Content-Type": "text/turtle", **BEARER},
            turtle.encode(),
        ).status
        == 201
    )
    assert list(Graph().parse(path)) == [(EX.a, EX.p, Literal(NAME))]
    assert len(Graph().parse(f"{server.url}/sparql?{urlencode({'query': CONSTRUCT})}")) == 1


def test_rdflib_asks_as_a_federated_service(server: Server) -> None:
    rows = Graph().query(f"SELECT ?c ?n {{ SERVICE <{server.url}/sparql> {{ {SELECT} }} }}")
    assert [(row.c, row.n) for row in rows] == [(SHENZHEN, Literal(NAME, "zh"))]
