"""Small lookups beside runaway queries: how much later do they come, and is any lost?

    python benchmarks/runaways.py [--seconds 60] [--runaways 1]

Starts the service over the project's own data with its default settings.  One client sends
runaway queries, each a text of its own, ``--runaways`` at a time, over and over; another
sends small lookups on one connection.  Prints the lookups' median and 99th percentile alone
and beside the runaways, and their ratio, from one run.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from pathlib import Path

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LOOKUP = (
    "SELECT ?p ?o { <https://w3id.org/mieco/id/consortium/shenzhen> ?p ?o } ORDER BY ?p LIMIT 20"
)


def main() -> None:
    """Runs the service, both phases, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--runaways", type=int, default=1)
    options = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "mieco", "serve", "--port", str(port), "--data"]
        service = subprocess.Popen([*command, str(Path(folder) / "data")])
        try:
            await_ready(port)
            measure(port, options.seconds, options.runaways)
        finally:
            service.terminate()
            service.wait()


def await_ready(port: int) -> None:
    """Waits for the first answer."""
    for _ in range(600):
        try:
            get(http.client.HTTPConnection("127.0.0.1", port), "ASK {}")
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("the service did not start")


def get(connection: http.client.HTTPConnection, query: str) -> int:
    """The status of a query's answer."""
    connection.request("GET", "/sparql?" + urllib.parse.urlencode({"query": query}))
    response = connection.getresponse()
    response.read()
    return response.status


def measure(port: int, seconds: float, runaways: int) -> None:
    """Both phases: lookups alone, then beside the runaways."""
    lookups(port, 1.0)  # warm
    quiet, lost_quiet = lookups(port, seconds / 4)
    stop = threading.Event()
    statuses: Counter[str] = Counter()
    threads = [
        threading.Thread(target=run_away, args=(port, n, stop, statuses), daemon=True)
        for n in range(runaways)
    ]
    for thread in threads:
        thread.start()
    beside, lost_beside = lookups(port, seconds)
    stop.set()
    report = {
        "alone": summary(quiet, lost_quiet),
        f"beside {runaways} runaway(s)": summary(beside, lost_beside),
        "p99 ratio": round(percentile(beside, 99) / percentile(quiet, 99), 2),
        "runaways ended with": dict(statuses),
    }
    print(json.dumps(report, indent=2))


def run_away(port: int, number: int, stop: threading.Event, statuses: Counter[str]) -> None:
    """Sends one runaway query after another."""
    turn = 0
    while not stop.is_set():
        turn += 1
        try:
            status = get(
                http.client.HTTPConnection("127.0.0.1", port), f"{RUNAWAY} # {number}.{turn}"
            )
        except (OSError, http.client.HTTPException) as error:
            statuses[type(error).__name__] += 1
        else:
            statuses[str(status)] += 1


def lookups(port: int, seconds: float) -> tuple[list[float], int]:
    """The times of lookups, in milliseconds, and how many were not answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times: list[float] = []
    lost = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.perf_counter()
        try:
            lost += get(connection, LOOKUP) != http.client.OK
        except (OSError, http.client.HTTPException):
            lost += 1
            connection = http.client.HTTPConnection("127.0.0.1", port)
        times.append((time.perf_counter() - started) * 1000)
    return times, lost


def percentile(times: list[float], percent: int) -> float:
    """A percentile of times."""
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def summary(times: list[float], lost: int) -> dict[str, float]:
    """What the table shows of one phase."""
    return {
        "lookups": len(times),
        "lost": lost,
        "median ms": round(percentile(times, 50), 2),
        "p99 ms": round(percentile(times, 99), 2),
        "slowest ms": round(max(times), 1),
    }


if __name__ == "__main__":
    main()
