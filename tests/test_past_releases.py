"""The data as they were in a past release, at every door."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from conftest import BEARER, FORM, QUERY, TOKEN, UPDATE, Run
from mieco.cli import main
from mieco.engine.base import Engine
from mieco.engine.current import CurrentEngine
from mieco.engine.embedded import EmbeddedEngine
from mieco.engine.past import PastEngines
from mieco.errors import EngineUnavailable, Overloaded, Text
from mieco.manifest import Manifest
from mieco.releases import Release, Releases
from mieco.settings import Settings
from mieco.web import create_app

SHENZHEN = "id/consortium/shenzhen"
NAME = "只在第二次发布中的名称"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
ADDED = f'INSERT DATA {{ GRAPH <urn:x:g> {{ <urn:x:it> <{LABEL}> "{NAME}"@zh }} }}'
ASK = f'ASK {{ ?it ?label "{NAME}"@zh }}'
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def folder(data_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory of its own, at its first release."""
    copy = tmp_path_factory.mktemp("history") / "data"
    shutil.copytree(data_directory, copy)
    return copy


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[FlaskClient]:
    """A service whose second release says one thing more."""
    settings = Settings(data=folder, workers=2, token=TOKEN, timeout=60)
    engine = CurrentEngine(Releases(folder), lambda r: EmbeddedEngine(r.folder, settings))
    app = create_app(settings, engine)
    made = app.test_client().post("/update", data=ADDED, content_type=UPDATE, headers=BEARER)
    assert made.headers["Mieco-Release"] == "2"
    yield app.test_client(use_cookies=False)
    app.extensions["mieco"].past.close()
    engine.close()


def release_of(reply: TestResponse) -> str | None:
    assert reply.status_code == 200, reply.text
    return reply.headers.get("Mieco-Release")


def test_a_query_is_answered_from_the_release_that_it_names(client: FlaskClient) -> None:
    told = {}
    for number in ("1", "2", None):
        named = {"release": number} if number else {}
        for reply in (
            client.get("/sparql", query_string={"query": ASK, **named}),
            client.post("/sparql", data={"query": ASK, **named}, content_type=FORM),
            client.post("/sparql", data=ASK, content_type=QUERY, query_string=named),
        ):
            assert release_of(reply) == (number or "2")
            told.setdefault(number, set()).add(reply.json["boolean"])
    assert told == {"1": {False}, "2": {True}, None: {True}}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=产教",
        f"/{SHENZHEN}.html",
        f"/{SHENZHEN}.ttl",
        f"/thing?iri=https://w3id.org/mieco/{SHENZHEN}",
        f"/statements?s={SHENZHEN}",
        "/questions/q01",
        "/questions/q01?format=csv",
        "/questions/q01?format=ttl",
        "/readiness",
        "/graphs?graph=https://w3id.org/mieco/graph/catalogue",
        f"/why?s={SHENZHEN}&p=a&o=mieco:TriSectorConsortium",
        "/sparql",
    ],
)
def test_every_read_is_of_the_release_that_it_names(client: FlaskClient, path: str) -> None:
    past, now = (
        client.get(path + ("&" if "?" in path else "?") + f"release={number}") for number in (1, 2)
    )
    assert (release_of(past), release_of(now)) == ("1", "2")
    assert release_of(client.get(path)) == "2"
    # What differs with the moment, or as long as something is being counted, has no mark.
    if path not in ("/sparql", "/readiness"):
        assert past.headers["ETag"] != now.headers["ETag"]
    document = past.json if past.mimetype == "application/json" else None
    if isinstance(document, dict):
        assert document["release"]["number"] == 1


def test_what_was_not_there_is_not_found(client: FlaskClient) -> None:
    for path in ("/graphs?graph=urn:x:g", "/thing?iri=urn:x:it"):
        assert client.get(path).status_code == 200
        assert client.get(f"{path}&release=1").status_code == 404
        assert client.head(f"{path}&release=1").status_code == 404
    for number, found in ((2, True), (1, False)):
        hits = client.get("/search", query_string={"q": NAME, "release": number}).json["hits"]
        assert (NAME in {hit["label"] for hit in hits}) is found


