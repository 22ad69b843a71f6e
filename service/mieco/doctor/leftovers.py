"""What processes that were killed have left, and nobody uses."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

from mieco.durable import NEW
from mieco.releases import RESTORING, Releases
from mieco.temporary import abandoned

_PULLING = "pulling"


def leftovers(releases: Releases) -> list[Path]:
    """Files and folders that can go; none of what a process holds the lock of."""
    found: list[Path] = []
    if not _is_held(releases.folder / "lock"):
        found += _of_publishing(releases)
    pulling = releases.folder / _PULLING
    if pulling.is_dir() and not _is_held(pulling / "lock"):
        found += [path for path in pulling.iterdir() if path.is_dir()]
    return sorted(found) + abandoned()


def remove(path: Path) -> None:
    """Removes a file or a folder.  Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """The bytes in a file or a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    size = 0
    for each in files:
        with contextlib.suppress(OSError):
            size += each.lstat().st_size
    return size


def _of_publishing(releases: Releases) -> Iterator[Path]:
    folder = releases.folder
    if (folder / "staging").exists():
        yield folder / "staging"
    for path in folder.glob(f"*{NEW}"):
        # Where there is no pointer, the next one tells that none was lost.
        if not path.name.startswith("current") or (folder / "current").exists():
            yield path
    if (folder / RESTORING).exists() and (folder / "current").exists():
        yield folder / RESTORING


def _is_held(lock: Path) -> bool:
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
