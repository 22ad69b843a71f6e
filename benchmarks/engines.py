"""SPARQL engines side by side: the same data, the same queries, in one run.

    python benchmarks/engines.py --triples 1000000 --times 7 --peers oxigraph,virtuoso

Starts this service and its peers over the same made-up triples (others by their address:
``--url NAME=https://…``, loaded by you), puts the queries of ``benchmarks/queries/`` to each in
turns, and prints Markdown: whether the answers agree, medians and their ratios to the first peer,
the 99th percentile and requests a second of small lookups at 1, 8 and 64 connections, and memory.
This service evaluates every request anew (``Cache-Control: no-cache``) except where it says
"kept".  Needs wrk for the requests a second.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path

from generated import lines
from peers import JSON, STARTS, TURTLE, Peer

_QUERIES = Path(__file__).parent / "queries"
_GRAPHS = ("CONSTRUCT", "DESCRIBE")
# Engines write the mean of many numbers with other digits.
_DIGITS = 6
_CONNECTIONS = (1, 8, 64)
_SECONDS = 5
_LOOKUP = "02-label"


class Measured:
    """What an engine gave for a query: seconds of each run, and its answer for comparison."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.answer: object = None
        self.wrong = ""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds) if self.seconds else math.nan


Results = Mapping[str, Mapping[str, Measured]]


def main() -> None:
    """Starts the engines, measures, and prints Markdown."""
    options = _options()
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        file = folder / "made-up.nt"
        with file.open("wb") as out:
            out.writelines(lines(options.triples))
        peers = [
            running.enter_context(STARTS[each](file, folder)) for each in ["mieco", *options.peers]
        ]
        peers += [Peer(*each.split("=", 1), loaded=math.nan) for each in options.url]
        queries = {path.stem: _read(path) for path in sorted(_QUERIES.glob(options.only))}
        results = _measure(peers, queries, options.times, options.seconds)
        print(f"{options.triples:,} triples, {options.times} runs of each query\n")
        print("\n".join(_table(peers, results)))
        print()
        print("\n".join(_summary(peers, results)))
        if shutil.which("wrk") and _LOOKUP in queries:
            print()
            print("\n".join(_throughput(peers, queries[_LOOKUP])))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=60.0, help="the deadline of a query")
    parser.add_argument("--peers", default="oxigraph", help=f"of {', '.join(STARTS)}")
    parser.add_argument("--url", action="append", default=[], help="NAME=ADDRESS of another")
    parser.add_argument("--only", default="*.rq", help="a pattern of query files")
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


def _table(peers: Sequence[Peer], results: Results) -> Iterator[str]:
    base = peers[1].name if len(peers) > 1 else peers[0].name
    yield f"| query | {' | '.join(f'{p.name}, ms' for p in peers)} | mieco / {base} | agree |"
    yield f"|---|{'--:|' * (len(peers) + 1)}---|"
    for name, row in results.items():
        cells = [row[p.name].wrong or f"{row[p.name].median * 1000:.1f}" for p in peers]
        ratio = row["mieco"].median / row[base].median
        known = [row[p.name].answer for p in peers if not row[p.name].wrong]
        agree = "yes" if all(each == known[0] for each in known) else "**no**"
        yield f"| {name} | {' | '.join(cells)} | {ratio:.2f} | {agree} |"


def _summary(peers: Sequence[Peer], results: Results) -> Iterator[str]:
    yield "| | geometric mean of mieco's ratio | worst | loaded, s | memory, MB |"
    yield "|---|--:|--:|--:|--:|"
    for peer in peers:
        ratios = {
            name: row["mieco"].median / row[peer.name].median
            for name, row in results.items()
            if row[peer.name].seconds and row["mieco"].seconds
        }
        worst = max(ratios, key=ratios.__getitem__)
        yield (
            f"| {peer.name} | {statistics.geometric_mean(ratios.values()):.2f}"
            f" | {ratios[worst]:.2f} ({worst}) | {peer.loaded:.1f} | {peer.megabytes():.0f} |"
        )


def _throughput(peers: Sequence[Peer], query: str) -> Iterator[str]:
    yield "| small lookups | connections | requests/s | 99th percentile, ms |"
    yield "|---|--:|--:|--:|"
    for connections in _CONNECTIONS:
        for peer in peers:
            yield _wrk(peer, query, connections, peer.headers, peer.name)
            if peer.name == "mieco":
                yield _wrk(peer, query, connections, {}, "mieco, kept")


def _wrk(peer: Peer, query: str, connections: int, headers: Mapping[str, str], name: str) -> str:
    parts = peer.address.split("/", 3)
    said = [f"-H{key}: {value}" for key, value in {"Accept": JSON, **headers}.items()]
    command = [
        *("wrk", "-t1", f"-c{connections}", f"-d{_SECONDS}", "--latency", *said),
        f"{parts[0]}//{parts[2]}{peer.target(query)}",
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s*([\d.]+)", told)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    if "Non-2xx" in told or not rate or not slow:
        return f"| {name} | {connections} | refused | |"
    late = float(slow[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[slow[2]]
    return f"| {name} | {connections} | {float(rate[1]):,.0f} | {late:.2f} |"


if __name__ == "__main__":
    main()
