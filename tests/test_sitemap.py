"""Search engines find every thing that has a page, and leave the rest alone."""

from __future__ import annotations

import random
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import pytest

from conftest import Server
from mieco import content
from mieco.ask.sitemap import PART

NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
MOST = 50_000


@pytest.fixture(scope="module")
def parts(server: Server) -> list[str]:
    reply = server.get("/sitemap.xml")
    assert reply.headers["Content-Type"] == "application/xml; charset=utf-8"
    return [loc.text or "" for loc in ET.fromstring(reply.body).iterfind("s:sitemap/s:loc", NS)]


@pytest.fixture(scope="module")
def pages(server: Server, parts: list[str]) -> list[ET.Element]:
    """The entries of all sitemaps."""
    found: list[ET.Element] = []
    for part in parts:
        entries = ET.fromstring(server.get(part.removeprefix(server.url)).body).findall("s:url", NS)
        assert len(entries) <= MOST
        found += entries
    return found


def address(entry: ET.Element) -> str:
    return entry.findtext("s:loc", namespaces=NS) or ""


def test_every_thing_is_there_once_and_no_row_of_a_table(
    server: Server, pages: list[ET.Element]
) -> None:
    addresses = [address(entry) for entry in pages]
    assert len(addresses) == len(set(addresses))
    rows = server.query("SELECT DISTINCT ?c { ?c a <https://w3id.org/mieco/ontology#Consortium> }")
    for row in rows:
        path = row["c"].removeprefix("https://w3id.org/mieco")
        assert f"{server.url}{path}.html" in addresses
        assert f"{server.url}{path.replace('/id/consortium', '/readiness')}" in addresses
    assert {f"{server.url}/", f"{server.url}/questions/q01", f"{server.url}/ontology"} <= {
        *addresses
    }
    assert not [one for one in addresses if "/id/record/" in one]


def test_each_is_dated_and_told_in_both_languages(server: Server, pages: list[ET.Element]) -> None:
    created = server.get("/health").json()["created"]
    for entry in pages:
        assert entry.findtext("s:lastmod", namespaces=NS) == created
        links = {link.get("hreflang"): link.get("href") for link in entry.findall("x:link", NS)}
        there = address(entry)
        assert links == {
            "zh": f"{there}?lang=zh",
            "en": f"{there}?lang=en",
            "x-default": there,
        }


def test_they_open(server: Server, pages: list[ET.Element]) -> None:
    addresses = sorted(address(entry) for entry in pages)
    by_kind: dict[str, list[str]] = {}
    for one in addresses:
        _, first, *rest = urlsplit(one).path.split("/")
        by_kind.setdefault(rest[0] if first == "id" else first, []).append(one)
    chance = random.Random(1)
    for found in by_kind.values():
        path = chance.choice(found).removeprefix(server.url)
        if not path.startswith("/readiness/"):  # judged anew, which takes a second or two
            assert server.get(path, "text/html").status == 200, path


def test_there_is_no_part_beyond_the_last(server: Server, parts: list[str]) -> None:
    assert server.get(f"/sitemap-{len(parts)}.xml").status == 404


def test_a_part_is_as_long_as_its_query_says() -> None:
    text = (content.folder("queries") / "pages" / "sitemap-part.rq").read_text(encoding="utf-8")
    assert text.rstrip().endswith(f"LIMIT {PART}")


def test_robots_are_told_where_to_go_and_where_not(server: Server, parts: list[str]) -> None:
    reply = server.get("/robots.txt")
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    rules = RobotFileParser()
    rules.parse(reply.text.splitlines())
    assert rules.site_maps() == [f"{server.url}/sitemap.xml"]
    for allowed in ("/", "/sparql", "/id/consortium/shenzhen.html", "/questions/q01", "/catalogue"):
        assert rules.can_fetch("*", server.url + allowed)
    for refused in ("/sparql?query=ASK{}", "/import", "/import/1", "/update", "/why?s=a"):
        assert not rules.can_fetch("*", server.url + refused)
    assert "Disallow: /*?release=" in reply.text
