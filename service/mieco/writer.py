"""The process in which a change is made, so that a foreign text or file harms nothing else.

``make`` starts ``python -m mieco.writer``, hands it the change, and waits until the
deadline.  The process gives up the network before it looks at the change; at the deadline,
or if it dies, the current release stands, and the next publish clears the staging folder.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mieco.changes import Change
from mieco.engine.sandbox import confined
from mieco.error_reports import from_report, to_report
from mieco.errors import (
    DeadlineExceeded,
    MiecoError,
    Overloaded,
    WorkerLost,
)
from mieco.publish.change import publish_change
from mieco.releases import Release, Releases
from mieco.settings import Settings

# Changes are made one at a time anyway (releases.py); those of one service queue here, so
# that the deadline of a change does not run while it waits for its turn.
_TURN = threading.Lock()
_TURN_SECONDS = 60.0
# More than this many changes do not wait.
_WAITING = threading.BoundedSemaphore(32)


@dataclass(frozen=True, slots=True)
class Written:
    """The release that holds a change, and whether the change created a graph."""

    release: int
    created: bool


# A change of the releases, which can be pickled: gives the release that is then current, and
# whether the change created a graph.
Work = Callable[[Releases], tuple[Release, bool]]


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
) -> Written:
    """Makes a change in a process of its own, within so many seconds.

    With ``expected``, only on the release of that number; with ``accept_clashes``, even if
    the data then contradict the ontology.  Raises what
    :func:`mieco.publish.change.publish_change` raises, DeadlineExceeded, Overloaded or WorkerLost.
    """
    work = partial(publish_change, change=change, expected=expected, accept_clashes=accept_clashes)
    return _in_turn(work, settings, seconds)


def undo(settings: Settings, *, seconds: float, expected: int | None = None) -> Written:
    """Goes back to the release before, likewise.  Raises also what Releases.undo raises."""
    return _in_turn(partial(_undone, expected=expected), settings, seconds)


def delete(settings: Settings, owner: str, name: str, *, seconds: float) -> Written:
    """Deletes a batch, likewise.  Raises also what delete_batch raises."""
    return _in_turn(partial(_deleted, owner=owner, name=name), settings, seconds)


def _undone(releases: Releases, expected: int | None) -> tuple[Release, bool]:
    return releases.undo(expected), False


def _deleted(releases: Releases, owner: str, name: str) -> tuple[Release, bool]:
    from mieco.publish.delivery import delete_batch  # what reads tables is slow to import

    return delete_batch(releases, owner, name), False


def _in_turn(work: Work, settings: Settings, seconds: float) -> Written:
    if not _WAITING.acquire(blocking=False):
        raise Overloaded
    try:
        if not _TURN.acquire(timeout=_TURN_SECONDS):
            raise Overloaded
        try:
            return _made(
                _Job(work, Releases(settings.data, settings.base), settings.writer_memory), seconds
            )
        finally:
            _TURN.release()
    finally:
        _WAITING.release()


def _made(job: _Job, seconds: float) -> Written:
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=pickle.dumps(job),
            stdout=subprocess.PIPE,
            timeout=seconds,
            check=True,
        )
        # What comes back is JSON: a process that a foreign text got hold of can only speak.
        report = json.loads(done.stdout)
    except subprocess.TimeoutExpired as late:
        # The change may have been made in the very last moment.
        if not late.stdout:
            raise DeadlineExceeded(seconds=seconds) from None
        report = json.loads(late.stdout)
    except (subprocess.CalledProcessError, ValueError):
        raise WorkerLost from None
    if "error" in report:
        raise from_report(report)
    return Written(**report)


def _main() -> None:
    job: _Job = pickle.load(sys.stdin.buffer)  # noqa: S301 (our own parent wrote it)
    confined(job.memory, lambda: _work(job))


def _work(job: _Job) -> None:
    try:
        release, created = job.work(job.releases)
        report: dict[str, object] = {"release": release.manifest.number, "created": created}
    except MiecoError as error:
        report = to_report(error)
    sys.stdout.write(json.dumps(report))
    sys.stdout.flush()
    # What is done is told; the rest of a process's end could only be late.
    os._exit(0)


if __name__ == "__main__":
    _main()
