"""Folders in the system's place for such, for as long as a process works on something.

The name tells the process, so that what one that was killed has left can be told from what is in
use.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from pathlib import Path

_NAME = re.compile(r"mieco-([0-9]{1,9})-\w+", re.ASCII)
# The number of a process tells nothing of those of another container that share the place: what is
# younger may be one's of these.
_SECONDS = 24 * 3600


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes with its context."""
    return tempfile.TemporaryDirectory(prefix=_prefix())


def lasting_folder() -> Path:
    """A folder that whoever asked for it removes."""
    return Path(tempfile.mkdtemp(prefix=_prefix()))


def abandoned() -> list[Path]:
    """Folders of this account whose processes have ended, a day ago or longer."""
    found = []
    for path in Path(tempfile.gettempdir()).glob("mieco-*"):
        named = _NAME.fullmatch(path.name)
        with contextlib.suppress(OSError):  # it has gone
            state = path.lstat()
            own = path.is_dir() and not path.is_symlink() and state.st_uid == os.getuid()
            old = time.time() - state.st_mtime > _SECONDS
            if named and own and old and not _lives(int(named[1])):
                found.append(path)
    return sorted(found)


def _prefix() -> str:
    return f"mieco-{os.getpid()}-"


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
