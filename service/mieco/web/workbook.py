"""The answer to a query as an Excel workbook."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import IO

from flask import Response, request

from mieco.engine.base import JSON_RESULTS, Query
from mieco.errors import AnswerTooLarge
from mieco.present.formats import XLSX
from mieco.releases import Manifest
from mieco.web.protocol import cancellation
from mieco.web.service import service
from mieco.workbook import About, make_workbook

_PIECE = 1 << 18


def respond_workbook(query: Query, seconds: float) -> Response:
    """The whole workbook, of known length.  Raises what the engine and the making raise."""
    settings = service().settings
    deadline = time.monotonic() + seconds
    with ExitStack() as failing, tempfile.TemporaryFile(dir=settings.data) as results:
        with service().engine.use() as (engine, release):
            asked = replace(query, solutions=JSON_RESULTS, graph=None)
            answer = engine.query(asked, seconds=seconds, cancellation=cancellation())
            with contextlib.closing(answer):
                for piece in answer.chunks:
                    results.write(piece)
                    if results.tell() > settings.max_answer << 20:
                        raise AnswerTooLarge(megabytes=settings.max_answer)
        results.seek(0)
        book = tempfile.TemporaryFile(dir=settings.data)  # noqa: SIM115 (closed by the response)
        failing.callback(book.close)
        remaining = max(1.0, deadline - time.monotonic())
        about = _about(query, release.manifest)
        make_workbook(results, about, book, settings, seconds=remaining)
        failing.pop_all()
    response = Response(_pieces(book), content_type=XLSX.content_type)
    response.content_length = book.seek(0, 2)
    book.seek(0)
    response.call_on_close(book.close)
    response.headers["Content-Disposition"] = 'attachment; filename="mieco.xlsx"'
    return response


def _about(query: Query, manifest: Manifest) -> About:
    return [
        ("来源 source", request.base_url),
        ("发布 release", f"{manifest.number} ({manifest.created})"),
        ("许可 licence", "CC BY 4.0"),
        ("查询 query", query.text),
    ]


def _pieces(book: IO[bytes]) -> Iterator[bytes]:
    while piece := book.read(_PIECE):
        yield piece
