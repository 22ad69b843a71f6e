"""The dataset of a query or an update: which graphs its text and its request name.

The engine's own union of several default graphs is a bag, where the specification wants
the RDF merge, a set (SPARQL 1.1 §13.1).  So where graphs overlap, they are merged first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from mieco.engine.tokens import Operation, Token, has_word, outer, resolve, split_prologue
from mieco.errors import BadRequest, Text


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs merged into the default graph, and the named graphs; IRIs, each once."""

    default_graphs: Sequence[str] = ()
    named_graphs: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.default_graphs or self.named_graphs)


def dataset_of_query(query: str, base: str | None) -> Dataset | None:
    """What FROM and FROM NAMED say (SPARQL 1.1 §13.2); ``None`` where they say nothing.

    ``None`` also for IRIs that cannot be resolved: the engine then refuses the text.
    """
    if not has_word(query, "FROM"):
        return None
    prologue, body = split_prologue(query)
    return _clauses("FROM", list(outer(body)), prologue, base)


def dataset_of_operation(operation: Operation, base: str | None) -> Dataset | None:
    """What USING and USING NAMED say (SPARQL 1.1 Update §3.1.3)."""
    return _clauses("USING", operation.words, operation.prologue, base)


def _clauses(
    keyword: str, words: Sequence[Token], prologue: str, base: str | None
) -> Dataset | None:
    default: list[str] = []
    named: list[str] = []
    for place, word in enumerate(words):
        if (word.kind, word.text) == ("word", keyword):
            after = words[place + 1 : place + 3]
            is_named = bool(after) and after[0].text == "NAMED"
            source = after[-1] if is_named else after[0] if after else None
            iri = resolve(source.text, prologue, base) if source else None
            if iri is None:
                return None
            (named if is_named else default).append(iri)
    found = Dataset(_once(default), _once(named))
    return found or None


def refuse_both(entailment: str | None) -> None:
    """Raises BadRequest for an entailment beside graphs that are named."""
    if entailment:
        raise BadRequest(
            reason=Text(
                "entailment 与所指定的图（FROM、default-graph-uri、named-graph-uri）不能并用，"
                "两者都在指定数据集",
                "entailment cannot be combined with graphs that are named (FROM,"
                " default-graph-uri, named-graph-uri): each describes the dataset",
            )
        )


def _once(iris: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(iris))


def overlap(store: Store, graphs: Sequence[str]) -> bool:
    """Does a triple stand in more than one of these graphs?"""
    nodes = [NamedNode(graph) for graph in graphs]
    return any(
        Quad(quad.subject, quad.predicate, quad.object, other) in store
        for place, node in enumerate(nodes)
        for quad in (store.quads_for_pattern(None, None, None, node) if nodes[place + 1 :] else ())
        for other in nodes[place + 1 :]
    )


def copy_graph(store: Store, source: str, into: Store, target: NamedNode | DefaultGraph) -> None:
    """Adds the triples of one graph to another; blank nodes stay the same nodes."""
    into.bulk_extend(
        [
            Quad(quad.subject, quad.predicate, quad.object, target)
            for quad in store.quads_for_pattern(None, None, None, NamedNode(source))
        ]
    )


def merged(store: Store, dataset: Dataset) -> Store:
    """A store whose default graph is the merged set, beside the named graphs."""
    made = Store()
    for graph in dataset.default_graphs:
        copy_graph(store, graph, made, DefaultGraph())
    for graph in dataset.named_graphs:
        made.add_graph(NamedNode(graph))
        copy_graph(store, graph, made, NamedNode(graph))
    return made


def with_dataset(operation: Operation, dataset: Dataset) -> str:
    """An update operation whose WHERE part is matched against this dataset only.

    The engine takes no dataset beside an update, so it becomes USING clauses, which take
    the place of those that are there.
    """
    clauses = " ".join(
        [f"USING <{iri}>" for iri in dataset.default_graphs]
        + [f"USING NAMED <{iri}>" for iri in dataset.named_graphs]
    )
    written, done = [], 0
    words = operation.words
    for place, word in enumerate(words):
        if word.kind != "word":
            continue
        if word.text == "USING":
            length = 3 if words[place + 1].text == "NAMED" else 2
            written.append(operation.text[done : word.start])
            done = words[place + length - 1].end
        elif word.text == "WHERE":
            # DELETE WHERE { … } is short for DELETE { … } WHERE { … } (§3.1.3.3).
            short = words[place - 1].text == "DELETE"
            group = words[place + 1]
            template = operation.text[group.start : group.end] if short else ""
            written += [operation.text[done : word.start], template, " ", clauses, " "]
            done = word.start
    return "".join([*written, operation.text[done:]])


def refuse_conflict(operations: Sequence[Operation]) -> None:
    """Raises BadRequest for USING or WITH beside graphs that the request names.

    SPARQL 1.1 Protocol §2.2.3.
    """
    if any(w.text in ("USING", "WITH") for o in operations for w in o.words if w.kind == "word"):
        raise BadRequest(
            reason=Text(
                "using-graph-uri 参数不能与更新中的 USING 或 WITH 并用",
                "using-graph-uri cannot be combined with USING or WITH in the update",
            )
        )
