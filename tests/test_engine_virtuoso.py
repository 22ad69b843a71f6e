"""Virtuoso 7.2 as the engine of others: what is put to it, what is not, and that answers are right.

Where it differs from the standards, a query of QUIRKS shows it: sent there as it is, it is answered
in another way than by our own engine.  Should one of them be answered rightly some day, the doubt
may go (mieco/engine/doubts).
"""

from __future__ import annotations

import json
import os
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import engines
from conftest import Run, Server, needs, running
from mieco.engine.base import Engine, Query
from mieco.engine.doubts import TEXTS, doubts_of_virtuoso
from mieco.errors import DeadlineExceeded
from mieco.opened import opened_engine
from mieco.settings import read_settings

pytestmark = needs("virtuoso-t", "being right with Virtuoso")

PREFIXES = """
    PREFIX mieco: <https://w3id.org/mieco/ontology#>
    PREFIX role: <https://w3id.org/mieco/concept/role/>
    PREFIX c: <https://w3id.org/mieco/id/consortium/>
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    PREFIX dcterms: <http://purl.org/dc/terms/>
    PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
# What is in doubt there, and a query that shows why.
QUIRKS = [
    ("order", 'SELECT * { ?x dcterms:date ?d FILTER (?d >= "2024-01-01"^^xsd:date) }'),
    ("order", "SELECT * { ?x dcterms:date ?d FILTER (!(?d > 5)) }"),
    ("path", "SELECT ?x { ?x rdfs:subClassOf* mieco:Actor }"),
    ("path", "SELECT ?x ?y { ?x rdfs:subClassOf+ ?y . ?x a ?z }"),
    ("path", "SELECT ?x ?y { ?x mieco:ledBy|mieco:basedOnPark ?y }"),
    ("minus", "SELECT ?x { ?x a mieco:Consortium MINUS { ?a mieco:ledBy ?b } }"),
    ("value", "SELECT ?x ?p { ?x ?p true }"),
    ("value", "SELECT ?x { ?x mieco:value 25000 }"),
    ("value", "SELECT (1 = 1 AS ?yes) { ?x a mieco:Charter }"),
    ("values", "ASK { VALUES ?x { 1 } FILTER (?x = 2) }"),
    ("unbound", "SELECT * { ?x a mieco:Charter OPTIONAL { ?x mieco:no ?k } ?k a mieco:Charter }"),
    (
        "unbound",
        (
            "SELECT * { ?x a mieco:Consortium OPTIONAL { ?x mieco:ledBy ?o }"
            " FILTER NOT EXISTS { ?m mieco:ofConsortium ?x ; mieco:party ?o } }"
        ),
    ),
    (
        "keys",
        (
            "SELECT DISTINCT ?d ?u { ?x a mieco:Consortium OPTIONAL { ?x mieco:foundingDate ?d }"
            " OPTIONAL { { ?x mieco:ledBy ?u } UNION { ?x mieco:basedOnPark ?u } }"
            " FILTER (isIRI(?x)) } ORDER BY DESC(?d) ?u"
        ),
    ),
    (
        "constant",
        (
            "SELECT ?b ?k { ?x a mieco:Consortium OPTIONAL { ?x mieco:ledBy ?a }"
            " OPTIONAL { ?x mieco:basedOnPark ?b BIND (role:lead AS ?k) } } ORDER BY STR(?b) ?k"
        ),
    ),
    (
        "bind",
        (
            "SELECT * { ?x a mieco:Consortium MINUS { ?x mieco:foundingDate ?f }"
            " BIND (role:lead AS ?k)"
            " OPTIONAL { { ?x mieco:ledBy ?u } UNION { ?x mieco:basedOnPark ?u } }"
            ' FILTER (CONTAINS(STR(?x), "a")) } ORDER BY STR(?k) DESC(?u)'
        ),
    ),
    (
        "copy",
        (
            "SELECT ?k ?x (COUNT(*) AS ?n) { ?x a mieco:Consortium . BIND (?x AS ?k)"
            " VALUES ?x { c:kashgar c:zhuzhou c:shenzhen } } GROUP BY ?k ?x"
        ),
    ),
    ("arithmetic", "SELECT ?x (?v / 3 AS ?third) { ?x mieco:value ?v }"),
    ("function", "SELECT ?x { ?x rdfs:label ?l BIND (xsd:integer(?l) AS ?n) FILTER (!BOUND(?n)) }"),
    ("function", 'SELECT ?o { c:kashgar ?p ?o FILTER (CONTAINS(?o, "a")) }'),
    ("aggregate", "SELECT (SUM(?y) AS ?sum) { ?x mieco:no ?y }"),
    ("scope", "SELECT ?y { ?x a mieco:Charter . { ?z mieco:ledBy ?y FILTER (?x != ?y) } }"),
    (
        "sorting",
        (
            "SELECT ?b (COUNT(*) AS ?n) { ?x a mieco:Consortium"
            " OPTIONAL { ?x mieco:basedOnPark ?b } FILTER (!BOUND(?b) || ?b != c:kashgar) }"
            " GROUP BY ?b ORDER BY STR(?b)"
        ),
    ),
]
# What it answers as the standard says.
RIGHT = [
    "SELECT ?x ?l { ?x a mieco:Consortium ; rdfs:label ?l FILTER (LANG(?l) = 'en') } ORDER BY ?x",
    "SELECT ?x ?b { ?x a mieco:Consortium OPTIONAL { ?x mieco:basedOnPark ?b } } ORDER BY ?x ?b",
    (
        "SELECT ?x (COUNT(DISTINCT ?p) AS ?n) { [] mieco:ofConsortium ?x ; mieco:party ?p }"
        " GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 5"
    ),
    "SELECT ?x { ?x a mieco:Consortium FILTER NOT EXISTS { ?x mieco:foundingDate ?d } }",
    "SELECT ?x ?y { { ?x mieco:ledBy ?y } UNION { ?x mieco:basedOnPark ?y } }",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s a ?o } } GROUP BY ?g",
    "ASK { c:kashgar a mieco:Consortium }",
    "ASK { c:kashgar a mieco:Enterprise }",
    "SELECT DISTINCT ?o { ?s ?p ?o FILTER (isLITERAL(?o)) }",
]
# One that its compiler never got done with, and that nobody else was answered meanwhile.
ENDLESS = """SELECT ?as (GROUP_CONCAT(DISTINCT STR(?basis); SEPARATOR=" ") AS ?fact) {
    VALUES ?x { c:kashgar } c:kashgar a mieco:Consortium .
    { c:kashgar mieco:basedOnPark ?actor BIND (role:host-park AS ?as) BIND (role:host-park AS ?r) }
    UNION { c:kashgar mieco:ledBy ?actor
      BIND (IF(EXISTS { ?actor a mieco:LeadSchool }, mieco:LeadSchool,
        IF(EXISTS { ?actor a mieco:LeadEnterprise }, mieco:LeadEnterprise, mieco:LeadActor)) AS ?as)
      BIND (role:lead AS ?r) }
    OPTIONAL { ?m a mieco:Membership ; mieco:ofConsortium c:kashgar ; mieco:party ?actor ;
      mieco:role ?r }
    BIND (COALESCE(?m, c:kashgar) AS ?basis) } GROUP BY ?x ?as ?actor
  ORDER BY ?x DESC(?as = role:host-park) DESC(?as = mieco:LeadSchool) ?as ?actor"""


@dataclass(frozen=True)
class Virtuoso:
    """A running server."""

    address: str

    def post(self, **form: str | list[str]) -> tuple[int, bytes]:
        body = urllib.parse.urlencode(form, doseq=True).encode()
        headers = {"Accept": "application/sparql-results+json"}
        request = urllib.request.Request(self.address, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Virtuoso]:
    """A server with an empty database, which takes updates from anybody."""
    with engines.virtuoso(tmp_path_factory.mktemp("virtuoso")) as there:
        yield Virtuoso(there.address)


@pytest.fixture(scope="module")
def folder(data_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release in a data directory of its own."""
    copy = tmp_path_factory.mktemp("pushed") / "data"
    shutil.copytree(data_directory, copy)
    return copy


