"""A client that measures and never waits long, and a look at the processes of a service."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from conftest import Server
from hostile_requests import QUERY

# Whatever is asked, an answer comes within this time: the deadline that the requests give
# their queries, and leave for a busy machine.
BOUND = 8.0
HALF_A_SECOND = "/sparql?timeout=0.5"
QUICK = 0.1
_TRIES = 5
_LOOKUPS = ("/health", "/sparql?query=ASK%20%7B%7D")


class Outcome(NamedTuple):
    """How a request ended; the status is 0 where the answer was cut off."""

    status: int
    content_type: str
    body: bytes
    seconds: float


def ask(
    server: Server,
    method: str,
    path: str,
    body: bytes | str = b"",
    headers: dict[str, str] | None = None,
    *,
    bound: float = BOUND,
) -> Outcome:
    """One request.  Fails if there is no answer, or not the whole of it, in time."""
    started = time.monotonic()
    connection = http.client.HTTPConnection(*_address(server), timeout=bound)
    data = body.encode() if isinstance(body, str) else body
    try:
        connection.putrequest(method, path, skip_host="Host" in (headers or {}))
        for name, value in {**(headers or {}), "Content-Length": str(len(data))}.items():
            connection.putheader(name, value)
        connection.endheaders(data)
        response = connection.getresponse()
        found = response.status, response.headers.get("Content-Type", ""), response.read()
    except TimeoutError:
        pytest.fail(f"no answer within {bound:g} seconds")
    except (http.client.IncompleteRead, http.client.RemoteDisconnected, ConnectionError):
        found = 0, "", b""
    finally:
        connection.close()
    seconds = time.monotonic() - started
    assert seconds < bound
    return Outcome(*found, seconds)


def query(server: Server, text: str, path: str = HALF_A_SECOND, accept: str = "*/*") -> Outcome:
    return ask(server, "POST", path, text, {"Content-Type": QUERY, "Accept": accept})


def check(outcome: Outcome) -> None:
    """Is it an answer, a problem document of an allowed status, or a visible cut?"""
    if 200 <= outcome.status < 300 or outcome.status == 0:
        return
    assert outcome.status in {*range(400, 500), 503, 504}, outcome.body[:500]
    # What is not even HTTP is refused before there is anybody to write a document.
    assert outcome.content_type.startswith(("application/problem+json", "text/html")) or (
        outcome.status in {400, 414, 431} and not outcome.body
    )


def check_others(server: Server) -> None:
    """Do small requests get their answers at once?  The best of a few: the machine is shared."""
    for path in _LOOKUPS:
        best = BOUND
        for _ in range(_TRIES):
            outcome = ask(server, "GET", path)
            if outcome.status == 200:
                best = min(best, outcome.seconds)
            if best < QUICK:
                break
        assert best < QUICK, f"{path} took {best:.2f} seconds"


@contextmanager
def at_once(actions: Iterable[Callable[[], object]]) -> Iterator[None]:
    """Runs each in a thread of its own; at the end, what one of them raised is raised."""
    made = list(actions)
    with ThreadPoolExecutor(len(made)) as pool:
        futures = [pool.submit(action) for action in made]
        yield
    for future in futures:
        future.result()


@contextmanager
def connected(server: Server, number: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(_address(server), timeout=BOUND))
            for _ in range(number)
        ]


def raw_query(text: str, path: str = "/sparql") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {QUERY}\r\n"
    return f"{head}Content-Length: {len(text)}\r\n\r\n{text}".encode()


def read_all(connection: socket.socket, seconds: float) -> bytes:
    """What comes until the other side closes, or for so long."""
    read = bytearray()
    latest = time.monotonic() + seconds
    with contextlib.suppress(OSError):
        while (left := latest - time.monotonic()) > 0:
            connection.settimeout(left)
            if not (piece := connection.recv(1 << 16)):
                break
            read += piece
    return bytes(read)


def _address(server: Server) -> tuple[str, int]:
    url = urlsplit(server.url)
    return str(url.hostname), int(url.port or 0)


class Process(NamedTuple):
    id: int
    parent: int
    command: str


def processes(server: Server) -> list[Process]:
    """Those that the service started, and theirs (Linux)."""
    every = all_processes()
    found = {server.process.pid}
    while True:
        more = {p.id for p in every if p.parent in found} - found
        if not more:
            return [p for p in every if p.id in found and p.id != server.process.pid]
        found |= more


def all_processes() -> list[Process]:
    """Those of the machine, but for those that have ended and are still listed."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            # proc(5): the name stands in brackets and may hold any character.
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if state != "Z":
                found.append(Process(int(folder.name), int(parent), command))
    return found


def web_process(server: Server) -> Process:
    return next(p for p in processes(server) if p.parent == server.process.pid)


def zygotes(server: Server) -> list[Process]:
    """The zygote first, then its workers."""
    found = [p for p in processes(server) if "mieco.engine.zygote" in p.command]
    web = web_process(server).id
    return sorted(found, key=lambda p: p.parent != web)


def peak_memory(process: Process) -> int:
    """In megabytes, since the process began."""
    for line in Path(f"/proc/{process.id}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) >> 10
    raise AssertionError


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    latest = time.monotonic() + seconds
    while time.monotonic() < latest:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def table(rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    """A parameter for each row, named by its first item."""
    return [pytest.param(row, id=row[0]) for row in rows]
