"""The reasoners that the compiled rules are compared with, over the same triples."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from measuring import Clock, Figures, apart, peak
from pyoxigraph import DefaultGraph, Quad, QueryTriples, RdfFormat, Store, Triple

from mieco.inference import rule_files
from mieco.reason import facts as arrays
from mieco.reason.facts import Saved
from mieco.reason.ruleset import is_published
from mieco.terms import PREFIXES

# owlrl needs minutes for a hundred thousand triples, reasonable gigabytes for a million.
PEERS = {"owlrl": 100_000, "reasonable": 1_000_000}
# What another reasoner may take: a machine that swaps measures nothing.
MEMORY = 8 << 30
SUBCLASS = PREFIXES["rdfs"] + "subClassOf"


def by_peer(peer: str, folder: Path, size: int, seconds: float) -> dict[str, Any]:
    """The figures of another reasoner over one size."""
    if importlib.util.find_spec(peer) is None:
        return {f"{peer}, s": "not installed"}
    if not (folder / f"{size}.ttl").exists():
        apart(write_for_peers, folder, size)
    try:
        figures = apart(RUN[peer], folder, size, seconds=seconds, memory=MEMORY)
    except MemoryError:
        return {f"{peer}, s": f"out of memory at {MEMORY >> 30} GB"}
    return figures or {f"{peer}, s": f"more than {seconds:.0f}"}


def write_for_peers(folder: Path, size: int) -> None:
    """The text with the results of the queries; what is missing then, and must be found."""
    store = Store()
    store.bulk_load(path=folder / f"{size}.nt", format=RdfFormat.N_TRIPLES)
    by_queries = set(closure(store, [path.read_text("utf-8") for path in rule_files()]))
    with (folder / f"{size}.ttl").open("wb") as out:
        store.dump(out, RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
    saved = Saved.read(folder / f"{size}.npz")
    known = {f"{t} .\n".encode() for t in by_queries}
    with (folder / f"{size}.expected").open("wb") as out:
        for piece in arrays.text(saved.inferred, saved.dictionary):
            out.writelines(
                line
                for line in piece.splitlines(keepends=True)
                if line not in known and f"<{SUBCLASS}>".encode() not in line
            )


def closure(store: Store, queries: Collection[str]) -> Iterator[Triple]:
    """Adds what CONSTRUCT queries give until nothing is new, and tells what was."""
    fresh = True
    while fresh:
        fresh = False
        for query in queries:
            found = store.query(query)
            if not isinstance(found, QueryTriples):
                raise TypeError(query)
            for triple in list(found):
                quad = Quad(triple.subject, triple.predicate, triple.object)
                if quad not in store:
                    store.add(quad)
                    fresh = True
                    yield triple


def with_owlrl(folder: Path, size: int) -> Figures:
    """owlrl: must find the same."""
    import owlrl
    from rdflib import Graph

    clock = Clock()
    graph = Graph().parse(folder / f"{size}.ttl", format="nt")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    running = clock()
    found = own_lines(graph)
    with (folder / f"{size}.ttl").open("rb") as given:
        found.difference_update(given)
    expected = expected_lines(folder, size)
    if found != expected:
        differing = sorted(found ^ expected)
        sys.exit(f"owlrl differs in {len(differing)}: {differing[:5]}")
    return {"owlrl, s": running, "owlrl: found, all compared equal": len(found)}


def with_reasonable(folder: Path, size: int) -> Figures:
    """reasonable: must find nothing else."""
    import reasonable

    clock = Clock()
    reasoner = reasonable.PyReasoner()
    reasoner.load_file(str(folder / f"{size}.ttl"))
    found = reasoner.reason()
    running, most = clock(), peak()
    lines = own_lines(found)
    with (folder / f"{size}.ttl").open("rb") as given:
        lines.difference_update(given)
    expected = expected_lines(folder, size)
    if not lines <= expected:
        more = sorted(lines - expected)
        sys.exit(f"reasonable found {len(more)} more: {more[:5]}")
    return {
        "reasonable, s": running,
        "reasonable: found, all among ours": len(lines),
        "reasonable: peak memory, MB": round(most),
    }


RUN = {"owlrl": with_owlrl, "reasonable": with_reasonable}


def own_lines(triples: Iterable[tuple[Any, Any, Any]]) -> set[bytes]:
    """What was found on the published vocabulary, as lines of N-Triples."""
    from rdflib import RDF, URIRef

    return {
        f"<{s}> <{p}> <{o}> .\n".encode()
        for s, p, o in triples
        if isinstance(s, URIRef)
        and isinstance(o, URIRef)
        and str(p) != SUBCLASS
        and is_published(str(o if p == RDF.type else p))
    }


def expected_lines(folder: Path, size: int) -> set[bytes]:
    """What another reasoner must find."""
    with (folder / f"{size}.expected").open("rb") as lines:
        return set(lines)
