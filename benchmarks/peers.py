"""Engines to be measured: each is loaded with the same file and answers SPARQL over HTTP."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

JSON = "application/sparql-results+json"
TURTLE = "text/turtle"
_GRAPH = "https://w3id.org/mieco/graph/data/made/up"
TOKEN = "benchmark"
_START_SECONDS = 120.0


@dataclass
class Peer:
    """An engine that answers; ``loaded`` are the seconds from the file to the first answer."""

    name: str
    address: str
    loaded: float
    process: int | None = None
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
        if self.process is None:
            return 0.0
        return sum(_proportional(each) for each in _family(self.process)) / 1024


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
    with _running(command, port, given) as process:
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
        peer = Peer("mieco", f"http://127.0.0.1:{port}/sparql", 0.0, process, headers)
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
    port = _free_port()
    serve = ["serve-read-only", "--location", str(store), "--bind", f"127.0.0.1:{port}"]
    with _running([binary, *serve], port, {}) as process:
        yield Peer("Oxigraph", f"http://127.0.0.1:{port}/query", loaded, process)


@contextmanager
def virtuoso(file: Path, folder: Path) -> Iterator[Peer]:
    """OpenLink Virtuoso (Debian: virtuoso-opensource-7-bin), with 2 GB of buffers."""
    home, port, console = folder / "virtuoso", _free_port(), _free_port()
    home.mkdir()
    (home / "virtuoso.ini").write_text(
        _VIRTUOSO.format(home=home, data=file.parent, port=port, console=console), "utf-8"
    )
    command = [program("virtuoso-t"), "+foreground", "+configfile", str(home / "virtuoso.ini")]
    with _running(command, port, {}) as process:
        started = time.perf_counter()
        steps = f"ld_dir('{file.parent}', '{file.name}', '{_GRAPH}'); rdf_loader_run(); checkpoint;"
        isql = [program("isql-vt", "isql"), f"localhost:{console}", "dba", "dba", f"exec={steps}"]
        subprocess.run(isql, check=True, stdout=subprocess.DEVNULL)
        loaded = time.perf_counter() - started
        address, graph = f"http://127.0.0.1:{port}/sparql", {"default-graph-uri": _GRAPH}
        yield Peer("Virtuoso", address, loaded, process, extra=graph)


@contextmanager
def rdflib_endpoint(file: Path, _folder: Path) -> Iterator[Peer]:
    """rdflib behind FastAPI (PyPI: rdflib-endpoint)."""
    port = _free_port()
    command = [program("rdflib-endpoint"), "serve", "--port", str(port), str(file)]
    started = time.perf_counter()
    with _running(command, port, {}, seconds=1800.0) as process:
        yield Peer(
            "rdflib-endpoint",
            f"http://127.0.0.1:{port}/",
            time.perf_counter() - started,
            process,
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


def program(*names: str) -> str:
    """Where a program is: on the path, or beside this Python."""
    beside = str(Path(sys.executable).parent)
    for name in names:
        if found := shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}{beside}"):
            return found
    sys.exit(f"{names[0]} is not installed")


@contextmanager
def _running(
    command: list[str], port: int, given: Mapping[str, str], seconds: float = _START_SECONDS
) -> Iterator[int]:
    process = subprocess.Popen(
        command, env={**os.environ, **given}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        latest = time.monotonic() + seconds
        while time.monotonic() < latest:
            if process.poll() is not None:
                sys.exit(f"{command[0]} ended with {process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()


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
