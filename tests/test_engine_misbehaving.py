"""What becomes of a query whose engine misbehaves: a clear error, never a part as a whole."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import Run, Server, running
from mieco.engine.base import Query
from mieco.engine.breaker import Breaker
from mieco.engine.far import Far
from mieco.engine.remote import RemoteEngine
from mieco.errors import (
    DeadlineExceeded,
    EngineBehind,
    EngineFailed,
    EngineRefused,
    EngineUnreachable,
    MiecoError,
    Overloaded,
    QuerySyntaxError,
)
from mieco.releases import Releases
from mieco.settings import Settings
from misbehaving import JSON, WHOLE, Misbehaving, misbehaving

OWN = Query("SELECT ?s { ?s ?p ?o }", solutions=JSON)
QUERY = replace(OWN, foreign=True)
CSV = replace(QUERY, solutions="text/csv")


@pytest.fixture
def there() -> Iterator[Misbehaving]:
    with misbehaving() as one:
        yield one


@pytest.fixture
def engine(there: Misbehaving, few_directory: Path) -> Iterator[RemoteEngine]:
    settings = Settings(data=few_directory, engine=there.address, engine_connections=4)
    one = RemoteEngine(Releases(few_directory).current(), Far(settings))
    yield one
    one.close()


def test_well(engine: RemoteEngine, there: Misbehaving) -> None:
    assert engine.query(QUERY, seconds=5).read() == WHOLE
    assert engine.query(CSV, seconds=5).read() == b"s\r\n" + b"http://e/a\r\n" * 3
    assert there.asked == 2


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        (
            {"engine_user": "li", "engine_password": "密:码"},
            "Authorization: Basic bGk65a+GOueggQ==",
        ),
        ({"engine_token": "abc.def"}, "Authorization: Bearer abc.def"),
        ({"engine_header": "X-Api-Key: k=1"}, "X-Api-Key: k=1"),
    ],
)
def test_credentials_go_with_every_request(
    there: Misbehaving, few_directory: Path, settings: dict[str, str], header: str
) -> None:
    far = Far(Settings(data=few_directory, engine=there.address, **settings))  # type: ignore[arg-type]
    engine = RemoteEngine(Releases(few_directory).current(), far)
    engine.query(QUERY, seconds=5).read()
    far.update("DROP SILENT GRAPH <http://e/g>", seconds=5)
    engine.close()
    assert len(there.heads) == 4
    assert all(f"\r\n{header}\r\n" in f"{head}\r\n" for head in there.heads)


def test_secrets_are_never_told(few_directory: Path, mieco: Run) -> None:
    secret = "very-secret-word"
    with misbehaving() as there:
        there.how = "refuses"
        told = [
            mieco(
                *command,
                MIECO_DATA=str(few_directory),
                MIECO_ENGINE=there.address,
                MIECO_ENGINE_USER="li",
                MIECO_ENGINE_PASSWORD=secret,
                MIECO_ENGINE_HEADER=f"X-Api-Key: {secret}",
            )
            for command in (("settings",), ("doctor",), ("push",))
        ]
    assert all(secret not in each.stdout + each.stderr for each in told)


FAILURES: dict[str, type[MiecoError]] = {
    "silent": DeadlineExceeded,
    "slow head": DeadlineExceeded,
    "slow body": DeadlineExceeded,
    "hangs": DeadlineExceeded,
    "hangs up": EngineUnreachable,
    "short": EngineUnreachable,
    "cut chunks": EngineUnreachable,
    "ended early": EngineFailed,
    "without end": EngineFailed,
    "csv without end": EngineFailed,
    "page": EngineFailed,
    "no http": EngineUnreachable,
    "busy": EngineUnreachable,
    "refuses": EngineRefused,
    "fails": EngineFailed,
    "bad query": QuerySyntaxError,
    "late": DeadlineExceeded,
    "elsewhere": EngineFailed,
    "endless": DeadlineExceeded,
}


@pytest.mark.parametrize("query", [QUERY, CSV], ids=["as it comes", "written anew"])
@pytest.mark.parametrize("how", FAILURES)
def test_a_clear_error_in_time(
    engine: RemoteEngine, there: Misbehaving, how: str, query: Query
) -> None:
    there.how = how
    started = time.monotonic()
    with pytest.raises(FAILURES[how]) as caught:
        engine.query(query, seconds=1).read()
    assert time.monotonic() - started < 10
    for language in ("zh", "en"):
        said = caught.value.message(language)
        assert "Traceback" not in said
        assert len(said) < 700
    # Its place, and its thread, are free again.
    there.how = "well"
    time.sleep(1.1 * (there.asked > 1))  # after several failures it is left alone for a while
    for _ in range(5):
        assert engine.query(QUERY, seconds=5).read() == WHOLE


def test_what_cannot_be_read_is_no_answer(engine: RemoteEngine, there: Misbehaving) -> None:
    there.how = "nonsense"
    with pytest.raises(EngineFailed):
        engine.query(CSV, seconds=2).read()


@pytest.mark.parametrize("how", ["fails", "bad query"])
def test_a_page_does_not_break_because_an_engine_does(
    engine: RemoteEngine, there: Misbehaving, how: str
) -> None:
    there.how = how
    answer = json.loads(engine.query(OWN, seconds=30).read())
    assert len(answer["results"]["bindings"]) > 1000  # the release that is here


@pytest.mark.parametrize("how", ["busy once", "drops once"])
def test_a_query_is_sent_again_where_that_is_safe(
    engine: RemoteEngine, there: Misbehaving, how: str
) -> None:
    there.how = how
    assert engine.query(QUERY, seconds=5).read() == WHOLE
    assert there.asked == 2


def test_an_update_is_never_sent_again(there: Misbehaving, few_directory: Path) -> None:
    far = Far(Settings(data=few_directory, engine=there.address))
    far.found()
    there.how = "drops once"
    with pytest.raises(EngineUnreachable):
        far.update("DROP ALL", seconds=5)
    assert there.asked == 1
    far.close()


def test_who_is_away_is_left_alone(few_directory: Path) -> None:
    with misbehaving() as there:
        settings = Settings(data=few_directory, engine=there.address)
        engine = RemoteEngine(Releases(few_directory).current(), Far(settings))
        there.how = "hangs up"
        for _ in range(2):
            with pytest.raises(EngineUnreachable):
                engine.query(QUERY, seconds=5)
        # Three times each, but the last.
        assert there.asked == 5
        assert engine.state()["reached"] is False
        there.how = "well"
        time.sleep(1.2)
        assert engine.query(QUERY, seconds=5).read() == WHOLE
        assert engine.state()["reached"] is True
        engine.close()


def test_a_breaker_lets_one_try_when_its_time_is_over() -> None:
    now = 0.0
    breaker = Breaker(lambda: now)
    for _ in range(5):
        assert not breaker.is_open
        breaker.failed()
    assert breaker.is_open
    now = 1.1
    assert [breaker.is_open for _ in range(3)] == [False, True, True]
    breaker.failed()
    now = 2.2
    assert breaker.is_open  # twice as long
    now = 3.2
    assert not breaker.is_open
    breaker.succeeded()
    assert not breaker.is_open


def test_queries_share_the_places(engine: RemoteEngine, there: Misbehaving) -> None:
    """Foreign queries that hang leave a place for the pages."""
    there.how = "silent"
    errors: list[MiecoError] = []

    def ask() -> None:
        try:
            engine.query(QUERY, seconds=3)
        except MiecoError as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    while there.asked < 3:
        time.sleep(0.01)
    with pytest.raises(Overloaded):
        engine.query(QUERY, seconds=0.2)
    there.how = "well"
    assert engine.query(OWN, seconds=2).read() == WHOLE
    for thread in threads:
        thread.join()
    assert [type(error) for error in errors] == [DeadlineExceeded] * 3


def test_another_release_is_not_answered_from(there: Misbehaving, few_directory: Path) -> None:
    there.release = 7
    far = Far(Settings(data=few_directory, engine=there.address))
    with pytest.raises(EngineBehind) as caught:
        RemoteEngine(Releases(few_directory).current(), far)
    assert "7" in caught.value.message("en")
    far.close()


def test_an_engine_that_loses_its_release_is_noticed(
    engine: RemoteEngine, there: Misbehaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mieco.engine.holding._LOOK_SECONDS", 0.0)
    assert engine.query(QUERY, seconds=5).read() == WHOLE
    there.release = 7
    engine.query(QUERY, seconds=5).read()  # it may be a switch that takes a moment
    with pytest.raises(EngineBehind):
        engine.query(QUERY, seconds=5)


@pytest.fixture(scope="module")
def served(few_directory: Path) -> Iterator[tuple[Server, Misbehaving]]:
    with (
        misbehaving() as there,
        running(
            "--data", str(few_directory), MIECO_ENGINE=there.address, MIECO_TIMEOUT="2"
        ) as server,
    ):
        yield server, there


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("hangs", 504, "deadline-exceeded"),
        ("cut chunks", 503, "engine-unreachable"),
        ("page", 502, "engine-failed"),
        ("refuses", 502, "engine-refused"),
        ("bad query", 400, "query-syntax"),
        ("silent", 504, "deadline-exceeded"),
    ],
)
def test_over_http_it_is_a_problem_document(
    served: tuple[Server, Misbehaving], how: str, status: int, code: str
) -> None:
    server, there = served
    there.how = how
    reply = server.get("/sparql", JSON, query=QUERY.text)
    assert (reply.status, reply.json()["code"]) == (status, code)
    assert there.address not in reply.text


def test_a_long_answer_that_ends_too_early_breaks_the_connection(
    served: tuple[Server, Misbehaving],
) -> None:
    server, there = served
    there.how = "endless"
    with pytest.raises((OSError, http.client.IncompleteRead)):
        server.get("/sparql", JSON, query=QUERY.text)
