"""Who asks, how often and how much at once: clients, limits, and what a refusal looks like."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import BEARER, FORM, QUERY, TOKEN, UPDATE, Reply, Server, running
from hostile_client import connected, eventually, read_all
from mieco.errors import BadSetting
from mieco.settings import Settings
from mieco.web.clients import Clients
from mieco.web.limits import Limits, Refusal, Standing

PER_MINUTE, AT_ONCE, WRONG = 60, 3, 10
OURS = "10.0.0.0/8,127.0.0.0/8,::1/128"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } # "


@pytest.mark.parametrize(
    ("peer", "forwarded", "address", "key"),
    [
        # Nobody has passed it on.
        ("127.0.0.1", None, "127.0.0.1", None),
        ("[::1]", None, "::1", None),
        ("203.0.113.9", None, "203.0.113.9", "203.0.113.9"),
        ("[2001:db8:1:2:3:4:5:6]", None, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[::ffff:203.0.113.9]", None, "203.0.113.9", "203.0.113.9"),
        # A proxy of ours has: the rightmost that is not one, whatever stands left of it.
        ("127.0.0.1", "203.0.113.9", "203.0.113.9", "203.0.113.9"),
        ("10.1.1.1", "1.2.3.4, 203.0.113.9, 10.2.2.2", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9:4711", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", '"[2001:db8::1]:80"', "2001:db8::1", "2001:db8::/64"),
        ("127.0.0.1", "2001:db8::1%eth0", "2001:db8::1", "2001:db8::/64"),
        ("10.1.1.1", "10.3.3.3, 10.2.2.2", "10.3.3.3", "10.3.3.3"),
        # Who is no address is not believed; and nobody becomes the machine itself by saying so.
        ("127.0.0.1", "1.2.3.4, unknown", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"),
        # Somebody else: what he says counts for nothing.
        ("203.0.113.9", "127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("203.0.113.9", "8.8.8.8", "203.0.113.9", "203.0.113.9"),
    ],
)
def test_who_asks(peer: str, forwarded: str | None, address: str, key: str | None) -> None:
    found = Clients(Settings(proxies=OURS)).at(peer, forwarded)
    assert (found.address, found.key) == (address, key)


@given(peer=st.text(), forwarded=st.none() | st.text())
def test_whatever_is_forwarded_nothing_is_raised(peer: str, forwarded: str | None) -> None:
    found = Clients(Settings()).at(peer, forwarded)
    assert not found.is_machine or peer.strip(' "[]').startswith(("127.", "::1", "0:", "0"))


def test_a_machine_that_trusts_no_proxy() -> None:
    found = Clients(Settings(proxies="")).at("127.0.0.1", "203.0.113.9")
    assert (found.address, found.key, found.by_proxy) == ("127.0.0.1", "127.0.0.1", False)


@pytest.mark.parametrize("name", ["proxies", "metrics_networks"])
def test_networks_that_are_none(name: str) -> None:
    with pytest.raises(BadSetting, match=r"10\.0\.0\.0/8"):
        Settings(**{name: "10.0.0.0/8, nowhere"})


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_bucket_fills_again() -> None:
    clock = Clock()
    limits = Limits(6, 0, clock)
    assert [isinstance(limits.enter("a", credentials=False), Standing) for _ in range(7)] == [
        *[True] * 6,
        False,
    ]
    assert limits.enter("a", credentials=False) == Refusal("requests", 10)
    assert isinstance(limits.enter("b", credentials=False), Standing)
    clock.now += 10
    assert isinstance(limits.enter("a", credentials=False), Standing)
    assert isinstance(limits.enter("a", credentials=False), Refusal)


def test_tokens_that_do_not_count() -> None:
    clock = Clock()
    limits = Limits(0, 0, clock)
    for _ in range(WRONG):
        standing = limits.enter("a", credentials=True)
        assert isinstance(standing, Standing)
        limits.shown_wrong(standing)
    assert limits.enter("a", credentials=True) == Refusal("tokens", 6)
    # Without a token he may go on.
    assert isinstance(limits.enter("a", credentials=False), Standing)
    clock.now += 6
    assert isinstance(limits.enter("a", credentials=True), Standing)


def test_so_many_clients_take_no_more_memory() -> None:
    limits = Limits(10, 10)
    for number in range(30_000):
        limits.enter(str(number), credentials=False)
    assert len(limits._standings) == 20_000


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("limited")
    options = {
        "MIECO_CLIENT_REQUESTS": str(PER_MINUTE),
        "MIECO_CLIENT_CONCURRENT": str(AT_ONCE),
        "MIECO_TOKEN": TOKEN,
    }
    with running("--data", str(folder), "--empty", **options) as one:
        yield one


def as_client(
    server: Server, address: str, method: str = "GET", path: str = "/", **headers: str
) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.send(method, path, {"X-Forwarded-For": address, **named})


def flood(server: Server, address: str, count: int, path: str = "/sparql?query=ASK{}") -> list[int]:
    return [as_client(server, address, path=path).status for _ in range(count)]


@pytest.mark.parametrize(
    "path", ["/sparql?query=ASK{}", "/questions", "/nowhere", "/health", "/metrics"]
)
def test_requests_in_a_minute(limited: Server, path: str) -> None:
    address = f"192.0.2.{10 + len(path) + ord(path[1])}"
    statuses = flood(limited, address, PER_MINUTE + 10, path)
    # A bucket that is emptied within a second or two is filled by as many.
    assert 429 not in statuses[:PER_MINUTE]
    assert statuses.count(429) >= 5
    assert flood(limited, "192.0.2.250", 1) == [200]
    # The machine itself is not counted.
    assert {limited.get("/sparql", query="ASK{}").status for _ in range(PER_MINUTE + 5)} == {200}


def test_what_a_refusal_says(limited: Server) -> None:
    flood(limited, "192.0.2.100", PER_MINUTE + 5)
    told = as_client(limited, "192.0.2.100", Accept_Language="en", Accept="application/json")
    assert told.status == 429
    assert 1 <= int(told.headers["Retry-After"]) <= 2
    assert told.headers["Content-Type"] == "application/problem+json"
    assert told.headers["X-Request-Id"]
    assert told.headers["X-Content-Type-Options"] == "nosniff"
    problem = told.json()
    assert problem["code"] == "too-many-requests"
    assert problem["status"] == 429
    assert "60 a minute" in problem["detail"]
    page = as_client(limited, "192.0.2.100", Accept="text/html", Accept_Language="zh").text
    assert "每分钟 60 个" in page
    assert "<html" in page
    # A body that nobody reads does not keep the answer back.
    sent = limited.post("/sparql", "ASK {}" * 1000, QUERY, **{"X-Forwarded-For": "192.0.2.100"})
    assert sent.status == 429


def test_a_client_of_ipv6_has_the_whole_of_its_network(limited: Server) -> None:
    for host in range(PER_MINUTE):
        assert as_client(limited, f"2001:db8::{host:x}", path="/sparql?query=ASK{}").status == 200
    assert 429 in flood(limited, "2001:db8::ffff", 5)
    assert flood(limited, "2001:db8:0:1::1", 1) == [200]


@contextmanager
def busy(server: Server, address: str, count: int) -> Iterator[list[Any]]:
    """So many queries of a client under way, which end when the context does."""
    with connected(server, count) as connections:
        for turn, connection in enumerate(connections):
            text = f"{ENDLESS}{address}{turn}".encode()
            head = (
                f"POST /sparql?timeout=8 HTTP/1.1\r\nHost: a\r\nContent-Type: {QUERY}\r\n"
                f"X-Forwarded-For: {address}\r\nContent-Length: {len(text)}\r\n\r\n"
            )
            connection.sendall(head.encode() + text)
        yield connections


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service of which a query can take long."""
    folder = tmp_path_factory.mktemp("crowded")
    rows = " ".join(f"<http://e/{n}> <http://e/p> {n} ." for n in range(3000))
    options = {"MIECO_TOKEN": TOKEN, "MIECO_CLIENT_CONCURRENT": str(AT_ONCE)}
    with running("--data", str(folder), "--empty", **options) as one:
        made = one.post("/update", f"INSERT DATA {{ {rows} }}", UPDATE, **BEARER)
        assert made.status == 204
        yield one


