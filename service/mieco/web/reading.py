"""What every read shares: the engine of its release, and whether its asker has the answer already.

An answer that rests on a release and on nothing else is marked by it (RFC 9110 §8.8.3), and not
given again to who holds that mark.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import cast

from flask import Flask, Response, abort, g, request

from mieco import __version__
from mieco.ask.parameters import today
from mieco.engine.base import Engine
from mieco.errors import Language
from mieco.releases import Release
from mieco.web.environ import NATURE
from mieco.web.reader import language
from mieco.web.release import asked_release
from mieco.web.service import service

_SAFE = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class _Read:
    """The release that a request was answered from, and the mark of the answer."""

    number: int
    tag: str | None


def init_app(app: Flask) -> None:
    """Says of every answer from which release it is, and marks it."""
    app.after_request(_mark)


@contextmanager
def reading(
    *, lasting: bool = True, of: AbstractContextManager[tuple[Engine, Release]] | None = None
) -> Iterator[tuple[Engine, Release]]:
    """The engine and the release that this request is about; ``of`` are those in use already.

    Who holds the answer already is told so at once, unless it is not ``lasting``: one that may
    differ the next time by more than the release.

    Raises BadParameter or NotFound for a release that is not there, Overloaded where others
    hold the places of past ones, and EngineUnavailable.
    """
    asked = asked_release()
    with ExitStack() as leave:
        engine, release = leave.enter_context(of or service().engine.use())
        if asked is not None and asked.manifest.number != release.manifest.number:
            leave.close()
            release = asked
        tag = _tag(release) if lasting and request.method in _SAFE else None
        if nature := request.environ.get(NATURE):
            nature.lasting = lasting
        g.read = _Read(release.manifest.number, tag)
        if tag:
            _end_if_held(tag)
        if release is asked:
            engine = leave.enter_context(service().past.use(release))
        yield engine, release


def _tag(release: Release) -> str:
    """The mark of the answer to this request."""
    return tag_of(
        release,
        service().mark,
        accept=request.headers.get("Accept", ""),
        language=language(),
        root=request.url_root,
        path=request.path,
        query_string=request.query_string,
        current=service().releases.current_number() if asked_release() else None,
    )


def tag_of(
    release: Release,
    mark: str,
    *,
    accept: str,
    language: Language,
    root: str,
    path: str,
    query_string: bytes,
    current: int | None = None,
) -> str:
    """The mark of an answer: its release and program, and whatever else chose its words.

    The same address gives another page to other languages and other formats, and browsers send
    the mark of the one they have when they want the other.  Some pages name the day, and those
    of a past release the current one.  With the address in it nobody holds a mark of what is
    not there.
    """
    facts = (
        accept,
        language,
        root,
        path,
        query_string,
        today().isoformat(),
        release.manifest.created,
        current,
        mark,
    )
    digest = hashlib.blake2s(repr(facts).encode(), digest_size=6).hexdigest()
    return f"{release.manifest.number}-{__version__}-{digest}"


def _end_if_held(tag: str) -> None:
    """Ends the request with 304 for who holds the answer (RFC 9110 §13.1.2, weak comparison).

    "*" is left for the end, when it is known that there is something.
    """
    held = request.if_none_match
    if held.star_tag:
        return
    for each in (tag, f"{tag}-gzip"):
        if held.contains_weak(each):
            response = Response(status=304)
            response.set_etag(each, weak=True)
            response.vary.add("Accept-Encoding")
            del response.headers["Content-Type"]
            abort(_told(response))


def _told(response: Response) -> Response:
    read = cast(_Read, g.read)
    response.headers["Mieco-Release"] = str(read.number)
    if request.method in _SAFE:
        response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _mark(response: Response) -> Response:
    read: _Read | None = g.get("read")
    if read is None or response.status_code != 200:  # noqa: PLR2004
        return response
    if read.tag and not response.get_etag()[0]:
        response.set_etag(read.tag, weak=True)
        if request.if_none_match.star_tag:
            response.make_conditional(request)
    return _told(response)
