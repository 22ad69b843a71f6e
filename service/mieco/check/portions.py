"""Many things validated in portions, side by side in processes of their own.

``python -m mieco.check.portions`` is such a process: it reads portions from standard input,
writes their results to standard output, and ends with the process that started it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO

from mieco.check.validator import Result, Rules, Validator
from mieco.error_reports import from_report, to_report
from mieco.errors import ImportInterrupted, MiecoError, Text

# So many things are validated at once; a few thousand take seconds and a hundred megabytes.
_PORTION = 4_000
_MOST_PROCESSES = 4
_LOOK_SECONDS = 0.5

# Things → the triples that say what they are and what they refer to, as N-Triples.
Describe = Callable[[Iterable[str]], bytes]


def validated(
    things: Sequence[str], describe: Describe, rules: Rules
) -> Iterator[tuple[Sequence[Result], int]]:
    """The results of each portion, and its size.

    Raises BadInstallation, and ImportInterrupted if a process is lost.
    """
    if len(things) <= _PORTION:
        yield Validator(rules).validate(describe(things), frozenset(things)), len(things)
        return
    count = min(_MOST_PROCESSES, os.cpu_count() or 1)
    idle: SimpleQueue[_Process] = SimpleQueue()
    with ExitStack() as closing, ThreadPoolExecutor(count) as threads:
        for _ in range(count):
            process = _Process(rules)
            closing.callback(process.close)
            idle.put(process)

        def validate(described: bytes, portion: Sequence[str]) -> Sequence[Result]:
            process = idle.get()
            try:
                return process.validate(described, portion)
            finally:
                idle.put(process)

        waiting: list[tuple[Future[Sequence[Result]], int]] = []
        for start in range(0, len(things), _PORTION):
            portion = things[start : start + _PORTION]
            # Few portions wait, since each is some megabytes.
            if len(waiting) > count:
                done, size = waiting.pop(0)
                yield done.result(), size
            waiting.append((threads.submit(validate, describe(portion), portion), len(portion)))
        for done, size in waiting:
            yield done.result(), size


class _Process:
    """A process that validates one portion after another."""

    def __init__(self, rules: Rules) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        files = {name: [str(path) for path in paths] for name, paths in asdict(rules).items()}
        self._send(json.dumps(files).encode() + b"\n")

    def _send(self, data: bytes) -> None:
        try:
            into = self._process.stdin
            if into:
                into.write(data)
                into.flush()
        except BrokenPipeError:
            raise ImportInterrupted from None

    def validate(self, described: bytes, things: Sequence[str]) -> Sequence[Result]:
        """The results about some things among those described."""
        head = {"things": list(things), "length": len(described)}
        self._send(json.dumps(head).encode() + b"\n" + described)
        line = self._process.stdout.readline() if self._process.stdout else b""
        if not line:
            raise ImportInterrupted
        told = json.loads(line)
        if "error" in told:
            raise from_report(told)
        return [
            Result(**{**each, "message": Text(**each["message"]), "hint": Text(**each["hint"])})
            for each in told["results"]
        ]

    def close(self) -> None:
        """Ends the process, whatever it does."""
        self._process.kill()
        self._process.communicate()


# ----------------------------------------------------------------------------- the process


def _main() -> None:
    threading.Thread(target=_end_with, args=(int(sys.argv[1]),), daemon=True).start()
    portions, results = sys.stdin.buffer, sys.stdout.buffer
    try:
        files = json.loads(portions.readline() or "null")
        if files is None:
            return
        rules = Rules(**{name: [Path(path) for path in paths] for name, paths in files.items()})
        _serve(rules, portions, results)
    except BrokenPipeError:
        os._exit(1)  # nobody reads what is left to write


def _serve(rules: Rules, portions: BinaryIO, results: BinaryIO) -> None:
    validator: Validator | None = None
    while line := portions.readline():
        head = json.loads(line)
        described = portions.read(head["length"])
        if len(described) < head["length"]:
            return
        try:
            validator = validator or Validator(rules)
            found = validator.validate(described, frozenset(head["things"]))
            told: dict[str, object] = {"results": [asdict(each) for each in found]}
        except MiecoError as error:
            told = to_report(error)
        results.write(json.dumps(told).encode() + b"\n")
        results.flush()


def _end_with(parent: int) -> None:
    """Ends the process soon after its parent."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    _main()
