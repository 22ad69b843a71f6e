"""How a query was evaluated: in which words, and how long each step took."""

from __future__ import annotations

import io
import json
import time
from typing import IO, Any, cast

from pyoxigraph import (
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    serialize,
)

from mieco.engine.rewriting import TEXTS, Rewritten
from mieco.engine.views import View


class Stopwatch:
    """Seconds between calls, by the name of what was done."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """What was done since the last lap."""
        now = time.perf_counter()
        self.seconds[name], self._last = round(now - self._last, 6), now


class _Count(io.RawIOBase):
    """A file that keeps nothing but its length."""

    length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.length += len(data)
        return len(data)


def explanation(
    rewriting: Rewritten,
    view: View,
    results: QuerySolutions | QueryBoolean | QueryTriples,
    watch: Stopwatch,
) -> bytes:
    """The explanation as JSON; the results are written to nowhere to see how long that takes."""
    nowhere = _Count()
    sink = cast("IO[bytes]", nowhere)
    if isinstance(results, QueryTriples):
        serialize(results, sink, RdfFormat.N_TRIPLES)
    else:
        results.serialize(sink, QueryResultsFormat.JSON)
    watch.lap("write")
    told = {
        "query": rewriting.text,
        "rewrites": [
            {"name": name, "zh": TEXTS[name].zh, "en": TEXTS[name].en} for name in rewriting.done
        ],
        "entailment": view.entailment,
        "bytes": nowhere.length,
        "seconds": watch.seconds,
    }
    return json.dumps(told, ensure_ascii=False, indent=2).encode()
