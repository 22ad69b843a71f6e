"""The language of a page: chosen by its path or a switch, remembered, else as the browser says."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from conftest import Server, needs, watched

PAGES = (
    "/",
    "/questions/",
    "/questions/q01",
    "/id/consortium/shenzhen.html",
    "/sparql",
    "/ontology",
)
HTML = {"Accept": "text/html"}


def words_of(page: str) -> tuple[str, str]:
    """The language that a page says it is in, and its first heading."""
    said = re.search(r'<html lang="([^"]+)"', page)
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert said
    assert heading
    return said[1], heading[1]


@pytest.mark.parametrize("path", PAGES)
def test_the_path_chooses(server: Server, path: str) -> None:
    pages = {}
    for language, tag in (("zh", "zh-CN"), ("en", "en")):
        reply = server.get(f"/{language}{path}", "text/html")
        assert reply.status == 200
        assert reply.headers["Content-Language"] == language
        pages[language] = words_of(reply.text)
        assert pages[language][0] == tag
        same = server.get(f"{path}{'&' if '?' in path else '?'}lang={language}", "text/html")
        assert words_of(same.text) == pages[language]
    assert pages["zh"][1] != pages["en"][1]


def test_the_path_is_above_what_is_remembered_and_said(server: Server) -> None:
    reply = server.send(
        "GET", "/zh/questions/", {**HTML, "Cookie": "mieco-language=en", "Accept-Language": "en"}
    )
    assert reply.headers["Content-Language"] == "zh"
    assert "mieco-language=zh" in reply.headers["Set-Cookie"]


def test_a_path_is_in_a_language_or_nowhere(server: Server) -> None:
    assert server.get("/zh", "text/html").headers["Content-Language"] == "zh"
    for path in ("/fr/questions/", "/zhquestions/", "/ZH/questions/", "/zh/no-such-page"):
        assert server.get(path, "text/html").status == 404


def test_a_path_in_a_language_takes_what_the_address_without_it_takes(server: Server) -> None:
    """A long query is sent from the page by POST, and scripts of other hosts ask beforehand."""
    long = "ASK {} #" + "x" * 9000
    reply = server.post("/en/sparql", long, "application/sparql-query", Accept="text/html")
    assert (reply.status, words_of(reply.text)[0]) == (200, "en")
    asks = {"Origin": "https://e.example", "Access-Control-Request-Method": "GET"}
    assert server.send("OPTIONS", "/zh/map.geojson", asks).status == 200
    refused = server.send("PUT", "/zh/", {}, b"")
    assert (refused.status, refused.headers["Allow"] is not None) == (405, True)


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/zh/id/consortium/shenzhen", "/zh/id/consortium/shenzhen.html"),
        ("/zh/id//consortium/shenzhen", "/zh/id/consortium/shenzhen"),
    ],
)
def test_what_leads_on_stays_in_the_language(server: Server, path: str, leads_to: str) -> None:
    reply = server.send("GET", path, {**HTML, "Accept-Language": "fr"})
    assert reply.headers["Location"].removeprefix(server.url) == leads_to
    assert "Set-Cookie" in reply.headers


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [
        ("/zh/?lang=fr", "en", "zh"),
        ("/?lang=fr", "en", "en"),
        ("/", "en;q=0", "zh"),
        ("/", "zh;q=0.1, en", "en"),
    ],
)
def test_a_language_that_there_is_not_chooses_nothing(
    server: Server, path: str, accepted: str, language: str
) -> None:
    reply = server.send("GET", path, {**HTML, "Accept-Language": accepted})
    assert reply.headers["Content-Language"] == language


@needs("chromium", "the browser test")
def test_the_switch_keeps_the_page_and_is_remembered(browser: Browser, server: Server) -> None:
    with watched(browser, server.url) as page:
        page.goto("/zh/search?lang=zh&q=深圳")
        page.get_by_role("link", name="English", exact=True).click()
        assert page.url.endswith("/en/search?q=%E6%B7%B1%E5%9C%B3")
        assert page.locator("html").get_attribute("lang") == "en"
        page.get_by_role("banner").get_by_role("link", name="Questions", exact=True).click()
        assert page.locator("html").get_attribute("lang") == "en"
        alternate = page.locator("link[rel=alternate][hreflang=zh]").first.get_attribute("href")
        assert alternate == "/zh/questions/"
