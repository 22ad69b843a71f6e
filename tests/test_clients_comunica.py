"""Comunica, a query engine in JavaScript, with the service as a source of its own.

It is not a part of this repository: .ci/run installs it, and MIECO_COMUNICA says where.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import TOKEN, Server, needs

HERE = Path(__file__).parent
COMUNICA = Path(os.environ.get("MIECO_COMUNICA") or HERE.parent / ".comunica").absolute()
NAME = "深圳市域产教联合体"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
SHENZHEN = "https://w3id.org/mieco/id/consortium/shenzhen"
CONSORTIUM = "https://w3id.org/mieco/ontology#Consortium"

pytestmark = [
    needs("node", "Comunica"),
    pytest.mark.skipif(
        not (COMUNICA / "node_modules" / "@comunica" / "query-sparql").is_dir(),
        reason=f"Comunica is not installed in {COMUNICA}; .ci/run shows how to, with npm",
    ),
]


ENVIRONMENT = {**os.environ, "MIECO_COMUNICA": str(COMUNICA)}
Comunica = Callable[..., Any]


@pytest.fixture(scope="module")
def comunica() -> Iterator[Comunica]:
    """Does an operation; fails with what Comunica said."""
    with subprocess.Popen(
        ["node", str(HERE / "comunica" / "run.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=ENVIRONMENT,
    ) as process:
        asking, answering = process.stdin, process.stdout
        assert asking is not None
        assert answering is not None

        def do(kind: str, query: str, *sources: Any, **more: Any) -> Any:
            job = {"do": kind, "query": query, "sources": sources, **more}
            asking.write(json.dumps(job) + "\n")
            asking.flush()
            told = json.loads(answering.readline())
            assert "done" in told, told["failed"]
            return told["done"]

        yield do
        process.kill()


def sparql(url: str) -> dict[str, str]:
    """A source that is said to be a SPARQL endpoint; a plain URL has to be recognised."""
    return {"type": "sparql", "value": url}


@pytest.fixture(params=["recognised", "told"])
def source(server: Server, request: pytest.FixtureRequest) -> Any:
    url = f"{server.url}/sparql"
    return sparql(url) if request.param == "told" else url


def test_it_selects(comunica: Comunica, source: Any) -> None:
    rows = comunica("select", f'SELECT ?c {{ ?c <{LABEL}> "{NAME}"@zh }}', source)
    assert rows == [{"c": SHENZHEN}]


def test_it_asks(comunica: Comunica, source: Any) -> None:
    assert comunica("ask", f'ASK {{ ?c a <{CONSORTIUM}> ; <{LABEL}> "{NAME}"@zh }}', source) is True
    assert (
        comunica("ask", f'ASK {{ ?c a <{CONSORTIUM}> ; <{LABEL}> "{NAME}"@en }}', source) is False
    )


def test_it_constructs_and_describes(comunica: Comunica, source: Any) -> None:
    query = f"CONSTRUCT {{ ?c <{LABEL}> ?n }} {{ ?c a <{CONSORTIUM}> ; <{LABEL}> ?n }}"
    triples = comunica("construct", query, source)
    assert [SHENZHEN, LABEL, NAME] in triples
    assert len({subject for subject, _, _ in triples}) == 66
    described = comunica("construct", f"DESCRIBE <{SHENZHEN}>", source)
    assert [SHENZHEN, LABEL, NAME] in described


def test_it_joins_with_another_service(comunica: Comunica, source: Any, writable: Server) -> None:
    """Many small queries, several at once."""
    note = "http://example.org/note"
    body = f'<{SHENZHEN}> <{note}> "记" . <http://example.org/x> <{note}> "其他" .'
    headers = {"Content-Type": "text/turtle", "Authorization": f"Bearer {TOKEN}"}
    path = "/graphs?graph=http://example.org/notes"
    assert writable.send("PUT", path, headers, body.encode()).status in {201, 204}
    query = f"SELECT ?n ?o {{ ?c a <{CONSORTIUM}> ; <{LABEL}> ?n ; <{note}> ?o }}"
    rows = comunica("select", query, source, sparql(f"{writable.url}/sparql"))
    assert {"n": NAME, "o": "记"} in rows
    assert {row["o"] for row in rows} == {"记"}


def test_it_recognises_the_service_by_its_description(comunica: Comunica, server: Server) -> None:
    """Not only by an address that ends in ``/sparql``."""
    query = f"SELECT ?c {{ ?c a <{CONSORTIUM}> }}"
    assert len(comunica("select", query, f"{server.url}/sparql?lang=en")) == 66


def test_its_command_gives_words_and_functions_to_the_service(server: Server) -> None:
    query = f"""
        PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
        PREFIX geo: <http://www.opengis.net/ont/geosparql#>
        SELECT ?n ?d {{ <{SHENZHEN}> <{LABEL}> ?n FILTER(LANG(?n) = "zh")
          BIND(geof:coordinateDimension("POINT(1 2)"^^geo:wktLiteral) AS ?d) }}"""
    command = str(COMUNICA / "node_modules/@comunica/query-sparql/bin/query.js")
    done = subprocess.run(
        ["node", command, f"sparql@{server.url}/sparql", query],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        env=ENVIRONMENT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    assert json.loads(done.stdout) == [{"n": f'"{NAME}"@zh', "d": f'"2"^^{integer}'}]


@pytest.mark.parametrize("told", [False, True], ids=["recognised", "told"])
def test_it_updates_with_the_token(comunica: Comunica, writable: Server, told: bool) -> None:
    address = f"{writable.url}/update"
    target = sparql(address) if told else address
    subject = f"http://example.org/{told}"
    insert = f'INSERT DATA {{ <{subject}> <{LABEL}> "{NAME}"@zh }}'
    assert comunica("update", insert, target, token=TOKEN) == "done"
    assert writable.query(f"SELECT ?n {{ <{subject}> <{LABEL}> ?n }}") == [{"n": NAME}]
    # What to change is asked for at one address, and changed at another.
    change = f"DELETE {{ ?s <{LABEL}> ?n }} INSERT {{ ?s <x:y> ?n }} WHERE {{ ?s <{LABEL}> ?n }}"
    read = sparql(f"{writable.url}/sparql")
    assert comunica("update", change, read, destination=target, token=TOKEN) == "done"
    assert writable.query(f"SELECT ?n {{ <{subject}> ?p ?n }}") == [{"n": NAME}]
    assert writable.query(f"SELECT ?n {{ <{subject}> <x:y> ?n }}") == [{"n": NAME}]


def test_it_is_refused_without_the_token(comunica: Comunica, writable: Server) -> None:
    with pytest.raises(AssertionError, match="401"):
        comunica("update", "CLEAR ALL", sparql(f"{writable.url}/update"))


def test_it_tells_of_a_query_that_fails(comunica: Comunica, server: Server) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with pytest.raises(AssertionError, match="504"):
        comunica("select", query, sparql(f"{server.url}/sparql"))
