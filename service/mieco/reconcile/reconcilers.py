"""All that is needed to match against a release, at hand for whoever asks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mieco.by_release import ByRelease
from mieco.engine.base import Engine
from mieco.errors import DeadlineExceeded
from mieco.reconcile.extension import FactReader
from mieco.reconcile.matching import Candidate, Matcher
from mieco.reconcile.properties import Properties, read_properties
from mieco.reconcile.queries import Query
from mieco.reconcile.types import Types, read_types
from mieco.releases import Release
from mieco.search.lookup import Names


@dataclass(frozen=True, slots=True)
class Reconciler:
    """The names, types and properties of one release, and the matcher over them."""

    names: Names
    matcher: Matcher
    types: Types
    properties: Properties

    def match(
        self, engine: Engine, queries: Sequence[Query], *, seconds: float
    ) -> list[list[Candidate]]:
        """The candidates of each query, the likeliest first.  Raises DeadlineExceeded."""
        within = in_time(queries, seconds)
        return self.matcher.match(within, FactReader(engine, self.names, seconds))


def in_time(queries: Iterable[Query], seconds: float) -> Iterator[Query]:
    """The queries one by one, as long as there is time.  Raises DeadlineExceeded."""
    end = time.monotonic() + seconds
    for query in queries:
        if time.monotonic() > end:
            raise DeadlineExceeded(seconds=seconds)
        yield query


class Reconcilers:
    """The reconcilers of releases, each made once.  Thread-safe."""

    def __init__(self) -> None:
        self._kept: ByRelease[Reconciler] = ByRelease()

    def of(self, release: Release, names: Names, engine: Engine, *, seconds: float) -> Reconciler:
        """The reconciler of a release.  Raises Overloaded if others wait for it longer."""

        def make() -> Reconciler:
            return Reconciler(
                names,
                Matcher(names),
                read_types(engine, names, seconds=seconds),
                read_properties(engine, seconds=seconds),
            )

        return self._kept.of(release, make, seconds=seconds)
