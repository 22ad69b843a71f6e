"""The zygote: loads a release once, then forks a worker on demand.

In memory the workers share it; one that is too large stays on disk, where each opens it.
Changes are made in forks of a zygote as well, one that holds only what it has imported
(:mod:`mieco.writer`).

It evaluates nothing and stays single-threaded, so that a fork is cheap and safe.  Who started it,
mostly an engine, holds the other end of its control socket (commands.py).  When that closes, the
zygote kills its workers and ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from mieco.engine import worker
from mieco.engine.commands import (
    COMMAND,
    FAILED,
    FORK,
    FORKED,
    KILL,
    LOADED,
    SLOW_DOWN,
    SUCCEED,
)
from mieco.engine.following import followed
from mieco.engine.loading import loaded
from mieco.engine.on_disk import OnDisk
from mieco.engine.sandbox import end_with_parent
from mieco.engine.views import Stores

# What a fork does with its zygote's process id and its end of the connection.
_Life = Callable[[int, socket.socket], None]

_REAP_SECONDS = 0.5
_LAST_PRIORITY = 19  # setpriority(2)


class Holding(Protocol):
    """What a zygote has ready for its workers."""

    def work(self, connection: socket.socket) -> None:
        """What a worker does, with its connection to whoever asked for it."""

    def following(self, release: Path) -> Holding:
        """That of the release that was made from mine.  Raises what preparing it raises."""


class _InMemory:
    def __init__(self, stores: Stores, worker_memory: int) -> None:
        self._stores, self._worker_memory = stores, worker_memory

    def work(self, connection: socket.socket) -> None:
        worker.run(self._stores, connection, self._worker_memory)

    def following(self, release: Path) -> _InMemory:
        return _InMemory(followed(self._stores, release), self._worker_memory)


class _OnDisk:
    def __init__(self, stores: OnDisk, worker_memory: int, *, strict: bool, rewrite: bool) -> None:
        stores.prepare()
        self._stores, self._worker_memory = stores, worker_memory
        self._strict, self._rewrite = strict, rewrite

    def work(self, connection: socket.socket) -> None:
        stores = self._stores.opened(strict=self._strict, rewrite=self._rewrite)
        worker.run(stores, connection, self._worker_memory)

    def following(self, release: Path) -> _OnDisk:
        stores = replace(self._stores, release=release)
        return _OnDisk(stores, self._worker_memory, strict=self._strict, rewrite=self._rewrite)


def main(arguments: list[str]) -> None:
    """``python -m mieco.engine.zygote CONTROL-FD OPTIONS-JSON``."""
    options = json.loads(arguments[1])
    strict, rewrite = options["default_graph"] == "strict", options["rewrite"]
    release, memory = Path(options["release"]), options["worker_memory"]

    def prepared() -> Holding:
        if options["on_disk"]:
            apart = Path(options["apart"]) if options["apart"] else None
            return _OnDisk(OnDisk(release, apart), memory, strict=strict, rewrite=rewrite)
        return _InMemory(loaded(release, strict=strict, rewrite=rewrite), memory)

    serve(socket.socket(fileno=int(arguments[0])), prepared)


def serve(control: socket.socket, prepared: Callable[[], Holding]) -> None:
    """Prepares what workers need, says so, and obeys until the control socket closes."""
    try:
        holding = prepared()
    except (OSError, ValueError, SyntaxError) as error:
        sys.stderr.write(f"mieco engine: {error}\n")
        control.sendall(COMMAND.pack(FAILED, 0))
        return
    try:
        control.sendall(COMMAND.pack(LOADED, 0))
    except BrokenPipeError:
        return  # the engine ended meanwhile
    _Zygote(holding, control).run()


class _Zygote:
    def __init__(self, holding: Holding, control: socket.socket) -> None:
        self._holding = holding
        self._control = control
        self._workers: set[int] = set()
        self._successors: set[int] = set()

    def run(self) -> None:
        try:
            while True:
                ready, _, _ = select.select([self._control], [], [], _REAP_SECONDS)
                self._reap(os.WNOHANG)
                if ready and not self._obey():
                    return
        except ConnectionError:
            # Who asked for a worker has ended meanwhile: there is nobody to serve any more.
            return
        finally:
            for process in self._workers:
                os.kill(process, signal.SIGKILL)
            self._successors.clear()
            self._reap(0)

    def _obey(self) -> bool:
        command, descriptors, _, _ = socket.recv_fds(self._control, COMMAND.size, 1)
        if not command:
            return False
        tag, number = COMMAND.unpack(command)
        if tag == FORK:
            self._fork(descriptors[0], self._live_as_worker, self._workers)
        elif tag == SUCCEED:
            release = os.fsdecode(self._control.recv(number, socket.MSG_WAITALL))
            live = partial(self._live_as_successor, Path(release))
            self._fork(descriptors[0], live, self._successors)
        elif tag == KILL and number in self._workers:
            # Not reaped yet, so the number cannot belong to another process by now.
            os.kill(number, signal.SIGKILL)
        elif tag == SLOW_DOWN and number in self._workers:
            _serve_last(number)
        return True

    def _fork(self, descriptor: int, live: _Life, children: set[int]) -> None:
        """Forks a child that lives so, and tells its process id; 0 if there is no room for one."""
        zygote, process = os.getpid(), 0
        with contextlib.suppress(OSError):
            process = os.fork() or -1
        if process < 0:
            try:
                self._control.close()
                live(zygote, socket.socket(fileno=descriptor))
            finally:
                os._exit(0)
        os.close(descriptor)
        if process:
            children.add(process)
        self._control.sendall(COMMAND.pack(FORKED, process))

    def _live_as_worker(self, zygote: int, connection: socket.socket) -> None:
        # A runaway query must not outlive a zygote that was killed.
        end_with_parent(zygote)
        self._holding.work(connection)

    def _live_as_successor(self, release: Path, _zygote: int, control: socket.socket) -> None:
        serve(control, partial(self._holding.following, release))

    def _reap(self, options: int) -> None:
        for children in (self._workers, self._successors):
            for process in list(children):
                if os.waitpid(process, options)[0]:
                    children.discard(process)


def _serve_last(process: int) -> None:
    """Lets a process run with what others leave of the processors."""
    # SCHED_IDLE sounds better and is worse: small lookups beside it took four times as long
    # at the 99th percentile (Linux 6.18).
    threads = [process]
    if sys.platform == "linux":
        # setpriority(2), bugs: on Linux it is a thread that has a priority.
        with contextlib.suppress(OSError):
            threads = [int(path.name) for path in Path(f"/proc/{process}/task").iterdir()]
    for thread in threads:
        with contextlib.suppress(OSError):  # it has just ended
            os.setpriority(os.PRIO_PROCESS, thread, _LAST_PRIORITY)


if __name__ == "__main__":
    main(sys.argv[1:])
