"""A change by SPARQL Update or the Graph Store Protocol as a new release."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import cast

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Store

from mieco.access.grants import OPERATOR, Grant
from mieco.changes import Applied, Change, apply
from mieco.delta import Delta
from mieco.errors import PreconditionFailed, ReservedGraph
from mieco.manifest import Manifest
from mieco.publish.staging import refuse_clashes, stage
from mieco.reason.columns import Encoded
from mieco.releases import Release, Releases
from mieco.terms import CATALOGUE_GRAPH, INFERRED_GRAPH, UNNAMED_GRAPH

_Graph = NamedNode | BlankNode | DefaultGraph


def publish_nothing(releases: Releases) -> Release:
    """A release with no ontology and no data, to start from (``mieco serve --empty``)."""
    with releases.publishing() as staging:
        made, _ = stage(releases, staging, lambda *_: Delta())
        return releases.add(staging, made)


def publish_again(releases: Releases) -> Release:
    """A release of the dataset of the current one, with all that is made from it made anew.

    Of the current release it uses the store and the manifest alone.  Raises NoRelease, BadRelease,
    AxiomUnknown or NotWritable.
    """
    with releases.publishing() as staging:
        current = releases.current().manifest
        made, _ = stage(releases, staging, lambda *_: None, anew=True)
        return releases.add(staging, replace(made, inputs=current.inputs, records=current.records))


def publish_change(
    releases: Releases,
    change: Change,
    *,
    expected: int | None = None,
    accept_clashes: bool = False,
    grant: Grant = OPERATOR,
) -> tuple[Release, bool]:
    """The release in which a change is made, and whether it created a graph.

    With ``expected``, the change is made only to the release of that number.  Raises
    PreconditionFailed, Forbidden for graphs beyond the ``grant``, ReservedGraph, Inconsistent,
    AxiomUnknown, and what :func:`mieco.changes.apply` raises; the current release then stands
    untouched.
    """
    with releases.publishing() as staging:
        current = releases.current()
        if expected is not None and current.manifest.number != expected:
            raise PreconditionFailed
        created = False

        def work(store: Store, encoded: Encoded) -> Delta | None:
            nonlocal created
            graphs: set[_Graph] = set(store.named_graphs())
            applied = apply(change, store, encoded)
            _demand(grant, store, applied, graphs, current)
            created = applied.created
            return _unless_reserved(store, current.manifest, applied)

        made, inferred = stage(releases, staging, work)
        refuse_clashes(inferred, accept=accept_clashes)
        # The inputs are forgotten: publishing the tables again restores what they say.
        return releases.add(staging, replace(made, records=current.manifest.records)), created


def _demand(
    grant: Grant, store: Store, applied: Applied, graphs: set[_Graph], before: Release
) -> None:
    """Raises Forbidden where a change touched a graph beyond a grant, be it by its name alone."""
    if grant.role == "administrator":
        return
    touched = graphs ^ set(store.named_graphs())
    if applied.graphs is None:
        touched |= _differing(grant, store, Store.read_only(str(before.store)))
    else:
        touched |= set(cast("Collection[_Graph]", applied.graphs))
    for graph in sorted(map(_name, touched)):
        grant.demand_graph(graph)


def _differing(grant: Grant, store: Store, before: Store) -> set[_Graph]:
    """Of the graphs beyond a grant those that are not as they were."""
    return {
        graph
        for graph in (DefaultGraph(), *store.named_graphs())
        if not grant.covers(_name(graph)) and not _same(graph, store, before)
    }


def _same(graph: _Graph, one: Store, other: Store) -> bool:
    """Without holding either in memory."""
    there = sum(1 for _ in other.quads_for_pattern(None, None, None, graph))
    here = 0
    for quad in one.quads_for_pattern(None, None, None, graph):
        here += 1
        if quad not in other:
            return False
    return here == there


def _name(graph: _Graph) -> str:
    return UNNAMED_GRAPH if isinstance(graph, DefaultGraph) else graph.value


def _unless_reserved(store: Store, before: Manifest, applied: Applied) -> Delta | None:
    """The change, or ``None`` where a graph that is made anew must be made from nothing.

    Raises ReservedGraph if the change wrote in a graph whose content would be lost; to clear
    such a graph is no loss.
    """
    cleared = False
    for graph in (INFERRED_GRAPH, CATALOGUE_GRAPH, UNNAMED_GRAPH):
        node = NamedNode(graph)
        if applied.graphs is not None and node not in applied.graphs:
            continue
        found = sum(1 for _ in store.quads_for_pattern(None, None, None, node))
        same = applied.delta is None and found == before.graphs.get(graph, 0)
        if found and not same:
            raise ReservedGraph(graph=graph)
        cleared = True
    return None if cleared else applied.delta
