"""A workbook as a file whose bytes depend on its content alone."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import IO

from openpyxl import Workbook

_PROPERTIES = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
# The first moment that a ZIP archive can name.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def save(book: Workbook, out: IO[bytes], date: dt.date) -> None:
    """Writes a workbook as one that was made on a date.

    openpyxl puts the present moment into every file that it saves.
    """
    book.properties.created = dt.datetime(date.year, date.month, date.day)  # noqa: DTZ001 (UTC to openpyxl)
    draft = io.BytesIO()
    book.save(draft)
    with (
        zipfile.ZipFile(draft) as made,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in made.namelist():
            content = made.read(name)
            if name == _PROPERTIES:
                stamp = f"{date.isoformat()}T00:00:00Z".encode()
                content = _MODIFIED.sub(rb"\g<1>" + stamp, content)
            part = zipfile.ZipInfo(name, _EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(part, content)
