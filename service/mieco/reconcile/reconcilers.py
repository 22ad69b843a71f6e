"""All that is needed to match against a release, at hand for whoever asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mieco.engine.base import Engine
from mieco.errors import DeadlineExceeded, Overloaded
from mieco.reconcile.extension import FactReader
from mieco.reconcile.matching import Candidate, Matcher
from mieco.reconcile.properties import Properties, read_properties
from mieco.reconcile.queries import Query
from mieco.reconcile.types import Types, read_types
from mieco.releases import Release
from mieco.search.lookup import Names

_MOST_KEPT = 4


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
        self._lock = threading.Lock()
        self._kept: dict[Path, Reconciler] = {}

    def of(self, release: Release, names: Names, engine: Engine, *, seconds: float) -> Reconciler:
        """The reconciler of a release.  Raises Overloaded if others wait for it longer."""
        if not self._lock.acquire(timeout=seconds):
            raise Overloaded
        try:
            kept = self._kept.get(release.folder)
            if kept is None or kept.names is not names:
                kept = Reconciler(
                    names,
                    Matcher(names),
                    read_types(engine, names, seconds=seconds),
                    read_properties(engine, seconds=seconds),
                )
                self._kept.pop(release.folder, None)
                if len(self._kept) == _MOST_KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[release.folder] = kept
            return kept
        finally:
            self._lock.release()
