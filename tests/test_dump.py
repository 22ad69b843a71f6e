"""Releases as files: whole, in every format, the same each time."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner, Result
from pyoxigraph import RdfFormat, Store, parse
from rdflib import Dataset

from conftest import Run
from mieco.cli import main

GRAPH = "https://w3id.org/mieco/graph/"


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["dump", *arguments], env={"MIECO_LANGUAGE": "en"})


def store_of(folder: Path, number: int = 1) -> Store:
    return Store.read_only(str(folder / "releases" / str(number) / "store"))


def unpacked(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().stream_reader(data).read()


@pytest.mark.parametrize(
    ("name", "form", "unpack"),
    [
        ("all.nq.gz", RdfFormat.N_QUADS, gzip.decompress),
        ("all.trig.zst", RdfFormat.TRIG, unpacked),
    ],
)
def test_a_whole_release_can_be_read_back(
    data_directory: Path,
    tmp_path: Path,
    name: str,
    form: RdfFormat,
    unpack: Callable[[bytes], bytes],
) -> None:
    """The format and the compression follow from the name of the file."""
    done = command("--data", str(data_directory), "-o", str(tmp_path / name))
    assert (done.exit_code, done.output) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    read = parse(unpack((tmp_path / name).read_bytes()), format=form)
    assert set(read) == set(store_of(data_directory))


def test_each_process_writes_the_same_bytes(mieco: Run, two_releases: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"{n}.trig.gz" for n in range(2)]
    for file in files:
        assert mieco("dump", "--data", str(two_releases), "-o", str(file)).returncode == 0
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("syntax", ["nq", "trig", "nt", "ttl"])
def test_one_graph_can_be_had_in_every_format(data_directory: Path, syntax: str) -> None:
    done = command("--graph", "catalogue", "--format", syntax, "--data", str(data_directory))
    assert done.exit_code == 0
    read = Dataset()
    names = {"nq": "nquads", "nt": "nt", "ttl": "turtle"}
    read.parse(data=done.stdout, format=names.get(syntax, syntax))
    store = store_of(data_directory)
    assert len(read) == sum(str(quad.graph_name) == f"<{GRAPH}catalogue>" for quad in store)
    named = [str(graph.identifier) for graph in read.graphs() if len(graph)]
    assert (named == [f"{GRAPH}catalogue"]) == (syntax in {"nq", "trig"})


def test_several_graphs_stand_in_one_dataset(two_releases: Path) -> None:
    done = command("--graph", "http://e/h", "--graph", "http://e/g", "--data", str(two_releases))
    there = [line.rpartition(" <")[2] for line in done.stdout.splitlines()]
    assert there == ["http://e/h> ."] + 3 * ["http://e/g> ."]


def test_an_earlier_release_can_be_had(two_releases: Path) -> None:
    done = command("--release", "1", "--data", str(two_releases))
    assert (done.exit_code, done.stdout) == (0, "")  # it is empty


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "ttl"), "ttl holds one graph"),
        (("--format", "nt", "--graph", "http://e/g", "--graph", "http://e/h"), "nt holds one"),
        (("--graph", "nonesuch"), "There are: http://e/g, http://e/h."),
        (("--graph", "not an IRI:"), "No graph 'not an IRI:'"),
        (("--release", "7"), "There are the releases 1-2"),
        (("-o", "/nonesuch/all.nq"), "cannot be written"),
        (("-o", "all.csv"), "'.csv' does not tell the format"),
        (("-o", "all.nq.bz2"), "'.bz2' does not tell the format"),
    ],
)
def test_what_cannot_be_dumped_is_said_in_words(
    two_releases: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = command("--data", str(two_releases), *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_where_nothing_was_published_nothing_can_be_dumped(tmp_path: Path) -> None:
    done = command("--data", str(tmp_path), "--release", "1")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "mieco publish" in done.stderr


def test_a_dump_that_fails_leaves_nothing_behind(two_releases: Path, tmp_path: Path) -> None:
    (tmp_path / "taken.nq").mkdir()
    done = command("--data", str(two_releases), "-o", str(tmp_path / "taken.nq"))
    assert done.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["taken.nq"]


def test_a_pipe_or_a_device_stays_what_it_is(two_releases: Path, tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe.nq", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    done = command("--data", str(two_releases), "-o", str(pipe))
    reader.join()
    assert (done.exit_code, done.output) == (0, "")
    assert pipe.is_fifo()
    assert read[0].count(b"\n") == len(store_of(two_releases, 2))
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.nq"]


def test_a_reader_who_leaves_ends_the_dump(data_directory: Path) -> None:
    line = [sys.executable, "-m", "mieco", "dump", "--data", str(data_directory)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(100)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