@pytest.mark.parametrize(
    ("path", "now"),
    [
        ("/?release=1&lang=en", "/?lang=en"),
        ("/questions/?release=1&lang=en", "/questions/?lang=en"),
        ("/questions/q01?lang=en&release=1&sort=actor", "/questions/q01?lang=en&amp;sort=actor"),
        (f"/{SHENZHEN}.html?release=1", f"/{SHENZHEN}.html"),
        ("/sparql?release=1&query=ASK+{}", "/sparql?query=ASK+%7B%7D"),
    ],
)
def test_a_page_of_a_past_release_says_so_and_leads_to_the_present(
    client: FlaskClient, path: str, now: str
) -> None:
    page = client.get(path, headers=HTML).text
    said = re.search(r'<p class="past" role="note">(.*?)</p>', page)
    assert said is not None
    day = Releases.open(client.application.extensions["mieco"].releases, 1).manifest.created[:10]
    english = f"This is release 1 of {day}; the current one is 2."
    chinese = f"这是发布 1（{day}）时的内容；当前是发布 2。"
    assert said[1].startswith(english if "lang=en" in path else chinese)
    assert f'href="{now}"' in said[1]
    for current in (path.replace("release=1", "release=2"), now.replace("&amp;", "&")):
        assert 'class="past"' not in client.get(current, headers=HTML).text


# What is of no release.
TIMELESS = ("/static", "/import", "/api", "/download", "/changes", "/about/conformance")


def test_links_and_forms_stay_in_a_past_release(client: FlaskClient) -> None:
    for path in (
        "/",
        "/questions/",
        "/questions/q01",
        f"/{SHENZHEN}.html",
        "/readiness",
        "/search",
    ):
        page = client.get(path, query_string={"release": 1}, headers=HTML).text
        page = page.replace(re.search(r'<p class="past".*?</p>', page)[0], "")
        for link in re.findall(r'(?:href|action)="(/[^"#]*)', page):
            apart = link.startswith(TIMELESS)
            of_form = f'action="{link}"' in page
            assert ("release=1" in link) is not (apart or of_form), (path, link)
        forms = page.count("<form")
        assert page.count('<input type="hidden" name="release" value="1">') == forms, path


def test_an_answer_is_cited_as_of_its_release(client: FlaskClient) -> None:
    page = client.get("/questions/q01", headers=HTML).text.replace("&amp;", "&")
    cited = re.findall(r'<blockquote class="cite".*?</blockquote>', page)
    assert len(cited) == 2
    assert all("&release=2. CC BY 4.0." in each for each in cited)
    addresses = re.findall(r'<a class="iri" href="http://localhost(/questions/q01[^"]*)"', page)
    of_release, permalink = addresses
    assert of_release == f"{permalink}&release=2"
    old = client.get("/questions/q01", query_string={"release": 1}, headers=HTML).text
    assert "&amp;release=1&amp;format=csv" in old


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ("release=3", 404, "not-found"),
        ("release=0", 404, "not-found"),
        ("release=999999999", 404, "not-found"),
        ("release=", 400, "bad-parameter"),
        ("release=-1", 400, "bad-parameter"),
        ("release=1.0", 400, "bad-parameter"),
        ("release=１", 400, "bad-parameter"),
        ("release=9999999999999999999", 400, "bad-parameter"),
        ("release=current", 400, "bad-parameter"),
        ("release=%00", 400, "bad-parameter"),
        ("release=1&release=2", 400, "bad-parameter"),
    ],
)
def test_a_release_that_is_not_there_is_told(
    client: FlaskClient, given: str, status: int, code: str
) -> None:
    for path in ("/questions/q01", f"/{SHENZHEN}", "/questions/", "/search"):
        reply = client.get(f"{path}?{given}&lang=en")
        assert (reply.status_code, reply.json["code"]) == (status, code)
        if status == 404:
            assert reply.json["hint"] == "There are the releases 1-2; the current one is 2"
    page = client.get(f"/?{given}", headers=HTML)
    assert (page.status_code, 'class="past"' in page.text) == (status, False)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/update?release=1"),
        ("PUT", "/graphs?graph=urn:x:h&release=1"),
        ("POST", "/graphs?default&release=2"),
        ("DELETE", "/graphs?graph=urn:x:g&release=2"),
        ("POST", "/import?filename=a.csv&release=1"),
        ("GET", "/health?release=1"),
        ("GET", "/openapi.json?release=1"),
        ("GET", "/questions.ttl?release=1"),
        ("GET", "/import/template.xlsx?release=1"),
    ],
)
def test_what_is_of_no_release_refuses_one(client: FlaskClient, method: str, path: str) -> None:
    reply = client.open(path, method=method, data=b"", headers=BEARER, content_type=UPDATE)
    assert (reply.status_code, reply.json["code"]) == (400, "bad-parameter")
    assert client.get("/health").json["release"] == 2


