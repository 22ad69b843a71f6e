"""``mieco doctor`` where something is gone: a release, the audit log, the tokens."""

from __future__ import annotations

import json
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import BEARER, TOKEN, Run, running
from mieco.access.tokens import Tokens
from mieco.audit import Actor, AuditLog
from mieco.changes import Update
from mieco.publish.change import publish_change, publish_nothing
from mieco.release_log import ReleaseLog, highest_number
from mieco.releases import Releases

INSERT = "INSERT DATA { GRAPH <http://e/g> { <http://e/a> <http://e/p> %d } }"
SOMEBODY = Actor("甲", "publisher")


def publish(data: Path, value: int) -> int:
    """Publishes a change as a service does, with an entry in the log; its number."""
    with AuditLog(data).act(SOMEBODY, "update") as outcome:
        release, _ = publish_change(Releases(data), Update(INSERT % value))
        outcome["release"] = release.manifest.number
    return release.manifest.number


@pytest.fixture
def data(few_directory: Path, tmp_path: Path) -> Path:
    """Three releases, each told of by the log."""
    folder = shutil.copytree(few_directory, tmp_path / "data")
    for value in (1, 2):
        publish(folder, value)
    return folder


@pytest.fixture
def dest(data: Path, called: Run) -> Path:
    """A backup of them."""
    folder = data.parent / "backups"
    assert called("backup", str(folder), "--data", str(data)).returncode == 0
    return folder


def content(data: Path) -> dict[str, bytes]:
    """What is in the releases, but for the notes of the engine."""
    folder = data / "releases"
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "LOG"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def repairs(data: Path) -> list[str]:
    entries = AuditLog(data).entries()
    return [e.about["what"] for e in entries if e.action == "repair" and "what" in e.about]


# ------------------------------------------------------------------- releases


@pytest.mark.parametrize("lost", [[3], [2], [1, 2, 3]], ids=["current", "past", "all"])
def test_a_backup_brings_lost_releases_back(
    data: Path, dest: Path, called: Run, lost: list[int]
) -> None:
    before = content(data)
    for number in lost:
        shutil.rmtree(data / "releases" / str(number))
    told = called("doctor", "--data", str(data))
    assert told.returncode == 1
    assert "--repair --from DEST" in told.stdout
    mended = called("doctor", "--repair", "--from", str(dest), "--data", str(data))
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert f"release {lost[0]}, which was lost, is there again" in mended.stderr
    assert content(data) == before
    assert Releases(data).current_number() == 3
    assert repairs(data) == ["from-backup"] * len(lost)
    assert publish(data, 3) == 4


def test_what_lost_releases_shared_is_shared_again(data: Path, dest: Path, called: Run) -> None:
    shutil.rmtree(data / "releases")
    called("doctor", "--repair", "--from", str(dest), "--data", str(data))
    tables = {path.stat().st_ino for path in (data / "releases").rglob("facts.npz")}
    sizes = {path.read_bytes() for path in (data / "releases").rglob("facts.npz")}
    assert len(tables) == len(sizes)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_a_backup_it_says_that_a_release_is_lost(
    data: Path, called: Run, language: str
) -> None:
    shutil.rmtree(data / "releases" / "3")
    mended = called("doctor", "--repair", "--data", str(data), MIECO_LANGUAGE=language)
    assert mended.returncode == 1
    said = "发布 3 已丢失" if language == "zh" else "lost: 3,"
    assert said in mended.stderr
    assert "--from DEST" in mended.stderr
    assert "mieco restore" in mended.stderr
    assert Releases(data).current_number() == 2
    # What is known and cannot be helped is no news the next time.
    assert called("doctor", "--data", str(data)).returncode == 0
    assert publish(data, 3) == 4
    assert list(AuditLog(data).faults()) == []


def test_a_release_noted_as_lost_comes_back_later(data: Path, dest: Path, called: Run) -> None:
    before = content(data)
    shutil.rmtree(data / "releases" / "3")
    called("doctor", "--repair", "--data", str(data))
    mended = called("doctor", "--repair", "--from", str(dest), "--data", str(data))
    assert mended.returncode == 0, mended.stderr
    assert content(data) == before
    # It went back: what was made current since stays so.
    assert Releases(data).current_number() == 2
    assert not list((data / "damaged").iterdir())
    (data / "current").unlink()
    assert called("doctor", "--repair", "--data", str(data)).returncode == 0
    assert Releases(data).current_number() == 2


