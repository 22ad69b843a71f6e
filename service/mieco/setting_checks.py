"""What the value of a setting must be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Literal, get_origin
from urllib.parse import urlsplit

from mieco.errors import BadSetting, Text

_RANGES: dict[str, tuple[float, float]] = {
    "port": (1, 65535),
    "timeout": (0.001, 86_400),
    "max_timeout": (0.001, 86_400),
    "workers": (1, 256),
    "memory": (0, 1_048_576_000),
    "worker_memory": (64, 1_048_576),
    "writer_memory": (64, 1_048_576),
    "import_timeout": (0.001, 86_400),
    "dumps": (1, 1_073_741_824),
    "dump_timeout": (0.001, 86_400),
    "cache": (0, 1_048_576),
    "queue": (0, 1024),
    "max_query": (1, 1_048_576),
    "max_upload": (1, 1_048_576),
    "max_answer": (1, 1_048_576),
    "engine_connections": (1, 1024),
    "client_requests": (0, 1_000_000_000),
    "client_concurrent": (0, 1_000_000),
    "stop_timeout": (0.001, 86_400),
    "slow": (0, 86_400),
}
_NETWORKS = ("proxies", "metrics_networks")
# An empty variable stands for the default.
_NO_NETWORK = "none"
_ADDRESSES = ("base", "engine", "engine_update")
# A host name or address, a port, and segments of which none is "." or ".." (RFC 3986 §3.2, §5.2.4).
_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:/(?!\.{1,2}(?:/|$))[a-z0-9._~-]+)*/?",
    re.IGNORECASE,
)
# A field name and its value (RFC 9110 §5.1, §5.5).
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: *[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


def variable(name: str) -> str:
    """The environment variable of a setting: ``timeout`` → ``MIECO_TIMEOUT``."""
    return f"MIECO_{name.upper()}"


def networks(text: str) -> list[IPv4Network | IPv6Network]:
    """Networks separated by commas, or none for ``none``.  Raises ValueError for anything else."""
    named = [each.strip() for each in text.split(",") if each.strip() not in ("", _NO_NETWORK)]
    return [ip_network(each, strict=False) for each in named]


def parse(name: str, kind: Any, text: str) -> object:
    """The value that a text gives a setting of a kind.  Raises BadSetting."""
    if get_origin(kind) is Literal:
        return text  # check() knows the choices
    if kind is bool:
        lowered = text.strip().lower()
        if lowered in {"1", "true", "yes", "on"}:
            return True
        if lowered in {"", "0", "false", "no", "off"}:
            return False
        raise BadSetting(
            name=variable(name), value=text, reason=Text("应为 1 或 0", "must be 1 or 0")
        )
    try:
        return kind(text)
    except ValueError:
        wanted = (
            Text("应为整数", "must be a whole number")
            if kind is int
            else Text("应为数字", "must be a number")
        )
        raise BadSetting(name=variable(name), value=text, reason=wanted) from None


def check(settings: object, choices: Mapping[str, Sequence[str]]) -> None:
    """Raises BadSetting for a value that a setting cannot have; ``choices`` are those of words."""
    for name, (low, high) in _RANGES.items():
        if not low <= getattr(settings, name) <= high:
            within = Text(
                f"应在 {low:g} 到 {high:g} 之间", f"must lie between {low:g} and {high:g}"
            )
            raise _bad(settings, name, within)
    for name, known in choices.items():
        if getattr(settings, name) not in known:
            words = [word for word in known if word]
            one = Text(f"应为 {' 或 '.join(words)}", f"must be {' or '.join(words)}")
            raise _bad(settings, name, one)
    for name in _ADDRESSES:
        text = getattr(settings, name)
        if text and not _is_address(text):
            raise _bad(
                settings,
                name,
                Text(
                    "应为 http 或 https 开头的完整地址，路径只含字母、数字和 . _ ~ -，"
                    "没有查询、片段和密码",
                    "must be an absolute http or https URL whose path has letters, digits and"
                    " . _ ~ - only, without query, fragment or password",
                ),
            )
    for name in _NETWORKS:
        try:
            networks(getattr(settings, name))
        except ValueError:
            each = Text("应为网段，如 10.0.0.0/8", "must be networks such as 10.0.0.0/8")
            raise _bad(settings, name, each) from None
    header = str(getattr(settings, "engine_header", ""))
    if header and not _HEADER.fullmatch(header):
        # The value is a secret, and is not repeated.
        reason = Text("应为“名称: 值”", "must be 'Name: value'")
        raise BadSetting(name=variable("engine_header"), value="********", reason=reason)


def _bad(settings: object, name: str, reason: Text) -> BadSetting:
    # What stands before "@" in an address is a secret (RFC 3986 §3.2.1), and is not repeated.
    value = re.sub(r"//.*@", "//********@", str(getattr(settings, name)))
    return BadSetting(name=variable(name), value=value, reason=reason)


def _is_address(text: str) -> bool:
    if not _ADDRESS.fullmatch(text):
        return False
    try:
        return urlsplit(text).port != 0
    except ValueError:  # a port beyond 65535, or brackets around what is no address
        return False