def test_a_form_that_writes_refuses_a_release_too(client: FlaskClient) -> None:
    form = {"update": "DROP ALL", "release": "1"}
    assert client.post("/update", data=form, headers=BEARER).status_code == 400


def test_the_commands_read_a_past_release(client: FlaskClient, folder: Path, mieco: Run) -> None:
    assert client.get("/health").json["release"] == 2
    options = ("--data", str(folder), "--release")
    done = mieco("query", "-", "--format", "json", *options, "1", stdin=ASK)
    assert '"boolean":false' in done.stdout, done.stderr
    for command in (["ask", "q01"], ["why", "a", "b", "c"], ["readiness", "shenzhen"]):
        gone = CliRunner(env={"MIECO_LANGUAGE": "en"}).invoke(main, [*command, *options, "7"])
        assert gone.exit_code == 2
        assert "There are the releases 1-2" in gone.output


class FakeEngine:
    """An engine that only opens, lives and closes."""

    def __init__(self, log: list[str], number: int) -> None:
        self._log, self.number = log, number
        self.closed = threading.Event()
        self.living = True
        log.append(f"open {number}")

    def alive(self) -> bool:
        return self.living

    def close(self) -> None:
        self._log.append(f"close {self.number}")
        self.closed.set()


def release(number: int) -> Release:
    return Release(Path(), Manifest(number, "", "", 0, {}, {}, {}))


def engines(log: list[str], **options: float) -> PastEngines:
    def opened(one: Release) -> Engine:
        return cast(Engine, FakeEngine(log, one.manifest.number))

    return PastEngines(opened, **options)  # type: ignore[arg-type]


def test_a_past_release_is_opened_once_for_all_who_ask() -> None:
    log: list[str] = []
    together, barrier = threading.Barrier(16), threading.Barrier(16)
    past = engines(log)

    def ask(_: int) -> Engine:
        together.wait(timeout=30)
        with past.use(release(1)) as engine:
            barrier.wait(timeout=30)
            return engine

    with ThreadPoolExecutor(16) as pool:
        assert len({id(each) for each in pool.map(ask, range(16))}) == 1
    assert log == ["open 1"]
    past.close()
    assert log == ["open 1", "close 1"]


def test_two_are_open_and_the_one_used_longest_ago_makes_room() -> None:
    log: list[str] = []
    past = engines(log)
    for number in (1, 2, 1, 3, 3):
        with past.use(release(number)):
            pass
    assert log == ["open 1", "open 2", "close 2", "open 3"]
    with past.use(release(1)), past.use(release(2)):
        assert log[4:] == ["close 3", "open 2"]
    past.close()


def test_who_finds_all_places_taken_waits_and_is_then_refused() -> None:
    past = engines([], wait_seconds=0.01)
    with past.use(release(1)), past.use(release(2)):
        with pytest.raises(Overloaded), past.use(release(3)):
            pass
        with past.use(release(2)) as engine:
            assert engine.alive()
    with past.use(release(3)):
        pass
    past.close()


def test_a_place_that_comes_free_is_taken() -> None:
    log: list[str] = []
    past = engines(log, wait_seconds=60)
    with ThreadPoolExecutor(1) as pool, past.use(release(1)):
        with past.use(release(2)):
            waits = pool.submit(lambda: past.use(release(3)).__enter__())
        assert cast(FakeEngine, waits.result(timeout=30)).number == 3
    assert log == ["open 1", "open 2", "close 2", "open 3"]


def test_an_engine_that_cannot_be_opened_takes_no_place() -> None:
    tried: list[int] = []

    def fail(one: Release) -> Engine:
        tried.append(one.manifest.number)
        raise EngineUnavailable(reason=Text("不行", "no"))

    past = PastEngines(fail, wait_seconds=0.01)
    for number in (1, 2, 3, 1):
        with pytest.raises(EngineUnavailable), past.use(release(number)):
            pass
    assert tried == [1, 2, 3, 1]


def test_an_engine_that_died_is_opened_anew() -> None:
    log: list[str] = []
    past = engines(log)
    with past.use(release(1)) as first:
        cast(FakeEngine, first).living = False
        with past.use(release(1)) as second:
            assert second is not first
        assert log == ["open 1", "open 1"]
    assert log == ["open 1", "open 1", "close 1"]
    past.close()


def test_an_idle_engine_is_closed() -> None:
    past = engines([], idle_seconds=0.01)
    with past.use(release(1)) as engine:
        closed = cast(FakeEngine, engine).closed
    assert closed.wait(timeout=30)
    with past.use(release(1)) as again:
        assert again is not engine
    assert cast(FakeEngine, again).closed.wait(timeout=30)
