"""Files that are on disk for good, and the lock of who writes them."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, Final, TextIO

from mieco.errors import NotWritable

# How the name of a file ends that is to take the place of another.
NEW: Final = ".new"
# So many files are written to disk at once.
_AT_ONCE = 8
_WRITTEN = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Raises NotWritable where a folder cannot be written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotWritable(folder=str(folder), reason=reason) from error


@contextlib.contextmanager
def replaced(path: Path, mode: int | None = None) -> Iterator[TextIO]:
    """A text to be written, which then takes the place of a file, whole and durably.

    ``mode`` says who may read it; else the account's umask does.  Raises OSError.
    """
    made = path.with_name(f"{path.name}{NEW}")
    try:
        made.unlink(missing_ok=True)  # one that was left may have been open to more
        opened = os.open(made, _WRITTEN, 0o666 if mode is None else mode)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            made.unlink()
        raise
    sync(path.parent)


def made_folder(folder: Path, mode: int = 0o777) -> None:
    """Makes a folder, and those above it, each with its name on disk for good.  Raises OSError.

    ``mode`` says who may enter the folder itself, as far as the account's umask lets them.
    """
    if folder.is_dir():
        return
    made_folder(folder.parent)
    folder.mkdir(mode, exist_ok=True)
    with contextlib.suppress(PermissionError):  # who may write in it need not be able to read it
        sync(folder.parent)


def locked(lock: IO[Any]) -> None:
    """Waits for the lock; the kernel drops it with the process."""
    fcntl.flock(lock, fcntl.LOCK_EX)


def sync(path: Path) -> None:
    """Makes a file, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def made_in(folder: Path) -> list[Path]:
    """A folder and what is in it, but for what is linked from the release before."""
    made = [path for path in folder.rglob("*") if path.is_dir() or path.stat().st_nlink == 1]
    return [*made, folder]


def sync_all(paths: Iterable[Path]) -> None:
    """Makes files and folders durable, at once, so that a disk that writes a journal writes it for
    all.
    """
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(sync, paths))
