"""Every IRI opens, in every format, and every document says what the store says.

Real clients are rdflib, which fetches by address and Accept, and curl.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
    serialize,
)
from rdflib import Graph
from rdflib.compare import isomorphic

from conftest import Server, needs
from mieco.releases import Releases

BASE = "https://w3id.org/mieco"
DESCRIBES = NamedNode("https://w3id.org/mieco/ontology#describes")

# One real IRI of each kind: the first is what most are.
KINDS = {
    "consortium": "/id/consortium/shenzhen",
    "organisation": "/id/organisation/shenzhen-daxue",
    "place": "/id/place/shenzhen",
    "membership": "/id/membership/m020",
    "activity": "/id/activity/f188",
    "observation": "/id/observation/shenzhen-members",
    "coding": "/id/coding/f002-enrolment",
    "requirement": "/id/requirement/task-technology-platform",
    "record": "/id/record/memberships-m018",
    "concept": "/concept/grade/primary",
    "concept scheme": "/concept/aim",
    "source": "/source/s003",
    "question": "/question/q01",
    "parameter": "/question/q53/consortium",
    "graph": "/graph/data/mieco/public",
    "inference": "/release/1/inference",
    "shapes": "/shapes/policy/conditions",
    "only mentioned": "/shapes/0.3.0/core",
}
RDF = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "trig": "application/trig",
    "nq": "application/n-quads",
}
FORMATS = {**RDF, "html": "text/html", "json": "application/json", "csv": "text/csv"}


@pytest.fixture(scope="module")
def store(data_directory: Path) -> Store:
    return Store.read_only(str(Releases(data_directory).current().folder / "store"))


def described(store: Store, iri: str) -> Graph:
    """What a document about a thing is to say, found without SPARQL."""
    this = NamedNode(iri)
    quads = list(store.quads_for_pattern(this, None, None))
    for record in list(store.quads_for_pattern(None, DESCRIBES, this)):
        quads += store.quads_for_pattern(record.subject, None, None)
    return as_graph(quads or list(store.quads_for_pattern(None, None, this)))


def as_graph(quads: list[Quad]) -> Graph:
    triples = (Triple(q.subject, q.predicate, q.object) for q in quads)
    return Graph().parse(data=serialize(triples, format=RdfFormat.N_TRIPLES), format="nt")


def canonical(quads: Iterable[Quad]) -> set[Quad]:
    """Quickly, also with many blank nodes."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return set(dataset)


@pytest.mark.parametrize("kind", KINDS)
def test_a_thing_leads_to_a_document_in_each_format(
    server: Server, store: Store, kind: str
) -> None:
    path = KINDS[kind]
    expected = described(store, BASE + path)
    assert len(expected) > 0
    for extension, media_type in FORMATS.items():
        thing = server.get(path, media_type)
        assert (thing.status, thing.headers["Location"]) == (303, f"{server.url}{path}.{extension}")
        assert "Accept" in thing.headers["Vary"]
        assert "Accept-Language" in thing.headers["Vary"]
        document = server.get(f"{path}.{extension}")
        assert document.status == 200
        assert document.headers["Content-Type"].split(";")[0] == media_type
        if extension in RDF:
            # rdflib fetches it, and the context of JSON-LD, and takes the format from the answer.
            address = f"{server.url}{path}.{extension}"
            # An N-Quads or TriG document is of a dataset; its default graph is what is said.
            form = "nt" if extension == "nq" else "turtle" if extension == "trig" else None
            assert isomorphic(Graph().parse(address, format=form), expected), extension


def test_every_iri_of_ours_opens(server: Server, store: Store) -> None:
    """Whatever stands in the data, asserted or inferred.

    Not what is a document itself; a release is described by its catalogue.
    """
    documents = (
        "ontology",
        "questions/",
        "catalogue",
        "download/",
        "openapi",
        "reconcile",
        "sparql",
    )
    apart = tuple(f"{BASE}/{path}" for path in documents)
    iris = {
        term.value
        for quad in store
        for term in (quad.subject, quad.predicate, quad.object)
        if isinstance(term, NamedNode)
        and term.value.startswith(f"{BASE}/")
        and not term.value.startswith(apart)
    } - {f"{BASE}/", f"{BASE}/release/1"}
    paths = sorted({iri.partition("#")[0].removeprefix(BASE) for iri in iris})
    assert len(paths) > 3800

    def look(place: int) -> str | None:
        path, accept = paths[place], ("text/html", "text/turtle")[place % 2]
        reply = server.get(path, accept)
        opened = reply.status == 303 or path == "/shapes"
        if reply.status == 303 and place % 20 < 2:
            there = reply.headers["Location"].removeprefix(server.url)
            document = server.get(there)
            opened = document.status == 200 and there == f"{path}.{('html', 'ttl')[place % 2]}"
        return None if opened else f"{path}: {reply.status}"

    with ThreadPoolExecutor(8) as pool:
        assert [wrong for wrong in pool.map(look, range(len(paths))) if wrong] == []