@pytest.fixture(scope="module")
def pushed(virtuoso: Virtuoso, folder: Path, mieco: Run) -> Virtuoso:
    """The same, with the release."""
    done = mieco("push", MIECO_DATA=str(folder), MIECO_ENGINE=virtuoso.address)
    assert done.returncode == 0, done.stderr
    return virtuoso


@pytest.fixture(scope="module")
def there(pushed: Virtuoso, folder: Path) -> Iterator[Engine]:
    """The engine that puts queries to it."""
    environment = {"MIECO_DATA": str(folder), "MIECO_ENGINE": pushed.address}
    with opened_engine(read_settings({**os.environ, **environment})) as (engine, _):
        yield engine


@pytest.fixture(scope="module")
def here(folder: Path) -> Iterator[Engine]:
    """Our own engine."""
    environment = {"MIECO_DATA": str(folder)}
    with opened_engine(read_settings({**os.environ, **environment})) as (engine, _):
        yield engine


def answered(engine: Engine, text: str, **how: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(engine.query(Query(text, **how), seconds=20).read())
    return found


def counted(results: dict[str, Any]) -> Counter[str] | bool:
    """The rows, each as often as it comes; the answer of ASK."""
    if "boolean" in results:
        return bool(results["boolean"])
    rows = results["results"]["bindings"]
    for term in (term for row in rows for term in row.values()):
        if term["type"] == "bnode":
            term["value"] = ""
    return Counter(json.dumps(row, sort_keys=True) for row in rows)


def sent_as_it_is(server: Virtuoso, engine: Engine, text: str) -> Counter[str] | bool | None:
    """What comes back for a query that is put there without looking; none for an error."""
    form = answered(engine, "SELECT * { ?x a ?y } LIMIT 1", explain=True)["dataset"]
    graphs: dict[str, list[str]] = {}
    for each in form:
        graphs.setdefault(each["parameter"], []).append(each["graph"])
    status, body = server.post(query=text, timeout="15000", **graphs)
    if status != 200:
        return None
    found = json.loads(body.replace(b'"typed-literal"', b'"literal"'))
    return counted(found)


@pytest.mark.parametrize(("doubt", "query"), QUIRKS)
def test_what_it_gets_wrong_is_known_and_answered_here(
    doubt: str, query: str, pushed: Virtuoso, there: Engine, here: Engine
) -> None:
    text = PREFIXES + query
    right = counted(answered(here, text))
    assert sent_as_it_is(pushed, there, text) != right
    assert doubt in doubts_of_virtuoso(text)
    assert counted(answered(there, text)) == right
    told = answered(there, text, explain=True)
    assert told["engine"] == "mieco"
    assert doubt in {each["name"] for each in told["doubts"]}


@pytest.mark.parametrize("query", RIGHT)
def test_what_it_gets_right_is_answered_there(query: str, there: Engine, here: Engine) -> None:
    text = PREFIXES + query
    assert counted(answered(there, text)) == counted(answered(here, text))
    assert answered(there, text, explain=True)["engine"] == "Virtuoso"


def test_a_query_that_would_never_end_does_not_get_there(there: Engine, here: Engine) -> None:
    text = PREFIXES + ENDLESS
    assert counted(answered(there, text)) == counted(answered(here, text))
    assert "exists" in doubts_of_virtuoso(text)


def test_an_error_of_its_compiler_is_answered_here(there: Engine, here: Engine) -> None:
    # It keeps no more than some kilobytes of a group's text.
    text = PREFIXES + (
        'SELECT ?t (GROUP_CONCAT(DISTINCT STR(?m); SEPARATOR=" ") AS ?all)'
        " { ?m mieco:ofConsortium ?x . ?m a ?t } GROUP BY ?t ORDER BY DESC(?t)"
    )
    assert doubts_of_virtuoso(text) == []
    assert answered(there, text)["results"]["bindings"]
    assert [each["name"] for each in answered(there, text, explain=True)["doubts"]] == ["failed"]


def test_a_triple_of_several_default_graphs_counts_once(there: Engine, here: Engine) -> None:
    graph = "https://w3id.org/mieco/graph/"
    graphs = [graph + name for name in ("ontology", "catalogue", "questions", "inferred", "shapes")]
    asked = {"default_graphs": graphs, "named_graphs": []}
    text = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    assert answered(there, text, **asked) == answered(here, text, **asked)
    told = answered(there, text, **asked, explain=True)
    assert [each["name"] for each in told["doubts"]] == ["graphs"]


def test_its_own_graphs_are_not_seen(pushed: Virtuoso, there: Engine) -> None:
    text = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    body = pushed.post(query=text)[1]
    seen = {row["g"]["value"] for row in answered(there, text)["results"]["bindings"]}
    assert b"openlinksw.com" in body
    assert all(graph.startswith("https://w3id.org/mieco/graph/") for graph in seen)


@pytest.mark.parametrize("default", [True, False])
def test_nor_are_they_where_a_request_names_graphs(default: bool, there: Engine) -> None:
    others = ["http://www.openlinksw.com/schemas/virtrdf#"]
    asked = {"default_graphs": others if default else [], "named_graphs": [] if default else others}
    for text in ("ASK { ?s ?p ?o }", "ASK { GRAPH ?g { ?s ?p ?o } }"):
        assert answered(there, text, **asked)["boolean"] is False


def test_blank_nodes_come_there_though_it_takes_none_as_data(
    pushed: Virtuoso, there: Engine, here: Engine
) -> None:
    data = "INSERT DATA { GRAPH <http://e/g> { _:b <http://e/p> 1 } }"
    assert pushed.post(update=data)[0] >= 400
    text = "SELECT (COUNT(?b) AS ?n) { ?b ?p ?o FILTER (isBLANK(?b)) }"
    one, other = (answered(each, text)["results"]["bindings"] for each in (there, here))
    assert one[0]["n"]["value"] == other[0]["n"]["value"] != "0"


def test_a_part_of_an_answer_is_not_taken_for_the_whole(there: Engine) -> None:
    text = "SELECT ?a ?b ?c { ?a ?p ?b . ?c ?q ?d FILTER (STR(?b) < STR(?d)) } ORDER BY ?c"
    assert doubts_of_virtuoso(text) == []
    with pytest.raises(DeadlineExceeded):
        there.query(Query(text), seconds=1).read()


def test_a_service_of_it_answers_and_says_who_did(pushed: Virtuoso, folder: Path) -> None:
    with running("--data", str(folder), MIECO_ENGINE=pushed.address) as service:
        _is_served(service)


def _is_served(service: Server) -> None:
    assert len(service.query("SELECT ?s { ?s ?p ?o } LIMIT 3")) == 3
    told = service.get("/sparql", query=PREFIXES + ENDLESS, explain="1").json()
    assert told["engine"] == "mieco"
    assert service.get("/sparql", query="SELECT { ?s").status == 400


def test_every_doubt_is_shown_or_named() -> None:
    shown = {name for name, _ in QUIRKS}
    others = {"exists", "failed", "form", "graphs", "other", "size", "sub-select", "syntax"}
    assert shown | others == set(TEXTS)


@pytest.mark.parametrize(
    ("doubt", "query"),
    [
        ("form", "DESCRIBE <http://e/a>"),
        ("form", "SELECT * FROM <http://e/g> { ?s ?p ?o }"),
        ("syntax", "SELECT { ?s"),
        (
            "sub-select",
            "SELECT * { ?s ?p ?o OPTIONAL { SELECT ?s (COUNT(*) AS ?n) { ?s ?q ?v } } }",
        ),
        ("size", "SELECT * { " + "{ ?s ?p ?o } " * 30 + "}"),
        ("exists", "SELECT * { ?s ?p ?o FILTER (EXISTS { ?s ?q ?o } || ?s = ?o) }"),
        ("other", "SELECT * { ?s ?p ?o SERVICE <http://e/s> { ?s ?p ?o } }"),
    ],
)
def test_what_else_is_not_put_there(doubt: str, query: str) -> None:
    assert doubt in doubts_of_virtuoso(query)
