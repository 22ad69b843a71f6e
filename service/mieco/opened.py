"""A release of this computer and an engine for it, as a command has them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from mieco.engine.base import Engine
from mieco.engine.opening import engine_opener
from mieco.releases import Release, Releases
from mieco.settings import Settings

if TYPE_CHECKING:
    from mieco.engine.searching import Search
    from mieco.search.finders import Finders


@contextmanager
def opened_engine(
    settings: Settings, number: int | None = None
) -> Iterator[tuple[Engine, Release]]:
    """A release, the current one without a number, and an engine for it with one worker.

    Raises what opening raises.
    """
    releases = Releases(settings.data)
    release = releases.current() if number is None else releases.open(number)
    # What the engine of others holds is the current release.
    settings = replace(settings, workers=1, engine=settings.engine if number is None else "")
    engine = engine_opener(settings, partial(label_search, settings=settings))(release)
    try:
        yield engine, release
    finally:
        engine.close()


def label_search(release: Release, settings: Settings) -> Search:
    """The search in the names of a release, for an engine of it."""

    @cache
    def finders() -> Finders:
        from mieco.search.finders import Finders  # slow to load, and few queries need it

        return Finders()

    return lambda text, most: finders().hits(release, text, most, seconds=settings.timeout)
