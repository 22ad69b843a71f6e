"""What may happen while an import is worked on: a crash, a full disk, no time, no memory.

Whatever it is: nothing changes, the message says what, and no path of this machine.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import BEARER, TOKEN, Server, children, running
from import_client import (
    dump,
    example,
    failure,
    imported,
    overview,
    published,
    send,
    settled,
    upload,
)


def importers(server: Server) -> list[int]:
    """The processes that work on a delivery."""
    return [pid for pid in children(server.process.pid) if b"mieco.importer" in _command_line(pid)]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def await_that(holds: Callable[[], object], otherwise: str) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(otherwise)
        time.sleep(0.01)


def await_importer(server: Server) -> int:
    await_that(lambda: importers(server), "no importer was started")
    return importers(server)[0]


def test_the_importer_is_killed_in_the_middle(unchanged: Server, import_folder: Path) -> None:
    before = dump(unchanged)
    where = upload(unchanged, {"a.xlsx": example()})
    os.kill(await_importer(unchanged), signal.SIGKILL)
    found = settled(unchanged, where)
    assert found["error"]["code"] == "import-interrupted"
    assert "nothing has changed" in failure(found, import_folder)
    # While publishing, too.
    ready = imported(unchanged, {"a.xlsx": example()})
    assert unchanged.send("POST", ready["links"]["publish"], BEARER).status == 202
    os.kill(await_importer(unchanged), signal.SIGKILL)
    found = settled(unchanged, ready["links"]["self"])
    assert found["error"]["code"] == "import-interrupted"
    assert dump(unchanged) == before
    # What is left in the staging folder the next publisher removes.
    assert imported(unchanged, {"a.xlsx": example()})["state"] == "ready"


def test_a_large_one_is_checked_by_processes_that_end_with_it(unchanged: Server) -> None:
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    many = "".join(f'<http://e/{n}> <{label}> "{n}" .\n' for n in range(9000)).encode()
    found = imported(unchanged, {"many.nt": many}, consortium="shenzhen")
    assert (found["state"], found["comparison"]["counts"]["added"]) == ("ready", 9000)
    where = upload(unchanged, {"many.nt": many}, consortium="shenzhen")
    importer = await_importer(unchanged)
    await_that(lambda: len(children(importer)) > 1, "no process for the shapes was started")
    helping = children(importer)
    os.kill(importer, signal.SIGKILL)
    assert settled(unchanged, where)["error"]["code"] == "import-interrupted"
    await_that(lambda: not any(map(_command_line, helping)), "they outlived it")


def service_process(server: Server) -> int:
    """The process that answers, whose children the importers are."""
    (one, *_) = children(server.process.pid)
    return one


@contextmanager
def full_disk(server: Server, bytes_: int) -> Iterator[None]:
    """Lets no file of the service grow beyond so many bytes."""
    process = service_process(server)
    before = resource.prlimit(process, resource.RLIMIT_FSIZE, (bytes_, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)


def test_the_disk_is_full_when_files_come(unchanged: Server, import_folder: Path) -> None:
    before = len(overview(unchanged)["deliveries"])
    with full_disk(unchanged, 1000):
        reply = send(unchanged, {"a.xlsx": example()})
    assert (reply.status, reply.json()["code"]) == (507, "not-writable")
    assert str(import_folder) not in reply.text
    assert len(overview(unchanged)["deliveries"]) == before
    assert not [p for p in (import_folder / "deliveries").iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize("kilobytes", [50, 150, 400])
def test_the_disk_is_full_in_the_middle(
    unchanged: Server, import_folder: Path, kilobytes: int
) -> None:
    ready = imported(unchanged, {"a.xlsx": example()})
    where = ready["links"]["self"]
    with full_disk(unchanged, kilobytes << 10):
        assert unchanged.send("POST", ready["links"]["publish"], BEARER).status == 202
        found = settled(unchanged, where)
    failure(found, import_folder)
    assert found["error"]["code"] in {"not-writable", "import-interrupted"}


def test_what_became_of_it_is_noted_when_the_disk_takes_it(
    unchanged: Server, import_folder: Path
) -> None:
    where = upload(unchanged, {"a.xlsx": example()})
    with full_disk(unchanged, 100):
        # Its work may fail, or that it begins may not even be noted.
        time.sleep(5)
        await_that(lambda: not importers(unchanged), "the importer goes on")
        assert unchanged.send("GET", where, BEARER).json()["state"] in {"waiting", "working"}
    found = settled(unchanged, where)
    # If that it begins could not be noted, it began when the disk had room.
    if found["state"] != "ready":
        failure(found, import_folder)


def test_the_service_ends_in_the_middle(few_directory: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(few_directory, folder)
    options = {"MIECO_TOKEN": TOKEN}
    with running("--data", str(folder), **options) as server:
        where = upload(server, {"a.xlsx": example()})
        after = upload(server, {"b.xlsx": example()})
        importer = await_importer(server)
    ended = lambda: b"mieco.importer" not in _command_line(importer)  # noqa: E731
    await_that(ended, "an importer outlived its service")
    with running("--data", str(folder), **options) as server:
        found = settled(server, where)
        assert found["error"]["code"] == "import-interrupted"
        failure(found, folder)
        # What had not begun is taken up.
        assert settled(server, after)["state"] == "ready"
        assert overview(server)["release"] == 1


def test_the_service_ends_before_it_notes_what_was_published(
    few_directory: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(few_directory, folder)
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        done = published(server, {"a.xlsx": example()})
    noted = folder / "deliveries" / done["id"] / "delivery.json"
    text = noted.read_text(encoding="utf-8")
    before = json.loads(text) | {"state": "working", "release": None}
    noted.write_text(json.dumps(before), encoding="utf-8")
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        assert settled(server, done["links"]["self"])["release"] == done["release"]
    assert noted.read_text(encoding="utf-8") == text


def test_the_deadline_and_the_memory_of_an_import(data_directory: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data_directory, folder)
    for setting, value, code in (
        ("MIECO_IMPORT_TIMEOUT", "0.2", "import-timeout"),
        ("MIECO_WRITER_MEMORY", "320", "import-interrupted"),
    ):
        with running("--data", str(folder), MIECO_TOKEN=TOKEN, **{setting: value}) as server:
            found = imported(server, {"a.xlsx": example()})
            assert found["error"]["code"] == code
            failure(found, folder)
            assert overview(server)["release"] == 1
            assert server.get("/health").status == 200
