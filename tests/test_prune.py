"""Old releases are removed; what is needed stays, and goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import BEARER, TOKEN, UPDATE, Run, running
from mieco.changes import Update
from mieco.checksums import read, verify
from mieco.publish.change import publish_change, publish_nothing
from mieco.releases import Releases


@pytest.fixture
def six(tmp_path: Path) -> Releases:
    """Release 1 holds nothing, each after it one triple more."""
    releases = Releases(tmp_path / "data")
    publish_nothing(releases)
    for number in range(2, 7):
        text = f"INSERT DATA {{ GRAPH <http://e/g> {{ <http://e/{number}> <http://e/p> 1 }} }}"
        publish_change(releases, Update(text))
    return releases


@pytest.mark.parametrize(
    ("keep", "undone", "left"),
    [
        (3, 0, [4, 5, 6]),
        (1, 0, [5, 6]),
        (100, 0, [1, 2, 3, 4, 5, 6]),
        # The current one is 4, which undoing leads from to 3; the number 6 is not given again.
        (1, 2, [3, 4, 6]),
    ],
)
def test_what_stays(called: Run, six: Releases, keep: int, undone: int, left: list[int]) -> None:
    for _ in range(undone):
        six.undo()
    data = ("--data", str(six.folder))
    assert called("prune", "--keep", str(keep), *data).returncode == 0
    assert six.numbers() == left
    assert not (six.folder / "staging").exists()
    for number in left:
        folder = six.open(number).folder
        assert verify(folder, read(folder) or {}) == []
    assert called("doctor", *data).returncode == 0
    assert six.undo().release.manifest.number == 5 - undone
    release, _ = publish_change(six, Update("INSERT DATA { <http://e/x> <http://e/y> 1 }"))
    assert release.manifest.number == 7


def test_a_service_goes_on_meanwhile(called: Run, six: Releases) -> None:
    with running("--data", str(six.folder), MIECO_TOKEN=TOKEN) as server:
        assert server.get("/sparql?release=2", query="ASK {}").status in (200, 400)
        assert called("prune", "--keep", "1", "--data", str(six.folder)).returncode == 0
        rows = server.query("SELECT * { GRAPH <http://e/g> { ?s ?p ?o } }")
        assert len(rows) == 5
        gone = server.get("/download/2/")
        assert (gone.status, gone.json()["code"]) == (404, "not-found")
        text = "INSERT DATA { GRAPH <http://e/g> { <http://e/new> <http://e/p> 1 } }"
        assert server.post("/update", text, UPDATE, **BEARER).status == 204
        assert len(server.query("SELECT * { GRAPH <http://e/g> { ?s ?p ?o } }")) == 6


def test_it_is_entered(called: Run, six: Releases) -> None:
    called("prune", "--keep", "2", "--data", str(six.folder))
    line = (six.folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    entry = json.loads(line)
    assert (entry["state"], entry["about"]) == ("done", {"removed": [1, 2, 3, 4]})


def test_nothing_is_there_to_prune(called: Run, tmp_path: Path) -> None:
    done = called("prune", "--data", str(tmp_path / "none"))
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
