"""Another mieco, asked over HTTP for a release and for its files, piece by piece."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from typing import Any, Protocol, cast
from urllib.parse import quote, urlsplit
from urllib.request import Request

from mieco import __version__, checksums
from mieco.checksums import Checksums
from mieco.errors import BadParameter, NoOrigin, NotFound, OriginAway, Text

# So long no byte may come.
_SECONDS = 30.0
_PIECE = 1 << 17
# A release has some dozens of files; a listing beyond this is none.
_LONGEST = 1 << 24
_REDIRECTS = (301, 302, 303, 307, 308)
_OK, _PART, _NOT_MODIFIED, _NOT_FOUND, _FAILED = 200, 206, 304, 404, 500


@dataclass(frozen=True, slots=True)
class Offered:
    """A release that can be fetched: its number, its files, and below which address they are."""

    number: int
    files: Checksums
    address: str


# No release has a higher number.
_LARGEST = 10**9


class _Response(Protocol):
    status: int
    headers: Message

    def read1(self, size: int) -> bytes: ...
    def geturl(self) -> str: ...
    def close(self) -> None: ...


class Origin:
    """A mieco at the address of its home page.

    Raises BadParameter for what is no such address.  Whatever is asked of it raises OriginAway
    where it does not answer, NoOrigin where what answers gives no releases away.
    """

    def __init__(self, address: str, *, seconds: float = _SECONDS) -> None:
        self.address = _checked(address)
        self._seconds = seconds
        self._opener = urllib.request.build_opener(_AnyStatus)
        # What was offered last, by the mark that it had.
        self._last: tuple[str, Offered] | None = None

    def offered(self, number: int | None = None) -> Offered:
        """The release of a number, or the one that is current there.  Raises also NotFound."""
        address = f"{self.address}/download/{number or 'latest'}/snapshot"
        headers = {"Accept": "application/json"}
        if self._last:
            headers["If-None-Match"] = self._last[0]
        with self._asked(address, headers) as response:
            if response.status == _NOT_MODIFIED and self._last:
                return self._last[1]
            body = b"".join(self._pieces(response, _LONGEST))
            if response.status != _OK:
                raise self._refusal(response, body, number)
            offered = self._read(response, body, number)
            if tag := response.headers.get("ETag"):
                self._last = tag, offered
            return offered

    @contextmanager
    def part(
        self, offered: Offered, path: str, start: int, *, afresh: bool
    ) -> Iterator[tuple[int, Iterator[bytes]]]:
        """The bytes of a file from a place on, and where they begin: at 0 where all are sent.

        ``afresh`` asks past what caches have.
        """
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
            headers["If-Range"] = f'"{offered.files[path].sha256}"'
        if afresh:
            headers["Cache-Control"] = "no-cache"
        with self._asked(f"{offered.address}/{quote(path)}", headers) as response:
            ranged = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
            if response.status == _OK:
                yield 0, self._pieces(response)
            elif response.status == _PART and start and ranged:
                yield start, self._pieces(response)
            else:
                raise self.away(Text(f"HTTP {response.status}", f"HTTP {response.status}"))

    def away(self, reason: Text) -> OriginAway:
        """The error that it does not answer as it should, for a reason."""
        return OriginAway(address=self.address, reason=reason)

    @contextmanager
    def _asked(self, address: str, headers: Mapping[str, str]) -> Iterator[_Response]:
        request = Request(  # noqa: S310 (http and https alone: _checked)
            address, headers={"User-Agent": f"mieco/{__version__}", **headers}
        )
        try:
            response = cast("_Response", self._opener.open(request, timeout=self._seconds))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._failure(error) from None
        try:
            yield response
        finally:
            response.close()

    def _pieces(self, response: _Response, most: int | None = None) -> Iterator[bytes]:
        """The body as it comes; an early end looks like the right one."""
        size = 0
        try:
            while piece := response.read1(_PIECE):
                size += len(piece)
                if most is not None and size > most:
                    raise self._none(_came(response))
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(error) from None

    def _read(self, response: _Response, body: bytes, wanted: int | None) -> Offered:
        """What a listing says, which is of the release that is wanted, if one is."""
        try:
            told = json.loads(body)
            number, files = told["release"], checksums.of_json(told["files"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise self._none(_came(response)) from None
        known = type(number) is int and 0 < number <= _LARGEST and wanted in (None, number)
        if not known or "manifest.json" not in files:
            raise self._none(_came(response))
        return Offered(number, files, response.geturl().partition("?")[0])

    def _refusal(
        self, response: _Response, body: bytes, number: int | None
    ) -> NoOrigin | NotFound | OriginAway:
        """The error that another answer than a listing is."""
        told: Any = None
        if "json" in response.headers.get_content_type():
            try:
                told = json.loads(body)
            except (ValueError, RecursionError):
                told = None
        detail = told.get("detail") if isinstance(told, dict) else None
        if response.status >= _FAILED:
            said = detail or f"HTTP {response.status}"
            return self.away(Text(said, said))
        if detail and response.status == _NOT_FOUND and number is not None:
            return NotFound(
                what=Text("发布", "release"),
                name=str(number),
                near=Text(f"{self.address} 答：{detail}", f"{self.address} says: {detail}"),
            )
        return self._none(_came(response))

    def _none(self, came: Text) -> NoOrigin:
        return NoOrigin(address=self.address, reason=came)

    def _failure(self, error: BaseException) -> NoOrigin | OriginAway:
        """The error that a failed exchange is."""
        if isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
            error = error.reason
        match error:
            case TimeoutError():
                return self.away(
                    Text(
                        f"{self._seconds:g} 秒没有收到内容",
                        f"nothing came for {self._seconds:g} seconds",
                    )
                )
            case ConnectionRefusedError():
                return self.away(Text("那里没有程序在接听", "nobody listens there"))
            case socket.gaierror():
                return self.away(Text("没有这个主机", "there is no such host"))
            case ConnectionError() | http.client.IncompleteRead():
                return self.away(Text("连接中断", "the connection broke"))
            case http.client.HTTPException() | ValueError():
                return self._none(Text("回来的不是 HTTP 的内容", "what came back is not HTTP"))
        return self.away(Text(str(error), str(error)))


def _checked(address: str) -> str:
    """The address without a slash at its end.  Raises BadParameter."""
    try:
        parts = urlsplit(address)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right or parts.username is not None or parts.query or parts.fragment:
        raise BadParameter(
            name="URL",
            reason=Text(f"“{address}”不是服务的地址", f"'{address}' is no address of a service"),
            allowed=Text(
                "服务首页的地址，如 http://127.0.0.1:8080，不含用户名和参数",
                "that of its home page, such as http://127.0.0.1:8080, without user or parameters",
            ),
        )
    return address.rstrip("/")


def _came(response: _Response) -> Text:
    """What came that is no listing."""
    kind, status = response.headers.get_content_type(), response.status
    return Text(f"回来的是 {kind}（HTTP {status}）", f"{kind} came back (HTTP {status})")


class _AnyStatus(urllib.request.HTTPErrorProcessor):
    """Every status is an answer; redirects alone are left to be followed."""

    def http_response(self, request: Request, response: Any) -> Any:
        if response.status in _REDIRECTS:
            return super().http_response(request, response)
        return response

    https_response = http_response