def test_requests_at_once(crowded: Server) -> None:
    address = "192.0.2.7"
    with busy(crowded, address, AT_ONCE):
        assert eventually(
            lambda: as_client(crowded, address, path="/health").status == 429, seconds=3
        )
        told = as_client(crowded, address, path="/health", Accept_Language="en").json()
        assert "3 at once" in told["detail"]
        # Others, and the machine itself, are as free as before.
        assert as_client(crowded, "192.0.2.8", path="/health").status == 200
        assert crowded.get("/health").status == 200
    # Who has hung up is not under way any more.
    assert eventually(lambda: as_client(crowded, address, path="/health").status == 200, seconds=3)


def test_an_answer_on_its_way_is_under_way(crowded: Server) -> None:
    address = "192.0.2.9"
    large = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 400000"
    with connected(crowded, AT_ONCE) as connections:
        for connection in connections:
            head = (
                f"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: {QUERY}\r\n"
                f"X-Forwarded-For: {address}\r\nContent-Length: {len(large)}\r\n\r\n{large}"
            )
            connection.sendall(head.encode())
        for connection in connections:
            assert connection.recv(12) == b"HTTP/1.1 200"
        assert as_client(crowded, address, path="/health").status == 429
    assert eventually(lambda: as_client(crowded, address, path="/health").status == 200, seconds=3)


