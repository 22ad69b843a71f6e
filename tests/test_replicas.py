"""Three read replicas behind nginx: no request fails while one dies and a release switches.

``pytest tests/test_replicas.py -s`` prints how many requests there were, and who answered them.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import pytest

from conftest import BEARER, FORM, QUERY, TOKEN, UPDATE, Server, free_port, running
from mieco.releases import Releases

CONFIGURATION = Path(__file__).parent.parent / "deploy" / "nginx.conf"
# Debian puts it where only root looks.
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
CLIENTS = 6
# One change: who sees one of the two facts sees the other.
PAIR = """\
DELETE {{ GRAPH <http://e/g> {{ ?a <http://e/is> ?old }} }}
INSERT {{ GRAPH <http://e/g> {{ <http://e/1> <http://e/is> {0} . <http://e/2> <http://e/is> {0} }}}}
WHERE {{ OPTIONAL {{ GRAPH <http://e/g> {{ ?a <http://e/is> ?old }} }} }}"""
BOTH = "SELECT * {{ <http://e/1> <http://e/is> ?one . <http://e/2> <http://e/is> ?two }} # {0}"

pytestmark = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed; what is said of replicas behind it needs it"
)


@dataclass
class Replica:
    """A data directory, the process that fills it and the service of it."""

    folder: Path
    port: int
    origin: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def server(self) -> Server:
        return Server(f"http://127.0.0.1:{self.port}", self.processes[-1])

    def follow(self) -> None:
        self._run("pull", self.origin, "--every", "0.3")

    def serve(self) -> None:
        self._run("serve", "--read-only", "--port", str(self.port))

    def kill(self) -> None:
        """Ends the process that was started, with ``kill -9``."""
        serving = self.processes.pop()
        serving.kill()
        serving.wait(30)

    def release(self) -> int | None:
        with suppress(OSError):
            return int(self.server.get("/health").json()["release"])
        return None

    def _run(self, *arguments: str) -> None:
        plain = {k: v for k, v in os.environ.items() if not k.startswith("MIECO_")}
        environment = {
            **plain,
            "MIECO_DATA": str(self.folder / "data"),
            "MIECO_SCRATCH": str(self.folder / "scratch"),
            "MIECO_WORKERS": "2",
            "MIECO_WARM": "0",
            # All that ask come from one address, and without a pause.
            "MIECO_CLIENT_REQUESTS": "0",
        }
        log = (self.folder / f"{arguments[0]}.log").open("ab")
        with log:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "mieco", *arguments],
                    stdout=log,
                    stderr=log,
                    env=environment,
                    start_new_session=True,
                )
            )


@contextmanager
def replicas(origin: str, folder: Path) -> Iterator[list[Replica]]:
    """Three, which serve the release that is current there."""
    made = [Replica(folder / str(number), free_port(), origin) for number in range(3)]
    try:
        for each in made:
            each.folder.mkdir()
            each.follow()
        for each in made:
            data = Releases(each.folder / "data")
            eventually(lambda data=data: data.current_number() is not None)
            each.serve()
        for each in made:
            eventually(lambda each=each: each.release() is not None)
        yield made
    finally:
        for each in made:
            for process in each.processes:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
            for process in each.processes:
                process.wait(30)


@contextmanager
def nginx(origin: str, before: list[Replica], folder: Path) -> Iterator[Server]:
    """nginx with the configuration of this repository, but for the ports."""
    assert NGINX
    port, text = free_port(), CONFIGURATION.read_text("utf-8")
    ports = {8000: port, 8080: int(origin.rpartition(":")[2])}
    ports |= {8081 + at: each.port for at, each in enumerate(before)}
    for old, new in ports.items():
        assert text.count(f"127.0.0.1:{old}") == 1
        text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{{{new}}}")
    (folder / "nginx.conf").write_text(re.sub(r"\{(\d+)\}", r"\1", text), "utf-8")
    # In one process, which stays who it is: as root others would be somebody who cannot write here.
    alone = "daemon off; master_process off;"
    command = [NGINX, "-e", "error.log", "-p", str(folder), "-c", "nginx.conf", "-g", alone]
    with subprocess.Popen(command) as process:
        one = Server(f"http://127.0.0.1:{port}", process)
        try:
            eventually(lambda: answers(one))
            yield one
        finally:
            process.terminate()


def answers(server: Server) -> bool:
    assert server.process.poll() is None
    with suppress(OSError):
        return server.get("/health").status == 200
    return False


@dataclass
class Load:
    """Clients that ask until they are told to stop."""

    port: int
    over: threading.Event = field(default_factory=threading.Event)
    counts: Counter[str] = field(default_factory=Counter)
    releases: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask, args=(at,)) for at in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def _ask(self, number: int) -> None:
        chosen = random.Random(number)
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.over.is_set():
            kind = chosen.choice(["query by GET", "query by POST", "question", "thing", "page"])
            try:
                found = self._one(connection, kind, chosen.randrange(1_000_000))
            except Exception as error:  # noqa: BLE001 (any is one too many)
                connection.close()
                found = repr(error)
            with self.lock:
                self.counts[kind] += 1
                if isinstance(found, int):
                    self.releases[found] += 1
                else:
                    self.wrong.append(f"{kind}: {found}")
        connection.close()

    def _one(self, connection: HTTPConnection, kind: str, any_number: int) -> int | str:
        """The release that an answer is from, or what is wrong with it."""
        query, accept = BOTH.format(any_number), {"Accept": "application/json"}
        match kind:
            case "query by GET":
                path = f"/sparql?{urllib.parse.urlencode({'query': query})}"
                connection.request("GET", path, headers=accept)
            case "query by POST" if any_number % 2:
                connection.request("POST", "/sparql", query, {**accept, "Content-Type": QUERY})
            case "query by POST":
                form = urllib.parse.urlencode({"query": query})
                connection.request("POST", "/sparql", form, {**accept, "Content-Type": FORM})
            case "question":
                size = any_number % 100 + 1
                connection.request("GET", f"/questions/q01?page=1&size={size}", headers=accept)
            case "thing":
                connection.request("GET", "/id/consortium/shenzhen.ttl")
            case _:
                connection.request("GET", "/", headers={"Accept": "text/html"})
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            return f"{response.status} {body[:200]!r}"
        release = int(response.headers["Mieco-Release"])
        if kind.startswith("query"):
            (row,) = json.loads(body)["results"]["bindings"]
            values = {int(term["value"]) for term in row.values()}
            if values != {release}:
                return f"release {release} says {values}"
        return release


def test_no_request_fails_while_a_replica_dies_and_a_release_switches(
    few_directory: Path, tmp_path: Path
) -> None:
    with ExitStack() as leave:
        shutil.copytree(few_directory, tmp_path / "origin")
        data = ("--data", str(tmp_path / "origin"))
        origin = leave.enter_context(running(*data, MIECO_TOKEN=TOKEN))
        assert publish(origin, 2) == 2
        made = leave.enter_context(replicas(origin.url, tmp_path))
        assert len({tag(each.server) for each in made}) == 1
        proxy = leave.enter_context(nginx(origin.url, made, tmp_path))
        load = Load(int(proxy.url.rpartition(":")[2]))
        began = time.monotonic()
        with load.under_way():
            time.sleep(1)
            made[1].kill()
            answered = by_whom(tmp_path)[made[1].port]
            time.sleep(1)
            # A change goes through nginx to the origin; the replicas fetch what comes of it.
            assert publish(proxy, 3) == 3
            eventually(lambda: {made[0].release(), made[2].release()} == {3})
            # So does whoever signs in.
            signing = proxy.post("/session", f"token={TOKEN}", FORM)
            assert (signing.status, signing.headers["Location"]) == (303, "/import")
            made[1].serve()
            eventually(lambda: made[1].release() == 3)
            # Back at work, it is asked again.
            eventually(lambda: by_whom(tmp_path)[made[1].port] > answered)
            time.sleep(1)
            made[0].kill()
            time.sleep(1)
        seconds = time.monotonic() - began
        tried = (tmp_path / "access.log").read_text().splitlines()
    again = sum("," in line.rpartition("[")[2] for line in tried)
    sys.stdout.write(
        f"\n{load.counts.total()} requests in {seconds:.1f} s, {len(load.wrong)} failed;"
        f" {again} were put to another replica; {dict(load.counts)};"
        f" answered from release: {dict(load.releases)};"
        f" by replica: {[by_whom(tmp_path)[each.port] for each in made]}\n"
    )
    assert load.wrong == []
    assert load.releases.keys() == {2, 3}
    assert load.counts.total() > 200
    assert again > 0


def publish(server: Server, number: int) -> int:
    """The release in which both facts say so."""
    reply = server.post("/update", PAIR.format(number), UPDATE, **BEARER)
    assert reply.status == 204, reply.text
    return int(reply.headers["Mieco-Release"])


def tag(server: Server) -> str:
    """The mark of an answer, as it is asked for through a proxy."""
    return server.send("GET", "/questions/q01", {"Host": "data.example.org"}).headers["ETag"]


def by_whom(folder: Path) -> Counter[int]:
    """How many requests each port has answered, by what nginx has written."""
    lines = (folder / "access.log").read_text().splitlines()
    return Counter(int(line[:-1].rpartition(":")[2]) for line in lines if line.endswith("]"))


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
