"""Root who calls the command leaves nothing behind that the service cannot read."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Run
from mieco.doctor.condition import condition_of
from mieco.doctor.examining import examine
from mieco.releases import Releases

NOBODY = 65534
# Where the tests are not root's, sudo calls.
ROOT = [] if os.geteuid() == 0 else ["sudo"]


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A data directory of another account, which everybody can reach."""
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        data.mkdir()
        Path(name).chmod(0o755)
        subprocess.run([*ROOT, "chown", f"{NOBODY}:{NOBODY}", str(data)], check=True)
        yield data
        subprocess.run([*ROOT, "rm", "-r", str(data)], check=True)


def test_what_root_writes_belongs_to_whom_the_directory_does(theirs: Path) -> None:
    command = [*ROOT, sys.executable, "-m", "mieco", "token", "create", "甲", "--role", "publisher"]
    done = subprocess.run([*command, "--data", str(theirs)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    owners = {path.name: (path.stat().st_uid, path.stat().st_gid) for path in theirs.iterdir()}
    assert {"tokens.json", "audit.jsonl"} <= owners.keys()
    assert {owner for owner, _ in owners.values()} == {NOBODY}


def test_a_secret_of_another_account_is_told(theirs: Path) -> None:
    """As an earlier version has left it, when root called."""
    for name in ("tokens.json", "audit.jsonl"):
        secret = theirs / name
        subprocess.run([*ROOT, "touch", str(secret)], check=True)
        subprocess.run([*ROOT, "chmod", "600", str(secret)], check=True)
    examined = list(examine(Releases(theirs), condition_of(Releases(theirs))))
    (permissions,) = (each for each in examined if each.what.en == "permissions")
    assert not permissions.well
    assert "audit.jsonl, tokens.json" in permissions.found.en


def test_what_is_root_s_stays_root_s(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mieco", "token", "create", "甲", "--role", "publisher"]
    subprocess.run([*command, "--data", str(tmp_path)], capture_output=True, check=True)
    assert (tmp_path / "tokens.json").stat().st_uid == os.geteuid()


def test_check_says_whether_the_service_could_take_changes(mieco: Run, tmp_path: Path) -> None:
    check = ("serve", "--check", "--data", str(tmp_path / "data"))
    assert mieco(*check).returncode == 0  # what would be published is not there yet
    assert not (tmp_path / "data").exists()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tokens.json").write_text("{", encoding="utf-8")
    assert mieco(*check).returncode == 3
    assert mieco(*check, "--read-only").returncode == 3  # there is nothing to answer from
