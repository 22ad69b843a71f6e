"""The things that a search engine should find, in parts of a size that it takes."""

from __future__ import annotations

from pyoxigraph import Literal

from mieco.ask.page_queries import rows_of
from mieco.by_release import ByRelease
from mieco.engine.base import Engine, text_of
from mieco.releases import Release

# As many as sitemap-part.rq gives.  A part may have 50,000 addresses (sitemaps.org).
PART = 10_000


class Sitemaps:
    """The first thing of each part, of each release.  Thread-safe."""

    def __init__(self) -> None:
        self._kept: ByRelease[list[str]] = ByRelease()

    def parts(self, engine: Engine, release: Release, *, seconds: float) -> list[str]:
        """The first thing of each part.  Raises Overloaded if others wait for it longer."""

        def read() -> list[str]:
            return [text_of(row["thing"]) for row in rows_of(engine, "sitemap", seconds=seconds)]

        return self._kept.of(release, lambda: read()[::PART], seconds=seconds)


def things_from(engine: Engine, first: str, *, seconds: float) -> list[str]:
    """The things of a part, by its first."""
    rows = rows_of(engine, "sitemap-part", {"first": Literal(first)}, seconds=seconds)
    return [text_of(row["thing"]) for row in rows]