@pytest.mark.parametrize("door", ["bearer", "form", "bearer and body"])
def test_wrong_tokens(limited: Server, door: str) -> None:
    address = f"198.51.100.{len(door)}"

    def show(token: str) -> int:
        forwarded = {"X-Forwarded-For": address}
        if door == "form":
            return limited.post("/session", f"token={token}", FORM, **forwarded).status
        named = {**forwarded, "Authorization": f"Bearer {token}"}
        if door == "bearer":
            return limited.send("GET", "/admin", {**named, "Accept": "application/json"}).status
        return limited.post("/update", "CLEAR ALL", UPDATE, **named).status

    assert [show(f"guess {turn}") for turn in range(WRONG)] == [401] * WRONG
    # Now not even the right one is looked at.
    assert show(TOKEN) == 429
    assert flood(limited, address, 1) == [200]
    assert as_client(limited, "198.51.100.99", path="/admin", **BEARER).status == 200


def test_hostile_addresses(limited: Server) -> None:
    for told in ("x" * 10_000, ",,,", "1.2.3.4, " * 500, "\xff\xfe", "::::", "[", "%", "1.2.3.4:x"):
        head = f"GET /health HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {told}\r\n\r\n"
        with connected(limited, 1) as (connection,):
            connection.sendall(head.encode("latin-1"))
            assert read_all(connection, 0.3).startswith((b"HTTP/1.1 200", b"HTTP/1.1 400"))


def test_a_second_header_is_the_later_one(limited: Server) -> None:
    """As HAProxy adds it: a line of its own below those of the client."""
    flood(limited, "192.0.2.200", PER_MINUTE + 5)
    head = "GET /health HTTP/1.1\r\nHost: a\r\n"
    for lines, status in (
        ("X-Forwarded-For: 192.0.2.201\r\nX-Forwarded-For: 192.0.2.200\r\n", b"429"),
        ("X-Forwarded-For: 192.0.2.200\r\nX-Forwarded-For: 192.0.2.202\r\n", b"200"),
    ):
        with connected(limited, 1) as (connection,):
            connection.sendall(f"{head}{lines}\r\n".encode())
            assert read_all(connection, 0.3)[9:12] == status


def test_a_flood_of_refusals_leaves_the_service_free(limited: Server) -> None:
    over = threading.Event()
    counts: list[int] = []

    def hammer() -> None:
        while not over.is_set():
            counts.append(as_client(limited, "192.0.2.222", path="/questions").status)

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        best = 9.0
        for _ in range(10):
            since = time.monotonic()
            assert limited.get("/health").status == 200
            best = min(best, time.monotonic() - since)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert best < 0.1
    assert 429 in counts


def test_the_audit_log_has_the_client_s_address(limited: Server, tmp_path: Path) -> None:
    folder = limited.process.args[limited.process.args.index("--data") + 1]  # type: ignore[index,union-attr]
    headers = {"X-Forwarded-For": "203.0.113.77", "X-Request-Id": "as-the-proxy-says", **BEARER}
    assert limited.post("/update", "CLEAR SILENT ALL", UPDATE, **headers).status in {200, 204}
    last = Path(str(folder), "audit.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    actor = json.loads(last)["actor"]
    assert (actor["address"], actor["request"]) == ("203.0.113.77", "as-the-proxy-says")
