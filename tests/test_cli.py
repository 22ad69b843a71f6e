"""The command: what it prints, where, and how it ends when something is in the way."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import mieco as package
from conftest import Run, children, free_port, running
from few_rows import FEW, few_rows
from hostile_client import all_processes, eventually, processes

QUERY = "SELECT (COUNT(*) AS ?n) { ?c a <https://w3id.org/mieco/ontology#Consortium> }"


def test_the_version(mieco: Run) -> None:
    assert mieco("--version").stdout == f"mieco {package.__version__}\n"


def test_help_speaks_both_languages(mieco: Run) -> None:
    said = mieco("--help").stdout
    commands = said.partition("Commands:\n")[2].splitlines()
    assert {line.split()[0] for line in commands} >= {"serve", "query", "ask", "publish", "why"}
    for line in commands:
        zh, _, en = line.split(maxsplit=1)[1].partition(" / ")
        assert re.search(r"[\u4e00-\u9fff]", zh), line
        assert re.fullmatch(r"[A-Z][A-Za-z, ]+", en), line


def test_every_command_that_help_names_is_there(mieco: Run) -> None:
    commands = mieco("--help").stdout.partition("Commands:\n")[2].splitlines()
    for name in (line.split()[0] for line in commands):
        assert f" mieco {name} " in mieco(name, "--help").stdout.splitlines()[0], name


def test_help_loads_no_command() -> None:
    code = (
        "import sys; from mieco.cli import main; main(['--help'], standalone_mode=False);"
        "sys.exit(any(name.endswith('_cli') or name == 'pyoxigraph' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_settings_come_from_the_environment_and_secrets_stay_secret(mieco: Run) -> None:
    said = mieco("settings", MIECO_TIMEOUT="5", MIECO_TOKEN="open sesame").stdout
    line = next(line for line in said.splitlines() if line.startswith("MIECO_TIMEOUT"))
    assert line.split()[1:3] == ["5.0", "30.0"]
    assert "open sesame" not in said
    assert "********" in said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MIECO_TIMEOUT", "soon", "must be a number"),
        ("MIECO_TIMEOUT", "0.0", "must lie between"),
        ("MIECO_TIMEOUT", "nan", "must lie between"),
        ("MIECO_PORT", "80.5", "must be a whole number"),
        ("MIECO_WORKERS", "-1", "must lie between 1 and 256"),
        ("MIECO_DEFAULT_GRAPH", "both", "must be union or strict"),
        ("MIECO_EMPTY", "perhaps", "must be 1 or 0"),
    ],
)
def test_a_bad_setting_is_named(mieco: Run, name: str, value: str, said: str) -> None:
    done = mieco("settings", **{name: value})
    assert done.returncode == 2
    assert done.stderr.startswith(f"mieco: Setting {name}, value '{value}': ")
    assert said in done.stderr


def test_a_query_from_a_file_and_from_standard_input(
    mieco: Run, data_directory: Path, tmp_path: Path
) -> None:
    file = tmp_path / "count.rq"
    file.write_text(QUERY, encoding="utf-8")
    data = ("--data", str(data_directory))
    assert mieco("query", str(file), *data).stdout.split() == ["n", "──", "66"]
    done = mieco("query", "-", "--format", "json", *data, stdin=QUERY)
    assert json.loads(done.stdout)["results"]["bindings"][0]["n"]["value"] == "66"
    assert done.stderr == ""
    turtle = mieco("query", "-", *data, stdin="CONSTRUCT WHERE { ?s a ?o } LIMIT 1")
    assert turtle.stdout.startswith("@prefix")


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "said"),
    [
        (("query", "nowhere.rq"), None, 2, "nowhere.rq"),
        (("query", "-"), "SELECT * {", 2, "line 1, column 11"),
        (("query", "-", "--format", "csv"), "CONSTRUCT WHERE { ?s ?p ?o }", 2, "cannot be given"),
        (("publish", "--data", "/dev/null/here"), None, 3, "cannot be written"),
        (("ask", "q01", "--consortium"), None, 2, "must be written --name value"),
        (("unknown",), None, 2, "No such command"),
    ],
)
def test_what_is_in_the_way_is_said(
    mieco: Run,
    data_directory: Path,
    arguments: tuple[str, ...],
    stdin: str | None,
    code: int,
    said: str,
) -> None:
    done = mieco(*arguments, stdin=stdin, MIECO_DATA=str(data_directory))
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_without_a_release_the_way_to_one_is_shown(mieco: Run, tmp_path: Path) -> None:
    done = mieco("query", "-", "--data", str(tmp_path), stdin=QUERY)
    assert done.returncode == 3
    assert "Run 'mieco publish' first." in done.stderr


@pytest.mark.parametrize("damage", ["manifest.json", "store", "store/CURRENT"])
def test_a_damaged_release_is_named(
    mieco: Run, tmp_path: Path, damage: str, few_directory: Path
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(few_directory, folder)
    part = folder / "releases" / "1" / damage
    shutil.rmtree(part) if part.is_dir() else part.unlink()
    done = mieco("query", "-", "--data", str(folder), stdin=QUERY)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "mieco: " in done.stderr


def test_a_port_in_use_is_named(mieco: Run, few_directory: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = mieco("serve", "--port", port, "--data", str(few_directory))
    assert done.returncode == 3
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unwritable_directory_is_named(mieco: Run) -> None:
    done = mieco("serve", "--port", str(free_port()), "--data", "/proc/nowhere")
    assert done.returncode == 3
    assert "The directory /proc/nowhere cannot be written" in done.stderr


def test_the_first_start_publishes_and_says_where(tmp_path: Path) -> None:
    """With no data directory given, release 1 goes to the per-user directory."""
    started = time.monotonic()
    with running(XDG_DATA_HOME=str(tmp_path), HOME=str(tmp_path)) as server:
        assert time.monotonic() - started < 60
        assert server.get("/health").json()["release"] == 1
        assert server.query(QUERY) == [{"n": "66"}]
    assert (tmp_path / "mieco" / "releases" / "1" / "manifest.json").exists()


def test_a_new_release_is_followed_without_a_restart(
    mieco: Run, tmp_path: Path, few_directory: Path
) -> None:
    folder, tables = tmp_path / "data", tmp_path / "tables"
    shutil.copytree(few_directory, folder)
    few_rows(tables, *FEW)
    with running("--data", str(folder)) as server:
        assert server.get("/health").json()["release"] == 1
        places = tables / "places.csv"
        places.write_text(places.read_text("utf-8").replace("Guangdong", "Canton"), "utf-8")
        assert mieco("publish", str(tables), "--data", str(folder)).returncode == 0
        # The service looks for a release of another process several times a second.
        deadline = time.monotonic() + 10
        while server.get("/health").json()["release"] == 1:
            assert time.monotonic() < deadline, "the new release is not followed"
            time.sleep(0.05)
        assert server.get("/search", q="canton").json()["hits"] != []


@pytest.mark.parametrize("part", ["worker", "zygote", "web process"])
def test_a_part_that_is_killed_is_replaced(few_directory: Path, part: str) -> None:
    with running("--data", str(few_directory)) as server:
        web = children(server.process.pid)[0]
        zygote = children(web)[0]
        worker = children(zygote)[0]
        os.kill({"worker": worker, "zygote": zygote, "web process": web}[part], signal.SIGKILL)
        deadline = time.monotonic() + 20
        answered = 0
        while answered < 20:
            assert time.monotonic() < deadline, f"no recovery from the loss of the {part}"
            with contextlib.suppress(OSError):
                answered += server.get("/sparql", query=QUERY).status == 200
        # Many at once: every worker is there again.
        with ThreadPoolExecutor(8) as pool:
            replies = pool.map(lambda _: server.get("/sparql", query=QUERY).status, range(40))
            assert set(replies) == {200}


def test_the_service_leaves_no_process_behind(few_directory: Path) -> None:
    with running("--data", str(few_directory)) as server:
        # The web process, the zygote, at least two workers.
        assert eventually(lambda: len(children(server.process.pid)) >= 4, 10)
        ours = {each.id for each in processes(server)}
    assert eventually(lambda: ours.isdisjoint(each.id for each in all_processes()), 10)


@pytest.mark.parametrize("day", ["2026-13-01", "2023-02-30", "tomorrow"])
def test_a_day_that_there_is_not_is_told_in_both_languages(mieco: Run, day: str) -> None:
    for language, said in (
        ("zh_CN.UTF-8", "没有这一天。可用：日期"),
        ("en_GB.UTF-8", "no such day"),
    ):
        done = mieco("readiness", "anything", "--day", day, LANG=language)
        assert done.returncode == 2
        assert "--day" in done.stderr
        assert said in done.stderr
