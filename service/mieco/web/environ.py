"""A request of the RSGI server as the WSGI environment (PEP 3333)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, Any

from granian.rsgi import Scope

from mieco.engine.base import Answer, Engine
from mieco.releases import Release

# The keys under which a request finds its Cancellation, the error that it has come to already,
# where to tell the Nature of its answer, what the engine has Answered, and its Lookup.
CANCELLATION = "mieco.cancellation"
FAULT = "mieco.fault"
NATURE = "mieco.nature"
ANSWERED = "mieco.answered"
LOOKUP = "mieco.lookup"
# By which number the request is told of in the logs, and the Client that sends it.
REQUEST_ID = "mieco.request"
CLIENT = "mieco.client"


@dataclass(slots=True)
class Nature:
    """What is told of an answer while it is made.

    ``lasting``: does it rest on a release and on nothing else?  Then it may be kept.  ``route`` is
    the endpoint of its view, ``code`` that of the error that it tells.
    """

    lasting: bool = False
    route: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """An engine's answer, and the engine and the release that ``leave`` ends the use of."""

    answer: Answer
    engine: Engine
    release: Release
    leave: ExitStack

    @contextmanager
    def use(self) -> Iterator[tuple[Engine, Release]]:
        """The engine and its release, as :meth:`mieco.engine.current.CurrentEngine.use`."""
        with self.leave:
            yield self.engine, self.release


def environ_of(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """The WSGI environment of a request whose body has been read."""
    length = body.seek(0, os.SEEK_END)
    body.seek(0)
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _as_latin(scope.path),
        "QUERY_STRING": _as_latin(scope.query_string),
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = "HTTP_" + name.upper().replace("-", "_")
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name in ("content-length", "transfer-encoding"):
            environ["CONTENT_LENGTH"] = str(length)
        elif key in environ:
            environ[key] += ("; " if name == "cookie" else ", ") + value
        else:
            environ[key] = value
    if scope.authority:  # a request in absolute form, or HTTP/2, has no Host of its own
        environ["HTTP_HOST"] = scope.authority
    return environ


def _as_latin(text: str) -> str:
    """Bytes in a string, as WSGI wants them."""
    return text.encode().decode("latin-1")
