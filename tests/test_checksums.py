"""Each release says of what it consists, with the checksum of each file."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Server, running
from mieco import checksums
from mieco.changes import Update
from mieco.checksums import Damage
from mieco.publish.change import publish_change
from mieco.releases import Releases

SMALL = Update('INSERT DATA { GRAPH <http://e/g> { <http://e/a> <http://e/p> "1" } }')


@pytest.fixture
def releases(few_directory: Path, tmp_path: Path) -> Releases:
    shutil.copytree(few_directory, tmp_path / "data")
    return Releases(tmp_path / "data")


def real(folder: Path) -> dict[str, tuple[int, str]]:
    """Size and digest of each file of a release, but for the notes of its engine."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in (checksums.FILE, "LOG"):
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            found[path.relative_to(folder).as_posix()] = (len(content), digest)
    return found


def written(folder: Path) -> dict[str, tuple[int, str]]:
    told = json.loads((folder / checksums.FILE).read_text())["files"]
    return {path: (each["size"], each["sha256"]) for path, each in told.items()}


def test_every_file_of_every_release_has_its_checksum(releases: Releases) -> None:
    publish_change(releases, SMALL)
    publish_change(releases, Update("DROP GRAPH <http://e/g>"))
    for number in (1, 2, 3):
        folder = releases.place(number)
        assert written(folder) == real(folder)
        assert {"manifest.json", "names.sqlite", "store/CURRENT"} <= written(folder).keys()
        listed = checksums.read(folder)
        assert listed is not None
        assert checksums.verify(folder, listed) == []


def test_what_is_shared_keeps_the_checksum_that_it_was_published_with(releases: Releases) -> None:
    """Were it read anew, a file that was damaged meanwhile would pass for whole."""
    publish_change(releases, SMALL)
    first, second = releases.place(1), releases.place(2)
    assert (first / "names.sqlite").samefile(second / "names.sqlite")
    content = bytearray((first / "names.sqlite").read_bytes())
    content[80] ^= 1  # which SQLite leaves alone
    (first / "names.sqlite").write_bytes(content)
    shutil.rmtree(second)
    (releases.folder / "current").write_text("1\n")
    publish_change(releases, SMALL)
    for folder in (first, second):
        listed = checksums.read(folder)
        assert listed is not None
        assert checksums.verify(folder, listed) == [Damage("names.sqlite", "content")]


def test_every_kind_of_damage_is_found(releases: Releases) -> None:
    folder = releases.place(1)
    listed = checksums.read(folder)
    assert listed is not None
    (folder / "rules.json").unlink()
    with (folder / "statistics.json").open("ab") as file:
        file.write(b" ")
    names = folder / "names.sqlite"
    names.write_bytes(names.read_bytes()[::-1])
    assert set(checksums.verify(folder, listed)) == {
        Damage("names.sqlite", "content"),
        Damage("rules.json", "missing"),
        Damage("statistics.json", "size"),
    }


@pytest.fixture(scope="module")
def two(few_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """Two releases, of which an earlier version made the first."""
    folder = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(few_directory, folder)
    releases = Releases(folder)
    publish_change(releases, SMALL)
    (releases.place(1) / checksums.FILE).unlink()
    return releases


@pytest.fixture(scope="module")
def served(two: Releases) -> Iterator[Server]:
    """A service of them, on disk."""
    with running("--data", str(two.folder), MIECO_MEMORY="1") as one:
        yield one


def test_a_release_is_given_away_file_by_file(two: Releases, served: Server) -> None:
    latest = served.get("/download/latest/snapshot")
    assert (latest.status, latest.headers["Location"]) == (307, "/download/2/snapshot")
    # What was made beside it since is not of it; the first has no checksums, and is read.
    assert (two.place(2) / "merged").is_dir()
    for number in (1, 2):
        told = served.get(f"/download/{number}/snapshot")
        folder, files = two.place(number), told.json()["files"]
        listed = {path: (each["size"], each["sha256"]) for path, each in files.items()}
        there = {p: each for p, each in real(folder).items() if not p.startswith("merged")}
        assert listed == there
        assert told.json()["bytes"] == sum(size for size, _ in listed.values())
        tag = told.headers["ETag"]
        again = served.send("GET", f"/download/{number}/snapshot", {"If-None-Match": tag})
        assert again.status == 304
    for path, (size, digest) in written(two.place(2)).items():
        reply = served.get(f"/download/2/snapshot/{path}")
        assert (reply.status, len(reply.body)) == (200, size)
        assert hashlib.sha256(reply.body).hexdigest() == digest
        assert reply.headers["ETag"] == f'"{digest}"'
        assert "immutable" in reply.headers["Cache-Control"]
    whole = served.get("/download/2/snapshot/names.sqlite").body
    part = served.send("GET", "/download/2/snapshot/names.sqlite", {"Range": "bytes=1000-"})
    assert (part.status, part.body) == (206, whole[1000:])


@pytest.mark.parametrize(
    "path",
    [
        *("../1/manifest.json", "..%2f1%2fmanifest.json", "%2e%2e/%2e%2e/current", "/etc/passwd"),
        *("store/../manifest.json", "store", "merged.json", "checksums.json", "store/LOG", "%00"),
    ],
)
def test_nothing_but_what_is_listed_is_given(served: Server, path: str) -> None:
    reply = served.get(f"/download/2/snapshot/{path}")
    assert reply.status in (404, 308), reply.text
    if reply.status == 308:  # two slashes are one
        assert served.get(reply.headers["Location"].removeprefix(served.url)).status == 404


def test_what_is_damaged_is_not_given_away(two: Releases, served: Server) -> None:
    rules = two.place(2) / "rules.json"
    content = rules.read_bytes()
    rules.write_bytes(content[:-1])
    reply = served.get("/download/2/snapshot/rules.json", lang="en")
    rules.write_bytes(content)
    assert (reply.status, reply.json()["code"]) == (503, "bad-release")
    assert "rules.json" in reply.json()["detail"]
