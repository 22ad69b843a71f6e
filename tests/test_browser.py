"""The pages in a real browser: they work without scripts, alone, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from conftest import Server, needs, watched

pytestmark = needs("chromium", "the browser test")

WORDS = {
    "zh": {
        "lang": "zh-CN",
        "search": "常州",
        "hit": "常州新能源产教联合体",
        "question": "某联合体的依托园区、牵头院校、牵头企业分别是谁？",
        "choose": "深圳市域产教联合体",
        "row": "华为技术有限公司",
        "facts": "依据哪些事实",
        "asserted": "只依据写明的事实",
        "why": "为什么成立",
        "written": "写在：数据 mieco/public",
        "other": "English",
    },
    "en": {
        "lang": "en",
        "search": "changzhou new",
        "hit": "Changzhou New Energy Industry-Education Consortium",
        "question": "Who are the host park, the lead school and the lead enterprise of a"
        " consortium?",
        "choose": "Shenzhen Regional Industry-Education Integration Alliance",
        "row": "Huawei",
        "facts": "Facts to rest on",
        "asserted": "rests on asserted facts alone",
        "why": "Why this holds",
        "written": "Asserted in the data mieco/public",
        "other": "中文",
    },
}


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with watched(browser, server.url) as opened:
        yield opened


@pytest.mark.parametrize("language", WORDS)
def test_from_the_home_page_to_an_answer(page: Page, language: str) -> None:
    words = WORDS[language]
    page.goto(f"/?lang={language}")
    assert page.locator("html").get_attribute("lang") == words["lang"]

    page.locator("input[name=q]").fill(words["search"])
    page.keyboard.press("Enter")
    page.get_by_role("link", name=words["hit"], exact=True).click()
    assert page.locator("h1").inner_text() == words["hit"]

    page.goto("/")  # the language is remembered
    page.get_by_role("link", name=words["question"]).click()
    page.get_by_role("checkbox", name=words["choose"]).check()
    page.locator("form.asking > button").click()
    assert words["row"] in page.locator("table").inner_text()
    page.get_by_label(words["facts"]).select_option("asserted")
    page.locator("form.asking > button").click()
    assert words["asserted"] in page.locator("main").inner_text()

    page.get_by_role("link", name=words["other"], exact=True).click()
    assert page.locator("html").get_attribute("lang") != words["lang"]
    assert page.locator("table").count() == 1  # the same answer, in the other language


@pytest.mark.parametrize("language", WORDS)
def test_from_a_thing_to_why_and_back(page: Page, language: str) -> None:
    words = WORDS[language]
    page.goto(f"/id/consortium/shenzhen?lang={language}")
    before = page.locator("h1").inner_text()
    page.locator("#statements > summary").click()
    page.locator("a.inferred:visible").last.click()
    assert page.locator("h1").inner_text() == words["why"]
    assert page.locator("html").get_attribute("lang") == words["lang"]
    written = page.get_by_text(words["written"]).first
    assert written.is_visible()

    # The tree opens and closes by keyboard, without scripts.
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert not written.is_visible()
    page.keyboard.press("Enter")
    assert written.is_visible()

    # A premise that is inferred has its own page; from each one gets to what it is about.
    page.go_back()
    page.locator("a.inferred").first.click()
    page.get_by_role("link", name=before, exact=True).last.click()
    assert page.locator("h1").inner_text() == before
