"""A release on disk, before anything of it is loaded."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from pyoxigraph import Store

from mieco.engine.sandbox import in_child
from mieco.errors import BadRelease, Text


def manifest_of(release: Path) -> Any:
    """What the manifest of a release says.  Raises OSError or ValueError."""
    return json.loads((release / "manifest.json").read_text(encoding="utf-8"))


def check_snapshot(release: Path) -> None:
    """Raises BadRelease if the snapshot of a release cannot be opened."""
    try:
        in_child(partial(Store.read_only, str(release / "store")))
    except OSError:
        raise BadRelease(
            release=release.name, reason=Text("数据读不出来", "its data cannot be read")
        ) from None
