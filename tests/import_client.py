"""Importing over HTTP as a program does it, and files to import."""

from __future__ import annotations

import io
import json
import re
import time
import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from conftest import BEARER, Reply, Server
from mieco.template import installed_template, write_template

CONSORTIUM = "https://w3id.org/mieco/id/consortium/shili-shebei"
_SETTLED = ("refused", "ready", "published", "failed")
# No deadline of ours: what a test waits for comes, or the test has failed.
_SECONDS = 120.0


@cache
def example() -> bytes:
    """The filled-in example of the template."""
    out = io.BytesIO()
    write_template(out, installed_template(), filled=True)
    return out.getvalue()


def edited(workbook: bytes, old: str, new: str) -> bytes:
    """The same workbook with one text, wherever it is a cell, replaced."""
    book = load_workbook(io.BytesIO(workbook))
    found = 0
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == old:
                    cell.value = new
                    found += 1
    assert found, f"{old} is nowhere"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def multipart(files: Mapping[str, bytes], **fields: str) -> tuple[bytes, str]:
    """A form with files, and its media type."""
    boundary = uuid.uuid4().hex
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    parts += [
        f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, content in files.items()
    ]
    body = b"".join(f"--{boundary}\r\n".encode() + part for part in parts)
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def send(
    server: Server,
    files: Mapping[str, bytes],
    headers: Mapping[str, str] = BEARER,
    **fields: str,
) -> Reply:
    """The answer to an upload."""
    body, content_type = multipart(files, **fields)
    return server.post("/import", body, content_type, **headers)


def upload(server: Server, files: Mapping[str, bytes], **fields: str) -> str:
    """Where a delivery that was taken is."""
    reply = send(server, files, **fields)
    assert reply.status == 202, reply.text
    assert reply.headers["Location"] == reply.json()["links"]["self"]
    return str(reply.headers["Location"])


def settled(server: Server, where: str) -> dict[str, Any]:
    """What came of a delivery."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        reply = server.send("GET", where, BEARER)
        assert reply.status == 200, reply.text
        found: dict[str, Any] = reply.json()
        if found["state"] in _SETTLED:
            return found
        time.sleep(0.05)
    pytest.fail(f"{where} was never settled")


def imported(server: Server, files: Mapping[str, bytes], **fields: str) -> dict[str, Any]:
    """What came of files that were uploaded."""
    return settled(server, upload(server, files, **fields))


def published(server: Server, files: Mapping[str, bytes], **fields: str) -> dict[str, Any]:
    """What came of files that were uploaded and published."""
    ready = imported(server, files, **fields)
    assert ready["state"] == "ready", ready
    reply = server.send("POST", ready["links"]["publish"], BEARER)
    assert reply.status == 202, reply.text
    return settled(server, ready["links"]["self"])


def overview(server: Server) -> dict[str, Any]:
    reply = server.send("GET", "/import", BEARER)
    assert reply.status == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def undo_all(server: Server) -> None:
    """Back to the first release."""
    while overview(server)["undo"]:
        assert server.send("POST", "/import/undo", BEARER).status == 204


def dump(server: Server) -> list[str]:
    """Every quad that the service answers from, sorted.

    Blank nodes have no names here: each engine that is opened names them anew.
    """
    reply = server.get("/sparql", "text/csv", query="SELECT * { GRAPH ?g { ?s ?p ?o } }")
    assert reply.status == 200, reply.text
    return sorted(re.sub(r"_:\w+", "_:", reply.text).splitlines())


def failure(found: dict[str, Any], folder: Path) -> str:
    """The English message of a delivery that failed, in both languages and without a path."""
    assert found["state"] == "failed", found
    assert found["error"]["zh"]
    assert str(folder) not in json.dumps(found, ensure_ascii=False)
    assert "/tmp" not in json.dumps(found, ensure_ascii=False)
    return f"{found['error']['en']} {found['error']['hint_en']}"
