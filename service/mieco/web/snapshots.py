"""``/download/N/snapshot``: a release as it lies on disk, for another mieco to take over."""

from __future__ import annotations

from flask import Blueprint, jsonify, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mieco import checksums
from mieco.checksums import Checksums
from mieco.errors import BadRelease, NotFound, Text
from mieco.making.shelf import Kept
from mieco.releases import Release
from mieco.web.history import LATEST, numbered, release_of, to_numbered
from mieco.web.made_file import respond_kept
from mieco.web.protocol import deadline
from mieco.web.service import service

blueprint = Blueprint("snapshots", __name__)

_ANY = "application/octet-stream"
# What has a number and a checksum stays what it is.
_FOR_EVER = "public, max-age=31536000, immutable"


@blueprint.get("/download/<number>/snapshot")
def listing(number: str) -> AnyResponse:
    """The files that a release consists of, with the size and SHA-256 of each."""
    if number == LATEST:
        return to_numbered(url_for("snapshots.listing", number=numbered(number)))
    release = release_of(number)
    files = _files_of(release)
    told = {
        "release": release.manifest.number,
        "created": release.manifest.created,
        "bytes": sum(each.size for each in files.values()),
        "files": checksums.as_json(files),
    }
    response = jsonify(told)
    response.set_etag(checksums.digest_of(files))
    response.headers["Cache-Control"] = "no-cache"
    return response.make_conditional(request)


@blueprint.get("/download/<number>/snapshot/<path:path>")
def file(number: str, path: str) -> AnyResponse:
    """One of them, whole or a part of it."""
    if number == LATEST:
        return to_numbered(url_for("snapshots.file", number=numbered(number), path=path))
    release = release_of(number)
    # Only what is listed has a place; nothing that is asked for becomes a path on disk by itself.
    checksum = _files_of(release).get(path)
    if checksum is None:
        where = url_for("snapshots.listing", number=release.manifest.number)
        raise NotFound(
            what=Text("文件", "file"),
            name=path,
            near=Text(f"其文件列在 {where}。", f"Its files are listed at {where}."),
        )
    found = _opened(release, path, checksum)
    return respond_kept(found, _ANY, path.rpartition("/")[2], _FOR_EVER)


def _opened(release: Release, path: str, checksum: checksums.Checksum) -> Kept:
    """A file of a release.  Raises BadRelease where it cannot be what is listed."""
    damaged = BadRelease(
        release=str(release.manifest.number),
        reason=Text(f"文件 {path} 缺失或不完整", f"its file {path} is missing or not whole"),
    )
    try:
        opened = (release.folder / path).open("rb")
    except OSError:
        raise damaged from None
    if opened.seek(0, 2) != checksum.size:
        opened.close()
        raise damaged
    opened.seek(0)
    return Kept(opened, checksum.size, checksum.sha256)


def _files_of(release: Release) -> Checksums:
    """Read, or worked out, once for those who ask for a release.  Raises BadRelease, Overloaded."""
    return service().checksums.of(
        release, lambda: checksums.told(release.folder), seconds=deadline()
    )
