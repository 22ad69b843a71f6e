"""The template as CSV files, one for each sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from mieco.intake.headings import bilingual
from mieco.template.source import Template


def csv_files(template: Template, *, filled: bool = False) -> Mapping[str, bytes]:
    """The files by name: a heading row, and the rows of the example where ``filled``.

    They begin with a byte order mark, without which Excel takes Chinese for something else.
    """
    files = {}
    for sheet in template.sheets:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(bilingual(field.title) for field in sheet.fields)
        for row in template.example[sheet.table.name] if filled else ():
            writer.writerow(row.get(field.name, "") for field in sheet.fields)
        files[f"{sheet.table.name}.csv"] = text.getvalue().encode("utf-8-sig")
    return files
