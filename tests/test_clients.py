"""The Python libraries with which people ask and write: SPARQLWrapper and pandas.

pytest makes errors of warnings, so a format that a library did not expect fails the test.
"""

from __future__ import annotations

import io
import json
import urllib.error
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import pytest
import SPARQLWrapper as Wrapper
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import RDFS
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, Unauthorized

from conftest import TOKEN, Server

pytestmark = pytest.mark.filterwarnings(
    # SPARQLWrapper puts graphs into what rdflib deprecates.
    "ignore:ConjunctiveGraph is deprecated:DeprecationWarning"
)

NAME = "深圳市域产教联合体"
SHENZHEN = URIRef("https://w3id.org/mieco/id/consortium/shenzhen")
CONSORTIUM = URIRef("https://w3id.org/mieco/ontology#Consortium")
ONTOLOGY, DATA = (
    f"https://w3id.org/mieco/graph/{name}" for name in ("ontology", "data/mieco/public")
)
SELECT = f'SELECT ?c ?n {{ VALUES ?n {{ "{NAME}"@zh }} ?c <{RDFS.label}> ?n }}'
CONSTRUCT = f'CONSTRUCT {{ ?c <{RDFS.label}> ?n }} {{ VALUES ?n {{ "{NAME}"@zh }} ?c ?p ?n }}'
COUNT = f"SELECT (COUNT(*) AS ?n) {{ ?c a <{CONSORTIUM}> }}"
ALL_GRAPHS = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
WAYS = [
    (Wrapper.GET, Wrapper.URLENCODED),
    (Wrapper.POST, Wrapper.URLENCODED),
    (Wrapper.POST, Wrapper.POSTDIRECTLY),
]
EX = Namespace("http://example.org/")


def wrapper(
    server: Server, query: str, form: str = Wrapper.JSON, way: tuple[str, str] = WAYS[0]
) -> Wrapper.SPARQLWrapper:
    client = Wrapper.SPARQLWrapper(f"{server.url}/sparql", f"{server.url}/update", form)
    client.setQuery(query)
    client.setMethod(way[0])
    client.setRequestMethod(way[1])
    return client


def rows_of(answer: Any, form: str) -> list[tuple[str, str]]:
    """The rows (?c, ?n) of a converted answer to SELECT."""
    if form == Wrapper.JSON:
        return [(b["c"]["value"], b["n"]["value"]) for b in answer["results"]["bindings"]]
    if form == Wrapper.XML:
        uris, literals = map(answer.getElementsByTagName, ("uri", "literal"))
        return [(u.firstChild.data, n.firstChild.data) for u, n in zip(uris, literals, strict=True)]
    lines = [
        line.split("," if form == Wrapper.CSV else "\t") for line in answer.decode().splitlines()
    ]
    assert lines[0] == (["c", "n"] if form == Wrapper.CSV else ["?c", "?n"])
    return [(c.strip("<>"), n.removesuffix("@zh").strip('"')) for c, n in lines[1:]]


def graph_of(answer: Any) -> Graph:
    """The graph of a converted answer: SPARQLWrapper leaves Turtle as it is."""
    return answer if isinstance(answer, Graph) else Graph().parse(answer, format="turtle")


@pytest.mark.parametrize("only_accept", [False, True], ids=["parameters", "accept"])
@pytest.mark.parametrize("form", [Wrapper.JSON, Wrapper.XML, Wrapper.CSV, Wrapper.TSV])
@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_wrapper_selects(
    server: Server, way: tuple[str, str], form: str, only_accept: bool
) -> None:
    client = wrapper(server, SELECT, form, way)
    client.setOnlyConneg(only_accept)
    result = client.query()
    assert result._get_responseFormat() == form
    assert rows_of(result.convert(), form) == [(str(SHENZHEN), NAME)]


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_wrapper_asks(server: Server, way: tuple[str, str]) -> None:
    question = SELECT.replace("SELECT ?c ?n", "ASK")
    assert wrapper(server, question, way=way).queryAndConvert() == {"head": {}, "boolean": True}
    tree = wrapper(server, question, Wrapper.XML, way).queryAndConvert()
    assert tree.getElementsByTagName("boolean")[0].firstChild.data == "true"


@pytest.mark.parametrize("only_accept", [False, True], ids=["parameters", "accept"])
@pytest.mark.parametrize(
    ("form", "received"),
    [
        (Wrapper.XML, Wrapper.RDFXML),  # SPARQLWrapper's default
        (Wrapper.RDFXML, Wrapper.RDFXML),
        (Wrapper.TURTLE, Wrapper.TURTLE),
        (Wrapper.N3, Wrapper.TURTLE),
        (Wrapper.JSONLD, Wrapper.JSONLD),
    ],
)
@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_wrapper_constructs(
    server: Server, way: tuple[str, str], form: str, received: str, only_accept: bool
) -> None:
    client = wrapper(server, CONSTRUCT, form, way)
    client.setOnlyConneg(only_accept)
    result = client.query()
    assert result._get_responseFormat() == received
    expected = (SHENZHEN, RDFS.label, Literal(NAME, "zh"))
    assert list(graph_of(result.convert())) == [expected]


@pytest.mark.parametrize(
    ("form", "received"), [(Wrapper.JSON, Wrapper.JSONLD), (Wrapper.RDF, Wrapper.RDFXML)]
)
def test_wrapper_constructs_in_a_format_named_loosely(
    server: Server, form: str, received: str
) -> None:
    with pytest.warns(RuntimeWarning, match="unexpected returned format"):
        result = wrapper(server, CONSTRUCT, form).query()
    assert result._get_responseFormat() == received
    assert len(graph_of(result.convert())) == 1


