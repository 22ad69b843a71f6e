"""Sheets as downloads: CSV, and an Excel workbook that says what it is and how to cite it."""

from __future__ import annotations

import io
from collections.abc import Sequence

from flask import Response

from mieco.ask.comparison.sheets import NOT_FOUND, Sheet
from mieco.errors import Text
from mieco.present.formats import CSV, XLSX
from mieco.present.moments import moment
from mieco.present.spreadsheet_csv import BOM
from mieco.releases import Release
from mieco.sheet_workbook import write_sheet_workbook
from mieco.web.file_names import name_file
from mieco.web.protocol import parameters
from mieco.web.reader import language


def csv_response(text: str, release: Release, *names: str) -> Response:
    """A table for programs, or with ``bom=1`` for Excel."""
    bom = BOM if parameters().get("bom") == "1" else ""
    response = Response(bom + text, content_type=CSV.content_type)
    name_file(response, release.manifest, *names, extension=CSV.name)
    response.headers["Content-Language"] = language()
    return response


def workbook_response(
    sheets: Sequence[Sheet], cited: Text, release: Release, *names: str
) -> Response:
    """The sheets as a workbook."""
    manifest = release.manifest
    about = [
        (Text("引用", "cite as"), cited.in_(language())),
        (Text("发布", "release"), f"{manifest.number} ({moment(manifest.created)})"),
        (Text("许可", "licence"), "CC BY 4.0"),
        (
            Text("未见记录", "not found"),
            Text(
                f"“{NOT_FOUND.zh}”和空格表示没有查到，不是零，也不等于没有。",
                f"'{NOT_FOUND.en}' and empty cells are no zeros: what was not found may exist.",
            ).in_(language()),
        ),
    ]
    book = io.BytesIO()
    write_sheet_workbook(sheets, about, language(), book)
    response = Response(book.getvalue(), content_type=XLSX.content_type)
    name_file(response, manifest, *names, extension=XLSX.name)
    response.headers["Content-Language"] = language()
    return response
