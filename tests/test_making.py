"""Files that are made and kept: within a budget, one at a time, and never for ever."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from mieco.dumps.files import dataset_files, graph_files
from mieco.engine.cancellation import Cancellation
from mieco.errors import (
    Abandoned,
    FileNotMade,
    FileNotReady,
    FileTimeout,
    FileTooLarge,
    MiecoError,
    NoRelease,
    NotFound,
)
from mieco.making.maker import Maker
from mieco.making.shelf import Shelf
from mieco.settings import Settings

# A file and its checksum take so many bytes.
SIZE, LINE = 1000, 64 + 2 + 1 + 1


def write(out: IO[bytes]) -> None:
    out.write(b"x" * SIZE)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Room for three files."""
    return Shelf(tmp_path / "dumps", 3 * (SIZE + LINE) + LINE)


def there(shelf: Shelf) -> set[str]:
    return set(shelf.sizes("1"))


def use(shelf: Shelf, place: str, at: float) -> None:
    """Makes a file that was used last at a time."""
    shelf.make(place, write)
    os.utime(shelf.folder / place, (at, at))


def test_the_longest_unused_gives_way(shelf: Shelf) -> None:
    for name, at in (("a", 3), ("b", 1), ("c", 2)):
        use(shelf, f"1/{name}", at)
    assert there(shelf) == {"a", "b", "c"}
    shelf.make("1/d", write)
    assert there(shelf) == {"a", "c", "d"}
    kept = shelf.find("1/c")  # which makes it the last one used
    assert kept is not None
    assert kept.file.read() == b"x" * SIZE
    kept.file.close()
    shelf.make("1/e", write)
    assert there(shelf) == {"c", "d", "e"}
    assert len(list(shelf.folder.glob("1/*.sha256"))) == 3


def test_what_is_being_read_stays(shelf: Shelf) -> None:
    with contextlib.ExitStack() as reading:
        for name in "abc":
            use(shelf, f"1/{name}", 1)
            kept = shelf.find(f"1/{name}")
            assert kept is not None
            reading.enter_context(kept.file)
        with pytest.raises(FileNotReady):
            shelf.make("1/d", write)
        assert there(shelf) == {"a", "b", "c"}
    shelf.make("1/d", write)
    assert "d" in there(shelf)


def test_what_would_never_fit_is_refused_while_it_grows(shelf: Shelf) -> None:
    use(shelf, "1/a", 1)
    grown = 0

    def endless(out: IO[bytes]) -> None:
        nonlocal grown
        while True:
            out.write(b"x" * (1 << 18))
            grown += 1

    with pytest.raises(FileTooLarge):
        shelf.make("1/b", endless)
    assert grown < 8
    assert there(shelf) == {"a"}


def test_a_file_is_made_once_and_half_ones_are_cleared_away(shelf: Shelf) -> None:
    shelf.make("1/a", write)
    shelf.make("1/a", lambda _: pytest.fail("it is there"))
    (shelf.folder / "1" / "a.sha256").unlink()
    assert shelf.find("1/a") is None  # what cannot be proven is not given out
    shelf.make("1/a", write)
    assert shelf.find("1/b") is None

    def fail(out: IO[bytes]) -> None:
        out.write(b"half")
        raise NotFound(what="", name="", near="")

    with pytest.raises(NotFound):
        shelf.make("1/b", fail)
    shelf.make("1/c", write)
    assert {path.name for path in shelf.folder.iterdir()} == {"1", "lock"}


Executable = Callable[[str], None]


@pytest.fixture
def executable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Executable:
    """Puts a shell script in the place of the process that makes files."""

    def put(script: str) -> None:
        path = tmp_path / "process"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(path))

    return put


def failure(maker: Maker, number: int = 2, seconds: float = 60) -> type[MiecoError]:
    file = dataset_files(number)[0]
    with pytest.raises(MiecoError) as raised:
        maker.get(file, seconds=seconds, cancellation=Cancellation())
    return type(raised.value)


def test_a_process_that_dies_or_takes_too_long_is_told(
    two_releases: Path, tmp_path: Path, executable: Executable
) -> None:
    """And told again for a while, before it is tried anew."""
    copy = tmp_path / "data"
    shutil.copytree(two_releases / "releases", copy / "releases")
    executable("exit 1")
    maker = Maker(Settings(data=copy))
    assert failure(maker) is FileNotMade
    executable("sleep 60")
    assert failure(maker) is FileNotMade
    assert failure(Maker(Settings(data=copy, dump_timeout=0.05))) is FileTimeout


def test_where_nothing_is_published_nothing_is_made(tmp_path: Path) -> None:
    assert failure(Maker(Settings(data=tmp_path)), number=9) is NoRelease


def test_who_waits_too_long_or_leaves_does_not_hold_the_others(
    two_releases: Path, executable: Executable
) -> None:
    executable("sleep 1")
    maker = Maker(Settings(data=two_releases, dump_timeout=1))
    assert failure(maker, number=10, seconds=0.01) is FileNotReady
    gone = Cancellation()
    gone.cancel()
    with pytest.raises(Abandoned):
        maker.get(dataset_files(10)[1], seconds=60, cancellation=gone)
    # Only so many are waited for.
    more = [file for n in range(3) for file in graph_files(10, f"http://e/{n}")]
    for file in more[:16]:
        with pytest.raises(FileNotReady):
            maker.get(file, seconds=0, cancellation=Cancellation())
    with pytest.raises(FileNotReady):
        maker.get(more[16], seconds=60, cancellation=Cancellation())
