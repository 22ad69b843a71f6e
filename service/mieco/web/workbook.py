"""The answer to a query as an Excel workbook."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from flask import Response, request

from mieco.engine.base import JSON_RESULTS, Entailment, Query
from mieco.errors import AnswerTooLarge
from mieco.present.formats import XLSX
from mieco.releases import Manifest
from mieco.web.entailment import with_entailment
from mieco.web.protocol import cancellation
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.workbook import FACTS_IN_WORDS, About, write_job

_PIECE = 1 << 18


def respond_workbook(query: Query, seconds: float) -> Response:
    """The whole workbook, of known length.  Raises what the engine and the making raise."""
    deadline = time.monotonic() + seconds
    with tempfile.NamedTemporaryFile(dir=service().settings.data) as job:
        used = _collect(query, job, seconds)
        job.flush()
        left = max(0.1, deadline - time.monotonic())
        return with_entailment(respond_made(Path(job.name), "mieco.xlsx", seconds=left), used)


def respond_made(job: Path, name: str, *, seconds: float) -> Response:
    """The workbook of a job file, under a name.  Raises what the making raises."""
    with contextlib.ExitStack() as failing:
        book = tempfile.TemporaryFile(dir=service().settings.data)  # noqa: SIM115 (by the response)
        failing.callback(book.close)
        service().workbooks.make(job, book, seconds=seconds, cancellation=cancellation())
        failing.pop_all()
    response = Response(_pieces(book), content_type=XLSX.content_type)
    response.content_length = book.seek(0, os.SEEK_END)
    book.seek(0)
    response.call_on_close(book.close)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _collect(query: Query, job: IO[bytes], seconds: float) -> Entailment:
    """Writes the job file of a workbook: what it is about, and the results.

    Returns which facts these rest on.
    """
    most = service().settings.max_answer
    with reading(lasting=False) as (engine, release):
        asked = replace(query, solutions=JSON_RESULTS, graph=None)
        answer = engine.query(asked, seconds=seconds, cancellation=cancellation())
        with contextlib.closing(answer):
            write_job(job, _about(query, release.manifest, answer.entailment))
            for piece in answer.chunks:
                job.write(piece)
                if job.tell() > most << 20:
                    raise AnswerTooLarge(megabytes=most)
        return answer.entailment


def _about(query: Query, manifest: Manifest, used: Entailment) -> About:
    return [
        ("来源 source", request.base_url),
        ("发布 release", f"{manifest.number} ({manifest.created})"),
        ("依据的事实 facts", FACTS_IN_WORDS[used]),
        ("许可 licence", "CC BY 4.0"),
        ("查询 query", query.text),
    ]


def _pieces(book: IO[bytes]) -> Iterator[bytes]:
    while piece := book.read(_PIECE):
        yield piece
