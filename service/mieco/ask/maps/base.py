"""What may lie below the points of a map: an approved base, with its review number (审图号).

Maps of China that are made public need one (地图管理条例 §15), so a base without it is refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from mieco.errors import BadSetting, Text
from mieco.setting_checks import variable
from mieco.settings import Settings

_MEMBERS: Final = ("{z}", "{x}", "{y}")
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?", re.IGNORECASE)
# What is in a content security policy, and in the address of a tile, without being escaped.
_PLAIN: Final = re.compile(r"[!-~]+")
_MOST_BYTES: Final = 32 << 20
_MOST_TEXT: Final = 200


@dataclass(frozen=True, slots=True)
class MapBase:
    """What lies below the points; all empty where nothing does.

    ``tiles`` is the address of tiles and ``host`` their origin, empty for the service's own;
    ``boundaries`` is a GeoJSON document.
    """

    tiles: str
    host: str
    boundaries: bytes
    approval: str
    attribution: str


def read_map_base(settings: Settings) -> MapBase:
    """The base of maps that the settings name.  Raises BadSetting for one that cannot be used."""
    approval, attribution = settings.map_approval.strip(), settings.map_attribution.strip()
    for name, text in (("map_approval", approval), ("map_attribution", attribution)):
        if len(text) > _MOST_TEXT or not text.isprintable():
            raise _bad(settings, name, "应为一行短文字", "must be a short line of text")
    for name in ("map_tiles", "map_boundaries"):
        if getattr(settings, name) and not approval:
            raise _bad(
                settings,
                name,
                f"底图和边界须有审图号（{variable('map_approval')}）",
                f"tiles and boundaries need a review number ({variable('map_approval')})",
            )
    if approval and not (settings.map_tiles or settings.map_boundaries):
        raise _bad(
            settings,
            "map_approval",
            "没有底图或边界，审图号无所指",
            "there are neither tiles nor boundaries that it could be of",
        )
    return MapBase(
        tiles=settings.map_tiles,
        host=_host(settings) if settings.map_tiles else "",
        boundaries=_boundaries(settings) if settings.map_boundaries else b"",
        approval=approval,
        attribution=attribution,
    )


def _host(settings: Settings) -> str:
    """The origin of the tiles; empty if it is the service's own."""
    address = settings.map_tiles
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    own = address.startswith("/") and not address.startswith("//")
    foreign = (
        parts.scheme in ("http", "https") and port != 0 and bool(_HOST.fullmatch(parts.netloc))
    )
    whole = all(member in address for member in _MEMBERS) and _PLAIN.fullmatch(address)
    # Leaflet would put other things in place of other members.
    if not whole or not (own or foreign) or address.count("{") != len(_MEMBERS):
        raise _bad(
            settings,
            "map_tiles",
            "应为 http(s):// 或 / 开头的地址，含 {z}、{x}、{y} 各一处",
            "must be an address that begins with http(s):// or /, with {z}, {x} and {y} once each",
        )
    return f"{parts.scheme}://{parts.netloc}" if foreign else ""


def _boundaries(settings: Settings) -> bytes:
    path = Path(settings.map_boundaries)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _bad(
                settings,
                "map_boundaries",
                f"文件超过 {_MOST_BYTES >> 20} MB",
                f"the file is larger than {_MOST_BYTES >> 20} MB",
            )
        content = path.read_bytes()
        document = json.loads(content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise _bad(settings, "map_boundaries", f"文件读不到：{reason}", reason) from None
    except (ValueError, RecursionError):
        raise _bad(settings, "map_boundaries", "不是 JSON 文件", "is not a JSON file") from None
    kinds = ("FeatureCollection", "Feature", "GeometryCollection")
    kind = document.get("type") if isinstance(document, dict) else None
    if kind not in kinds and not str(kind).endswith(("Polygon", "LineString")):
        raise _bad(settings, "map_boundaries", "不是 GeoJSON 文件", "is not a GeoJSON file")
    return content


def _bad(settings: Settings, name: str, zh: str, en: str) -> BadSetting:
    return BadSetting(name=variable(name), value=str(getattr(settings, name)), reason=Text(zh, en))
