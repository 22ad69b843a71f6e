"""Delivered files on disk, and what became of them.

    DIR/
      <id>/
        delivery.json     who delivered what, and its state
        files/1 …         the files as they came, under numbers: a name is only ever shown
        progress.json     how far the work on it has come
        report.json       the findings
        comparison.json   what publishing it changes
        marked-1.xlsx …   the workbooks that were delivered, with the findings in them

An id cannot be guessed.  Every file is put in place whole, so a reader sees no half of one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from mieco.access.grants import OPERATOR, Grant
from mieco.access.holders import OF_SETTINGS, SETTINGS_NAME, Holder
from mieco.durable import NEW, made_folder, replaced, sync
from mieco.errors import NotFound, NotWritable, Text, TooManyWaiting

State = Literal["waiting", "working", "refused", "ready", "published", "failed"]
Task = Literal["check", "publish"]

REPORT, COMPARISON, PROGRESS = "report.json", "comparison.json", "progress.json"

# So many of a holder are kept; the oldest go, but for those at work.
_KEPT = 100
# All those of a holder together take as much as so many of the largest bodies.
_KEPT_BODIES = 20
_ID_BYTES = 16
_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_DELIVERY, _FILES = "delivery.json", "files"
_UNFINISHED = "."
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A file as it came: what its sender called it, its SHA-256 and its size."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A delivery as it was uploaded, and how far it has come.

    ``task`` is what is done with it, or was done last; ``base`` the release that it was compared
    with, ``again`` whether that was a second time because the data had changed meanwhile.
    ``release`` holds it once it is published.  ``marked`` numbers the files that there is a
    marked one of, from 1.  ``error`` has the code and words of what failed.  ``token`` and
    ``token_name`` are of the token of who had the task done, ``grant`` what it allows; ``holder``
    is the id of the token of who delivered it.
    """

    id: str
    received: str
    consortium: str
    batch: str
    by: str
    files: Sequence[DeliveredFile]
    state: State = "waiting"
    task: Task = "check"
    graph: str = ""
    base: int | None = None
    again: bool = False
    release: int | None = None
    marked: Sequence[int] = ()
    error: Mapping[str, str] = field(default_factory=dict)
    token: str = OF_SETTINGS
    token_name: str = SETTINGS_NAME
    grant: Grant = OPERATOR
    holder: str = OF_SETTINGS

    @property
    def at_work(self) -> bool:
        return self.state in ("waiting", "working")

    @classmethod
    def of_json(cls, text: str) -> Upload:
        """Raises ValueError, KeyError or TypeError for what is not the text of one."""
        document = json.loads(text)
        document["files"] = [DeliveredFile(**each) for each in document["files"]]
        if "grant" in document:
            document["grant"] = Grant(**document["grant"])
        # Earlier versions noted the token of the last task alone.
        document.setdefault("holder", document.get("token", OF_SETTINGS))
        return cls(**document)


