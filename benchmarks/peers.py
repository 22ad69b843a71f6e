"""Engines to be measured: each is loaded with the same file and answers SPARQL over HTTP."""

from __future__ import annotations

import http.client
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlencode, urlsplit

JSON = "application/sparql-results+json"
TURTLE = "text/turtle"
_GRAPH = "https://w3id.org/mieco/graph/data/made/up"
TOKEN = "benchmark"


class Server:
    """A command that listens on ``port``, while the context lasts.

    ``goes_on``: it evaluates a query to its end though the asker has hung up, which would take the
    processor from all that is measured later.
    """

    def __init__(
        self,
        command: list[str],
        port: int,
        given: Mapping[str, str] | None = None,
        seconds: float = 120.0,
        goes_on: bool = False,
    ) -> None:
        self.goes_on = goes_on
        self._command, self._port, self._given = command, port, given or {}
        self._seconds = seconds
        self._running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def process(self) -> int:
        """The number of its process."""
        assert self._running is not None
        return self._running.pid

    def start(self) -> None:
        """Starts it and waits until it listens.  Exits if it ends or takes too long."""
        self._running = subprocess.Popen(
            self._command,
            env={**os.environ, **self._given},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        latest = time.monotonic() + self._seconds
        while time.monotonic() < latest:
            if self._running.poll() is not None:
                sys.exit(f"{self._command[0]} ended with {self._running.returncode}")
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1):
                return
            time.sleep(0.1)
        self.stop()
        sys.exit(f"{self._command[0]} does not listen")

    def stop(self) -> None:
        """Ends it, by force if it takes long."""
        assert self._running is not None
        self._running.terminate()
        try:
            self._running.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()


@dataclass
class Peer:
    """An engine that answers; ``loaded`` are the seconds from the file to the first answer."""

    name: str
    address: str
    loaded: float
    version: str = ""
    server: Server | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)

    def connect(self, seconds: float) -> http.client.HTTPConnection:
        """A connection to be used for many queries, without Nagle's algorithm."""
        parts = urlsplit(self.address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def target(self, query: str) -> str:
        """The path that asks a query by GET."""
        parts = urlsplit(self.address)
        return f"{parts.path}?{urlencode({**self.extra, 'query': query})}"

    def ask(self, connection: http.client.HTTPConnection, query: str, accept: str) -> bytes:
        """The whole answer.  Raises OSError, HTTPException or ValueError for a refusal."""
        connection.request("GET", self.target(query), headers={"Accept": accept, **self.headers})
        response = connection.getresponse()
        body = response.read()
        if response.status != http.client.OK:
            raise ValueError(f"{response.status} {body[:200].decode(errors='replace')}")
        return body

    def megabytes(self) -> float:
        """What the engine and its children hold in memory, shared pages counted once."""
        if self.server is None:
            return 0.0
        return sum(_proportional(each) for each in _family(self.server.process)) / 1024

    def give_up(self) -> None:
        """Has a query end that nobody waits for: an engine that would go on with it begins anew."""
        if self.server is not None and self.server.goes_on:
            self.server.stop()
            self.server.start()


Start = Callable[[Path, Path], AbstractContextManager[Peer]]


@contextmanager
def mieco(file: Path, folder: Path) -> Iterator[Peer]:
    """This service, its answers not from its cache."""
    port = _free_port()
    command = [sys.executable, "-m", "mieco", "serve", "--empty", "--port", str(port)]
    given = {
        "MIECO_DATA": str(folder / "mieco"),
        "MIECO_TOKEN": TOKEN,
        "MIECO_MAX_UPLOAD": "100000",
        "MIECO_WRITER_MEMORY": "16000",
        "MIECO_TIMEOUT": "600",
        "MIECO_MAX_TIMEOUT": "3600",
        "MIECO_WARM": "0",  # nothing else is to be done while it is measured
    }
    with Server(command, port, given) as server:
        started = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port)
        target = f"/graphs?graph={quote(_GRAPH, safe='')}&timeout=3600"
        headers = {
            "Authorization": f"Bearer {TOKEN}",
            "Content-Type": "application/n-triples",
            "Content-Length": str(file.stat().st_size),
        }
        with file.open("rb") as triples:
            connection.request("PUT", target, triples, headers)
        response = connection.getresponse()
        if response.status not in (http.client.CREATED, http.client.NO_CONTENT):
            sys.exit(f"mieco: {response.status} {response.read().decode()}")
        response.read()
        headers = {"Cache-Control": "no-cache"}
        version = (
            f"mieco {metadata.version('mieco')} (Python {platform.python_version()}, pyoxigraph"
        )
        version += f" {metadata.version('pyoxigraph')})"
        peer = Peer("mieco", f"http://127.0.0.1:{port}/sparql", 0.0, version, server, headers)
        # A large release is published before it is loaded.
        while b"true" not in peer.ask(connection, "ASK { ?s ?p ?o }", JSON):
            time.sleep(0.1)
        peer.loaded = time.perf_counter() - started
        yield peer


