"""A service whose log is read, and which is stopped and reloaded as an operator does it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import Server, free_port
from hostile_client import eventually


@dataclass(frozen=True)
class Operated(Server):
    """A running service and the file that has what it wrote to standard error."""

    log: Path

    @property
    def lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The lines as JSON, which each of them is."""
        found = []
        for line in self.lines:
            assert line.startswith("{"), line
            found.append(json.loads(line))
        return found

    def of_request(self, number: str) -> list[dict[str, Any]]:
        """The lines of a request, once there is one: they are written in batches."""
        assert eventually(lambda: f'"{number}"' in self.log.read_text(encoding="utf-8"), 5)
        return [entry for entry in self.entries if entry.get("request") == number]

    def signal(self, which: signal.Signals) -> None:
        self.process.send_signal(which)


@contextmanager
def operated(
    folder: Path, *arguments: str, before: Sequence[str] = (), **environment: str
) -> Iterator[Operated]:
    """A service of the data directory ``folder/data`` that logs JSON to a file.

    ``before`` is a command that the service is an argument of.
    """
    port = free_port()
    path = folder / f"{port}.log"
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("MIECO_", "LC_", "LANG"))}
    options = {"MIECO_WARM": "0", "MIECO_LOG": "json", "MIECO_ACCESS_LOG": "1"}
    data = ("--data", str(folder / "data"), "--port", str(port))
    with path.open("ab") as log:
        process = subprocess.Popen(
            [*before, sys.executable, "-m", "mieco", "serve", *data, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=log,
            env={**plain, "LANG": "C.UTF-8", **options, **environment},
        )
    one = Operated(f"http://127.0.0.1:{port}", process, path)
    try:
        assert eventually(lambda: answers(one), 60), path.read_text(encoding="utf-8")
        yield one
    finally:
        process.terminate()
        process.wait(timeout=60)


def answers(server: Server) -> bool:
    assert server.process.poll() is None
    try:
        return server.get("/health/live").status == 200
    except OSError:
        return False
