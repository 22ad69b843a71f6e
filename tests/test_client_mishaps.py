"""The Python client with what is no service, a busy one, or one that fails half-way."""

from __future__ import annotations

import datetime as dt
import email.utils
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import odd_service as odd
from conftest import free_port
from mieco.client import (
    BadAddress,
    Client,
    ClientError,
    CutOff,
    Failed,
    NotMieco,
    PandasMissing,
    Refused,
    Table,
    TimedOut,
    Unavailable,
    Unreachable,
    Value,
)
from odd_service import OddService

Answer = Callable[[BaseHTTPRequestHandler], None]
RESULTS = {"head": {"vars": ["x"]}, "results": {"bindings": []}}
NOTHING = {"near": False, "hits": []}
SPARQL_JSON = "application/sparql-results+json"
EVERYTHING: list[Callable[[Client], Any]] = [
    lambda client: client.ask("q01"),
    lambda client: client.questions(),
    lambda client: client.query("SELECT * {}"),
    lambda client: client.entity("x"),
    lambda client: client.search("x"),
]
NAMES = ["ask", "questions", "query", "entity", "search"]


@pytest.fixture(scope="module")
def running() -> Iterator[OddService]:
    with odd.odd_service() as one:
        yield one


@pytest.fixture
def service(running: OddService) -> OddService:
    running.will(odd.says([]))
    return running


