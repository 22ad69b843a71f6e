"""gzip for those who ask for it (RFC 9110 §12.5.3)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request
from werkzeug.datastructures import Accept

# What is smaller gains nothing; what is not text is compressed already.
_WORTH_IT = 1024
# Up to this size an answer is compressed whole.
_WHOLE = 1 << 20
_TEXTS = ("text/", "application/json", "application/xml", "image/svg+xml")
_SUFFIXES = ("+json", "+xml", "triples", "quads", "trig", "javascript")
_LEVEL = 5
_GZIP_WRAPPER = 16 + zlib.MAX_WBITS


def init_app(app: Flask) -> None:
    """Compresses answers on their way out."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if request.endpoint == "static":
        return _compress_file(response)
    # Whoever may ask for a part of the bytes must count the same ones.
    if not _is_text(response.mimetype or "") or response.accept_ranges == "bytes":
        return response
    response.vary.add("Accept-Encoding")
    length = response.content_length
    small = length is not None and not is_worth_it(length)
    if not _wanted() or small or response.status_code in (204, 304) or response.content_encoding:
        return response
    response.direct_passthrough = False
    if response.is_sequence or (length is not None and length <= _WHOLE):
        response.set_data(compressed(response.get_data()))
    else:
        response.response = _compressed(response.iter_encoded())
        del response.headers["Content-Length"]
    response.content_encoding = "gzip"
    etag, weak = response.get_etag()
    if etag:
        # Another representation, so another tag (§8.8.3).
        response.set_etag(f"{etag}-gzip", bool(weak))
    return response


def is_worth_it(length: int) -> bool:
    """Is an answer of so many bytes compressed, where that is asked for?"""
    return length >= _WORTH_IT


def compressed(body: bytes) -> bytes:
    """A whole answer, compressed."""
    return gzip.compress(body, _LEVEL, mtime=0)


def _compress_file(response: Response) -> Response:
    """A file of the pages, compressed once as well as can be: scripts are large and never change.

    Its tag stays, as a weak one, so that who holds either form is told so (§8.8.3.2).
    """
    if not _is_text(response.mimetype or ""):
        return response
    response.vary.add("Accept-Encoding")
    tag, _ = response.get_etag()
    if not _wanted() or response.status_code != 200 or not tag:  # noqa: PLR2004
        return response
    path = Path(current_app.static_folder or "", str((request.view_args or {})["filename"]))
    response.direct_passthrough = False
    response.close()
    response.set_data(_file(path, tag))
    response.content_encoding = "gzip"
    response.set_etag(tag, weak=True)
    del response.headers["Accept-Ranges"]
    return response


@lru_cache(maxsize=256)
def _file(path: Path, _tag: str) -> bytes:
    """A file, compressed; its tag changes with it."""
    return gzip.compress(path.read_bytes(), mtime=0)


def is_gzip_wanted(accepted: Accept) -> bool:
    """Is an answer to be compressed, by its Accept-Encoding header?"""
    return accepted["gzip"] > 0 and accepted["gzip"] >= accepted["identity"]


def _wanted() -> bool:
    return is_gzip_wanted(request.accept_encodings)


def _is_text(media_type: str) -> bool:
    return media_type.startswith(_TEXTS) or media_type.endswith(_SUFFIXES)


def _compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A gzip stream; every piece can be read when it arrives."""
    compressor = zlib.compressobj(_LEVEL, wbits=_GZIP_WRAPPER)
    for piece in pieces:
        yield compressor.compress(piece) + compressor.flush(zlib.Z_SYNC_FLUSH)
    yield compressor.flush()
