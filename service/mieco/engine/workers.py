"""The zygote and its workers, as the engine that started them sees them."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

from mieco.engine import commands
from mieco.engine.frames import ConnectionLost, Reader, send
from mieco.engine.sandbox import adopt_orphans
from mieco.errors import EngineUnavailable, Overloaded, Text
from mieco.scratch import scratch
from mieco.settings import Settings

# The program of the process: none of it is loaded where it is started.
_ZYGOTE = "mieco.engine.zygote"
# Memory in huge pages, where the system gives them to who asks: a fork copies a table of all pages,
# which then takes a third of the time (glibc manual, "Memory Allocation Tunables").
_HUGE_PAGES = "glibc.malloc.hugetlb=1"
_LOAD_SECONDS, _END_SECONDS = 600.0, 5.0
# On Linux the clock of another process's time is named by its number and this, CPUCLOCK_SCHED
# (clock_getcpuclockid(3)).
_SCHEDULED = 2


class Worker:
    """One worker process and the connection to it."""

    def __init__(self, process: int, connection: socket.socket) -> None:
        self.process = process
        self.connection = connection
        connection.settimeout(_LOAD_SECONDS)  # any: a socket with a timeout does not block
        self.reader = Reader(connection)
        self.slowed = False

    def seconds(self) -> float:
        """The processor time that it has had; where the system does not tell, just the time."""
        try:
            return time.clock_gettime(~self.process << 3 | _SCHEDULED)
        except OSError:  # another system, or it has ended
            return time.monotonic()

    def send(self, job: bytes, seconds: float) -> None:
        """Gives it a frame, without waiting for it as far as the socket can hold that.

        Raises ConnectionLost if it has died, TimeoutError if it does not read.
        """
        try:
            # Not sendall, which with a timeout asks first whether it can be written to.
            sent = os.write(self.connection.fileno(), job)
        except BlockingIOError:
            sent = 0
        except OSError as lost:
            raise ConnectionLost from lost
        if sent < len(job):
            self.connection.settimeout(seconds)
            send(self.connection, job[sent:])

    def hang_up(self) -> None:
        """Ends the exchange: whoever reads from the worker sees it lost."""
        with contextlib.suppress(OSError):  # it is gone already
            self.connection.shutdown(socket.SHUT_RDWR)


class Zygote:
    """The process that has ready what workers need and forks them.  Thread-safe.

    Raises :class:`~mieco.errors.EngineUnavailable` if that cannot be had.
    """

    def __init__(self, control: socket.socket, process: subprocess.Popen[bytes] | int) -> None:
        self._control = control
        self._process = process
        self._commands = threading.Lock()
        self._await_load()

    @classmethod
    def started(cls, release: Path, settings: Settings, *, on_disk: bool = False) -> Zygote:
        """One that loads a release.  Raises EngineUnavailable if that cannot be done."""
        options = {
            "release": str(release),
            "on_disk": on_disk,
            "apart": str(scratch(settings) / "on-disk") if on_disk and settings.read_only else None,
            "default_graph": settings.default_graph,
            "rewrite": settings.rewrite,
            "worker_memory": settings.worker_memory,
        }
        return cls.running(_ZYGOTE, json.dumps(options))

    @classmethod
    def running(cls, module: str, *options: str) -> Zygote:
        """One that ``python -m MODULE CONTROL-FD OPTIONS`` is.  Raises EngineUnavailable."""
        if not hasattr(os, "fork"):
            raise EngineUnavailable(
                reason=Text(
                    "此平台没有 fork，请用 Linux、macOS 或 WSL",
                    "this platform has no fork; use Linux, macOS or WSL",
                )
            )
        control, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            process = subprocess.Popen(
                [sys.executable, "-m", module, str(number), *options],
                pass_fds=[number],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # Ctrl-C in a terminal is for the service, which then closes the socket.
                start_new_session=True,
                # Numpy's BLAS would start threads, which no fork has.
                env={
                    "GLIBC_TUNABLES": _HUGE_PAGES,
                    **os.environ,
                    "RUST_BACKTRACE": "0",
                    "OPENBLAS_NUM_THREADS": "1",
                },
            )
        return cls(control, process)

    def successor(self, release: Path) -> Zygote:
        """A fork of this one that makes the change that led from its release to the next.

        Raises EngineUnavailable or Overloaded where that cannot be done.
        """
        adopt_orphans()
        control, process = self._ask_for_fork(commands.SUCCEED, os.fsencode(release))
        return Zygote(control, process)

    def _await_load(self) -> None:
        self._control.settimeout(_LOAD_SECONDS)
        try:
            tag, _ = self._hear()
        except EngineUnavailable:
            self.close()
            raise
        self._control.settimeout(None)
        if tag != commands.LOADED:
            self.close()
            raise EngineUnavailable(
                reason=Text("发布的数据读不出来", "the data of the release cannot be read")
            )

    def _hear(self) -> tuple[bytes, int]:
        try:
            heard = self._control.recv(commands.COMMAND.size)
            tag, number = commands.COMMAND.unpack(heard)
        except (OSError, struct.error):
            raise _ended() from None
        return tag, number

    def fork(self) -> Worker:
        """A new worker.  Raises EngineUnavailable, or Overloaded where the system has no room."""
        connection, process = self._ask_for_fork(commands.FORK)
        return Worker(process, connection)

    def _ask_for_fork(self, tag: bytes, more: bytes = b"") -> tuple[socket.socket, int]:
        """A connection to a new process, and its number."""
        try:
            ours, theirs = socket.socketpair()
        except OSError:
            raise Overloaded from None
        command = commands.COMMAND.pack(tag, len(more))
        try:
            with theirs, self._commands:
                try:
                    socket.send_fds(self._control, [command + more], [theirs.fileno()])
                except OSError:
                    raise _ended() from None
                _, process = self._hear()
            if process == 0:
                raise Overloaded
        except BaseException:
            ours.close()
            raise
        return ours, process

    def slow_down(self, worker: Worker) -> None:
        """From now on the system serves this worker after all others."""
        worker.slowed = True
        self._tell(commands.SLOW_DOWN, worker)

    def kill(self, worker: Worker) -> None:
        """Ends a worker, whatever it is doing."""
        worker.connection.close()
        self._tell(commands.KILL, worker)

    def _tell(self, tag: bytes, worker: Worker) -> None:
        with self._commands:
            try:
                self._control.sendall(commands.COMMAND.pack(tag, worker.process))
            except OSError:
                return  # the workers end with their zygote

    def alive(self) -> bool:
        control = self._control.fileno()
        if control < 0:  # it was closed
            return False
        poll = select.poll()
        poll.register(control, 0)  # POLLHUP is told in any case
        return not poll.poll(0)

    def close(self) -> None:
        """Ends the zygote and all its workers."""
        with self._control, contextlib.suppress(OSError):  # it has ended
            self._control.shutdown(socket.SHUT_WR)
            self._control.settimeout(_END_SECONDS)
            while self._control.recv(commands.COMMAND.size):
                pass
        if isinstance(self._process, subprocess.Popen):
            self._process.kill()
            self._process.wait()
            return
        with contextlib.suppress(OSError):  # its parent, an earlier zygote, will see to it
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)


def _ended() -> EngineUnavailable:
    return EngineUnavailable(reason=Text("引擎进程已退出", "the engine process has ended"))
