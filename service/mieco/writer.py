"""The process in which a change is made, so that a foreign text or file harms nothing else.

``make`` starts ``python -m mieco.writer``, hands it the change as JSON, and waits until the
deadline.  The process gives up the network before it looks at the change; at the deadline,
or if it dies, its staging folder is thrown away and the current release stands.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from mieco.changes import Change, from_job, to_job
from mieco.engine.sandbox import deny_network, limit_memory
from mieco.errors import (
    DeadlineExceeded,
    MiecoError,
    Overloaded,
    WorkerLost,
    from_report,
    to_report,
)
from mieco.publish import publish_change
from mieco.releases import Releases
from mieco.settings import Settings

# Changes are made one at a time anyway (releases.py); those of one service queue here, so
# that the deadline of a change does not run while it waits for its turn.
_TURN = threading.Lock()
_TURN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Written:
    """The release that holds a change, and whether the change created a graph."""

    release: int
    created: bool


def make(change: Change, settings: Settings, *, expected: int | None = None) -> Written:
    """Makes a change in a process of its own.

    With ``expected``, only on the release of that number.  Raises what
    :func:`mieco.publish.publish_change` raises, DeadlineExceeded, or WorkerLost.
    """
    job = json.dumps(
        {
            "change": to_job(change),
            "data": str(settings.data),
            "expected": expected,
            "memory": settings.worker_memory,
        }
    )
    if not _TURN.acquire(timeout=_TURN_SECONDS):
        raise Overloaded
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=job.encode(),
            stdout=subprocess.PIPE,
            timeout=settings.timeout,
            check=True,
        )
        report = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise DeadlineExceeded(seconds=settings.timeout) from None
    except (subprocess.CalledProcessError, ValueError):
        raise WorkerLost from None
    finally:
        _TURN.release()
    if "error" in report:
        raise from_report(report)
    return Written(**report)


def _main() -> None:
    job = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit_memory(job["memory"])
    deny_network()
    try:
        release, created = publish_change(
            Releases(Path(job["data"])), from_job(job["change"]), expected=job["expected"]
        )
        report: dict[str, object] = {"release": release.manifest.number, "created": created}
    except MiecoError as error:
        report = to_report(error)
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    _main()
