"""A file of triples until it is a release, stage by stage, beside Oxigraph's own loader.

    python benchmarks/loading.py [--triples 1000000] [--alone]

Prints Markdown: seconds of each stage on the clock and of CPU, in all, peak memory (MB; of the
process, and what it reached by the end of the stage), and the ratio to ``oxigraph load`` with
``optimize`` of the same file (PyPI: oxigraph) in the same run.  The file is put into a graph
beside the project's own release, with inference; with ``--alone`` into a base without the
ontology.  Then a small update of that release, likewise.  The triples are those of
``generated.py``; what is told of seconds depends on what else the machine does, CPU less so.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

from generated import lines
from measuring import apart, peak
from peers import program

from mieco import content
from mieco.changes import Document, GraphChange, Update
from mieco.publish import change, staging
from mieco.publish.tables import publish_tables
from mieco.releases import Releases
from mieco.terms import DATA_GRAPHS

_GRAPH = DATA_GRAPHS + "made/up"
_SMALL = f"INSERT DATA {{ GRAPH <{_GRAPH}> {{ <urn:x:a> a <urn:x:A> }} }}"
# The functions that are told of, where they are called, and what they do.
_STAGES = {
    (change, "apply"): "reading the file into the store",
    (staging, "infer"): "reading it as columns, inference",
    (staging, "statistics_of"): "statistics",
    (staging, "_index"): "index of names (loading what was inferred beside it)",
    (staging, "describe_release"): "catalogue",
    (Releases, "add"): "on disk for good, and current",
}
_Row = tuple[str, float, float, float]


def main() -> None:
    """Makes the file, loads it, and prints the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--alone", action="store_true", help="without the ontology")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "made-up.nt"
        with file.open("wb") as out:
            out.writelines(lines(options.triples))
        apart(_begin, folder / "data", options.alone)
        document = Document(str(file), "application/n-triples", _GRAPH)
        loaded = apart(_measured, folder / "data", GraphChange("replace", _GRAPH, [document]))
        small = apart(_measured, folder / "data", Update(_SMALL))
        peer = apart(_by_peer, folder)
    print("\n".join(_table(f"{options.triples:,} triples", loaded, peer)), end="\n\n")
    print("\n".join(_table("then one triple", small, peer)))


def _begin(data: Path, alone: bool) -> None:
    releases = Releases(data)
    if alone:
        change.publish_nothing(releases)
    else:
        publish_tables(releases, content.folder("data"), lambda _: None)


def _measured(data: Path, made: GraphChange | Update) -> list[_Row]:
    """The stages of a change, and last the whole of it."""
    rows: list[_Row] = []
    with _noting(rows):
        _timed("in all", rows, partial(change.publish_change, Releases(data), made))
    return rows


@contextmanager
def _noting(rows: list[_Row]) -> Iterator[None]:
    patches = [
        patch.object(where, name, _told(getattr(where, name), told, rows))
        for (where, name), told in _STAGES.items()
    ]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


def _told(function: Callable[..., Any], told: str, rows: list[_Row]) -> Callable[..., Any]:
    @wraps(function)
    def timed(*arguments: Any, **named: Any) -> Any:
        return _timed(told, rows, partial(function, *arguments, **named))

    return timed


def _timed(told: str, rows: list[_Row], work: Callable[[], Any]) -> Any:
    began, used = time.perf_counter(), time.process_time()
    made = work()
    rows.append((told, time.perf_counter() - began, time.process_time() - used, peak()))
    return made


def _by_peer(folder: Path) -> tuple[float, float]:
    """Seconds on the clock and of CPU."""
    oxigraph, store = program("oxigraph"), folder / "oxigraph"
    began = time.perf_counter()
    load = [oxigraph, "load", "--location", store, "--file", folder / "made-up.nt"]
    subprocess.run([*load, "--format", "nt"], check=True, stderr=subprocess.DEVNULL)
    subprocess.run([oxigraph, "optimize", "--location", store], check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - began, used.ru_utime + used.ru_stime


def _table(title: str, rows: list[_Row], peer: tuple[float, float]) -> Iterator[str]:
    yield f"| {title} | s | s of CPU | peak, MB |"
    yield "|---|---|---|---|"
    for told, seconds, used, memory in rows:
        yield f"| {told} | {seconds:.2f} | {used:.2f} | {memory:.0f} |"
    yield f"| oxigraph load and optimize | {peer[0]:.2f} | {peer[1]:.2f} | |"
    _, seconds, used, _ = rows[-1]
    yield f"| **ratio of all to that** | {seconds / peer[0]:.2f} | {used / peer[1]:.2f} | |"


if __name__ == "__main__":
    main()
