"""``mieco token``: what it gives out, what it refuses, and what it says beside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from conftest import Run

OWNER, OTHER = "shenzhen", "changzhou-new-energy"


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "x", "--role", "contributor"),
        ("create", "x", "--role", "publisher", "--owner", "shenzhen"),
        ("create", "x", "--role", "contributor", "--owner", "../x"),
        ("create", "", "--role", "publisher"),
        ("create", "a\nb", "--role", "publisher"),
        ("create", "x" * 101, "--role", "publisher"),
        ("create", "x", "--role", "publisher", "--days", "-1"),
        ("create", "x", "--role", "king"),
        ("revoke", "nobody"),
        ("expire", "nobody", "--on", "2030-01-01"),
    ],
)
def test_tokens_that_cannot_be_made(
    called: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = called("token", *arguments, "--data", str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert json.loads(called("token", "list", "--json", "--data", str(tmp_path)).stdout) == {
        "tokens": []
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_token_for_nobody_known_is_given_out_with_a_word(
    called: Run, few_directory: Path, tmp_path: Path, language: str
) -> None:
    folder = shutil.copytree(few_directory, tmp_path / "data")
    create = ("token", "create", "x", "--role", "contributor", "--data", str(folder))
    owners = ("--owner", OWNER, "--owner", "changzhou")
    done = called(*create, *owners, MIECO_LANGUAGE=language)
    assert (done.returncode, done.stdout.count("mieco_")) == (0, 1)
    told = done.stderr.splitlines()[-1]
    assert "changzhou" in told.replace(OTHER, "")
    assert OTHER in told
    assert OWNER not in told
    assert ("当前发布" if language == "zh" else "current release") in told
    for quiet in (
        called(*create, "--owner", OWNER),
        called("token", "create", "x", "--role", "publisher", "--data", str(folder)),
        called(*create[:-1], str(tmp_path / "new"), "--owner", "changzhou"),
    ):
        assert (quiet.returncode, len(quiet.stderr.splitlines())) == (0, 1)


def test_a_revoked_token_that_is_to_expire_stays_revoked(called: Run, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    made = called("token", "create", "x", "--role", "publisher", *data).stdout.split("_")[1]
    on = ("token", "expire", made, "--on", "2030-01-01")
    assert "revoked" not in called(*on, *data).stderr
    assert called("token", "revoke", made, *data).returncode == 0
    assert "revoked" in called(*on, *data, MIECO_LANGUAGE="en").stderr
    assert "吊销" in called(*on, *data, MIECO_LANGUAGE="zh").stderr
