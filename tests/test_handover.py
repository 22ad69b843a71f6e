"""Stopping and reloading: no request is lost, and the last descriptor is not for a client."""

from __future__ import annotations

import fcntl
import http.client
import os
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Self

import pytest

from conftest import BEARER, QUERY, TOKEN, UPDATE, Server, children, running
from hostile_client import all_processes, connected, eventually, processes, query
from import_client import settled, upload
from operated import answers, operated

SECRET = "mieco_0123456789ab_" + "S3cretS3cret" * 4
ROWS = "INSERT DATA {{ GRAPH <http://e/g> {{ {} }} }}".format(
    " ".join(f"<http://e/{n}> <http://e/p> {n} ." for n in range(2000))
)
# Two seconds of work or more, and an answer of some forty megabytes.
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(STR(?c) < STR(?f)) }"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 200000"
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose data directory holds a few rows."""
    made = tmp_path_factory.mktemp("handed-over")
    with running("--data", str(made / "data"), "--empty", MIECO_TOKEN=TOKEN) as one:
        assert one.post("/update", ROWS, UPDATE, **BEARER).status == 204
    return made


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
            time.sleep(0.01)
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
def test_that_the_process_that_answers_has_died_is_told(folder: Path) -> None:
    """Also where it dies again so soon that the service ends."""
    with operated(folder) as one:
        (first, *_) = children(one.process.pid)
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: answers(one) and first not in children(one.process.pid), 20)
        told = [entry for entry in one.entries if entry["level"] == "error"]
        assert [str(first) in e["message"] and "SIGKILL" in e["message"] for e in told] == [True]
        (second, *_) = children(one.process.pid)
        os.kill(second, signal.SIGKILL)
        assert one.process.wait(20) == 1
        last = [entry for entry in one.entries if entry["level"] == "error"][-1]["message"]
        assert str(second) in last
        assert "exit code 1" in last


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
