"""The code on a question's page runs as it stands, and gives the rows that the page shows."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from conftest import Server, needs

HERE = Path(__file__).parent
POWER_QUERY = Path(os.environ.get("MIECO_POWERQUERY") or HERE.parent / ".powerquery").absolute()
NAMES = ("curl", "Python", "R", "Excel")
NASTY = "苏州\"市\" 'x' `id` $(id) \\ %25 & ; # + ? <b> {0} #(lf)"
# What is asked, as the address of a page says it; not all of them have rows.
CASES = {
    "Chinese": ("q01", [("consortium", "深圳市域产教联合体")]),
    "English": ("q05", [("lang", "en")]),
    "years": ("q51", []),
    "gaps": ("q02", [("kind", "科研院所")]),
    "dates": ("q61", [("about", "深圳市域产教联合体"), ("date", "2025-12-31")]),
    "several": (
        "q41",
        [("consortium", "宜宾市域产教联合体"), ("consortium", "id/consortium/hangzhou-qiantang")],
    ),
    "sorted": ("q52", [("sort", "-gap"), ("entailment", "asserted"), ("size", "5")]),
    "quotes": ("q09", [("name", NASTY)]),
}
# As Microsoft's reference of the language spells them.
FUNCTIONS = {
    *("Web.Contents", "Csv.Document", "QuoteStyle.Csv", "Replacer.ReplaceValue"),
    *("Table.PromoteHeaders", "Table.ReplaceValue", "Table.ColumnNames"),
    "Table.TransformColumnTypes",
}
# Names, classes and cells of an R table, whatever the locale can print.
R_DUMP = """
out <- file("table.txt", "wb")
for (name in names(table)) {
  cells <- enc2utf8(as.character(table[[name]]))
  cells[is.na(table[[name]])] <- "\\002"
  writeLines(c(name, class(table[[name]])[1], cells), out, sep = "\\001", useBytes = TRUE)
  writeLines("", out)
}
close(out)
"""

Columns = dict[str, list[str | None]]


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[str, list[tuple[str, str]]]:
    return CASES[request.param]


@pytest.fixture
def address(case: tuple[str, list[tuple[str, str]]]) -> str:
    question, pairs = case
    return f"/questions/{question}?{urlencode(pairs)}"


@pytest.fixture
def snippets(server: Server, address: str) -> dict[str, str]:
    page = server.get(address, "text/html")
    assert page.status == 200
    found = re.findall(r"<h3>(\w+)</h3>\s*<pre[^>]*><code>(.*?)</code></pre>", page.text, re.DOTALL)
    assert tuple(name for name, _ in found) == NAMES
    return {name: html.unescape(code) for name, code in found}


@pytest.fixture
def expected(server: Server, address: str) -> Columns:
    """Column → cells, from the JSON of the same answer: its CSV, but for types."""
    answer = server.get(re.sub(r"&size=\d+", "", address), "application/json").json()
    columns: Columns = {}
    for column in (each["name"] for each in answer["columns"]):
        cells = [row.get(column) for row in answer["rows"]]
        columns[column] = [cell["value"] if cell else None for cell in cells]
        if any(cell and cell["type"] == "uri" for cell in cells):
            columns[f"{column}_label"] = [cell.get("label") if cell else None for cell in cells]
    return columns


def run(folder: Path, *command: str, **environment: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert not re.search("warning", done.stderr, re.IGNORECASE), done.stderr
    return done.stdout


def as_texts(cells: list[Any], kind: str) -> list[str | None]:
    """Numbers by value, since 5 is 5.0 in a program that knows no whole ones."""
    if kind == "number":
        return [None if cell is None else str(Decimal(str(cell)).normalize()) for cell in cells]
    return [None if cell is None else str(cell) for cell in cells]


def is_number(cells: list[str | None]) -> bool:
    there = [cell for cell in cells if cell is not None]
    return bool(there) and all(re.fullmatch(r"-?\d+(\.\d+)?", cell) for cell in there)


def check(columns: dict[str, tuple[str, list[Any]]], expected: Columns) -> None:
    assert list(columns) == list(expected)
    for name, cells in expected.items():
        kind, found = columns[name]
        assert as_texts(found, kind) == as_texts(cells, kind), name


def test_the_cases_have_what_makes_them_hard(server: Server) -> None:
    """Among them are numbers with gaps, dates, and an answer without rows."""
    rows = {
        name: server.get(f"/questions/{question}?{urlencode(pairs)}").json()["rows"]
        for name, (question, pairs) in CASES.items()
    }
    assert [name for name in rows if not rows[name]] == ["quotes"]
    assert {"reported" in row for row in rows["gaps"]} == {True, False}
    assert all(row["date"]["datatype"].endswith("#gYear") for row in rows["years"])
    assert len({row["consortium"]["value"] for row in rows["several"]}) == 2
    assert all(row["date"]["datatype"].endswith("#date") for row in rows["dates"])


@needs("curl", "the line for curl")
@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_curl(
    server: Server, address: str, snippets: dict[str, str], shell: str, tmp_path: Path
) -> None:
    shown = run(tmp_path, shell, "-c", snippets["curl"])
    english = "lang=en" in address
    whole = re.sub(r"&size=\d+", "", address)
    table = server.get(f"{whole}&format=csv" if "?" in whole else f"{whole}?format=csv")
    assert shown.encode() == table.body.replace(b"\r\n", b"\n") or shown == table.text
    assert ("lang=en" if english else "lang=zh") in snippets["curl"]


def test_python(snippets: dict[str, str], expected: Columns, tmp_path: Path) -> None:
    """By pandas alone, where nothing of mieco can be imported."""
    dump = 'print("\\0", table.to_json(orient="split", date_format="iso", double_precision=15))'
    kinds = 'print("\\0", [str(kind) for kind in table.dtypes])'
    guard = "import sys\nsys.modules['mieco'] = None\n"
    (tmp_path / "snippet.py").write_text(
        f"{guard}{snippets['Python']}\n{dump}\n{kinds}\n", encoding="utf-8"
    )
    shown = run(tmp_path, sys.executable, "-W", "error", "snippet.py", LANG="C.UTF-8")
    printed, table, types = shown.split("\0")
    assert printed.strip()
    told = json.loads(table)
    types = re.findall(r"'(.+?)'", types)
    columns: dict[str, tuple[str, list[Any]]] = {}
    for place, (name, type_) in enumerate(zip(told["columns"], types, strict=True)):
        cells = [row[place] for row in told["data"]]
        dates, number = type_.startswith("datetime"), type_ in ("int64", "float64")
        if dates:
            cells = [cell and cell[:10] for cell in cells]
        columns[name] = ("number" if number else "text", cells)
        assert number == is_number(expected[name]), name
        assert dates == (name == "date" and is_date(expected[name])), name
    check(columns, expected)


def is_date(cells: list[str | None]) -> bool:
    return bool(cells) and all(c is None or re.fullmatch(r"\d{4}-\d\d-\d\d", c) for c in cells)


@needs("Rscript", "the lines for R")
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_r(snippets: dict[str, str], expected: Columns, locale: str, tmp_path: Path) -> None:
    """By base R, whose strings hold the Chinese also where its locale cannot show it."""
    (tmp_path / "snippet.R").write_text(f"{snippets['R']}\n{R_DUMP}", encoding="utf-8")
    assert run(tmp_path, "Rscript", "--vanilla", "snippet.R", LC_ALL=locale).strip()
    columns: dict[str, tuple[str, list[Any]]] = {}
    for line in (tmp_path / "table.txt").read_text(encoding="utf-8").split("\x01\n")[:-1]:
        name, kind, *cells = line.split("\x01")
        number = kind in ("integer", "numeric")
        assert number == is_number(expected[name]), name
        assert (kind == "Date") == (name == "date" and is_date(expected[name])), name
        columns[name] = (
            "number" if number else "text",
            [None if cell == "\x02" else cell for cell in cells],
        )
    check(columns, expected)


@needs("node", "the parser of Power Query's language")
@pytest.mark.skipif(
    not (POWER_QUERY / "node_modules").is_dir(),
    reason=f"the parser is not installed in {POWER_QUERY}; .ci/run shows how to, with npm",
)
def test_excel(snippets: dict[str, str], expected: Columns) -> None:
    """Power Query runs in Excel alone; elsewhere its text can be read, and its names checked."""
    code = snippets["Excel"]
    parse(code)
    for broken in (code.replace(")", "", 1), code.replace("let", "", 1), code + '"'):
        with pytest.raises(AssertionError):
            parse(broken)
    assert set(re.findall(r"\b[A-Z]\w+\.\w+", without_texts(code))) == FUNCTIONS
    typed = dict(re.findall(r'\{"(\w+)", type (\w+)\}', code))
    assert list(typed) == list(expected)
    for name, cells in expected.items():
        assert (typed[name] == "number") == is_number(cells), name
        assert (typed[name] == "date") == (name == "date" and is_date(cells)), name


def parse(code: str) -> None:
    run(
        HERE,
        *("node", str(HERE / "powerquery" / "parse.mjs"), code),
        MIECO_POWERQUERY=str(POWER_QUERY),
    )


def without_texts(code: str) -> str:
    return re.sub(r'"[^"]*"', '""', code)


def test_a_value_of_today_is_written_out(server: Server) -> None:
    """The code asks the same as the lasting address, tomorrow too."""
    page = html.unescape(server.get("/questions/q21?lang=zh", "text/html").text)
    date = re.search(r'class="iri" href="[^"]*[?&](date=[0-9-]{10})', page)
    assert date
    assert page.count(f"questions/q21?{date[1]}&format=csv") == len(NAMES)


def test_an_answer_names_its_release_and_a_refusal_leads_back(server: Server) -> None:
    for form in ("text/html", "application/json", "text/csv", "text/turtle"):
        assert server.get("/questions/q21", form).headers["Mieco-Release"] == "1"
    refused = server.get("/questions/q02?kind=school&lang=en", "text/html")
    assert refused.status == 400
    assert '<a href="/questions/q02?lang=en">' in refused.text
