"""The process in which a delivery is read, so that a foreign file harms nothing else.

``work`` starts ``python -m mieco.importer``, hands it the delivery, and waits until the
deadline.  The process gives up the network before it looks at a file, and ends with the
service.  Whenever it ends too early, the current release stands.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mieco.deliveries import (
    COMPARISON,
    PROGRESS,
    REPORT,
    Deliveries,
    Task,
    Upload,
    marked_name,
    write_json,
)
from mieco.durable import sync
from mieco.engine.sandbox import confined, end_with_parent
from mieco.error_reports import from_report, to_report
from mieco.errors import ImportInterrupted, ImportTimeout, MiecoError, NotWritable
from mieco.intake.batch import Input
from mieco.intake.documents import format_of
from mieco.marked import mark_workbook
from mieco.present import comparisons, reports
from mieco.progress import Progress, Stage
from mieco.publish.delivery import Delivery, Outcome, deliver
from mieco.push.live import go_live
from mieco.releases import Releases
from mieco.settings import Settings, without_secrets

_WORK = "work"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came of the work on a delivery.

    ``base`` is the number of the release that it was compared with, ``release`` that of the
    one which holds it, if it was published; ``marked`` numbers the files that there is a
    marked one of, from 1.
    """

    graph: str
    base: int
    violations: int
    release: int | None
    marked: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Job:
    task: Task
    delivery: Delivery
    releases: Releases
    folder: Path
    expected: int | None
    memory: int
    parent: int


def work(upload: Upload, deliveries: Deliveries, settings: Settings) -> ImportResult:
    """Does the task of a delivery in a process of its own, within ``import_timeout``.

    What it finds is put in the delivery's folder.  Raises what
    :func:`mieco.publish.delivery.deliver` raises, ImportTimeout or ImportInterrupted.
    """
    folder = deliveries.folder_of(upload.id)
    inputs = [
        Input(folder / "files" / str(number), file.name)
        for number, file in enumerate(upload.files, 1)
    ]
    job = _Job(
        task=upload.task,
        delivery=Delivery(inputs, upload.consortium, upload.batch, upload.by, upload.grant),
        releases=Releases.of(settings),
        folder=folder,
        expected=upload.base if upload.task == "publish" else None,
        memory=settings.writer_memory,
        parent=os.getpid(),
    )
    try:
        report = json.loads(_said(job, settings.import_timeout))
    except ValueError:
        raise ImportInterrupted from None
    finally:
        for left in (_WORK, PROGRESS):
            _remove(folder / left)
    if "error" in report:
        raise from_report(report)
    if report["release"] is not None:
        go_live(settings, report["release"])
    return ImportResult(**report)


def _said(job: _Job, seconds: float) -> bytes:
    """What the process says before it ends.  Raises ImportTimeout."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=pickle.dumps(job),
            stdout=subprocess.PIPE,
            timeout=seconds,
            check=False,
            env=without_secrets(os.environ),
        )
    except subprocess.TimeoutExpired as late:
        # It may have ended its work in the very last moment.
        if not late.stdout:
            raise ImportTimeout(seconds=seconds) from None
        return late.stdout
    return done.stdout


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


# ----------------------------------------------------------------------------- the process


def _main() -> None:
    job: _Job = pickle.load(sys.stdin.buffer)  # noqa: S301 (our own parent wrote it)
    end_with_parent(job.parent)
    confined(job.memory, lambda: _work(job))


def _work(job: _Job) -> None:
    try:
        report = _done(job)
    except MiecoError as error:
        report = to_report(error)
    except OSError as error:
        reason = error.strerror or str(error)
        report = to_report(NotWritable(folder=str(job.releases.folder), reason=reason))
    except MemoryError:
        report = to_report(ImportInterrupted())
    sys.stdout.write(json.dumps(report))
    sys.stdout.flush()
    # What is done is told; the rest of a process's end could only be late.
    os._exit(0)


def _done(job: _Job) -> dict[str, Any]:
    folder = job.folder / _WORK
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    outcome = deliver(
        job.releases,
        job.delivery,
        folder,
        Progress(lambda stage, done, of: _tell(job.folder, stage, done, of)),
        publish=job.task == "publish",
        expected=job.expected,
    )
    release = outcome.release
    return {
        "graph": outcome.graph,
        "base": outcome.base,
        "violations": outcome.report.count("violation"),
        "release": release.manifest.number if release else None,
        "marked": _write(job, outcome),
    }


def _tell(folder: Path, stage: Stage, done: int, of: int) -> None:
    write_json(folder / PROGRESS, {"stage": stage, "done": done, "of": of})


def _write(job: _Job, outcome: Outcome) -> list[int]:
    """Writes what a delivery came to; the numbers of its files that there is a marked one of."""
    write_json(job.folder / REPORT, reports.as_json(outcome.report))
    told = comparisons.as_json(outcome.comparison) if outcome.comparison else None
    # Written also where there is none: it may have been compared before.
    write_json(job.folder / COMPARISON, told)
    if not outcome.report.findings:
        return []
    numbered = enumerate(job.delivery.inputs, 1)
    return [number for number, given in numbered if _mark(job.folder, number, given, outcome)]


def _mark(folder: Path, number: int, given: Input, outcome: Outcome) -> bool:
    """Marks the findings in a copy of a table; of an RDF document there is none."""
    if format_of(given.name) is not None:
        return False
    marked = folder / marked_name(number)
    with marked.open("wb") as out:
        mark_workbook(given.path, given.name, outcome.report, out)
    sync(marked)
    sync(folder)
    return True


if __name__ == "__main__":
    _main()
