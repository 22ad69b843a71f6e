"""How the documents about a thing are linked: in the header (RFC 8288) and in the page."""

from __future__ import annotations

import html
import re

import pytest

from conftest import Server

PATH = "/id/consortium/shenzhen"
IRI = f"https://w3id.org/mieco{PATH}"
TYPES = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "html": "text/html",
    "json": "application/json",
    "csv": "text/csv",
}
LICENSE = "https://creativecommons.org/licenses/by/4.0/"

Link = tuple[str, str, str, str]


def links(header: str) -> set[Link]:
    """(rel, target, type, hreflang) of each link."""
    found = re.findall(
        r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?(?:; hreflang="([^"]*)")?(?:, |$)', header
    )
    assert ", ".join(f"<{each[0]}>" for each in found).count("<") == header.count("<")
    return {(rel, target, kind, language) for target, rel, kind, language in found}


def test_a_thing_names_what_describes_it(server: Server) -> None:
    found = links(server.get(PATH).headers["Link"])
    assert found == {
        ("describedby", f"{server.url}{PATH}.{name}", kind, "") for name, kind in TYPES.items()
    }


@pytest.mark.parametrize("extension", TYPES)
def test_a_document_names_the_thing_and_the_others(server: Server, extension: str) -> None:
    document = server.get(f"{PATH}.{extension}?lang=en&timeout=9")
    found = links(document.headers["Link"])
    here = f"{server.url}{PATH}"
    alternate = {
        ("alternate", f"{here}.{name}", kind, "")
        for name, kind in TYPES.items()
        if name not in ("html", extension)
    } | {("alternate", f"{here}.html?lang={code}", "text/html", code) for code in ("zh", "en")}
    always = {("describes", IRI, "", ""), ("license", LICENSE, "", "")}
    own = {
        "html": {
            ("canonical", f"{here}.html", "", ""),
            ("describedby", f"{here}.ttl", "text/turtle", ""),
        },
        "jsonld": {("profile", "http://www.w3.org/ns/json-ld#compacted", "", "")},
    }
    assert found == alternate | always | own.get(extension, set())
    for rel, target, kind, language in found:
        if rel == "alternate":
            reply = server.get(target.removeprefix(server.url))
            assert (reply.status, reply.headers.get_content_type()) == (200, kind)
            assert not language or reply.headers["Content-Language"] == language


def test_the_page_has_the_same_links(server: Server) -> None:
    page = server.get(f"{PATH}.html")
    found = re.findall(
        r'<link rel="([a-z]+)" href="([^"]*)"(?: type="([^"]*)")?(?: hreflang="([^"]*)")?>',
        page.text,
    )
    in_page = {
        (rel, html.unescape(target), kind, language)
        for rel, target, kind, language in found
        if rel not in ("stylesheet", "icon")
    }
    assert in_page == links(page.headers["Link"])


def test_what_is_another_s_is_linked_by_its_iri(server: Server) -> None:
    reply = server.get("/thing", "text/turtle", iri="http://www.w3.org/ns/prov#Entity")
    found = {(rel, kind): target for rel, target, kind, _ in links(reply.headers["Link"])}
    assert found["describes", ""] == "http://www.w3.org/ns/prov#Entity"
    address = "/thing?iri=http%3A%2F%2Fwww.w3.org%2Fns%2Fprov%23Entity&format=csv"
    assert found["alternate", "text/csv"] == server.url + address
    # What is ours has one canonical page, however it was found.
    page = server.get("/thing", "text/html", iri=IRI)
    assert ("canonical", f"{server.url}{PATH}.html", "", "") in links(page.headers["Link"])
