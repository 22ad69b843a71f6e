"""The HTTP conversations in the manifests of the W3C protocol suites, and how one is held.

Requests go out exactly as recorded, without the headers that a friendlier client would add,
save three things that depend on the service: its address, its paths, and its token.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from pyoxigraph import RdfFormat, parse

from conftest import BEARER, Reply, Server
from w3c_compare import given_answer, quad_rows, same_rows
from w3c_manifest import Case, Description, Term, entries, graph_store

_STATUSES = {"OK": 200, "Created": 201, "NoContent": 204, "NotFound": 404}
_TABULAR = {
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
}
_FORMATS = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": _TABULAR,
    "RDF": {"text/turtle", "application/rdf+xml", "application/n-triples"},
}


@dataclass(frozen=True)
class Response:
    """What a manifest expects of a response; what it leaves open is empty."""

    statuses: tuple[str, ...]
    boolean: str
    form: str
    location: str
    media_type: str
    body: str


@dataclass(frozen=True)
class Request:
    """A request of a manifest, and the response that it expects."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    encoding: str
    response: Response

    @property
    def media_type(self) -> str:
        return _media_type(self.headers)


@dataclass(frozen=True)
class ProtocolCase(Case):
    """Requests that follow each other, and the named graphs that must be there before."""

    requests: tuple[Request, ...]
    graphs: tuple[tuple[str, str], ...]


def protocol_cases(manifest: str) -> Iterator[ProtocolCase]:
    for entry in entries(manifest):
        action = entry.tests.one(entry.node, "mf:action")
        requests = entry.tests.items(action, "ht:requests")
        yield ProtocolCase(
            *entry.case(),
            requests=tuple(_request(entry.tests, request) for request in requests),
            graphs=graph_store(entry.tests, entry.node).named,
        )


def _request(tests: Description, request: Term) -> Request:
    body = tests.one(request, "ht:body")
    return Request(
        method=tests.value(request, "ht:methodName"),
        path=tests.value(request, "ht:absolutePath"),
        headers=_headers(tests, request),
        body=tests.value(body, "cnt:chars"),
        encoding=tests.value(body, "cnt:characterEncoding"),
        response=_response(tests, tests.one(request, "ht:resp")),
    )


def _response(tests: Description, response: Term) -> Response:
    return Response(
        statuses=tests.values(response, "mf:expectedStatus"),
        boolean=tests.value(response, "mf:expectedBoolean"),
        form=tests.value(response, "mf:expectedFormat"),
        location=tests.value(response, "mf:expectedLocation"),
        media_type=_media_type(_headers(tests, response)),
        body=tests.value(tests.one(response, "ht:body"), "cnt:chars"),
    )


def _headers(tests: Description, message: Term) -> dict[str, str]:
    return {
        tests.value(header, "ht:fieldName"): tests.value(header, "ht:fieldValue")
        for header in tests.items(message, "ht:headers")
    }


def _media_type(headers: dict[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0]


class Conversation:
    """Requests to one service, in which a later one may name what an earlier one made."""

    def __init__(self, server: Server, replacements: Iterable[tuple[str, str]] = ()) -> None:
        self._address = urlsplit(server.url).netloc
        self._replacements = [("www.example", self._address), *replacements]

    def hold(self, request: Request) -> None:
        """Sends the request and checks the response."""
        reply = self._send(request)
        expected = request.response
        said = f"{request.method} {request.path}: {reply.status} {reply.text}"
        assert any(_allows(status, reply.status) for status in expected.statuses), said
        media_type = reply.headers.get_content_type()
        if expected.form:
            assert media_type in _FORMATS[expected.form], said
        if expected.media_type:
            assert media_type == expected.media_type, said
        if expected.boolean:
            assert given_answer(reply).boolean is (expected.boolean == "true"), said
        if expected.body:
            form = RdfFormat.from_media_type(expected.media_type)
            triples = quad_rows(parse(self._here(expected.body), format=form))
            assert same_rows(triples, given_answer(reply).rows), said
        if expected.location:
            self._replacements.append((expected.location, reply.headers["Location"]))

    def _here(self, text: str) -> str:
        for recorded, here in self._replacements:
            text = text.replace(recorded, here)
        return text

    def _send(self, request: Request) -> Reply:
        body = self._here(request.body).encode(request.encoding) if request.body else None
        connection = http.client.HTTPConnection(self._address, timeout=60)
        try:
            headers = {**request.headers, **BEARER}
            connection.request(request.method, self._here(request.path), body, headers)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()


def _allows(expected: str, status: int) -> bool:
    """Is it that status, or in that class of statuses?"""
    name = expected.rpartition("#")[2]
    if not name.startswith("StatusCode"):
        return status == _STATUSES[name]
    # A refusal for want of a token, or at a wrong path, would say nothing about the request.
    return status // 100 == int(name[len("StatusCode")]) and status not in {401, 403, 404}
