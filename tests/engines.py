"""Engines of others, started for tests on loopback, in a folder of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import free_port

_START_SECONDS = 60.0


@dataclass(frozen=True)
class Engine:
    """A running engine: the address that ``MIECO_ENGINE`` names, and its process."""

    address: str
    process: subprocess.Popen[bytes]


@contextmanager
def oxigraph(folder: Path, port: int | None = None) -> Iterator[Engine]:
    """Oxigraph's server (PyPI: oxigraph), on disk."""
    program = _program("oxigraph")
    port = port or free_port()
    command = [program, "serve", "--location", str(folder), "--bind", f"127.0.0.1:{port}"]
    with _running(command, port) as process:
        yield Engine(f"http://127.0.0.1:{port}/query", process)


@contextmanager
def virtuoso(folder: Path) -> Iterator[Engine]:
    """OpenLink Virtuoso (Debian: virtuoso-opensource-7-bin), which anybody may write to."""
    program, isql = _program("virtuoso-t"), _program("isql-vt")
    folder.mkdir(parents=True, exist_ok=True)
    port, console = free_port(), free_port()
    settings = folder / "virtuoso.ini"
    settings.write_text(_VIRTUOSO.format(home=folder, port=port, console=console), "utf-8")
    with _running([program, "+foreground", "+configfile", str(settings)], port) as process:
        grant = 'exec=GRANT SPARQL_UPDATE TO "SPARQL";'
        subprocess.run(
            [isql, f"127.0.0.1:{console}", "dba", "dba", grant], check=True, capture_output=True
        )
        yield Engine(f"http://127.0.0.1:{port}/sparql", process)


FUSEKI = Path(__file__).parent.parent / ".fuseki" / "fuseki.jar"


@contextmanager
def fuseki(folder: Path) -> Iterator[Engine]:
    """Apache Jena Fuseki (Maven Central; .ci/run fetches it), with a TDB2 database."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [
        *(_program("java"), "-Xmx512m", "-jar", str(FUSEKI), "--localhost", "--port", str(port)),
        *("--update", "--tdb2", "--loc", str(folder), "/ds"),
    ]
    with _running(command, port, {**os.environ, "FUSEKI_BASE": str(folder / "base")}) as process:
        yield Engine(f"http://127.0.0.1:{port}/ds/sparql", process)


_VIRTUOSO = """\
[Database]
DatabaseFile = {home}/virtuoso.db
ErrorLogFile = {home}/virtuoso.log
LockFile = {home}/virtuoso.lck
TransactionFile = {home}/virtuoso.trx
xa_persistent_file = {home}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {home}/virtuoso-temp.db
TransactionFile = {home}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{console}
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 20
[SPARQL]
ResultSetMaxRows = 10000000
"""


def _program(name: str) -> str:
    # What pip installs is beside the interpreter, and not always on the path.
    beside = str(Path(sys.executable).parent)
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], beside]))
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@contextmanager
def _running(
    command: list[str], port: int, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that answers HTTP on a port, killed in the end: nothing of it is kept."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    try:
        latest = time.monotonic() + _START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > latest:
                pytest.fail(f"{command[0]} did not start")
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False
    return True
