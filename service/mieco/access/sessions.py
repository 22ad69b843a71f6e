"""The browser sessions that were ended before their time.

    DIR/ended-sessions/ID   empty; made when its session was ended

A cookie that was kept counts no more, also after a restart.  A file is removed when its session
would have ended by itself.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from pathlib import Path
from typing import Final

from mieco.durable import made_folder, sync, writable

SESSION_SECONDS: Final = 8 * 3600

_FOLDER = "ended-sessions"
_ID_BYTES = 16
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class EndedSessions:
    """The ended sessions of one data directory.  Thread-safe; other processes may end some too."""

    def __init__(self, data: Path) -> None:
        self._folder = data / _FOLDER

    def __contains__(self, key: str) -> bool:
        """Was the session of an id ended?  What is no id is of no session that goes on."""
        return not _ID.fullmatch(key) or (self._folder / key).exists()

    def add(self, key: str) -> None:
        """Ends the session of an id for good.  Raises NotWritable."""
        with writable(self._folder):
            made_folder(self._folder)
            self._forget()
            ended = self._folder / key
            ended.touch(0o600)
            sync(ended)
            sync(self._folder)

    def _forget(self) -> None:
        """Removes those that would have ended by themselves."""
        oldest = time.time() - SESSION_SECONDS
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process has removed it
                if path.stat().st_mtime < oldest:
                    path.unlink()


def new_session() -> str:
    """The id of a new session."""
    return secrets.token_hex(_ID_BYTES)
