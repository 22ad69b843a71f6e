"""The deliveries that wait to be worked on, one at a time, in the order in which they came."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import IO, Any

from mieco.audit import Actor, AuditLog
from mieco.deliveries import Deliveries, Upload
from mieco.error_reports import public
from mieco.errors import (
    ImportInterrupted,
    MiecoError,
    NotFound,
    NotWritable,
    PreconditionFailed,
    ServiceError,
)
from mieco.importer import ImportResult, work
from mieco.releases import Releases
from mieco.settings import Settings

# How long to wait before writing again to a disk that was full.
_FULL_SECONDS = 1.0
_LOCK = "imports.lock"
# How often to look whether another service has ended, and how much later than it was to.
_LOOK_SECONDS, _LATE_SECONDS = 0.2, 15.0

log = logging.getLogger("mieco")


class ImportQueue:
    """Works on deliveries in a thread of its own, so that no request waits.

    A service that only reads leaves them to the one that writes.

    Takes up what waited when the last service ended, and says what was cut off.  While another
    service of the same directory is about to end, as after a reload, it waits for that.
    ``seen`` waits until a release that was just published answers.
    """

    def __init__(
        self,
        settings: Settings,
        deliveries: Deliveries,
        seen: Callable[[], object],
        audit: AuditLog,
    ) -> None:
        self._settings = settings
        self._deliveries = deliveries
        self._releases = Releases(settings.data)
        self._audit = audit
        self._seen = seen
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        if settings.read_only:
            return
        lock = self._lock()
        if lock is None or _taken(lock):
            # Nobody else is receiving anything.
            self._deliveries.clear_unfinished()
            self._take_up()
        threading.Thread(target=self._begin, args=(lock,), name="imports", daemon=True).start()

    def waiting(self) -> int:
        """How many deliveries wait."""
        return self._waiting.qsize()

    def _lock(self) -> IO[bytes] | None:
        """The file whose lock the process has that works on deliveries; none on a full disk."""
        folder = self._settings.data
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            return (folder / _LOCK).open("ab")
        return None

    def _take_up(self) -> None:
        for upload in reversed(self._deliveries.all()):
            if upload.at_work:
                self.add(upload)

    def _begin(self, lock: IO[bytes] | None) -> None:
        """Works for as long as the process lives, which keeps the lock."""
        if lock and not _taken(lock):
            until = time.monotonic() + self._settings.stop_timeout + _LATE_SECONDS
            while time.monotonic() < until and not _taken(lock):
                time.sleep(_LOOK_SECONDS)
            if _taken(lock):
                self._take_up()
            # Else it goes on: those that came to us are ours, and the others its.
        self._run()

    def add(self, upload: Upload) -> None:
        """Has a delivery that waits worked on, after those before it."""
        self._waiting.put(upload.id)

    def _run(self) -> None:
        while True:
            key = self._waiting.get()
            try:
                self._take(self._deliveries.get(key))
            except NotFound:
                pass  # it was cleared away
            except Exception:
                # The next delivery has nothing to do with it.
                log.exception("the work on an import failed")
                with contextlib.suppress(NotFound):
                    self._fail(key, ImportInterrupted())

    def _take(self, upload: Upload) -> None:
        if not upload.at_work:
            return  # it was taken up twice
        if upload.state == "working":
            # The service that worked on it has ended.
            self._lost(upload, ImportInterrupted())
        else:
            self._work(self._change(upload.id, state="working"))

    def _work(self, upload: Upload) -> None:
        try:
            done = self._done(upload)
        except PreconditionFailed:
            # The current release is another than that which it was compared with.
            again = self._change(upload.id, state="waiting", task="check", again=True)
            self.add(again)
        except MiecoError as error:
            self._lost(upload, error)
        else:
            self._note(upload, done)

    def _done(self, upload: Upload) -> ImportResult:
        """The work itself; what publishes is entered in the audit log."""
        if upload.task == "check":
            return work(upload, self._deliveries, self._settings)
        about = {"delivery": upload.id, "graph": upload.graph}
        with self._audit.act(_actor(upload), "publish-delivery", **about) as outcome:
            done = work(upload, self._deliveries, self._settings)
            outcome["release"] = done.release
        return done

    def _note(self, upload: Upload, done: ImportResult) -> None:
        if done.release is not None:
            self._published(upload, done.release)
            return
        self._change(
            upload.id,
            state="refused" if done.violations else "ready",
            graph=done.graph,
            base=done.base,
            marked=done.marked,
        )

    def _published(self, upload: Upload, release: int) -> None:
        self._seen()
        self._change(upload.id, state="published", release=release)

    def _lost(self, upload: Upload, error: MiecoError) -> None:
        """Notes what failed, unless it had been published before that could be told."""
        release = self._release_of(upload)
        if release is None:
            self._fail(upload.id, error)
        else:
            about = {"delivery": upload.id, "graph": upload.graph, "release": release}
            self._audit.add(_actor(upload), "publish-delivery", **about)
            self._published(upload, release)

    def _fail(self, key: str, error: MiecoError) -> None:
        if isinstance(error, ServiceError):
            log.error("an import failed: %s", error)
        told = public(error)
        words = {
            "code": told.code,
            "zh": told.message("zh"),
            "en": told.message("en"),
            "hint_zh": told.advice("zh"),
            "hint_en": told.advice("en"),
        }
        self._change(key, state="failed", error=words)

    def _change(self, key: str, **changes: Any) -> Upload:
        """Changes a delivery, as soon as the disk takes it.  Raises NotFound."""
        while True:
            try:
                return self._deliveries.change(key, **changes)
            except NotWritable as error:
                log.error("cannot note how far an import is: %s", error)  # noqa: TRY400
                time.sleep(_FULL_SECONDS)

    def _release_of(self, upload: Upload) -> int | None:
        """The release that holds what was to be published, if it was."""
        if upload.task != "publish" or upload.base is None:
            return None
        batch = self._releases.current().manifest.batches.get(upload.graph)
        made_here = batch is not None and batch.release > upload.base
        same = batch is not None and batch.inputs == {f.name: f.sha256 for f in upload.files}
        return batch.release if batch and made_here and same else None


def _taken(lock: IO[bytes]) -> bool:
    """Takes the lock if nobody else has it; is it ours?"""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _actor(upload: Upload) -> Actor:
    return Actor(name=upload.token_name, role=upload.grant.role, token=upload.token)
