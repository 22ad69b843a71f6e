"""Requests to a SPARQL endpoint: forms that are posted, answers that stream, each within a time.

Forms are what every engine takes (SPARQL 1.1 Protocol §2.1.2, §2.2.2); Virtuoso 7.2 hangs on a
direct POST.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property, partial
from urllib.parse import urlencode, urlsplit

from mieco import __version__
from mieco.engine.breaker import Breaker
from mieco.engine.cancellation import Cancellation
from mieco.errors import Abandoned, DeadlineExceeded, EngineLost, EngineUnreachable, Text

_PIECE = 1 << 16
_FORM = "application/x-www-form-urlencoded"
# So long it may take until somebody answers the call; a deadline may end before.
_CONNECT_SECONDS = 5.0
# A connection that was not used for so long may have been closed at the other end.
_IDLE_SECONDS = 10.0
_SECONDS_BETWEEN = (0.1, 0.5)
_BUSY = (502, 503)
# What comes later is no word of somebody who has no room, but of a query that took too long.
_AT_ONCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks: a user with a password, a token, or any header, ``Name: value``."""

    user: str = ""
    password: str = ""
    token: str = ""
    header: str = ""

    def headers(self) -> dict[str, str]:
        """The headers that say so."""
        told: dict[str, str] = {}
        if self.user:
            pair = b64encode(f"{self.user}:{self.password}".encode()).decode()
            told["Authorization"] = f"Basic {pair}"
        if self.token:
            told["Authorization"] = f"Bearer {self.token}"
        if self.header:
            name, _, value = self.header.partition(":")
            told[name] = value.strip()
        return told


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer on its way; whoever has it must exhaust its chunks or close it.

    ``has_end``: an answer that breaks off can be told from a whole one by the protocol;
    ``seconds`` is how long its head took to come.
    """

    status: int
    headers: Message
    chunks: Iterator[bytes]
    close: Callable[[], None]
    has_end: bool
    seconds: float

    @property
    def is_busy(self) -> bool:
        """Had it no room for the request?"""
        return self.status in _BUSY and self.seconds < _AT_ONCE_SECONDS

    @property
    def media_type(self) -> str:
        """Its media type in lower case, without parameters; empty where none is named."""
        return self.headers.get_content_type() if "Content-Type" in self.headers else ""

    def start(self, most: int) -> bytes:
        """Its first bytes, about so many; it is closed then."""
        body = bytearray()
        try:
            for piece in self.chunks:
                body += piece
                if len(body) >= most:
                    break
        finally:
            self.close()
        return bytes(body[:most])


@dataclass(eq=False)
class Endpoint:
    """One address of an engine that is called ``name``, as far as that is known.  Thread-safe."""

    address: str
    name: str
    credentials: Credentials = Credentials()
    breaker: Breaker = field(default_factory=Breaker)

    def ask(
        self,
        form: Sequence[tuple[str, str]],
        accept: str,
        *,
        seconds: float,
        cancellation: Cancellation | None = None,
    ) -> Reply:
        """The answer to a request that only reads.

        It is sent again where nobody was there or had room for it.  Raises EngineUnreachable,
        DeadlineExceeded or Abandoned, as iterating the answer does.
        """
        until = time.monotonic() + seconds
        waits = [*_SECONDS_BETWEEN]
        while True:
            left = until - time.monotonic()
            wait = waits.pop(0) if waits else None
            may_wait = wait is not None and wait < left
            try:
                reply = self._post(form, accept, left, seconds, cancellation, reused=True)
            except EngineUnreachable:
                if not may_wait:
                    raise
            else:
                if not (reply.is_busy and may_wait):
                    return reply
                reply.close()
            time.sleep(wait or 0)

    def change(
        self, form: Sequence[tuple[str, str]], accept: str = "*/*", *, seconds: float
    ) -> Reply:
        """The answer to a request that changes something: it is sent once.

        Raises as ``ask``, and EngineLost where it may have been heard.
        """
        return self._post(form, accept, seconds, seconds, None, reused=False)

    def _post(
        self,
        form: Sequence[tuple[str, str]],
        accept: str,
        left: float,
        seconds: float,
        cancellation: Cancellation | None,
        *,
        reused: bool,
    ) -> Reply:
        if self.breaker.is_open:
            raise self._unreachable(Text("刚才几次都没有连上", "it was not reached lately"))
        call = _Call(self, max(0.001, left), seconds, cancellation or Cancellation(), kept=reused)
        body = urlencode(form, errors="surrogatepass").encode()
        try:
            reply = call.begin(self._connection() if reused else None, body, accept)
        except EngineUnreachable as error:
            self.breaker.failed()
            if call.sent and not reused:
                raise EngineLost(**error.facts) from None
            raise
        if reply.is_busy:
            self.breaker.failed()
        else:
            self.breaker.succeeded()
        return reply

    @cached_property
    def idle(self) -> deque[tuple[float, http.client.HTTPConnection]]:
        """Connections that wait for the next request, and since when."""
        return deque()

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def _connection(self) -> http.client.HTTPConnection | None:
        with contextlib.suppress(IndexError):
            while True:
                since, connection = self.idle.pop()
                if time.monotonic() - since < _IDLE_SECONDS:
                    return connection
                connection.close()
        return None

    def fresh(self, seconds: float) -> http.client.HTTPConnection:
        """A connection that is made when it is used."""
        split = urlsplit(self.address)
        seconds = min(seconds, _CONNECT_SECONDS)
        host = split.hostname or ""
        if split.scheme == "https":
            return http.client.HTTPSConnection(
                host, split.port, timeout=seconds, context=self._context
            )
        return http.client.HTTPConnection(host, split.port, timeout=seconds)

    @property
    def target(self) -> str:
        """The path of a request (RFC 9112 §3.2.1)."""
        return urlsplit(self.address).path or "/"

    def _unreachable(self, reason: Text) -> EngineUnreachable:
        return EngineUnreachable(engine=self.name, reason=reason)

    def unreachable(self, error: Exception) -> EngineUnreachable:
        """What went wrong, in words."""
        match error:
            case ConnectionRefusedError():
                reason = Text("那里没有程序在接听", "nobody listens there")
            case socket.gaierror():
                reason = Text("没有这个主机", "there is no such host")
            case TimeoutError():
                reason = Text("那里没有回应", "nobody answers there")
            case ssl.SSLError():
                reason = Text("证书没有通过验证", "its certificate is not valid")
            case http.client.IncompleteRead():
                reason = Text("回答中断了", "its answer broke off")
            case http.client.RemoteDisconnected() | ConnectionError():
                reason = Text("连接中断", "the connection broke")
            case http.client.HTTPException() | ValueError():
                reason = Text("回答的不是 HTTP", "what came back is not HTTP")
            case _:
                reason = Text(f"{error}", f"{error}")
        return self._unreachable(reason)

    def close(self) -> None:
        """Closes the connections that wait."""
        while self.idle:
            self.idle.pop()[1].close()


class _Call:
    """One request, which ends at its deadline, or when its asker goes.

    Its connection may be ``kept`` for the next.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        left: float,
        seconds: float,
        cancellation: Cancellation,
        *,
        kept: bool,
    ) -> None:
        self._kept = kept
        # Has the other end heard of it, perhaps?
        self.sent = False
        self._endpoint = endpoint
        self._seconds = seconds
        self._until = time.monotonic() + left
        self._cancellation = cancellation
        self._connection: http.client.HTTPConnection | None = None
        self._socket: socket.socket | None = None
        self._response: http.client.HTTPResponse | None = None
        self._late = False
        # A timeout of the socket's own starts anew with every byte that comes.
        self._alarm = threading.Timer(left, self._ring)
        self._alarm.daemon = True

    def begin(
        self, connection: http.client.HTTPConnection | None, body: bytes, accept: str
    ) -> Reply:
        """Sends the request, and gives the answer when its head is there."""
        started = time.monotonic()
        self._alarm.start()
        self._cancellation.call(self._cut)
        try:
            response = self._response = self._sent(connection, body, accept)
        except BaseException:
            self._end(well=False)
            raise
        chunks = self._chunks(response)
        return Reply(
            response.status,
            response.headers,
            chunks,
            partial(self._leave, chunks),
            has_end=response.chunked or response.length is not None,
            seconds=time.monotonic() - started,
        )

    def _leave(self, chunks: Generator[bytes, None, None]) -> None:
        """Ends an answer that nobody reads on, also from another thread than that which reads."""
        if self._connection is not None:
            self._cut()
        with contextlib.suppress(ValueError):  # it is being read, and ends by itself
            chunks.close()
        # A generator that was not begun runs nothing when it is closed.
        self._end(well=False)

    def _sent(
        self, connection: http.client.HTTPConnection | None, body: bytes, accept: str
    ) -> http.client.HTTPResponse:
        headers = {
            "Accept": accept,
            "Content-Type": _FORM,
            "User-Agent": f"mieco/{__version__}",
            **self._endpoint.credentials.headers(),
        }
        if connection is not None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self._exchange(connection, body, headers)
            connection.close()
            self._check()  # the other end had closed it meanwhile, or it is over
        try:
            return self._exchange(self._endpoint.fresh(self._left), body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._check()
            raise self._endpoint.unreachable(error) from None

    def _exchange(
        self, connection: http.client.HTTPConnection, body: bytes, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        self._connection = connection
        self.sent = False
        if connection.sock is None:
            connection.connect()
        self._socket = connection.sock  # the connection forgets it when it is to be closed
        self._check()
        self._socket.settimeout(None)  # the alarm rings
        self.sent = True
        connection.request("POST", self._endpoint.target, body, dict(headers))
        response = connection.getresponse()
        try:
            self._check()  # a head that was cut off looks like one without fields
        except BaseException:
            response.close()
            raise
        return response

    def _chunks(self, response: http.client.HTTPResponse) -> Generator[bytes, None, None]:
        announced = response.length
        received = 0
        well = False
        try:
            while piece := response.read1(_PIECE):
                received += len(piece)
                yield piece
            self._check()
            # read1 does not tell an early end from the right one.
            if announced is not None and received < announced:
                raise http.client.IncompleteRead(b"")
            well = not response.will_close
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._check()
            raise self._endpoint.unreachable(error) from None
        finally:
            self._end(well=well)

    @property
    def _left(self) -> float:
        return max(0.001, self._until - time.monotonic())

    def _check(self) -> None:
        if self._cancellation.cancelled:
            raise Abandoned
        if self._late:
            raise DeadlineExceeded(seconds=self._seconds)

    def _ring(self) -> None:
        self._late = True
        self._cut()

    def _cut(self) -> None:
        """Ends what another thread is waiting for."""
        if (there := self._socket) is not None:
            with contextlib.suppress(OSError):
                there.shutdown(socket.SHUT_RDWR)

    def _end(self, *, well: bool) -> None:
        self._alarm.cancel()
        self._cancellation.forget(self._cut)
        if self._response is not None:
            # Where the other end will close the connection, this alone still holds its socket.
            self._response.close()
        connection, self._connection, self._socket = self._connection, None, None
        if connection is None:
            return
        if well and self._kept:
            self._endpoint.idle.append((time.monotonic(), connection))
        else:
            connection.close()
