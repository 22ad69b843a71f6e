"""``mieco serve --read-only``: nothing is written there, and nobody can change anything."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from conftest import BEARER, FORM, QUERY, TOKEN, UPDATE, Run, Server, running
from mieco.changes import Update
from mieco.publish.change import publish_change
from mieco.releases import Releases

ORIGIN = "https://origin.example.org"
# More than is held in memory before it is sent.
ALL = "SELECT * { GRAPH ?g { ?s ?p ?o } }"
PAGES = ["/", "/questions/q01", "/readiness", "/ontology", "/download/", "/changes/", "/import"]
READS = [
    "/health",
    "/questions/q01?format=xlsx",
    "/questions/q01?format=ttl",
    "/search?q=shenzhen",
    f"/sparql?format=xlsx&query={quote('SELECT * { ?s a ?c } LIMIT 9')}",
    f"/sparql?release=1&query={quote(ALL)}",
    "/id/consortium/shenzhen.ttl",
    "/why?s=id/consortium/shenzhen&p=a&o=mieco:Consortium",
    "/graphs?graph=https://w3id.org/mieco/graph/ontology",
    "/download/2/mieco-2.nq.gz?timeout=100",
    "/download/2/snapshot/names.sqlite",
    "/changes/1..2?timeout=100",
    "/changes/1..2.patch?timeout=100",
    "/import/template.xlsx",
]
WRITES = [
    ("POST", "/update", UPDATE, b"INSERT DATA { <urn:x:a> <urn:x:b> 1 }"),
    ("POST", "/update", FORM, b"update=CLEAR+ALL"),
    ("PUT", "/graphs?graph=urn:x:g", "text/turtle", b"<urn:x:a> <urn:x:b> 1 ."),
    ("POST", "/graphs?graph=urn:x:g", "text/turtle", b"<urn:x:a> <urn:x:b> 1 ."),
    ("POST", "/graphs", "text/turtle", b"<urn:x:a> <urn:x:b> 1 ."),
    ("PUT", "/graphs?graph=urn:x:g", "text/turtle", b"#" * 4_000_000),
    ("DELETE", "/graphs?graph=https://w3id.org/mieco/graph/ontology", "", None),
    ("POST", "/import?filename=x.csv", "application/octet-stream", b"a,b"),
    ("POST", "/session", FORM, f"token={TOKEN}".encode()),
    ("POST", "/import/undo", FORM, b""),
    ("DELETE", "/import/batches/shenzhen/x", "", None),
    ("GET", "/import/undo", "", None),
]


def state(folder: Path) -> dict[str, tuple[int, ...]]:
    """All that a write would change, of every file and folder."""
    return {
        str(path): (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        for path in (folder, *folder.rglob("*"))
        for state in [path.stat()]
    }


@pytest.fixture(scope="module")
def folder(few_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory of two releases in which, but for root, nobody can write."""
    copy = tmp_path_factory.mktemp("shared") / "data"
    shutil.copytree(few_directory, copy)
    publish_change(Releases(copy), Update("INSERT DATA { GRAPH <urn:x:g> { <urn:x:a> a 1 } }"))
    shutil.rmtree(copy / "dumps", ignore_errors=True)
    everything = (copy, *copy.rglob("*"))
    for path in everything:
        path.chmod(path.stat().st_mode & ~0o222)
    yield copy
    for path in everything:
        path.chmod(path.stat().st_mode | 0o200)


@pytest.fixture(scope="module", params=["in memory", "on disk"])
def reader(
    request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A service that only reads it; fails where anything in it is not as it was."""
    before = state(folder)
    options = {
        "MIECO_READ_ONLY": "1",
        "MIECO_TOKEN": TOKEN,
        "MIECO_SCRATCH": str(tmp_path_factory.mktemp("scratch")),
        "MIECO_MEMORY": "1" if request.param == "on disk" else "0",
    }
    with running("--data", str(folder), **options) as one:
        yield one
        assert state(folder) == before
    assert state(folder) == before


def test_everything_can_be_read(reader: Server) -> None:
    for path, accept in [
        *((each, None) for each in READS),
        *((each, "text/html") for each in PAGES),
    ]:
        reply = reader.get(path, accept)
        assert reply.status in (200, 303), (path, reply.text[:500])
    reply = reader.post("/sparql", ALL, QUERY)
    assert reply.status == 200
    assert len(reply.body) > 1 << 19
    assert reader.get("/health").json()["read_only"] is True


@pytest.mark.parametrize(("method", "path", "kind", "body"), WRITES)
def test_nothing_can_be_written_and_it_is_said_where(
    reader: Server, method: str, path: str, kind: str, body: bytes | None
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    for given in ({}, BEARER):
        for language, words in (("zh", "本服务只读"), ("en", "This service is read-only")):
            said = {"Accept-Language": language, "Accept": "application/json"}
            reply = reader.send(method, path, {**headers, **given, **said}, body)
            assert (reply.status, reply.json()["code"]) == (403, "read-only"), reply.text
            assert words in reply.json()["detail"]
            assert reply.json()["hint"]
    assert reader.get("/health").json()["release"] == 2


def test_pages_offer_nothing_that_cannot_be_done(reader: Server) -> None:
    page = reader.get("/import", "text/html", lang="en").text
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    assert "read-only" in page
    assert "MIECO_TOKEN" not in page


def test_a_replica_says_where_its_releases_are_from(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "data")
    (tmp_path / "data").chmod(0o700)
    (tmp_path / "data" / "origin").write_text(f"{ORIGIN}\n")
    options = {"MIECO_SCRATCH": str(tmp_path / "scratch")}
    with running("--data", str(tmp_path / "data"), "--read-only", **options) as one:
        reply = one.post("/update", "CLEAR ALL", UPDATE)
        assert reply.json()["hint"] == f"请在 {ORIGIN} 写入。"
        assert f'href="{ORIGIN}/import"' in one.get("/import", "text/html").text


def test_a_release_that_is_published_there_is_followed(few_directory: Path, tmp_path: Path) -> None:
    """On disk too, where its stores are made from those of the one before."""
    data, scratch = tmp_path / "data", tmp_path / "scratch"
    shutil.copytree(few_directory, data)
    options = {"MIECO_SCRATCH": str(scratch), "MIECO_MEMORY": "1"}
    with running("--data", str(data), "--read-only", **options) as one:
        publish_change(Releases(data), Update("INSERT DATA { GRAPH <urn:x:g> { <urn:x:a> a 1 } }"))
        rows: list[dict[str, str]] = []
        for _ in range(300):
            rows = one.query("SELECT ?o { <urn:x:a> a ?o }")
            if rows:
                break
            time.sleep(0.1)
        assert rows == [{"o": "1"}]
    assert {path.name.partition("-")[0] for path in scratch.glob("*/on-disk/*")} == {"1", "2"}
    assert not list(data.rglob("merged*"))


def test_it_serves_what_is_there_or_says_that_nothing_is(mieco: Run, tmp_path: Path) -> None:
    done = mieco("serve", "--data", str(tmp_path / "none"), "--port", "1024", MIECO_READ_ONLY="1")
    assert done.returncode == 3
    assert "mieco pull" in done.stderr
    assert not (tmp_path / "none").exists()


def test_a_scratch_folder_of_no_use_is_told(mieco: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = mieco(
        *("serve", "--data", str(folder), "--port", "1024", "--read-only"),
        MIECO_SCRATCH=str(tmp_path / "file"),
    )
    assert done.returncode == 2
    assert "MIECO_SCRATCH" in done.stderr
