"""``mieco doctor``: what is damaged or lost is told, and what can be mended is mended."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, Store

from conftest import BEARER, TOKEN, UPDATE, Run, free_port, running
from mieco.changes import Update
from mieco.publish.change import publish_change, publish_nothing
from mieco.releases import Releases

INSERT = "INSERT DATA { GRAPH <http://e/g> { <http://e/a> <http://e/p> %d } }"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH <http://e/g> { ?s ?p ?o } }"


@pytest.fixture
def data(few_directory: Path, tmp_path: Path) -> Path:
    """Two releases, of which the second has one fact more."""
    folder = shutil.copytree(few_directory, tmp_path / "data")
    publish_change(Releases(folder), Update(INSERT % 1))
    return folder


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for temporary files in which nobody else has left any."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return place


def flip(path: Path) -> None:
    """Changes a bit in the middle of a file, and in no other name that it has."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.unlink()
    path.write_bytes(content)


def repairs(data: Path) -> list[tuple[str, str]]:
    lines = (data / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    ends = {entry["of"]: entry["state"] for entry in entries if entry["of"]}
    return [
        (each["about"]["what"], ends[each["number"]])
        for each in entries
        if each["action"] == "repair" and each["state"] == "begun"
    ]


def store_file(data: Path) -> Path:
    return max((data / "releases" / "2" / "store").glob("*.sst"), key=lambda p: p.stat().st_size)


def test_all_is_well(data: Path, called: Run) -> None:
    for language, said in (("zh", "1-2 完好"), ("en", "1-2 are whole")):
        done = called("doctor", "--data", str(data), MIECO_LANGUAGE=language)
        assert done.returncode == 0, done.stdout
        assert said in done.stdout
        assert "✗" not in done.stdout
    before = (data / "audit.jsonl").read_bytes()
    assert called("doctor", "--repair", "--data", str(data)).returncode == 0
    assert (data / "audit.jsonl").read_bytes() == before


MADE = ("names.sqlite", "facts.npz", "rules.json", "statistics.json", "contradictions.json")


@pytest.mark.parametrize("file", [*MADE, "added.nq", "checksums.json"])
def test_what_is_made_from_the_data_is_made_from_them_again(
    data: Path, called: Run, file: str
) -> None:
    path = data / "releases" / "2" / file
    if path.stat().st_size < 8 or file == "checksums.json":
        path.unlink()
        path.write_bytes(b"?")
    else:
        flip(path)
    for language in ("zh", "en"):
        told = called("doctor", "--data", str(data), MIECO_LANGUAGE=language)
        assert told.returncode == 1
        assert (file if file != "checksums.json" else "✗") in told.stdout
    mended = called("doctor", "--repair", "--data", str(data))
    assert mended.returncode == 0, mended.stdout
    assert Releases(data).current_number() == 3
    assert (data / "damaged" / "2" / file).exists()
    assert repairs(data) == [("made-again", "done"), ("set-aside", "done")]
    assert len(list(facts(data))) == 1
    # All else is as it was before.
    assert publish_change(Releases(data), Update(INSERT % 2))[0].manifest.number == 4
    assert len(list(facts(data))) == 2


def facts(data: Path) -> Iterator[Quad]:
    store = Store.read_only(str(Releases(data).current().store))
    return store.quads_for_pattern(None, None, None, NamedNode("http://e/g"))


def test_a_service_answers_without_what_is_damaged(data: Path) -> None:
    """What it needs of that is made again, or is not to be had; the data are."""
    for file in (*MADE, "added.nq"):
        path = data / "releases" / "2" / file
        path.unlink()
        path.write_bytes(b"?")
    with running("--data", str(data), MIECO_TOKEN=TOKEN) as server:
        assert server.query(COUNT) == [{"n": "1"}]
        found = server.get("/search", "application/json", q="shenzhen")
        assert found.json()["hits"] != []
        for page in ("/", "/questions", "/health"):
            assert server.get(page).status == 200, page
        assert server.post("/update", INSERT % 2, UPDATE, **BEARER).status == 204
        assert server.query(COUNT) == [{"n": "2"}]


@pytest.mark.parametrize("file", ["store", "manifest.json", "store/CURRENT"])
def test_where_the_data_are_damaged_it_goes_back(data: Path, called: Run, file: str) -> None:
    flip(store_file(data) if file == "store" else data / "releases" / "2" / file)
    told = called("doctor", "--data", str(data))
    assert told.returncode == 1
    assert "release 2" in told.stdout
    mended = called("doctor", "--repair", "--data", str(data), MIECO_LANGUAGE="zh")
    assert mended.returncode == 0, mended.stdout
    assert "备份" in mended.stderr
    assert Releases(data).current_number() == 1
    assert (data / "damaged" / "2").is_dir()
    tried = [("made-again", "failed")] if file == "store" else []
    assert repairs(data) == [*tried, ("went-back", "done"), ("set-aside", "done")]
    # Nothing gets a number that a replica may know.
    assert publish_change(Releases(data), Update(INSERT % 2))[0].manifest.number == 3


@pytest.mark.parametrize("file", [*MADE, "manifest.json", "checksums.json", "store", "current"])
def test_damage_is_no_traceback_and_tells_the_way_out(data: Path, called: Run, file: str) -> None:
    path = data / "current" if file == "current" else data / "releases" / "2" / file
    if file == "current":
        path.write_bytes(b"\xff2\n")
    else:
        flip(store_file(data) if file == "store" else path)
    for language in ("zh", "en"):
        for command in (("dump", "-o", "/dev/null"), ("pull", "http://127.0.0.1:1")):
            done = called(*command, "--data", str(data), MIECO_LANGUAGE=language)
            assert done.returncode in (0, 1, 2, 3)
            assert "Traceback" not in done.stderr
    note = data.parent / "note.ttl"
    note.write_text("<http://e/s> <http://e/p> 1 .", encoding="utf-8")
    done = called("import", str(note), "--consortium", "shenzhen", "--data", str(data))
    if done.returncode:
        assert done.returncode == 3
        assert "doctor --repair" in done.stderr or "cannot be written" in done.stderr, done.stderr
    called("doctor", "--repair", "--data", str(data))
    # What is damaged of a release that is current no more, a backup alone can mend.
    assert called("doctor", "--data", str(data)).returncode == (0 if done.returncode else 1)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("file", ["manifest.json", "store/CURRENT"])
def test_a_service_that_cannot_start_tells_the_way_out(
    data: Path, mieco: Run, file: str, language: str
) -> None:
    flip(data / "releases" / "2" / file)
    port = str(free_port())
    done = mieco("serve", "--port", port, "--data", str(data), MIECO_LANGUAGE=language)
    assert done.returncode == 3
    assert "mieco doctor --repair" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_service_tells_of_damage_without_saying_where(data: Path) -> None:
    with running("--data", str(data), MIECO_TOKEN=TOKEN) as server:
        flip(data / "releases" / "2" / "manifest.json")
        for language in ("zh", "en"):
            headers = {"Content-Type": UPDATE, "Accept-Language": language, **BEARER}
            reply = server.send("POST", "/update", headers, (INSERT % 3).encode())
            assert (reply.status, reply.json()["code"]) == (503, "bad-release")
            assert str(data) not in reply.text
        assert server.query(COUNT) == [{"n": "1"}]
        shutil.rmtree(data / "releases" / "2")
        reply = server.post("/update", INSERT % 3, UPDATE, **BEARER)
        assert (reply.status, reply.json()["code"]) == (503, "bad-release")
        (data / "current").write_bytes(b"\xff")
        reply = server.post("/update", INSERT % 3, UPDATE, **BEARER)
        assert (reply.status, reply.json()["code"]) == (503, "bad-release")
        assert server.query(COUNT) == [{"n": "1"}]


@pytest.mark.parametrize("how", ["lost", "broken", "nowhere", "removed"])
def test_the_pointer_leads_again_to_what_was_current(data: Path, called: Run, how: str) -> None:
    if how == "lost":
        (data / "current").unlink()
    elif how == "broken":
        (data / "current").write_bytes(b"\xff\x00")
    elif how == "nowhere":
        (data / "current").write_text("9\n")
    else:
        shutil.rmtree(data / "releases" / "2")
    told = called("doctor", "--data", str(data))
    assert told.returncode == 1
    assert "doctor --repair" in told.stdout or "✗ release" in told.stdout
    # Of a release that is nowhere it says that this is lost, whatever else it mends.
    lost = how in ("nowhere", "removed")
    assert called("doctor", "--repair", "--data", str(data)).returncode == int(lost)
    assert Releases(data).current_number() == (1 if how == "removed" else 2)
    assert repairs(data) == [*([("lost", "done")] if lost else []), ("pointer", "done")]
    assert called("doctor", "--data", str(data)).returncode == 0


def test_a_release_that_was_undone_does_not_return(data: Path, called: Run) -> None:
    assert called("undo", "--data", str(data)).returncode == 0
    (data / "current").unlink()
    assert called("doctor", "--repair", "--data", str(data)).returncode == 0
    assert Releases(data).current_number() == 1


def test_what_was_left_is_removed(data: Path, called: Run, own_place: Path) -> None:
    (data / "staging").mkdir()
    (data / "staging" / "half").write_bytes(bytes(2_000_000))
    (data / "current.new").write_text("3\n")
    (data / "tokens.json.new").write_text("")
    (data / "pulling" / "9").mkdir(parents=True)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    old, alive, young = (
        own_place / f"mieco-{process}-{name}"
        for process, name in ((ended.pid, "old"), (os.getpid(), "alive"), (ended.pid, "young"))
    )
    for folder in (old, alive, young):
        folder.mkdir()
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    os.utime(alive, (long_ago, long_ago))
    told = called("doctor", "--data", str(data))
    assert told.returncode == 0  # they are in nobody's way
    assert "--repair removes them" in told.stdout
    assert (data / "staging").exists()
    mended = called("doctor", "--repair", "--data", str(data), MIECO_LANGUAGE="zh")
    assert mended.returncode == 0
    assert "已清除 5 处残留" in mended.stderr
    assert not [path for path in data.iterdir() if path.suffix == ".new" or path.name == "staging"]
    assert (old.exists(), alive.exists(), young.exists()) == (False, True, True)
    assert not (data / "pulling" / "9").exists()
    assert repairs(data) == [("left-overs", "done")]


def test_who_publishes_is_not_disturbed(data: Path, called: Run) -> None:
    with Releases(data).publishing() as staging:
        (staging / "half").write_text("")
        told = called("doctor", "--data", str(data))
        assert told.returncode == 0
        assert "staging" not in told.stdout


def test_secrets_are_closed_again(data: Path, called: Run) -> None:
    called("token", "create", "甲", "--role", "publisher", "--data", str(data))
    for name in ("tokens.json", "audit.jsonl"):
        (data / name).chmod(0o644)
    told = called("doctor", "--data", str(data))
    assert told.returncode == 1
    assert "others can read audit.jsonl, tokens.json" in told.stdout
    assert called("doctor", "--repair", "--data", str(data)).returncode == 0
    for name in ("tokens.json", "audit.jsonl"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600


def test_log_and_tokens_are_looked_at(data: Path, called: Run) -> None:
    (data / "tokens.json").write_text("{")
    with (data / "audit.jsonl").open("a") as file:
        file.write("half a li")
    told = called("doctor", "--data", str(data))
    assert told.returncode == 1
    assert "✗ tokens" in told.stdout
    assert "✗ audit log" in told.stdout


def test_a_quick_look_sees_sizes_alone(data: Path, called: Run) -> None:
    flip(data / "releases" / "1" / "facts.npz")
    assert called("doctor", "--quick", "--data", str(data)).returncode == 0
    told = called("doctor", "--data", str(data))
    assert told.returncode == 1
    assert "release 1: facts.npz has not its checksum" in told.stdout
    mended = called("doctor", "--repair", "--data", str(data))
    assert mended.returncode == 1
    assert "only a backup has what it was: --from DEST" in mended.stderr


def test_a_backup_has_what_files_were(data: Path, called: Run) -> None:
    """Whatever is damaged, of the current release or of one before."""
    dest = data.parent / "backups"
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    before = {p: p.read_bytes() for p in (data / "releases").rglob("*") if p.is_file()}
    flip(data / "releases" / "1" / "facts.npz")
    flip(store_file(data))
    (data / "releases" / "2" / "rules.json").unlink()
    flip(data / "releases" / "2" / "checksums.json")
    options = ("doctor", "--repair", "--from", str(dest), "--data", str(data))
    mended = called(*options)
    assert mended.returncode == 0, mended.stdout
    assert "3 files of release 2 are what they were" in mended.stderr
    after = {p: p.read_bytes() for p in (data / "releases").rglob("*") if p.is_file()}
    apart = {path for path in before if path.name == "LOG"}
    assert {path for path in before if before[path] != after.get(path)} <= apart
    assert Releases(data).current_number() == 2
    assert repairs(data) == [("from-backup", "done")] * 2
    # A backup of another directory is of no use, and does no harm.
    other = data.parent / "other"
    publish_nothing(Releases(other))
    assert called("backup", str(dest / "x"), "--data", str(other)).returncode == 0
    flip(data / "releases" / "1" / "facts.npz")
    flip(data / "releases" / "1" / "manifest.json")
    refused = called(*options[:2], "--from", str(dest / "x"), "--data", str(data))
    assert refused.returncode == 1
    assert called("doctor", "--from", str(dest), "--data", str(data)).returncode == 2
    assert called(*options).returncode == 0


def test_where_nothing_is_whole_nothing_is_done(data: Path, called: Run) -> None:
    for number in ("1", "2"):
        (data / "releases" / number / "manifest.json").write_text("{")
    mended = called("doctor", "--repair", "--data", str(data))
    assert mended.returncode == 1
    assert "mieco restore" in mended.stderr
    assert Releases(data).current_number() == 2
    assert Releases(data).numbers() == [1, 2]


def test_an_empty_directory_is_told(tmp_path: Path, called: Run) -> None:
    for options in ((), ("--repair",)):
        told = called("doctor", *options, "--data", str(tmp_path / "none"))
        assert told.returncode == 1
        assert "mieco publish" in told.stdout
    assert not (tmp_path / "none").exists()
