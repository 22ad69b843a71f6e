"""The W3C suites of the SPARQL query language and of its result formats, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from conftest import FORM, Reply, Server
from w3c import ABSENT, KNOWN_FAILURES, empty_service, fill, parameters
from w3c_compare import expected_answer, given_answer
from w3c_manifest import SUITES, QueryCase, query_cases

MANIFESTS = (
    "sparql11/manifest-sparql11-query.ttl",
    "sparql11/manifest-sparql11-results.ttl",
    "sparql11/syntax-fed/manifest.ttl",
    # Its "extended" manifest tells plain literals from xsd:string, which RDF 1.1 does not.
    "sparql10/manifest.ttl",
)
EVALUATION = ("QueryEvaluationTest", "CSVResultFormatTest")
SYNTAX = ("PositiveSyntaxTest", "NegativeSyntaxTest")

_SOLUTIONS = {
    "srx": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
# What follows the last group of a query are its solution modifiers.
_ORDER_BY = re.compile(r"\bORDER\s+BY\b[^{}]*$", re.IGNORECASE)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with every data file as a named graph."""
    present = [manifest for manifest in MANIFESTS if (SUITES / manifest).is_file()]
    files = {
        file
        for manifest in present
        for case in query_cases(manifest)
        if case.kind in EVALUATION
        for file in (*case.default_graphs, *case.named_graphs, *case.from_clauses)
    }
    with empty_service(tmp_path_factory.mktemp("w3c")) as server:
        fill(server, (), ((file, file) for file in sorted(files)))
        yield server


def ask(server: Server, case: QueryCase, solutions: str) -> Reply:
    """Sends a query, against the dataset of its case alone."""
    fields = [("query", case.text)]
    if not case.from_clauses:
        # No file is loaded under the query's own address: an empty default graph.
        default_graphs = case.default_graphs or (case.query,)
        fields += [("default-graph-uri", iri) for iri in default_graphs]
        fields += [("named-graph-uri", iri) for iri in case.named_graphs]
    accept = f"{solutions}, application/n-triples;q=0.5"
    return server.post("/sparql", urlencode(fields), FORM, Accept=accept)


@pytest.mark.parametrize("case", parameters(MANIFESTS, query_cases, *EVALUATION))
def test_a_query_is_answered(loaded: Server, case: QueryCase) -> None:
    form = case.result.rpartition(".")[2]
    reply = ask(loaded, case, _SOLUTIONS.get(form, "application/sparql-results+json"))
    assert reply.status == 200, reply.text
    expected = expected_answer(case.result)
    if _ORDER_BY.search(case.text):
        expected = expected.in_order()
    assert expected.agrees_with(given_answer(reply), is_lax=case.is_lax), reply.text


@pytest.mark.parametrize("case", parameters(MANIFESTS, query_cases, *SYNTAX))
def test_syntax(loaded: Server, case: QueryCase) -> None:
    reply = ask(loaded, case, "application/sparql-results+json")
    if case.is_negative:
        assert reply.status == 400, reply.text
        assert reply.json()["code"] == "query-syntax"
    elif reply.status != 200:
        # The query was understood, but SERVICE must not reach other hosts.
        assert (reply.status, reply.json()["code"]) == (400, "query-refused")


@pytest.mark.skipif(not SUITES.is_dir(), reason=ABSENT)
def test_every_known_failure_is_a_case() -> None:
    cases = {case.iri for manifest in MANIFESTS for case in query_cases(manifest)}
    assert set(KNOWN_FAILURES) <= cases
