"""Linksets as batches: those delivered, and the project's own beside its tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pyoxigraph import NamedNode, Quad, Store

from mieco.delta import Delta
from mieco.intake.batch import Batch, Input
from mieco.intake.linksets import read_linkset
from mieco.progress import Progress
from mieco.publish.known import published
from mieco.publish.staging import replace_graph
from mieco.terms import CATALOGUE_GRAPH, DATA_GRAPHS, MIECO

# Whose linksets are that nobody delivers for a consortium.
LINKS_OWNER = "links"
_OWN = f"{DATA_GRAPHS}mieco/links-"
# What links call by name.
_REGISTERS = {
    "consortia": MIECO + "Consortium",
    "organisations": MIECO + "Actor",
    "places": MIECO + "Place",
    "spaces": MIECO + "Space",
    "policies": MIECO + "PolicyDocument",
}


def read_delivered(
    given: Input, store: Store, graph: NamedNode, folder: Path, progress: Progress
) -> Batch:
    """The batch of a linkset, read against what is published beside its graph."""
    known = published(store, _REGISTERS, frozenset({NamedNode(CATALOGUE_GRAPH), graph}))
    return read_linkset(given, known, graph, folder, progress)


def own_linksets(tables: Path, quads: Sequence[Quad], folder: Path) -> Iterator[Batch]:
    """The batches of the linksets beside some tables (``linksets/*.sssom.tsv``).

    They are read against ``quads``, the content of the tables and of the ontology.  Raises
    BadInput.
    """
    files = sorted((tables / "linksets").glob("*.sssom.tsv"))
    if not files:
        return
    store = Store()
    store.bulk_extend(quads)
    known = published(store, {}, frozenset())
    for file in files:
        name = file.name.removesuffix(".sssom.tsv")
        place = folder / name
        place.mkdir()
        graph = NamedNode(_OWN + name)
        given = Input(file, f"{file.parent.name}/{file.name}")
        yield read_linkset(given, known, graph, place, Progress())


def replace_linksets(store: Store, batches: Sequence[Batch]) -> Delta:
    """Gives the graphs of our own linksets their new content; those that are no more, none."""
    delta = Delta()
    kept = {batch.graph for batch in batches}
    for graph in list(store.named_graphs()):
        if isinstance(graph, NamedNode) and graph.value.startswith(_OWN) and graph not in kept:
            delta |= replace_graph(store, graph, [])
            store.remove_graph(graph)
    for batch in batches:
        delta |= replace_graph(store, batch.graph, batch.quads())
    return delta
