"""Which files a release consists of, and the size and SHA-256 of each.

    DIR/releases/1/checksums.json
        {"files": {"store/CURRENT": {"size": 16, "sha256": "…"}, …}, "version": "…"}

They are written when the release is added, and never again: they tell what was published,
whatever has become of the files since.  What is made beside a release later
(mieco/engine/on_disk.py) is not among them, nor are the engine's notes on what it did, which nobody
reads and which tell where the data are on this machine.

``version`` is that of the mieco which published the release here, with an entry in its audit log;
one that was fetched from elsewhere, or that a version without such a log made, has none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from mieco import __version__
from mieco.errors import BadRelease, Text
from mieco.progress import Progress

FILE: Final = "checksums.json"

# So many files are read at once.
_AT_ONCE = 4
_PIECE = 1 << 20
# To have a smaller one read by another thread takes longer than to read it.
_LARGE = 1 << 20
# What a release of a version that wrote no checksums consists of.
_PARTS = (
    "added.nq",
    "contradictions.json",
    "facts.npz",
    "manifest.json",
    "names.sqlite",
    "removed.nq",
    "rules.json",
    "statistics.json",
    "store",
)
# This list itself, and the notes of RocksDB on its own work.
_APART = re.compile(r"checksums\.json|store/LOG(?:\.old\.[0-9]+)?", re.ASCII)
# A path below the folder of a release, whoever tells it: no way leads out of the folder.
_PATH = re.compile(r"(?!\.{1,2}(?:/|$))[\w.+-]+(?:/(?!\.{1,2}(?:/|$))[\w.+-]+)*", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checksum:
    """The size of a file in bytes, and its SHA-256 in hexadecimal digits."""

    size: int
    sha256: str


# By the path below the folder of the release, with slashes, in order.
Checksums = Mapping[str, Checksum]


# The SHA-256 of files, by where they are on the disk, how large and of when.
Digests = MutableMapping[tuple[int, int, int, int], str]


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a file of a release."""

    path: str
    kind: Literal["missing", "unreadable", "size", "content"]


# So many files that are damaged are named.
_TOLD = 5
_KINDS = {
    "missing": Text("缺失", "is missing"),
    "unreadable": Text("读不出来", "cannot be read"),
    "size": Text("大小不符", "is not as long as it was"),
    "content": Text("内容与校验和不符", "has not its checksum"),
}


def write(folder: Path, before: Path | None = None) -> Checksums:
    """Writes the checksums of all that is in the folder of a staged release, and gives them.

    ``before`` is the folder of the release that it was made from.  Of a file that both have, as
    hard links to the same bytes, the checksum is the one that was written then: it need not be
    read again, and one that was damaged since does not pass for whole.  Raises OSError.
    """
    known = _by_place(before) if before else {}
    found: dict[str, Checksum] = {}
    fresh: list[str] = []
    for path in _files(str(folder)):
        checksum = known.get(_place(folder / path))
        if checksum:
            found[path] = checksum
        else:
            fresh.append(path)
    return _kept(folder, found | _summed(folder, fresh), {"version": __version__})


def keep(folder: Path, checksums: Checksums) -> Checksums:
    """Writes checksums that are known, and gives them in order.  Raises OSError."""
    return _kept(folder, checksums, {})


def _kept(folder: Path, checksums: Checksums, told: Mapping[str, str]) -> Checksums:
    ordered = dict(sorted(checksums.items()))
    document = {"files": as_json(ordered), **told}
    (folder / FILE).write_text(json.dumps(document, indent=1) + "\n", "ascii")
    return ordered


def publisher(folder: Path) -> str:
    """The version of mieco that published a release here; empty where that is not told."""
    try:
        version = json.loads((folder / FILE).read_text(encoding="ascii")).get("version", "")
    except (OSError, ValueError, AttributeError):
        return ""
    return version if isinstance(version, str) else ""


