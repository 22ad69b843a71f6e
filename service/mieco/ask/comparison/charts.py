"""What of a comparison can be drawn as bars, and the marks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mieco.ask.charts import Chart, Mark
from mieco.ask.comparison.tables import Comparison, Row, Section
from mieco.errors import Language, Text

# Sections that are drawn whole, a bar for each row of each thing.
_WHOLE: Final = ("members", "organisations", "governance", "spaces", "activities", "others")
_VALUE: Final = Text("个数", "number")
_LEAST: Final = 2


@dataclass(frozen=True, slots=True)
class Drawable:
    """A section or an indicator that can be drawn: its key, and what it is called."""

    key: str
    name: str


def drawables(comparison: Comparison, language: Language) -> list[Drawable]:
    """What can be drawn: sections of counts, and indicators with numbers of several things."""
    found = [
        Drawable(section.key, section.name.in_(language))
        for section in comparison.sections
        if section.key in _WHOLE and section.rows
    ]
    return [*found, *(Drawable(row.key, row.name) for row in _numeric(comparison))]


def bars(comparison: Comparison, key: str, language: Language) -> Chart | None:
    """The bars of what is called by that key; ``None`` where nothing is."""
    for section in comparison.sections:
        if section.key == key and key in _WHOLE and section.rows:
            return _of_section(comparison, section, language)
    row = next((row for row in _numeric(comparison) if row.key == key), None)
    return _of_row(comparison, row) if row else None


def _numeric(comparison: Comparison) -> list[Row]:
    """The rows of numbers of one unit that several things have."""
    return [
        row
        for section in comparison.sections
        if section.key == "indicators"
        for row in section.rows
        if sum(bool(cell.numbers) for cell in row.cells) >= _LEAST
        and len({e.unit for cell in row.cells for e in cell.entries if e.number is not None}) == 1
    ]


def _of_section(comparison: Comparison, section: Section, language: Language) -> Chart:
    # With one row below it the sum tells nothing more.
    rows: Sequence[Row] = [row for row in section.rows if not row.key.endswith("-all")]
    marks: list[Mark] = [
        {
            "label": row.name,
            "key": row.key,
            "value": len(cell.entries) or None,
            "shown": str(len(cell.entries)) if cell.entries else "",
            "series": comparison.name(subject),
        }
        for row in rows or section.rows
        for subject, cell in zip(comparison.subjects, row.cells, strict=True)
    ]
    names = {"label": section.name.in_(language), "value": _VALUE.in_(language), "series": ""}
    return Chart("bar", names, marks, len(marks), 0)


def _of_row(comparison: Comparison, row: Row) -> Chart:
    marks: list[Mark] = []
    for subject, cell in zip(comparison.subjects, row.cells, strict=True):
        about = {"label": comparison.name(subject), "key": subject}
        told = [entry for entry in cell.entries if entry.number is not None]
        marks += [
            {
                **about,
                "value": float(entry.number or 0),
                "shown": f"{entry.text} ({entry.date})" if entry.date else entry.text,
            }
            for entry in told
        ]
        if not told:
            marks.append({**about, "value": None, "shown": ""})
    unit = next(e.unit for cell in row.cells for e in cell.entries if e.number is not None)
    return Chart("bar", {"label": "", "value": unit}, marks, len(marks), 0)
