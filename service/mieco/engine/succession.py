"""The engines of one release after the other."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from mieco.delta import has_delta
from mieco.engine.embedded import EmbeddedEngine
from mieco.errors import EngineUnavailable, Overloaded
from mieco.releases import Release
from mieco.settings import Settings

if TYPE_CHECKING:
    from mieco.engine.searching import Search

# A succession shares memory with all that came before, and what was changed since lies about in
# it: now and then the release is loaded anew.
_MOST_GENERATIONS = 100


class Succession:
    """Opens the engine of a release: from the one before if that led to it, else from disk.

    For one thread, and for engines that stay open until the next is asked for.  ``search`` gives
    the search in the names of a release.
    """

    def __init__(
        self, settings: Settings, search: Callable[[Release], Search] | None = None
    ) -> None:
        self._settings = settings
        self._search_of = search
        self._last: tuple[int, EmbeddedEngine] | None = None
        self._generation = 0

    def __call__(self, release: Release) -> EmbeddedEngine:
        """Raises EngineUnavailable if the release cannot be loaded."""
        search = self._search_of(release) if self._search_of else None
        engine = self._successor(release, search)
        if engine is None:
            engine = EmbeddedEngine(release.folder, self._settings, search)
            self._generation = 0
        self._last = (release.manifest.number, engine)
        return engine

    def _successor(self, release: Release, search: Search | None) -> EmbeddedEngine | None:
        if self._last is None or self._generation == _MOST_GENERATIONS:
            return None
        number, engine = self._last
        if release.manifest.before != number or not has_delta(release.folder):
            return None
        with contextlib.suppress(EngineUnavailable, Overloaded):
            successor = engine.successor(release.folder, search)
            self._generation += 1
            return successor
        return None
