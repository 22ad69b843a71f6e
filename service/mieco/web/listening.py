"""The socket that the service listens at, and how many connections it has descriptors for.

Processes hand the socket on as systemd does (sd_listen_fds(3)): descriptor 3, and two environment
variables.  So it outlives each of them, and nobody who connects meanwhile is turned away.
"""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import time
from dataclasses import dataclass
from typing import Final

from mieco.errors import PortInUse
from mieco.settings import Settings

# sd_listen_fds(3)
FIRST: Final = 3
_COUNT, _FOR = "LISTEN_FDS", "LISTEN_PID"
_NOTIFY = "NOTIFY_SOCKET"

# So many may wait to be taken.
BACKLOG: Final = 4096
# Connections at once: a slow one holds no thread, only its place.
_MOST_CONNECTIONS = 4096
# Descriptors that are not for connections: threads with files, workers, the release.
_OTHER_DESCRIPTORS = 256
# A connection takes one, and one whose answer is long a pipe and a file beside it.
_OF_A_CONNECTION = 2
_FEWEST_CONNECTIONS = 8
# More than anybody needs; some programs go through all that there may be.
_MOST_DESCRIPTORS = 1 << 16


@dataclass(frozen=True, slots=True)
class Listener:
    """A bound socket."""

    socket: socket.socket

    def listen(self) -> None:
        """In the process that answers, whose server then has the descriptor for itself.

        When that is told to stop it closes it, and as soon as nobody has one nobody can connect.
        """
        self.socket.listen(BACKLOG)
        self.socket.detach()

    def environment(self) -> dict[str, str]:
        """What tells a program, which takes the place of this one, of the socket."""
        return {_COUNT: "1", _FOR: str(os.getpid())}


def listener(settings: Settings) -> Listener:
    """The socket that was handed to this process, or a new one: bound, but nobody listens yet.

    Raises PortInUse.
    """
    given = {name: os.environ.pop(name, "") for name in (_COUNT, _FOR)}
    if given[_FOR] == str(os.getpid()) and given[_COUNT] == "1":
        handed = socket.socket(fileno=os.dup(FIRST))
        os.close(FIRST)
        return Listener(handed)
    return Listener(_bound(settings))


def check_port(settings: Settings) -> None:
    """Raises PortInUse if nobody could listen there, unless a socket was handed to us."""
    if os.environ.get(_FOR) != str(os.getpid()):
        with _bound(settings) as probe:
            try:
                probe.listen(1)
            except OSError as error:
                raise _in_use(settings, error) from None


def _bound(settings: Settings) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        made = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _in_use(settings, error) from None
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError as error:
        made.close()
        raise _in_use(settings, error) from None
    return made


def _in_use(settings: Settings, error: OSError) -> PortInUse:
    reason = error.strerror or str(error)
    return PortInUse(host=settings.host, port=settings.port, reason=reason)


def connections() -> int:
    """How many connections there may be at once: for as many there are descriptors.

    Raises the limit of this process as far as it may.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MOST_DESCRIPTORS)
    with contextlib.suppress(ValueError, OSError):  # macOS has a lower limit of its own
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = (soft - _OTHER_DESCRIPTORS) // _OF_A_CONNECTION
    return max(_FEWEST_CONNECTIONS, min(_MOST_CONNECTIONS, room))


def tell_manager(state: str) -> None:
    """Tells the service manager how far this service is, if there is one (sd_notify(3))."""
    address = os.environ.get(_NOTIFY, "")
    if not address:
        return
    if state == "RELOADING=1":
        state += f"\nMONOTONIC_USEC={time.monotonic_ns() // 1000}"
    name = f"\0{address[1:]}" if address.startswith("@") else address
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.connect(name)
        manager.sendall(state.encode())
