"""What must hold whatever the query: long answers, deadlines, writes.

    python benchmarks/promises.py --triples 1000000 --times 5

Starts this service and Oxigraph's server over the same made-up triples and prints Markdown: how
fast all triples come as JSON, when the first byte comes, and by how much memory grows meanwhile;
how soon after its deadline a runaway query has freed its worker, and how long a health check takes
all the while; how long after a small change was sent a reader sees it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from generated import lines
from peers import JSON, STARTS, TOKEN, Peer

_ALL = "SELECT ?s ?p ?o { ?s ?p ?o }"
# Two patterns: three would run out of memory before they ran out of time.
_RUNAWAY = 'SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER (STR(?c) = CONCAT(STR(?f), "x")) }'
_DEADLINE = 2.0
_CHUNK = 1 << 16


def main() -> None:
    """Starts both, measures, and prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "made-up.nt"
        with file.open("wb") as out:
            out.writelines(lines(options.triples))
        with STARTS["mieco"](file, folder) as ours, STARTS["oxigraph"](file, folder) as theirs:
            print(f"{options.triples:,} triples, medians of {options.times}\n")
            print("\n".join(_exports([ours, theirs], options.times)))
            print()
            print("\n".join(_deadlines(ours, options.times)))
            print()
            print("\n".join(_writes(ours, options.times)))


def _exports(peers: Sequence[Peer], times: int) -> Iterator[str]:
    yield "| all triples as JSON | MB/s | of the last | first byte, ms | memory grows by, MB |"
    yield "|---|--:|--:|--:|--:|"
    measured = [[_export(peer) for _ in range(times)] for peer in peers]
    base = statistics.median(rate for rate, _, _ in measured[-1])
    for peer, runs in zip(peers, measured, strict=True):
        rate, first, growth = (statistics.median(each) for each in zip(*runs, strict=True))
        yield f"| {peer.name} | {rate:.0f} | {rate / base:.1f} | {first:.1f} | {growth:.0f} |"


def _export(peer: Peer) -> tuple[float, float, float]:
    """(MB/s, ms until the first byte, growth of memory in MB)."""
    before = most = peer.megabytes()
    connection = peer.connect(600)
    started = time.perf_counter()
    headers = {"Accept": JSON, **peer.headers}
    connection.request("GET", peer.target(_ALL), headers=headers)
    response = connection.getresponse()
    size = len(response.read(1))
    first = time.perf_counter() - started
    looked = time.perf_counter()
    while piece := response.read(_CHUNK):
        size += len(piece)
        if time.perf_counter() - looked > 0.5:  # noqa: PLR2004 (looking costs time, too)
            most = max(most, peer.megabytes())
            looked = time.perf_counter()
    passed = time.perf_counter() - started
    connection.close()
    return size / passed / 1e6, first * 1000, most - before


def _deadlines(peer: Peer, times: int) -> Iterator[str]:
    """Runaways on all cores; the service answers each at its deadline."""
    late: list[float] = []
    health: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            connection = peer.connect(60)
            started = time.perf_counter()
            connection.request("GET", "/health")
            connection.getresponse().read()
            health.append(time.perf_counter() - started)
            connection.close()
            time.sleep(0.01)

    watch = threading.Thread(target=look)
    watch.start()
    for turn in range(times):
        runs = [threading.Thread(target=_run_away, args=(peer, turn, n, late)) for n in range(2)]
        for each in runs:
            each.start()
        for each in runs:
            each.join()
    over.set()
    watch.join()
    if len(late) < 2 * times:
        sys.exit("a runaway query was not stopped at its deadline")
    yield "| two runaway queries at a time | median, ms | longest, ms |"
    yield "|---|--:|--:|"
    for name, found in (("answer after the deadline", late), ("health check meanwhile", health)):
        yield f"| {name} | {statistics.median(found) * 1000:.0f} | {max(found) * 1000:.0f} |"


def _run_away(peer: Peer, turn: int, number: int, late: list[float]) -> None:
    connection = peer.connect(60)
    target = f"{peer.target(f'{_RUNAWAY} # {turn} {number}')}&{urlencode({'timeout': _DEADLINE})}"
    started = time.perf_counter()
    connection.request("GET", target, headers={"Accept": JSON, **peer.headers})
    status = connection.getresponse().status
    if status == HTTPStatus.GATEWAY_TIMEOUT:
        late.append(time.perf_counter() - started - _DEADLINE)
    connection.close()


def _writes(peer: Peer, times: int) -> Iterator[str]:
    found = [_write(peer, turn) for turn in range(times)]
    yield "| a triple inserted | median, ms | longest, ms |"
    yield "|---|--:|--:|"
    yield f"| until a reader sees it | {statistics.median(found):.0f} | {max(found):.0f} |"


def _write(peer: Peer, turn: int) -> float:
    """Milliseconds from the request of a change until it is in an answer."""
    triple = f"<http://example.org/written> <http://example.org/turn> {turn}"
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/sparql-update"}
    writing, reading = peer.connect(600), peer.connect(600)
    started = time.perf_counter()
    writing.request("POST", "/update", f"INSERT DATA {{ {triple} }}", headers)
    while b"true" not in peer.ask(reading, f"ASK {{ {triple} }}", JSON):
        time.sleep(0.005)
    passed = time.perf_counter() - started
    if writing.getresponse().status not in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
        sys.exit("the change was refused")
    writing.close()
    reading.close()
    return passed * 1000


if __name__ == "__main__":
    main()