@contextmanager
def oxigraph(file: Path, folder: Path) -> Iterator[Peer]:
    """Oxigraph's own server on disk (PyPI: oxigraph)."""
    binary, store = program("oxigraph"), folder / "oxigraph"
    started = time.perf_counter()
    load = [binary, "load", "--location", str(store), "--file", str(file), "--format", "nt"]
    subprocess.run(load, check=True, stderr=subprocess.DEVNULL)
    subprocess.run([binary, "optimize", "--location", str(store)], check=True)
    loaded = time.perf_counter() - started
    version = _said(r"oxigraph [\d.]+", binary, "--version").capitalize()
    port = _free_port()
    serve = ["serve-read-only", "--location", str(store), "--bind", f"127.0.0.1:{port}"]
    with Server([binary, *serve], port, goes_on=True) as server:
        yield Peer("Oxigraph", f"http://127.0.0.1:{port}/query", loaded, version, server)


@contextmanager
def virtuoso(file: Path, folder: Path) -> Iterator[Peer]:
    """OpenLink Virtuoso (Debian: virtuoso-opensource-7-bin), with 2 GB of buffers."""
    home, port, console = folder / "virtuoso", _free_port(), _free_port()
    home.mkdir()
    (home / "virtuoso.ini").write_text(
        _VIRTUOSO.format(home=home, data=file.parent, port=port, console=console), "utf-8"
    )
    binary = program("virtuoso-t")
    version = "Virtuoso " + _said(r"Version (\d[\d.]+)", binary, "+version")
    command = [binary, "+foreground", "+configfile", str(home / "virtuoso.ini")]
    with Server(command, port) as server:
        started = time.perf_counter()
        steps = f"ld_dir('{file.parent}', '{file.name}', '{_GRAPH}'); rdf_loader_run(); checkpoint;"
        isql = [program("isql-vt", "isql"), f"localhost:{console}", "dba", "dba", f"exec={steps}"]
        subprocess.run(isql, check=True, stdout=subprocess.DEVNULL)
        loaded = time.perf_counter() - started
        address, graph = f"http://127.0.0.1:{port}/sparql", {"default-graph-uri": _GRAPH}
        yield Peer("Virtuoso", address, loaded, version, server, extra=graph)


@contextmanager
def rdflib_endpoint(file: Path, _folder: Path) -> Iterator[Peer]:
    """rdflib behind FastAPI (PyPI: rdflib-endpoint)."""
    port = _free_port()
    command = [program("rdflib-endpoint"), "serve", "--port", str(port), str(file)]
    started = time.perf_counter()
    with Server(command, port, seconds=1800.0) as server:
        yield Peer(
            "rdflib-endpoint",
            f"http://127.0.0.1:{port}/",
            time.perf_counter() - started,
            "rdflib-endpoint",
            server,
        )


STARTS: Mapping[str, Start] = {
    "mieco": mieco,
    "oxigraph": oxigraph,
    "virtuoso": virtuoso,
    "rdflib-endpoint": rdflib_endpoint,
}

_VIRTUOSO = """\
[Database]
DatabaseFile = {home}/virtuoso.db
ErrorLogFile = {home}/virtuoso.log
LockFile = {home}/virtuoso.lck
TransactionFile = {home}/virtuoso.trx
xa_persistent_file = {home}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {home}/virtuoso-temp.db
TransactionFile = {home}/virtuoso-temp.trx
[Parameters]
ServerPort = {console}
DirsAllowed = {home}, {data}
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
[HTTPServer]
ServerPort = {port}
[SPARQL]
ResultSetMaxRows = 10000000
DefaultGraph = none
"""


def _said(pattern: str, *command: str) -> str:
    """The first that a program says of a pattern; nothing if it says no such thing."""
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.findall(pattern, told.stdout + told.stderr)
    return str(found[0]) if found else ""


def program(*names: str) -> str:
    """Where a program is: on the path, or beside this Python."""
    beside = str(Path(sys.executable).parent)
    for name in names:
        if found := shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}{beside}"):
            return found
    sys.exit(f"{names[0]} is not installed")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _family(process: int) -> Iterator[int]:
    yield process
    try:
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from _family(int(child))
    except OSError:
        return


def _proportional(process: int) -> int:
    """Kilobytes; a page shared by n processes counts a part in n (proc(5), smaps_rollup)."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