def read(folder: Path) -> Checksums | None:
    """The checksums that were written with a release; ``None`` where an earlier version made it.

    Raises BadRelease where they cannot be read.
    """
    try:
        return of_json(json.loads((folder / FILE).read_text(encoding="ascii"))["files"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        reason = Text(f"{FILE} 无法读取", f"its {FILE} is broken")
        raise BadRelease(release=folder.name, reason=reason) from None


def told(folder: Path) -> Checksums:
    """The checksums of a release: those that were written, else those of the files as they are.

    The latter are not kept: they tell nothing of what was published.  Raises BadRelease.
    """
    written = read(folder)
    if written is not None:
        return written
    try:
        paths = [path for path in _files(str(folder)) if path.partition("/")[0] in _PARTS]
        return dict(sorted(_summed(folder, paths).items()))
    except OSError as error:
        raise BadRelease(release=folder.name, reason=error.strerror or str(error)) from None


def verify(
    folder: Path,
    checksums: Checksums,
    progress: Progress | None = None,
    digests: Digests | None = None,
) -> list[Damage]:
    """What is wrong with the files of a release; nothing if they are as they were published.

    ``progress`` is told of each file in kilobytes.  A file that several releases share is read
    once by who gives the same ``digests`` for all of them.
    """
    found = []
    known = {} if digests is None else digests
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        looks = threads.map(lambda each: _look(folder, each[0], each[1], known), checksums.items())
        for (path, checksum), kind in zip(checksums.items(), looks, strict=True):
            if kind:
                found.append(Damage(path, kind))
            if progress:
                progress.step(checksum.size // 1000)
    return found


def in_words(found: Sequence[Damage]) -> Text:
    """What is wrong with files, in some words."""
    told = [(each.path, _KINDS[each.kind]) for each in found[:_TOLD]]
    zh = "；".join(f"{path} {kind.zh}" for path, kind in told)
    en = "; ".join(f"{path} {kind.en}" for path, kind in told)
    if more := len(found) - len(told):
        zh, en = f"{zh}；另有 {more} 个", f"{en}; and {more} more"
    return Text(zh, en)


def verify_sizes(folder: Path, checksums: Checksums) -> list[Damage]:
    """What is missing of a release, or not as long as it was; nothing is read."""
    found = []
    for path, checksum in checksums.items():
        try:
            if (folder / path).stat().st_size != checksum.size:
                found.append(Damage(path, "size"))
        except FileNotFoundError:
            found.append(Damage(path, "missing"))
        except OSError:
            found.append(Damage(path, "unreadable"))
    return found


def sha256(path: Path) -> str:
    """The SHA-256 of a file.  Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def of_bytes(content: bytes) -> Checksum:
    """The checksum of a content."""
    return Checksum(len(content), hashlib.sha256(content).hexdigest())


def digest_of(checksums: Checksums) -> str:
    """One digest of all: that of the lines which sha256sum(1) would write of them."""
    lines = "".join(f"{each.sha256}  {path}\n" for path, each in sorted(checksums.items()))
    return hashlib.sha256(lines.encode("ascii")).hexdigest()


def as_json(checksums: Checksums) -> dict[str, dict[str, int | str]]:
    """Checksums as JSON."""
    return {path: asdict(checksum) for path, checksum in checksums.items()}


def of_json(document: Any) -> Checksums:
    """The inverse of :func:`as_json`, whoever tells it.

    Raises ValueError, TypeError, KeyError or AttributeError for what is none: a path that leads
    out of the folder among it.
    """
    found = {}
    for path, each in sorted(document.items()):
        size, digest = each["size"], each["sha256"]
        whole = type(size) is int and size >= 0 and _DIGEST.fullmatch(digest)
        if not whole or not _PATH.fullmatch(path) or path == FILE:
            raise ValueError(path)
        found[path] = Checksum(size, digest)
    return found


def _look(folder: Path, path: str, checksum: Checksum, digests: Digests) -> Any:
    """The kind of damage of a file, if there is any."""
    try:
        state = (folder / path).stat()
        if state.st_size != checksum.size:
            return "size"
        place = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
        if place not in digests:
            digests[place] = sha256(folder / path)
        return None if digests[place] == checksum.sha256 else "content"
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"


def _summed(folder: Path, paths: Iterable[str]) -> dict[str, Checksum]:
    """The checksums of files as they are now; large ones beside each other.  Raises OSError."""
    sizes = {path: (folder / path).stat().st_size for path in paths}
    large = [path for path, size in sizes.items() if size >= _LARGE]
    digests = {path: sha256(folder / path) for path in sizes.keys() - set(large)}
    if large:
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            summed = threads.map(lambda path: sha256(folder / path), large)
            digests |= zip(large, summed, strict=True)
    return {path: Checksum(size, digests[path]) for path, size in sizes.items()}


def _files(folder: str, below: str = "") -> Iterator[str]:
    """The paths of the files in a folder, all but those that are apart from a release."""
    with os.scandir(os.path.join(folder, below)) as entries:  # noqa: PTH118 (five times as quick)
        for entry in entries:
            path = below + entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from _files(folder, f"{path}/")
            elif entry.is_file(follow_symlinks=False) and not _APART.fullmatch(path):
                yield path


def _by_place(folder: Path) -> dict[tuple[int, int], Checksum]:
    """What was written of a release, by where on the disk its files are now."""
    found: dict[tuple[int, int], Checksum] = {}
    with contextlib.suppress(BadRelease):  # then everything is read
        for path, checksum in (read(folder) or {}).items():
            with contextlib.suppress(OSError):  # it is not there any more
                found[_place(folder / path)] = checksum
    return found


def _place(path: Path) -> tuple[int, int]:
    """What two names of a file have in common, and no other file of this moment."""
    state = os.stat(path)  # noqa: PTH116 (with as few calls as can be)
    return state.st_dev, state.st_ino
