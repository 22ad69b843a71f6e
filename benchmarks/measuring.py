"""Processes and clocks for the benchmarks."""

from __future__ import annotations

import multiprocessing
import resource
import signal
import statistics
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Figures = dict[str, float]

# What takes less than so many seconds is measured three times.
QUICK = 10.0
# The exit status of a process that has no memory left.
_SHORT = 77


def apart(
    function: Callable[..., Any],
    *arguments: Any,
    seconds: float | None = None,
    memory: int | None = None,
) -> Any:
    """The result of a function in a process of its own; ``None`` if that takes too long.

    Raises MemoryError where ``memory`` (bytes) does not suffice; another error ends the run.
    """
    # Not a fork: the most memory that it has had would begin with what this one has.
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(its, memory, function, arguments))
    process.start()
    its.close()
    try:
        if not mine.poll(seconds):
            return None
        return mine.recv()
    except EOFError:
        process.join()
        # Python says that memory is short; Rust and C++ abort.
        if memory and process.exitcode in (_SHORT, -signal.SIGABRT):
            raise MemoryError from None
        sys.exit(f"{function.__name__} failed")
    finally:
        process.kill()
        process.join()


def _send(
    into: Connection, memory: int | None, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        into.send(function(*arguments))
    except MemoryError:
        sys.exit(_SHORT)


def repeated(function: Callable[[Path, int], Figures], folder: Path, size: int) -> Figures:
    """The medians of three measurements, or the one where its seconds are many."""
    runs = [apart(function, folder, size)]
    if max(value for name, value in runs[0].items() if name.endswith(", s")) < QUICK:
        runs += [apart(function, folder, size) for _ in range(2)]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


class Clock:
    """Seconds since the last look."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def __call__(self) -> float:
        before, self._started = self._started, time.perf_counter()
        return self._started - before


def peak() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
