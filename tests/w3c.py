"""What the tests of the W3C suites share: their parameters, and a service to change.

Two suites of SPARQL 1.1 are left out: ``entailment`` and the evaluation tests of ``service``
are of other specifications, which the service does not claim.  So is ``http-rdf-update``: its
entries are prose, deprecated in favour of ``graph-store-protocol``, and cannot be run as they
stand (a Turtle body without its last ".", a DELETE of a graph that nothing made, an expected
graph that contradicts the requests before it).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import BEARER, TOKEN, Reply, Server, running
from w3c_manifest import SUITES, Case, quads_of

KNOWN_FAILURES = tomllib.loads(
    Path(__file__).with_name("w3c_known_failures.toml").read_text(encoding="utf-8")
)
ABSENT = f"the W3C test suites are not in {SUITES}; MIECO_W3C_TESTS says where they are"


def parameters(
    manifests: Iterable[str], cases: Callable[[str], Iterable[Case]], *kinds: str
) -> list[object]:
    """The cases of these kinds in these manifests; one skipped case where a suite is absent."""
    return [parameter for manifest in manifests for parameter in _of(manifest, cases, kinds)]


def _of(
    manifest: str, cases: Callable[[str], Iterable[Case]], kinds: tuple[str, ...]
) -> Iterator[object]:
    if not (SUITES / manifest).is_file():
        yield pytest.param(None, id=manifest, marks=pytest.mark.skip(reason=ABSENT))
        return
    version = manifest.partition("/")[0].removeprefix("sparql")
    for case in cases(manifest):
        if case.kind.startswith(kinds):
            reason = KNOWN_FAILURES.get(case.iri)
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            yield pytest.param(case, id=f"{version}-{case.name}", marks=marks)


@contextmanager
def empty_service(folder: Path) -> Iterator[Server]:
    """A service with nothing in it, whose default graph is the unnamed one."""
    arguments = ("--data", str(folder), "--empty", "--default-graph", "strict")
    # Loading a whole suite is one large update.
    with running(*arguments, MIECO_TOKEN=TOKEN, MIECO_MAX_QUERY="65536") as server:
        yield server


def update(server: Server, text: str) -> Reply:
    return server.post("/update", text, "application/sparql-update", **BEARER)


def fill(server: Server, default: Iterable[str], graphs: Iterable[tuple[str, str]]) -> None:
    """Replaces all that the service holds, in one release, by files of the suites.

    The triples go in as N-Triples, so that every literal stays as it is written.
    """
    graphs = list(graphs)
    operations = ["DROP ALL", *(f"CREATE SILENT GRAPH <{name}>" for name, _ in graphs)]
    blocks = [_triples(file) for file in default]
    blocks += [f"GRAPH <{name}> {{ {_triples(file)} }}" for name, file in graphs]
    operations.append(f"INSERT DATA {{ {' '.join(blocks)} }}")
    reply = update(server, " ;\n".join(operations))
    assert reply.status == 204, reply.text


def _triples(file: str) -> str:
    return " ".join(f"{quad.triple} ." for quad in quads_of(file))
