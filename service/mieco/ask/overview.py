"""What a release holds at first sight: how many of each kind, and where its consortia are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.page_queries import rows_of
from mieco.by_release import ByRelease
from mieco.engine.base import Engine, text_of
from mieco.releases import Release


@dataclass(frozen=True, slots=True)
class Overview:
    """``counts`` are by class; ``consortia`` by province, those of unknown province under ""."""

    counts: Mapping[str, int]
    consortia: Mapping[str, Sequence[str]]

    @property
    def several(self) -> bool:
        """Whether some consortium counts in several provinces."""
        every = [one for found in self.consortia.values() for one in found]
        return len(every) > len({*every})


class Overviews:
    """The overviews of releases, each read once.  Thread-safe."""

    def __init__(self) -> None:
        self._kept: ByRelease[Overview] = ByRelease()

    def of(self, engine: Engine, release: Release, *, seconds: float) -> Overview:
        """The overview of a release.  Raises what the engine raises, and Overloaded."""
        return self._kept.of(release, lambda: _read(engine, seconds), seconds=seconds)


def _read(engine: Engine, seconds: float) -> Overview:
    engine = EngineWithDeadline(engine, seconds)
    counts = {
        text_of(row["kind"]): int(text_of(row["count"]))
        for row in rows_of(engine, "counts", seconds=seconds)
    }
    consortia: dict[str, list[str]] = {}
    for row in rows_of(engine, "consortia", seconds=seconds):
        province = text_of(row["province"]) if "province" in row else ""
        consortia.setdefault(province, []).append(text_of(row["consortium"]))
    return Overview(counts, consortia)
