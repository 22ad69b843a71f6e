"""Stopping and reloading without losing a request.

The first process of the service starts the one that answers, and starts another if that dies.

- At SIGTERM nobody can connect any more; what is under way gets its answer, within
  ``MIECO_STOP_TIMEOUT``.
- At SIGHUP it becomes the program that is installed now, under the same number (exec), with the
  same socket.  The process that answers goes on until the new one is ready, and then has as much
  time to end as at a stop.  If the program could not start, nothing changes.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from granian._granian import SocketHolder
from granian.server.mp import MPServer

from mieco.errors import Text
from mieco.web.gateway import RETIRE
from mieco.web.listening import FIRST, Listener, tell_manager

# The number of the process that answered before this program took the place of another.
_FORMER = "MIECO_FORMER_PROCESS"
_LOOK_SECONDS = 0.1
_CHECK_SECONDS = 60.0
# What the process that is to end needs beside the time of those who ask it.
_MORE_SECONDS = 5.0
_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
CHECK = "--check"


class Ready:
    """By this the process that answers tells the first that it is ready."""

    def __init__(self) -> None:
        self._heard, self._said = os.pipe()

    def tell(self) -> None:
        """In the process that answers."""
        os.write(self._said, b"!")

    def wait(self) -> None:
        """In the first process, until it is told once."""
        os.read(self._heard, 1)


class Server(MPServer):
    """granian at a socket that is there already.

    ``say`` tells the operator what happens, and how bad it is (``level``).
    """

    def __init__(
        self,
        listener: Listener,
        ready: Ready,
        say: Callable[..., object],
        *,
        stop_seconds: float,
        **options: Any,
    ) -> None:
        super().__init__(**options, workers_kill_timeout=math.ceil(stop_seconds + _MORE_SECONDS))
        self._listener = listener
        self._ready = ready
        self._say = say
        self._former = _Former(stop_seconds + _MORE_SECONDS)

    def _init_shared_socket(self) -> None:
        """What granian's own does where processes share a socket; signals are handled by now."""
        descriptor = self._listener.socket.fileno()
        self._ssp, self._sfd = None, descriptor  # type: ignore[assignment]
        self._shd = SocketHolder(descriptor, False, self.backlog)  # type: ignore[call-arg,assignment]
        self._sso = self._listener.socket
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        threading.Thread(target=self._follow, name="ready", daemon=True).start()

    def _drop_shared_socket(self) -> None:
        tell_manager("STOPPING=1")
        self._listener.socket.close()

    def _stop_workers(self) -> None:
        self._former.end()
        super()._stop_workers()  # type: ignore[no-untyped-call]
        self._former.await_end()

    def _respawn_workers(self, workers: Sequence[int], *rest: Any, **more: Any) -> None:
        """Where the process that answers has died."""
        self._tell_death(workers, Text("正在启动另一个", "another is started"))
        super()._respawn_workers(workers, *rest, **more)

    def shutdown(self, exit_code: int = 0) -> None:
        """At the end; with those that have died too soon after another to be started again."""
        so = Text("服务因此结束，退出码 1", "so the service ends, with exit code 1")
        self._tell_death(self.interrupt_children, so)
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]

    def _tell_death(self, workers: Sequence[int], so: Text) -> None:
        for process in (self.wrks[index].inner for index in workers):
            how = _told(process.exitcode or 0)
            zh = f"应答进程（{process.pid}）结束：{how.zh}；{so.zh}"
            en = f"the process that answers ({process.pid}) has ended: {how.en}; {so.en}"
            self._say(Text(zh, en), level="error")

    def _follow(self) -> None:
        while True:
            self._ready.wait()
            tell_manager("READY=1")
            self._former.retire()

    def _reload(self, *_: object) -> None:
        """Becomes the program that is installed now, if that can start."""
        self.reload_signal = False
        self.main_loop_interrupt.clear()
        tell_manager("RELOADING=1")
        arguments = sys.orig_argv[1:]
        if fault := _fault(arguments):
            self._say(Text(f"没有重新加载：{fault}", f"not reloaded: {fault}"))
            tell_manager("READY=1")
            return
        if self.interrupt_signal or not self.wrks:
            return
        self._say(Text("重新加载", "reloading"))
        # They wait until there is somebody to handle them again.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        former = str(self.wrks[0].inner.pid)
        told = {**self._listener.environment(), _FORMER: former}
        os.dup2(self._listener.socket.fileno(), FIRST)
        os.set_inheritable(FIRST, True)
        program = [sys.executable, *arguments]
        os.execve(sys.executable, program, {**os.environ, **told})  # noqa: S606 (no shell)


class _Former:
    """The process that answered before a reload, which ends when another is ready."""

    def __init__(self, seconds: float) -> None:
        self._process = int(os.environ.pop(_FORMER, "0"))
        self._seconds = seconds
        self._ending = threading.Lock()

    def retire(self) -> None:
        """Has it end, once those who ask it have their answers."""
        self._tell(RETIRE)
        self.await_end()

    def end(self) -> None:
        """Has it end at once, likewise."""
        self._tell(signal.SIGTERM)

    def _tell(self, what: signal.Signals) -> None:
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process, what)

    def await_end(self) -> None:
        """Waits for its end, which comes in time."""
        with self._ending:
            until = time.monotonic() + self._seconds
            while self._process and not self._has_ended():
                if time.monotonic() > until:
                    self._tell(signal.SIGKILL)
                time.sleep(_LOOK_SECONDS)

    def _has_ended(self) -> bool:
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(self._process, os.WNOHANG) == (0, 0):
                return False
        self._process = 0
        return True


def _told(exit_code: int) -> Text:
    """By what a process has ended; a negative number is that of a signal."""
    if exit_code >= 0:
        return Text(f"退出码 {exit_code}", f"exit code {exit_code}")
    with contextlib.suppress(ValueError):
        name = signal.Signals(-exit_code).name
        return Text(f"信号 {name}", f"signal {name}")
    return Text(f"信号 {-exit_code}", f"signal {-exit_code}")


def _fault(arguments: list[str]) -> str:
    """Why the program that is installed now could not start; empty if it can."""
    command = [sys.executable, *arguments, CHECK]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_CHECK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (done.stderr.strip() or str(done.returncode)) if done.returncode else ""
