"""SPARQL engines side by side: the same data, the same queries, in one run.

    python benchmarks/engines.py --triples 100000 1000000 --peers oxigraph,virtuoso --into run.json
    python benchmarks/report.py run.json --plot docs/pictures/growth.svg

Starts this service and its peers over the same made-up triples (others by their address:
``--url NAME=https://…``, loaded by you), puts the queries of ``benchmarks/queries/`` to each in
turns, and writes what came of it as JSON: every time that a query took, whether the answers agree,
requests a second and the 99th percentile of small lookups at 1, 8 and 64 connections, the time of
loading, and memory.  This service evaluates every request anew (``Cache-Control: no-cache``) except
where it says "kept".  Needs wrk for the requests a second.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from typing import Any

from generated import lines
from peers import JSON, STARTS, TURTLE, Peer

_QUERIES = Path(__file__).parent / "queries"
_GRAPHS = ("CONSTRUCT", "DESCRIBE")
# Engines write the mean of many numbers with other digits.
_DIGITS = 6
_CONNECTIONS = (1, 8, 64)
# rdflib keeps every term as an object of Python: a million triples take minutes and gigabytes.
_MOST = {"rdflib-endpoint": 200_000}
_SECONDS = 5
_LOOKUP = "02-label"


class Measured:
    """What an engine gave for a query: seconds of each run, and its answer for comparison."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.answer: object = None
        self.wrong = ""


def main() -> None:
    """Measures for each size, and writes the results."""
    options = _options()
    queries = {path.stem: _read(path) for path in sorted(_QUERIES.glob(options.only))}
    runs = []
    for size in options.triples:
        runs.append(_run(options, size, queries))
        # After each size, since the next may take an hour.
        options.into.write_text(json.dumps(runs, indent=1), encoding="utf-8")


def _run(options: argparse.Namespace, size: int, queries: Mapping[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        file = folder / "made-up.nt"
        with file.open("wb") as out:
            out.writelines(lines(size))
        peers = []
        for each in ["mieco", *options.peers]:
            print(f"{size:,} triples: {each}", file=sys.stderr)
            if size <= _MOST.get(each, size):
                peers.append(running.enter_context(STARTS[each](file, folder)))
        peers += [Peer(*each.split("=", 1), loaded=math.nan) for each in options.url]
        results = _measure(peers, queries, options.times, options.seconds)
        lookups = shutil.which("wrk") is not None and _LOOKUP in queries
        return {
            "triples": size,
            "times": options.times,
            "date": time.strftime("%Y-%m-%d"),
            "machine": _machine(),
            "engines": {
                p.name: {"loaded": p.loaded, "memory": p.megabytes(), "version": p.version}
                for p in peers
            },
            "queries": {name: _told(row) for name, row in results.items()},
            "lookups": list(_throughput(peers, queries[_LOOKUP])) if lookups else [],
        }


def _machine() -> str:
    """The processors and the memory of this machine, and its system."""
    about = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", about.read_text() if about.exists() else "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    name = model[1] if model else platform.machine()
    return f"{os.cpu_count()} × {name}, {memory} GB, {platform.system()}"


def _told(row: Mapping[str, Measured]) -> dict[str, Any]:
    known = [each.answer for each in row.values() if not each.wrong]
    return {
        "agree": all(each == known[0] for each in known),
        "seconds": {name: each.seconds for name, each in row.items()},
        "wrong": {name: each.wrong for name, each in row.items() if each.wrong},
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--triples", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=60.0, help="the deadline of a query")
    parser.add_argument("--peers", default="oxigraph", help=f"of {', '.join(STARTS)}")
    parser.add_argument("--url", action="append", default=[], help="NAME=ADDRESS of another")
    parser.add_argument("--only", default="*.rq", help="a pattern of query files")
    parser.add_argument("--into", type=Path, required=True, help="the file of the results")
    options = parser.parse_args()
    options.peers = [each for each in options.peers.split(",") if each]
    if unknown := set(options.peers) - STARTS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return options


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _accept(query: str) -> str:
    return TURTLE if re.search(rf"^(?:{'|'.join(_GRAPHS)})\b", query, re.MULTILINE) else JSON


def _measure(
    peers: Sequence[Peer], queries: Mapping[str, str], times: int, seconds: float
) -> dict[str, dict[str, Measured]]:
    """The queries in turns, so that what else the machine does hits all engines alike."""
    results = {name: {peer.name: Measured() for peer in peers} for name in queries}
    for turn in range(times + 1):
        for name, query in queries.items():
            for peer in peers:
                measured = results[name][peer.name]
                if measured.wrong:
                    continue
                connection = peer.connect(seconds)
                started = time.perf_counter()
                try:
                    body = peer.ask(connection, query, _accept(query))
                except (OSError, HTTPException, ValueError) as error:
                    if isinstance(error, TimeoutError):
                        peer.give_up()
                    measured.wrong = str(error) or type(error).__name__
                    continue
                finally:
                    connection.close()
                if turn:
                    measured.seconds.append(time.perf_counter() - started)
                else:  # the first warms, and is compared
                    measured.answer = _comparable(body, _accept(query))
        print(f"turn {turn} of {times}", file=sys.stderr)
    return results


def _comparable(body: bytes, accept: str) -> object:
    """An answer as something that is equal where the answers are."""
    if accept == TURTLE:
        return None  # graphs are compared by the tests of the service, blank nodes and all
    told = json.loads(body)
    if "boolean" in told:
        return told["boolean"]
    return Counter(
        tuple(sorted((name, _value(term)) for name, term in row.items()))
        for row in told["results"]["bindings"]
    )


def _value(term: Mapping[str, str]) -> str:
    text = term["value"]
    if term.get("datatype", "").startswith("http://www.w3.org/2001/XMLSchema#"):
        try:
            return f"{float(text):.{_DIGITS}g}"
        except ValueError:
            return text
    return text


def _throughput(peers: Sequence[Peer], query: str) -> Iterator[dict[str, Any]]:
    for connections in _CONNECTIONS:
        for peer in peers:
            yield _wrk(peer, query, connections, peer.headers, peer.name)
            if peer.name == "mieco":
                yield _wrk(peer, query, connections, {}, "mieco, kept")


def _wrk(
    peer: Peer, query: str, connections: int, headers: Mapping[str, str], name: str
) -> dict[str, Any]:
    parts = peer.address.split("/", 3)
    said = [f"-H{key}: {value}" for key, value in {"Accept": JSON, **headers}.items()]
    command = [
        *("wrk", "-t1", f"-c{connections}", f"-d{_SECONDS}", "--latency", *said),
        f"{parts[0]}//{parts[2]}{peer.target(query)}",
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s*([\d.]+)", told)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    return {
        "engine": name,
        "connections": connections,
        "rate": float(rate[1]) if rate else 0.0,
        "late": float(slow[1]) * unit[slow[2]] if slow else math.nan,
        "refused": int(refused[1]) if refused else 0,
    }


if __name__ == "__main__":
    main()
