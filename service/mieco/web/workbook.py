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
from mieco.manifest import Manifest
from mieco.present.formats import XLSX
from mieco.present.moments import moment
from mieco.scratch import scratch
from mieco.web.entailment import with_entailment
from mieco.web.file_names import name_file
from mieco.web.protocol import cancellation
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.workbook import FACTS_IN_WORDS, About, write_job

_PIECE = 1 << 18


def respond_workbook(query: Query, seconds: float) -> Response:
    """The whole workbook, of known length.  Raises what the engine and the making raise."""
    deadline = time.monotonic() + seconds
    with tempfile.NamedTemporaryFile(dir=scratch(service().settings)) as job:
        used, manifest = _collect(query, job, seconds)
        job.flush()
        left = max(0.1, deadline - time.monotonic())
        made = respond_made(Path(job.name), manifest, "query", seconds=left)
        return with_entailment(made, used)


def respond_made(job: Path, manifest: Manifest, name: str, *, seconds: float) -> Response:
    """The workbook of a job file, called by what is in it.  Raises what the making raises."""
    with contextlib.ExitStack() as failing:
        folder = scratch(service().settings)
        book = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (by the response)
        failing.callback(book.close)
        service().workbooks.make(job, book, seconds=seconds, cancellation=cancellation())
        failing.pop_all()
    response = Response(_pieces(book), content_type=XLSX.content_type)
    response.content_length = book.seek(0, os.SEEK_END)
    book.seek(0)
    response.call_on_close(book.close)
    name_file(response, manifest, name, extension=XLSX.name)
    return response


def _collect(query: Query, job: IO[bytes], seconds: float) -> tuple[Entailment, Manifest]:
    """Writes the job file of a workbook: what it is about, and the results.

    Returns which facts these rest on, and the release.
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
        return answer.entailment, release.manifest


def _about(query: Query, manifest: Manifest, used: Entailment) -> About:
    return [
        ("来源 source", request.base_url),
        ("发布 release", f"{manifest.number} ({moment(manifest.created)})"),
        ("依据的事实 facts", FACTS_IN_WORDS[used]),
        ("许可 licence", "CC BY 4.0"),
        ("查询 query", query.text),
    ]


def _pieces(book: IO[bytes]) -> Iterator[bytes]:
    while piece := book.read(_PIECE):
        yield piece
