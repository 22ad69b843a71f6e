"""``mieco backup``, ``restore`` and ``verify``: everything comes back, whatever happens."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conftest import BEARER, TOKEN, UPDATE, Run, Server, running
from mieco import checksums
from mieco.backup.listing import Backup, Listed
from mieco.backup.repository import Repository
from mieco.changes import Update
from mieco.publish.change import publish_change
from mieco.releases import Releases

INSERT = "INSERT DATA { GRAPH <http://e/g> { <http://e/a> <http://e/p> %d } }"
DIGEST = "0" * 64


@pytest.fixture
def data(few_directory: Path, tmp_path: Path) -> Path:
    return shutil.copytree(few_directory, tmp_path / "data")


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def change(data: Path, number: int) -> None:
    publish_change(Releases(data), Update(INSERT % number))


def objects(dest: Path) -> dict[str, Path]:
    return {path.name: path for path in (dest / "objects").glob("??/*")}


def lists(dest: Path) -> list[Path]:
    return sorted((dest / "backups").iterdir())


def bytes_in(dest: Path) -> int:
    return sum(path.stat().st_size for path in objects(dest).values())


def dumps(called: Run, data: Path, folder: Path) -> dict[int, str]:
    """The digest of what ``mieco dump`` writes of each release."""
    found = {}
    folder.mkdir(exist_ok=True)
    for number in Releases(data).numbers():
        file = folder / "dump.nq"
        done = called("dump", "--release", str(number), "-o", str(file), "--data", str(data))
        assert done.returncode == 0, done.stderr
        found[number] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


# ------------------------------------------------------------------- the drill


def test_the_restore_drill(data: Path, dest: Path, tmp_path: Path, called: Run) -> None:
    """Served, written to, backed up meanwhile, destroyed, restored, and served again."""
    called("token", "create", "某秘书处", "--role", "publisher", "--data", str(data))
    stop = threading.Event()
    written: list[int] = []

    def write(server: Server) -> None:
        while not stop.is_set():
            reply = server.post("/update", INSERT % len(written), UPDATE, **BEARER)
            assert reply.status == 204
            written.append(int(reply.headers["Mieco-Release"]))

    with running("--data", str(data), MIECO_TOKEN=TOKEN) as server:
        delivered = server.send(
            "POST",
            "/import?filename=a.ttl&consortium=shenzhen&batch=drill",
            {"Content-Type": "text/turtle", "Accept": "application/json", **BEARER},
            b"<http://e/s> <http://e/p> 1 .",
        )
        assert delivered.status == 202, delivered.text
        writing = threading.Thread(target=write, args=(server,))
        writing.start()
        while len(written) < 3:
            time.sleep(0.01)
        done = called("backup", str(dest), "--data", str(data))
        while len(written) < 6:
            time.sleep(0.01)
        stop.set()
        writing.join()
    assert done.returncode == 0, done.stderr
    sys.stdout.write(f"\n{done.stderr}")
    (name,) = Repository(dest).names()
    backup = Repository(dest).backup(name)
    before = dumps(called, data, tmp_path / "out")
    delivery = next((data / "deliveries").iterdir()).name
    shutil.rmtree(data)
    restored = called("restore", str(dest), "--data", str(data))
    assert restored.returncode == 0, restored.stderr
    sys.stdout.write(restored.stderr)
    after = dumps(called, data, tmp_path / "out")
    assert after == {number: before[number] for number in backup.releases}
    assert backup.release in after
    assert backup.release >= written[2]
    for number, digest in after.items():
        then = before[number]
        sys.stdout.write(f"release {number}: dump {then[:16]} before, {digest[:16]} after\n")
    assert "某秘书处" in (data / "tokens.json").read_text(encoding="utf-8")
    assert (data / "deliveries" / delivery / "files" / "1").read_text().startswith("<http://e/s>")
    assert not (data / "session.key").exists()
    for secret in ("tokens.json", "audit.jsonl"):
        assert stat.S_IMODE((data / secret).stat().st_mode) == 0o600
    last = json.loads((data / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["action"], last["state"]) == ("restore", "done")
    assert called("audit", "verify", "--data", str(data)).returncode == 0
    examined = called("doctor", "--data", str(data))
    assert examined.returncode == 0, examined.stdout
    sys.stdout.write(examined.stdout)
    with running("--data", str(data), MIECO_TOKEN=TOKEN) as server:
        assert server.get("/health").json()["release"] == backup.release
        assert server.post("/update", INSERT % 1000, UPDATE, **BEARER).status == 204


def test_what_releases_share_is_shared_again(data: Path, dest: Path, called: Run) -> None:
    change(data, 1)
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    target = data.parent / "new" / "data"
    assert called("restore", str(dest), "--data", str(target)).returncode == 0
    first, second = (target / "releases" / number for number in "12")
    assert (first / "facts.npz").samefile(second / "facts.npz")
    assert not (first / "store" / "LOCK").samefile(second / "store" / "LOCK")
    change(target, 2)
    listed = checksums.read(target / "releases" / "3")
    assert listed is not None
    assert checksums.verify(target / "releases" / "3", listed) == []


def test_only_what_is_new_is_written(data: Path, dest: Path, called: Run) -> None:
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    first = bytes_in(dest)
    known = {digest: path.stat().st_mtime_ns for digest, path in objects(dest).items()}
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    assert bytes_in(dest) == first
    change(data, 1)
    done = called("backup", str(dest), "--data", str(data), MIECO_LANGUAGE="zh")
    assert "2 个发布，当前为 2" in done.stderr
    # A change makes arrays and index anew, which are half of so small a release.
    assert bytes_in(dest) - first < 0.75 * first
    there = {digest: path.stat().st_mtime_ns for digest, path in objects(dest).items()}
    assert known.items() <= there.items()
    assert len(lists(dest)) == 3


def test_one_of_several_backups_is_restored(data: Path, dest: Path, called: Run) -> None:
    called("backup", str(dest), "--data", str(data))
    change(data, 1)
    called("backup", str(dest), "--data", str(data))
    first, second = Repository(dest).names()
    target = data.parent / "target"
    done = called("restore", str(dest), "--at", first, "--data", str(target))
    assert done.returncode == 0, done.stderr
    assert Releases(target).numbers() == [1]
    none = called("restore", str(dest), "--at", "1999", "--data", str(target / "x"))
    assert none.returncode == 2
    assert second in none.stderr


def test_the_last_ones_are_kept(data: Path, dest: Path, called: Run) -> None:
    for number in range(4):
        change(data, number)
        assert called("backup", str(dest), "--keep", "2", "--data", str(data)).returncode == 0
    assert len(lists(dest)) == 2
    repository = Repository(dest)
    named = {
        each.sha256
        for name in repository.names()
        for each in repository.backup(name).files.values()
    }
    assert named == set(objects(dest))
    assert called("verify", str(dest)).returncode == 0


def test_nothing_is_dropped_while_a_list_cannot_be_read(
    data: Path, dest: Path, called: Run
) -> None:
    for number in range(2):
        change(data, number)
        called("backup", str(dest), "--data", str(data))
    before = set(objects(dest))
    lists(dest)[1].write_text("{")
    change(data, 2)
    called("backup", str(dest), "--keep", "2", "--data", str(data))
    assert before <= set(objects(dest))


# ------------------------------------------------------------------- what goes wrong


def test_one_that_is_killed_leaves_the_earlier_ones_and_is_gone_on_with(
    data: Path, dest: Path, called: Run
) -> None:
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    change(data, 1)
    (earlier,) = Repository(dest).names()
    killer = """
