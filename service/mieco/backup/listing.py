"""What a backup consists of: the files of a data directory, each with what must be in it.

    {"made": "2026-11-30T13:58:12.123+00:00", "version": "…", "release": 7, "files": {
      "releases/7/manifest.json": {"size": 1520, "sha256": "…", "mode": 420}, …}}

A list may come from anywhere.  So a path is one that a data directory has, and no way leads out of
it, to its pointer, its keys or its locks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from mieco import __version__
from mieco.access.tokens import FILE as TOKENS
from mieco.audit import FILE as AUDIT
from mieco.checksums import Checksum

ORIGIN: Final = "origin"
# Of these nobody but the owner of the directory may see anything.
SECRET: Final = (AUDIT, TOKENS)

_SEGMENT = r"(?!\.{1,2}(?:/|\Z))[\w.+-]+"
_PATH = re.compile(
    rf"releases/[1-9][0-9]{{0,17}}(?:/{_SEGMENT})+|deliveries/[\w-]{{22}}(?:/{_SEGMENT})+"
    rf"|{re.escape(AUDIT)}|{re.escape(TOKENS)}|{ORIGIN}",
    re.ASCII,
)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MODES = 0o777


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of a backup: its size in bytes, its SHA-256, and who may do what with it."""

    size: int
    sha256: str
    mode: int

    @property
    def checksum(self) -> Checksum:
        return Checksum(self.size, self.sha256)


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup: when it was made (xsd:dateTime in UTC), of which version and current release.

    ``files`` are by their path below the data directory, with slashes.
    """

    made: str
    release: int
    files: Mapping[str, Listed]
    version: str = __version__

    @property
    def size(self) -> int:
        """The bytes of all files, those that are the same counted once."""
        return sum({each.sha256: each.size for each in self.files.values()}.values())

    @property
    def releases(self) -> list[int]:
        """The numbers of the releases in it, in order."""
        parts = (path.split("/") for path in self.files)
        return sorted({int(part[1]) for part in parts if part[0] == "releases"})

    def to_json(self) -> str:
        files = {path: asdict(each) for path, each in sorted(self.files.items())}
        told = {"made": self.made, "version": self.version, "release": self.release}
        return json.dumps({**told, "files": files}, separators=(",", ":")) + "\n"

    @classmethod
    def of_json(cls, text: str) -> Backup:
        """Raises ValueError for what is no list: a path that leads out of it among that."""
        try:
            document = json.loads(text)
            made, version, release = (document[each] for each in ("made", "version", "release"))
            files = {path: _listed(path, each) for path, each in document["files"].items()}
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(str(error)) from None
        if not isinstance(made, str) or not isinstance(version, str) or type(release) is not int:
            raise ValueError("it does not say of what it is")
        backup = cls(made, release, files, version)
        if release not in backup.releases:
            raise ValueError("its release is not in it")
        return backup


def _listed(path: str, each: Any) -> Listed:
    size, digest, mode = each["size"], each["sha256"], each["mode"]
    sound = type(size) is int and size >= 0 and type(mode) is int and 0 <= mode <= _MODES
    if not sound or not _DIGEST.fullmatch(digest) or not _PATH.fullmatch(path):
        raise ValueError(path)
    return Listed(size, digest, mode)
