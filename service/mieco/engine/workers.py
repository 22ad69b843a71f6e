"""The zygote and its workers, as the engine that started them sees them."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

from mieco.engine import zygote
from mieco.engine.frames import Reader
from mieco.errors import EngineUnavailable, Overloaded, Text
from mieco.settings import Settings

_LOAD_SECONDS = 600.0
# On Linux the clock of another process's time is named by its number and this, CPUCLOCK_SCHED
# (clock_getcpuclockid(3)).
_SCHEDULED = 2


class Worker:
    """One worker process and the connection to it."""

    def __init__(self, process: int, connection: socket.socket) -> None:
        self.process = process
        self.connection = connection
        self.reader = Reader(connection)

    def seconds(self) -> float:
        """The processor time that it has had; where the system does not tell, just the time."""
        try:
            return time.clock_gettime(~self.process << 3 | _SCHEDULED)
        except OSError:  # another system, or it has ended
            return time.monotonic()

    def is_lost(self) -> bool:
        """Did an idle worker die?  It says nothing while it waits, so all to read is its end."""
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return bool(poll.poll(0))

    def hang_up(self) -> None:
        """Ends the exchange: whoever reads from the worker sees it lost."""
        with contextlib.suppress(OSError):  # it is gone already
            self.connection.shutdown(socket.SHUT_RDWR)


class Zygote:
    """The process that has loaded a release and forks workers.  Thread-safe.

    Raises :class:`~mieco.errors.EngineUnavailable` if the release cannot be loaded.
    """

    def __init__(self, release: Path, settings: Settings) -> None:
        if not hasattr(os, "fork"):
            raise EngineUnavailable(
                reason=Text(
                    "此平台没有 fork，请用 Linux、macOS 或 WSL",
                    "this platform has no fork; use Linux, macOS or WSL",
                )
            )
        self._control, theirs = socket.socketpair()
        self._commands = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    zygote.__name__,
                    str(theirs.fileno()),
                    json.dumps(
                        {
                            "release": str(release),
                            "default_graph": settings.default_graph,
                            "rewrite": settings.rewrite,
                            "worker_memory": settings.worker_memory,
                        }
                    ),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # Ctrl-C in a terminal is for the service, which then closes the socket.
                start_new_session=True,
                env={**os.environ, "RUST_BACKTRACE": "0"},
            )
        self._await_load()

    def _await_load(self) -> None:
        self._control.settimeout(_LOAD_SECONDS)
        try:
            tag, _ = self._hear()
        except EngineUnavailable:
            self.close()
            raise
        self._control.settimeout(None)
        if tag != zygote.LOADED:
            self.close()
            raise EngineUnavailable(
                reason=Text("发布的数据读不出来", "the data of the release cannot be read")
            )

    def _hear(self) -> tuple[bytes, int]:
        try:
            heard = self._control.recv(zygote.COMMAND.size)
            tag, number = zygote.COMMAND.unpack(heard)
        except (OSError, struct.error):
            raise _ended() from None
        return tag, number

    def fork(self) -> Worker:
        """A new worker.  Raises EngineUnavailable, or Overloaded where the system has no room."""
        try:
            ours, theirs = socket.socketpair()
        except OSError:
            raise Overloaded from None
        try:
            with theirs:
                process = self._ask_for_fork(theirs)
        except BaseException:
            ours.close()
            raise
        return Worker(process, ours)

    def _ask_for_fork(self, theirs: socket.socket) -> int:
        command = zygote.COMMAND.pack(zygote.FORK, 0)
        with self._commands:
            try:
                socket.send_fds(self._control, [command], [theirs.fileno()])
            except OSError:
                raise _ended() from None
            _, process = self._hear()
        if process == 0:
            raise Overloaded
        return process

    def slow_down(self, worker: Worker) -> None:
        """From now on the system serves this worker after all others."""
        self._tell(zygote.SLOW_DOWN, worker)

    def kill(self, worker: Worker) -> None:
        """Ends a worker, whatever it is doing."""
        worker.connection.close()
        self._tell(zygote.KILL, worker)

    def _tell(self, tag: bytes, worker: Worker) -> None:
        with self._commands:
            try:
                self._control.sendall(zygote.COMMAND.pack(tag, worker.process))
            except OSError:
                return  # the workers end with their zygote

    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """Ends the zygote and all its workers."""
        self._control.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _ended() -> EngineUnavailable:
    return EngineUnavailable(reason=Text("引擎进程已退出", "the engine process has ended"))
