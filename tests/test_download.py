"""Releases and their changes over HTTP: files made once, whole or in part, told in pages."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser
from pyoxigraph import RdfFormat, Store, parse

from accessibility import accessible
from conftest import Reply, Server, needs, running, watched
from mieco.dumps.files import find_file, graph_files
from mieco.manifest import Manifest

NQ = "/download/2/mieco-2.nq.gz"
# Making a file takes as long as the machine is busy.
PATIENT = "timeout=100"
PAGES = ("/download/", "/download/2/", "/changes/", f"/changes/1..2?{PATIENT}")


@pytest.fixture(scope="module")
def two(two_releases: Path) -> Iterator[Server]:
    """A service of two small releases, with nothing made yet."""
    with running("--data", str(two_releases)) as one:
        yield one


def fetch(server: Server, path: str, method: str = "GET", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.send(method, f"{path}?{PATIENT}", named)


@pytest.fixture(scope="module")
def whole(two: Server) -> Reply:
    return fetch(two, NQ)


def test_a_file_holds_its_release_and_proves_it(two_releases: Path, whole: Reply) -> None:
    assert whole.status == 200
    store = Store.read_only(str(two_releases / "releases" / "2" / "store"))
    read = parse(gzip.decompress(whole.body), format=RdfFormat.N_QUADS)
    assert set(read) == set(store)
    digest = hashlib.sha256(whole.body)
    headers = whole.headers
    assert headers["ETag"] == f'"{digest.hexdigest()}"'
    assert headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert headers["Content-Length"] == str(len(whole.body))
    assert headers["Content-Type"] == "application/gzip"
    assert headers["Content-Encoding"] is None
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Content-Disposition"] == 'attachment; filename="mieco-2.nq.gz"'
    assert headers["Access-Control-Allow-Origin"] == "*"
    kept = two_releases / "dumps" / "2"
    assert (kept / "mieco-2.nq.gz").read_bytes() == whole.body
    assert digest.hexdigest() in (kept / "mieco-2.nq.gz.sha256").read_text()


def test_whoever_has_it_is_not_sent_it_again(two: Server, whole: Reply) -> None:
    tag = whole.headers["ETag"]
    again = fetch(two, NQ, If_None_Match=f'"other", W/{tag}', Range="bytes=0-3")
    assert (again.status, again.body) == (304, b"")
    head = fetch(two, NQ, "HEAD", Range="bytes=0-3")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.body))
    assert fetch(two, NQ, If_Match='"other"').status == 412
    assert fetch(two, NQ, If_Match=tag).status == 200


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=10-", 10, -1), ("bytes=-5", -5, -1), ("Bytes=3-99999", 3, -1)],
)
def test_a_part_is_sent_alone(
    two: Server, whole: Reply, wanted: str, first: int, last: int
) -> None:
    length = len(whole.body)
    first, last = first % length, last % length
    part = fetch(two, NQ, Range=wanted, If_Range=whole.headers["ETag"])
    assert (part.status, part.body) == (206, whole.body[first : last + 1])
    assert part.headers["Content-Range"] == f"bytes {first}-{last}/{length}"
    assert part.headers["Repr-Digest"] == whole.headers["Repr-Digest"]


def test_what_is_no_part_of_it_is_told(two: Server, whole: Reply) -> None:
    beyond = fetch(two, NQ, Range="bytes=99999-")
    assert beyond.status == 416
    assert beyond.headers["Content-Range"] == f"bytes */{len(whole.body)}"
    assert beyond.json()["status"] == 416
    # Another state of it; several ranges; another unit; no range at all (RFC 9110 §14.2).
    assert fetch(two, NQ, Range="bytes=0-3", If_Range='"other"').status == 200
    for text in ("bytes=0-1,3-4", "lines=0-3", "bytes=", "bytes=x-", f"bytes={'9' * 5000}-"):
        assert fetch(two, NQ, Range=text).body == whole.body


def test_conditions_are_read_as_the_standard_says(two: Server, whole: Reply) -> None:
    """RFC 9110 §13.1.1, §13.1.5 and §14.1.2."""
    assert fetch(two, NQ, If_Match="*").body == whole.body
    assert fetch(two, NQ, If_Match='"other"').status == 412
    tag = whole.headers["ETag"]
    assert fetch(two, NQ, Range="bytes=0-3", If_Range=f"W/{tag}").status == 200
    longer = fetch(two, NQ, Range=f"bytes=-{2 * len(whole.body)}")
    assert (longer.status, longer.body) == (206, whole.body)


@needs("curl", "resuming a download")
def test_curl_resumes_and_sha256sum_approves(two: Server, whole: Reply, tmp_path: Path) -> None:
    (tmp_path / "mieco-2.nq.gz").write_bytes(whole.body[:100])
    sums = f"{two.url}/download/2/SHA256SUMS"
    line = ["curl", "-sSf", "-C", "-", "-O", f"{two.url}{NQ}", "--next", "-sSfO", sums]
    subprocess.run(line, cwd=tmp_path, check=True, timeout=60)
    check = ["sha256sum", "--check", "--ignore-missing", "SHA256SUMS"]
    done = subprocess.run(check, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "mieco-2.nq.gz: OK" in done.stdout


def test_many_who_ask_at_once_get_the_same_file(two: Server) -> None:
    path = "/download/2/mieco-2.trig.zst"
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: fetch(two, path), range(8)))
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1


def test_latest_is_the_number_of_the_current_release(two: Server) -> None:
    for path in ("", "mieco-{}.nq.gz", "SHA256SUMS"):
        reply = two.get(f"/download/latest/{path.format('latest')}?lang=en")
        assert reply.status == 307
        assert reply.headers["Location"] == f"/download/2/{path.format('2')}?lang=en"
        assert reply.headers["Cache-Control"] == "no-cache"
    assert two.get("/changes/latest").headers["Location"] == "/changes/2"
    assert two.get("/changes/2?lang=zh").headers["Location"] == "/changes/1..2?lang=zh"
    assert two.get("/changes/1").headers["Location"] == "/changes/0..1"


def test_the_lists_tell_every_file_and_how_releases_came_to_be(two: Server, whole: Reply) -> None:
    listed = two.get("/download/").json()
    assert listed["next"] is None
    newest, first = listed["releases"]
    assert (newest["release"], newest["before"], newest["current"]) == (2, 1, True)
    assert (first["release"], first["before"], first["triples"]) == (1, None, 0)
    made = {file["name"]: file for file in newest["files"]}
    assert made["mieco-2.nq.gz"]["size"] == len(whole.body)
    assert made["mieco-2.nq.gz"]["sha256"] == hashlib.sha256(whole.body).hexdigest()
    assert made["mieco-2.nq.zst"]["sha256"] is None
    parts = two.get("/download/2/").json()["parts"]
    assert {part["graph"]: part["triples"] for part in parts} == {"http://e/g": 3, "http://e/h": 1}
    link = next(file["link"] for file in parts[0]["files"] if file["form"] == "ttl.gz")
    assert b"\xe7\x94\xb2" in gzip.decompress(fetch(two, link).body)
    grown = two.get("/changes/").json()["releases"]
    assert [release["growth"] for release in grown] == [{"http://e/g": 3, "http://e/h": 1}, {}]
    assert [r["release"] for r in two.get("/changes/?before=2").json()["releases"]] == [1]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/download/7/", 404, "1-2"),
        ("/download/0/", 404, "latest"),
        ("/download/²/", 404, "latest"),
        ("/download/7/mieco-7.nq.gz", 404, "1-2"),
        ("/download/2/mieco-1.nq.gz", 404, "mieco-2.nq.gz"),
        ("/download/2/..%2F..%2Fcurrent", 404, ""),
        ("/download/1/SHA256SUMS", 404, "download one first"),
        ("/download/?before=x", 400, "a whole number from 1"),
        ("/download/?format=xml", 406, ""),
        ("/changes/1..9", 404, "1-2"),
        ("/changes/1..2.exe", 404, "removed.nq"),
        ("/changes/1..2?graphs=some", 400, "asserted"),
        ("/changes/01..2", 404, "latest"),
        ("/changes/%00", 404, ""),
        ("/changes/1..2?timeout=-1", 400, ""),
    ],
)
def test_what_is_not_there_is_said_in_words(two: Server, path: str, status: int, said: str) -> None:
    joint = "&" if "?" in path else "?"
    reply = two.get(f"{path.replace('²', '%C2%B2')}{joint}lang=en", "application/json")
    assert reply.status == status
    assert said in reply.text


def test_changes_can_be_had_in_every_form(two: Server) -> None:
    told = fetch(two, "/changes/1..2.json")
    assert told.headers["Content-Type"] == "application/json"
    assert (told.json()["added"], told.json()["removed"]) == (4, 0)
    assert fetch(two, "/changes/1..2.json", If_None_Match=told.headers["ETag"]).status == 304
    patch = fetch(two, "/changes/1..2.patch")
    assert patch.headers["Content-Type"] == "application/rdf-patch"
    assert re.findall("^[A-Z]+", patch.text, re.MULTILINE) == ["H", "H", "TX", *4 * "A", "TC"]
    assert gzip.decompress(fetch(two, "/changes/1..2.patch.gz").body) == patch.body
    store = Store()
    store.update(fetch(two, "/changes/1..2.ru").text)
    assert len(store) == 4
    assert len(list(parse(fetch(two, "/changes/1..2.nq").body, format=RdfFormat.N_QUADS))) == 4
    assert fetch(two, "/changes/1..2.removed.nq").body == b""
    back = fetch(two, "/changes/2..1.removed.nq", Accept_Encoding="gzip")
    assert back.headers["Content-Encoding"] is None  # a part of it may be asked for
    assert len(back.body.splitlines()) == 4


@needs("chromium", "the browser test")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_are_read_by_everybody(browser: Browser, two: Server, language: str) -> None:
    with watched(browser, two.url, viewport={"width": 360, "height": 800}) as page:
        for path in PAGES:
            page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
            assert accessible(page) == [], path
            wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert not page.evaluate(wide), path
        assert page.get_by_role("link", name={"zh": "甲", "en": "A"}[language], exact=True).count()
        assert page.locator("main").get_by_text("http://e/h").count()


IRIS = st.from_regex(r"https://w3id\.org/mieco/graph/[A-Za-z0-9._/~%-]{1,20}", fullmatch=True)


@settings(max_examples=25)
@given(st.sets(IRIS | st.just("urn:x"), min_size=1, max_size=3))
def test_every_graph_has_files_of_its_own(graphs: set[str]) -> None:
    """Their names are safe, tell them apart, and lead back to them."""
    manifest = Manifest(3, "", "", len(graphs), dict.fromkeys(graphs, 1), {}, {})
    files = [file for graph in graphs for file in graph_files(3, graph)]
    assert len({file.name for file in files}) == len(files)
    for file in files:
        assert re.fullmatch(r"mieco-3\.[A-Za-z0-9._-]+\.(nq|trig|nt|ttl)\.(gz|zst)", file.name)
        assert find_file(manifest, file.name) == file


def test_a_release_that_was_removed_is_told_to_be_gone(two_releases: Path, tmp_path: Path) -> None:
    """What was made of it is no longer given out; its children cannot be compared with it."""
    folder = tmp_path / "data"
    shutil.copytree(two_releases, folder)
    shutil.rmtree(folder / "releases" / "1")
    with running("--data", str(folder)) as server:
        assert fetch(server, "/changes/1..2.json").status == 404
        (release,) = server.get("/changes/").json()["releases"]
        assert (release["before"], release["growth"]) == (1, None)
        assert server.get("/changes/", "text/html").status == 200
        assert json.loads(server.get("/download/1/").text)["status"] == 404
