"""Where a service keeps what it can make again: beside the releases, or apart from them.

A service that only reads writes nothing into the directory of the releases, which may be on a
disk that takes nothing, or belong to several hosts.  What it makes is then in a folder of its own:

    MIECO_SCRATCH/<of which releases>/
      dumps/…         files to download (mieco/making/shelf.py)
      on-disk/…       stores of releases that do not fit into memory (mieco/engine/on_disk.py)
"""

from __future__ import annotations

import contextlib
import hashlib
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from mieco.errors import BadSetting
from mieco.releases import Releases
from mieco.setting_checks import variable
from mieco.settings import Settings

_DIGITS = 16


def scratch(settings: Settings) -> Path:
    """The folder, which is there.  Raises BadSetting where nothing can be written in it."""
    if not settings.read_only:
        return settings.data
    base = Path(settings.scratch) if settings.scratch else user_cache_path("mieco", appauthor=False)
    folder = base / _mark(settings.data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadSetting(name=variable("scratch"), value=str(base), reason=reason) from None
    return folder


@cache
def _mark(data: Path) -> str:
    """What tells a directory of releases from another that was in its place before."""
    releases = Releases(data)
    digest = hashlib.sha256(str(data.resolve()).encode())
    for number in releases.numbers()[:1]:
        with contextlib.suppress(OSError):
            digest.update((releases.place(number) / "manifest.json").read_bytes())
    return digest.hexdigest()[:_DIGITS]
