"""What the service counts of its own work, for who watches it (metrics.py)."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from typing import Final

# The latency of answers, in seconds: each bucket holds what took up to so long.
BUCKETS: Final = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"))
SPARQL = "sparql.sparql"
# What becomes of a query, by the code of the error that its answer tells.
_OUTCOMES = {
    "": "ok",
    "deadline-exceeded": "timeout",
    "overloaded": "refused",
    "worker-lost": "worker-lost",
    "abandoned": "abandoned",
    "answer-too-large": "too-large",
}
OUTCOMES: Final = (*_OUTCOMES.values(), "invalid", "failed")
_SERVICE_ERROR = 500


class Latency:
    """How often answers took how long."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0


class Meter:
    """Counts.  What requests come to is counted on the event loop, changes from any thread."""

    def __init__(self) -> None:
        # By method, route (the endpoint of a view) and status.
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.latencies: dict[str, Latency] = {}
        self.queries: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.under_way = self.sent = self.kept = self.cut = 0
        # By action and outcome, as the audit log names them.
        self.changes: Counter[tuple[str, str]] = Counter()
        self.change_seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    def count(self, method: str, route: str, status: int, size: int, seconds: float) -> None:
        """A request that has been answered."""
        self.requests[method if method in _METHODS else "other", route, status] += 1
        latency = self.latencies.get(route)
        if latency is None:
            latency = self.latencies[route] = Latency()
        latency.buckets[bisect_left(BUCKETS, seconds)] += 1
        latency.seconds += seconds
        self.sent += size

    def count_outcome(self, route: str, status: int, code: str) -> None:
        """What became of it, where it was not given again."""
        if code:
            self.errors[code] += 1
        if route == SPARQL:
            wrong = "failed" if status >= _SERVICE_ERROR else "invalid"
            self.queries[_OUTCOMES.get(code, wrong)] += 1

    def changed(self, action: str, outcome: str, seconds: float) -> None:
        """An action that the audit log has entered."""
        with self._lock:
            self.changes[action, outcome] += 1
            self.change_seconds[action] = self.change_seconds.get(action, 0.0) + seconds
