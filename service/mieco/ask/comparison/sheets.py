"""Comparisons as sheets of cells: what a workbook shows and a CSV file holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mieco.ask.comparison.province_figures import FIGURES, Figures
from mieco.ask.comparison.readiness import Judged
from mieco.ask.comparison.records import ASPECTS, Matrix
from mieco.ask.comparison.tables import Cell, Comparison, Entry
from mieco.ask.comparison.words import POLICY_TARGETS
from mieco.check.readiness import OUTCOMES
from mieco.errors import Language, Text
from mieco.present.spreadsheet_csv import write_csv

# What stands in a cell in which nothing is recorded: never a number.
NOT_FOUND = Text("未见记录", "not found")

Value = str | int | Decimal


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of cells below their headings; the first ``fixed`` columns are headings of rows.

    Texts may have several lines.  ``groups`` are the rows that head those below them.
    """

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Value]]
    fixed: int = 1
    groups: frozenset[int] = frozenset()
    widths: Sequence[int] = ()


def as_csv(sheet: Sheet) -> str:
    """A sheet as CSV (RFC 4180)."""
    return write_csv(sheet.heads, sheet.rows)


def comparison_sheet(comparison: Comparison, language: Language) -> Sheet:
    """The comparison as it is shown: a row for each indicator, a column for each thing."""
    with_targets = any(row.beside for row in comparison.rows)
    heads = [Text("项目", "Row").in_(language), *map(comparison.name, comparison.subjects)]
    if with_targets:
        heads.append(POLICY_TARGETS.in_(language))
    rows: list[list[Value]] = []
    groups: set[int] = set()
    for section in comparison.sections:
        if not section.rows:
            continue
        groups.add(len(rows))
        rows.append([section.name.in_(language), *[""] * (len(heads) - 1)])
        for row in section.rows:
            told: list[Value] = [_shown(cell, comparison, language) for cell in row.cells]
            if with_targets:
                told.append("\n".join(_told(each, comparison) for each in row.beside))
            rows.append([row.name, *told])
    widths = [24, *[34] * (len(heads) - 1)]
    return Sheet(_title("比较", "comparison", language), heads, rows, 1, frozenset(groups), widths)


def entries_sheet(comparison: Comparison, language: Language) -> Sheet:
    """Every value in a row of its own, with its number, unit, date, sources and their grades."""
    heads = [
        Text(*each).in_(language)
        for each in (
            ("分组", "section"),
            ("项目", "row"),
            ("比较对象", "subject"),
            ("比较对象 IRI", "subject IRI"),
            ("值", "value"),
            ("数", "number"),
            ("单位", "unit"),
            ("日期", "date"),
            ("说明", "notes"),
            ("推理得出", "inferred"),
            ("IRI", "IRI"),
            ("来源", "sources"),
            ("来源等级", "grades"),
        )
    ]
    rows = [
        [section.name.in_(language), row.name, comparison.name(subject), subject, *told]
        for section in comparison.sections
        for row in section.rows
        for subject, cell in zip(comparison.subjects, row.cells, strict=True)
        for told in _lines(cell, comparison, language)
    ]
    widths = [18, 22, 28, 40, 30, 12, 10, 12, 26, 10, 40, 34, 16]
    return Sheet(_title("明细", "values", language), heads, rows, 3, frozenset(), widths)


def _lines(cell: Cell, comparison: Comparison, language: Language) -> list[list[Value]]:
    """A line for each entry of a cell; one that says so where there is none."""
    if not cell.entries:
        return [[NOT_FOUND.in_(language), *[""] * 8]]
    return [
        [
            entry.text,
            entry.number if entry.number is not None else "",
            entry.unit,
            entry.date,
            "; ".join(entry.notes),
            Text("是", "yes").in_(language) if entry.statement else "",
            entry.iri,
            "; ".join(comparison.name(each) for each in comparison.sources_of(entry)),
            "; ".join(comparison.grade_names(entry)),
        ]
        for entry in cell.entries
    ]


def _shown(cell: Cell, comparison: Comparison, language: Language) -> Value:
    if not cell.entries:
        return NOT_FOUND.in_(language)
    if cell.counted:
        return len(cell.entries)
    return "\n".join(_told(entry, comparison) for entry in cell.entries)


def _told(entry: Entry, comparison: Comparison) -> str:
    notes = f" ({'; '.join(entry.notes)})" if entry.notes else ""
    cited = "".join(f"[{comparison.numbers[each]}]" for each in comparison.sources_of(entry))
    return f"{entry.text}{notes} {cited}".strip()


