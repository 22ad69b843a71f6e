"""A walk through every kind of page in a real browser, in both languages: whole and alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from accessibility import accessible
from conftest import Server, needs, watched

pytestmark = needs("chromium", "the walk")

PAGES = (
    "/",
    "/questions/",
    "/questions/q01?consortium=shenzhen",
    "/questions/coverage",
    "/provinces",
    "/compare",
    "/compare?of=hangzhou-qiantang&of=zhuzhou",
    "/compare?of=gansu&of=guizhou",
    "/compare/matrix?province=id/place/shandong",
    "/map",
    "/readiness",
    "/readiness/shenzhen",
    "/sparql",
    "/sparql?query=SELECT+*+%7B+?s+a+?o+%7D+LIMIT+3",
    "/terms/?q=school",
    "/terms/TriSectorConsortium",
    "/terms/hasGrade",
    "/terms/dateBasis",
    "/terms/LeadSchool/instances",
    "/terms/modules",
    "/terms/modules/indicators",
    "/terms/changes",
    "/terms/protege",
    "/ontology/actors",
    "/id/consortium/western-vocational-base.html",
    "/id/consortium/baotou-equipment.html",
    "/id/organisation/shenzhen-zhiye-jishu-daxue.html",
    "/id/place/sichuan.html",
    "/id/policy/p5.html",
    "/id/activity/f188.html",
    "/source/s055.html",
    "/why?s=id/consortium/shenzhen&p=a&o=mieco:TriSectorConsortium",
    "/search?q=%E5%B8%B8%E5%B7%9E",
    "/search?q=qqqqqq",
    "/reconcile?format=html",
    "/links",
    "/catalogue",
    "/download/",
    "/changes/",
    "/api",
    "/import",
)
# A phone in the light, a desk in the dark.
SIGHTS: dict[str, dict[str, Any]] = {
    "zh": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
    "en": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
}
TAGS = {"zh": "zh-CN", "en": "en"}
CHINESE = re.compile("[\u4e00-\u9fff]")
_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# What a page says itself, and not in another language, which it would mark, nor what was typed.
_OWN_WORDS = """() => {
  const said = [];
  for (const each of document.querySelectorAll(
      'body > header nav a, body > footer p, h1, h2, th[scope=col], label, button')) {
    const texts = document.createTreeWalker(each, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const within = texts.currentNode.parentElement;
      if (!within.closest('[lang]:not(html), q')) said.push(texts.currentNode.data);
    }
  }
  return said.join(' ');
}"""


@pytest.fixture(scope="module", params=SIGHTS)
def sight(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    with watched(browser, server.url, locale=request.param, **SIGHTS[request.param]) as page:
        page.goto(f"/{request.param}/")
        yield page


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole(sight: Page, path: str) -> None:
    """axe finds nothing, it fits, says its language, and stands where it says."""
    reply = sight.goto(path)
    assert reply is not None
    assert reply.status == 200
    language = reply.headers["content-language"]
    assert sight.locator("html").get_attribute("lang") == TAGS[language]
    assert sight.locator("h1").count() == 1
    assert sight.title().removesuffix(" · mieco").strip()
    # What is folded is looked at too.
    sight.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert accessible(sight) == []
    assert not sight.evaluate(_TOO_WIDE)
    assert bool(CHINESE.search(sight.evaluate(_OWN_WORDS))) is (language == "zh")


@pytest.mark.parametrize("language", TAGS)
def test_every_page_can_be_read_without_scripts(
    browser: Browser, server: Server, language: str
) -> None:
    with watched(browser, server.url, java_script_enabled=False, locale=language) as page:
        for path in PAGES:
            page.goto(f"/{language}{path}")
            assert page.locator("h1").is_visible(), path
            assert len(page.locator("main").inner_text()) > 60, path
            # Nothing waits for a script that will not come.
            assert page.locator("main [aria-busy=true]").count() == 0, path


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_of_another_host(server: Server, path: str) -> None:
    """Of what a page loads, that is; it may link to sources."""
    text = server.get(path, "text/html").text
    loaded = re.findall(
        r'<(?:script|img|iframe|link rel="(?:stylesheet|icon)")[^>]*?(?:src|href)="([^"]+)"', text
    )
    assert loaded
    assert [each for each in loaded if "://" in each or each.startswith("//")] == []
