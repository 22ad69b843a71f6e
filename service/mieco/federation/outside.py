"""The guarded way out: which hosts may be reached, and a client that reaches no other.

A request from inside can reach what a stranger cannot: the machine itself, its neighbours,
the cloud's own services.  So a host must be on the list; its name is resolved once, every
address that it has must be public, and the connection goes to that very address, so that a
name which answers differently the second time gains nothing.  A redirect is a new request.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from mieco import __version__
from mieco.errors import BadSetting, QueryRefused, RemoteFailed, Text

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_PIECE = 1 << 16
_IN_URI = "/:?#[]@!$&'()*+,;=%-._~"
_HOST = re.compile(r"[\w.-]+|[0-9a-fA-F:.]+")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back: the final URL, its media type (lower case, no parameters), its body."""

    url: str
    media_type: str
    body: bytes


class Resolve(Protocol):
    """Host and port → the addresses that the name has now.  Raises OSError."""

    def __call__(self, host: str, port: int) -> Sequence[str]: ...


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Outside:
    """Which hosts may be reached: ``(name, port)``, port 0 for the usual ones.

    ``networks`` are those private networks in which such a host may nevertheless be.
    """

    hosts: frozenset[tuple[str, int]] = frozenset()
    networks: Sequence[Network] = ()
    most_bytes: int = 1 << 26
    resolve: Resolve = resolve

    def fetch(
        self,
        url: str,
        accept: str,
        *,
        seconds: float,
        form: bytes | None = None,
    ) -> Fetched:
        """What is at a URL; with ``form``, the answer to a form that is posted there.

        Raises QueryRefused where that is not allowed; RemoteFailed if it is out of reach, out
        of time, too large or not 200.
        """
        deadline = time.monotonic() + seconds
        headers = {"Accept": accept, "User-Agent": f"mieco/{__version__}"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        for _ in range(_MOST_REDIRECTS + 1):
            target = _split(url)
            address = self._checked_address(target)
            answer = self._exchange(target, address, form, headers, deadline)
            if isinstance(answer, Fetched):
                return answer
            url = urljoin(url, answer)
        raise _failed(url, Text("重定向太多", "too many redirects"))

    def _exchange(
        self,
        target: SplitResult,
        address: str,
        form: bytes | None,
        headers: Mapping[str, str],
        deadline: float,
    ) -> Fetched | str:
        """One request to one address: what came back, or where the answer points instead."""
        url = urlunsplit(target)
        seconds = max(0.001, deadline - time.monotonic())
        connection = _Connection(target, address, seconds)
        # A host that sends a byte now and then would outlast a timeout of the socket's own.
        alarm = threading.Timer(seconds, connection.cut)
        alarm.start()
        try:
            path = urlunsplit(("", "", target.path or "/", target.query, ""))
            connection.request("GET" if form is None else "POST", path, form, dict(headers))
            response = connection.getresponse()
            location = response.headers.get("Location")
            if response.status in _REDIRECTS and location:
                return location
            if response.status != http.client.OK:
                raise _failed(
                    url,
                    Text(
                        f"对方回答状态 {response.status}",
                        f"it answered with status {response.status}",
                    ),
                )
            body = _read(response, url, self.most_bytes)
            if connection.was_cut:
                # Without a length, what the alarm cut off looks like a whole answer.
                raise TimeoutError
            return Fetched(url, response.headers.get_content_type(), body)
        except (OSError, http.client.HTTPException, ValueError):
            if time.monotonic() >= deadline:
                raise _failed(url, Text("没有在时限内回答", "it did not answer in time")) from None
            raise _failed(url, Text("连接失败", "the connection failed")) from None
        finally:
            alarm.cancel()
            connection.close()

    def _checked_address(self, target: SplitResult) -> str:
        """The address to connect to.  Raises QueryRefused unless every address is allowed."""
        url = urlunsplit(target)
        host, port = str(target.hostname), _port(target)
        usual = port == _PORTS[target.scheme]
        if (host, port) not in self.hosts and not (usual and (host, 0) in self.hosts):
            raise _refused(url, Text("主机不在允许名单上", "the host is not on the list"))
        try:
            addresses = self.resolve(host, port)
        except OSError:
            raise _failed(url, Text("找不到这个主机", "the host cannot be found")) from None
        if not addresses or not all(self._may_reach(address) for address in addresses):
            raise _refused(
                url,
                Text("主机的地址是内网或本机地址", "the host has a private or local address"),
            )
        return addresses[0]

    def _may_reach(self, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return False
        return is_public(address) or any(address in network for network in self.networks)


def is_public(address: Address) -> bool:
    """Is it an address of the open internet, and every address that it carries inside too?

    RFC 6890 registries; an IPv4 address can hide in an IPv6 one (RFC 4291 §2.5.5, RFC 3056,
    RFC 4380, RFC 6052).
    """
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        teredo = address.teredo or ()
        inside = [address.ipv4_mapped, address.sixtofour, *teredo, _translated(address)]
        return all(is_public(v4) for v4 in inside if v4 is not None)
    return True


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address behind a NAT64 prefix (RFC 6052 §2.1, RFC 8215)."""
    for network in ("64:ff9b::/96", "64:ff9b:1::/48"):
        if address in ipaddress.IPv6Network(network):
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def read_outside(federation: str, networks: str, most_bytes: int) -> Outside:
    """The settings ``federation`` and ``federation_networks`` as a way out.

    Raises BadSetting.
    """
    hosts: set[tuple[str, int]] = set()
    for entry in filter(None, (part.strip() for part in federation.split(","))):
        try:
            parts = urlsplit(f"//{entry}")
            host = parts.hostname or ""
            if not _HOST.fullmatch(host) or parts.path or parts.username or parts.query:
                raise ValueError
            hosts.add((_ascii(host), parts.port or 0))
        except ValueError:
            raise BadSetting(
                name="MIECO_FEDERATION",
                value=entry,
                reason=Text("应为主机名或 主机名:端口", "must be a host or host:port"),
            ) from None
    try:
        inner = [ipaddress.ip_network(part.strip()) for part in networks.split(",") if part.strip()]
    except ValueError:
        raise BadSetting(
            name="MIECO_FEDERATION_NETWORKS",
            value=networks,
            reason=Text(
                "应为 CIDR 网段，如 10.1.0.0/16", "must be CIDR networks such as 10.1.0.0/16"
            ),
        ) from None
    return Outside(frozenset(hosts), inner, most_bytes)


def _ascii(host: str) -> str:
    """A host name in the form in which it is looked up (RFC 3490)."""
    return host.rstrip(".").encode("idna").decode().lower() if host else host


def _port(target: SplitResult) -> int:
    return target.port or _PORTS[target.scheme]


def _split(url: str) -> SplitResult:
    """The parts of a URL that may be fetched at all.  Raises QueryRefused."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
            raise ValueError
        host = _ascii(parts.hostname)
        netloc = f"[{host}]" if ":" in host else host
        # RFC 3987 §3.1: an IRI goes out as a URI.
        path, query = (quote(part, safe=_IN_URI) for part in (parts.path, parts.query))
        if parts.port:
            netloc += f":{parts.port}"
    except ValueError:
        raise _refused(
            url, Text("只能访问 http 或 https 地址", "only http and https addresses can be reached")
        ) from None
    return parts._replace(netloc=netloc, path=path, query=query, fragment="")


def _refused(url: str, reason: Text) -> QueryRefused:
    return QueryRefused(reason=_about(url, reason))


def _failed(url: str, reason: Text) -> RemoteFailed:
    return RemoteFailed(reason=_about(url, reason))


def _about(url: str, reason: Text) -> Text:
    shown = url[:200]
    return Text(f"{shown}：{reason.zh}", f"{shown}: {reason.en}")


def _read(response: http.client.HTTPResponse, url: str, most_bytes: int) -> bytes:
    body = bytearray()
    while piece := response.read1(_PIECE):
        body += piece
        if len(body) > most_bytes:
            raise _failed(
                url,
                Text(
                    f"回答超过 {most_bytes >> 20} MB",
                    f"its answer is larger than {most_bytes >> 20} MB",
                ),
            )
    if response.length:
        raise http.client.IncompleteRead(bytes(body), response.length)
    return bytes(body)


class _Connection(http.client.HTTPConnection):
    """A connection to one address of a host, that another thread may cut."""

    def __init__(self, target: SplitResult, address: str, seconds: float) -> None:
        super().__init__(str(target.hostname), _port(target), timeout=seconds)
        self._secure = target.scheme == "https"
        self._address = address
        self._socket: socket.socket | None = None
        self.was_cut = False

    def connect(self) -> None:
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        self._socket = self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect((self._address, self.port))
        if self._secure:
            context = ssl.create_default_context()
            self._socket = self.sock = context.wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """Ends the connection, whatever it waits for."""
        self.was_cut = True
        # Not ``sock``, which the connection lets go of while the answer is being read.
        with contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)
