"""Has files made that somebody asks for: each once, one after the other, in their own process.

A thread of the service starts ``python -m mieco.making.maker`` for each and waits for its end.
Who asks waits for a while too; the file is made to its end also where nobody waits any more,
and the next who asks finds it.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from mieco.engine.cancellation import Cancellation
from mieco.engine.sandbox import confined, end_with_parent
from mieco.error_reports import from_report, to_report
from mieco.errors import Abandoned, FileNotMade, FileNotReady, FileTimeout, MiecoError
from mieco.making.shelf import Kept, Shelf
from mieco.releases import Releases
from mieco.scratch import scratch
from mieco.settings import Settings, without_secrets

# So many files may wait to be made, and so many requests for one.
_MOST_FILES = 16
_MOST_WAITING = 16
# For so long a failure is told to who asks again, before it is tried again.
_FAILED_SECONDS = 60.0
_LAST_PRIORITY = 19


class Made(Protocol):
    """A file that can be made from the releases, the same at any time."""

    @property
    def place(self) -> str: ...

    def write(self, releases: Releases, out: IO[bytes]) -> None: ...


@dataclass(slots=True)
class _Work:
    """A file that is being made or waits for it; ``report`` is what became of it."""

    made: Made
    report: dict[str, Any] | None = None
    ended: float = 0.0


@dataclass(frozen=True, slots=True)
class _Job:
    made: Made
    data: Path
    folder: Path
    budget: int
    memory: int
    parent: int


class Maker:
    """Gives files out, and has those made that are not there.  Thread-safe.  Raises BadSetting."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = scratch(settings) / "dumps"
        self.shelf = Shelf(self._folder, settings.dumps << 20)
        self._changed = threading.Condition()
        self._work: dict[str, _Work] = {}
        self._waiting: queue.SimpleQueue[_Work] = queue.SimpleQueue()
        self._requests = threading.BoundedSemaphore(_MOST_WAITING)
        self._started = False

    def get(self, made: Made, *, seconds: float, cancellation: Cancellation) -> Kept:
        """The file, made if need be.

        Raises what the making raises, FileTimeout, FileNotMade or FileTooLarge; FileNotReady
        where it takes longer than so many seconds, or too many others wait; Abandoned.
        """
        if kept := self.shelf.find(made.place):
            return kept
        if not self._requests.acquire(blocking=False):
            raise FileNotReady
        try:
            self._await(made, seconds, cancellation)
        finally:
            self._requests.release()
        if kept := self.shelf.find(made.place):
            return kept
        raise FileNotReady  # it has given way to others already

    def _await(self, made: Made, seconds: float, cancellation: Cancellation) -> None:
        with cancellation.calling(self._wake), self._changed:
            work = self._begun(made)
            self._changed.wait_for(
                lambda: work.report is not None or cancellation.cancelled, timeout=seconds
            )
        if cancellation.cancelled:
            raise Abandoned
        if work.report is None:
            raise FileNotReady
        if "error" in work.report:
            raise from_report(work.report)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _begun(self, made: Made) -> _Work:
        """The work on a file, begun if it was not.  Raises FileNotReady."""
        now = time.monotonic()
        for place, work in list(self._work.items()):
            if work.report is not None and work.ended + _FAILED_SECONDS < now:
                del self._work[place]
        if made.place in self._work:
            return self._work[made.place]
        if sum(work.report is None for work in self._work.values()) >= _MOST_FILES:
            raise FileNotReady
        work = self._work[made.place] = _Work(made)
        self._waiting.put(work)
        if not self._started:
            self._started = True
            threading.Thread(target=self._run, name="maker", daemon=True).start()
        return work

    def _run(self) -> None:
        while True:
            work = self._waiting.get()
            try:
                report = _report_of(work.made, self._folder, self._settings)
            except MiecoError as error:
                report = to_report(error)
            with self._changed:
                work.report, work.ended = report, time.monotonic()
                if "error" not in report:
                    del self._work[work.made.place]
                self._changed.notify_all()


def _report_of(made: Made, folder: Path, settings: Settings) -> dict[str, Any]:
    """What the process that makes a file says.  Raises FileTimeout or FileNotMade."""
    job = _Job(
        made=made,
        data=settings.data,
        folder=folder,
        budget=settings.dumps << 20,
        memory=settings.writer_memory,
        parent=os.getpid(),
    )
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=pickle.dumps(job),
            stdout=subprocess.PIPE,
            timeout=settings.dump_timeout,
            check=True,
            env=without_secrets(os.environ),
        )
        report: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise FileTimeout(seconds=settings.dump_timeout) from None
    except (subprocess.CalledProcessError, OSError, ValueError):
        raise FileNotMade from None
    return report


# ----------------------------------------------------------------------------- the process


def _main() -> None:
    job: _Job = pickle.load(sys.stdin.buffer)  # noqa: S301 (our own parent wrote it)
    end_with_parent(job.parent)
    os.nice(_LAST_PRIORITY)
    confined(job.memory, lambda: _make(job))


def _make(job: _Job) -> None:
    releases = Releases(job.data)
    try:
        shelf = Shelf(job.folder, job.budget)
        shelf.make(job.made.place, lambda out: job.made.write(releases, out))
        report: dict[str, object] = {}
    except MiecoError as error:
        report = to_report(error)
    except MemoryError:
        report = to_report(FileNotMade())
    sys.stdout.write(json.dumps(report))
    sys.stdout.flush()
    # What is done is told; the rest of a process's end could only be late.
    os._exit(0)


if __name__ == "__main__":
    _main()
