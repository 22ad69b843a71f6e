"""Readers, writers, hostile clients and kills at once, for as long as one likes.

    python tests/soak.py --minutes 10

Starts a service over the project's own data and looks at it from outside:

- no write that was acknowledged is lost, neither while it runs nor after it was killed as a whole,
- a write that was acknowledged is seen by the next request of its writer,
- no answer is cut off, but where a process was just killed; every status is one that is planned,
- the same question has the same answer all the time,
- memory, descriptors and processes stay within bounds.

Prints what it saw as JSON; the exit code is 1 if anything of that does not hold.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from conftest import BEARER, QUERY, TOKEN, UPDATE, Server, children, running
from hostile_requests import ENCODINGS, ONCE_500
from hostile_texts import BOMBS, CAP, CHAINS, NESTS, ODD, SCANNED

GRAPH = "https://example.org/soak"
TEXTS = [*CHAINS, *ODD, *BOMBS, *SCANNED, *((nest.id, nest.at(CAP + 44)) for nest in NESTS)]
# What may come of each kind of request: 503 and 504 of a service that has too much to do, or of
# which a process has just died.
PLANNED = {
    "read": {200, 503, 504},
    "steady": {200, 503, 504},
    "write": {204, 503, 504},
    "hostile": {*range(200, 500), 501, 503, 504},
}
# So long after a kill an answer may be cut off, or nobody may listen.
RECOVERY_SECONDS = 15.0
# A death of the web process takes all that it had under way with it, those of others nothing.
KILL_SECONDS = 20.0
READS = (
    "/",
    "/questions/q01?consortium=" + quote("深圳市域产教联合体"),
    "/questions/q24?date=2026-01-01&format=json",
    "/id/consortium/shenzhen.ttl",
    "/search?q=" + quote("深圳"),
    "/compare?of=shenzhen&of=changzhou-new-energy&format=csv",
    "/questions/q02?format=xlsx",
    "/sparql?" + urlencode({"query": "SELECT (COUNT(*) AS ?n) { ?s a ?c }"}),
)
# Its answer depends on nothing that is written here.
STEADY = "/questions/q03?format=csv"


@dataclass
class Seen:
    """What was seen, by all threads together."""

    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    acknowledged: set[int] = field(default_factory=set)
    unsure: set[int] = field(default_factory=set)
    kills: Counter[str] = field(default_factory=Counter)
    cuts: int = 0
    last_kill: float = -RECOVERY_SECONDS
    memory: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    processes: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, status: int, what: str) -> None:
        with self.lock:
            self.statuses[f"{kind} {status}"] += 1
            if status not in PLANNED[kind]:
                self.wrong.append(f"{status} for {what}")

    def cut(self, what: str) -> None:
        """An answer did not come, or not whole."""
        with self.lock:
            self.cuts += 1
            if time.monotonic() - self.last_kill > RECOVERY_SECONDS:
                self.wrong.append(f"cut off, though nothing was killed: {what}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="a data directory to begin with")
    options = parser.parse_args()
    told = soak(60 * options.minutes, options.seed, options.data)
    json.dump(told, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
    sys.exit(1 if told["wrong"] else 0)


def soak(seconds: float, seed: int, data: Path | None) -> dict[str, object]:
    """What was seen; ``wrong`` is empty if all holds."""
    seen, randomly = Seen(), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name) / "data"
        if data:
            shutil.copytree(data, folder)
        with running("--data", str(folder), MIECO_TOKEN=TOKEN, MIECO_TIMEOUT="5") as server:
            steady = get(server, STEADY)[1]
            over = threading.Event()
            works: list[Callable[[], None]] = [
                *[lambda: read(server, seen, random.Random(randomly.random()))] * 4,
                lambda: write(server, seen),
                lambda: write(server, seen),
                lambda: harm(server, seen, random.Random(randomly.random())),
                lambda: compare(server, seen, steady),
            ]
            with ExitStack() as ending:
                for work in works:
                    ending.enter_context(repeated(work, over, seen))
                began = time.monotonic()
                while time.monotonic() - began < seconds:
                    measure(server, seen)
                    over.wait(1)
                    if time.monotonic() - seen.last_kill > KILL_SECONDS:
                        kill(server, seen, randomly)
                over.set()
            settle(server, seen)
            look_for(server, seen, "while it ran")
            for pid in (server.process.pid, *children(server.process.pid)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            server.process.wait()
        with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
            look_for(server, seen, "after it was killed as a whole")
    bounded(seen)
    return {
        "seconds": round(seconds),
        "statuses": dict(sorted(seen.statuses.items())),
        "acknowledged writes": len(seen.acknowledged),
        "kills": dict(seen.kills),
        "answers cut off by kills": seen.cuts,
        "memory, MB": [min(seen.memory, default=0), max(seen.memory, default=0)],
        "descriptors": [min(seen.descriptors, default=0), max(seen.descriptors, default=0)],
        "processes": [min(seen.processes, default=0), max(seen.processes, default=0)],
        "wrong": seen.wrong[:50],
    }


@contextmanager
def repeated(work: Callable[[], None], over: threading.Event, seen: Seen) -> Iterator[None]:
    """Does something again and again within the context, in a thread."""

    def run() -> None:
        while not over.is_set():
            try:
                work()
            except (OSError, http.client.HTTPException) as error:
                seen.cut(f"{type(error).__name__} {error}")
                over.wait(0.2)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def send(
    server: Server, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request(method, path, body or None, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def get(server: Server, path: str) -> tuple[int, bytes]:
    return send(server, "GET", path)


def read(server: Server, seen: Seen, randomly: random.Random) -> None:
    path = randomly.choice(READS)
    seen.note("read", get(server, path)[0], path)


def compare(server: Server, seen: Seen, steady: bytes) -> None:
    status, body = get(server, STEADY)
    seen.note("steady", status, STEADY)
    if status == http.client.OK and body != steady:
        seen.wrong.append("the same question had another answer")
    time.sleep(0.2)


def write(server: Server, seen: Seen) -> None:
    """A triple that nobody else writes; acknowledged, it is there for the next request."""
    with seen.lock:
        number = len(seen.acknowledged) + len(seen.unsure) + 1
        seen.unsure.add(number)
    triple = f"<{GRAPH}/{number}> <{GRAPH}/is> {number}"
    text = f"INSERT DATA {{ GRAPH <{GRAPH}> {{ {triple} }} }}".encode()
    status, _ = send(server, "POST", "/update", text, {"Content-Type": UPDATE, **BEARER})
    seen.note("write", status, "an update")
    if status != http.client.NO_CONTENT:
        return
    with seen.lock:
        seen.unsure.discard(number)
        seen.acknowledged.add(number)
    ask = f"ASK {{ GRAPH <{GRAPH}> {{ {triple} }} }}"
    status, body = get(server, "/sparql?" + urlencode({"query": ask, "format": "json"}))
    if status == http.client.OK and not json.loads(body)["boolean"]:
        seen.wrong.append(f"the write {number} was not seen by the next request")
    time.sleep(0.1)


def harm(server: Server, seen: Seen, randomly: random.Random) -> None:
    """A request of those that are meant to do harm."""
    if randomly.random() < 0.5:
        name, text = randomly.choice(TEXTS)
        target, headers = "/sparql?timeout=1", {"Content-Type": QUERY}
        status, _ = send(server, "POST", target, text.encode("utf-8", "surrogatepass"), headers)
    else:
        one = randomly.choice([*ENCODINGS, *ONCE_500])
        name, headers = one.id, dict(one.headers)
        if one.content_type:
            headers["Content-Type"] = one.content_type
        body = one.body.encode() if isinstance(one.body, str) else one.body
        status, _ = send(server, one.method, one.path, body, headers)
    seen.note("hostile", status, name)


def kill(server: Server, seen: Seen, randomly: random.Random) -> None:
    """Kills a process of the service, whichever it is, but for the first, which starts them."""
    there = children(server.process.pid)
    if not there:
        return
    victim = randomly.choice(there)
    try:
        command = Path(f"/proc/{victim}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        os.kill(victim, signal.SIGKILL)
    except (ProcessLookupError, FileNotFoundError):
        return
    kind = next((k for k in ("zygote", "writer", "importer", "maker") if k in command), "web")
    with seen.lock:
        seen.kills[kind] += 1
        seen.last_kill = time.monotonic()


def settle(server: Server, seen: Seen) -> None:
    """Waits until the service answers again."""
    latest = time.monotonic() + 60
    while time.monotonic() < latest:
        with suppress(OSError, http.client.HTTPException):
            if get(server, "/health")[0] == http.client.OK:
                return
        time.sleep(0.2)
    seen.wrong.append("the service did not come back")


def look_for(server: Server, seen: Seen, when: str) -> None:
    """Is every acknowledged write there?"""
    query = f"SELECT ?n {{ GRAPH <{GRAPH}> {{ ?s <{GRAPH}/is> ?n }} }}"
    found = {int(row["n"]) for row in server.query(query)}
    if lost := seen.acknowledged - found:
        seen.wrong.append(f"{len(lost)} acknowledged writes are lost, {when}: {sorted(lost)[:5]}")
    if made_up := found - seen.acknowledged - seen.unsure:
        seen.wrong.append(f"{len(made_up)} writes are there that nobody made, {when}")


def measure(server: Server, seen: Seen) -> None:
    """Memory of all processes (shared pages counted once), descriptors of the web process."""
    family = [server.process.pid, *children(server.process.pid)]
    total, descriptors = 0, 0
    for pid in family:
        with suppress(OSError, ValueError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            total += int(rollup.split("Pss:", 1)[1].split()[0])
            descriptors = max(descriptors, len(os.listdir(f"/proc/{pid}/fd")))  # noqa: PTH208
    seen.memory.append(total >> 10)
    seen.descriptors.append(descriptors)
    seen.processes.append(len(family))


def bounded(seen: Seen) -> None:
    """The second half needs no more than the first, and a little."""
    for name, values in (("memory", seen.memory), ("descriptors", seen.descriptors)):
        half = len(values) // 2
        if half < 30:
            continue
        early, late = max(values[5:half]), max(values[half:])
        if late > 1.5 * early + 64:
            seen.wrong.append(f"{name} grew from {early} to {late}")


if __name__ == "__main__":
    main()
