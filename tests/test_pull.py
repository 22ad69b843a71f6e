"""``mieco pull``: a release of another mieco, whatever happens on the way."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import BEARER, TOKEN, UPDATE, Run, Server, running
from mieco import checksums
from mieco.releases import Releases
from odd_proxy import OddProxy, odd_proxy
from odd_service import odd_service, problem, says

INSERT = 'INSERT DATA {{ GRAPH <http://e/g{0}> {{ <http://e/a> <http://e/p> "{0}" }} }}'


@pytest.fixture(scope="module")
def origin(few_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service that publishes."""
    folder = tmp_path_factory.mktemp("origin") / "data"
    shutil.copytree(few_directory, folder)
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as one:
        yield one


@pytest.fixture
def way(origin: Server) -> Iterator[OddProxy]:
    """The way to it."""
    with odd_proxy(origin.url) as proxy:
        yield proxy


@pytest.fixture
def here(tmp_path: Path) -> Releases:
    return Releases(tmp_path / "data")


def publish(origin: Server, number: int) -> int:
    """The release that a small change leads to."""
    reply = origin.post("/update", INSERT.format(number), UPDATE, **BEARER)
    assert reply.status == 204, reply.text
    return int(reply.headers["Mieco-Release"])


def files(origin: Server, number: int) -> dict[str, tuple[int, str]]:
    told = origin.get(f"/download/{number}/snapshot").json()["files"]
    return {path: (each["size"], each["sha256"]) for path, each in told.items()}


def demand_same(origin: Server, here: Releases, number: int) -> None:
    """The release is here whole, as it is there, and is current."""
    assert here.current_number() == number
    folder = here.place(number)
    listed = checksums.read(folder)
    assert listed is not None
    assert {p: (each.size, each.sha256) for p, each in listed.items()} == files(origin, number)
    assert checksums.verify(folder, listed) == []
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert there == {*listed, checksums.FILE}
    assert not (here.folder / "pulling" / str(number)).exists()


def test_a_release_is_fetched_once_and_is_current(
    origin: Server, way: OddProxy, here: Releases, called: Run
) -> None:
    number = publish(origin, 1)
    done = called("pull", way.url, "--data", str(here.folder))
    assert done.returncode == 0, done.stderr
    assert f"release {number} is here and current" in done.stderr
    demand_same(origin, here, number)
    assert here.origin() == way.url
    asked = len(way.files())
    again = called("pull", f"{way.url}/", "--data", str(here.folder), MIECO_LANGUAGE="zh")
    assert again.stderr == f"mieco: 发布 {number} 已是当前发布\n"
    assert len(way.files()) == asked


def test_a_small_change_moves_little(
    origin: Server, way: OddProxy, here: Releases, called: Run
) -> None:
    first = publish(origin, 2)
    assert called("pull", way.url, "--data", str(here.folder)).returncode == 0
    known = {digest for _, digest in files(origin, first).values()}
    way.asked.clear()
    second = publish(origin, 3)
    done = called("pull", way.url, "--data", str(here.folder))
    demand_same(origin, here, second)
    changed = {p: size for p, (size, d) in files(origin, second).items() if d not in known}
    assert {each.path.partition("/snapshot/")[2] for each in way.files()} <= changed.keys()
    moved = sum(each.sent for each in way.files())
    assert moved <= sum(changed.values())  # how much that is, the store decides
    assert f"{moved / 1e6:.1f} MB fetched" in done.stderr
    names = [here.place(number) / "names.sqlite" for number in (first, second)]
    assert names[0].samefile(names[1])


def test_the_origin_goes_back_and_so_does_the_replica(
    origin: Server, way: OddProxy, here: Releases, called: Run
) -> None:
    first = publish(origin, 4)
    called("pull", way.url, "--data", str(here.folder))
    second = publish(origin, 5)
    called("pull", way.url, "--data", str(here.folder))
    assert here.current_number() == second
    assert origin.send("POST", "/import/undo", BEARER).status in (204, 303)
    way.asked.clear()
    done = called("pull", way.url, "--data", str(here.folder))
    assert done.stderr == (
        f"mieco: {way.url} went back from release {second} to {first}; so did this\n"
    )
    demand_same(origin, here, first)
    assert way.files() == []
    # One that was left is to be had by its number all the same.
    done = called("pull", way.url, "--release", str(second), "--data", str(here.folder))
    assert here.current_number() == second, done.stderr


