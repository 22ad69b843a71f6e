"""The process in which a change is made, so that a foreign text or file harms nothing else.

``make`` hands the change to a fork of ``python -m mieco.writer``, which is started by the first
change and has imported what all changes need, and waits until the deadline.  The fork gives up
the network before it looks at the change; at the deadline, or if it dies, the current release
stands, and the next publish clears the staging folder.
"""

from __future__ import annotations

import json
import os
import pickle
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from mieco.access.grants import OPERATOR, Grant
from mieco.changes import Change
from mieco.engine import zygote
from mieco.engine.sandbox import confined
from mieco.engine.workers import Zygote
from mieco.error_reports import from_report, to_report
from mieco.errors import (
    BadRelease,
    DeadlineExceeded,
    EngineUnavailable,
    MiecoError,
    NoRelease,
    Overloaded,
    WorkerLost,
)
from mieco.inference import rules_of
from mieco.publish.change import publish_change
from mieco.push.live import go_live
from mieco.releases import Releases
from mieco.settings import Settings

# Changes are made one at a time anyway (releases.py); those of one service queue here, so
# that the deadline of a change does not run while it waits for its turn.
_TURN = threading.Lock()
_TURN_SECONDS = 60.0
# More than this many changes do not wait.
_WAITING = threading.BoundedSemaphore(32)


@dataclass(frozen=True, slots=True)
class Written:
    """The release that is current after a change.

    ``created`` says whether the change created a graph; ``undone`` is the release that was left.
    """

    release: int
    created: bool = False
    undone: int | None = None


# A change of the releases, which can be pickled.
Work = Callable[[Releases], Written]


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work
    releases: Releases
    memory: int


def make(
    change: Change,
    settings: Settings,
    *,
    seconds: float,
    expected: int | None = None,
    accept_clashes: bool = False,
    grant: Grant = OPERATOR,
) -> Written:
    """Makes a change in a process of its own, within so many seconds.

    With ``expected``, only on the release of that number; with ``accept_clashes``, even if
    the data then contradict the ontology; in no graph beyond the ``grant``.  Raises what
    :func:`mieco.publish.change.publish_change` raises, DeadlineExceeded, Overloaded or WorkerLost.
    """
    work = partial(
        _changed,
        change=change,
        expected=expected,
        accept_clashes=accept_clashes,
        grant=grant,
    )
    return _in_turn(work, settings, seconds)


def undo(settings: Settings, *, seconds: float, expected: int | None = None) -> Written:
    """Goes back to the release before, likewise.  Raises also what Releases.undo raises."""
    return _in_turn(partial(_undone, expected=expected), settings, seconds)


def delete(
    settings: Settings, owner: str, name: str, *, seconds: float, grant: Grant = OPERATOR
) -> Written:
    """Deletes a batch, likewise.  Raises also what delete_batch raises."""
    return _in_turn(partial(_deleted, owner=owner, name=name, grant=grant), settings, seconds)


def _changed(releases: Releases, change: Change, **options: Any) -> Written:
    release, created = publish_change(releases, change, **options)
    return Written(release.manifest.number, created)


def _undone(releases: Releases, expected: int | None) -> Written:
    done = releases.undo(expected)
    return Written(done.release.manifest.number, undone=done.left)


def _deleted(releases: Releases, owner: str, name: str, grant: Grant) -> Written:
    from mieco.publish.delivery import delete_batch  # what reads tables is slow to import

    return Written(delete_batch(releases, owner, name, grant).manifest.number)


def _in_turn(work: Work, settings: Settings, seconds: float) -> Written:
    if not _WAITING.acquire(blocking=False):
        raise Overloaded
    try:
        if not _TURN.acquire(timeout=_TURN_SECONDS):
            raise Overloaded
        try:
            written = _made(_Job(work, Releases.of(settings), settings.writer_memory), seconds)
            go_live(settings, written.release)
            return written
        finally:
            _TURN.release()
    finally:
        _WAITING.release()


def _made(job: _Job, seconds: float) -> Written:
    try:
        # What comes back is JSON: a process that a foreign text got hold of can only speak.
        report = json.loads(_FORKS.asked(job, seconds))
    except (EngineUnavailable, OSError, ValueError):
        raise WorkerLost from None
    if "error" in report:
        raise from_report(report)
    return Written(**report)


class _Forks:
    """Makes changes, one at a time, in forks of a process that has imported what they need."""

    def __init__(self) -> None:
        self._zygote: Zygote | None = None

    def asked(self, job: _Job, seconds: float) -> bytes:
        """What a fork says of its job; nothing if it died.

        Raises DeadlineExceeded, OSError, Overloaded or EngineUnavailable.
        """
        parent = self._ready(job.releases.folder)
        worker = parent.fork()
        with worker.connection.dup() as connection:
            connection.settimeout(seconds)
            try:
                connection.sendall(pickle.dumps(job))
                connection.shutdown(socket.SHUT_WR)
                return _all_from(connection)
            except TimeoutError:
                parent.kill(worker)
                connection.settimeout(None)
                # The change may have been made in the very last moment.
                if late := _all_from(connection):
                    return late
                raise DeadlineExceeded(seconds=seconds) from None
            finally:
                worker.connection.close()

    def _ready(self, data: Path) -> Zygote:
        if self._zygote is not None and not self._zygote.alive():
            self._zygote.close()
            self._zygote = None
        if self._zygote is None:
            self._zygote = Zygote.running(__name__, str(data))
        return self._zygote


_FORKS = _Forks()


def _all_from(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as sent:
        return sent.read()


# ----------------------------------------------------------------------------- the process


# What is imported only where it is needed; here it mostly is.  Jobs are pickled by this module.
_MOSTLY_NEEDED = (
    *("mieco.writer", "mieco.describe.counting"),
    *("mieco.reason.clashes", "mieco.reason.facts", "mieco.reason.materialise"),
)


class _Ready:
    """What a change needs, imported; and the rules of the current release, read."""

    def work(self, connection: socket.socket) -> None:
        """Makes the change that is sent, and says what came of it."""
        job: _Job = pickle.loads(_all_from(connection))  # noqa: S301 (our own parent wrote it)
        confined(job.memory, lambda: _work(job, connection))

    def following(self, release: Path) -> _Ready:
        """Raises ValueError: it holds no release."""
        raise ValueError(release)


def _ready(data: Path) -> _Ready:
    for module in _MOSTLY_NEEDED:
        import_module(module)
    with suppress(NoRelease, BadRelease):
        if rules := rules_of(Releases(data).current()):
            _ = rules.predicates  # worked out here, for all forks
    return _Ready()


def _work(job: _Job, connection: socket.socket) -> None:
    try:
        report: dict[str, object] = asdict(job.work(job.releases))
    except MiecoError as error:
        report = to_report(error)
    connection.sendall(json.dumps(report).encode())
    # What is done is told; the rest of a process's end could only be late.
    os._exit(0)


if __name__ == "__main__":
    zygote.serve(socket.socket(fileno=int(sys.argv[1])), partial(_ready, Path(sys.argv[2])))
