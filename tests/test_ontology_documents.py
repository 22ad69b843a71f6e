"""The ontology opens at its IRIs: every version and module, in every form."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from itertools import product

import pytest
from playwright.sync_api import Browser
from pyoxigraph import CanonicalizationAlgorithm, Dataset, NamedNode, RdfFormat, parse

from accessibility import accessible
from conftest import Reply, Server, needs, watched
from mieco.content import ontology_files
from mieco.namespace.addresses import Address
from mieco.namespace.documents import RDF_FORMATS, Documents
from mieco.namespace.versions import read_versions

FILES = ontology_files()
VERSIONS = read_versions(FILES)
DOCUMENTS = Documents(VERSIONS)
BASE = "https://w3id.org/mieco/"
MIECO = BASE + "ontology#"
OWL = "http://www.w3.org/2002/07/owl#"
KINDS = {
    NamedNode(OWL + kind)
    for kind in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
}
NTRIPLES = RDF_FORMATS[3]
# Every document of every version, and two of the current one without its number.
ADDRESSES = [
    *(Address(v, m, lasting=True) for v in VERSIONS.by_number.values() for m in ("", *v.modules)),
    *(Address(VERSIONS.current, module) for module in ("", "alignment/org")),
]
RDF, TTL, LD, NT = (form.media_type for form in RDF_FORMATS)
HTML, OWX, OFN = "text/html", "application/owl+xml", "text/owl-functional"


def graph_of(body: bytes, media_type: str) -> Dataset:
    """What a document says; two that say the same are equal."""
    form = RdfFormat.from_media_type(media_type)
    assert form
    said = Dataset(parse(body, format=form))
    said.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return said


def media_type(reply: Reply) -> str:
    return str(reply.headers["Content-Type"]).split(";")[0]


def links(reply: Reply) -> list[tuple[str, str]]:
    """The relation and target of each link."""
    found = re.findall(r'<([^>]+)>; rel="([^"]+)"', reply.headers["Link"])
    return [(relation, target) for target, relation in found]


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.path)
def test_every_document_says_the_same_in_every_form(server: Server, address: Address) -> None:
    turtle = server.get(f"/{address.path}.ttl")
    assert turtle.status == 200
    said = graph_of(turtle.body, TTL)
    assert len(said) > 5
    for form in (RDF, LD, NT):
        by_type = server.get(f"/{address.path}", form)
        assert (by_type.status, media_type(by_type)) == (200, form)
        assert graph_of(by_type.body, form) == said


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.path)
def test_a_document_is_called_what_its_address_is(server: Server, address: Address) -> None:
    said = graph_of(server.get(f"/{address.path}.nt").body, NT)
    subject = NamedNode(BASE + replace(address, lasting=False).path)
    header = {q.predicate.value: q.object for q in said.quads_for_subject(subject)}
    lasting = NamedNode(BASE + replace(address, lasting=True).path)
    assert header[OWL + "versionIRI"] == lasting
    assert header[OWL + "versionInfo"].value == address.version.number  # type: ignore[union-attr]


@pytest.mark.parametrize("version", [*VERSIONS.by_number.values()], ids=lambda v: v.number)
def test_what_is_kept_is_what_its_modules_make(version: object) -> None:
    """Also how a version that is not kept yet is put together."""
    assert isinstance(version, type(VERSIONS.current))
    assert version.merged
    apart = replace(version, merged=None, forms={})
    made = DOCUMENTS.of(apart, "", NTRIPLES).body
    assert graph_of(made, NT) == graph_of(version.merged.read_bytes(), TTL)


def test_turtle_is_the_file_that_people_wrote(server: Server) -> None:
    core = (FILES.folder / "core.ttl").read_bytes()
    assert server.get("/ontology/core.ttl").body == core
    kept = FILES.kept_text("0.2.0").read_bytes()
    assert server.get("/ontology/0.2.0", TTL).body == kept


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, RDF),
        ("*/*", RDF),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("text/turtle", TTL),
        ("application/rdf+xml, application/xml; q=0.5, text/xml; q=0.3, */*; q=0.2", RDF),
        ("application/owl+xml", OWX),
        ("text/owl-functional", OFN),
        ("application/ld+json", LD),
        ("application/json", LD),
        ("application/n-triples", NT),
        ("text/html;q=0.5, text/turtle;q=0.4", HTML),
        ("text/turtle;q=0, application/n-triples", NT),
        ("application/trig", "application/trig"),
    ],
)
def test_the_client_chooses_the_form(server: Server, accept: str | None, given: str) -> None:
    reply = server.get("/ontology", accept)
    assert (reply.status, media_type(reply)) == (200, given)
    assert "Accept" in reply.headers["Vary"].split(", ")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    head = server.send("HEAD", "/ontology", {"Accept": accept} if accept else {})
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "ETag", "Content-Length", "Content-Location"):
        assert head.headers[name] == reply.headers[name]


@pytest.mark.parametrize(
    ("extension", "given"),
    [
        *(("rdf", RDF), ("ttl", TTL), ("jsonld", LD), ("nt", NT), ("owx", OWX), ("ofn", OFN)),
        *(("html", HTML), ("owl", RDF), ("xml", RDF), ("json", LD)),
        *(("trig", "application/trig"), ("nq", "application/n-quads")),
    ],
)
def test_the_extension_chooses_the_form(server: Server, extension: str, given: str) -> None:
    for path in (f"/ontology.{extension}", f"/ontology/0.2.0.{extension}"):
        reply = server.get(path, "image/png")
        assert (reply.status, media_type(reply)) == (200, given)


def test_what_cannot_be_given_is_said(server: Server) -> None:
    refused = server.get("/ontology", "image/png")
    assert refused.status == 406
    assert OFN in refused.json()["hint"]
    # A module has no form that only the whole is kept in.
    assert server.get("/ontology/core", OFN).status == 406


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/ontology/Consortium", "it is at /ontology#Consortium"),
        ("/ontology/0.9.0", "0.1.0, 0.2.0, 0.3.0"),
        ("/ontology/nothing.ttl", "core, actors, space"),
        ("/ontology/0.1.0/resources", "The modules of version 0.1.0 are: core,"),
        ("/ontology/0.1.0/resources.ttl", "The modules of version 0.1.0 are: core,"),
        ("/ontology/core.ofn", ".rdf, .ttl, .jsonld, .nt, .html"),
        ("/ontology.pdf", ".owx"),
        ("/ontology/core/", "The modules are"),
        ("/ontology/..%2Fcore.ttl", "The modules are"),
        ("/ontology/%00", "The modules are"),
        ("/ontology/%ff.%ed%a0%80", "The modules are"),
        ("/ontology/" + "a/" * 2000, "The modules are"),
        ("/ontology/core.application%2Frdf+xml", "The modules are"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(server: Server, path: str, said: str) -> None:
    reply = server.get(f"{path}?lang=en", "application/json")
    assert (reply.status, reply.json()["code"]) == (404, "not-found")
    assert said in reply.json()["hint"]


@pytest.mark.parametrize("path", ["/ontology", "/ontology/0.1.0/core", "/ontology.html"])
def test_who_has_a_document_is_told_so(server: Server, path: str) -> None:
    first = server.get(path)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    for known in (tag, f'"other", W/{tag}', "*"):
        again = server.send("GET", path, {"If-None-Match": known})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == tag
        assert "Accept" in again.headers["Vary"]
    packed = server.send("GET", path, {"Accept-Encoding": "gzip"})
    assert packed.headers["ETag"] not in (tag, None)
    assert gzip.decompress(packed.body) == first.body
    kept = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
    assert server.send("GET", path, kept).status == 304
    assert server.send("GET", path, {"If-None-Match": '"x"'}).status == 200


def test_the_tag_stands_for_the_bytes_in_every_process(server: Server) -> None:
    for form in RDF_FORMATS:
        made = Documents(VERSIONS).of(VERSIONS.current, "governance", form)
        reply = server.get("/ontology/governance", form.media_type)
        assert (reply.body, reply.headers["ETag"]) == (made.body, f'"{made.tag}"')
    tags = [server.get(f"/ontology.{form.name}").headers["ETag"] for form in RDF_FORMATS]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("path", ["ontology", "ontology/0.2.0", "ontology/0.2.0/core.html"])
def test_links_lead_to_forms_and_versions(server: Server, path: str) -> None:
    found = links(server.get(f"/{path}"))
    own = [target for _, target in found if target.startswith(server.url)]
    assert [server.get(target.removeprefix(server.url)).status for target in own] == [200] * len(
        own
    )
    said = dict(found)
    assert said["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert said["canonical"] == f"{server.url}/{path.removesuffix('.html')}"
    module = "/core" if "core" in path else ""
    if "0.2.0" in path:
        assert said["latest-version"] == f"{server.url}/ontology{module}"
        assert said["successor-version"] == f"{server.url}/ontology/0.3.0{module}"
        assert said["predecessor-version"] == f"{server.url}/ontology/0.1.0{module}"
    else:
        assert said["predecessor-version"] == f"{server.url}/ontology/0.2.0"
    assert server.url + "/ontology/0.1.0" not in links(server.get("/ontology/0.1.0/core"))


@pytest.mark.parametrize(("number", "language"), [*product(VERSIONS.by_number, ("zh", "en"))])
def test_the_page_has_an_anchor_for_every_term(server: Server, number: str, language: str) -> None:
    page = server.get(f"/ontology/{number}.html", lang=language).text
    said = graph_of(server.get(f"/ontology/{number}.nt").body, NT)
    terms = {
        quad.subject.value.removeprefix(MIECO)
        for quad in said
        if quad.object in KINDS
        and isinstance(quad.subject, NamedNode)
        and quad.subject.value.startswith(MIECO)
    }
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert terms < set(anchors)
    targets = set(re.findall(r' href="#([^"]*)"', page))
    assert targets - set(anchors) == set()
    assert re.findall("<script[^>]*>", page) == re.findall("<script [^>]*finder.js[^>]*>", page)
    assert ("这是" in page or "This is version" in page) == (number != VERSIONS.current.number)


def test_the_page_tells_of_a_term_in_both_languages(server: Server) -> None:
    page = server.get("/ontology", "text/html", lang="zh").text
    term = page.partition('id="Consortium"')[2].partition('<div class="term"')[0]
    assert "市域产教联合体</a>" in term
    assert '<span class="quiet" lang="en">municipal industry-education consortium</span>' in term
    assert 'href="#CollectiveActor"' in term
    assert 'href="https://schema.org/Consortium"' in term
    assert 'href="/source/li-2024"' in term
    assert 'href="/questions/q01"' in term
    old = page.partition('id="unit"')[2].partition('<div class="term"')[0]
    assert "已弃用" in old
    assert 'href="#hasUnit"' in old
    assert 'href="/concept/grade"' in page


def test_the_page_is_light(server: Server) -> None:
    packed = server.send("GET", "/ontology.html", {"Accept-Encoding": "gzip"})
    assert len(packed.body) < 100_000


@needs("chromium", "the browser tests")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_fragment_leads_to_the_term_on_a_phone(
    server: Server, browser: Browser, language: str
) -> None:
    size = {"width": 360, "height": 740}
    with watched(browser, server.url, viewport=size, java_script_enabled=False) as page:
        page.goto(f"/ontology?lang={language}#CopyBasedRecord")
        top = page.locator("#CopyBasedRecord").bounding_box()
        assert top
        assert -1 < top["y"] < size["height"] / 2
        assert page.locator("main").bounding_box()["width"] <= size["width"]  # type: ignore[index]


@needs("chromium", "the browser tests")
@pytest.mark.parametrize(
    ("scheme", "path"),
    [("light", "indicators?lang=zh"), ("dark", "0.2.0/alignment/sosa?lang=en#versions")],
)
def test_axe_finds_nothing(browser: Browser, server: Server, scheme: str, path: str) -> None:
    size = {"width": 360, "height": 740}
    with watched(browser, server.url, color_scheme=scheme, viewport=size) as page:
        page.goto(f"/ontology/{path}")
        assert accessible(page) == []


def test_the_ontology_is_still_a_thing_in_the_data(server: Server) -> None:
    for name in ("ontology", "ontology/core", BASE + "ontology/core"):
        told = server.get("/statements", s=name, lang="en").json()
        assert told["thing"]["value"].startswith(BASE + "ontology")
    assert server.get("/ontology/core/nothing", "text/html").status == 404
