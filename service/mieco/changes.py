"""Changes to the dataset, and how each is made to a staged store."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, parse

from mieco.delta import Delta
from mieco.engine.base import Remote
from mieco.engine.dataset import (
    Dataset,
    copy_graph,
    dataset_of_operation,
    overlap,
    refuse_conflict,
    with_dataset,
)
from mieco.engine.searching import is_used
from mieco.engine.service import prepared
from mieco.engine.syntax import explain, explain_evaluation
from mieco.engine.tokens import (
    MAX_NESTING,
    Operation,
    has_word,
    operations,
    resolve,
    split_prologue,
)
from mieco.errors import (
    BadRdf,
    NotFound,
    PreconditionFailed,
    QueryRefused,
    SearchMisused,
    Text,
    UserError,
)
from mieco.reason.columns import Encoded
from mieco.touched import Touched, is_short

# The engine takes declarations before the first operation only (Update grammar, rule [29]
# has them before each), no dataset beside the text, and loads nothing.
_TAKEN_APART = ("USING", "LOAD", "PREFIX", "BASE")
# A larger document goes into the store without being looked at, which is much quicker.
_SMALL_DOCUMENT = 4 << 20

# So many bytes of a document are looked at together.
_PIECE = 16 << 20


@dataclass(frozen=True, slots=True)
class Document:
    """An RDF document on disk, its media type and its base IRI."""

    path: str
    media_type: str
    base: str


@dataclass(frozen=True, slots=True)
class Update:
    """A SPARQL 1.1 Update request, with the graphs that its request names.

    ``remotes`` holds what SERVICE endpoints answered, by the place of the clause in the
    text; ``documents`` what LOAD asks for, by the number of the operation.
    """

    text: str
    base: str | None = None
    default_graphs: Sequence[str] = ()
    named_graphs: Sequence[str] = ()
    remotes: Mapping[int, Remote] = field(default_factory=dict)
    documents: Mapping[int, Document] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GraphChange:
    """What the Graph Store Protocol does to one graph; ``None`` is the default graph.

    ``replace`` is PUT (§5.3), ``delete`` DELETE (§5.4), ``merge`` POST (§5.5).  With
    ``must_exist`` the graph must be there, or must not.
    """

    action: Literal["replace", "merge", "delete"]
    graph: str | None
    documents: Sequence[Document] = ()
    must_exist: bool | None = None


Change = Update | GraphChange


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a change: did it create a graph, and what changed, if that is known.

    ``graphs`` are those in which something may have changed; ``None`` if it may be any.
    """

    created: bool
    delta: Delta | None
    graphs: Collection[object] | None


def apply(change: Change, store: Store, encoded: Encoded) -> Applied:
    """Makes a change.

    The store is a staged copy: if this raises, the copy is thrown away.  Raises
    QuerySyntaxError, QueryRefused or BadRequest for an update; BadRdf, NotFound or
    PreconditionFailed for a graph.
    """
    touched = Touched(store)
    created = False
    graphs: Collection[object] | None = None
    if isinstance(change, Update):
        _update(change, store, touched)
    else:
        created = _change_graph(change, store, touched, encoded)
        graphs = {_node(change.graph)}
    delta = touched.delta()
    return Applied(created, delta, graphs if delta is None else delta.graphs)


def _update(change: Update, store: Store, touched: Touched) -> None:
    text = prepared(change.text, change.remotes)
    if is_used(text, change.base):
        raise SearchMisused(reason=Text("更新中不能用", "an update cannot use it"))
    named = Dataset(change.default_graphs, change.named_graphs)
    body = split_prologue(text)[1]
    if not is_short(text) and not named and not has_word(body, *_TAKEN_APART):
        touched.give_up()
        _run(text, change.base, store)
        return
    parts = operations(text)
    _check(text, parts, change.base)
    if named:
        refuse_conflict(parts)
    for number, operation in enumerate(parts):
        load = load_of(operation, change.base)
        if load is not None:
            _make_load(load, change.documents.get(number), store, touched)
        else:
            _operate(operation, change.base, named, store, touched)


def _run(text: str, base: str | None, store: Store) -> None:
    try:
        store.update(text, base_iri=base)
    except SyntaxError as error:
        raise explain(str(error), text) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise explain_evaluation(str(error)) from None


def _check(text: str, parts: Sequence[Operation], base: str | None) -> None:
    """Raises QuerySyntaxError for what is not valid in any operation, before one is made."""
    nothing = Store()
    declared_later = parts and parts[-1].prologue.rstrip() != parts[0].prologue.rstrip()
    for each, its in [(p.text, [p]) for p in parts] if declared_later else [(text, parts)]:
        with contextlib.suppress(QueryRefused):  # nothing is there to be moved or copied
            _run(_without_loads(each, its, base), base, nothing)


def _operate(
    operation: Operation, base: str | None, named: Dataset, store: Store, touched: Touched
) -> None:
    """One operation, matched against the graphs that the request or its own USING names."""
    dataset = named or dataset_of_operation(operation, base)
    if not dataset:
        touched.operation(operation, base, dataset)
        _run(operation.text, base, store)
    elif not overlap(store, dataset.default_graphs):
        touched.operation(operation, base, dataset)
        _run(with_dataset(operation, dataset), base, store)
    else:
        # The engine would match a triple once for every graph that it stands in, here and where
        # it is foreseen what the operation touches.
        touched.give_up()
        merged = f"urn:uuid:{uuid.uuid4()}"
        for graph in dataset.default_graphs:
            copy_graph(store, graph, store, NamedNode(merged))
        _run(with_dataset(operation, Dataset([merged], dataset.named_graphs)), base, store)
        store.remove_graph(NamedNode(merged))


