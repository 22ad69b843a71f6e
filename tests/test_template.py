"""The workbook that a secretariat fills in: what it asks, offers and explains."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from rdflib import RDFS, SH, SKOS, Graph, URIRef
from rdflib.collection import Collection

from conftest import DATA, Run, Server
from mieco import content
from mieco.errors import Text
from mieco.intake.headings import CHECK_SHEET, SHEETS_ASIDE, bilingual, columns_of, table_of
from mieco.intake.specification import Column, expand, read_specification
from mieco.template import Template, csv_files, installed_template, write_template
from mieco.template.plan import Field, Sheet

SPECIFICATION = read_specification(DATA / "workbook.toml")
SHOWN = [
    (table, name, column)
    for table in SPECIFICATION.tables.values()
    for name, column in table.own_columns
    if column.heading
]
JARGON = re.compile(
    r"https?://w3id|行动者|概念体系|属性|\bIRI\b|\bproperty\b|\bclass\b|\bactor\b|mieco:",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def template() -> Template:
    return installed_template()


@pytest.fixture(scope="module")
def ontology() -> Graph:
    graph = Graph()
    for path in content.ontology_files().modules:
        graph.parse(path)
    return graph


@pytest.fixture(scope="module")
def shapes() -> Graph:
    graph = Graph()
    for path in sorted(content.folder("shapes").glob("*.ttl")):
        graph.parse(path)
    return graph


@pytest.fixture(scope="module")
def book(template: Template) -> Workbook:
    return _opened(template)


@pytest.fixture(scope="module")
def example(template: Template) -> Workbook:
    return _opened(template, filled=True)


def _bytes(template: Template, *, filled: bool = False) -> bytes:
    out = io.BytesIO()
    write_template(out, template, filled=filled)
    return out.getvalue()


def _opened(template: Template, *, filled: bool = False) -> Workbook:
    return load_workbook(io.BytesIO(_bytes(template, filled=filled)))


def _headings(page: Worksheet) -> list[str]:
    return [str(cell.value) for cell in page[1]]


def _rules(page: Worksheet) -> Mapping[str, DataValidation]:
    """The check of each column, by its letter."""
    return {str(rule.sqref).split("2:")[0]: rule for rule in page.data_validations.dataValidation}


def _list_rules(book: Workbook, sheet: Sheet) -> Mapping[str, list[str]]:
    """What is offered from the hidden sheet, by column."""
    offered = {}
    for place, field in enumerate(sheet.fields):
        letter = book[sheet.title].cell(1, place + 1).column_letter
        rule = _rules(book[sheet.title]).get(letter)
        if rule and rule.type == "list" and "$1:" in str(rule.formula1):
            page, cells = str(rule.formula1).split("!")
            rows = book[page.strip("'")][cells.replace("$", "")]
            offered[field.name] = [str(row[0].value) for row in rows]
    return offered


def test_every_column_of_the_specification_has_its_place(book: Workbook) -> None:
    for table in SPECIFICATION.tables.values():
        page = book[bilingual(table.title or Text("", ""))]
        found = columns_of(table, _headings(page))
        assert list(found.columns.values()) == [n for t, n, _ in SHOWN if t is table]
        assert (found.unknown, found.missing, found.twice) == ([], [], [])


def test_sheets_are_ours_or_aside(book: Workbook) -> None:
    held = [table_of(SPECIFICATION, name) for name in book.sheetnames if name not in SHEETS_ASIDE]
    assert held == list(SPECIFICATION.tables.values())
    assert set(book.sheetnames) >= SHEETS_ASIDE - {CHECK_SHEET}
    assert all(len(name) <= 31 for name in book.sheetnames)
    hidden = [page.title for page in book.worksheets if page.sheet_state != "visible"]
    assert hidden == ["选项 choices"]


def test_required_columns_have_star_weight_and_colour(book: Workbook) -> None:
    for table, name, column in SHOWN:
        page = book[bilingual(table.title or Text("", ""))]
        place = next(p for p, n in columns_of(table, _headings(page)).columns.items() if n == name)
        cell = page[1][place]
        marks = {"*" in str(cell.value), bool(cell.font.b), cell.fill.fgColor.rgb == "00F8CBAD"}
        assert len(marks) == 1, (table.name, name)
        assert marks == {True} or not column.required, (table.name, name)


def test_what_a_shape_demands_is_required_even_if_the_specification_does_not_say_so(
    ontology: Graph, shapes: Graph
) -> None:
    from mieco.template.source import template_of

    consortium = SPECIFICATION.tables["consortium"]
    columns = {n: replace(c, required=False) for n, c in consortium.columns.items()}
    loose = replace(SPECIFICATION, tables={"consortium": replace(consortium, columns=columns)})
    fields = template_of(loose, ontology, shapes, {}, {}).sheets[0].fields
    required = {field.name for field in fields if field.required}
    assert required == {"name_zh", "name_en", "region"}


def test_what_only_some_kinds_must_have_is_said_in_the_note(ontology: Graph) -> None:
    from mieco.template.source import template_of

    shapes = Graph().parse(
        data="""
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        @prefix mieco: <https://w3id.org/mieco/ontology#> .
        [] sh:targetClass mieco:Charter ; sh:property [ sh:path mieco:adoptedAt ; sh:minCount 1 ] .
        """
    )
    sheets = template_of(SPECIFICATION, ontology, shapes, {}, {}).sheets
    field = _field(sheets, "agreements", "adopted_at")
    assert not field.required
    assert "类型为章程时必填。" in field.note.zh
    assert "Required if the kind is charter." in field.note.en


def _field(sheets: tuple[Sheet, ...], table: str, name: str) -> Field:
    fields = next(sheet.fields for sheet in sheets if sheet.table.name == table)
    return next(field for field in fields if field.name == name)


def test_limits_of_the_shapes_are_told_and_checked(book: Workbook, template: Template) -> None:
    year = _field(template.sheets, "recognitions", "year")
    assert "不小于 2020、不大于 2035" in year.note.zh
    rule = _rules(book["认定 recognitions"])["E"]
    assert (rule.type, rule.operator) == ("whole", "between")
    assert (rule.formula1, rule.formula2) == ("2020", "2035")


def test_every_heading_has_a_note_in_both_languages_without_jargon(book: Workbook) -> None:
    for sheet in book.worksheets:
        if sheet.title in SHEETS_ASIDE:
            continue
        for cell in sheet[1]:
            assert cell.comment, (sheet.title, cell.value)
            zh, en = cell.comment.text.split("\n")
            assert re.search("[一-鿿]", zh)
            assert re.search("[A-Za-z]{2}", en)
            assert not JARGON.search(cell.comment.text), cell.comment.text


def test_several_values_are_explained_and_never_forbidden(
    book: Workbook, template: Template
) -> None:
    for sheet in template.sheets:
        rules = _rules(book[sheet.title])
        for cell, field in zip(book[sheet.title][1], sheet.fields, strict=True):
            rule = rules.get(cell.column_letter)
            if field.several:
                assert "；" in field.note.zh
                assert rule is None or rule.errorStyle == "information"


def test_every_word_to_choose_is_a_concept_or_class(
    book: Workbook, template: Template, ontology: Graph
) -> None:
    offered = {sheet.table.name: _list_rules(book, sheet) for sheet in template.sheets}
    for table, name, column in SHOWN:
        if column.schemes or column.classes:
            assert offered[table.name][name] == _expected(column, ontology), (table.name, name)
            assert offered[table.name][name], (table.name, name)


def _expected(column: Column, ontology: Graph) -> list[str]:
    things = [URIRef(expand(f"mieco:{name}")) for name in column.classes]
    for scheme in column.schemes:
        iri = URIRef(expand(f"concept/{scheme}"))
        things += sorted(ontology.subjects(SKOS.inScheme, iri), key=str)
    labels = [{t.language: str(t) for t in ontology.objects(thing, RDFS.label)} for thing in things]
    return [f"{label['zh']} {label['en']}" for label in labels]


def test_a_reference_offers_the_names_of_the_sheet_it_refers_to(book: Workbook) -> None:
    rule = _rules(book["席位 seats"])["C"]
    assert rule.type == "list"
    assert rule.errorStyle == "warning"
    assert "'成员 members'!$B$2:$B$" in str(rule.formula1)


def test_indicators_are_those_of_the_table(book: Workbook, template: Template) -> None:
    with (DATA / "indicators.csv").open(encoding="utf-8") as file:
        rows = [f"{row['name_zh']} {row['name_en']}" for row in csv.DictReader(file)]
    sheet = next(sheet for sheet in template.sheets if sheet.table.name == "observations")
    assert _list_rules(book, sheet)["indicator"] == rows


def test_the_schemes_of_the_specification_are_those_that_the_shapes_demand(shapes: Graph) -> None:
    demanded: dict[str, set[frozenset[str]]] = {}
    for shape, node in shapes.subject_objects(SH.node):
        for inner in shapes.objects(node, SH.property):
            if shapes.value(inner, SH.path) == SKOS.inScheme:
                one = shapes.value(inner, SH.hasValue)
                many = shapes.value(inner, SH["in"])
                iris = frozenset(map(str, Collection(shapes, many))) if many else {str(one)}
                path = str(shapes.value(shape, SH.path))
                demanded.setdefault(path, set()).add(frozenset(iris))
    checked = 0
    for table, name, column in SHOWN:
        for schemes in demanded.get(column.property, ()):
            named = {expand(f"concept/{scheme}") for scheme in column.schemes}
            assert named <= schemes, (table.name, name)
            assert named, (table.name, name)
            checked += 1
    assert checked >= 10


def test_codes_and_dates_are_text_to_excel(book: Workbook) -> None:
    page = book["成员 members"]
    for letter in ("A", "E", "L", "M"):
        assert page.column_dimensions[letter].number_format == "@"
    assert book["指标数据 observations"].column_dimensions["E"].number_format != "@"


def test_rows_are_numbered_and_otherwise_empty(book: Workbook) -> None:
    rows = list(book["成员 members"].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows[:2]] == ["m001", "m002"]
    assert not any(any(row[1:]) for row in rows)
    numbers = [
        row[0]
        for table in list(SPECIFICATION.tables.values())[1:]
        for row in book[bilingual(table.title or Text("", ""))].iter_rows(
            min_row=2, max_col=1, values_only=True
        )
    ]
    assert len(numbers) == len(set(numbers))


def test_the_same_bytes_every_time(template: Template) -> None:
    assert _bytes(template) == _bytes(installed_template())
    with zipfile.ZipFile(io.BytesIO(_bytes(template, filled=True))) as archive:
        assert {part.date_time[0] for part in archive.infolist()} == {1980}
        assert str(template.date).encode() in archive.read("docProps/core.xml")


def test_no_text_becomes_a_formula(template: Template) -> None:
    evil = '=HYPERLINK("http://evil.example")'
    sheets = tuple(
        replace(
            sheet,
            fields=tuple(
                replace(field, heading=Text(evil, evil), choices=(Text(evil, evil),))
                for field in sheet.fields
            ),
        )
        for sheet in template.sheets
    )
    rows = {sheet.table.name: [{f.name: evil for f in sheet.fields}] for sheet in sheets}
    for filled in (False, True):
        book = _opened(replace(template, sheets=sheets, example=rows), filled=filled)
        kinds = {c.data_type for page in book.worksheets for row in page.iter_rows() for c in row}
        assert "f" not in kinds


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("activities", "cooperation"),
        ("activities", "elements"),
        ("activities", "procedure_step"),
        ("policies", "tools"),
    ],
)
def test_the_example_uses_every_word_that_a_dossier_is_judged_by(
    template: Template, table: str, column: str
) -> None:
    rows = template.example[table]
    used = {piece for row in rows for piece in _pieces(row.get(column, ""))}
    assert used == {choice.zh for choice in _field(template.sheets, table, column).choices}


def test_the_example_covers_every_sheet_and_says_that_it_is_made_up(
    book: Workbook, example: Workbook, template: Template
) -> None:
    for sheet in template.sheets:
        assert any(any(row) for row in example[sheet.title].iter_rows(min_row=2, min_col=2))
    kinds = {str(row["class"]).split(" ")[0] for row in template.example["lists"]}
    assert kinds == {"人才需求清单", "技术需求清单", "核心产品清单"}
    assert "虚构" in str(example["说明 about"]["B4"].value)
    assert "虚构" in str(book["示例 example"]["A1"].value)
    shown = {cell.value for row in book["示例 example"].iter_rows() for cell in row}
    assert {sheet.title for sheet in template.sheets} <= shown
    assert {rows[0]["key"] for rows in template.example.values()} <= shown


def _pieces(cell: str | float) -> list[str]:
    """The Chinese words of a cell."""
    return [piece.split(" ")[0] for piece in str(cell).split("；") if piece]


def test_cells_of_the_example_say_what_their_columns_offer(template: Template) -> None:
    for sheet in template.sheets:
        fields = {field.name: field for field in sheet.fields}
        for row in template.example[sheet.table.name]:
            assert all(row.get(name) for name, field in fields.items() if field.required), row
            for name, cell in row.items():
                _check(template, fields[name], cell)


def _check(template: Template, field: Field, cell: str | float) -> None:
    if field.choices:
        known = {c.zh for c in field.choices} | {bilingual(c) for c in field.choices}
        assert set(str(cell).split("；")) <= known, (field.name, cell)
    elif field.names:
        table, name = field.names
        rows = template.example[table]
        known = {str(row.get(name)) for row in rows} | {str(row["key"]) for row in rows}
        assert set(str(cell).split("；")) <= known, (field.name, cell)
    elif field.form in ("integer", "decimal"):
        assert isinstance(cell, int | float)


def test_csv_has_the_same_headings(template: Template) -> None:
    files = csv_files(template, filled=True)
    assert list(files) == [f"{name}.csv" for name in SPECIFICATION.tables]
    for name, table in SPECIFICATION.tables.items():
        body = files[f"{name}.csv"]
        assert body.startswith(b"\xef\xbb\xbf")
        header, *rows = csv.reader(io.StringIO(body.decode("utf-8-sig")))
        found = columns_of(table, header)
        assert (found.unknown, found.missing, found.twice) == ([], [], [])
        assert len(found.columns) == len(header)
        assert len(rows) == len(template.example[name])
    assert "单位名称* name," in files["members.csv"].decode("utf-8-sig")


def test_the_command_writes_what_was_asked_and_overwrites_nothing(
    called: Run, tmp_path: Path, template: Template
) -> None:
    book, folder = tmp_path / "x.xlsx", tmp_path / "csv"
    done = called("template", "consortium", "-o", str(book), "--csv", str(folder))
    assert done.returncode == 0, done.stderr
    assert book.read_bytes() == _bytes(template)
    assert len(list(folder.iterdir())) == len(SPECIFICATION.tables)
    book.write_bytes(b"mine")
    refused = called("template", "consortium", "-o", str(book), MIECO_LANGUAGE="zh")
    assert refused.returncode == 2
    assert "已经存在" in refused.stderr
    assert book.read_bytes() == b"mine"
    assert not called("template", "consortium", "-o", str(book), "--example", "--force").returncode
    assert book.read_bytes() == _bytes(template, filled=True)
    assert called("template", "consortium").returncode == 2


@pytest.mark.parametrize("name", ["template.xlsx", "example.xlsx", "template.zip"])
def test_anybody_may_download_it_and_once_is_enough(writable: Server, name: str) -> None:
    reply = writable.get(f"/import/{name}")
    assert reply.status == 200
    assert reply.body.startswith(b"PK")
    assert "attachment" in str(reply.headers["Content-Disposition"])
    again = writable.send("GET", f"/import/{name}", {"If-None-Match": str(reply.headers["ETag"])})
    assert (again.status, again.body) == (304, b"")