import itertools, os, signal, sys
count, at = itertools.count(1), int(sys.argv.pop(1))
def hook(event, arguments):
    # An object gets its name when it is whole; the list of the backup comes last.
    if event == "os.rename" and sys.argv[2] in os.fspath(arguments[1]) and next(count) == at:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
from mieco.cli import main
main()
"""
    killed = 0
    for at in (1, *[2] * 60):  # every time one object more is kept
        arguments = [str(at), "backup", str(dest), "--data", str(data)]
        done = subprocess.run(
            [sys.executable, "-c", killer, *arguments], capture_output=True, check=False
        )
        assert Repository(dest).names()[0] == earlier
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        killed += 1
        assert Repository(dest).names() == [earlier]
    assert killed > 5
    assert called("verify", str(dest)).returncode == 0
    assert not list((dest / "objects").glob("*.new"))


def test_damage_in_a_backup_is_found_and_not_restored(data: Path, dest: Path, called: Run) -> None:
    called("backup", str(dest), "--data", str(data))
    assert called("verify", str(dest)).returncode == 0
    target = data.parent / "target"
    (name,) = Repository(dest).names()
    listed = Repository(dest).backup(name).files
    for path in ("releases/1/names.sqlite", "releases/1/checksums.json", "audit.jsonl"):
        place = Repository(dest).place(listed[path].sha256)
        content = place.read_bytes()
        flipped = bytearray(content)
        flipped[len(content) // 2] ^= 1
        for wrong in (bytes(flipped), content[:-1], None):
            place.unlink(missing_ok=True)
            if wrong is not None:
                place.write_bytes(wrong)
            for language in ("zh", "en"):
                found = called("verify", str(dest), MIECO_LANGUAGE=language)
                assert found.returncode == 1
                assert path in found.stdout
            refused = called("restore", str(dest), "--data", str(target))
            assert refused.returncode == 3
            assert path in refused.stderr
            assert not target.exists()
        place.write_bytes(content)
    assert called("restore", str(dest), "--data", str(target)).returncode == 0


def test_damage_here_is_told_and_not_saved(data: Path, dest: Path, called: Run) -> None:
    change(data, 1)
    names = data / "releases" / "2" / "statistics.json"
    content = names.read_bytes()
    names.write_bytes(content[:-1] + b"?")
    # That of the current release: there would be nothing to go back to.
    done = called("backup", str(dest), "--data", str(data))
    assert done.returncode == 3
    assert "statistics.json" in done.stderr
    assert lists(dest) == []
    # That of an earlier one.
    names.write_bytes(content)
    change(data, 2)
    names.write_bytes(content[:-1] + b"?")
    done = called("backup", str(dest), "--data", str(data), MIECO_LANGUAGE="zh")
    assert done.returncode == 1
    assert "releases/2/statistics.json" in done.stderr
    assert Repository(dest).backup(Repository(dest).names()[0]).releases == [1, 3]
    # One that the repository has whole.
    names.write_bytes(content)
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    names.write_bytes(content[:-1] + b"?")
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    checked = called("backup", str(dest), "--check", "--data", str(data))
    assert checked.returncode == 1
    assert "releases/2/statistics.json" in checked.stderr
    assert Repository(dest).backup(Repository(dest).names()[-1]).releases == [1, 2, 3]
    found = called("verify", "--data", str(data))
    assert found.returncode == 1
    assert [line[0] for line in found.stdout.splitlines()] == ["✓", "✗", "✓"]


def test_two_at_once_take_turns(data: Path, dest: Path) -> None:
    command = [sys.executable, "-m", "mieco", "backup", str(dest), "--data", str(data)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=60)[1].count("Traceback") for process in both] == [0, 0]
    assert [process.returncode for process in both] == [0, 0]
    assert len(lists(dest)) == 2


def test_nothing_that_is_there_is_replaced(data: Path, dest: Path, called: Run) -> None:
    called("backup", str(dest), "--data", str(data))
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    done = called("restore", str(dest), "--data", str(data))
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert before == {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    within = called("backup", str(data / "deep"), "--data", str(data))
    assert within.returncode == 2
    assert not (data / "deep").exists()
    new_disk = data.parent / "disk"
    (new_disk / "lost+found").mkdir(parents=True)
    assert called("restore", str(dest), "--data", str(new_disk)).returncode == 0


def test_a_restore_that_was_killed_is_no_directory_and_is_begun_anew(
    data: Path, dest: Path, called: Run
) -> None:
    change(data, 1)
    called("backup", str(dest), "--data", str(data))
    target = data.parent / "target"
    killer = """
