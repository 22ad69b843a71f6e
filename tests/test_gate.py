"""What goes past Flask is answered as Flask answers it, to the last header and byte."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder, run_wsgi_app

from conftest import FORM, QUERY, running
from mieco.engine.current import CurrentEngine
from mieco.engine.embedded import EmbeddedEngine
from mieco.releases import Releases
from mieco.settings import Settings
from mieco.web import create_app, gate
from mieco.web.environ import NATURE, Nature

SELECT = "SELECT ?s { ?s a ?c } ORDER BY ?s LIMIT 3"
LONG = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o"
LABEL = 'PREFIX r: <http://www.w3.org/2000/01/rdf-schema#> SELECT ?l { ?s r:label ?l FILTER(LANG(?l)="zh") } ORDER BY ?l LIMIT 40'  # noqa: E501
CONSTRUCT = "CONSTRUCT { ?s a ?c } { SELECT * { ?s a ?c } ORDER BY ?s ?c LIMIT 3 }"
DESCRIBE = "DESCRIBE <https://w3id.org/mieco/id/consortium/shenzhen>"
ASK = "ASK { ?s ?p ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c < ?f && ?f < ?i) }"
UNKNOWN = "PREFIX mieco: <https://w3id.org/mieco/ontology#> ASK { ?s mieco:parti ?o }"
GRAPH = "https://w3id.org/mieco/graph/inferred"
XML = "application/sparql-results+xml"


@dataclass(frozen=True)
class Asked:
    """A request, and whether it is plain: then its second time goes past Flask."""

    parameters: Mapping[str, str | list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes | None = None
    plain: bool = True
    path: str = "/sparql"
    # A page, a workbook or a cookie says when it was made, an explanation how long that took.
    fleeting: bool = False


def q(text: str, headers: Mapping[str, str] | None = None, **more: Any) -> Asked:
    """A query by GET."""
    others = more.pop("parameters", {})
    return Asked({"query": text, **others}, headers or {}, **more)


def with_(text: str = ASK, plain: bool = True, **parameters: str | list[str]) -> Asked:
    named = {name.replace("_", "-"): value for name, value in parameters.items()}
    return q(text, parameters=named, plain=plain)


def posted(body: str | bytes, media_type: str, **more: Any) -> Asked:
    data = body.encode() if isinstance(body, str) else body
    headers = {"Content-Type": media_type, **more.pop("headers", {})}
    return Asked(method="POST", body=data, headers=headers, **more)


def accepting(accept: str, text: str = SELECT, plain: bool = True) -> Asked:
    return q(text, {"Accept": accept}, plain=plain)


REQUESTS = {
    "select": q(SELECT),
    "ask": q(ASK),
    "construct": q(CONSTRUCT),
    "describe": q(DESCRIBE),
    "no rows": q("SELECT ?s { ?s <urn:none> ?o }"),
    "empty text": q("", plain=False),
    "json": accepting("application/json"),
    "xml": accepting(XML),
    "csv": accepting("text/csv"),
    "tsv": accepting("text/tab-separated-values"),
    "turtle": accepting("text/turtle", CONSTRUCT),
    "n-triples": accepting("application/n-triples", CONSTRUCT),
    "rdf/xml": accepting("application/rdf+xml", DESCRIBE),
    "json-ld": accepting("application/ld+json", DESCRIBE),
    "weights": accepting(f"application/json;q=0.1, {XML};q=0.9, */*;q=0.01"),
    "zero": accepting("application/sparql-results+json;q=0, text/csv"),
    "either kind": accepting(f"text/turtle, {XML}"),
    "any": accepting("*/*"),
    "other kind": accepting("text/turtle", plain=False),
    "none": accepting("image/png", plain=False),
    "html": accepting("text/html", plain=False),
    "html and others": accepting("text/csv, text/html;q=0.5"),
    "nonsense in Accept": accepting(";;,=q", ASK),
    "format": with_(SELECT, format="csv"),
    "format by type": with_(SELECT, format=XML),
    "xlsx": q(SELECT, parameters={"format": "xlsx"}, plain=False, fleeting=True),
    "format of graphs": with_(SELECT, plain=False, format="ttl"),
    "no format": with_(SELECT, plain=False, format="odd"),
    "page": with_(SELECT, plain=False, format="html"),
    "bom": with_(SELECT, plain=False, format="csv", bom="1"),
    "explain": Asked({"query": ASK, "explain": "1"}, plain=False, fleeting=True),
    "unknown parameter": with_(plain=False, colour="red"),
    "language": q(ASK, parameters={"lang": "en"}, plain=False, fleeting=True),
    "release": with_(plain=False, release="1"),
    "no release": with_(plain=False, release="77"),
    "default graph": with_(SELECT, default_graph_uri=GRAPH),
    "default graphs": with_(SELECT, default_graph_uri=[GRAPH, "urn:other"], named_graph_uri=GRAPH),
    "relative graph": with_(plain=False, default_graph_uri="inferred"),
    "entailment": with_(SELECT, entailment="asserted"),
    "no entailment": with_(plain=False, entailment="some"),
    "entailment and graph": with_(plain=False, entailment="both", default_graph_uri=GRAPH),
    "not rewritten": with_("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", rewrite="0"),
    "timeout": with_(timeout="1.5"),
    "no timeout": with_(plain=False, timeout="soon"),
    "deadline": with_(ENDLESS, plain=False, timeout="0.05"),
    "twice": with_(plain=False, query=[ASK, ASK]),
    "no query": Asked(plain=False),
    "syntax": q("SELECT ?s WHERE", plain=False),
    "syntax, in English": q("SELECT ?s { ?s ?p }", {"Accept-Language": "en"}, plain=False),
    "syntax, as a page": accepting("text/csv, text/html;q=0.1", "SELEC", plain=False),
    "full-width": q("SELECT ？s { ?s ?p ?o }", plain=False),
    "nested": q(f"SELECT * {'{' * 300}{'}' * 300}", plain=False),
    "too long": q(f"{ASK} # {'a' * 70_000}", plain=False),
    "update": q("DROP ALL", plain=False),
    "service": q("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }", plain=False),
    "silent service": q("SELECT * { SERVICE SILENT <http://example.org/> { ?s ?p ?o } }"),
    "now": q("SELECT (1 AS ?n) { FILTER(NOW() > 0 || true) }"),
    "unknown term": q(UNKNOWN, plain=False),
    "base": q("SELECT (<x> AS ?x) {}"),
    "chinese": q('SELECT ("产教融合" AS ?x) {}'),
    "chinese language": q(SELECT, {"Accept-Language": "zh-CN,zh;q=0.9"}),
    "english language": q(SELECT, {"Accept-Language": "en-GB"}),
    "cookie": q(SELECT, {"Cookie": "mieco-language=en"}, plain=False),
    "small, gzip": q(ASK, {"Accept-Encoding": "gzip"}),
    "gzip": q(LABEL, {"Accept-Encoding": "gzip, deflate, br"}),
    "gzip as a download": q(LABEL, {"Accept-Encoding": "gzip", "Accept": "text/csv"}),
    "no gzip": q(LABEL, {"Accept-Encoding": "gzip;q=0"}),
    "identity rather": q(LABEL, {"Accept-Encoding": "gzip;q=0.5, identity"}),
    "long": q(LONG, plain=False),
    "long, gzip": q(LONG, {"Accept-Encoding": "gzip"}, plain=False),
    "origin": q(SELECT, {"Origin": "https://example.org"}),
    "other host": q("SELECT (<x> AS ?x) {}", {"Host": "data.example.org:8443"}),
    "odd host": q(ASK, {"Host": "a b/c"}, plain=False),
    "no cache": q(SELECT, {"Cache-Control": "no-cache", "Pragma": "no-cache"}),
    "user agent": q(SELECT, {"User-Agent": "curl/8", "X-Forwarded-Host": "elsewhere"}),
    "held": q(SELECT, {"If-None-Match": "*"}, plain=False),
    "range": q(SELECT, {"Range": "bytes=0-3"}, plain=False),
    "bearer": q(SELECT, {"Authorization": "Bearer none"}, plain=False),
    "coded body": posted(ASK, QUERY, headers={"Content-Encoding": "gzip"}, plain=False),
    "part of a body": posted(ASK, QUERY, headers={"Content-Range": "bytes 0-2/3"}, plain=False),
    "form": posted(urlencode({"query": SELECT}), FORM),
    "form in utf-8": posted(urlencode({"query": SELECT}), f"{FORM}; charset=utf-8"),
    "form in another": posted(urlencode({"query": ASK}), f"{FORM}; charset=gbk", plain=False),
    "form and address": posted("", FORM, parameters={"query": SELECT}),
    "form, fleeting": posted(urlencode({"query": "ASK { FILTER(NOW() > 0) }"}), FORM),
    "form, formats": posted(urlencode({"query": SELECT, "format": "tsv"}), FORM),
    "form, twice": posted(urlencode({"query": ASK}), FORM, parameters={"query": ASK}, plain=False),
    "form, no text": posted("query=%FF", FORM, plain=False),
    "form, too long": posted("query=" + "a" * 400_000, FORM, plain=False),
    "direct": posted(SELECT, QUERY),
    "direct with a mark": posted(b"\xef\xbb\xbf" + SELECT.encode(), QUERY),
    "direct, no text": posted(b"ASK {} # \xff", QUERY, plain=False),
    "direct with graphs": posted(SELECT, QUERY, parameters={"default-graph-uri": GRAPH}),
    "direct, syntax": posted("ASK", QUERY, plain=False),
    "json body": posted("{}", "application/json", plain=False),
    # A body is read as its media type says, whatever the address says beside it.
    "form in capitals": posted(
        "entailment=inferred", f"{FORM}; charset=UTF-8", parameters={"query": SELECT}, plain=False
    ),
    "form without a space": posted(
        "format=csv", f"{FORM};charset=utf-8", parameters={"query": SELECT}, plain=False
    ),
    "direct in capitals": posted(SELECT, QUERY.upper(), plain=False),
    "json body and address": posted(
        "{}", "application/json", parameters={"query": SELECT}, plain=False
    ),
    "no media type": Asked({"query": SELECT}, method="POST", body=b"x", plain=False),
    "head": q(SELECT, method="HEAD", plain=False),
    "options": q(SELECT, {"Access-Control-Request-Method": "GET"}, method="OPTIONS", plain=False),
    "put": Asked(method="PUT", body=b"", plain=False),
    "not utf-8": Asked({"query": ASK, "format": "\udcff"}, plain=False),
    "in a language": q(SELECT, path="/en/sparql", plain=False, fleeting=True),
    "with a slash": q(SELECT, path="/sparql/", plain=False),
}


@dataclass
class Doors:
    """The application with its gate and without, and how often Flask was called behind it."""

    gated: Callable[..., Any]
    flask: Callable[..., Any]
    calls: list[int]
    # What is plain here beside the plain ones.
    plain_too: Collection[str]

    def through(self, asked: Asked) -> tuple[Any, bool]:
        """What the gate gives, and whether Flask was called for it."""
        before = len(self.calls)
        return _answer(self.gated, asked), len(self.calls) > before


def _answer(application: Callable[..., Any], asked: Asked) -> Any:
    builder = EnvironBuilder(
        asked.path,
        method=asked.method,
        query_string=urlencode(asked.parameters, doseq=True, errors="surrogateescape"),
        headers=dict(asked.headers),
        data=asked.body,
    )
    environ, nature = builder.get_environ(), Nature()
    if "Host" in asked.headers:
        environ["HTTP_HOST"] = asked.headers["Host"]
    environ[NATURE] = nature
    pieces, status, headers = run_wsgi_app(application, environ, buffered=True)
    body = b"".join(pieces)
    if "Content-Length" not in headers and headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)  # its pieces are compressed as they come
    # What is no whole answer is never kept.
    kept = nature.lasting and status == "200 OK"
    if asked.fleeting or headers.get("Content-Type", "").startswith("text/html"):
        return status, [name.lower() for name, _ in headers], kept
    # The gate has names in lower case, as the server sends them.  A second may pass meanwhile.
    told = [(name.lower(), value) for name, value in headers if name.lower() != "date"]
    return status, told, body, kept


@pytest.fixture(scope="module", params=["", "https://example.org/data"])
def doors(few_directory: Path, request: pytest.FixtureRequest) -> Iterator[Doors]:
    """At its own address and at another: a Host that is none counts at its own alone."""
    options = Settings(data=few_directory, workers=2, max_query=64, base=request.param)
    engine = CurrentEngine(
        Releases(few_directory), lambda release: EmbeddedEngine(release.folder, options)
    )
    calls: list[int] = []
    plain_flask = Flask.wsgi_app

    def counted(self: Flask, environ: Any, start_response: Any) -> Any:
        calls.append(1)
        return plain_flask(self, environ, start_response)

    with patch.object(Flask, "wsgi_app", counted):
        gated = create_app(options, engine)
        with patch.object(gate, "init_app"):
            flask = create_app(options, engine)
        placed = ["odd host"] if request.param else []
        yield Doors(gated.wsgi_app, flask.wsgi_app, calls, placed)
    engine.close()


@pytest.mark.parametrize("name", REQUESTS)
def test_both_doors_give_the_same(doors: Doors, name: str) -> None:
    asked = REQUESTS[name]
    expected = _answer(doors.flask, asked)
    (first, _), (again, by_flask) = doors.through(asked), doors.through(asked)
    assert first == again == expected
    assert by_flask is not (asked.plain or name in doors.plain_too)
    # And another text, whose answer is dressed as the first was.
    if asked.plain and asked.method == "GET":
        other = Asked({**asked.parameters, "query": f"# other\n{asked.parameters['query']}"})
        other = Asked(other.parameters, asked.headers)
        assert doors.through(other)[0] == _answer(doors.flask, other)


ACCEPTED = st.sampled_from(
    (
        "*/* * text/* application/* application/json text/csv text/turtle text/plain text/html"
        f" application/rdf+xml a/b {XML}"
    ).split()
)
WEIGHTS = st.sampled_from(["", ";q=0", ";q=0.5", ";q=1", ";charset=utf-8", ";q=x"])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    accept=st.lists(st.tuples(ACCEPTED, WEIGHTS).map("".join), max_size=3).map(", ".join),
    coding=st.sampled_from([None, "gzip", "gzip;q=0", "*", "identity;q=0, gzip"]),
    spoken=st.sampled_from([None, "en", "zh", "fr, en;q=0.1", "*"]),
    text=st.sampled_from([ASK, LABEL, DESCRIBE, "SELEC"]),
)
def test_whatever_is_accepted(
    doors: Doors, accept: str, coding: str | None, spoken: str | None, text: str
) -> None:
    named = {"Accept": accept, "Accept-Encoding": coding, "Accept-Language": spoken}
    asked = q(text, {name: value for name, value in named.items() if value})
    expected = _answer(doors.flask, asked)
    assert doors.through(asked)[0] == doors.through(asked)[0] == expected


def test_many_small_queries_wait_for_each_other(few_directory: Path) -> None:
    """More than there are workers, and than may queue: none is refused, and none is slow."""
    with running("--data", str(few_directory), MIECO_WORKERS="2", MIECO_QUEUE="1") as one:

        def ask(turn: int) -> tuple[int, bool]:
            reply = one.get("/sparql", query=f"SELECT ({turn} AS ?x) {{}}")
            return reply.status, f'"{turn}"' in reply.text

        with ThreadPoolExecutor(24) as asking:
            assert set(asking.map(ask, range(120))) == {(200, True)}
        # What is not done in a moment goes on in a thread, and its asker may hang up or wait.
        for _ in range(2):
            started = time.monotonic()
            late = one.get("/sparql", query=ENDLESS, timeout="0.3")
            assert (late.status, late.json()["code"]) == (504, "deadline-exceeded")
        # One that is known to take long does not wait for its turn among the small ones.
        assert time.monotonic() - started < 1.25
        assert ask(-1) == (200, True)
