"""Faults at every step of a publish, one by one, and what is left each time.

    python tests/fault_points.py FAULT KIND SOURCE FOLDER

prints a line of JSON for each step.  A *step* is a call that changes something in the data
directory, or makes it durable: those that the engine makes within its own store are not among
them.  FAULT is what happens in the place of the step: ``kill`` (SIGKILL), ``full`` (the disk takes
nothing more from then on), ``read-only`` (nor does it let go of anything) or ``broken`` (this one
call fails).  KIND is ``first``, the first publish of a directory, ``change``, one of the directory
SOURCE from which something follows, or ``small``, one from which nothing does.

It forks before each run: to start Python anew each time would take minutes.
"""

from __future__ import annotations

import contextlib
import errno
import io
import itertools
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyoxigraph import RdfFormat, Store

from mieco import checksums
from mieco.audit import AuditLog, operator
from mieco.changes import Update
from mieco.dumps.writing import write_dump
from mieco.errors import MiecoError
from mieco.publish import staging
from mieco.publish.change import publish_change, publish_nothing
from mieco.releases import Releases
from mieco.writer import _ready

CONSORTIUM = """
    PREFIX mieco: <https://w3id.org/mieco/ontology#>
    INSERT DATA { GRAPH <http://e/g> {
      <http://e/c> a mieco:ParkLedConsortium ; mieco:hasMember <http://e/m> .
      <http://e/m> a mieco:Enterprise ; <http://www.w3.org/2000/01/rdf-schema#label> "某企业"@zh
    } }"""
SMALL = Update('INSERT DATA { GRAPH <http://e/s> { <http://e/x> <http://e/p> "小" } }')
AFTERWARDS = Update('INSERT DATA { GRAPH <http://e/h> { <http://e/x> <http://e/p> "后" } }')
# What a step that fails says, and which steps fail from then on.
FAULTS = {"full": errno.ENOSPC, "read-only": errno.EROFS, "broken": errno.EIO}
MAKING = ("open", "mkdir", "link", "fsync")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# Called with the name of a step and its paths, before it is taken.
Step = Callable[[str, str], None]


class Below:
    """The paths that are in a directory, but for what is within the engine's own stores."""

    def __init__(self, data: Path) -> None:
        self._base = str(data.resolve())

    def __call__(self, path: Any, folder: int = -1) -> str | None:
        """The path below the directory; one that is relative may be of an open folder."""
        if isinstance(path, int):
            return None
        told = os.fsdecode(os.fspath(path))
        if folder != -1:
            told = f"{place_of(folder)}/{told}"
        told = os.path.abspath(told)  # noqa: PTH100 (links are not followed)
        if told != self._base and not told.startswith(f"{self._base}/"):
            return None
        name = os.path.relpath(told, self._base)
        return None if "/store/" in name else name