@pytest.mark.parametrize("form", [Wrapper.XML, Wrapper.TURTLE, Wrapper.JSONLD])
def test_wrapper_describes(server: Server, form: str) -> None:
    graph = graph_of(wrapper(server, f"DESCRIBE <{SHENZHEN}>", form).queryAndConvert())
    assert (SHENZHEN, RDFS.label, Literal(NAME, "zh")) in graph


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_wrapper_names_the_graphs(server: Server, way: tuple[str, str]) -> None:
    def values(query: str, **graphs: str) -> set[str]:
        client = wrapper(server, query, way=way)
        for name, iri in graphs.items():
            assert client.addParameter(f"{name}-graph-uri", iri)
        rows = client.queryAndConvert()["results"]["bindings"]
        return {term["value"] for row in rows for term in row.values()}

    assert values(COUNT, default=ONTOLOGY) == {"0"}
    assert values(COUNT, default=DATA) != {"0"}
    assert values(ALL_GRAPHS, named=ONTOLOGY) == {ONTOLOGY}
    assert values(ALL_GRAPHS, default=DATA) == set()


def test_wrapper_2_gives_bindings(server: Server) -> None:
    client = Wrapper.SPARQLWrapper2(f"{server.url}/sparql")
    client.setQuery(SELECT)
    (row,) = client.query().bindings
    assert (row["n"].value, row["n"].lang, row["c"].type) == (NAME, "zh", "uri")


@pytest.mark.parametrize("form", [Wrapper.XML, Wrapper.JSON, Wrapper.TURTLE])
@pytest.mark.parametrize("method", [Wrapper.URLENCODED, Wrapper.POSTDIRECTLY])
def test_wrapper_updates_with_the_token_only(store: Server, method: str, form: str) -> None:
    text = f'INSERT DATA {{ GRAPH <{EX.g}> {{ <{EX.a}> <{EX.p}> "{NAME}"@zh }} }}'
    client = wrapper(store, text, form, (Wrapper.POST, method))
    for token in (None, "wrong"):
        if token:
            client.addCustomHttpHeader("Authorization", f"Bearer {token}")
        with pytest.raises(Unauthorized, match="unauthorised"):
            client.query()
    client.addCustomHttpHeader("Authorization", f"Bearer {TOKEN}")
    assert client.query().response.status == 204
    assert store.query("SELECT ?n { ?s ?p ?n }") == [{"n": NAME}]
    client.setQuery(f"INSERT {{ ?s <{EX.q}> ?o }} WHERE {{ ?s <{EX.p}> ?o }}")
    client.addParameter("using-graph-uri", str(EX.g))
    assert client.query().response.status == 204
    assert store.query(f"SELECT ?n {{ ?s <{EX.q}> ?n }}") == [{"n": NAME}]


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_wrapper_tells_of_a_malformed_query(server: Server, way: tuple[str, str]) -> None:
    with pytest.raises(QueryBadFormed, match="query-syntax"):
        wrapper(server, f"SELECT ?x {{ ?x <{RDFS.label}> '{NAME}", way=way).query()


def test_wrapper_s_time_runs_out_and_so_does_the_service_s(server: Server) -> None:
    client = wrapper(server, RUNAWAY)
    client.setTimeout(1)
    with pytest.raises(TimeoutError):
        client.query()
    client.setTimeout(30)
    for seconds in ("0.5", "2"):
        client.clearParameter("timeout")
        client.addParameter("timeout", seconds)
        with pytest.raises(urllib.error.HTTPError) as failed:
            client.query()
        with failed.value as reply:
            assert (reply.code, json.load(reply)["code"]) == (504, "deadline-exceeded")
    assert wrapper(server, "ASK {}").queryAndConvert()["boolean"] is True


NAMES = f"SELECT ?c ?n {{ ?c a <{CONSORTIUM}> ; <{RDFS.label}> ?n FILTER(LANG(?n) = 'zh') }}"


def address(server: Server, **parameters: str) -> str:
    return f"{server.url}/sparql?{urlencode({'query': NAMES, **parameters})}"


@pytest.mark.parametrize("bom", [{}, {"bom": "1"}], ids=["plain", "bom"])
def test_pandas_reads_csv(server: Server, bom: dict[str, str]) -> None:
    for encoding in (None, "utf-8", "utf-8-sig"):
        if bom or encoding != "utf-8-sig":
            table = pd.read_csv(address(server, format="csv", **bom), encoding=encoding)
            assert list(table.columns) == ["c", "n"]
            assert table.set_index("c")["n"][str(SHENZHEN)] == NAME
            assert len(table) == 66


def test_pandas_reads_by_accept(server: Server) -> None:
    table = pd.read_csv(address(server), storage_options={"Accept": "text/csv"})
    assert NAME in set(table["n"])


def test_pandas_reads_tsv(server: Server) -> None:
    table = pd.read_csv(address(server, format="tsv"), sep="\t", quoting=3)
    assert list(table.columns) == ["?c", "?n"]
    assert table.set_index("?c")["?n"][f"<{SHENZHEN}>"] == f'"{NAME}"@zh'


def test_pandas_reads_json(server: Server) -> None:
    answer = pd.read_json(address(server, format="json"), typ="series")
    table = pd.json_normalize(answer["results"]["bindings"])
    assert NAME in set(table["n.value"])


def test_pandas_reads_excel(server: Server) -> None:
    table = pd.read_excel(address(server, format="xlsx"))
    assert list(table.columns) == ["c", "n"]
    assert table.set_index("c")["n"][str(SHENZHEN)] == NAME
    assert len(table) == 66
    body = server.get("/sparql", query=NAMES, format="xlsx").body
    assert len(pd.read_excel(io.BytesIO(body), sheet_name=None)) == 2
