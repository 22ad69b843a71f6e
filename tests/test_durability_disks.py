"""Disks that are full, take nothing, or lose what they had: what is told, and what stands."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import BEARER, TOKEN, UPDATE, Run, damage_in, running
from mieco.audit import Actor
from mieco.changes import Update
from mieco.errors import BadRelease, NotWritable
from mieco.publish.change import publish_change, publish_nothing
from mieco.releases import Releases

TESTS = Path(__file__).parent
SOMEBODY = Actor("甲", "publisher")
INSERT = "INSERT DATA { GRAPH <http://e/g> { <http://e/a> <http://e/p> %d } }"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH <http://e/g> { ?s ?p ?o } }"


# Who may mount a disk: root, or by sudo who may use it unasked.
ROOT = [] if os.getuid() == 0 else ["sudo", "-n"]


@pytest.fixture
def data(few_directory: Path, tmp_path: Path) -> Path:
    return shutil.copytree(few_directory, tmp_path / "data")


# ------------------------------------------------------------------- disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many kilobytes."""
    folder = tmp_path / "disk"

    def mounted(kilobytes: int) -> Path:
        folder.mkdir()
        options = f"size={kilobytes}k,uid={os.getuid()}"
        command = [*ROOT, "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            pytest.skip("mounting a disk takes privileges that this account has not")
        return folder

    yield mounted
    subprocess.run([*ROOT, "umount", "-l", str(folder)], capture_output=True, check=False)


def test_a_disk_that_is_full_is_told_and_changes_nothing(
    data: Path, small_disk: Callable[[int], Path], called: Run
) -> None:
    size = sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
    disk = small_disk(size // 1024 + 12_000)
    folder = shutil.copytree(data, disk / "data")
    releases = Releases(folder)
    filler = disk / "filler"
    free = shutil.disk_usage(disk).free
    outcomes = []
    # More and more room, until it is enough: each time another part finds none.
    for left in range(0, free, 400_000):
        with filler.open("wb") as file:
            file.write(bytes(max(0, free - left)))
        before = releases.current_number()
        note = disk.parent / "note.ttl"
        note.write_text(f"<http://e/s> <http://e/p> {left} .", encoding="utf-8")
        done = called("import", str(note), "--consortium", "shenzhen", "--data", str(folder))
        filler.unlink()
        assert "Traceback" not in done.stderr
        assert damage_in(folder) == []
        assert not (folder / "staging").exists()
        outcomes.append(done.returncode)
        if done.returncode == 0:
            break
        assert releases.current_number() == before
        assert "No space left on device" in done.stderr, done.stderr
    assert outcomes[-1] == 0
    assert len(outcomes) > 2


def test_a_disk_that_takes_nothing_is_told(
    data: Path, small_disk: Callable[[int], Path], called: Run
) -> None:
    disk = small_disk(60_000)
    folder = shutil.copytree(data, disk / "data")
    subprocess.run([*ROOT, "mount", "-o", "remount,ro", str(disk)], check=True)
    done = called("publish", "--data", str(folder))
    assert done.returncode == 3
    assert "Read-only file system" in done.stderr
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        reply = server.post("/update", INSERT % 0, UPDATE, **BEARER, **{"Accept-Language": "zh"})
        assert (reply.status, reply.json()["code"]) == (507, "not-writable")
        assert str(folder) not in reply.text
        assert server.query(COUNT) == [{"n": "0"}]


# ------------------------------------------------------------------- what is lost


def test_a_directory_that_is_lost_is_not_made_anew(data: Path, tmp_path: Path) -> None:
    with running("--data", str(data), MIECO_TOKEN=TOKEN) as server:
        data.rename(tmp_path / "elsewhere")
        for language in ("zh", "en"):
            reply = server.send(
                "POST",
                "/update",
                {"Content-Type": UPDATE, "Accept-Language": language, **BEARER},
                (INSERT % 0).encode(),
            )
            assert (reply.status, reply.json()["code"]) == (507, "not-writable")
            assert str(tmp_path) not in reply.text
        assert not data.exists()
        assert server.query(COUNT) == [{"n": "0"}]
        (tmp_path / "elsewhere").rename(data)
        assert server.post("/update", INSERT % 0, UPDATE, **BEARER).status == 204


def test_a_pointer_that_is_lost_is_not_taken_for_a_new_directory(data: Path, called: Run) -> None:
    publish_change(Releases(data), Update(INSERT % 1))
    (data / "current").unlink()
    with pytest.raises(BadRelease):
        publish_nothing(Releases(data))
    for command in (("publish",), ("serve", "--port", "1"), ("dump", "-o", "/dev/null")):
        for language in ("zh", "en"):
            done = called(*command, "--data", str(data), MIECO_LANGUAGE=language)
            assert done.returncode == 3
            assert "mieco doctor --repair" in done.stderr, done.stderr
    assert Releases(data).numbers() == [1, 2]
    assert called("doctor", "--repair", "--data", str(data)).returncode == 0
    assert Releases(data).current().manifest.number == 2


def test_what_cannot_be_made_durable_is_taken_back(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pointer has moved, and the disk does not take that."""
    from mieco import durable

    real, failed = durable.sync, []

    def sync(path: Path) -> None:
        if path == data and (data / "current").read_text() == "2\n" and not failed:
            failed.append(path)
            raise OSError(5, "Input/output error")
        real(path)

    monkeypatch.setattr(durable, "sync", sync)
    with pytest.raises(NotWritable):
        publish_change(Releases(data), Update(INSERT % 1))
    assert failed
    assert Releases(data).current_number() == 1
    assert Releases(data).numbers() == [1]
    assert publish_change(Releases(data), Update(INSERT % 1))[0].manifest.number == 2
