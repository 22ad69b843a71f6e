"""The audit log: what is entered, and what becomes of it when somebody meddles."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import BEARER, TOKEN, UPDATE, Run, running
from mieco.audit import Actor, AuditLog, Entry
from mieco.errors import NotWritable

SOMEBODY = Actor("甲", "publisher", "000000000000", "192.0.2.1", "r1")


def entered(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "audit.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_what_is_entered_of_a_write(few_directory: Path, tmp_path: Path, called: Run) -> None:
    folder = shutil.copytree(few_directory, tmp_path / "data")
    before = len(entered(folder))
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        right = "INSERT DATA { <http://e/a> <http://e/b> <http://e/c> }"
        made = server.post("/update", right, UPDATE, **BEARER)
        assert server.post("/update", "INSERT", UPDATE, **BEARER).status == 400
        assert server.post("/update", right, UPDATE).status == 401
    begun, done, tried, failed = entered(folder)[before:]
    assert begun["actor"]["name"] == "MIECO_TOKEN"
    assert begun["actor"]["address"] == "127.0.0.1"
    assert (begun["action"], begun["state"], begun["about"]["text"]) == ("update", "begun", right)
    assert (done["state"], done["of"]) == ("done", begun["number"])
    assert done["about"] == {"release": int(made.headers["Mieco-Release"])}
    assert (failed["state"], failed["of"]) == ("failed", tried["number"])
    assert failed["about"] == {"error": "query-syntax"}
    verified = called("audit", "verify", "--data", str(folder))
    assert (verified.returncode, verified.stdout.strip()) == (0, failed["hash"])
    shown = called("audit", "show", "--last", "2", "--data", str(folder)).stdout
    assert "query-syntax" in shown


def test_commands_are_entered(called: Run, few_directory: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(few_directory, tmp_path / "data")
    note = tmp_path / "note.ttl"
    note.write_text("<http://e/s> <http://e/p> 1 .", encoding="utf-8")
    data = ("--data", str(folder))
    before = len(entered(folder))
    assert called("import", str(note), "--consortium", "shenzhen", *data).returncode == 0
    assert called("batch", "delete", "shenzhen/rdf-note", *data).returncode == 0
    assert called("undo", *data).returncode == 0
    told = [(e["action"], e["state"]) for e in entered(folder)[before:]]
    assert told == [
        (action, state)
        for action in ("import", "delete-batch", "undo")
        for state in ("begun", "done")
    ]
    assert {e["actor"]["role"] for e in entered(folder)} == {"operator"}


def test_a_preview_is_not_entered(called: Run, few_directory: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(few_directory, tmp_path / "data")
    note = tmp_path / "note.ttl"
    note.write_text("<http://e/s> <http://e/p> 1 .", encoding="utf-8")
    before = entered(folder)
    arguments = ("import", str(note), "--consortium", "shenzhen", "--preview")
    assert called(*arguments, "--data", str(folder)).returncode == 0
    assert entered(folder) == before


def _changed(lines: list[str]) -> None:
    lines[2] = lines[2].replace('"n":2', '"n":7')


def _hashed_anew(lines: list[str]) -> None:
    """Changed, and given the hash that goes with it: then the next one does not follow."""
    entry = json.loads(lines[2])
    entry["about"] = {"n": 7}
    entry["hash"] = Entry(**entry).hashed()
    lines[2] = json.dumps(entry, ensure_ascii=False)


@pytest.mark.parametrize(
    ("meddle", "faults"),
    [
        (_changed, [(3, "changed")]),
        (_hashed_anew, [(4, "broken")]),
        (lambda lines: lines.pop(2), [(3, "broken")]),
        (lambda lines: lines.insert(3, lines[1]), [(4, "broken"), (5, "broken")]),
        (
            lambda lines: lines.__setitem__(slice(1, 3), lines[2:0:-1]),
            [(2, "broken"), (3, "broken"), (4, "broken")],
        ),
        (lambda lines: lines.__setitem__(2, lines[2][:20]), [(3, "unreadable"), (4, "broken")]),
    ],
    ids=["changed", "hashed anew", "removed", "repeated", "in another order", "cut"],
)
def test_who_meddles_is_seen(
    tmp_path: Path,
    called: Run,
    meddle: Callable[[list[str]], None],
    faults: list[tuple[int, str]],
) -> None:
    log = AuditLog(tmp_path)
    for number in range(5):
        log.add(SOMEBODY, "test", n=number)
    assert list(log.faults()) == []
    path = tmp_path / "audit.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    meddle(lines)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert [(fault.line, fault.kind) for fault in log.faults()] == faults
    assert called("audit", "verify", "--data", str(tmp_path)).returncode == 1


def test_what_was_cut_off_stays_and_is_told(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    log.add(SOMEBODY, "first")
    path = tmp_path / "audit.jsonl"
    with path.open("ab") as file:
        file.write(b'{"about":{},"act')
    log.add(SOMEBODY, "second")
    assert [entry.action for entry in log.entries()] == ["first", "second"]
    assert [(fault.line, fault.kind) for fault in log.faults()] == [(2, "unreadable")]


def test_a_disk_that_takes_half_a_line_keeps_none_of_it(tmp_path: Path) -> None:
    log, path = AuditLog(tmp_path), tmp_path / "audit.jsonl"
    log.add(SOMEBODY, "first")
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, hard))
    try:
        with pytest.raises(NotWritable):
            log.add(SOMEBODY, "second")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    log.add(SOMEBODY, "third")
    assert [entry.action for entry in log.entries()] == ["first", "third"]
    assert list(log.faults()) == []


def test_many_write_at_once(tmp_path: Path) -> None:
    def write() -> None:
        for _ in range(20):
            AuditLog(tmp_path).add(SOMEBODY, "at once")

    threads = [threading.Thread(target=write) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log = AuditLog(tmp_path)
    assert [entry.number for entry in log.entries()] == list(range(1, 101))
    assert list(log.faults()) == []


def test_what_cannot_be_entered_is_not_done(few_directory: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(few_directory, tmp_path / "data")
    (folder / "audit.jsonl").unlink()
    (folder / "audit.jsonl").mkdir()
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        release = server.get("/health").json()["release"]
        reply = server.post("/update", "DROP ALL", UPDATE, **BEARER)
        assert (reply.status, reply.json()["code"]) == (507, "not-writable")
        assert str(folder) not in reply.text
        assert server.get("/health").json()["release"] == release


def test_a_killed_writer_leaves_an_entry_without_an_end(
    few_directory: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(few_directory, tmp_path / "data")
    log = AuditLog(folder)
    before = len(entered(folder))
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        started = threading.Event()

        def send() -> None:
            started.set()
            slow = "INSERT { ?a <http://e/p> ?c } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
            with pytest.raises(OSError):  # noqa: PT011 (the connection breaks in one way or another)
                server.post("/update", slow, UPDATE, **BEARER)

        thread = threading.Thread(target=send)
        thread.start()
        while len(entered(folder)) == before:
            started.wait(0.01)
        server.process.send_signal(signal.SIGKILL)
        thread.join()
        server.process.wait()
    assert entered(folder)[-1]["state"] == "begun"
    assert list(log.faults()) == []


@given(st.dictionaries(st.text(max_size=5), st.text() | st.integers() | st.none(), max_size=3))
def test_whatever_is_entered_is_read_again(about: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        log = AuditLog(Path(name))
        log.add(Actor("\ud800\n", "x"), "any", about=about)
        log.add(SOMEBODY, "next")
        first, _ = log.entries()
        assert list(log.faults()) == []
        assert set(map(type, first.about["about"].values())) == set(map(type, about.values()))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("", encoding="utf-8")
    with pytest.raises(NotWritable):
        AuditLog(tmp_path / "data").add(SOMEBODY, "x")