def sources_sheet(comparison: Comparison, language: Language) -> Sheet:
    """The sources by number, with their grades."""
    heads = [
        Text(*h).in_(language)
        for h in (("编号", "no."), ("来源", "source"), ("等级", "grade"), ("地址", "address"))
    ]
    rows: list[list[Value]] = [
        [
            number,
            comparison.name(iri),
            comparison.name(grade) if grade else "",
            comparison.addresses.get(iri, ""),
            iri,
        ]
        for iri, number in comparison.numbers.items()
        for grade in [comparison.grades.get(iri, "")]
    ]
    return Sheet(
        _title("来源", "sources", language),
        [*heads, "IRI"],
        rows,
        1,
        frozenset(),
        [8, 36, 16, 60, 44],
    )


def matrix_sheet(matrix: Matrix, names: Mapping[str, str], language: Language) -> Sheet:
    """Consortia by columns: numbers of facts; empty where nothing is recorded."""
    heads = [
        Text("联合体", "Consortium").in_(language),
        Text("省级地域", "Province").in_(language),
        Text("有记录的项数", "Columns with a record").in_(language),
        *(column_name(column, names, language) for column in matrix.columns),
    ]
    rows: list[list[Value]] = [
        [
            names.get(row.consortium, row.consortium),
            names.get(row.province, ""),
            matrix.filled(row),
            *(cell.count if (cell := matrix.cell(row, c)) else "" for c in matrix.columns),
        ]
        for row in matrix.rows
    ]
    rows.append(
        [
            Text("有记录的联合体数", "Consortia with a record").in_(language),
            "",
            "",
            *(matrix.known(column) for column in matrix.columns),
        ]
    )
    widths = [36, 16, 12, *[11] * len(matrix.columns)]
    name = _title("记录情况", "what is recorded", language)
    return Sheet(name, heads, rows, 1, frozenset({len(rows) - 1}), widths)


def grades_sheet(matrix: Matrix, names: Mapping[str, str], language: Language) -> Sheet:
    """The best grade of the sources, likewise."""
    heads = [
        Text("联合体", "Consortium").in_(language),
        *(column_name(column, names, language) for column in matrix.columns),
    ]
    rows: list[list[Value]] = [
        [
            names.get(row.consortium, row.consortium),
            *(
                names.get(cell.grade, "") if (cell := matrix.cell(row, column)) else ""
                for column in matrix.columns
            ),
        ]
        for row in matrix.rows
    ]
    widths = [36, *[13] * len(matrix.columns)]
    return Sheet(
        _title("最好的来源等级", "best grades", language), heads, rows, 1, frozenset(), widths
    )


def column_name(column: str, names: Mapping[str, str], language: Language) -> str:
    """What a column of a matrix is called."""
    return ASPECTS[column].in_(language) if column in ASPECTS else names.get(column, column)


def provinces_sheet(
    figures: Figures, order: Sequence[str], names: Mapping[str, str], language: Language
) -> Sheet:
    """The figures of the provinces; empty where nothing is recorded."""
    heads = [Text("省级地域", "Province").in_(language)]
    heads += [name.in_(language) for name in FIGURES.values()]
    rows: list[list[Value]] = [
        [names[province], *(figures[province].get(figure, "") for figure in FIGURES)]
        for province in order
    ]
    widths = [18, *[14] * len(FIGURES)]
    return Sheet(_title("地区", "provinces", language), heads, rows, 1, frozenset(), widths)


def readiness_sheet(
    consortia: Sequence[Judged], names: Mapping[str, str], language: Language
) -> Sheet:
    """How many requirements each consortium meets; empty where that is not counted yet."""
    heads = [
        Text("联合体", "Consortium").in_(language),
        Text("省级地域", "Province").in_(language),
        Text("认定级别", "Recognition").in_(language),
        *(word.in_(language) for word in OUTCOMES.values()),
        "IRI",
    ]
    rows: list[list[Value]] = [
        [
            names.get(each.iri, each.iri),
            names.get(each.province, each.province),
            "; ".join(names.get(level, level) for level in each.levels),
            *(each.tally[outcome] if each.tally else "" for outcome in OUTCOMES),
            each.iri,
        ]
        for each in consortia
    ]
    widths = [36, 16, 14, *[10] * len(OUTCOMES), 44]
    return Sheet(_title("对标核对", "readiness", language), heads, rows, 1, frozenset(), widths)


def _title(zh: str, en: str, language: Language) -> str:
    return Text(zh, en).in_(language)
