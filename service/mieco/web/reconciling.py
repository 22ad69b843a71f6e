"""What answers a request that matches names: the release and all that is known of its names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from mieco.engine.base import Engine
from mieco.reconcile.documents import Writer
from mieco.reconcile.matching import Candidate
from mieco.reconcile.queries import Query
from mieco.reconcile.reconcilers import Reconciler
from mieco.reconcile.requests import Unreadable
from mieco.search.finding import Finder
from mieco.web.protocol import deadline
from mieco.web.reader import language
from mieco.web.reading import reading
from mieco.web.service import service


@dataclass(frozen=True, slots=True)
class Asked:
    """What answers this request."""

    engine: Engine
    finder: Finder
    reconciler: Reconciler
    seconds: float

    @property
    def writer(self) -> Writer:
        own = self.reconciler
        return Writer(own.names, own.types, own.properties, language())

    def matches(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        """The candidates of each query."""
        return self.reconciler.match(self.engine, queries, seconds=self.seconds)

    def match(
        self, queries: Sequence[Query | Unreadable]
    ) -> list[Sequence[Candidate] | Unreadable]:
        """The candidates of each query; what cannot be read stays in its place."""
        readable = [query for query in queries if isinstance(query, Query)]
        found = iter(self.matches(readable))
        return [next(found) if isinstance(query, Query) else query for query in queries]


@contextmanager
def reconciling() -> Iterator[Asked]:
    seconds = deadline()
    with reading() as (engine, release):
        finder = service().finders.of(release, seconds=seconds)
        reconciler = service().reconcilers.of(release, finder.names, engine, seconds=seconds)
        yield Asked(engine, finder, reconciler, seconds)
