"""An engine that ends leaves no socket open, whatever it is doing at that moment."""

import contextlib
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mieco.changes import Update
from mieco.engine.base import Query, rows_in
from mieco.engine.embedded import EmbeddedEngine
from mieco.engine.memory import needed
from mieco.engine.succession import Succession
from mieco.engine.workers import Zygote
from mieco.errors import DeadlineExceeded, EngineUnavailable, WorkerLost
from mieco.publish.change import publish_change, publish_nothing
from mieco.releases import Releases
from mieco.settings import Settings

linux = pytest.mark.skipif(sys.platform != "linux", reason="who adopts orphans is said on Linux")


def _sockets() -> set[int]:
    """The sockets that this process holds open."""
    held = set()
    for entry in Path("/dev/fd").iterdir():
        with contextlib.suppress(OSError):  # the folder that is listed is closed by now
            if stat.S_ISSOCK(entry.stat().st_mode):
                held.add(int(entry.name))
    return held


def _children() -> set[int]:
    """The processes that this one started or adopted, and did not wait for."""
    found = Path("/proc/self/task").glob("*/children")
    return {int(number) for file in found for number in file.read_text().split()}


@linux
def test_of_a_succession_of_engines_nothing_is_left(tmp_path: Path) -> None:
    releases = Releases(tmp_path / "data")
    publish_nothing(releases)
    before, children = _sockets(), _children()
    succession = Succession(Settings(data=tmp_path, workers=1))
    engine = succession(releases.current())
    for number in range(3):
        publish_change(releases, Update(f"INSERT DATA {{ <http://e/a> <http://e/p> {number} }}"))
        following = succession(releases.current())
        engine.close()
        engine = following
    assert isinstance(engine._zygote._process, int)  # not loaded: forked
    answer = engine.query(Query("SELECT ?n { ?s ?p ?n }"), seconds=30)
    assert len(rows_in(answer)) == 3
    engine.close()
    assert not _sockets() - before
    assert not _children() - children


def test_after_a_job_that_outlived_it(few_directory: Path) -> None:
    release = Releases(few_directory).current()
    assert release is not None
    before = _sockets()
    engine = EmbeddedEngine(release.folder, Settings(data=few_directory, workers=1))
    answer = engine.query(Query("ASK { ?s ?p ?o }"), seconds=30)
    assert _sockets() - before
    assert b"true" in next(answer.chunks)
    assert engine.alive()
    engine.close()
    assert not engine.alive()
    with contextlib.suppress(WorkerLost):  # the end of the engine was faster
        assert not list(answer.chunks)
    assert not _sockets() - before


def test_after_its_process_was_lost(few_directory: Path) -> None:
    release = Releases(few_directory).current()
    assert release is not None
    before = _sockets()
    zygote = Zygote.started(release.folder, Settings(data=few_directory))
    assert isinstance(zygote._process, subprocess.Popen)
    zygote._process.kill()
    zygote._process.wait()
    with pytest.raises(EngineUnavailable):
        zygote.fork()
    zygote.close()
    assert not _sockets() - before


def test_searches_in_a_query_end_at_its_deadline(few_directory: Path) -> None:
    searched = []

    def slow(text: str, _most: int) -> list[tuple[str, float, str, str]]:
        searched.append(text)
        time.sleep(0.4)
        return []

    search = "<https://w3id.org/mieco/search#matches>"
    clauses = " ".join(f'?x{number} {search} "{number}" .' for number in range(8))
    release = Releases(few_directory).current()
    engine = EmbeddedEngine(release.folder, Settings(data=few_directory, workers=1), slow)
    with contextlib.closing(engine), pytest.raises(DeadlineExceeded):
        engine.query(Query(f"SELECT * {{ {clauses} }}"), seconds=1.0)
    assert 1 <= len(searched) < 8


def test_after_slow_jobs_a_worker_waits_for_the_next(few_directory: Path) -> None:
    """Where there is no memory for copies of the data, the worker of a slow job ends with it."""
    release = Releases(few_directory).current()
    memory = -(-needed(release.manifest.triples) >> 20)
    engine = EmbeddedEngine(release.folder, Settings(data=few_directory, workers=2, memory=memory))
    some = "{ SELECT * { ?%s ?p ?o } LIMIT 1200 }"
    crossed = f"{some % 'a'} {some.replace('?p ?o', '?q ?r') % 'b'}"
    text = f"SELECT (COUNT(*) AS ?n) {{ {crossed} FILTER(CONTAINS(STR(?a), STR(?b))) }}"
    slow = Query(text, foreign=True)
    with contextlib.closing(engine):
        for _ in range(4):
            assert rows_in(engine.query(slow, seconds=60))
        until = time.monotonic() + 20
        while not engine.load().idle and time.monotonic() < until:
            time.sleep(0.05)
        assert engine.load().idle


def test_a_process_that_does_not_close_its_engine_ends(few_directory: Path) -> None:
    release = Releases(few_directory).current()
    program = (
        "from pathlib import Path; from mieco.engine.embedded import EmbeddedEngine;"
        "from mieco.settings import Settings; EmbeddedEngine(Path({!r}), Settings(workers=1))"
    )
    command = [sys.executable, "-c", program.format(str(release.folder))]
    subprocess.run(command, check=True, timeout=30)
