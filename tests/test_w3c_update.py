"""The W3C suite of SPARQL 1.1 Update, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyoxigraph import NamedNode

from conftest import Server
from w3c import empty_service, fill, parameters, update
from w3c_compare import Row, given_answer, key, same_rows
from w3c_manifest import GraphStore, UpdateCase, quads_of, update_cases

MANIFESTS = ("sparql11/manifest-sparql11-update.ttl",)
EVALUATION = ("UpdateEvaluationTest",)
SYNTAX = ("PositiveUpdateSyntaxTest", "NegativeUpdateSyntaxTest", "NegativeSyntaxTest")

_QUADS = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
_GRAPHS = "SELECT * { GRAPH ?g {} }"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with empty_service(tmp_path_factory.mktemp("w3c")) as one:
        yield one


def rows(server: Server, query: str) -> tuple[Row, ...]:
    reply = server.get("/sparql", query=query)
    assert reply.status == 200, reply.text
    return given_answer(reply).rows


@pytest.mark.parametrize("case", parameters(MANIFESTS, update_cases, *EVALUATION))
def test_an_update_changes_the_dataset(server: Server, case: UpdateCase) -> None:
    fill(server, case.before.default, case.before.named)
    reply = update(server, case.text)
    assert reply.status == 204, reply.text
    assert same_rows(expected_rows(case.after), rows(server, _QUADS))
    # A graph without triples may be there or not (§3.1.5); one that is dropped must not.
    assert set(rows(server, _GRAPHS)) <= {(NamedNode(name),) for name, _ in case.after.named}


def expected_rows(store: GraphStore) -> set[Row]:
    """The quads of a graph store as the query for them has its columns: ?g ?o ?p ?s."""
    files = [(None, file) for file in store.default]
    files += [(NamedNode(name), file) for name, file in store.named]
    return {
        (graph, key(quad.object), quad.predicate, quad.subject)
        for graph, file in files
        for quad in quads_of(file)
    }


@pytest.mark.parametrize("case", parameters(MANIFESTS, update_cases, *SYNTAX))
def test_syntax(server: Server, case: UpdateCase) -> None:
    reply = update(server, case.text)
    if case.is_negative:
        assert reply.status == 400, reply.text
        assert reply.json()["code"] == "query-syntax"
    elif reply.status != 204:
        # The update was understood: it loads from other hosts, or drops what is not there.
        assert (reply.status, reply.json()["code"]) == (400, "query-refused")