@pytest.fixture
def client(service: OddService) -> Client:
    return Client(service.url, timeout=1, retries=2, language="en")


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that the client made, which take no time here."""
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


@pytest.fixture(params=EVERYTHING, ids=NAMES)
def request_(request: pytest.FixtureRequest) -> Callable[[Client], Any]:
    return request.param


def test_no_room_is_asked_for_again_when_the_service_says(
    service: OddService, client: Client, slept: list[float]
) -> None:
    busy = odd.problem(503, "overloaded", Retry_After="5")
    service.will(busy, busy, odd.says(NOTHING))
    assert client.search("x") == []
    assert slept == [5, 5]
    assert len(service.seen) == 3


def test_a_query_by_post_is_asked_again_as_well(
    service: OddService, client: Client, slept: list[float]
) -> None:
    service.will(
        odd.problem(503, "overloaded", Retry_After="0"), odd.says(RESULTS, kind=SPARQL_JSON)
    )
    assert isinstance(client.query("SELECT ?x {}"), Table)
    first, second = service.seen
    assert first.method == second.method == "POST"
    assert first.body == second.body
    assert slept == [0]


def test_it_really_waits(service: OddService, client: Client) -> None:
    moment = email.utils.format_datetime(
        dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2), usegmt=True
    )
    service.will(odd.problem(503, "overloaded", Retry_After=moment), odd.says(NOTHING))
    started = time.monotonic()
    client.search("x")
    assert 0.5 < time.monotonic() - started < 10


def test_no_room_for_ever_is_told(
    service: OddService, client: Client, slept: list[float], request_: Callable[[Client], Any]
) -> None:
    service.will(odd.problem(503, "overloaded", Retry_After="1"))
    with pytest.raises(Unavailable) as busy:
        request_(client)
    error = busy.value
    assert (error.code, error.status, error.retry_after) == ("overloaded", 503, 1)
    assert (error.message, error.hint) == ("detail of overloaded", "a hint")
    assert slept == [1, 1]


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        (odd.problem(503, "worker-lost"), 0),  # the query itself is what is wrong
        (odd.problem(503, "overloaded", Retry_After="3600"), 0),
        (odd.problem(503, "overloaded", Retry_After="soon"), 0),
        (odd.says("<h1>Down</h1>", 503, "text/html"), 2),
        (odd.says("<h1>Down</h1>", 503, "text/html", Retry_After="7"), 2),
        (odd.says("<h1>Bad gateway</h1>", 502, "text/html"), 0),
    ],
    ids=["no use", "too long", "unreadable", "proxy", "proxy that says when", "gateway"],
)
def test_it_asks_again_only_where_that_may_help(
    service: OddService, client: Client, slept: list[float], answer: Answer, waits: int
) -> None:
    service.will(answer)
    with pytest.raises(Unavailable):
        client.search("x")
    assert len(slept) == waits
    assert len(service.seen) == waits + 1
    assert all(0 < wait <= 30 for wait in slept)


def test_the_waits_grow_where_nobody_says(service: OddService, slept: list[float]) -> None:
    service.will(odd.says("", 503, "text/plain"))
    with pytest.raises(Unavailable):
        Client(service.url, retries=9).search("x")
    assert all(0.25 * 2**n <= w <= 0.5 * 2**n for n, w in enumerate(slept[:6]))
    assert max(slept) <= 30


def test_no_retries_means_none(service: OddService, slept: list[float]) -> None:
    service.will(odd.problem(503, "overloaded", Retry_After="1"))
    with pytest.raises(Unavailable):
        Client(service.url, retries=0).search("x")
    assert len(service.seen) == 1
    assert slept == []


@pytest.mark.parametrize("way", [odd.silent, odd.trickles], ids=["silent", "trickles"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_wait_for_an_answer_ends(
    service: OddService, way: Callable[[OddService], Answer], language: Any
) -> None:
    service.will(way(service))
    started = time.monotonic()
    with pytest.raises(TimedOut) as late:
        Client(service.url, timeout=0.5, language=language).questions()
    assert time.monotonic() - started < 5
    assert late.value.code == "timed-out"
    assert "0.5" in late.value.message
    assert len(service.seen) == 1


def test_the_service_is_told_how_long_it_may_take(service: OddService) -> None:
    service.will(odd.says(RESULTS, kind=SPARQL_JSON))
    Client(service.url, timeout=20).query("SELECT ?x {}")
    assert parse_qs(service.seen[0].body)["timeout"] == ["19"]


def test_a_value_given_several_times_is_sent_several_times(
    service: OddService, client: Client
) -> None:
    service.will(odd.problem(400, "bad-parameter"))
    values: dict[str, Any] = {
        "each": ["甲 &=", "\"'", Value("urn:x"), 3, dt.date(2024, 1, 2), True],
        "none": None,
        "class": "c",
    }
    with pytest.raises(Refused) as refused:
        client.ask("q01", entailment="both", **values)
    assert str(refused.value) == "detail of bad-parameter\na hint"
    asked = urlsplit(service.seen[0].path)
    assert asked.path == "/questions/q01"
    assert parse_qs(asked.query) == {
        "each": ["甲 &=", "\"'", "urn:x", "3", "2024-01-02", "true"],
        "class": ["c"],
        "entailment": ["both"],
        "lang": ["en"],
        "timeout": ["0.5"],
    }


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (odd.says("<html>Welcome</html>", kind="text/html"), NotMieco),
        (odd.says("<html>Not found</html>", 404, "text/html"), NotMieco),
        (odd.says("<html>Log in</html>", 401, "text/html"), NotMieco),
        (odd.says({"error": "no"}, 404), NotMieco),
        (odd.says("{", 400), NotMieco),
        (odd.says({"hello": "world"}), NotMieco),
        (odd.says([1, 2]), NotMieco),
        (odd.says("7"), NotMieco),
        (odd.says("null"), NotMieco),
        (odd.says("", 204), NotMieco),
        (odd.talks_otherwise, NotMieco),
        (odd.says('{"asked": "'), CutOff),
        (odd.says(b"\xff\xfe".decode("latin-1")), CutOff),
        (odd.breaks_off('{"asked": ', declared=1000), CutOff),
        (odd.breaks_off('{"asked": ', declared=1000, reset=True), CutOff),
        (odd.breaks_off('[{"iri": ', declared=None), CutOff),
        (odd.breaks_off_in_chunks, CutOff),
        (odd.resets, Unreachable),
        (odd.hangs_up, Unreachable),
        (odd.problem(500, "internal-error"), Failed),
        (odd.problem(504, "deadline-exceeded"), TimedOut),
        (odd.problem(400, "bad-parameter"), Refused),
    ],
)
def test_every_mishap_is_an_error_of_ours(
    service: OddService,
    client: Client,
    request_: Callable[[Client], Any],
    answer: Answer,
    kind: type,
) -> None:
    service.will(answer)
    with pytest.raises(ClientError) as failed:
        request_(client)
    assert type(failed.value) is kind
    assert failed.value.code
    assert failed.value.message
    assert failed.value.hint
    assert failed.value.__cause__ is None
    assert len(service.seen) == 1


def test_turtle_that_is_not_whole_is_told(service: OddService, client: Client) -> None:
    service.will(odd.says("<urn:a> <urn:b> ", kind="text/turtle"))
    with pytest.raises(CutOff):
        client.query("DESCRIBE <urn:a>")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_followed_with_what_was_asked(
    service: OddService, client: Client, status: int
) -> None:
    service.will(
        odd.redirects(f"{service.url}/moved/sparql", status),
        odd.says({"head": {}, "boolean": True}, kind=SPARQL_JSON),
    )
    assert client.query("ASK {}") is True
    first, second = service.seen
    assert (second.method, second.path) == ("POST", "/moved/sparql")
    assert second.body == first.body
    service.will(odd.redirects("/elsewhere?q=x", status), odd.says(NOTHING))
    assert client.search("x") == []
    assert [each.path for each in service.seen][1] == "/elsewhere?q=x"


@pytest.mark.parametrize("where", ["/search", "file:///etc/hostname", "", "http://[/"])
def test_a_redirect_that_leads_nowhere_is_told(
    service: OddService, client: Client, where: str
) -> None:
    service.will(odd.redirects(where, 302))
    with pytest.raises(ClientError):
        client.search("x")
    assert len(service.seen) <= 12


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nobody_there_is_explained(language: Any) -> None:
    client = Client(f"http://127.0.0.1:{free_port()}", language=language)
    with pytest.raises(Unreachable) as nobody:
        client.ask("q01")
    expected = {
        "zh": ("没有程序在接听", "请检查地址"),
        "en": ("nobody listens", "Check the address"),
    }
    assert expected[language][0] in nobody.value.message
    assert expected[language][1] in nobody.value.hint
    assert "mieco serve" in nobody.value.hint


def test_no_such_host_is_explained() -> None:
    with pytest.raises(Unreachable, match="no such host"):
        Client("http://mieco.invalid", language="en").questions()


def test_a_certificate_is_not_passed_over(service: OddService) -> None:
    """A service that does not speak TLS where it should."""
    with pytest.raises(Unreachable):
        Client(service.url.replace("http:", "https:"), timeout=2).questions()


@pytest.mark.parametrize(
    "url",
    [
        *("", "127.0.0.1:8080", "localhost", "ftp://example.org", "file:///etc/passwd"),
        *("http://", "http:///questions", "http://a b/", "http://x:port/", "http://[::1/"),
        *("http://user:secret@example.org/", "http://example.org/a\nb", "http://" + "a" * 70),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_no_address_is_refused_at_once(url: str, language: Any) -> None:
    with pytest.raises(BadAddress) as bad:
        Client(url, language=language)
    assert bad.value.code == "bad-address"
    assert "secret" not in str(bad.value)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://example.org/", "http://example.org"),
        (" https://example.org:8443/mieco/?x#y ", "https://example.org:8443/mieco"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://例子.测试/联合体", "http://xn--fsqu00a.xn--0zwm56d/%E8%81%94%E5%90%88%E4%BD%93"),
        ("http://example.org/a%20b", "http://example.org/a%20b"),
    ],
)
def test_an_address_is_tidied(given: str, url: str) -> None:
    assert Client(given).url == url


@pytest.mark.parametrize("wrong", [{"language": "fr"}, {"timeout": 0}, {"retries": -1}])
def test_a_wrong_setting_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Client("http://example.org", **wrong)


def test_a_data_frame_without_pandas_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(PandasMissing) as missing:
        Table(("x",), [], language="zh").dataframe()
    assert "pip install pandas" in str(missing.value)
