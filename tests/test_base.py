"""The service at a public address: under a path prefix, behind a proxy, and at none."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph
from rdflib.namespace import Namespace

from conftest import BEARER, TOKEN
from mieco.access.holders import Holders
from mieco.engine.current import CurrentEngine
from mieco.engine.embedded import EmbeddedEngine
from mieco.errors import BadSetting
from mieco.releases import Releases
from mieco.settings import Settings, read_settings
from mieco.web import check_base, create_app
from mieco.web.body import body_rules
from mieco.web.place import without_prefix

BASE = "https://data.example.org:8443/open/mieco"
ROOT = "/open/mieco"
HTML = {"Accept": "text/html"}
MAIN_PAGES = [
    "/",
    "/?lang=en",
    "/questions/",
    "/questions/q01",
    "/readiness",
    "/readiness/baotou-equipment",
    "/sparql?query=SELECT+*+%7B+?s+a+?o+%7D+LIMIT+3",
    "/search?q=%E6%B7%B1%E5%9C%B3",
    "/id/consortium/shenzhen.html",
    "/why?s=id/consortium/shenzhen&p=a&o=mieco:TriSectorConsortium",
    "/api",
    "/import",
]
# There like all the others, but made for seconds.
UNVISITED = (
    "questions.coverage",
    "workbook_template.csv_archive",
    "workbook_template.example",
    "workbook_template.template",
)


@pytest.fixture(scope="module")
def engine(data_directory: Path) -> Iterator[CurrentEngine]:
    settings = Settings(data=data_directory, workers=2)
    one = CurrentEngine(
        Releases(data_directory), lambda release: EmbeddedEngine(release.folder, settings)
    )
    yield one
    one.close()


@pytest.fixture(scope="module")
def app(engine: CurrentEngine, data_directory: Path) -> Flask:
    return create_app(Settings(data=data_directory, base=f"{BASE}/", token=TOKEN), engine)


@pytest.fixture(scope="module")
def unplaced(engine: CurrentEngine, data_directory: Path) -> Flask:
    """The same service without a base."""
    return create_app(Settings(data=data_directory), engine)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


@pytest.mark.parametrize(
    "base",
    [
        "data.example.org",
        "//data.example.org",
        "ftp://data.example.org",
        "https://",
        "https:///mieco",
        "https://data.example.org?a",
        "https://data.example.org/#a",
        "https://user:word@data.example.org",
        "https://data.example.org:70000",
        "https://data.example.org:0",
        "https://[::1",
        "https://[:::]/",
        "https://data.example.org//mieco",
        "https://data.example.org/a/../b",
        "https://data.example.org/a b",
        "https://data.example.org/\n",
        "https://数据.中国/",
        "https://data.example.org/%2e",
    ],
)
def test_a_base_that_is_no_address_is_refused(base: str) -> None:
    with pytest.raises(BadSetting) as refused:
        read_settings({"MIECO_BASE": base})
    assert refused.value.facts["name"] == "MIECO_BASE"


@pytest.mark.parametrize(
    "base",
    [
        "",
        "http://localhost",
        "HTTPS://Data.Example.org/",
        "https://[2001:db8::1]:8443/a",
        "http://10.0.0.1:8080/a/b.c/~d_e/",
    ],
)
def test_a_base_may_have_a_port_a_prefix_and_a_slash_at_its_end(base: str) -> None:
    check_base(read_settings({"MIECO_BASE": base}))


@pytest.mark.parametrize("prefix", ["/id", "/import/x", "/graphs", "/questions", "/static/a"])
def test_a_prefix_that_is_a_path_of_the_service_is_refused(prefix: str) -> None:
    with pytest.raises(BadSetting, match=prefix):
        check_base(Settings(base=f"https://data.example.org{prefix}"))


@pytest.mark.parametrize(
    "path", ["", "/", "/questions/q01", "/questions/q01?x=1", "/id/consortium/shenzhen", "/nowhere"]
)
def test_a_page_is_the_same_whether_the_proxy_strips_the_prefix_or_not(
    client: FlaskClient, path: str
) -> None:
    passed = client.get(ROOT + path, headers=HTML)
    stripped = client.get(path, headers=HTML, base_url="http://127.0.0.1:8080/")
    assert (passed.status, passed.text) == (stripped.status, stripped.text)
    assert "127.0.0.1:8080" not in stripped.text


def links_in(page: str) -> set[str]:
    """The addresses in a page that are on this service."""
    found = {html.unescape(link) for link in re.findall(r'(?:href|action|src)="([^"]*)"', page)}
    return {
        link.removeprefix(BASE.removesuffix(ROOT)).partition("#")[0]
        for link in found
        if not link.startswith("#") and (link.startswith(BASE) or "://" not in link[:9])
    }


def test_every_link_of_the_main_pages_stays_below_the_prefix_and_leads_somewhere(
    app: Flask, client: FlaskClient
) -> None:
    pages = [client.get(ROOT + page, headers=HTML) for page in MAIN_PAGES]
    assert {page.status_code for page in pages} == {200}
    links = set[str]().union(*(links_in(page.text) for page in pages))
    assert len(links) > 400
    paths = app.url_map.bind("data.example.org")
    chosen: dict[tuple[object, ...], str] = {}
    for link in sorted(links):
        assert link.startswith((f"{ROOT}/", f"{ROOT}?")), link
        parts = urlsplit(link)
        path = re.sub("^/(zh|en)/", "/", without_prefix(parts.path, ROOT))
        endpoint, found = paths.match(path, "GET")
        asked = tuple(sorted({name for name, _ in parse_qsl(parts.query)}))
        # One of each kind: the same view with the same parameters, the same kind of thing or file.
        chosen.setdefault((endpoint, found.get("kind") or found.get("filename"), asked), link)
    for (endpoint, *_), link in chosen.items():
        if endpoint not in UNVISITED:
            with client.get(quote(link, safe="/?&=%:+"), headers=HTML) as reply:
                assert reply.status_code in (200, 302, 303), link
                assert reply.headers.get("Location", ROOT).startswith((ROOT, BASE)), link


def test_absolute_addresses_are_at_the_base(client: FlaskClient) -> None:
    page = client.get("/questions/q01?lang=en", headers=HTML).text
    assert f'href="{BASE}/questions/q01?consortium=' in page
    assert f"curl -sS --fail-with-body --max-time 60 &#34;{BASE}/questions/q01" in page
    assert client.get("/openapi.json").json["servers"] == [{"url": BASE}]
    description = Graph().parse(data=client.get("/sparql?format=ttl").text, format="turtle")
    sd = Namespace("http://www.w3.org/ns/sparql-service-description#")
    assert f"{BASE}/sparql" in {str(each) for each in description.objects(None, sd.endpoint)}


def test_iris_of_things_stay_and_lead_to_the_base(client: FlaskClient) -> None:
    shenzhen = "id/consortium/shenzhen"
    told = client.get(f"/statements?s={shenzhen}").json
    assert told["thing"]["value"] == f"https://w3id.org/mieco/{shenzhen}"
    page = client.get("/search?q=%E6%B7%B1%E5%9C%B3", headers=HTML).text
    assert f'href="{ROOT}/{shenzhen}"' in page
    assert f'href="{BASE}/{shenzhen}.ttl"' in client.get(f"/{shenzhen}.html").text


def test_signing_in_stays_below_the_prefix(client: FlaskClient) -> None:
    sent = client.get("/import/some-delivery", headers=HTML)
    where = f"{ROOT}/import/some-delivery"
    assert (sent.status_code, sent.location) == (303, f"{ROOT}/session?next={quote(where)}")
    form = {"token": TOKEN, "next": where}
    entered = client.post("/session", data=form)
    assert (entered.status_code, entered.location) == (303, where)
    cookie, _, attributes = entered.headers["Set-Cookie"].partition(";")
    assert f"Path={ROOT}/;" in attributes
    assert "Secure" in attributes
    assert client.get(f"{ROOT}/import", headers=HTML | {"Cookie": cookie}).status_code == 200
    # Of this service is a page that was sent from the base, not from where the proxy asks.
    for origin, status in (("http://127.0.0.1:8080", 403), (BASE.removesuffix(ROOT), 303)):
        left = client.post("/session/end", headers={"Cookie": cookie, "Origin": origin})
        assert left.status_code == status
    for elsewhere in ("//evil.example/", "/import/x", "https://evil.example/import/"):
        back = client.post("/session", data={"token": TOKEN, "next": elsewhere})
        assert back.location == f"{ROOT}/import"


def test_a_chosen_language_is_remembered_below_the_prefix(client: FlaskClient) -> None:
    assert f"Path={ROOT};" in client.get("/?lang=en").headers["Set-Cookie"]


def test_the_limits_of_bodies_know_the_prefix(tmp_path: Path) -> None:
    settings = Settings(base=BASE, token=TOKEN, data=tmp_path)
    rule = body_rules(settings, Holders(settings))
    for path in (f"{ROOT}/graphs/x", "/graphs/x"):
        assert rule("PUT", path, BEARER["Authorization"], "").changes
    assert not rule("PUT", f"{ROOT}x/graphs", BEARER["Authorization"], "").changes


@given(st.text("abc/.", max_size=8))
def test_what_the_prefix_is_taken_from_comes_back(rest: str) -> None:
    assert without_prefix(f"/p/{rest}", "/p") == f"/{rest}"
    assert without_prefix(f"/pp/{rest}", "/p") == f"/pp/{rest}"
    assert without_prefix(f"/{rest}", "") == f"/{rest}"


def test_without_a_base_documents_are_where_they_are_asked_for(unplaced: Flask) -> None:
    client = unplaced.test_client()
    page = client.get("/questions/q01", headers=HTML, base_url="http://other.example:81/").text
    assert 'href="http://other.example:81/questions/q01?consortium=' in page
    # Also where a server mounts the application (PEP 3333).
    mounted = client.get("/questions/q01", headers=HTML, base_url="http://other.example/mounted")
    assert 'href="http://other.example/mounted/questions/q01?consortium=' in mounted.text
    assert links_in(mounted.text) <= {link for link in links_in(mounted.text) if "/mounted" in link}


def test_a_path_of_two_slashes_leads_to_no_other_host(unplaced: Flask) -> None:
    environ = {"PATH_INFO": "//evil.example/"}
    page = unplaced.test_client().get("/", headers=HTML, environ_overrides=environ)
    assert page.status_code == 404
    assert '"//evil' not in page.text


@pytest.mark.parametrize("host", ["a b", "user@host", "host:99999", "", "a,b"])
def test_a_host_that_is_none_is_refused(unplaced: Flask, host: str) -> None:
    """RFC 9112 §3.2: such a name would stand in every address of the answer."""
    reply = unplaced.test_client().get("/health", headers={"Host": host, "Accept": "text/plain"})
    assert reply.status_code == 400
