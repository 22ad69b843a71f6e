"""Who sends a request: the address that limits, logs and the audit log go by.

That is the address of the connection.  Only where it is one of a reverse proxy of ours
(``MIECO_PROXIES``) X-Forwarded-For counts: each proxy adds at its right end the address that it
was asked from, so the rightmost that is not itself a proxy of ours is the client.  What stands left
of it anybody may have written.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import NamedTuple

from granian.rsgi import Scope

from mieco.setting_checks import networks
from mieco.settings import Settings

_FORWARDED = "x-forwarded-for"
# Of what was forwarded, the end: addresses take far less, and what is remembered stays small.
_LONGEST, _REMEMBERED = 512, 4096
# A household or an office has the whole of such a network (RFC 6177).
_IPV6_PREFIX = 64

Address = IPv4Address | IPv6Address


class Client(NamedTuple):
    """Who sends a request.

    ``address`` is told in logs; ``key`` is what requests are counted by, and ``None`` is this
    machine itself, which is not counted: a request from the loopback interface that no proxy has
    passed on.  ``by_proxy``: did one of our proxies send it?  Then its X-Request-Id counts.
    """

    address: str
    key: str | None
    by_proxy: bool

    @property
    def is_machine(self) -> bool:
        return self.key is None


class Clients:
    """Tells who sends a request.  Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._proxies = networks(settings.proxies)
        self._found = lru_cache(_REMEMBERED)(self._find)

    def of(self, scope: Scope) -> Client:
        """Who sends a request to the server.  Never raises."""
        headers, peer = scope.headers, scope.client.rpartition(":")[0]
        if _FORWARDED not in headers:
            return self._found(peer, None)
        # A proxy may add a line of its own instead of going on in the one that is there.
        lines = [value for name, value in headers.items() if name == _FORWARDED]
        return self.at(peer, ",".join(lines))

    def at(self, peer: str, forwarded: str | None) -> Client:
        """Who sends a request that came from an address with this X-Forwarded-For, if any."""
        return self._found(peer, None if forwarded is None else forwarded[-_LONGEST:])

    def _find(self, peer: str, forwarded: str | None) -> Client:
        address = _address(peer)
        if address is None:  # no address at all, as of a socket in the file system
            return Client(peer, peer, by_proxy=False)
        by_proxy = self._is_proxy(address)
        if forwarded is None:
            key = None if address.is_loopback else _key(address)
            return Client(str(address), key, by_proxy)
        if by_proxy:
            address = self._passed_on(address, forwarded.split(","))
        return Client(str(address), _key(address), by_proxy)

    def _passed_on(self, proxy: Address, forwarded: Sequence[str]) -> Address:
        found = proxy
        for item in reversed(forwarded):
            address = _address(item)
            if address is None:
                break
            found = address
            if not self._is_proxy(address):
                break
        return found

    def _is_proxy(self, address: Address) -> bool:
        return _is_in(address, self._proxies)


def _address(text: str) -> Address | None:
    """An address, with a port or without; ``None`` for anything else."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _key(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, _IPV6_PREFIX), strict=False))


def address_in(text: str, among: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Is that an address in one of the networks?"""
    address = _address(text)
    return address is not None and _is_in(address, among)


def _is_in(address: Address, among: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in among)
