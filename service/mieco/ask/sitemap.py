"""The things that a search engine should find, in parts of a size that it takes."""

from __future__ import annotations

import threading

from pyoxigraph import Literal

from mieco.ask.page_queries import rows_of
from mieco.engine.base import Engine, text_of
from mieco.releases import Release

# As many as sitemap-part.rq gives.  A part may have 50,000 addresses (sitemaps.org).
PART = 10_000


class Sitemaps:
    """The first thing of each part, for the last release that was asked for.  Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[int, list[str]] | None = None

    def parts(self, engine: Engine, release: Release, *, seconds: float) -> list[str]:
        """The first thing of each part."""
        number = release.manifest.number
        with self._lock:
            known = self._known
        if known is None or known[0] != number:
            things = [text_of(row["thing"]) for row in rows_of(engine, "sitemap", seconds=seconds)]
            known = (number, things[::PART])
            with self._lock:
                self._known = known
        return known[1]


def things_from(engine: Engine, first: str, *, seconds: float) -> list[str]:
    """The things of a part, by its first."""
    rows = rows_of(engine, "sitemap-part", {"first": Literal(first)}, seconds=seconds)
    return [text_of(row["thing"]) for row in rows]
