"""Running the service: its log, health, stopping and reloading, and the last descriptor."""

from __future__ import annotations

import fcntl
import http.client
import json
import logging
import os
import re
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from conftest import BEARER, FORM, QUERY, TOKEN, UPDATE, Run, Server, running
from hostile_client import all_processes, connected, eventually, processes, query, read_all
from import_client import settled, upload
from mieco.logs import REQUEST, Journal, JournalHandler
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
        {"status": "ready", "checks": {"engine": "ok", "disk": "ok", "tokens": "ok"}},
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
        (tmp_path / "data" / "tokens.json").unlink()
        (tmp_path / "data").rename(tmp_path / "gone")
        told = one.get("/health/ready")
        assert told.status == 503
        assert told.json()["checks"]["disk"] == "not-writable"
        assert one.get("/health/live").status == 200
        (tmp_path / "gone").rename(tmp_path / "data")
        assert eventually(lambda: one.get("/health/ready").status == 200, 5)


def test_stopping_gives_those_under_way_their_answers(folder: Path) -> None:
    got: dict[str, tuple[int, int]] = {}
    with operated(folder, MIECO_STOP_TIMEOUT="30") as one:

        def ask(name: str, text: str, pause: float) -> None:
            path = "/sparql?" + urllib.parse.urlencode({"query": text, "timeout": "25"})
            connection = http.client.HTTPConnection(one.url.removeprefix("http://"), timeout=60)
            connection.request("GET", path, headers={"Accept": "text/csv"})
            response = connection.getresponse()
            size = 0
            while piece := response.read(1 << 20):
                size += len(piece)
                time.sleep(pause)
            got[name] = response.status, size
            connection.close()

        whole = len(one.get("/sparql", "text/csv", query=LARGE).body)
        threads = [
            threading.Thread(target=ask, args=("long", f"{LONG} # stop", 0)),
            threading.Thread(target=ask, args=("download", LARGE, 0.2)),
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        one.signal(signal.SIGTERM)
        time.sleep(0.3)
        assert got == {}
        port = int(one.url.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            pass
        for thread in threads:
            thread.join()
        assert one.process.wait(20) == 0
    assert got["long"][0] == 200
    assert got["download"] == (200, whole)


def test_stopping_does_not_wait_for_ever(folder: Path) -> None:
    with operated(folder, MIECO_STOP_TIMEOUT="0.5") as one:
        before = {each.id for each in processes(one)}
        text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
        thread = threading.Thread(target=query, args=(one, text, "/sparql?timeout=60"))
        thread.start()
        time.sleep(0.5)
        since = time.monotonic()
        one.signal(signal.SIGTERM)
        assert one.process.wait(20) == 0
        assert time.monotonic() - since < 9
        thread.join()
        assert eventually(lambda: before.isdisjoint(each.id for each in all_processes()), 5)


class Asking:
    """Clients that ask without a pause, each on one connection, and what went wrong."""

    def __init__(self, server: Server, count: int) -> None:
        self.server = server
        self.over = threading.Event()
        self.wrong: list[str] = []
        self.done = 0
        self.threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(count)]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _ask(self, number: int) -> None:
        connection = http.client.HTTPConnection(self.server.url.removeprefix("http://"), timeout=30)
        turn = 0
        while not self.over.is_set():
            turn += 1
            text = f"SELECT * {{ <http://e/{turn % 1000}> ?p ?o }} # {number} {turn // 1000}"
            try:
                if number % 2:
                    path = "/sparql?" + urllib.parse.urlencode({"query": text})
                    connection.request("GET", path)
                else:
                    connection.request("POST", "/sparql", text, {"Content-Type": QUERY})
                response = connection.getresponse()
                body = response.read()
                if response.status != 200 or b"http://e/p" not in body:
                    self.wrong.append(f"{response.status} {body[:100]!r}")
            except Exception as error:  # noqa: BLE001 (any is one too many)
                self.wrong.append(repr(error))
                connection.close()
            self.done += 1
            time.sleep(0.002)
        connection.close()


@linux
def test_a_reload_loses_no_request(folder: Path) -> None:
    with operated(folder, MIECO_ACCESS_LOG="0") as one:
        slow: list[int] = []
        waiting = threading.Thread(
            target=lambda: slow.append(one.get("/sparql", query=f"{LONG} # reload").status)
        )
        with Asking(one, 6) as asking:
            for turn in range(2):
                if turn:
                    waiting.start()
                before = {each.id for each in processes(one)}
                one.signal(signal.SIGHUP)
                assert eventually(
                    lambda before=before: before.isdisjoint(p.id for p in processes(one)), 30
                )
        waiting.join()
        assert one.get("/health/ready").status == 200
        assert "reloading" in [entry.get("message") for entry in one.entries]
    sys.stdout.write(f"\n{asking.done} requests through two reloads, {asking.wrong} failed\n")
    assert asking.wrong == []
    assert asking.done > 200
    assert slow == [200]


def test_a_reload_that_could_not_start_changes_nothing(folder: Path, tmp_path: Path) -> None:
    """And the service manager is told, as systemd's Type=notify has it (sd_notify(3))."""
    shutil.copytree(folder / "data", tmp_path / "data")
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(20)
        with operated(tmp_path, NOTIFY_SOCKET=address) as one:
            assert manager.recv(100) == b"READY=1"
            before = {each.id for each in processes(one)}
            (tmp_path / "data" / "current").rename(tmp_path / "current")
            one.signal(signal.SIGHUP)
            assert manager.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
            assert manager.recv(100) == b"READY=1"
            (tmp_path / "current").rename(tmp_path / "data" / "current")
            assert "not reloaded" in one.log.read_text(encoding="utf-8")
            assert before <= {each.id for each in processes(one)}
            assert one.get("/health/live").status == 200
            one.signal(signal.SIGTERM)
            assert manager.recv(100) == b"STOPPING=1"


@linux
def test_a_socket_that_was_handed_over_stays_open(folder: Path) -> None:
    handed = (
        "import os, socket, sys;"
        "port = int(sys.argv[sys.argv.index('--port') + 1]);"
        "s = socket.create_server(('127.0.0.1', port));"
        "os.dup2(s.fileno(), 3); os.set_inheritable(3, True);"
        "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    with operated(folder, before=(sys.executable, "-c", handed)) as one:
        assert one.get("/health").status == 200


@linux
def test_the_last_descriptor_is_not_for_a_client(folder: Path) -> None:
    """With descriptors for forty connections, three hundred come: the rest wait their turn."""
    few = ("sh", "-c", 'ulimit -n 336; exec "$@"', "sh")
    with operated(folder, before=few) as one:
        with connected(one, 300):
            time.sleep(0.5)
            web = next(p for p in processes(one) if p.parent == one.process.pid)
            held = len(list(Path(f"/proc/{web.id}/fd").iterdir()))
            assert held < 300
            assert "Too many open files" not in one.log.read_text(encoding="utf-8")
        assert eventually(lambda: query(one, "ASK {}").status == 200, 10)
        assert query(one, LONG).status in {200, 504}


def test_a_delivery_waits_for_the_service_that_is_about_to_end(
    few_directory: Path, tmp_path: Path
) -> None:
    """Which has the lock until then, as at a reload: none is worked on twice, and none is lost."""
    data = shutil.copytree(few_directory, tmp_path / "data")
    with (data / "imports.lock").open("ab") as former:
        fcntl.flock(former, fcntl.LOCK_EX)
        with operated(tmp_path, MIECO_TOKEN=TOKEN) as one:
            note = {"note.ttl": b"<http://e/s> <http://e/p> 1 ."}
            where = upload(one, note, consortium="shenzhen")
            time.sleep(0.5)
            assert one.send("GET", where, BEARER).json()["state"] == "waiting"
            fcntl.flock(former, fcntl.LOCK_UN)
            assert settled(one, where)["state"] == "ready"
