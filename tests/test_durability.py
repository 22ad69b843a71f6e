"""What is published stays, and what is not leaves no trace: whatever happens, at whatever step."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from conftest import BEARER, TOKEN, UPDATE, Server, children, damage_in, running
from fsync_watch import watched
from mieco.access.grants import OPERATOR
from mieco.access.holders import Holder
from mieco.access.sessions import EndedSessions, new_session
from mieco.access.tokens import Tokens
from mieco.audit import Actor, AuditLog
from mieco.changes import Update
from mieco.deliveries import Deliveries
from mieco.publish.change import publish_change, publish_nothing
from mieco.releases import Releases

TESTS = Path(__file__).parent
SOMEBODY = Actor("甲", "publisher")
INSERT = "INSERT DATA { GRAPH <http://e/g> { <http://e/a> <http://e/p> %d } }"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH <http://e/g> { ?s ?p ?o } }"


@pytest.fixture
def data(few_directory: Path, tmp_path: Path) -> Path:
    return shutil.copytree(few_directory, tmp_path / "data")


# ------------------------------------------------------------------- fault points


def run_faults(fault: str, kind: str, source: Path, folder: Path) -> tuple[Any, list[Any]]:
    arguments = [str(TESTS / "fault_points.py"), fault, kind, str(source), str(folder)]
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    first, *steps = map(json.loads, done.stdout.splitlines())
    return first, steps


def outcome(first: Any, step: Any) -> str:
    """``old`` or ``new``: the release that stands, whole and byte for byte what it was."""
    found = step["found"]
    assert "failed" not in found, step
    assert found["left"] == [], step
    assert found["faults"] == [], step
    state = [found["current"], found["dump"]]
    assert state in (first["before"], first["after"]), step
    return "old" if state == first["before"] else "new"


def show_table(title: str, first: Any, steps: list[Any]) -> None:
    lines = [f"\n{title}: {first['steps']} steps"]
    for step in steps:
        said = f", {step['said']} is told" if step["said"] else ""
        came = f"the {outcome(first, step)} release stands{said}"
        lines.append(f"{step['step']:4} {step['call']:8} {step['path']:56} {came}")
    sys.stdout.write("\n".join(lines) + "\n")


@pytest.mark.parametrize("kind", ["first", "change"])
def test_a_kill_at_any_step_leaves_the_old_release_or_the_new(
    few_directory: Path, tmp_path: Path, kind: str
) -> None:
    first, steps = run_faults("kill", kind, few_directory, tmp_path)
    show_table(f"kill -9, {kind}", first, steps)
    outcomes = [outcome(first, step) for step in steps]
    # From one step on it is the new one, and never the old again.
    assert outcomes == sorted(outcomes, reverse=True)
    assert set(outcomes) == {"old", "new"}
    moved = next(s for s, o in zip(steps, outcomes, strict=True) if o == "new")
    assert steps[moved["step"] - 2]["path"] == "current.new → current"
    assert all(step["killed"] for step in steps[:-1])
    assert steps[-1]["said"] == ""


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        *(("full", "first"), ("broken", "first")),
        *(("full", "small"), ("read-only", "small"), ("broken", "small")),
    ],
)
def test_a_disk_that_fails_at_any_step_leaves_the_old_release_and_says_so(
    few_directory: Path, tmp_path: Path, fault: str, kind: str
) -> None:
    first, steps = run_faults(fault, kind, few_directory, tmp_path)
    show_table(f"{fault}, {kind}", first, steps)
    moved = next(step["step"] for step in steps if step["path"] == "current.new → current")
    for step in steps:
        assert not step["killed"], step
        told = (outcome(first, step), step["said"])
        if fault != "broken" and step["step"] in (moved, moved + 1) and told[0] == "new":
            # The pointer has moved, and a disk that takes nothing lets nobody put it back.
            assert told == ("new", "not-writable"), step
            continue
        # What cannot be entered at its end, or cleared away, has been published all the same.
        assert told in (("old", "not-writable"), ("new", "")), step
    assert Counter(step["said"] for step in steps)["not-writable"] > len(steps) // 2


def test_a_kill_at_any_moment_within_the_store_leaves_the_old_release_or_the_new(
    data: Path,
) -> None:
    """Which the steps above leave out: they see what Python does, not what the engine does."""
    releases = Releases(data)
    began = time.monotonic()
    publish_in_fork(data)
    took = time.monotonic() - began
    for part in range(6):
        before = releases.current_number()
        publish_in_fork(data, kill_after=took * part / 6)
        current = releases.current()
        assert current.manifest.number >= (before or 0)
        assert damage_in(data) == []


def publish_in_fork(data: Path, kill_after: float | None = None) -> None:
    code = (
        "import sys; from pathlib import Path; from mieco.changes import Update;"
        "from mieco.publish.change import publish_change; from mieco.releases import Releases;"
        "from mieco.writer import _ready; _ready(Path(sys.argv[1])); print('ready', flush=True);"
        f"publish_change(Releases(Path(sys.argv[1])), Update({INSERT % time.time_ns()!r}))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(data)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process, process.stdout:
        assert process.stdout.readline() == "ready\n"
        if kill_after is not None:
            time.sleep(kill_after)
            process.kill()
        process.wait(60)


# ------------------------------------------------------------------- fsync


@pytest.mark.parametrize("kind", ["change", "first"])
def test_all_of_a_release_is_on_disk_before_it_is_current(
    data: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = data if kind == "change" else tmp_path / "new" / "data"
    real, seen = Path.replace, []
    with watched() as watch:

        def replace(self: Path, target: Path) -> Path:
            if Path(target).name == "current":
                number = int(self.read_text())
                place = folder / "releases" / str(number)
                missing = watch.missing(place)
                before = folder / "releases" / str(number - 1)
                shared = [path for path in missing if is_shared(place.parent / path, before)]
                assert sorted(set(missing) - set(shared)) == []
                assert watch.missing(place.parent, but={"1", str(number)}) == []
                assert not watch._has(self) or self.stat().st_size
                assert watch._has(self)
                seen.append(number)
            return real(self, target)

        monkeypatch.setattr(Path, "replace", replace)
        if kind == "change":
            publish_change(Releases(folder), Update(INSERT % 1))
            wanted = 2
        else:
            publish_nothing(Releases(folder))
            wanted = 1
        monkeypatch.undo()
        assert seen == [wanted]
        # The answer is given now.  Files that are locked hold nothing.
        assert watch.missing(folder, but={"releases", "audit.jsonl", "lock", "imports.lock"}) == []
        if kind == "first":
            assert watch.missing(tmp_path, but={"data", "lock"}) == ["new"] or watch._has(
                tmp_path / "new"
            )


def is_shared(path: Path, before: Path) -> bool:
    """Is a file a link to the same one of the release before?"""
    own = path.stat()
    there = (each.stat() for each in before.rglob("*"))
    return any((each.st_dev, each.st_ino) == (own.st_dev, own.st_ino) for each in there)


def test_log_tokens_and_deliveries_are_on_disk_before_the_answer(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with watched() as watch:
        AuditLog(folder).add(SOMEBODY, "deliver")
        assert watch.missing(folder) == []
        assert watch._has(tmp_path / "new")
        AuditLog(folder).add(SOMEBODY, "deliver")
        assert watch.missing(folder) == []
        Tokens(folder).create("甲", "publisher", [], 0)
        assert watch.missing(folder, but={"tokens.lock"}) == []
        EndedSessions(folder).add(new_session())
        assert watch.missing(folder, but={"tokens.lock"}) == []
        holder = Holder("settings", "MIECO_TOKEN", OPERATOR, "")
        deliveries = Deliveries(folder / "deliveries", 4, lambda _: True)
        files = [("a.ttl", io.BytesIO(b"<http://e/s> <http://e/p> 1 ."))]
        made = deliveries.receive(files, consortium="", batch="", by="", holder=holder)
        assert watch.missing(folder, but={"tokens.lock"}) == []
        deliveries.change(made.id, state="ready")
        assert watch.missing(folder, but={"tokens.lock"}) == []


# ------------------------------------------------------------------- kill -9 of the service


def parts(server: Server) -> dict[str, list[int]]:
    """The processes of a service: the server's own, the web process, and what that has started."""
    (web, *_) = children(server.process.pid)
    return {"web process": [web], "zygotes": children(web), "server": [server.process.pid]}