@dataclass(frozen=True, slots=True)
class Load:
    """A LOAD operation: the IRI of its document, and the graph that it fills."""

    source: str
    graph: str | None
    silent: bool


def load_of(operation: Operation, base: str | None) -> Load | None:
    """The LOAD that an operation is (Update grammar, rule [31]); ``None`` if it is none."""
    words = list(operation.words)
    if not words or words.pop(0).text != "LOAD":
        return None
    silent = bool(words) and words[0].text == "SILENT"
    match words[silent:]:
        case [source]:
            into = None
        case [source, first, second, into] if (first.text, second.text) == ("INTO", "GRAPH"):
            pass
        case _:
            return None
    iris = [
        resolve(reference.text, operation.prologue, base)
        for reference in (source, into)
        if reference is not None
    ]
    if None in iris:
        return None
    return Load(str(iris[0]), str(iris[1]) if into else None, silent)


def _without_loads(text: str, parts: Sequence[Operation], base: str | None) -> str:
    """The update with CLEAR in the place of each LOAD, to be checked in a store of nothing.

    There CLEAR does nothing, where LOAD would reach for a document.
    """
    for operation in parts:
        if load_of(operation, base) is not None:
            start, end = operation.words[0].start, operation.words[-1].end
            text = text[:start] + "CLEAR ALL".ljust(end - start) + text[end:]
    return text


def _make_load(load: Load, document: Document | None, store: Store, touched: Touched) -> None:
    graph = _node(load.graph)
    try:
        if document is None:
            raise QueryRefused(
                reason=Text(
                    "这里不允许 LOAD 读取其他主机", "LOAD may not read from other hosts here"
                )
            )
        if isinstance(graph, NamedNode):
            store.add_graph(graph)
        _load(document, graph, store, touched)
    except UserError:
        if not load.silent:
            raise


def _change_graph(change: GraphChange, store: Store, touched: Touched, encoded: Encoded) -> bool:
    graph = _node(change.graph)
    existed = isinstance(graph, DefaultGraph) or store.contains_named_graph(graph)
    if change.must_exist not in (None, existed):
        raise PreconditionFailed
    if change.action == "delete":
        if not existed:
            raise NotFound(what=Text("图", "graph"), name=change.graph or "", near="")
        touched.graph(graph)
        store.remove_graph(graph)
        return False
    if change.action == "replace":
        touched.graph(graph)
        store.clear_graph(graph)
    if isinstance(graph, NamedNode):
        store.add_graph(graph)
    # What is read as columns must not change any more.
    last = encoded if len(change.documents) == 1 else None
    for document in change.documents:
        _load(document, graph, store, touched, last)
    return not existed


def _load(
    document: Document,
    graph: NamedNode | DefaultGraph,
    store: Store,
    touched: Touched,
    encoded: Encoded | None = None,
) -> None:
    form = RdfFormat.from_media_type(document.media_type)
    if form is None:
        raise ValueError(f"not an RDF media type: {document.media_type}")
    try:
        _check_depth(document, form)
        if form.supports_datasets or Path(document.path).stat().st_size <= _SMALL_DOCUMENT:
            quads = [
                _in_graph(quad, graph)
                for quad in parse(
                    path=document.path,
                    format=form,
                    base_iri=document.base,
                    rename_blank_nodes=True,
                )
            ]
            touched.triples(quad.triple for quad in quads)
            store.bulk_extend(quads)
        else:
            touched.give_up()
            if encoded and form == RdfFormat.N_TRIPLES:
                encoded.load(document.path, graph)
            else:
                store.bulk_load(
                    path=document.path, format=form, base_iri=document.base, to_graph=graph
                )
    except SyntaxError as error:
        raise BadRdf(
            format=document.media_type,
            reason=str(error).splitlines()[0],
            line=error.lineno or 0,
            column=error.offset or 0,
        ) from None


def _check_depth(document: Document, form: RdfFormat) -> None:
    """Raises BadRdf for triples nested so deep in triples that a reader's stack could end.

    What is stored must be readable by everybody, on any stack.
    """
    with Path(document.path).open("rb") as file:
        # Between two pieces one pair of signs may be parted; it is counted as if it were.
        pieces = iter(lambda: file.read(_PIECE), b"")
        brackets = sum(piece.count(b"<<") + 1 for piece in pieces)
    if brackets > MAX_NESTING and any(
        _depth(quad.object) > MAX_NESTING
        for quad in parse(path=document.path, format=form, base_iri=document.base)
    ):
        raise BadRdf(format=document.media_type, reason=Text("嵌套太深", "it nests too deep"))


def _depth(term: object) -> int:
    depth = 0
    while isinstance(term, Triple):
        depth += 1
        term = term.object
    return depth


def _node(graph: str | None) -> NamedNode | DefaultGraph:
    return NamedNode(graph) if graph else DefaultGraph()


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
