"""An engine that ends leaves no socket open, whatever it is doing at that moment."""

import contextlib
import stat
from pathlib import Path

import pytest

from mieco.engine.base import Query
from mieco.engine.embedded import EmbeddedEngine
from mieco.engine.workers import Zygote
from mieco.errors import EngineUnavailable, WorkerLost
from mieco.releases import Releases
from mieco.settings import Settings


def _sockets() -> set[int]:
    """The sockets that this process holds open."""
    held = set()
    for entry in Path("/dev/fd").iterdir():
        with contextlib.suppress(OSError):  # the folder that is listed is closed by now
            if stat.S_ISSOCK(entry.stat().st_mode):
                held.add(int(entry.name))
    return held


def test_after_a_job_that_outlived_it(few_directory: Path) -> None:
    release = Releases(few_directory).current()
    assert release is not None
    before = _sockets()
    engine = EmbeddedEngine(release.folder, Settings(data=few_directory, workers=1))
    answer = engine.query(Query("ASK { ?s ?p ?o }"), seconds=30)
    assert _sockets() - before
    assert b"true" in next(answer.chunks)
    engine.close()
    with contextlib.suppress(WorkerLost):  # the end of the engine was faster
        assert not list(answer.chunks)
    assert not _sockets() - before


def test_after_its_process_was_lost(few_directory: Path) -> None:
    release = Releases(few_directory).current()
    assert release is not None
    before = _sockets()
    zygote = Zygote(release.folder, Settings(data=few_directory))
    zygote._process.kill()
    zygote._process.wait()
    with pytest.raises(EngineUnavailable):
        zygote.fork()
    zygote.close()
    assert not _sockets() - before
