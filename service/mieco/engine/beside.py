"""Our own engine of a release beside that of others: for queries that the other may get wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mieco.engine.base import Answer, Query
from mieco.engine.cancellation import Cancellation
from mieco.engine.doubts import told
from mieco.engine.embedded import EmbeddedEngine
from mieco.engine.searching import Search
from mieco.releases import Release
from mieco.settings import Settings


class Beside:
    """Our own engine of a release, opened when it is first needed.  Thread-safe."""

    def __init__(self, release: Release, settings: Settings, search: Search | None) -> None:
        self._folder: Path = release.folder
        self._settings = settings
        self._search = search
        self._lock = threading.Lock()
        self._engine: EmbeddedEngine | None = None

    def query(
        self,
        query: Query,
        doubts: Sequence[str],
        *,
        seconds: float,
        cancellation: Cancellation | None = None,
    ) -> Answer:
        """The answer to a query of which the other engine's would be in doubt.

        Raises EngineUnavailable, and as :class:`mieco.engine.base.Engine`.
        """
        answer = self._opened().query(query, seconds=seconds, cancellation=cancellation)
        return _explained(answer, doubts) if query.explain else answer

    def _opened(self) -> EmbeddedEngine:
        with self._lock:
            if self._engine is not None and not self._engine.alive():
                self._engine.close()
                self._engine = None
            if self._engine is None:
                self._engine = EmbeddedEngine(self._folder, self._settings, self._search)
            return self._engine

    def close(self) -> None:
        """Ends every process of it."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()


def _explained(answer: Answer, doubts: Sequence[str]) -> Answer:
    """The explanation, with why the engine of others was not asked."""
    body = {**json.loads(answer.read()), "engine": "mieco", "doubts": told(doubts)}
    written = json.dumps(body, ensure_ascii=False, indent=2).encode()
    return replace(answer, chunks=iter([written]), close=lambda: None)
