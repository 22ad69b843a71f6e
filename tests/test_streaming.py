"""Long answers, many askers: bounded memory, visible cuts, hang-ups, full queues, Excel."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import io
import json
import os
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from conftest import Server, children, running

QUERY = "application/sparql-query"
# 66 × 25,000 rows of three variables: some 300 MB.
LARGE = "SELECT ?c ?s ?p ?o { ?c a <https://w3id.org/mieco/ontology#Consortium> . ?s ?p ?o }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LOOKUP = (
    "SELECT ?n { <https://w3id.org/mieco/id/consortium/shenzhen>"
    " <http://www.w3.org/2000/01/rdf-schema#label> ?n }"
)
# What a cut answer may look like to a client, and nothing else.
CUT = (http.client.IncompleteRead, ConnectionResetError)


def connect(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)


def ask(
    connection: http.client.HTTPConnection, query: str, **more: str
) -> http.client.HTTPResponse:
    connection.request("GET", "/sparql?" + urllib.parse.urlencode({"query": query, **more}))
    return connection.getresponse()


def resident(process: int) -> int:
    """The resident memory of a process, in MB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


@pytest.fixture(scope="module")
def patient(data_directory: Path) -> Iterator[Server]:
    """A service with time for long answers and a small queue."""
    arguments = ("--data", str(data_directory))
    with running(*arguments, MIECO_TIMEOUT="30", MIECO_WORKERS="2", MIECO_QUEUE="2") as server:
        yield server


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="memory is read from /proc")
def test_a_long_answer_takes_no_memory_and_begins_at_once(patient: Server) -> None:
    web = children(patient.process.pid)[0]
    with contextlib.closing(connect(patient)) as connection:
        ask(connection, LOOKUP).read()
        before, most, length = resident(web), 0, 0
        response = ask(connection, f"{LARGE} LIMIT 2000000")  # half of it, below the limit of size
        first = time.monotonic()
        while piece := response.read(1 << 20):
            length += len(piece)
            most = max(most, resident(web))
        assert response.status == 200
        assert length > 200_000_000
        assert time.monotonic() - first > 0.2  # it was still growing when it began
        assert most - before < 64


def test_a_slow_reader_holds_no_worker(patient: Server) -> None:
    """Both workers' answers are taken in at full speed, though their readers read nothing."""
    with contextlib.ExitStack() as stack:
        readers = [stack.enter_context(contextlib.closing(connect(patient))) for _ in range(4)]
        responses = [ask(reader, f"{LARGE} LIMIT 200000") for reader in readers]
        time.sleep(3)
        started = time.monotonic()
        assert patient.get("/sparql", query=LOOKUP).status == 200
        assert time.monotonic() - started < 1
        sizes = {len(response.read()) for response in responses}
        assert len(sizes) == 1


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_an_answer_that_outruns_its_deadline_is_visibly_cut(patient: Server, form: str) -> None:
    endless = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    with contextlib.closing(connect(patient)) as connection:
        response = ask(connection, endless, format=form, timeout="1")
        assert response.status == 200
        with pytest.raises(CUT):
            response.read()


@pytest.mark.parametrize("form", ["ttl", "nt", "rdf", "jsonld"])
def test_a_graph_that_outruns_its_deadline_is_visibly_cut(patient: Server, form: str) -> None:
    endless = "CONSTRUCT { ?a ?b ?f } { ?a ?b ?c . ?d ?e ?f FILTER(isLiteral(?f)) }"
    with contextlib.closing(connect(patient)) as connection:
        response = ask(connection, endless, format=form, timeout="1")
        with pytest.raises(CUT):
            response.read()


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_an_answer_beyond_the_limit_is_visibly_cut(data_directory: Path, coding: str) -> None:
    with running("--data", str(data_directory), MIECO_MAX_ANSWER="2") as server:
        with contextlib.closing(connect(server)) as connection:
            path = "/sparql?" + urllib.parse.urlencode({"query": LARGE, "format": "csv"})
            connection.request("GET", path, headers={"Accept-Encoding": coding})
            with pytest.raises(CUT):
                connection.getresponse().read()
        assert server.get("/sparql", query="ASK {}").status == 200


