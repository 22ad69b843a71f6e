"""Attacks below and beside HTTP: slow, silent and rude clients, load, killed processes."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from conftest import Server, running
from hostile_client import (
    all_processes,
    ask,
    at_once,
    check,
    check_others,
    connected,
    eventually,
    peak_memory,
    processes,
    query,
    raw_query,
    read_all,
    table,
    web_process,
    zygotes,
)
from hostile_requests import GARBAGE
from hostile_texts import ENDLESS, RUNAWAY, STALLING, doubled

EMPTY = ("--empty", "--default-graph", "strict")
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


@pytest.mark.parametrize("case", table(GARBAGE))
def test_garbage(server: Server, case: tuple[str, bytes]) -> None:
    with connected(server, 1) as (connection,), contextlib.suppress(ConnectionError):
        connection.sendall(case[1])
        answer = read_all(connection, 0.3)
        assert not answer.startswith(b"HTTP/1.1 5")
    check_others(server)


def test_those_who_send_slowly(server: Server) -> None:
    """Thirty of each kind; half a body is given up after ten idle seconds."""
    head = b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
    body = b"ASK {} " + b" " * 100
    with connected(server, 90) as connections:
        silent, halves, dribblers = connections[:30], connections[30:60], connections[60:]
        for connection in silent:
            connection.sendall(b"POST /sparql HT")
        for connection in halves:
            connection.sendall(head + b"Content-Length: 100\r\n\r\nASK")
        for connection in dribblers:
            connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body))
        for place in range(20):
            for connection in dribblers:
                connection.sendall(body[place : place + 1])
            check_others(server)
            time.sleep(0.5)
        for connection in dribblers:
            connection.sendall(body[20:])
        for connection in dribblers:
            connection.settimeout(2)
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
        for connection in halves:
            assert read_all(connection, 4).startswith(b"HTTP/1.1 408")
    check_others(server)


def test_those_who_hang_up(server: Server) -> None:
    for turn in range(20):
        with connected(server, 1) as (connection,):
            connection.sendall(raw_query(RUNAWAY % (1000 + turn)))
    check_others(server)
    # Each lane has room again, the slow one too: this takes longer than a moment.
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f } LIMIT 1"
    assert query(server, slow).status in {200, 504}


def test_those_who_do_not_read(server: Server) -> None:
    with connected(server, 10) as connections:
        for turn, connection in enumerate(connections):
            connection.sendall(raw_query(ENDLESS % (2000 + turn), "/sparql?timeout=1"))
        for _ in range(3):
            check_others(server)
            time.sleep(0.3)
    check_others(server)


def test_one_who_reads_slowly(server: Server) -> None:
    with connected(server, 1) as (connection,):
        connection.sendall(raw_query("SELECT * { ?s ?p ?o }"))
        for _ in range(20):
            assert connection.recv(1000)
            time.sleep(0.05)
            check_others(server)


def test_requests_in_a_row(server: Server) -> None:
    with connected(server, 1) as (connection,):
        connection.sendall(raw_query("ASK {}") * 3 + raw_query("ASK {"))
        answers = read_all(connection, 1)
    assert (answers.count(b"HTTP/1.1 200"), answers.count(b"HTTP/1.1 400")) == (3, 1)
    check_others(server)


def test_one_who_waits_for_leave_to_send(server: Server) -> None:
    text = b"ASK {}"
    head = raw_query(text.decode()).removesuffix(b"\r\n\r\n" + text)
    with connected(server, 1) as (connection,):
        connection.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")
        connection.sendall(text)
        assert read_all(connection, 1).startswith(b"HTTP/1.1 200")
    check_others(server)


def test_many_runaways(server: Server) -> None:
    with at_once(partial(query, server, RUNAWAY % turn, "/sparql?timeout=2") for turn in range(8)):
        time.sleep(0.3)
        for _ in range(5):
            check_others(server)
            time.sleep(0.2)
    check_others(server)


def test_many_that_begin_and_then_stall(server: Server) -> None:
    runaways = [RUNAWAY % turn for turn in range(100, 104)]
    stalling = [STALLING % turn for turn in range(4)]
    with at_once(partial(query, server, text, "/sparql?timeout=2") for text in runaways):
        time.sleep(0.5)
        with at_once(partial(query, server, text, "/sparql?timeout=2") for text in stalling):
            time.sleep(0.5)
            check_others(server)
    check_others(server)


def test_a_page_with_many_columns(server: Server) -> None:
    columns = " ".join(f"?v{n}" for n in range(800))
    outcome = query(server, f"SELECT {columns} {{ ?s ?p ?o }} LIMIT 1000", accept="text/html")
    check(outcome)
    assert outcome.seconds < 2


@linux
def test_a_huge_literal_does_not_fill_the_web_process(tmp_path: Path) -> None:
    with running("--data", str(tmp_path), *EMPTY, MIECO_TIMEOUT="8") as alone:
        web = web_process(alone)
        before = peak_memory(web)
        check(query(alone, doubled(15), "/sparql", "text/tab-separated-values"))
        assert peak_memory(web) - before < 50
        check_others(alone)


@linux
def test_a_huge_literal_leaves_no_traceback(tmp_path: Path) -> None:
    with running("--data", str(tmp_path), *EMPTY, MIECO_TIMEOUT="8") as alone:
        check(query(alone, doubled(17), "/sparql", "text/csv"))
        check_others(alone)


@linux
def test_a_workbook_that_nobody_waits_for(server: Server) -> None:
    def makers() -> list[int]:
        return [p.id for p in processes(server) if "mieco.workbook" in p.command]

    text = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 40000"
    with connected(server, 1) as (connection,):
        connection.sendall(raw_query(text, "/sparql?format=xlsx&timeout=6"))
        assert eventually(lambda: makers() != [], 5)
    assert eventually(lambda: makers() == [], 1)


@linux
@pytest.mark.parametrize("victim", ["workers", "zygote"])
def test_processes_killed_under_load(data_directory: Path, victim: str) -> None:
    with (
        running("--data", str(data_directory)) as alone,
        at_once(partial(query, alone, RUNAWAY % turn) for turn in range(4)),
    ):
        time.sleep(0.3)
        zygote, *workers = zygotes(alone)
        for process in workers if victim == "workers" else [zygote]:
            os.kill(process.id, signal.SIGKILL)
        assert eventually(lambda: ask(alone, "GET", "/health").status == 200, 5)
        assert eventually(lambda: query(alone, "ASK {}").status == 200, 5)
        check_others(alone)
        # Workers do not outlive their zygote.
        dead = {*workers} if victim == "workers" else {zygote, *workers}
        assert eventually(lambda: dead.isdisjoint(all_processes()), 5)


@linux
def test_nothing_is_left(data_directory: Path, tmp_path: Path) -> None:
    with running("--data", str(data_directory), TMPDIR=str(tmp_path)) as alone:
        idle = len(processes(alone))
        with at_once(partial(query, alone, ENDLESS % turn) for turn in range(4)):
            pass
        query(alone, RUNAWAY % 0)
        assert eventually(lambda: len(processes(alone)) <= idle, 3)
        started = set(processes(alone))
    assert eventually(lambda: started.isdisjoint(all_processes()), 3)
    assert list(tmp_path.iterdir()) == []