import itertools, os, signal, sys
count, at = itertools.count(1), int(sys.argv.pop(1))
real = os.fsync
def fsync(descriptor):
    if next(count) == at:
        os.kill(os.getpid(), signal.SIGKILL)
    real(descriptor)
os.fsync = fsync
from mieco.cli import main
main()
"""
    arguments = ["restore", str(dest), "--data", str(target)]
    for at in (1, 3, 4, 6, 9, 14, 30, 60):
        done = subprocess.run(
            [sys.executable, "-c", killer, str(at), *arguments], capture_output=True, check=False
        )
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        if (target / "restoring").exists():
            served = called("serve", "--port", "1", "--data", str(target))
            assert served.returncode == 3
            assert "mieco restore" in served.stderr
            mended = called("doctor", "--repair", "--data", str(target))
            assert mended.returncode == 1
            assert not (target / "current").exists()
    if not (target / "current").exists():
        assert called(*arguments).returncode == 0
    assert called("doctor", "--data", str(target)).returncode == 0
    assert not (target / "restoring").exists()


def test_a_folder_that_is_none_is_told(data: Path, tmp_path: Path, called: Run) -> None:
    for command in (("verify", str(tmp_path / "none")), ("restore", str(tmp_path / "none"))):
        done = called(*command, "--data", str(tmp_path / "x"))
        assert done.returncode == 2, done.stderr
        assert "There is no backup" in done.stderr
    done = called("backup", "/proc/none", "--data", str(data))
    assert done.returncode == 3
    assert "cannot be written" in done.stderr


def test_links_in_a_backup_lead_nowhere_else(data: Path, dest: Path, called: Run) -> None:
    """An object is what its SHA-256 says, wherever it is; the directory is a new one."""
    called("backup", str(dest), "--data", str(data))
    secret = data.parent / "secret"
    secret.write_text("a secret", encoding="utf-8")
    (name,) = Repository(dest).names()
    place = Repository(dest).place(
        Repository(dest).backup(name).files["releases/1/manifest.json"].sha256
    )
    place.unlink()
    place.symlink_to(secret)
    target = data.parent / "target"
    assert called("restore", str(dest), "--data", str(target)).returncode == 3
    assert not target.exists()


def test_modes_give_nothing_away(data: Path, dest: Path, called: Run) -> None:
    called("backup", str(dest), "--data", str(data))
    path = lists(dest)[0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    backup = Backup.of_json(path.read_text())
    files = {key: Listed(each.size, each.sha256, 0o777) for key, each in backup.files.items()}
    path.write_text(Backup(backup.made, backup.release, files).to_json())
    target = data.parent / "target"
    assert called("restore", str(dest), "--data", str(target)).returncode == 0
    for secret in ("audit.jsonl",):
        assert stat.S_IMODE((target / secret).stat().st_mode) == 0o600
