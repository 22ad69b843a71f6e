"""A change by SPARQL Update or the Graph Store Protocol as a new release."""

from __future__ import annotations

from dataclasses import replace

from pyoxigraph import NamedNode, Store

from mieco.changes import Applied, Change, apply
from mieco.delta import Delta
from mieco.errors import PreconditionFailed, ReservedGraph
from mieco.publish.staging import refuse_clashes, stage
from mieco.reason.columns import Encoded
from mieco.releases import Manifest, Release, Releases
from mieco.terms import CATALOGUE_GRAPH, INFERRED_GRAPH, UNNAMED_GRAPH


def publish_nothing(releases: Releases) -> Release:
    """A release with no ontology and no data, to start from (``mieco serve --empty``)."""
    with releases.publishing() as staging:
        made, _ = stage(releases, staging, lambda *_: Delta())
        return releases.add(staging, made)


def publish_change(
    releases: Releases,
    change: Change,
    *,
    expected: int | None = None,
    accept_clashes: bool = False,
) -> tuple[Release, bool]:
    """The release in which a change is made, and whether it created a graph.

    With ``expected``, the change is made only to the release of that number.  Raises
    PreconditionFailed, ReservedGraph, Inconsistent, AxiomUnknown, and what
    :func:`mieco.changes.apply` raises; the current release then stands untouched.
    """
    with releases.publishing() as staging:
        current = releases.current()
        if expected is not None and current.manifest.number != expected:
            raise PreconditionFailed
        created = False

        def work(store: Store, encoded: Encoded) -> Delta | None:
            nonlocal created
            applied = apply(change, store, encoded)
            created = applied.created
            return _unless_reserved(store, current.manifest, applied)

        made, inferred = stage(releases, staging, work)
        refuse_clashes(inferred, accept=accept_clashes)
        # The inputs are forgotten: publishing the tables again restores what they say.
        return releases.add(staging, replace(made, records=current.manifest.records)), created


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
