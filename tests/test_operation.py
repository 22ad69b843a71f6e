"""Running the service: its log and its health."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import BEARER, FORM, QUERY, TOKEN, UPDATE, Run, running
from hostile_client import connected, eventually, read_all
from mieco.changes import Update
from mieco.engine.current import CurrentEngine
from mieco.engine.embedded import EmbeddedEngine
from mieco.logs import REQUEST, Journal, JournalHandler
from mieco.publish.change import publish_change
from mieco.releases import Release, Releases
from mieco.settings import Settings
from mieco.web import create_app
from operated import Operated, operated

SECRET = "mieco_0123456789ab_" + "S3cretS3cret" * 4
ROWS = "INSERT DATA {{ GRAPH <http://e/g> {{ {} }} }}".format(
    " ".join(f"<http://e/{n}> <http://e/p> {n} ." for n in range(1200))
)
# Some two seconds of work, and an answer of some forty megabytes.
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(STR(?c) < STR(?f)) }"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 200000"
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, called: Run) -> Path:
    """A folder whose data directory holds a few rows."""
    made = tmp_path_factory.mktemp("operated")
    with running("--data", str(made / "data"), "--empty", MIECO_TOKEN=TOKEN) as one:
        assert one.post("/update", ROWS, UPDATE, **BEARER).status == 204
    return made


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Operated]:
    options = {"MIECO_TOKEN": SECRET, "MIECO_SLOW": "0.3"}
    with operated(folder, **options) as one:
        yield one


def test_every_request_has_a_number_and_a_line(service: Operated) -> None:
    for again in (False, True):
        reply = service.get("/sparql", query="ASK { <http://e/1> ?p 1 }")
        number = reply.headers["X-Request-Id"]
        assert re.fullmatch("[0-9a-f]{16}", number)
        (line,) = service.of_request(number)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["at"])
        assert {name: line[name] for name in ("client", "method", "path", "status", "kept")} == {
            "client": "127.0.0.1",
            "method": "GET",
            "path": "/sparql",
            "status": 200,
            "kept": again,
        }
        assert line["bytes"] == len(reply.body)
        assert 0 < line["ms"] < 5000


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/nowhere", 404, "not-found"), ("/sparql?query=SELECT", 400, "query-syntax")],
)
def test_what_went_wrong_is_in_the_line(
    service: Operated, path: str, status: int, code: str
) -> None:
    reply = service.get(path)
    (line,) = service.of_request(reply.headers["X-Request-Id"])
    assert (line["status"], line["error"]) == (status, code)


def test_the_number_of_a_proxy_is_taken_over_if_it_is_one(service: Operated) -> None:
    def number(given: str) -> str:
        return service.send("GET", "/health", {"X-Request-Id": given}).headers["X-Request-Id"]

    assert number("0f-Trace.7_a") == "0f-Trace.7_a"
    for bad in ("", "a b", "x" * 65, 'a","status":"200', "\xe9"):
        assert re.fullmatch("[0-9a-f]{16}", number(bad))


def test_a_slow_query_is_told_with_its_text(service: Operated) -> None:
    for reply in (
        service.get("/sparql", query=LONG),
        service.post("/sparql", f"{LONG} # direct", QUERY),
        service.post("/sparql", urllib.parse.urlencode({"query": f"{LONG} # form"}), FORM),
        service.get("/sparql", query=f"{LONG} # {'x' * 9000}"),
    ):
        found = service.of_request(reply.headers["X-Request-Id"])
        (line,) = [each for each in found if each.get("message") == "slow request"]
        assert line["level"] == "warning"
        assert line["query"].startswith(LONG)
        assert len(line["query"]) <= 4000
        assert line["ms"] >= 300
        assert line["release"] == 2
    quick = service.get("/sparql", query="ASK {}")
    assert all("query" not in each for each in service.of_request(quick.headers["X-Request-Id"]))


def test_a_slow_reader_is_no_slow_query(service: Operated) -> None:
    with connected(service, 1) as (connection,):
        head = f"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: {QUERY}\r\nX-Request-Id: slow-r"
        text = "SELECT * { ?a ?b ?c . ?d <http://e/p> 7 } # large"
        connection.sendall(f"{head}\r\nContent-Length: {len(text)}\r\n\r\n".encode())
        time.sleep(0.5)
        connection.sendall(text.encode())
        assert read_all(connection, 0.3).startswith(b"HTTP/1.1 200")
    told = service.of_request("slow-r")
    assert [each.get("message") for each in told] == [None]
    assert told[0]["ms"] >= 500


def test_no_secret_is_in_any_line(folder: Path) -> None:
    shown = [SECRET, "mieco_ba9876543210_" + "x" * 43]
    with operated(folder, MIECO_TOKEN=SECRET, MIECO_SLOW="0.000001") as one:
        for token in shown:
            bearer = {"Authorization": f"Bearer {token}"}
            one.send("GET", "/admin", {**bearer, "Accept": "application/json"})
            one.send("GET", "/health", {"Cookie": f"mieco-session={token}", "Referer": token})
            one.send("GET", "/health", {"X-Request-Id": token, "User-Agent": token})
            one.send("GET", f"/sparql?token={token}&query=ASK{{}}", {})
            one.get(f"/nowhere/{token}")
            one.get("/sparql", query=f"ASK {{ ?s ?p '{token}' }}")
            one.post("/sparql", f"ASK {{ ?s ?p '{token}' }}", QUERY)
            one.post("/session", f"token={token}", FORM)
            one.post("/update", f"INSERT DATA {{ <urn:x:a> <urn:x:b> '{token}' }}", UPDATE)
            one.post("/update", urllib.parse.urlencode({"update": "X", "token": token}), FORM)
            one.send("GET", "/health", {"X-Forwarded-For": token})
        last = one.get("/health").headers["X-Request-Id"]
        one.of_request(last)
        text = one.log.read_text(encoding="utf-8")
    assert "slow request" in text
    secret = [token.rpartition("_")[2] for token in shown]
    assert [line for line in text.splitlines() if any(each in line for each in secret)] == []


def test_nobody_forges_a_line(service: Operated) -> None:
    before = len(service.lines)
    forged = '\n{"level":"error","message":"forged"}\r\n'
    odd = "\x1b[2J\x85\u2028\u2029\u202e\x00\x7f"
    path = "/nowhere/" + urllib.parse.quote(forged + odd + '","status":200')
    number = service.get(path).headers["X-Request-Id"]
    (line,) = service.of_request(number)
    assert line["path"] == f"/nowhere/{forged}{odd}" + '","status":200'
    slow = service.post("/sparql", f"{LONG} # {odd}", QUERY)
    service.of_request(slow.headers["X-Request-Id"])
    raw = service.log.read_text(encoding="utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", raw)
    assert len(service.lines) <= before + 4
    assert all(entry.get("message") != "forged" for entry in service.entries)


def test_lines_for_people(folder: Path) -> None:
    with operated(folder, MIECO_LOG="text", MIECO_PROXIES="none") as one:
        assert one.lines[-1].startswith("mieco: http://127.0.0.1:") or len(one.lines) > 1
        given = one.send("GET", "/health", {"X-Request-Id": "mine"}).headers["X-Request-Id"]
        number = one.get("/nowhere/%0A%1B[31mred").headers["X-Request-Id"]
        assert eventually(lambda: number in one.log.read_text(encoding="utf-8"), 5)
        (line,) = [each for each in one.lines if number in each]
    assert r"127.0.0.1 GET /nowhere/\u000a\u001b[31mred 404 " in line
    assert line.endswith(" not-found")
    # Of nobody but a proxy the number is taken over.
    assert given != "mine"


def test_an_unforeseen_error_is_one_line_with_its_traceback() -> None:
    read, write = os.pipe()
    journal = Journal(as_json=True, secrets=("sesame",), file=write)
    log = logging.getLogger("mieco.test")
    log.addHandler(JournalHandler(journal))
    log.propagate = False
    REQUEST.set("r1")
    try:
        raise ValueError("open sesame\nforged")
    except ValueError:
        log.exception("unforeseen\u2028 error")
    REQUEST.set("")
    journal.close()
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as file:
        (line,) = file.read().splitlines()
    told = json.loads(line)
    assert (told["level"], told["request"], told["logger"]) == ("error", "r1", "mieco.test")
    assert told["traceback"].startswith("Traceback (most recent call last)")
    assert "ValueError: open ********\nforged" in told["traceback"]


def test_who_takes_no_lines_holds_nobody_up() -> None:
    read, write = os.pipe()
    journal = Journal(as_json=True, file=write)
    since = time.monotonic()
    for number in range(60_000):
        journal.note("info", f"line {number}")
    assert time.monotonic() - since < 5
    assert journal.dropped > 0
    os.close(read)
    journal.close()
    os.close(write)


def test_live_and_ready(service: Operated) -> None:
    live = service.get("/health/live")
    assert (live.status, live.json()) == (200, {"status": "live"})
    ready = service.get("/health/ready")
    assert (ready.status, ready.json()) == (
        200,
        {
            "status": "ready",
            "checks": {"engine": "ok", "disk": "ok", "tokens": "ok", "audit": "ok"},
        },
    )
    assert ready.headers["Cache-Control"] == "no-store"
    assert service.get("/en/health/live").status == 200


def test_what_is_not_ready_is_named(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "data", tmp_path / "data")
    with operated(tmp_path) as one:
        (tmp_path / "data" / "tokens.json").write_text("{", encoding="utf-8")
        told = one.get("/health/ready")
        assert (told.status, told.json()["status"]) == (503, "not ready")
        assert told.json()["checks"]["tokens"] == "tokens-unreadable"
        assert told.json()["checks"]["engine"] == "ok"
        log = tmp_path / "data" / "audit.jsonl"
        log.rename(tmp_path / "audit.jsonl")
        log.mkdir()
        assert one.get("/health/ready").json()["checks"]["audit"] == "not-writable"
        log.rmdir()
        (tmp_path / "audit.jsonl").rename(log)
        (tmp_path / "data" / "tokens.json").unlink()
        (tmp_path / "data").rename(tmp_path / "gone")
        told = one.get("/health/ready")
        assert told.status == 503
        assert told.json()["checks"]["disk"] == "not-writable"
        assert one.get("/health/live").status == 200
        (tmp_path / "gone").rename(tmp_path / "data")
        assert eventually(lambda: one.get("/health/ready").status == 200, 5)


def test_ready_does_not_wait_for_the_next_release(folder: Path, tmp_path: Path) -> None:
    """Opening a large one takes long, and the one before answers meanwhile."""
    data = shutil.copytree(folder / "data", tmp_path / "data")
    settings, releases, open_now = Settings(data=data, workers=1), Releases(data), threading.Event()
    first = releases.current_number()

    def opened(release: Release) -> EmbeddedEngine:
        if release.manifest.number != first:
            open_now.wait(30)
        return EmbeddedEngine(release.folder, settings)

    engine = CurrentEngine(releases, opened)
    try:
        client = create_app(settings, engine).test_client()
        publish_change(releases, Update("INSERT DATA { <http://e/a> <http://e/b> 1 }"))
        since = time.monotonic()
        assert client.get("/health/ready").status_code == 200
        assert time.monotonic() - since < 3
        assert engine.number() == first
        open_now.set()
        assert eventually(lambda: engine.number() != first, 20)
        # One that cannot be opened is told.
        (data / "current").write_text("99", encoding="ascii")
        assert eventually(lambda: client.get("/health/ready").status_code == 503, 10)
        told = client.get("/health/ready").get_json()
        assert told["checks"]["engine"] == "engine-unavailable"
    finally:
        open_now.set()
        engine.close()
