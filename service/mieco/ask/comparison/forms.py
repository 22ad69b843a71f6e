"""Comparisons as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mieco.ask.comparison.province_figures import FIGURES, Figures
from mieco.ask.comparison.records import Matrix, Recorded
from mieco.ask.comparison.sheets import column_name
from mieco.ask.comparison.tables import Comparison, Entry, Row
from mieco.errors import Language, Text
from mieco.releases import Release


def comparison_as_json(
    comparison: Comparison, language: Language, release: Release, cited: Text
) -> dict[str, Any]:
    """The comparison; a cell in which nothing is recorded is an empty list."""
    return {
        "release": release.as_json(),
        "language": language,
        "kind": comparison.kind,
        "subjects": [{"iri": s, "label": comparison.name(s)} for s in comparison.subjects],
        "sections": [
            {
                "key": section.key,
                "name": section.name.in_(language),
                "rows": [_row(row, comparison) for row in section.rows],
            }
            for section in comparison.sections
        ],
        "sources": [
            {
                "number": number,
                "iri": iri,
                "label": comparison.name(iri),
                "grade": comparison.grades.get(iri, "").rpartition("/")[2] or None,
            }
            for iri, number in comparison.numbers.items()
        ],
        "citation": cited.in_(language),
    }


def _row(row: Row, comparison: Comparison) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "iri": row.iri or None,
        "cells": [
            {
                "count": len(cell.entries) or None if cell.counted else None,
                "values": [_entry(entry, comparison) for entry in cell.entries],
            }
            for cell in row.cells
        ],
        "policy_targets": [_entry(entry, comparison) for entry in row.beside],
    }


def _entry(entry: Entry, comparison: Comparison) -> dict[str, Any]:
    return {
        "text": entry.text,
        "iri": entry.iri or None,
        "number": None if entry.number is None else str(entry.number),
        "unit": entry.unit or None,
        "date": entry.date or None,
        "notes": list(entry.notes),
        "inferred": entry.statement is not None,
        "sources": [comparison.numbers[each] for each in comparison.sources_of(entry)],
    }


def matrix_as_json(
    matrix: Matrix, names: Mapping[str, str], language: Language, release: Release
) -> dict[str, Any]:
    """What is recorded; a column of which nothing is has no member."""
    return {
        "release": release.as_json(),
        "language": language,
        "columns": [
            {
                "key": column,
                "name": column_name(column, names, language),
                "consortia": matrix.known(column),
                "facts": matrix.total(column),
            }
            for column in matrix.columns
        ],
        "rows": [
            {
                "iri": row.consortium,
                "label": names.get(row.consortium, row.consortium),
                "province": row.province or None,
                "filled": matrix.filled(row),
                "recorded": {
                    column: _recorded(cell)
                    for column in matrix.columns
                    if (cell := matrix.cell(row, column))
                },
            }
            for row in matrix.rows
        ],
    }


def _recorded(cell: Recorded) -> dict[str, Any]:
    return {"facts": cell.count, "best_grade": cell.grade.rpartition("/")[2] or None}


def provinces_as_json(
    figures: Figures, names: Mapping[str, str], language: Language, release: Release
) -> dict[str, Any]:
    """The figures of the provinces; what is not recorded has no member."""
    return {
        "release": release.as_json(),
        "language": language,
        "figures": {figure: name.in_(language) for figure, name in FIGURES.items()},
        "provinces": [
            {"iri": province, "label": names[province], "figures": dict(numbers)}
            for province, numbers in figures.items()
        ],
    }
