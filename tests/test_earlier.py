"""Data directories of earlier versions open, are asked, changed and undone; later ones are not."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from conftest import BEARER, TOKEN, UPDATE, Run, running
from mieco.manifest import FORMAT
from mieco.releases import Releases

EARLIER = Path(__file__).parent / "earlier"
LABEL = "SELECT ?n { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?n } ORDER BY ?n"
PAGES = ("/", "/search?q=A", "/download/", "/changes/", "/questions", "/health/ready")


def opened(name: str, folder: Path) -> Path:
    """The data directory of an archive."""
    with tarfile.open(EARLIER / f"{name}.tar.xz") as archive:
        archive.extractall(folder / "data", filter="data")
    return folder / "data"


def asked(folder: Path) -> Path:
    """A file with a query."""
    path = folder / "query.rq"
    path.write_text("ASK { ?s a 7 }", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", sorted(path.name[:7] for path in EARLIER.glob("*.tar.xz")))
def test_an_earlier_directory_opens(name: str, tmp_path: Path, called: Run) -> None:
    data = opened(name, tmp_path)
    number = Releases(data).current_number() or 0
    assert called("doctor", "--data", str(data)).returncode == 0
    with running("--data", str(data), MIECO_TOKEN=TOKEN) as server:
        assert server.get("/health").json()["release"] == number
        if number > 1:
            assert [row["n"] for row in server.query(LABEL)] == ["A", "甲"]
        for page in PAGES:
            assert server.get(page, "text/html, */*;q=0.1").status in {200, 303}, page
        made = server.post("/update", "INSERT DATA { <http://e/n> a 7 }", UPDATE, **BEARER)
        assert (made.status, made.headers["Mieco-Release"]) == (204, str(number + 1))
        assert server.query("SELECT ?c { <http://e/n> a ?c }") == [{"c": "7"}]
        assert server.get("/health/ready").status == 200
    undone = called("undo", "--data", str(data))
    assert undone.returncode == 0, undone.stderr
    assert Releases(data).current_number() == number
    told = called("query", str(asked(tmp_path)), "--data", str(data))
    assert "false" in told.stdout, told.stdout + told.stderr


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh", "请使用 mieco 9.1.0 或更新的版本"), ("en", "Use mieco 9.1.0 or newer")],
)
def test_a_later_format_says_what_it_needs(
    tmp_path: Path, called: Run, language: str, said: str
) -> None:
    data = opened("98aa6d9", tmp_path)
    path = data / "releases" / "2" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    later = {**manifest, "format": FORMAT + 1, "version": "9.1.0", "unheard_of": [1]}
    path.write_text(json.dumps(later), encoding="utf-8")
    before = sorted((data / "releases").rglob("*"))
    query = ("query", str(asked(tmp_path)))
    for command in (("serve", "--check"), ("doctor",), ("doctor", "--repair"), ("prune",), query):
        refused = called(*command, MIECO_DATA=str(data), MIECO_LANGUAGE=language)
        assert refused.returncode == 3, command
        assert said in refused.stderr
    assert sorted((data / "releases").rglob("*")) == before
    assert Releases(data).current_number() == 2
    # The one before is of the format that is known.
    assert [release.manifest.number for release in Releases(data).all()] == [1]


def test_the_format_may_be_named(tmp_path: Path) -> None:
    data = opened("98aa6d9", tmp_path)
    path = data / "releases" / "2" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "format": FORMAT}), encoding="utf-8")
    assert Releases(data).current().manifest.number == 2
