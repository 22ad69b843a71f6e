"""``/import/template.xlsx`` and its kin: the workbook to fill in, for anybody."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from functools import cache

from flask import Blueprint, Response, request

from mieco.present.formats import XLSX
from mieco.template import Template, csv_files, installed_template, write_template

blueprint = Blueprint("workbook_template", __name__)

_ZIP_TYPE = "application/zip"
# The first moment that a ZIP archive can name: the same content is the same file.
_EPOCH = (1980, 1, 1, 0, 0, 0)


@blueprint.get("/import/template.xlsx")
def template() -> Response:
    return _download(_workbook(filled=False), XLSX.media_type, "mieco-template.xlsx")


@blueprint.get("/import/example.xlsx")
def example() -> Response:
    return _download(_workbook(filled=True), XLSX.media_type, "mieco-example.xlsx")


@blueprint.get("/import/template.zip")
def csv_archive() -> Response:
    return _download(_archive(), _ZIP_TYPE, "mieco-template.zip")


def _download(content: bytes, content_type: str, name: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(hashlib.sha256(content).hexdigest())
    response.make_conditional(request)
    return response


@cache
def _template() -> Template:
    return installed_template()


@cache
def _workbook(*, filled: bool) -> bytes:
    out = io.BytesIO()
    write_template(out, _template(), filled=filled)
    return out.getvalue()


@cache
def _archive() -> bytes:
    return _zipped(csv_files(_template()))


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            part = zipfile.ZipInfo(name, _EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(part, content)
    return out.getvalue()
