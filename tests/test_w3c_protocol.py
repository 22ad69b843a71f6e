"""The W3C suites of the SPARQL 1.1 Protocol, the Graph Store HTTP Protocol and Service
Description: each case holds the conversation that its manifest records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from conftest import Server
from w3c import empty_service, fill, parameters
from w3c_http import Conversation, ProtocolCase, Request, protocol_cases
from w3c_manifest import Case, Description, cases, named

PROTOCOL = ("sparql11/protocol/manifest.ttl",)
GRAPH_STORE = ("sparql11/graph-store-protocol/manifest.ttl",)
SERVICE_DESCRIPTION = ("sparql11/service-description/manifest.ttl",)

_GRAPHS = [("/gsp", "/graphs"), ("%2Fgsp", "%2Fgraphs")]
_SD = named("sd:").value
# The terms that a description may refer to, and the domains of those that it may state
# (SPARQL 1.1 Service Description §3).
_SD_TERMS = """
    Service Dataset Graph NamedGraph GraphCollection Language Function Aggregate Feature
    EntailmentRegime EntailmentProfile SPARQL10Query SPARQL11Query SPARQL11Update
    DereferencesURIs UnionDefaultGraph RequiresDataset EmptyGraphs BasicFederatedQuery
"""
_SD_DOMAINS = {
    "Service": """
        endpoint feature defaultEntailmentRegime defaultSupportedEntailmentProfile
        extensionFunction extensionAggregate languageExtension supportedLanguage
        propertyFeature defaultDataset availableGraphs resultFormat inputFormat
    """,
    "NamedGraph": "name graph entailmentRegime supportedEntailmentProfile",
    "Dataset": "defaultGraph namedGraph",
    "GraphCollection": "namedGraph",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with empty_service(tmp_path_factory.mktemp("w3c")) as one:
        yield one


def is_update(case: ProtocolCase, request: Request) -> bool:
    """The manifest has one path for both operations; an update case may end with a query."""
    return "update_" in case.name and request.media_type != "application/sparql-query"


@pytest.mark.parametrize("case", parameters(PROTOCOL, protocol_cases, "ProtocolTest"))
def test_protocol(server: Server, case: ProtocolCase) -> None:
    if case.graphs:
        fill(server, (), case.graphs)
    conversation = Conversation(server)
    for request in case.requests:
        endpoint = "/update" if is_update(case, request) else "/sparql"
        path = endpoint + request.path.removeprefix("/sparql/")
        conversation.hold(replace(request, path=path))


@pytest.mark.parametrize("case", parameters(GRAPH_STORE, protocol_cases, "GraphStoreProtocolTest"))
def test_graph_store(server: Server, case: ProtocolCase) -> None:
    fill(server, (), ())
    conversation = Conversation(server, _GRAPHS)
    for request in case.requests:
        conversation.hold(request)


@pytest.mark.parametrize("case", parameters(SERVICE_DESCRIPTION, cases, "ServiceDescriptionTest"))
def test_service_description(server: Server, case: Case) -> None:
    reply = server.get("/sparql", "text/turtle")
    assert reply.status == 200, reply.text
    form = RdfFormat.from_media_type(reply.headers.get_content_type())
    quads = list(parse(reply.body, format=form))
    description = Description(quads)
    if case.name == "service-description/returns-rdf":
        assert quads
    elif case.name == "service-description/has-endpoint-triple":
        assert description.subjects("sd:endpoint", NamedNode(f"{server.url}/sparql"))
    elif case.name == "service-description/conforms-to-schema":
        assert [quad for quad in quads if not conforms(quad, description)] == []
    else:
        pytest.fail(f"no check for {case.name}")


def conforms(quad: Quad, description: Description) -> bool:
    """Does a triple use the terms of the vocabulary as it defines them?

    Its properties stand between resources, at a subject of a class that is their domain.
    """
    if quad.predicate.value.startswith(_SD):
        types = {value.removeprefix(_SD) for value in description.values(quad.subject, "rdf:type")}
        stated = {name for kind in types for name in _SD_DOMAINS.get(kind, "").split()}
        if isinstance(quad.object, Literal) or quad.predicate.value.removeprefix(_SD) not in stated:
            return False
    referred = quad.object.value
    return not referred.startswith(_SD) or referred.removeprefix(_SD) in _SD_TERMS.split()
