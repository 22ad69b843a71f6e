"""What was answered before and still holds is given out again, and nothing else is."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import BEARER, FORM, QUERY, UPDATE, Reply, Server, running
from mieco.web.answer_cache import Answer, AnswerCache, Asked

HIT = "mieco; hit"
SELECT = "SELECT ?p ?o { <https://w3id.org/mieco/id/consortium/shenzhen> ?p ?o } ORDER BY ?p ?o"
CSV = {"Accept": "text/csv"}


@pytest.fixture(scope="module")
def cached(data_directory: Path) -> Iterator[Server]:
    """A service of its own, which nobody has asked anything."""
    with running("--data", str(data_directory)) as one:
        yield one


def hit(reply: Reply) -> bool:
    assert reply.status == 200, reply.text
    return reply.headers["Cache-Status"] == HIT


def body(reply: Reply) -> bytes:
    packed = reply.headers["Content-Encoding"] == "gzip"
    return gzip.decompress(reply.body) if packed else reply.body


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"Accept": "text/html"}),
        ("/zh/id/consortium/shenzhen.html", {}),
        ("/questions/q01?format=csv", {}),
        ("/map.geojson", {"Accept-Encoding": "gzip"}),
        (f"/sparql?{urlencode({'query': SELECT})}", CSV),
    ],
)
def test_the_same_is_given_again(cached: Server, path: str, headers: dict[str, str]) -> None:
    # The first visit of /zh/ sets a cookie; a browser that has it is not given it anew.
    headers = {**headers, "Cookie": "mieco-language=zh"}
    first = cached.send("GET", path, headers)
    again = cached.send("GET", path, headers)
    if first.headers["Set-Cookie"]:
        assert not hit(again)
        return
    assert (hit(first), hit(again)) == (False, True)
    assert again.body == first.body
    assert lasting_headers(first) == lasting_headers(again)
    held = cached.send("GET", path, {**headers, "If-None-Match": first.headers["ETag"]})
    assert (held.status, held.body) == (304, b"")
    assert "Content-Type" not in held.headers
    afresh = cached.send("GET", path, {**headers, "Cache-Control": "no-cache"})
    assert not hit(afresh)
    assert body(afresh) == body(first)


def lasting_headers(reply: Reply) -> dict[str, str]:
    """The headers but for those that are of one request."""
    own = ("date", "cache-status", "x-request-id")
    return {name: value for name, value in reply.headers.items() if name not in own}


def test_a_posted_query_is_given_again(cached: Server) -> None:
    form, direct = urlencode({"query": SELECT + " #"}), SELECT + " # direct"
    for text, media_type in ((form, FORM), (direct, QUERY)):
        replies = [cached.post("/sparql", text, media_type, **CSV) for _ in range(2)]
        assert [hit(reply) for reply in replies] == [False, True]
        assert replies[0].body == replies[1].body
        assert not hit(cached.post("/sparql", text, media_type, Accept="application/json"))
        assert not hit(cached.post("/sparql", text + " ", media_type, **CSV))


CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;"
    "q=0.8,application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(("accept", "language"), [(CHROME, "zh-CN,zh;q=0.9"), (FIREFOX, "en-US")])
def test_a_question_is_answered_before_anybody_asks(
    few_directory: Path, accept: str, language: str
) -> None:
    given = {"Accept": accept, "Accept-Language": language, "Accept-Encoding": "gzip, br, zstd"}
    with running("--data", str(few_directory), MIECO_WARM="1") as one:
        # Each is asked for once, until one is found that was made before.
        for number in range(1, 60):
            time.sleep(0.2)
            reply = one.send("GET", f"/questions/q{number:02}", given)
            if hit(reply):
                break
        assert hit(reply)
        assert reply.headers["Content-Language"] == language[:2]
        assert reply.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    "other",
    [
        {"Accept-Language": "en"},
        {"Accept": "application/json"},
        {"Accept-Encoding": "gzip"},
        {"Cookie": "mieco-language=en"},
        {"Host": "other.example"},
    ],
)
def test_another_choice_gets_its_own_answer(cached: Server, other: dict[str, str]) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "zh"}
    path = "/questions/q02"
    cached.send("GET", path, headers)
    assert hit(cached.send("GET", path, headers))
    mine = cached.send("GET", path, {**headers, **other})
    assert not hit(mine)
    alone = cached.send("GET", path, {**headers, **other, "Cache-Control": "no-store"})
    assert (mine.headers["ETag"], body(mine)) == (alone.headers["ETag"], body(alone))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (NOW() AS ?now) {}",
        "SELECT (rand() AS ?n) {}",
        "SELECT (UUID() AS ?u) {}",
        "SELECT (struuid() AS ?u) {}",
        "SELECT (BNODE() AS ?b) {}",
    ],
)
def test_what_differs_each_time_is_not_kept(cached: Server, query: str) -> None:
    replies = [cached.get("/sparql", "text/csv", query=query) for _ in range(2)]
    assert not any(hit(reply) for reply in replies)
    assert all("ETag" not in reply.headers for reply in replies)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer x"},
        {"Cookie": "mieco-import=x"},
        {"Cache-Control": "no-store"},
        {"Range": "bytes=0-1"},
    ],
)
def test_who_brings_credentials_or_wants_a_part_passes_it_by(
    cached: Server, headers: dict[str, str]
) -> None:
    path = "/questions/q03?format=csv"
    for _ in range(2):
        assert not hit(cached.send("GET", path, headers))
    cached.get(path)
    assert hit(cached.get(path))
    assert not hit(cached.send("GET", path, headers))


@pytest.mark.parametrize(
    "path", ["/health", "/sparql?query=SELECT", "/id/consortium/nobody", "/changes", "/import"]
)
def test_what_rests_on_more_than_a_release_is_not_kept(cached: Server, path: str) -> None:
    for _ in range(2):
        assert "Cache-Status" not in cached.get(path, "text/html").headers


def test_a_new_release_is_seen_at_once(writable: Server) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?s <http://e/p> ?o }"

    def counted() -> tuple[str, bool]:
        reply = writable.get("/sparql", "text/csv", query=query)
        return reply.text.split()[1], hit(reply)

    for number in range(1, 4):
        update = f"INSERT DATA {{ <http://e/s> <http://e/p> {number} }}"
        assert writable.post("/update", update, UPDATE, **BEARER).status == 204
        assert counted() == (str(number), False)
        assert counted() == (str(number), True)


def test_none_is_kept_where_there_is_no_room(data_directory: Path) -> None:
    with running("--data", str(data_directory), MIECO_CACHE="0") as one:
        for _ in range(2):
            assert not hit(one.get("/sparql", "text/csv", query=SELECT))


def asked_for(number: int) -> Asked:
    key = (1, 1, "POST", "http", "", "/sparql", "", "", b"?" * 100 * number)
    return Asked(key, "", afresh=False)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9000)), max_size=80))
def test_it_never_holds_more_than_its_room(asked: list[tuple[int, int]]) -> None:
    room = 100_000
    cache = AnswerCache(room, lambda: 1)
    last: dict[object, bytes] = {}
    for number, size in asked:
        answer = Answer(200, [("etag", f'"{number}"')], b"x" * size)
        one = asked_for(number)
        cache.keep(one, answer)
        last[one.key] = answer.body
        kept = {
            each.key: found for each in map(asked_for, range(21)) if (found := cache.find(each))
        }
        assert sum(len(key[-1]) + len(found.body) for key, found in kept.items()) <= room
        found = cache.find(one)
        if found:
            assert found.body == last[one.key]


def test_headers_that_are_sent_twice_are_read_together() -> None:
    class Given:
        def __init__(self, *accept: str) -> None:
            self._accept = accept

        def items(self) -> list[tuple[str, str]]:
            return [("accept", each) for each in self._accept]

    def key(*accept: str) -> bytes:
        class Request:
            method, scheme, authority, path, query_string = "GET", "http", "a", "/", ""
            headers = Given(*accept)

        asked = AnswerCache(1, lambda: 1).asked(Request())  # type: ignore[arg-type]
        assert asked
        return asked.key

    assert key("text/html") != key("text/html", "text/csv") != key("text/csv")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Range": "bytes 0-1/2"}, 400),
        # 304 is an answer to GET and HEAD alone (RFC 9110 §13.1.2).
        ({"If-None-Match": "*"}, 200),
    ],
)
def test_a_posted_query_that_is_kept_is_still_judged(
    cached: Server, headers: dict[str, str], status: int
) -> None:
    text = f"{SELECT} # {status}"
    for _ in range(2):
        kept = cached.post("/sparql", text, QUERY, **CSV)
    assert hit(kept)
    assert cached.post("/sparql", text, QUERY, **CSV, **headers).status == status


@pytest.mark.parametrize("control", ["No-Cache", "NO-CACHE", "max-age=0, No-Store"])
def test_directives_are_read_in_any_case(cached: Server, control: str) -> None:
    # RFC 9111 §5.2
    path = f"/sparql?{urlencode({'query': SELECT})}"
    cached.send("GET", path, CSV)
    assert hit(cached.send("GET", path, CSV))
    assert not hit(cached.send("GET", path, {**CSV, "Cache-Control": control}))