def test_a_connection_that_breaks_is_gone_on_with(
    origin: Server, way: OddProxy, here: Releases, called: Run
) -> None:
    number = publish(origin, 6)
    way.of, way.cut_after = "facts.npz", 100_000
    done = called("pull", way.url, "--data", str(here.folder))
    assert done.returncode == 0, done.stderr
    demand_same(origin, here, number)
    asked = [each for each in way.files() if each.path.endswith("facts.npz")]
    assert len(asked) > 1
    assert [each.start for each in asked] == [100_000 * at for at in range(len(asked))]
    assert sum(each.sent for each in asked) == files(origin, number)["facts.npz"][0]


def test_a_pull_that_was_killed_is_gone_on_with(
    origin: Server, way: OddProxy, here: Releases, called: Run
) -> None:
    before = publish(origin, 7)
    assert called("pull", way.url, "--data", str(here.folder)).returncode == 0
    number = publish(origin, 8)
    # As if nothing were here that could be linked.
    (here.place(before) / checksums.FILE).unlink()
    way.asked.clear()
    way.of, way.halt_after = "names.sqlite", 50_000
    command = [sys.executable, "-m", "mieco", "pull", way.url, "--data", str(here.folder)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        assert way.halted.wait(30)
        part = here.folder / "pulling" / str(number) / "names.sqlite"
        eventually(lambda: part.exists() and part.stat().st_size == 50_000)
        process.send_signal(signal.SIGKILL)
    assert here.current_number() == before
    assert number not in here.numbers()
    first, way.asked = way.files(), []
    way.halt_after = None
    done = called("pull", way.url, "--data", str(here.folder))
    assert done.returncode == 0, done.stderr
    demand_same(origin, here, number)
    # Nothing that had come was fetched again.
    came = {each.path for each in first if not each.path.endswith("names.sqlite")}
    assert not came & {each.path for each in way.files()}
    assert [e.start for e in way.files() if e.path.endswith("names.sqlite")] == [50_000]


def test_what_arrives_with_another_checksum_is_fetched_once_more(
    origin: Server, way: OddProxy, here: Releases, called: Run
) -> None:
    number = publish(origin, 9)
    way.of, way.spoilt = "rules.json", 1
    done = called("pull", way.url, "--data", str(here.folder))
    assert done.returncode == 0, done.stderr
    demand_same(origin, here, number)
    asked = [each for each in way.files() if each.path.endswith("rules.json")]
    assert [each.cache_control for each in asked] == [None, "no-cache"]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh", "的文件 rules.json 取了两次，内容都与校验和不符"), ("en", "The file rules.json of")],
)
def test_what_is_wrong_twice_is_told_and_the_current_release_stands(
    origin: Server, way: OddProxy, here: Releases, called: Run, language: str, sentence: str
) -> None:
    before = publish(origin, 10)
    assert called("pull", way.url, "--data", str(here.folder)).returncode == 0
    publish(origin, 11)
    (here.place(before) / checksums.FILE).unlink()
    way.of, way.spoilt = "rules.json", 2
    done = called("pull", way.url, "--data", str(here.folder), MIECO_LANGUAGE=language)
    assert done.returncode == 3
    assert sentence in done.stderr
    assert here.current_number() == before
    assert called("pull", way.url, "--data", str(here.folder)).returncode == 0


def test_a_file_that_is_damaged_here_is_not_linked(
    origin: Server, way: OddProxy, here: Releases, called: Run
) -> None:
    before = publish(origin, 12)
    called("pull", way.url, "--data", str(here.folder))
    for damage in (lambda raw: raw[:-1] + b"x", lambda raw: raw[:-1]):
        names = here.place(before) / "names.sqlite"
        names.write_bytes(damage(names.read_bytes()))
        number = publish(origin, 13 + before)
        assert called("pull", way.url, "--data", str(here.folder)).returncode == 0
        demand_same(origin, here, number)
        before = number