def test_the_names_of_shapes_are_in_one_document(server: Server, store: Store) -> None:
    graph = NamedNode(f"{BASE}/graph/shapes")
    quads = list(store.quads_for_pattern(None, None, None, graph))
    expected = canonical(Quad(q.subject, q.predicate, q.object) for q in quads)
    for extension in ("ttl", "nt", "rdf", "jsonld"):
        told = server.get(f"/shapes.{extension}")
        assert told.headers.get_content_type() == RDF[extension]
        form = RdfFormat.from_extension(extension)
        assert canonical(parse(told.body, form)) == expected
    page = server.get("/shapes", "text/html", lang="en").text
    names = {
        q.subject.value.partition("#")[2]
        for q in quads
        if isinstance(q.subject, NamedNode) and "#" in q.subject.value
    }
    assert [name for name in names if f'id="{name}"' not in page] == []
    thing = server.get("/thing", "text/turtle", iri=f"{BASE}/shapes#ConsortiumShape")
    assert "sh:NodeShape" in thing.text


def test_a_redirect_keeps_what_was_asked_but_the_format(server: Server) -> None:
    path = "/id/consortium/shenzhen"
    reply = server.get(f"{path}?lang=en&format=csv&timeout=5&bom=1")
    assert reply.headers["Location"] == f"{server.url}{path}.csv?lang=en&timeout=5&bom=1"
    for accept, extension in (
        (None, "ttl"),
        ("*/*", "ttl"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("application/ld+json, application/json;q=0.5", "jsonld"),
        ("application/json", "json"),
        ("application/rdf+xml;q=0.9, text/turtle;q=0.5", "rdf"),
    ):
        assert server.get(path, accept).headers["Location"] == f"{server.url}{path}.{extension}"
    assert server.get(path, "image/png").status == 406
    assert server.get(path, format="png").status == 406
    # A document is what its address says, whatever is accepted.
    assert server.get(f"{path}.csv", "text/turtle").headers["Content-Type"].startswith("text/csv")
    for iri in (BASE + path, "http://www.w3.org/ns/prov#Entity"):
        for extension, media_type in FORMATS.items():
            reply = server.get("/thing", iri=iri, format=extension)
            assert (reply.status, reply.headers.get_content_type()) == (200, media_type), iri


@pytest.mark.parametrize("accept", ["text/html", "text/turtle", "application/json"])
def test_what_is_in_no_release_is_not_found(server: Server, accept: str) -> None:
    for path in (
        *("/id", "/id/", "/id/consortium", "/id/consortium/nowhere", "/id/consortium/nowhere.ttl"),
        *("/id/consortium/shenzhen.xyz", "/id/consortium/shenzhen.ttl.ttl", "/concept.html"),
        *(
            "/id/consortium/shenzhen.turtle",
            "/release/2",
            "/import/a/b/7",
            "/id/%E2%80%A8",
            "/id/%0A",
        ),
    ):
        reply = server.get(path, accept)
        assert reply.status == 404, path
        page = accept == "text/html"
        assert reply.headers.get_content_type() == (
            "text/html" if page else "application/problem+json"
        )
        assert page or reply.json()["code"] == "not-found"


def test_head_and_options_and_other_sites(server: Server) -> None:
    path = "/id/consortium/shenzhen"
    for address in (path, f"{path}.html", f"{path}.jsonld", f"{path}.csv", "/context.jsonld"):
        head, got = (server.send(method, address, {}) for method in ("HEAD", "GET"))
        assert (head.status, head.body) == (got.status, b"")
        for name in ("Content-Type", "Location", "Link", "Vary", "ETag"):
            assert head.headers[name] == got.headers[name]
        assert got.headers["Access-Control-Allow-Origin"] == "*"
        assert "Link" in got.headers["Access-Control-Expose-Headers"]
        allowed = server.send("OPTIONS", address, {}).headers["Allow"]
        assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS"}
        assert server.send("POST", address, {}, b"").status == 405


@needs("curl", "following a redirect with it")
@pytest.mark.parametrize("extension", FORMATS)
def test_curl_follows(server: Server, tmp_path: Path, extension: str) -> None:
    curl = shutil.which("curl") or ""
    written = '{"status": %{http_code}, "type": "%{content_type}", "url": "%{url_effective}"}'
    done = subprocess.run(
        [
            *(curl, "-sL", "--noproxy", "*", "-H", f"Accept: {FORMATS[extension]}"),
            *("-o", str(tmp_path / "document"), "-w", written),
            f"{server.url}/id/place/shenzhen?lang=en",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["status"] == 200
    assert told["type"].split(";")[0] == FORMATS[extension]
    assert told["url"] == f"{server.url}/id/place/shenzhen.{extension}?lang=en"