def test_who_hangs_up_frees_the_worker_at_once(patient: Server) -> None:
    address = patient.url.removeprefix("http://").split(":")
    for number in range(12):
        with socket.create_connection((address[0], int(address[1]))) as one:
            path = "/sparql?" + urllib.parse.urlencode({"query": f"{RUNAWAY} # {number}"})
            one.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            time.sleep(0.05)
    time.sleep(0.3)
    # All places in both lanes are free: a query that takes a while runs, without a wait.
    started = time.monotonic()
    reply = patient.get("/sparql", query="SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert reply.status == 200
    assert time.monotonic() - started < 2


def test_a_full_queue_says_when_to_come_back(patient: Server) -> None:
    """Two lanes of two, two places to wait: of twelve runaways some are turned away at once."""
    statuses: list[int] = []
    waits: list[str | None] = []

    def run(number: int) -> None:
        started = time.monotonic()
        reply = patient.get("/sparql", query=f"{RUNAWAY} # q{number}", timeout="3")
        statuses.append(reply.status)
        if reply.status == 503 and time.monotonic() - started < 2:
            waits.append(reply.headers["Retry-After"])

    askers = [threading.Thread(target=run, args=(n,)) for n in range(12)]
    for asker in askers:
        asker.start()
    time.sleep(0.5)
    assert patient.get("/health").status == 200
    assert patient.get("/sparql", query=LOOKUP).status == 200
    for asker in askers:
        asker.join()
    assert set(statuses) == {503, 504}
    assert waits
    assert all(int(wait or 0) > 0 for wait in waits)


def test_the_deadline_of_a_request_is_its_own_up_to_the_ceiling(data_directory: Path) -> None:
    arguments = ("--data", str(data_directory))
    with running(*arguments, MIECO_TIMEOUT="20", MIECO_MAX_TIMEOUT="2") as server:
        for asked in ("0.5", "1000"):
            started = time.monotonic()
            problem = server.get("/sparql", query=RUNAWAY, timeout=asked)
            assert (problem.status, problem.json()["code"]) == (504, "deadline-exceeded")
            assert time.monotonic() - started < min(float(asked), 2) + 1.5


def workbook(server: Server, query: str) -> openpyxl.Workbook:
    reply = server.get("/sparql", query=query, format="xlsx")
    assert reply.status == 200, reply.text
    assert reply.headers["Content-Type"].endswith("spreadsheetml.sheet")
    return openpyxl.load_workbook(io.BytesIO(reply.body))


def test_a_workbook_holds_every_row_with_its_types(server: Server) -> None:
    book = workbook(
        server,
        """PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        SELECT ?a ?b { VALUES (?a ?b) {
            (1 "产教联合体"@zh) (2.5 <http://example.org/x>) (1e3 "=1+1") (true "+cmd|'/C x'!A0")
            ("2024-05-17"^^xsd:date "@SUM(A1)") (12345678901234567890 "2024"^^xsd:gYear)
            ("2024-02-30"^^xsd:date "\\uFFFF") (UNDEF "line\\nbreak\\u0001") } }""",
    )
    sheet = book.worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows == [
        ["a", "b"],
        [1, "产教联合体"],
        [2.5, "http://example.org/x"],
        [1000, "=1+1"],
        [True, "+cmd|'/C x'!A0"],
        [dt.datetime(2024, 5, 17), "@SUM(A1)"],  # noqa: DTZ001 (Excel's dates have no zone)
        ["12345678901234567890", "2024"],
        ["2024-02-30", "\N{REPLACEMENT CHARACTER}"],
        [None, "line\nbreak\N{REPLACEMENT CHARACTER}"],
    ]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b", "d"}
    about = {row[0].value: row[1].value for row in book.worksheets[1].iter_rows()}
    assert about["来源 source"] == f"{server.url}/sparql"
    assert "VALUES (?a ?b)" in about["查询 query"]


def test_a_workbook_of_a_yes_and_of_nothing(server: Server) -> None:
    assert workbook(server, "ASK {}").worksheets[0]["A2"].value is True
    empty = workbook(server, "SELECT ?x { ?x a <a:b> }").worksheets[0]
    assert [[cell.value for cell in row] for row in empty.iter_rows()] == [["x"]]
    graph = server.get("/sparql", query="CONSTRUCT WHERE { ?s ?p ?o }", format="xlsx")
    assert (graph.status, graph.json()["code"]) == (406, "not-acceptable")


def test_a_workbook_that_takes_too_long_is_given_up(server: Server) -> None:
    reply = server.get("/sparql", query=f"{LARGE} LIMIT 300000", format="xlsx", timeout="1")
    assert (reply.status, reply.json()["code"]) == (504, "deadline-exceeded")


def test_csv_for_excel_begins_with_a_byte_order_mark(server: Server) -> None:
    plain = server.get("/sparql", query=LOOKUP, format="csv")
    marked = server.get("/sparql", query=LOOKUP, format="csv", bom="1")
    assert marked.body == b"\xef\xbb\xbf" + plain.body
    assert "深圳" in plain.text
    as_json = server.get("/sparql", query=LOOKUP, bom="1")
    json.loads(as_json.body)


def test_who_writes_reads_it_back_at_once(tmp_path: Path) -> None:
    """Each writer reads its own write in its very next request, while others write too."""
    token = {"Authorization": "Bearer t"}
    missed: list[int] = []
    with running("--data", str(tmp_path), "--empty", MIECO_TOKEN="t") as server:

        def write_and_read(number: int) -> None:
            for turn in range(3):
                value = 100 * number + turn
                text = f"INSERT DATA {{ <a:b> <c:d> {value} }}"
                reply = server.post("/update", text, "application/sparql-update", **token)
                assert reply.status == 204
                if server.query(f"SELECT * {{ <a:b> <c:d> {value} }}") != [{}]:
                    missed.append(value)

        writers = [threading.Thread(target=write_and_read, args=(n,)) for n in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert missed == []
        assert len(server.query("SELECT ?o { <a:b> <c:d> ?o }")) == 12
