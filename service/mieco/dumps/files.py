"""Each file that a release can be had as: its name, what it holds, how it is made.

    mieco-5.nq.gz                     the whole of release 5
    mieco-5.data.mieco.public.ttl.zst its graph https://w3id.org/mieco/graph/data/mieco/public
    mieco-5.sha256-0123….nt.gz        a graph of another name, by the SHA-256 of its IRI

A name says all that is in the file, wherever it is kept, and is never given to another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from pyoxigraph import Store

from mieco.dumps.forms import DATASET_FORMS, GRAPH_FORMS, SYNTAXES, DumpForm, compressed
from mieco.dumps.writing import graph_of, has_graph, write_dump
from mieco.errors import NotFound, Text
from mieco.manifest import Manifest
from mieco.releases import Releases
from mieco.terms import GRAPH, UNNAMED_GRAPH

# Paths whose slashes can be written as full stops and read back.
_PLAIN = re.compile(r"(?!sha256-)[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", re.ASCII)
_DIGITS = 32


@dataclass(frozen=True, slots=True)
class DumpFile:
    """A release, or one graph of it (by IRI), in one form."""

    release: int
    graph: str | None
    form: DumpForm

    @property
    def name(self) -> str:
        """The name under which it is offered, and kept by who fetches it."""
        part = f".{_slug(self.graph)}" if self.graph else ""
        return f"mieco-{self.release}{part}.{self.form.extension}"

    @property
    def place(self) -> str:
        """Where it is kept among the files that were made."""
        return f"{self.release}/{self.name}"

    @property
    def media_type(self) -> str:
        return self.form.media_type

    def write(self, releases: Releases, out: IO[bytes]) -> None:
        """Makes the file.  Raises NotFound where the release or graph is not there."""
        store = Store.read_only(str(releases.open(self.release).store))
        graphs = [graph_of(self.graph)] if self.graph else None
        if graphs and not has_graph(store, graphs[0]):
            raise NotFound(what=Text("图", "graph"), name=self.graph or "", near="")
        with compressed(out, self.form.compression) as packed:
            write_dump(store, graphs, SYNTAXES[self.form.syntax], packed)


def graphs_of(manifest: Manifest) -> dict[str, int]:
    """How many triples each graph of a release has, the unnamed one among them if it has any."""
    unnamed = manifest.triples - sum(manifest.graphs.values())
    return {**manifest.graphs, **({UNNAMED_GRAPH: unnamed} if unnamed else {})}


def dataset_files(number: int) -> list[DumpFile]:
    """The whole of a release in each form."""
    return [DumpFile(number, None, form) for form in DATASET_FORMS]


def graph_files(number: int, graph: str) -> list[DumpFile]:
    """One graph of a release in each form."""
    return [DumpFile(number, graph, form) for form in GRAPH_FORMS]


def files_of(manifest: Manifest) -> Iterator[DumpFile]:
    """Every file that a release can be had as."""
    yield from dataset_files(manifest.number)
    for graph in graphs_of(manifest):
        yield from graph_files(manifest.number, graph)


def find_file(manifest: Manifest, name: str) -> DumpFile:
    """The file of a name.  Raises NotFound."""
    for file in files_of(manifest):
        if file.name == name:
            return file
    plain = DumpFile(manifest.number, None, DATASET_FORMS[0]).name
    raise NotFound(
        what=Text("文件", "file"),
        name=name,
        near=Text(
            f"例如有 {plain}；其余见 /download/{manifest.number}/。",
            f"There is {plain}, for example; /download/{manifest.number}/ lists them all.",
        ),
    )


def _slug(graph: str) -> str:
    path = graph.removeprefix(GRAPH)
    if path != graph and _PLAIN.fullmatch(path):
        return path.replace("/", ".")
    return f"sha256-{hashlib.sha256(graph.encode()).hexdigest()[:_DIGITS]}"
