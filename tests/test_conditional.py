"""An answer that is held already is not given again."""

from __future__ import annotations

import re
import urllib.parse

import pytest

from conftest import Reply, Server
from mieco import __version__

SHENZHEN = "/id/consortium/shenzhen"
# In the format of Accept, at one address.
THING = f"/thing?iri=https://w3id.org/mieco{SHENZHEN}"
READS = [
    ("/", "text/html"),
    ("/questions/q01", "text/html"),
    ("/questions/q01", "application/json"),
    ("/questions/q01?format=csv", "*/*"),
    (THING, "text/html"),
    (f"{SHENZHEN}.ttl", "*/*"),
    (f"/statements?s={SHENZHEN[1:]}", "application/json"),
    ("/readiness/shenzhen", "application/json"),
    ("/search?q=" + urllib.parse.quote("深圳"), "application/json"),
    (f"/why?s={SHENZHEN[1:]}&p=a&o=mieco:TriSectorConsortium", "application/json"),
]
ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}


def read(server: Server, path: str, headers: dict[str, str], method: str = "GET") -> Reply:
    return server.send(method, path, headers)


@pytest.mark.parametrize(("path", "accept"), READS)
def test_a_read_is_marked_by_its_release_and_not_given_twice(
    server: Server, path: str, accept: str
) -> None:
    first = read(server, path, {"Accept": accept})
    assert first.status == 200
    mark = first.headers["ETag"]
    assert re.fullmatch(rf'W/"1-{re.escape(__version__)}-[0-9a-f]{{12}}"', mark)
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["Mieco-Release"] == "1"
    for method in ("GET", "HEAD"):
        again = read(server, path, {"Accept": accept, "If-None-Match": mark}, method)
        assert (again.status, again.body) == (304, b"")
        # RFC 9110 §15.4.5: what a cache needs to update what it holds.
        for name in ("ETag", "Cache-Control", "Mieco-Release"):
            assert again.headers[name] == first.headers[name]
        assert set(again.headers["Vary"].split(", ")) == set(first.headers["Vary"].split(", "))
        assert "Content-Type" not in again.headers


@pytest.mark.parametrize(
    "held", ['"other", {mark}', "{strong}", "{mark}, *", "W/{strong},,", '{mark} , "x"']
)
def test_the_mark_is_found_among_others_by_weak_comparison(server: Server, held: str) -> None:
    """RFC 9110 §13.1.2 and §8.8.3.2."""
    mark = read(server, THING, ENGLISH).headers["ETag"]
    given = held.format(mark=mark, strong=mark.removeprefix("W/"))
    assert read(server, THING, {**ENGLISH, "If-None-Match": given}).status == 304


@pytest.mark.parametrize(
    "held", ["", '"1"', "W/", '"', "é", "1-0", 'W/"1-x-000000000000"', "," * 999]
)
def test_another_mark_or_none_gets_the_answer(server: Server, held: str) -> None:
    odd = {**ENGLISH, "If-None-Match": held.encode().decode("latin-1")}
    assert read(server, THING, odd).status == 200


@pytest.mark.parametrize(
    "other",
    [
        {"Accept": "text/html", "Accept-Language": "zh"},
        {"Accept": "text/turtle", "Accept-Language": "en"},
        {"Accept": "text/html", "Accept-Language": "en", "Cookie": "mieco-language=zh"},
        {"Accept": "text/html", "Accept-Language": "en", "Host": "other.example"},
    ],
)
def test_the_mark_of_one_form_is_not_that_of_another(server: Server, other: dict[str, str]) -> None:
    """Browsers send the mark of the page they hold when they want it in another language."""
    mark = read(server, THING, ENGLISH).headers["ETag"]
    assert read(server, THING, {**other, "If-None-Match": mark}).status == 200


def test_a_compressed_answer_has_a_mark_of_its_own(server: Server) -> None:
    packed = read(server, THING, {**ENGLISH, "Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    mark = packed.headers["ETag"]
    assert mark.endswith('-gzip"')
    held = {**ENGLISH, "Accept-Encoding": "gzip", "If-None-Match": mark}
    again = read(server, THING, held)
    assert (again.status, again.headers["ETag"]) == (304, mark)
    assert again.headers["Content-Encoding"] is None


def test_any_mark_stands_for_what_is_there(server: Server) -> None:
    """RFC 9110 §13.1.2: "*" is false where there is a representation, and only there."""
    there = read(server, THING, {**ENGLISH, "If-None-Match": "*"})
    assert (there.status, there.body) == (304, b"")
    assert there.headers["ETag"].startswith('W/"1-')
    absent = read(server, "/id/consortium/nowhere", {**ENGLISH, "If-None-Match": "*"})
    assert absent.status == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sparql?query=SELECT+(NOW()+AS+?now)+{}", 200),
        ("/sparql?query=ASK+{}&format=html", 200),
        ("/sparql?query=ASK+{", 400),
        ("/sparql", 200),
        ("/health", 200),
        ("/import", 200),
        ("/openapi.json", 200),
        ("/id/consortium/nowhere", 404),
        ("/questions/q01?consortium=nowhere", 400),
        ("/thing?iri=relative", 400),
        (f"{SHENZHEN}?format=png", 406),
    ],
)
def test_what_may_differ_the_next_time_has_no_mark(server: Server, path: str, status: int) -> None:
    mark = read(server, THING, ENGLISH).headers["ETag"]
    reply = read(
        server, urllib.parse.quote(path, safe="/?&=+:()"), ENGLISH | {"If-None-Match": mark}
    )
    assert reply.status == status
    assert "ETag" not in reply.headers


def test_a_graph_keeps_the_mark_by_which_it_may_be_changed(server: Server) -> None:
    path = "/graphs?graph=" + urllib.parse.quote("https://w3id.org/mieco/graph/catalogue")
    first = read(server, path, {})
    assert first.headers["ETag"] == '"1-ttl"'
    assert first.headers["Mieco-Release"] == "1"
    for held in ('"1-ttl"', "*"):
        assert read(server, path, {"If-None-Match": held}).status == 304
    nowhere = read(server, "/graphs?graph=urn:x:y", {"If-None-Match": "*"})
    assert nowhere.status == 404