@pytest.mark.parametrize("part", ["zygotes", "web process", "server"])
def test_an_acknowledged_write_survives_the_end_of_any_process(data: Path, part: str) -> None:
    with (
        contextlib.suppress(AssertionError),
        running("--data", str(data), MIECO_TOKEN=TOKEN) as server,
    ):
        for number in range(2):
            reply = server.post("/update", INSERT % number, UPDATE, **BEARER)
            killed = parts(server)[part]
            for process in killed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            assert reply.status == 204
            if part == "server":
                break
            assert counted(server) == number + 1
            # A web process that dies again within 5.5 seconds ends the service (docs/operation.md).
            time.sleep(6 if part == "web process" else 0)
    with running("--data", str(data)) as server:
        assert counted(server) == (1 if part == "server" else 2)
        assert damage_in(data) == []


def counted(server: Server) -> int:
    """As soon as the service answers again."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            reply = server.get("/sparql", query=COUNT)
            if reply.status == 200:
                return int(reply.json()["results"]["bindings"][0]["n"]["value"])
        time.sleep(0.05)
    pytest.fail("the service does not answer again")


def test_a_writer_that_is_killed_in_the_midst_of_it_changes_nothing(data: Path) -> None:
    with running("--data", str(data), MIECO_TOKEN=TOKEN) as server:
        assert server.post("/update", INSERT % 0, UPDATE, **BEARER).status == 204
        (web, *_) = children(server.process.pid)
        known = set(children(web))
        many = "INSERT {GRAPH <http://e/g> {?s ?p ?q}} WHERE {?s ?p ?o . ?o ?r ?q . ?q ?t ?u}"
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(lambda: server.post("/update", many, UPDATE, **BEARER))
            deadline = time.monotonic() + 20
            while not (writers := set(children(web)) - known) and time.monotonic() < deadline:
                time.sleep(0.005)
            for process in writers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            reply = answer.result()
        if reply.status != 204:
            assert (reply.status, reply.json()["code"]) == (503, "worker-lost")
            assert counted(server) == 1
        assert server.post("/update", INSERT % 1, UPDATE, **BEARER).status == 204