def place_of(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


def written_by(event: str, arguments: tuple[Any, ...], below: Below) -> list[str | None]:
    """The paths that an event of the interpreter changes something at (PEP 578)."""
    match event:
        case "open":
            path, _, flags = arguments
            return [below(path)] if isinstance(flags, int) and flags & WRITING else []
        case "os.rename" | "os.link":
            return [below(path) for path in arguments[:2]]
        case "os.mkdir" | "os.remove" | "os.rmdir":
            return [below(arguments[0], arguments[-1])]
        case "os.truncate" | "os.chmod" | "sqlite3.connect":
            return [below(arguments[0])]
    return []


def watch(data: Path, step: Step) -> None:
    """Has every step of this process in a data directory told before it is taken."""
    below = Below(data)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        found = [path for path in written_by(event, arguments, below) if path is not None]
        if found:
            step(event.rpartition(".")[2], " → ".join(found))

    real = os.fsync

    def fsync(descriptor: int) -> None:
        path = below(place_of(descriptor))
        if path is not None:
            step("fsync", path)
        real(descriptor)

    sys.addaudithook(hook)
    os.fsync = fsync


def faulty(fault: str, at: int, notes: int) -> Step:
    """What happens at a step, which is noted, and after it."""
    count = itertools.count(1)

    def step(call: str, path: str) -> None:
        number = next(count)
        if number == at:
            os.write(notes, json.dumps([call, path]).encode())
        if fault == "kill":
            if number == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return
        lasting = number > at and fault != "broken" and (fault != "full" or call in MAKING)
        if lasting or (number == at and (fault != "full" or call in MAKING)):
            raise OSError(FAULTS[fault], os.strerror(FAULTS[fault]), path)

    return step


def publish(kind: str, data: Path) -> None:
    """What is done, as a command does it."""
    releases = Releases(data)
    with AuditLog(data).act(operator(), kind) as entered:
        if kind == "first":
            made = publish_nothing(releases)
        else:
            update = Update(CONSORTIUM) if kind == "change" else SMALL
            made, _ = publish_change(releases, update)
        entered["release"] = made.manifest.number


def attempt(kind: str, data: Path) -> str:
    """The code of the error that is told, or nothing."""
    try:
        publish(kind, data)
    except MiecoError as error:
        return error.code
    return ""


def dump_of(data: Path, number: int) -> bytes:
    out = io.BytesIO()
    write_dump(Store.read_only(str(Releases(data).place(number) / "store")), None, QUADS, out)
    return out.getvalue()


QUADS = RdfFormat.N_QUADS


def state_of(data: Path) -> tuple[int | None, bytes]:
    """The current release, proven to be whole, and all of it."""
    releases = Releases(data)
    current = releases.current_if_any()
    if current is None:
        return None, b""
    number = current.manifest.number
    listed = checksums.read(current.folder)
    assert listed is not None
    assert checksums.verify(current.folder, listed) == []
    return number, dump_of(data, number)


def aftermath(data: Path) -> dict[str, Any]:
    """What is found after a fault, and whether all goes on from there."""
    number, dump = state_of(data)
    releases = Releases(data)
    if number is None:
        made = publish_nothing(releases)
    else:
        made, _ = publish_change(releases, AFTERWARDS)
    assert releases.current().manifest.number == made.manifest.number
    left = [path.name for path in data.iterdir() if path.name == "staging" or ".new" in path.name]
    faults = [fault.kind for fault in AuditLog(data).faults()]
    open_ends = [e.number for e in AuditLog(data).entries() if e.state == "begun"]
    return {
        "current": number,
        "dump": checksums.of_bytes(dump).sha256,
        "left": left,
        "faults": faults,
        "begun": len(open_ends),
    }


def in_fork(work: Callable[[], Any]) -> tuple[int, Any]:
    """How a fork that does the work ends, and what it gives."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        try:
            os.close(reading)
            told = json.dumps(work()).encode()
            with os.fdopen(writing, "wb") as out:
                out.write(told)
        except BaseException as error:  # noqa: BLE001 (told to who waits)
            with contextlib.suppress(OSError), os.fdopen(writing, "wb") as out:
                out.write(json.dumps({"failed": repr(error)}).encode())
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        text = said.read()
    _, status = os.waitpid(process, 0)
    return status, json.loads(text) if text else None


def copied(source: Path | None, target: Path) -> Path:
    """A copy of a directory, its releases as links: nobody writes in these."""
    if source is None:
        target.mkdir()
        return target
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("releases"))
    shutil.copytree(source / "releases", target / "releases", copy_function=os.link)
    return target


def main(fault: str, kind: str, source: str, folder: str) -> None:
    staging.now = lambda: "2026-11-30T00:00:00+00:00"
    work, base = Path(folder), None if kind == "first" else Path(source)
    _ready(Path(source))  # what a change needs, imported
    steps: list[tuple[str, str]] = []

    def counted() -> Any:
        seen: list[tuple[str, str]] = []
        data = copied(base, work / "counted")
        watch(data, lambda call, path: seen.append((call, path)))
        assert attempt(kind, data) == ""
        return seen

    _, steps = in_fork(counted)
    assert isinstance(steps, list), steps
    before = in_fork(lambda: list(map(_told, state_of(copied(base, work / "before")))))[1]
    after = in_fork(lambda: list(map(_told, state_of(work / "counted"))))[1]
    tell({"steps": len(steps), "before": before, "after": after})
    for at in range(1, len(steps) + 2):
        data = copied(base, work / "data")
        notes = os.open(work / "notes", os.O_RDWR | os.O_CREAT | os.O_TRUNC)

        def faulted(data: Path = data, at: int = at, notes: int = notes) -> str:
            watch(data, faulty(fault, at, notes))
            return attempt(kind, data)

        status, said = in_fork(faulted)
        os.close(notes)
        # Some are taken at once, in any order.
        call, path = json.loads((work / "notes").read_text() or '["end", ""]')
        _, found = in_fork(lambda data=data: aftermath(data))
        shutil.rmtree(data)
        killed = os.WIFSIGNALED(status)
        told = {"step": at, "call": call, "path": path, "killed": killed, "said": said}
        tell({**told, "found": found})


def tell(document: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(document, ensure_ascii=False)}\n")
    sys.stdout.flush()


def _told(value: int | bytes | None) -> Any:
    return checksums.of_bytes(value).sha256 if isinstance(value, bytes) else value


if __name__ == "__main__":
    main(*sys.argv[1:])
