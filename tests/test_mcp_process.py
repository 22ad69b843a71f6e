"""The MCP server as a process: it follows releases, ends with its client, and stays up."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Run, children
from few_rows import FEW, few_rows
from mcp_session import SHENZHEN, session
from mieco import content


def test_a_new_release_is_followed(mieco: Run, few_directory: Path, tmp_path: Path) -> None:
    folder, tables = tmp_path / "data", tmp_path / "tables"
    shutil.copytree(few_directory, folder)
    few_rows(tables, *FEW)
    table = tables / "consortia.csv"
    table.write_text(table.read_text("utf-8").replace(SHENZHEN, SHENZHEN + "（新名）"), "utf-8")
    with session(tmp_path / "log", "--data", str(folder), "--language", "zh") as one:
        assert one.told("q01", consortium="shenzhen")["release"]["number"] == 1
        done = mieco("publish", str(tables), "--data", str(folder))
        assert done.returncode == 0, done.stderr
        until = time.monotonic() + 60
        told = one.told("q01", consortium="shenzhen")
        while told["release"]["number"] == 1 and time.monotonic() < until:
            time.sleep(0.1)
            told = one.told("q01", consortium="shenzhen")
        assert told["release"]["number"] == 2
        assert told["asked"].startswith(SHENZHEN + "（新名）")


class Raw:
    """The command without a client that minds its manners."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mieco", "mcp", "--data", str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LANG": "C.UTF-8", **environment},
        )
        client = {"name": "test", "version": "1"}
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
        self.send({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello})
        assert self.reply()["id"] == 0
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        self.family = children(self.process.pid)

    def send(self, message: dict[str, Any] | bytes) -> None:
        assert self.process.stdin is not None
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def call(self, number: int, name: str, arguments: Any = None) -> None:
        asked = {"name": name, "arguments": arguments or {}}
        self.send({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": asked})

    def reply(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        told = json.loads(self.process.stdout.readline())
        assert isinstance(told, dict)
        return told

    def end(self, how: Callable[[], Any]) -> int:
        """Its exit code after that was done; nothing of it is left, and it said nothing."""
        how()
        code = self.process.wait(timeout=60)
        until = time.monotonic() + 30
        while any(Path(f"/proc/{pid}").exists() for pid in self.family):
            assert time.monotonic() < until, "a process is left"
            time.sleep(0.05)
        assert self.process.stderr is not None
        assert self.process.stderr.read() == b""
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
        return code

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def halt_workers(self) -> None:
        """A query that is given to one of them now takes for ever."""
        self._tell_workers(signal.SIGSTOP)

    def let_workers_go_on(self) -> None:
        self._tell_workers(signal.SIGCONT)

    def _tell_workers(self, word: signal.Signals) -> None:
        for pid in self.family[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, word)


def test_it_ends_when_its_input_does_even_amid_a_call(data_directory: Path) -> None:
    raw = Raw(data_directory)
    raw.halt_workers()
    raw.call(1, "q01")
    time.sleep(0.5)
    assert raw.end(raw.close) == 0


def test_it_ends_quietly_when_its_client_is_gone(data_directory: Path) -> None:
    raw = Raw(data_directory)
    assert raw.process.stdout is not None
    raw.process.stdout.close()
    raw.call(1, "q01")
    time.sleep(0.5)  # the answer finds no reader
    assert raw.end(raw.close) == 0


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_it(data_directory: Path, stop: signal.Signals) -> None:
    raw = Raw(data_directory)
    assert raw.end(lambda: raw.process.send_signal(stop)) == -stop


def test_a_call_that_takes_too_long_is_stopped_and_the_next_is_answered(
    data_directory: Path,
) -> None:
    raw = Raw(data_directory, MIECO_TIMEOUT="2")
    raw.halt_workers()
    start = time.monotonic()
    raw.call(1, "q01")
    told = raw.reply()["result"]
    assert 1.5 < time.monotonic() - start < 6
    assert told["isError"]
    assert "within 2 seconds" in told["content"][0]["text"]
    assert "MIECO_TIMEOUT" in told["content"][0]["text"]
    raw.let_workers_go_on()
    raw.call(2, "q01")
    assert not raw.reply()["result"]["isError"]
    assert raw.end(raw.close) == 0


def test_a_call_that_is_cancelled_frees_its_worker(data_directory: Path) -> None:
    raw = Raw(data_directory, MIECO_WORKERS="1")
    raw.halt_workers()
    raw.call(1, "q01")
    time.sleep(0.5)
    given_up = {"requestId": 1}
    raw.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": given_up})
    raw.call(2, "q01")
    told = raw.reply()
    assert told["id"] == 2
    assert not told["result"]["isError"]
    assert raw.end(raw.close) == 0


def test_the_engine_comes_back_after_its_death(data_directory: Path) -> None:
    raw = Raw(data_directory)
    os.kill(raw.family[0], signal.SIGKILL)
    raw.call(1, "q01")
    raw.reply()
    raw.let_workers_go_on()
    raw.call(2, "q01")
    assert not raw.reply()["result"]["isError"]
    assert raw.end(raw.close) == 0


def test_hostile_messages_do_not_take_it_down(data_directory: Path) -> None:
    raw = Raw(data_directory)
    begin = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"q53","arguments":'
    for message in (
        b"garbage",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        begin + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}}",
        begin + b'{"balance":' + b"9" * 6_000 + b"}}}",
        begin + b'{"balance":"\\ud800"}}}',
    ):
        raw.send(message)
    hostile: list[tuple[str, Any]] = [
        ("x" * 100_000, {}),
        ("q01", {"consortium": 'x" . } DROP ALL #'}),
        ("q01", {"filter": "y" * 1_000_000, "sort": "z" * 100_000}),
        ("q09", {"name": "\0"}),
        ("q53", {"balance": 10**4_000}),
        ("schema", {"term": "y" * 1_000_000}),
        ("find_questions", {"text": "长" * 1_000_000}),
        ("entity", {"thing": '"x"'}),
        ("entity", {"thing": "../../../etc/passwd"}),
        ("search", {"name": "%s" * 90}),
    ]
    for number, (name, arguments) in enumerate(hostile, start=100):
        raw.call(number, name, arguments)
    raw.send({"jsonrpc": "2.0", "id": 200, "method": "tools/call", "params": {"name": 5}})
    raw.send({"jsonrpc": "2.0", "id": 201, "method": "no/such"})
    waiting = {*range(100, 100 + len(hostile)), 200, 201}
    while waiting:
        told = raw.reply()
        assert len(json.dumps(told)) < 200_000
        assert "Traceback" not in json.dumps(told)
        waiting.discard(told.get("id"))
    raw.call(300, "q01")
    assert not raw.reply()["result"]["isError"]
    assert raw.end(raw.close) == 0


def test_without_the_extra_it_says_how_to_install_it(data_directory: Path) -> None:
    code = "import sys; sys.modules['mcp'] = None\nfrom mieco.cli import main\nmain(['mcp'])"
    for language, said in (
        ("en", "mieco: mcp 2 is not installed, so mieco mcp cannot run."),
        ("zh", "mieco: 没有安装 mcp 2，mieco mcp 不能运行。"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "MIECO_LANGUAGE": language, "MIECO_DATA": str(data_directory)},
        )
        assert done.returncode == 3
        assert done.stderr.startswith(said)
        assert "pip install 'mieco[mcp]'" in done.stderr
        assert done.stdout == ""


def test_without_a_release_it_says_what_to_do(mieco: Run, tmp_path: Path) -> None:
    done = mieco("mcp", "--data", str(tmp_path / "none"), stdin="")
    assert done.returncode == 3
    assert "Run 'mieco publish' first." in done.stderr
    assert done.stdout == ""


def test_the_document_s_configurations_run_the_command() -> None:
    page = (content.folder("queries").parent / "docs" / "mcp.md").read_text("utf-8")
    blocks = re.findall(r"```json\n(.+?)```", page, re.DOTALL)
    assert blocks
    for block in blocks:
        told = json.loads(block)
        (server,) = (told.get("mcpServers") or told["servers"]).values()
        assert server["command"].endswith("mieco")
        assert server["args"][0] == "mcp"
