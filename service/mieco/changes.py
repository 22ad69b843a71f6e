"""Changes to the dataset, and how each is made to a staged store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from mieco.engine.dataset import with_dataset
from mieco.engine.syntax import explain, explain_evaluation
from mieco.errors import BadRdf, NotFound, Text


@dataclass(frozen=True, slots=True)
class Update:
    """A SPARQL 1.1 Update request, with the graphs that its request names."""

    text: str
    default_graphs: Sequence[str] = ()
    named_graphs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """An RDF document on disk, its media type and its base IRI."""

    path: str
    media_type: str
    base: str


@dataclass(frozen=True, slots=True)
class GraphChange:
    """What the Graph Store Protocol does to one graph; ``None`` is the default graph.

    ``replace`` is PUT (§5.3), ``delete`` DELETE (§5.4), ``merge`` POST (§5.5).
    """

    action: Literal["replace", "merge", "delete"]
    graph: str | None
    documents: Sequence[Document] = ()


Change = Update | GraphChange


def to_job(change: Change) -> dict[str, Any]:
    """A change as JSON, for the process that makes it."""
    return {"kind": type(change).__name__, **asdict(change)}


def from_job(job: Mapping[str, Any]) -> Change:
    """The inverse of :func:`to_job`."""
    fields = {name: value for name, value in job.items() if name != "kind"}
    if job["kind"] == Update.__name__:
        return Update(**fields)
    documents = [Document(**document) for document in fields.pop("documents")]
    return GraphChange(**fields, documents=documents)


def apply(change: Change, store: Store) -> bool:
    """Makes a change; true if it created a graph.

    The store is a staged copy: if this raises, the copy is thrown away.  Raises
    QuerySyntaxError or QueryRefused for an update, BadRdf or NotFound for a graph.
    """
    if isinstance(change, Update):
        _update(change, store)
        return False
    return _change_graph(change, store)


def _update(change: Update, store: Store) -> None:
    text = with_dataset(change.text, change.default_graphs, change.named_graphs)
    try:
        store.update(text)
    except SyntaxError as error:
        raise explain(str(error), text) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise explain_evaluation(str(error)) from None


def _change_graph(change: GraphChange, store: Store) -> bool:
    graph = NamedNode(change.graph) if change.graph else DefaultGraph()
    existed = isinstance(graph, DefaultGraph) or store.contains_named_graph(graph)
    if change.action == "delete":
        if not existed:
            raise NotFound(what=Text("图", "graph"), name=change.graph or "", near="")
        store.remove_graph(graph)
        return False
    if change.action == "replace":
        store.clear_graph(graph)
    if isinstance(graph, NamedNode):
        store.add_graph(graph)
    for document in change.documents:
        _load(document, graph, store)
    return not existed


def _load(document: Document, graph: NamedNode | DefaultGraph, store: Store) -> None:
    form = RdfFormat.from_media_type(document.media_type)
    if form is None:
        raise ValueError(f"not an RDF media type: {document.media_type}")
    try:
        if form.supports_datasets:
            quads = parse(
                path=document.path,
                format=form,
                base_iri=document.base,
                rename_blank_nodes=True,
            )
            store.bulk_extend(_in_graph(quad, graph) for quad in quads)
        else:
            store.bulk_load(path=document.path, format=form, base_iri=document.base, to_graph=graph)
    except SyntaxError as error:
        raise BadRdf(
            format=document.media_type,
            reason=str(error).splitlines()[0],
            line=error.lineno or 0,
            column=error.offset or 0,
        ) from None


def _in_graph(quad: Quad, graph: NamedNode | DefaultGraph) -> Quad:
    """A quad of a document that is to fill one graph; it must not name another."""
    if quad.graph_name not in (DefaultGraph(), graph):
        raise BadRdf(
            format="RDF",
            reason=Text(
                f"文档含有另一个图 {quad.graph_name}",
                f"the document has another graph, {quad.graph_name}",
            ),
        )
    return Quad(quad.subject, quad.predicate, quad.object, graph)
