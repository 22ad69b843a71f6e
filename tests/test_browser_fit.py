"""Pages on a phone, on a wide screen and on paper: what they show fits, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from conftest import Server, needs, watched

pytestmark = needs("chromium", "the browser test")

THREE = "/compare?of=shenzhen&of=suzhou-robotics&of=dalian-jinpu"
# How far what is shown reaches beyond the right edge of the window.
_BEYOND = """(each) => Math.max(...[...document.querySelectorAll(each)].map(
  (one) => one.getBoundingClientRect().right)) - document.documentElement.clientWidth"""


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with watched(browser, server.url, viewport={"width": 390, "height": 844}) as opened:
        yield opened


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_phone_what_is_compared_stands_one_under_the_other(page: Page, language: str) -> None:
    page.goto(f"/{language}{THREE}")
    assert page.evaluate(_BEYOND, ".comparison td, .comparison th[scope=row]") <= 0
    cells = page.locator(".comparison tbody tr:has(.entries)").nth(1).locator("td")
    names = [
        cells.nth(at).evaluate("cell => getComputedStyle(cell, '::before').content")
        for at in range(3)
    ]
    links = page.locator(".comparison thead th > a")
    assert names == [f'"{name}"' for name in links.all_text_contents()]


@pytest.mark.parametrize("path", ["/", "/provinces"])
@pytest.mark.parametrize(("language", "guangdong"), [("zh", "广东"), ("en", "GD")])
def test_the_tiles_fit_a_phone(page: Page, path: str, language: str, guangdong: str) -> None:
    page.goto(f"/{language}{path}")
    assert page.evaluate(_BEYOND, ".tile rect") <= 0
    name = page.locator(".tile .name:visible", has_text=guangdong)
    assert name.evaluate("text => text.getBoundingClientRect().height") > 12
    # Its place is in sight in the table too.
    if path == "/provinces":
        assert page.evaluate(_BEYOND, ".answer td:nth-child(2)") <= 0


def test_what_a_question_finds_is_in_sight_beside_its_name(page: Page) -> None:
    page.goto("/zh/questions/q05")
    first = page.locator(".answer tbody tr").first.locator("td")
    assert page.evaluate(_BEYOND, ".answer tbody td:nth-child(2)") <= 0
    page.set_viewport_size({"width": 1024, "height": 800})
    box = first.first.bounding_box()
    assert box is not None
    assert box["width"] > 160


def test_a_chinese_heading_breaks_between_phrases(page: Page) -> None:
    page.goto("/zh/")
    lines = page.locator("h1").evaluate(
        """heading => [...heading.childNodes].filter((each) => each.data).map((phrase) => {
          const range = document.createRange();
          range.selectNode(phrase);
          return range.getClientRects().length;
        })"""
    )
    assert len(lines) > 1
    assert set(lines) == {1}


def test_links_in_lists_are_large_enough_to_be_hit(page: Page) -> None:
    page.goto("/zh/")
    heights = page.locator("main li a").evaluate_all(
        "all => all.filter((a) => a.getClientRects().length === 1).map((a) => a.offsetHeight)"
    )
    assert heights
    assert min(heights) >= 24


def test_the_class_itself_is_in_sight_and_its_picture_at_hand(page: Page) -> None:
    page.goto("/zh/terms/Consortium")
    assert page.evaluate(_BEYOND, ".box.this rect") <= 0
    alone = page.get_by_role("link", name="单独看图").get_attribute("href")
    assert alone is not None
    assert page.request.get(alone).headers["content-type"] == "image/svg+xml"


def test_the_whole_matrix_fits_a_wide_screen(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/en/compare/matrix")
    assert page.evaluate(_BEYOND, ".matrix tr > *") <= 0
    page.set_viewport_size({"width": 1600, "height": 800})
    page.goto("/en/provinces")
    assert page.evaluate(_BEYOND, ".answer tr > *") <= 0


def test_on_paper_nothing_stays_folded_and_no_table_is_lost(page: Page) -> None:
    page.emulate_media(media="print")
    page.goto(f"/zh{THREE}")
    folded = page.locator(".comparison details:not([open]) li")
    assert folded.count() > 10
    for each in folded.all()[:3]:
        expect(each).to_be_visible()
    page.goto("/zh/provinces")
    expect(page.get_by_role("rowheader", name="山东省")).to_be_visible()
    for unwanted in ("button", "input", "body > footer a"):
        expect(page.locator(unwanted).locator("visible=true")).to_have_count(0)