def test_with_all_releases_gone_no_number_is_given_again(data: Path, called: Run) -> None:
    shutil.rmtree(data / "releases")
    mended = called("doctor", "--repair", "--data", str(data))
    assert mended.returncode == 1
    assert "--from DEST" in mended.stderr
    assert called("doctor", "--data", str(data)).returncode == 1
    (data / "current").unlink()
    shutil.rmtree(data / "damaged")
    assert publish_nothing(Releases(data)).manifest.number == 4


@pytest.mark.parametrize("undone", [False, True])
def test_the_number_of_a_release_that_the_log_has_is_not_given_again(
    data: Path, called: Run, *, undone: bool
) -> None:
    if undone:
        assert called("undo", "--data", str(data)).returncode == 0
    else:
        (data / "current").write_text("2\n")
    shutil.rmtree(data / "releases" / "3")
    assert publish(data, 3) == 4


def test_where_only_the_pointer_tells_of_it(data: Path, called: Run) -> None:
    publish_change(Releases(data), Update(INSERT % 3))
    shutil.rmtree(data / "releases" / "4")
    assert called("doctor", "--repair", "--data", str(data)).returncode == 1
    assert Releases(data).current_number() == 3
    assert publish(data, 4) == 5


def test_what_was_pruned_is_not_lost(data: Path, dest: Path, called: Run) -> None:
    assert called("prune", "--keep", "2", "--data", str(data)).returncode == 0
    assert called("doctor", "--data", str(data)).returncode == 0
    done = called("doctor", "--repair", "--from", str(dest), "--data", str(data))
    assert done.returncode == 0
    assert Releases(data).numbers() == [2, 3]


def test_a_backup_of_another_directory_brings_nothing(
    data: Path, few_directory: Path, called: Run
) -> None:
    other = data.parent / "other"
    publish_nothing(Releases(other))
    for value in (7, 8):
        publish(other, value)
    elsewhere = data.parent / "elsewhere"
    assert called("backup", str(elsewhere), "--data", str(other)).returncode == 0
    for gone in ("releases/3", "tokens.json"):
        shutil.rmtree(data / gone, ignore_errors=True)
    mended = called("doctor", "--repair", "--from", str(elsewhere), "--data", str(data))
    assert mended.returncode == 1
    assert Releases(data).numbers() == [1, 2]
    empty = data.parent / "empty"
    empty.mkdir()
    refused = called("doctor", "--repair", "--from", str(elsewhere), "--data", str(empty))
    assert refused.returncode == 1
    assert "mieco restore" in refused.stderr
    assert not list(empty.iterdir())


def test_a_damaged_backup_is_told_and_an_earlier_one_is_used(
    data: Path, dest: Path, called: Run
) -> None:
    before = content(data)
    publish(data, 3)
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    last = json.loads(max((dest / "backups").iterdir()).read_text())["files"]
    shutil.rmtree(data / "releases" / "4")
    shutil.rmtree(data / "releases" / "3")
    digest = last["releases/4/manifest.json"]["sha256"]
    (dest / "objects" / digest[:2] / digest).write_bytes(b"?")
    mended = called("doctor", "--repair", "--from", str(dest), "--data", str(data))
    assert mended.returncode == 1
    assert "backup-damaged" in mended.stderr or "is damaged" in mended.stderr
    assert content(data) == before
    assert Releases(data).current_number() == 3
    assert not (data / "staging").exists()


# ------------------------------------------------------------------- the order of entries


def test_a_delivery_whose_end_is_entered_late_does_not_return(data: Path, called: Run) -> None:
    with AuditLog(data).act(SOMEBODY, "publish-delivery") as outcome:
        release, _ = publish_change(Releases(data), Update(INSERT % 3))
        assert called("undo", "--data", str(data)).returncode == 0
        outcome["release"] = release.manifest.number
    assert [e.about.get("release") for e in AuditLog(data).entries()][-2:] == [3, 4]
    (data / "current").unlink()
    assert called("doctor", "--repair", "--data", str(data)).returncode == 0
    assert Releases(data).current_number() == 3
    # And the other way round: an undo that is entered after what was published since.
    with AuditLog(data).act(SOMEBODY, "undo") as outcome:
        done = Releases(data).undo()
        assert publish(data, 4) == 5
        outcome.update(release=done.release.manifest.number, undone=done.left)
    assert ReleaseLog.of(data).current == 5


def test_a_service_enters_which_release_was_undone(data: Path) -> None:
    with running("--data", str(data), MIECO_TOKEN=TOKEN) as server:
        assert server.send("POST", "/import/undo", BEARER, b"").status == 204
    assert [*AuditLog(data).entries()][-1].about == {"release": 2, "undone": 3}


