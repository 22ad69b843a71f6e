"""The statistics of a release, kept beside its store so that the next need not count all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Store

from mieco import __version__
from mieco.delta import Delta
from mieco.describe.recounting import recount
from mieco.describe.statistics import Statistics
from mieco.releases import Release

if TYPE_CHECKING:
    from mieco.reason.columns import Encoded

_FILE = "statistics.json"
# To look up what one changed quad touches takes as long as to count so many.
_DEAR = 50


def statistics_of(
    store: Store,
    encoded: Encoded,
    current: Release | None,
    before: Store | None,
    changes: Sequence[Delta | None],
) -> Statistics:
    """The statistics of a staged store, which is read into ``encoded`` where all is counted.

    ``before`` is the store of the current release; ``changes`` tell what has changed since,
    ``None`` where that is not known.
    """
    kept = _kept(current)
    known = [change for change in changes if change is not None]
    few = kept is not None and sum(map(len, known)) * _DEAR <= kept.merged.triples
    if kept is None or before is None or len(known) < len(changes) or not few:
        from mieco.describe.counting import count  # numpy is slow to import

        return count(encoded)
    touched = (quad for change in known for quad in change.added | change.removed)
    return recount(kept, before, store, touched)


def keep(statistics: Statistics, staging: Path) -> None:
    """Writes the statistics beside a staged store."""
    (staging / _FILE).write_text(statistics.to_json(), encoding="utf-8")


def read_statistics(folder: Path) -> Statistics | None:
    """The statistics in the folder of a release; ``None`` where there are none to be read."""
    try:
        return Statistics.of_json((folder / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _kept(release: Release | None) -> Statistics | None:
    """The statistics of a release, unless another version counted them."""
    if release is None or release.manifest.version != __version__:
        return None
    return read_statistics(release.folder)
