"""Requests over HTTP: within a time, again where there was no room, and every failure in words.

All requests here only read, so any may be sent again, also by POST to where a redirect points.
"""

from __future__ import annotations

import email.utils
import http.client
import json
import random
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import IO, Any, Protocol, cast
from urllib.request import Request

from mieco.client import failures
from mieco.errors import Language, Text

_PIECE = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = 503
_AWAY = (502, 504)
# A wait that grows from half a second where the service names none; none is longer than this.
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0


class _Response(Protocol):
    """What urllib gives: an HTTPResponse, or the like of it for an error."""

    status: int
    headers: Message

    def read1(self, size: int) -> bytes: ...
    def geturl(self) -> str: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole response; in the shape that SPARQLWrapper reads too."""

    status: int
    headers: Message
    body: bytes
    url: str

    @property
    def media_type(self) -> str:
        """Its media type, without parameters."""
        return self.headers.get_content_type() if "Content-Type" in self.headers else ""

    def read(self) -> bytes:
        """The body."""
        return self.body

    def info(self) -> Message:
        """The headers."""
        return self.headers

    def geturl(self) -> str:
        """The address that answered in the end."""
        return self.url


class Transport:
    """Sends requests for one client."""

    def __init__(self, *, language: Language, timeout: float, retries: int) -> None:
        self._language = language
        self._timeout = timeout
        self._retries = retries
        self._opener = urllib.request.build_opener(_Redirects, _AnyStatus)

    def send(self, request: Request) -> Reply:
        """The response to a request that only reads.  Raises a ClientError for any other than 2xx.

        A 503 is tried again after the time that ``Retry-After`` names.  One that names none is
        the service's word that trying again does not help (a query that used up its memory), or
        comes from what stands before it: then after a wait that grows.
        """
        for attempt in range(self._retries + 1):
            reply = self._once(request)
            if 200 <= reply.status < 300:  # noqa: PLR2004
                return reply
            error = self._failure(reply)
            wait = _wait(reply, error, attempt)
            if wait is None or attempt == self._retries:
                raise error
            time.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def json(self, reply: Reply) -> Any:
        """The JSON of a response.  Raises NotMieco, or CutOff if it is not whole."""
        if "json" not in reply.media_type or not reply.body:
            raise self.not_mieco(reply)
        try:
            return json.loads(reply.body)
        except ValueError:
            raise failures.cut_off(self._language, reply.url) from None

    def not_mieco(self, reply: Reply) -> failures.NotMieco:
        """The error that somebody else has answered."""
        came = reply.media_type or Text("不明的内容", "something unknown").in_(self._language)
        status = reply.status
        return failures.not_mieco(
            self._language,
            reply.url,
            Text(f" {came}（HTTP {status}）", f"{came} came back (HTTP {status})"),
            status,
        )

    def _once(self, request: Request) -> Reply:
        address, language = request.full_url.partition("?")[0], self._language
        try:
            return self._read(request)
        except TimeoutError:
            raise failures.timed_out(language, address, self._timeout) from None
        except urllib.error.HTTPError as error:  # redirects that end nowhere
            came = Text("没有尽头的重定向", "redirects that lead nowhere came back")
            raise failures.not_mieco(language, address, came, error.code) from None
        except urllib.error.URLError as error:
            raise self._no_connection(address, error.reason) from None
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            raise self._no_connection(address, error) from None
        except http.client.IncompleteRead:
            raise failures.cut_off(language, address) from None
        except (http.client.HTTPException, ValueError):  # ValueError: no address, no length
            came = Text("不是 HTTP 的内容", "something that is not HTTP came back")
            raise failures.not_mieco(language, address, came) from None
        except OSError as error:
            raise self._no_connection(address, error) from None

    def _read(self, request: Request) -> Reply:
        """The response, whole, by the end of the time.

        The timeout of a socket starts anew with every byte; the clock here does not.
        """
        ends = time.monotonic() + self._timeout
        response = cast("_Response", self._opener.open(request, timeout=self._timeout))
        try:
            pieces: list[bytes] = []
            while piece := self._piece(response):
                pieces.append(piece)
                if time.monotonic() > ends:
                    raise TimeoutError
        finally:
            response.close()
        body = b"".join(pieces)
        # read1 does not tell an early end from the right one.
        if len(body) < int(response.headers.get("Content-Length") or 0):
            raise failures.cut_off(self._language, response.geturl().partition("?")[0])
        return Reply(response.status, response.headers, body, response.geturl().partition("?")[0])

    def _piece(self, response: _Response) -> bytes:
        try:
            return response.read1(_PIECE)
        except TimeoutError:
            raise
        except OSError:
            # The service breaks the connection of an answer that fails half-way.
            raise failures.cut_off(self._language, response.geturl().partition("?")[0]) from None

    def _failure(self, reply: Reply) -> failures.ClientError:
        """The error that a response other than 2xx is."""
        told: Any = None
        if "json" in reply.media_type:
            try:
                told = json.loads(reply.body)
            except ValueError:
                told = None
        if isinstance(told, Mapping) and "code" in told and "detail" in told:
            return failures.problem(told, reply.status)
        if reply.status in (_BUSY, *_AWAY):
            return failures.unavailable(self._language, reply.url, reply.status)
        return self.not_mieco(reply)

    def _no_connection(self, address: str, reason: object) -> failures.ClientError:
        language = self._language
        match reason:
            case TimeoutError():
                return failures.timed_out(language, address, self._timeout)
            case ConnectionRefusedError():
                return failures.unreachable(
                    language,
                    address,
                    Text("那里没有程序在接听", "nobody listens there"),
                    Text(
                        "请检查地址和端口；服务用 mieco serve 启动。",
                        "Check the address and port. The service is started with: mieco serve",
                    ),
                )
            case socket.gaierror():
                return failures.unreachable(
                    language,
                    address,
                    Text("没有这个主机", "there is no such host"),
                    Text("请检查地址和网络。", "Check the address and the network."),
                )
            case ConnectionError() | http.client.RemoteDisconnected():
                return failures.unreachable(
                    language,
                    address,
                    Text("连接在回答之前断开", "the connection broke before an answer came"),
                    Text("请再试一次。", "Try again."),
                )
        return failures.unreachable(language, address, Text(str(reason), str(reason)))


def _wait(reply: Reply, error: failures.ClientError, attempt: int) -> float | None:
    """The seconds after which to try again; ``None`` if that is no use."""
    if not isinstance(error, failures.Unavailable) or reply.status != _BUSY:
        return None
    named = _seconds(reply.headers.get("Retry-After", ""))
    error.retry_after = named
    if named is not None:
        return named if named <= _LONGEST_WAIT else None
    if error.code != "unavailable":  # the service's own word, not a proxy's
        return None
    # Many clients that were turned away together do not come back together.
    longest: float = min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt)
    return longest * random.uniform(0.5, 1)  # noqa: S311


def _seconds(text: str) -> float | None:
    """Retry-After (RFC 9110 §10.2.3): seconds, or a date."""
    text = text.strip()
    if text.isdecimal() and text.isascii():
        return float(text[:9])
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds: float = (moment - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds)


class _AnyStatus(urllib.request.HTTPErrorProcessor):
    """Every status is an answer; redirects alone are left to be followed."""

    def http_response(self, request: Request, response: Any) -> Any:
        if response.status in _REDIRECTS:
            return super().http_response(request, response)
        return response

    https_response = http_response


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects with the same method and body, since what is sent only reads."""

    def redirect_request(  # noqa: PLR0917
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> Request | None:
        if code == 303:  # noqa: PLR2004
            return super().redirect_request(req, fp, code, msg, headers, newurl)
        kept = {name: text for name, text in req.headers.items() if name != "Host"}
        return Request(  # noqa: S310
            newurl.replace(" ", "%20"), req.data, kept, req.origin_req_host, unverifiable=True
        )
