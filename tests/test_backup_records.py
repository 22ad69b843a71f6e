"""Backups of the audit log and the tokens: what is damaged is told, and nobody else sees them."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Run
from mieco.access.tokens import Tokens
from mieco.audit import Actor, AuditLog
from mieco.backup.repository import Repository

SOMEBODY = Actor("甲", "publisher")


@pytest.fixture
def data(few_directory: Path, tmp_path: Path, called: Run) -> Path:
    folder = shutil.copytree(few_directory, tmp_path / "data")
    called("token", "create", "甲", "--role", "publisher", "--data", str(folder))
    return folder


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "backups"


@pytest.fixture(params=[0o022, 0o000, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def demand_private(dest: Path) -> None:
    for path in (dest, *dest.rglob("*")):
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path


def last(dest: Path) -> bytes | None:
    """The tokens in the last backup."""
    repository = Repository(dest)
    listed = repository.backup(repository.names()[-1]).files.get("tokens.json")
    return repository.place(listed.sha256).read_bytes() if listed else None


@pytest.mark.usefixtures("umask")
def test_a_backup_is_its_owners_alone(data: Path, dest: Path, called: Run) -> None:
    open_to_all, closed = (data / "releases" / "1" / n for n in ("manifest.json", "rules.json"))
    open_to_all.chmod(0o644)
    closed.chmod(0o640)
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    demand_private(dest)
    target = data.parent / "target"
    assert called("restore", str(dest), "--data", str(target)).returncode == 0
    assert mode(target / "releases" / "1" / "manifest.json") == 0o644
    assert mode(target / "releases" / "1" / "rules.json") == 0o640
    assert mode(target / "tokens.json") == mode(target / "audit.jsonl") == 0o600


def test_a_backup_of_an_earlier_version_is_closed(data: Path, dest: Path, called: Run) -> None:
    called("backup", str(dest), "--data", str(data))
    for path in dest.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    called("backup", str(dest), "--data", str(data))
    demand_private(dest)


@pytest.mark.parametrize("damage", ["{", '{"tokens": [{}]}', None], ids=["cut", "other", "lost"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_damaged_tokens_are_told_and_the_last_good_ones_kept(
    data: Path, dest: Path, called: Run, language: str, damage: str | None
) -> None:
    assert called("backup", str(dest), "--data", str(data)).returncode == 0
    good = (data / "tokens.json").read_bytes()
    (data / "tokens.json").unlink()
    if damage is not None:
        (data / "tokens.json").write_text(damage)
    for _ in range(2):
        done = called(
            "backup", str(dest), "--keep", "1", "--data", str(data), MIECO_LANGUAGE=language
        )
        assert done.returncode == 1
        assert "tokens.json" in done.stderr
        assert last(dest) == good
    target = data.parent / "target"
    assert called("restore", str(dest), "--data", str(target)).returncode == 0
    assert len(Tokens(target).all()) == 1
    (data / "tokens.json").write_bytes(good)
    assert called("backup", str(dest), "--data", str(data)).returncode == 0


def test_damaged_tokens_that_no_backup_has_are_not_saved(
    data: Path, dest: Path, called: Run
) -> None:
    (data / "tokens.json").write_text("{")
    done = called("backup", str(dest), "--data", str(data))
    assert done.returncode == 1
    assert "tokens.json cannot be read" in done.stderr
    assert last(dest) is None


def test_a_token_that_was_revoked_is_not_restored(data: Path, dest: Path, called: Run) -> None:
    called("backup", str(dest), "--data", str(data))
    (token,) = Tokens(data).all()
    called("token", "revoke", token.id, "--data", str(data))
    (data / "tokens.json").write_text("{")
    assert called("backup", str(dest), "--data", str(data)).returncode == 1
    target = data.parent / "target"
    assert called("restore", str(dest), "--data", str(target)).returncode == 0
    (restored,) = Tokens(target).all()
    assert restored.revoked


@pytest.mark.parametrize("how", ["torn", "meddled"])
def test_a_log_that_does_not_verify_is_told_and_saved_as_it_is(
    data: Path, dest: Path, called: Run, how: str
) -> None:
    path = data / "audit.jsonl"
    content = path.read_bytes()
    if how == "torn":
        path.write_bytes(content + b'{"about":{},"act')
    else:
        path.write_bytes(content.replace(b'"publish"', b'"pablish"', 1))
    for language, said in (("zh", "审计日志有 1 处不符"), ("en", "1 lines of the audit log")):
        done = called("backup", str(dest), "--data", str(data), MIECO_LANGUAGE=language)
        assert done.returncode == 1
        assert said in done.stderr
    repository = Repository(dest)
    listed = repository.backup(repository.names()[-1]).files["audit.jsonl"]
    assert repository.place(listed.sha256).read_bytes() == path.read_bytes()
    target = data.parent / "target"
    assert called("restore", str(dest), "--data", str(target)).returncode == 0
    assert len(list(AuditLog(target).faults())) == 1


def test_a_lost_log_is_told_and_that_of_the_backup_kept(
    data: Path, dest: Path, called: Run
) -> None:
    called("backup", str(dest), "--data", str(data))
    before = (data / "audit.jsonl").read_bytes()
    (data / "audit.jsonl").unlink()
    done = called("backup", str(dest), "--data", str(data))
    assert done.returncode == 1
    assert "audit.jsonl is missing" in done.stderr
    target = data.parent / "target"
    assert called("restore", str(dest), "--data", str(target)).returncode == 0
    assert (target / "audit.jsonl").read_bytes().startswith(before)


def test_a_hash_that_was_kept_is_looked_for(tmp_path: Path, called: Run) -> None:
    log = AuditLog(tmp_path)
    for number in range(3):
        log.add(SOMEBODY, "test", n=number)
    heads = [entry.hash for entry in log.entries()]
    verify = ("audit", "verify", "--data", str(tmp_path), "--head")
    for number, head in enumerate(heads, 1):
        done = called(*verify, head)
        assert (done.returncode, done.stdout.strip()) == (0, heads[-1])
        assert f"that of entry {number}" in done.stderr
    # Cut from the end: the chain is sound, and yet it is seen.
    path = tmp_path / "audit.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    assert called("audit", "verify", "--data", str(tmp_path)).returncode == 0
    for language, said in (("zh", "没有所存的哈希"), ("en", "no entry has the hash")):
        done = called(*verify, heads[2], MIECO_LANGUAGE=language)
        assert done.returncode == 1
        assert said in done.stderr
    assert called(*verify, heads[1]).returncode == 0
    assert called(*verify, "").returncode == 1