def test_another_release_of_that_number_is_never_replaced(
    origin: Server, here: Releases, called: Run, mieco: Run
) -> None:
    number = publish(origin, 14)
    called("pull", origin.url, "--data", str(here.folder))
    text = 'INSERT DATA { <http://e/own> <http://e/p> "own" }'
    with running("--data", str(here.folder), MIECO_TOKEN=TOKEN) as own:
        # The release that it was made from is not here.
        told = own.send("GET", "/import", {**BEARER, "Accept": "application/json"})
        assert (told.status, told.json()["undo"]) == (200, None)
        assert own.post("/update", text, UPDATE, **BEARER).status == 204
    assert publish(origin, 15) == number + 1
    done = called("pull", origin.url, "--data", str(here.folder))
    assert done.returncode == 2
    assert f"Release {number + 1} is another here than at {origin.url}" in done.stderr
    assert "--data" in done.stderr
    assert here.current_number() == number + 1
    text = "SELECT * { ?s ?p 'own' }"
    asked = mieco("query", "-", "--format", "csv", "--data", str(here.folder), stdin=text)
    assert "http://e/own" in asked.stdout, asked.stderr


def test_a_disk_without_room_is_told_before(
    origin: Server, here: Releases, called: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(origin, 16)
    full = shutil.disk_usage("/")._replace(free=10_000)
    monkeypatch.setattr("mieco.replicas.pulling.shutil.disk_usage", lambda _: full)
    done = called("pull", origin.url, "--data", str(here.folder))
    assert done.returncode == 3
    assert re.search(r"The disk of .* lacks \d+ MB", done.stderr)
    assert here.current_number() is None


LISTING = {"release": 1, "files": {"manifest.json": {"size": 1, "sha256": "0" * 64}}}
OUTSIDE = {"release": 1, "files": {**LISTING["files"], "../../x": {"size": 1, "sha256": "0" * 64}}}


@pytest.mark.parametrize(
    ("answer", "code", "zh", "en"),
    [
        (says("<p>hello", kind="text/html"), 2, "回来的是 text/html", "text/html came back"),
        (problem(404, "not-found"), 2, "取不到发布", "gives no releases away"),
        (says(OUTSIDE), 2, "取不到发布", "gives no releases away"),
        (says([1]), 2, "取不到发布", "gives no releases away"),
        (says({**LISTING, "release": 10**300}), 2, "取不到发布", "gives no releases away"),
        (says("[" * 200_000), 2, "取不到发布", "gives no releases away"),
        (problem(503, "no-release"), 3, "detail of no-release", "detail of no-release"),
        (says("bad gateway", 502, "text/html"), 3, "HTTP 502", "HTTP 502"),
    ],
)
def test_what_gives_no_releases_away_is_told(
    here: Releases,
    called: Run,
    answer: Callable[..., None],
    code: int,
    zh: str,
    en: str,
) -> None:
    with odd_service() as odd:
        odd.will(answer)
        for language, words in (("zh", zh), ("en", en)):
            done = called("pull", odd.url, "--data", str(here.folder), MIECO_LANGUAGE=language)
            assert done.returncode == code
            assert words in done.stderr
            assert odd.url in done.stderr
    assert here.current_number() is None
    assert not (here.folder.parent / "x").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["http://127.0.0.1:9"], 3, "nobody listens there"),
        (["http://nowhere.invalid"], 3, "there is no such host"),
        (["127.0.0.1:8080"], 2, "is no address of a service"),
        (["http://user:secret@127.0.0.1:8080"], 2, "is no address of a service"),
        (["file:///etc"], 2, "is no address of a service"),
        (["http://127.0.0.1:9", "--every", "1", "--release", "2"], 2, "cannot be used with"),
    ],
)
def test_an_address_of_no_use_is_told(
    here: Releases, called: Run, arguments: list[str], code: int, words: str
) -> None:
    done = called("pull", *arguments, "--data", str(here.folder))
    assert done.returncode == code
    assert words in done.stderr


def test_a_follower_goes_on_when_its_origin_is_back(
    origin: Server, way: OddProxy, here: Releases
) -> None:
    publish(origin, 17)
    log = here.folder.parent / "log"
    command = [sys.executable, "-m", "mieco", "pull", way.url, "--every", "0.1"]
    environment = {**os.environ, "MIECO_DATA": str(here.folder), "MIECO_LANGUAGE": "en"}
    with (
        log.open("w") as said,
        subprocess.Popen(command, stderr=said, env=environment) as process,
    ):
        try:
            eventually(lambda: here.current_number() is not None)
            way.away = True
            eventually(lambda: "Trying again" in log.read_text())
            number = publish(origin, 18)
            way.away = False
            eventually(lambda: here.current_number() == number)
        finally:
            process.terminate()
    demand_same(origin, here, number)
    assert log.read_text().count("Trying again") == 1


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
