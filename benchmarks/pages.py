"""The pages of the web site: how heavy they are, and how long they take.

    python benchmarks/pages.py [--triples 1000000] [--times 9]

Starts the service over the project's own data and so many made-up triples.  The weight of a
page is what a browser loads for it, compressed, with style sheets, scripts and pictures, each
once; the time is from the request to the last byte of the page itself, the median of some, made
anew each time (``Cache-Control: no-cache``) and kept.  Beside it stands how often the time of the
smallest answer of the service that is, in the same run.  Prints Markdown.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

from generated import lines

_TOKEN = "benchmark"
_GRAPH = "https://w3id.org/mieco/graph/data/made/up"
_LOADED = re.compile(
    r'<(?:link rel="(?:stylesheet|icon)"|script|img)[^>]*?(?:href|src)="([^"]+)"[^>]*>'
)
_SMALLEST = "/health"
_ANEW = {"Cache-Control": "no-cache"}
# The consortium with most statements of its own and about it in the project's data.
_LARGEST = "id/consortium/shenzhen"
_PAGES = {
    "home": "/",
    "questions": "/questions/",
    "question with a chart": "/questions/q05",
    "consortium, the largest": f"/{_LARGEST}.html",
    "organisation": "/id/organisation/huawei-jishu-youxiangongsi.html",
    "place": "/id/place/guangdong.html",
    "source": "/source/s001.html",
    "search": "/search?q=%E6%B7%B1%E5%9C%B3",
    "compare two": "/compare?of=shenzhen&of=changzhou-new-energy",
    "coverage matrix": "/compare/matrix",
    "regions": "/provinces",
    "map": "/map",
    "terms": "/terms/",
    "a class": "/terms/Consortium",
    "query page": "/sparql",
    "things of a class": "/terms/Enterprise/instances",
    "readiness of all": "/readiness",
    "readiness of one": "/readiness/shenzhen",
}


def main() -> None:
    """Publishes, starts, measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _serving(Path(folder) / "data") as port:
        _load(port, options.triples)
        print(f"{options.triples:,} made-up triples beside the project's own\n")
        print("| page | HTML, kB | in all, kB gzip | anew, ms | of the smallest | kept, ms |")
        print("|---|--:|--:|--:|--:|--:|")
        least = _timed(port, _SMALLEST, options.times, _ANEW)[1]
        for name, path in _PAGES.items():
            try:
                page, seconds = _timed(port, path, options.times, _ANEW)
                _, again = _timed(port, path, options.times, {})
            except ValueError as error:
                print(f"| {name} | {error} |")
                continue
            weight = len(gzip.compress(page)) + sum(_weights(port, path, page))
            print(
                f"| {name} | {len(page) / 1000:.0f} | {weight / 1000:.0f}"
                f" | {seconds * 1000:.0f} | {seconds / least:.0f} × | {again * 1000:.1f} |"
            )


@contextmanager
def _serving(data: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "mieco", "serve", "--port", str(port), "--data", str(data)]
    given = {"MIECO_TOKEN": _TOKEN, "MIECO_MAX_UPLOAD": "4000", "MIECO_MAX_TIMEOUT": "1200"}
    given["MIECO_WARM"] = "0"  # each page is measured as it is made
    service = subprocess.Popen(command, env={**os.environ, **given})
    try:
        while True:
            try:
                _get(port, _SMALLEST)
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        service.terminate()
        service.wait()


def _load(port: int, triples: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": "application/n-triples"}
    body = b"".join(lines(triples))
    connection.request("PUT", f"/graphs?graph={quote(_GRAPH, safe='')}&timeout=1200", body, headers)
    response = connection.getresponse()
    if response.status not in (201, 204):
        sys.exit(f"not loaded: {response.status} {response.read().decode()}")
    # The answer does not wait for ever until the new release answers; the pages are to be of it.
    while json.loads(_get(port, "/health"))["triples"] < triples:
        time.sleep(1)


def _get(port: int, path: str, headers: Mapping[str, str] = _ANEW) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Accept": "text/html,*/*;q=0.8", **headers})
    response = connection.getresponse()
    body = response.read()
    if response.status != http.client.OK:
        raise ValueError(f"{path}: {response.status}")
    return body


def _timed(port: int, path: str, times: int, headers: Mapping[str, str]) -> tuple[bytes, float]:
    """A page and the median of its seconds, after one that is not counted.

    Raises ValueError for what is refused.
    """
    page, seconds = _get(port, path, headers), []
    for _ in range(times):
        started = time.perf_counter()
        _get(port, path, headers)
        seconds.append(time.perf_counter() - started)
    return page, statistics.median(seconds)


def _weights(port: int, path: str, page: bytes) -> Iterator[int]:
    """The compressed bytes of each file that a page loads, and of those that its scripts do."""
    wanted = [urljoin(path, found) for found in _LOADED.findall(page.decode())]
    seen = set[str]()
    while wanted:
        where = urlsplit(wanted.pop()).path
        if where in seen:
            continue
        seen.add(where)
        file = _get(port, where)
        yield len(gzip.compress(file))
        if where.endswith(".js") and "/vendor/" not in where:
            imported = re.findall(r'(?:from|import) "(\.[^"]+)"', file.decode())
            wanted += [urljoin(where, each) for each in imported]


if __name__ == "__main__":
    main()
