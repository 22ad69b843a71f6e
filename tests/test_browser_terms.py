"""The pages of terms in a real browser: trees, filter, drawings, by keyboard, without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from conftest import Server, needs, watched

pytestmark = needs("chromium", "the browser test")


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    options = {"permissions": ["clipboard-read", "clipboard-write"]}
    with watched(browser, server.url, **options) as opened:
        yield opened


@pytest.fixture
def quiet(browser: Browser, server: Server) -> Iterator[Page]:
    """The same without scripts."""
    with watched(browser, server.url, java_script_enabled=False) as opened:
        yield opened


@pytest.mark.parametrize(
    ("language", "text", "hit"),
    [("zh", "牵头院校", "LeadSchool"), ("en", "lead sch", "LeadSchool")],
)
def test_terms_are_filtered_while_one_types(page: Page, language: str, text: str, hit: str) -> None:
    page.goto(f"/terms/?lang={language}")
    terms = page.locator(".tree li:visible")
    before = terms.count()
    box = page.locator(".term-filter input[name=q]")
    box.press_sequentially(text)
    found = page.locator(f".tree li.hit a[href='/terms/{hit}']").first
    expect(found).to_be_visible()
    assert terms.count() < before / 4
    # What stands above is there to show where it belongs.
    expect(page.locator("a[href='/terms/EducationProvider']").first).to_be_visible()
    expect(page.locator("#term-found")).to_contain_text("1")
    box.fill("")
    expect(terms).to_have_count(before)
    box.fill(text)
    box.press("Enter")  # the server finds the same
    expect(page.locator(f"a[href='/terms/{hit}']").first).to_be_visible()
    assert "q=" in page.url


def test_trees_fold_by_keyboard(page: Page) -> None:
    page.goto("/terms/?lang=en")
    below = page.locator("a[href='/terms/Council']")
    expect(below.first).not_to_be_visible()
    for name in ("GovernanceArrangement", "GovernanceBody"):
        row = page.locator(f".row:has(a[href='/terms/{name}'])")
        fold = row.locator("xpath=following-sibling::details")
        if fold.evaluate("each => each.open"):
            continue
        row.locator("a").first.focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    expect(below.first).to_be_visible()
    page.get_by_role("button", name="Collapse all").click()
    expect(below.first).not_to_be_visible()
    page.get_by_role("button", name="Expand all").click()
    expect(below.first).to_be_visible()


def test_from_the_menu_to_a_term_its_iri_and_its_neighbours(page: Page) -> None:
    page.goto("/?lang=en")
    page.get_by_role("link", name="Ontology", exact=True).click()
    page.locator("a[href='/terms/Actor']").first.click()
    assert page.locator("h1").inner_text().startswith("actor")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "https://w3id.org/mieco/ontology#Actor"
    drawing = page.get_by_role("group", name="Diagram of 'actor'")
    assert drawing.locator("text").first.evaluate(
        "text => getComputedStyle(text).userSelect !== 'none'"
    )
    drawing.get_by_role("link", name="collective actor").first.click()
    assert page.locator("h1").inner_text().startswith("collective actor")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_is_there_without_scripts(quiet: Page, language: str) -> None:
    quiet.goto(f"/terms/?lang={language}")
    assert quiet.locator("html").get_attribute("lang") == ("zh-CN" if language == "zh" else "en")
    assert not quiet.locator(".fold").is_visible()
    quiet.locator(".term-filter input[name=q]").fill("TriSector")
    quiet.locator(".term-filter button").click()
    quiet.locator("a[href='/terms/TriSectorConsortium']").first.click()
    assert quiet.locator(".axioms li").count() >= 1
    assert quiet.locator(".term-picture svg .box").count() == 4
    quiet.locator("a.inferred").first.click()
    assert quiet.locator("h1").inner_text() == (
        "为什么成立" if language == "zh" else "Why this holds"
    )
