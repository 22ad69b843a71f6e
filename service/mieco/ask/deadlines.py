"""One deadline for all that is asked on the way to one answer."""

from __future__ import annotations

import time
from collections.abc import Sequence

from mieco.engine.base import Answer, Engine, Query
from mieco.engine.cancellation import Cancellation
from mieco.errors import DeadlineExceeded, Language


class EngineWithDeadline:
    """An engine that gives each query what is left of so many seconds.

    A ``cancellation`` ends whatever is being asked.
    """

    def __init__(
        self, engine: Engine, seconds: float, cancellation: Cancellation | None = None
    ) -> None:
        self._engine = engine
        self._seconds = seconds
        self._cancellation = cancellation
        self._until = time.monotonic() + seconds

    def query(
        self, query: Query, *, seconds: float, cancellation: Cancellation | None = None
    ) -> Answer:
        """See :class:`mieco.engine.base.Engine`."""
        stop = cancellation or self._cancellation
        return self._engine.query(query, seconds=self._left(seconds), cancellation=stop)

    def labels(
        self, iris: Sequence[str], language: Language, *, seconds: float
    ) -> dict[str, tuple[str, str]]:
        """See :class:`mieco.engine.base.Engine`."""
        return self._engine.labels(iris, language, seconds=self._left(seconds))

    def _left(self, seconds: float) -> float:
        left = min(seconds, self._until - time.monotonic())
        if left <= 0:
            raise DeadlineExceeded(seconds=self._seconds)
        return left

    def alive(self) -> bool:
        """See :class:`mieco.engine.base.Engine`."""
        return self._engine.alive()

    def close(self) -> None:
        """Nothing: whoever opened the engine closes it."""
