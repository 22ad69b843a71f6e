"""A release comes to an engine of others whole or not at all, wherever its way is cut."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import Literal

import engines
from conftest import BEARER, FORM, TOKEN, Run, running
from mieco.changes import Update
from mieco.engine import products
from mieco.engine.far import Far
from mieco.errors import (
    EngineLost,
    EngineNotWritable,
    EngineUncertain,
    EngineUnreachable,
    NotWritable,
)
from mieco.publish.change import publish_change
from mieco.push.live import go_live
from mieco.releases import Releases
from mieco.settings import Settings
from mieco.stores import Row
from mieco.terms import GRAPH, INFERRED_GRAPH, PREFIXES
from misbehaving import misbehaving

ALL = "SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }"
SECONDS = 60.0


@dataclasses.dataclass(frozen=True)
class Installation:
    """A data directory whose release 1 an engine holds."""

    settings: Settings
    engine: engines.Engine

    @property
    def releases(self) -> Releases:
        return Releases.of(self.settings)

    def change(self, text: str) -> int:
        """A further release, which is not current yet."""
        release, _ = publish_change(self.releases, Update(text))
        return release.manifest.number

    def content(self) -> set[tuple[str, ...]]:
        """What the engine holds, blank nodes aside, but for stages and merged graphs."""
        return {
            tuple(map(str, row.values()))
            for row in _rows(self.settings, ALL)
            if not any(str(term).startswith("_:") for term in row.values())
            and not any(part in str(row["g"]) for part in ("/stage", "/merged/", "graph/release"))
        }

    def left_over(self) -> set[str]:
        """The graphs there that belong to no release."""
        named = {
            str(row["g"]) for row in _rows(self.settings, "SELECT DISTINCT ?g { GRAPH ?g {} }")
        }
        return {name for name in named if "/stage" in name}


def _rows(settings: Settings, text: str) -> list[Row]:
    far = Far(settings)
    try:
        return far.rows(text, seconds=SECONDS)
    finally:
        far.close()


@pytest.fixture
def installed(few_directory: Path, tmp_path: Path) -> Iterator[Installation]:
    shutil.copytree(few_directory, tmp_path / "data")
    with engines.oxigraph(tmp_path / "oxigraph") as engine:
        settings = Settings(data=tmp_path / "data", engine=engine.address)
        go_live(settings, 1)
        yield Installation(settings, engine)


@pytest.fixture
def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    small = dataclasses.replace(products.PRODUCTS["oxigraph"], batch=3000, blank_batch=500)
    monkeypatch.setitem(products.PRODUCTS, "oxigraph", small)


INSERT = f"INSERT DATA {{ GRAPH <{GRAPH}data/x/y> {{ <http://e/1> <http://e/p> 1 }} }}"


def _many(name: str) -> str:
    """A change that is more than fits into one update of small pieces."""
    triples = " ".join(f"<http://e/{n}> <http://e/{name}> {n} ." for n in range(4000))
    return f"INSERT DATA {{ GRAPH <{GRAPH}data/x/y> {{ {triples} }} }}"


def test_small_changes_go_as_one_update(
    installed: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    update = Far.update
    monkeypatch.setattr(
        Far, "update", lambda far, text, **k: (sent.append(text), update(far, text, **k))
    )
    before = installed.content()
    go_live(installed.settings, installed.change(INSERT))
    assert len(sent) == 1
    assert installed.releases.current_number() == 2
    gained = installed.content() - before
    assert any("http://e/1" in each[1] for each in gained)
    # Back again, by one more.
    go_live(installed.settings, installed.releases.undo().release.manifest.number)
    assert len(sent) == 2
    assert installed.releases.current_number() == 1
    assert installed.content() == before


def test_cut_anywhere_the_old_release_goes_on(
    installed: Installation, in_small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = installed.content()
    number = installed.change(_many("many"))
    update, left, sent = Far.update, [0], [0]

    def cut(far: Far, text: str, *, seconds: float) -> None:
        if left[0] == 0:
            raise EngineUnreachable(engine="Oxigraph", reason="cut")
        left[0] -= 1
        sent[0] += 1
        update(far, text, seconds=seconds)

    monkeypatch.setattr(Far, "update", cut)
    failures = 0
    while True:
        left[0] = 2
        try:
            go_live(installed.settings, number, keep=True)
            break
        except EngineNotWritable:
            failures += 1
            assert installed.releases.current_number() == 1
            assert installed.content() == before
    # Each piece was sent once: a retry goes on where the last one ended.
    assert failures > 3
    assert sent[0] <= 2 * failures + 2
    assert installed.releases.current_number() == number
    gained = {each for each in installed.content() - before if "http://e/many" in each[2]}
    assert len(gained) == 4000
    assert not installed.left_over()


def test_killed_in_the_middle_it_goes_on(installed: Installation) -> None:
    before = installed.content()
    number = installed.change(_many("killed"))
    environment = {
        **os.environ,
        "MIECO_DATA": str(installed.settings.data),
        "MIECO_ENGINE": installed.settings.engine,
        "MIECO_ENGINE_KIND": "oxigraph",
    }
    command = [sys.executable, "-m", "mieco", "push", "--release", str(number)]
    seen = []
    for wait in (0.6, 0.9, 1.2):
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        seen.append(installed.content())
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert installed.releases.current_number() == number
    after = installed.content()
    assert len(after - before) >= 4000
    # It may have been killed after the engine had switched; there is no state between.
    assert all(content in (before, after) for content in seen)


def test_what_another_release_left_is_removed(
    installed: Installation, in_small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = _many("many")
    number = installed.change(text)
    update, left = Far.update, [3]

    def cut(far: Far, text: str, *, seconds: float) -> None:
        if left[0] == 0:
            raise EngineUnreachable(engine="Oxigraph", reason="cut")
        left[0] -= 1
        update(far, text, seconds=seconds)

    monkeypatch.setattr(Far, "update", cut)
    with pytest.raises(EngineNotWritable):
        go_live(installed.settings, number)
    # It was not to be kept.
    assert number not in installed.releases.numbers()
    assert installed.left_over()
    left[0] = 1000
    go_live(installed.settings, installed.change(text))
    assert not installed.left_over()


def test_inference_there_finds_what_is_found_here(
    installed: Installation, in_small_pieces: None
) -> None:
    inferred = {each for each in installed.content() if INFERRED_GRAPH in each[0]}
    there = dataclasses.replace(installed.settings, engine_inference="there")
    number = installed.change(_many("many"))
    go_live(there, number)
    assert {each for each in installed.content() if INFERRED_GRAPH in each[0]} == inferred
    (row,) = _rows(
        installed.settings, f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{INFERRED_GRAPH}> {{ ?s ?p ?o }} }}"
    )
    count = row["n"]
    assert isinstance(count, Literal)
    manifest = installed.releases.open(number).manifest
    assert int(count.value) == manifest.graphs[INFERRED_GRAPH]


def test_an_engine_that_is_away_takes_no_write(few_directory: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(few_directory, data)
    with engines.oxigraph(tmp_path / "oxigraph") as engine:
        go_live(Settings(data=data, engine=engine.address), 1)
        port = int(engine.address.split(":")[2].split("/")[0])
        with running("--data", str(data), MIECO_ENGINE=engine.address, MIECO_TOKEN=TOKEN) as server:
            update = INSERT
            engine.process.kill()
            engine.process.wait()
            reply = server.post("/update", f"update={update}", FORM, **BEARER)
            assert (reply.status, reply.json()["code"]) == (503, "engine-not-writable")
            assert Releases(data).numbers() == [1]
            ask = "ASK { <http://e/1> ?p ?o }"
            assert server.get("/sparql", query=ask).status == 503
            with engines.oxigraph(tmp_path / "oxigraph", port):
                time.sleep(1.5)  # it is left alone for a moment after failures
                assert server.get("/sparql", query=ask).json()["boolean"] is False
                reply = server.post("/update", f"update={update}", FORM, **BEARER)
                assert reply.status == 204, reply.text
                assert server.get("/sparql", query=ask).json()["boolean"] is True
                assert server.get("/health").json()["release"] == 2


def test_a_switch_that_was_cut_at_its_very_end_is_finished(
    installed: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = installed.change(INSERT)
    with monkeypatch.context() as cut:
        cut.setattr(Releases, "point_to", lambda *_: (_ for _ in ()).throw(OSError("cut")))
        with pytest.raises(NotWritable):
            go_live(installed.settings, number, keep=True)
    assert installed.releases.current_number() == 1
    with running(
        "--data", str(installed.settings.data), MIECO_ENGINE=installed.engine.address
    ) as server:
        assert server.get("/health").json()["release"] == number
        assert server.get("/sparql", query="ASK { <http://e/1> ?p ?o }").json()["boolean"] is True


def merged(settings: Settings) -> int:
    """The size of the default graph that is asked there."""
    far = Far(settings)
    try:
        pointer = far.pointer()
        assert pointer is not None
        (row,) = far.rows(
            "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
            [("default-graph-uri", str(pointer.graph)[1:-1])],
            seconds=SECONDS,
        )
        count = row["n"]
        assert isinstance(count, Literal)
        return int(count.value)
    finally:
        far.close()


def test_back_and_forth_as_a_whole_the_default_graph_is_whole(installed: Installation) -> None:
    """A blank node makes that each release is sent whole, also on the way back."""
    sizes = [merged(installed.settings)]
    for name in ("x", "y"):
        text = f"INSERT DATA {{ GRAPH <{GRAPH}data/x/y> {{ <http://e/{name}> <http://e/p> [] }} }}"
        go_live(installed.settings, installed.change(text))
        sizes.append(merged(installed.settings))
    assert sizes[0] < sizes[1] < sizes[2]
    for number in (2, 3, 2):
        go_live(installed.settings, number)
        assert merged(installed.settings) == sizes[number - 1]


@pytest.mark.parametrize("made", [True, False])
def test_where_no_answer_comes_the_engine_is_asked_what_it_holds(
    installed: Installation, monkeypatch: pytest.MonkeyPatch, *, made: bool
) -> None:
    monkeypatch.setattr("mieco.push.push._LOOKS", 1)
    update = Far.update

    def lose(far: Far, text: str, *, seconds: float) -> None:
        if made:
            update(far, text, seconds=seconds)
        raise EngineLost(engine="Oxigraph", reason="cut")

    number = installed.change(INSERT)
    with monkeypatch.context() as cut:
        cut.setattr(Far, "update", lose)
        if made:
            go_live(installed.settings, number)
        else:
            with pytest.raises(EngineUncertain):
                go_live(installed.settings, number)
    # It may be made yet, and is kept for that.
    assert number in installed.releases.numbers()
    assert installed.releases.current_number() == (number if made else 1)
    go_live(installed.settings, number)
    assert installed.releases.current_number() == number


def test_another_release_of_that_number_is_sent_over(installed: Installation) -> None:
    number = installed.change(INSERT)
    go_live(installed.settings, number)
    far = Far(installed.settings)
    # As another data directory would have made it.
    far.update(
        f"WITH <{GRAPH}release> DELETE {{ ?s ?p ?o }} INSERT {{ ?s ?p '1999-01-01' }}"
        f" WHERE {{ VALUES ?p {{ <{PREFIXES['dcterms']}issued> }} ?s ?p ?o }} ;"
        f" INSERT DATA {{ GRAPH <{GRAPH}data/x/y> {{ <http://e/foreign> <http://e/p> 1 }} }}",
        seconds=SECONDS,
    )
    far.close()
    go_live(installed.settings, installed.releases.undo().release.manifest.number)
    assert not any("http://e/foreign" in term for each in installed.content() for term in each)


def test_a_mieco_takes_no_release_that_is_sent(few_directory: Path) -> None:
    with running("--data", str(few_directory)) as other:
        settings = Settings(data=few_directory, engine=f"{other.url}/sparql")
        with pytest.raises(EngineNotWritable) as caught:
            go_live(settings, 1)
        assert "mieco pull" in caught.value.message("en")


def test_the_doctor_tells_what_is_wrong(
    mieco: Run, installed: Installation, few_directory: Path
) -> None:
    data = str(installed.settings.data)
    well = mieco("doctor", "--data", data, MIECO_ENGINE=installed.engine.address)
    assert well.returncode == 0, well.stdout
    assert "Oxigraph" in well.stdout
    assert "✗" not in well.stdout
    with misbehaving() as there:
        there.how = "page"
        ill = mieco("doctor", "--data", data, MIECO_ENGINE=there.address)
    assert ill.returncode == 1
    assert "✗" in ill.stdout
    gone = mieco(
        "doctor", "--data", data, MIECO_ENGINE="http://127.0.0.1:1/sparql", LANG="zh_CN.UTF-8"
    )
    assert gone.returncode == 1
    assert "那里没有程序在接听" in gone.stdout
    assert mieco("doctor", "--data", str(few_directory)).returncode == 0