def test_logs_of_earlier_versions_are_read_in_order(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    for action, number in (("publish", 1), ("update", 2), ("update", 3), ("undo", 2)):
        log.add(SOMEBODY, action, release=number)
    assert ReleaseLog.of(tmp_path).current == 2
    log.add(SOMEBODY, "update", release=4)
    assert ReleaseLog.of(tmp_path).current == 4
    assert highest_number(tmp_path) == 4


def test_a_text_in_the_log_is_no_number(tmp_path: Path) -> None:
    AuditLog(tmp_path).add(SOMEBODY, "update", release=2, text='"release":99', by='{"release":98}')
    assert highest_number(tmp_path) == 2


# ------------------------------------------------------------------- the log and the tokens


def token(called: Run, data: Path, name: str) -> str:
    done = called("token", "create", name, "--role", "publisher", "--data", str(data))
    found = re.match(r"mieco_([0-9a-f]{12})_", done.stdout)
    assert found
    return found[1]


def test_a_lost_file_of_tokens_is_told_and_comes_back(data: Path, called: Run) -> None:
    kept, revoked = (token(called, data, name) for name in ("甲", "乙"))
    dest = data.parent / "backups"
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    called("token", "revoke", revoked, "--data", str(data))
    called("token", "expire", kept, "--on", "2035-01-01", "--data", str(data))
    later = token(called, data, "丙")
    (data / "tokens.json").unlink()
    for language, said in (("zh", "2 个未吊销"), ("en", "2 that were not revoked")):
        told = called("doctor", "--data", str(data), MIECO_LANGUAGE=language)
        assert told.returncode == 1
        assert said in told.stdout
    mended = called("doctor", "--repair", "--from", str(dest), "--data", str(data))
    assert mended.returncode == 0, mended.stdout
    assert later in mended.stderr
    tokens = {each.id: each for each in Tokens(data).all()}
    # What was revoked since does not count again.
    assert tokens.keys() == {kept, revoked}
    assert tokens[revoked].revoked
    assert tokens[kept].expires.startswith("2035-01-01")
    assert stat.S_IMODE((data / "tokens.json").stat().st_mode) == 0o600
    assert repairs(data) == ["from-backup"]


def test_a_damaged_file_of_tokens_is_set_aside(data: Path, called: Run) -> None:
    kept = token(called, data, "甲")
    dest = data.parent / "backups"
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    (data / "tokens.json").write_text("{")
    mended = called("doctor", "--repair", "--from", str(dest), "--data", str(data))
    assert mended.returncode == 0, mended.stdout
    assert [each.id for each in Tokens(data).all()] == [kept]
    assert (data / "damaged" / "tokens.json").read_text() == "{"
    assert publish(data, 3) == 4


def test_tokens_that_were_all_revoked_need_no_file(data: Path, called: Run) -> None:
    called("token", "revoke", token(called, data, "甲"), "--data", str(data))
    (data / "tokens.json").unlink()
    assert called("doctor", "--data", str(data)).returncode == 0


def test_a_lost_log_is_told_and_comes_back(data: Path, dest: Path, called: Run) -> None:
    lines = (data / "audit.jsonl").read_bytes()
    (data / "audit.jsonl").unlink()
    (data / "tokens.json.new").write_text("")  # something else to be mended and entered
    for language, said in (("zh", "审计日志：文件丢失"), ("en", "audit log: the file is lost")):
        told = called("doctor", "--data", str(data), MIECO_LANGUAGE=language)
        assert told.returncode == 1
        assert said in told.stdout
    mended = called("doctor", "--repair", "--from", str(dest), "--data", str(data))
    assert mended.returncode == 0, mended.stdout
    assert (data / "audit.jsonl").read_bytes().startswith(lines)
    assert list(AuditLog(data).faults()) == []
    assert repairs(data) == ["from-backup", "left-overs"]
    assert stat.S_IMODE((data / "audit.jsonl").stat().st_mode) == 0o600


def everything(data: Path) -> None:
    shutil.rmtree(data / "releases")
    for name in ("audit.jsonl", "tokens.json"):
        (data / name).unlink()


def all_but_tokens(data: Path) -> None:
    shutil.rmtree(data / "releases")
    for name in ("audit.jsonl", "current"):
        (data / name).unlink()


@pytest.mark.parametrize("destroy", [everything, all_but_tokens])
def test_nearly_everything_comes_back(
    data: Path, called: Run, destroy: Callable[[Path], None]
) -> None:
    kept = token(called, data, "甲")
    dest = data.parent / "backups"
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    before = content(data)
    destroy(data)
    mended = called("doctor", "--repair", "--from", str(dest), "--data", str(data))
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert content(data) == before
    assert Releases(data).current_number() == 3
    assert [each.id for each in Tokens(data).all()] == [kept]
