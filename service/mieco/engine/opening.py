"""Which engine answers for a release: our own, or that of ``MIECO_ENGINE``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mieco.engine.base import Engine
from mieco.engine.far import Far
from mieco.engine.remote import RemoteEngine
from mieco.engine.succession import Succession
from mieco.releases import Release
from mieco.settings import Settings

if TYPE_CHECKING:
    from mieco.engine.searching import Search


def engine_opener(
    settings: Settings,
    search: Callable[[Release], Search] | None = None,
    follow: Callable[[], object] = lambda: None,
) -> Callable[[Release], Engine]:
    """Opens the engine of one release after the other.

    ``search`` gives the search in the names of a release; ``follow`` is called where an engine of
    others holds another release than it should.  What it gives raises EngineUnavailable,
    or, for an engine of others, as :class:`mieco.engine.remote.RemoteEngine`.
    """
    if not settings.engine:
        return Succession(settings, search)
    far = Far(settings)
    return lambda release: RemoteEngine(release, far, search(release) if search else None, follow)