class Deliveries:
    """The deliveries in one folder.  One process writes here; thread-safe.

    ``megabytes`` is the size of the largest body; ``counts`` tells of the id of a token whether it
    still counts.  Every holder has room of his own, so that nobody pushes out what is of others;
    those whose tokens count no more share one.
    """

    def __init__(self, folder: Path, megabytes: int, counts: Callable[[str], bool]) -> None:
        self._folder = folder
        self._most_bytes = _KEPT_BODIES * megabytes << 20
        self._counts = counts
        self._lock = threading.Lock()

    def receive(
        self,
        files: Sequence[tuple[str, IO[bytes]]],
        *,
        consortium: str,
        batch: str,
        by: str,
        holder: Holder,
    ) -> Upload:
        """Keeps what a holder delivers, to be worked on.

        Raises TooManyWaiting where what waits of his fills his room, as nothing of that may go;
        or NotWritable.  Nothing is then kept.
        """
        self._demand_room(holder)
        key = secrets.token_urlsafe(_ID_BYTES)
        making = self._folder / f"{_UNFINISHED}{key}"
        try:
            with self._writable():
                made_folder(self._folder)
                (making / _FILES).mkdir(parents=True)
                kept = [
                    _kept(making / _FILES / str(number), name, content)
                    for number, (name, content) in enumerate(files, 1)
                ]
                now = datetime.now(UTC).isoformat()
                upload = Upload(
                    *(key, now, consortium, batch, by, kept),
                    token=holder.id,
                    token_name=holder.name,
                    grant=holder.grant,
                    holder=holder.id,
                )
                sync(making / _FILES)
                write_json(making / _DELIVERY, asdict(upload))
                making.rename(self._folder / key)
                sync(self._folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
        self._drop_oldest(upload)
        return upload

    def get(self, key: str) -> Upload:
        """Raises NotFound."""
        try:
            if _ID.fullmatch(key):
                text = (self.folder_of(key) / _DELIVERY).read_text(encoding="utf-8")
                return Upload.of_json(text)
        except (OSError, ValueError, KeyError, TypeError):
            pass
        raise not_there(key)

    def all(self) -> Sequence[Upload]:
        """Those that are kept, the newest first."""
        if not self._folder.is_dir():
            return []
        found = []
        for folder in self._folder.iterdir():
            with contextlib.suppress(NotFound):
                found.append(self.get(folder.name))
        return sorted(found, key=lambda upload: upload.received, reverse=True)

    def change(self, key: str, **changes: Any) -> Upload:
        """The delivery as changed.  Raises NotFound or NotWritable."""
        with self._lock, self._writable():
            changed = replace(self.get(key), **changes)
            write_json(self.folder_of(key) / _DELIVERY, asdict(changed))
            return changed

    def start(self, key: str, task: Task, states: Sequence[State], holder: Holder) -> Upload | None:
        """The delivery, which now waits for a task of a holder; ``None`` unless it is in such a
        state.

        Raises NotFound or NotWritable.
        """
        with self._lock, self._writable():
            upload = self.get(key)
            if upload.state not in states:
                return None
            waiting = replace(
                upload,
                state="waiting",
                task=task,
                error={},
                token=holder.id,
                token_name=holder.name,
                grant=holder.grant,
            )
            write_json(self.folder_of(key) / _DELIVERY, asdict(waiting))
            return waiting

    def document(self, key: str, name: str) -> Any:
        """What a JSON file of a delivery says; ``None`` where there is none."""
        try:
            return json.loads((self.folder_of(key) / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def folder_of(self, key: str) -> Path:
        return self._folder / key

    def clear_unfinished(self) -> None:
        """Removes what was being received when a service ended."""
        for folder in self._folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def _writable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise NotWritable(folder=str(self._folder), reason=reason) from error

    def _demand_room(self, holder: Holder) -> None:
        waiting = [each for each in self.all() if each.holder == holder.id and each.at_work]
        size = sum(_size(self.folder_of(each.id)) for each in waiting)
        if len(waiting) >= _KEPT or size >= self._most_bytes:
            raise TooManyWaiting(count=len(waiting))

    def _drop_oldest(self, newest: Upload) -> None:
        """Removes the oldest of the holder of the newest, and of those whose tokens count no
        more, where they take more than their room."""
        with self._lock:
            every = self.all()
            counts = {holder: self._counts(holder) for holder in {each.holder for each in every}}
            self._trim([each for each in every if each.holder == newest.holder], newest)
            self._trim([each for each in every if not counts[each.holder]], newest)

    def _trim(self, uploads: Iterable[Upload], newest: Upload) -> None:
        size = 0
        for kept, upload in enumerate(uploads, 1):
            size += _size(self.folder_of(upload.id))
            too_many = kept > _KEPT or size > self._most_bytes
            if too_many and not upload.at_work and upload.id != newest.id:
                shutil.rmtree(self.folder_of(upload.id), ignore_errors=True)


def kept_files(folder: Path) -> Iterator[tuple[str, Mapping[str, str | None]]]:
    """The ids of the deliveries in a folder, and the files of each by their path in its folder.

    Those that were delivered have their SHA-256.  What is there while a delivery is worked on is
    left out.
    """
    keys = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    for key in sorted(filter(_ID.fullmatch, keys)):
        found: dict[str, str | None] = {}
        with contextlib.suppress(OSError):
            for path in (folder / key).iterdir():
                passing = path.name == PROGRESS or path.suffix == NEW
                if path.is_file() and not path.is_symlink() and not passing:
                    found[path.name] = None
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            text = (folder / key / _DELIVERY).read_text(encoding="utf-8")
            for number, file in enumerate(Upload.of_json(text).files, 1):
                found[f"{_FILES}/{number}"] = file.sha256
        yield key, found


def not_there(key: str) -> NotFound:
    """The error for a delivery that there is not, or none that concerns the asker."""
    return NotFound(
        what=Text("导入", "import"),
        name=key,
        near=Text("它可能已被清除。", "It may have been cleared away."),
    )


def marked_name(number: int) -> str:
    """What the marked workbook of a file is called in the delivery's folder."""
    return f"marked-{number}.xlsx"


def write_json(path: Path, document: object) -> None:
    """Puts a JSON file in place, whole and durable.  Raises OSError."""
    with replaced(path) as file:
        json.dump(document, file, ensure_ascii=False)


def _kept(path: Path, name: str, content: IO[bytes]) -> DeliveredFile:
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        while piece := content.read(_PIECE):
            digest.update(piece)
            size += file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return DeliveredFile(name, digest.hexdigest(), size)


def _size(folder: Path) -> int:
    """The bytes in a folder; what another thread removes meanwhile does not count."""
    size = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            size += path.stat().st_size
    return size
