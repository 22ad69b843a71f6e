"""The search box in a real browser: by keyboard, for all readers, and without scripts."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from conftest import Server, needs, watched

pytestmark = needs("chromium", "the browser test")


def test_the_box_offers_things_by_keyboard(browser: Browser, server: Server) -> None:
    with watched(browser, server.url) as page:
        page.goto("/questions/?lang=zh")
        box = page.get_by_role("combobox", name="按名称查找")
        box.press_sequentially("chongq")
        options = page.get_by_role("listbox", name="候选结果").get_by_role("option")
        expect(options).to_have_count(8)
        expect(box).to_have_attribute("aria-expanded", "true")
        box.press("ArrowDown")
        expect(options.first).to_have_attribute("aria-selected", "true")
        chosen = options.first.get_attribute("id") or ""
        expect(box).to_have_attribute("aria-activedescendant", chosen)
        assert Axe().run(page).violations_count == 0
        box.press("Escape")
        expect(box).to_have_attribute("aria-expanded", "false")
        box.press("ArrowDown")
        expect(options.first).to_be_visible()
        box.press("ArrowDown")
        box.press("Enter")
        page.wait_for_url("**/id/place/chongqing.html")


def test_without_scripts_the_box_is_a_form(browser: Browser, server: Server) -> None:
    with watched(browser, server.url, java_script_enabled=False) as page:
        page.goto("/questions/?lang=zh")
        page.locator("#find").fill("czxny")
        page.locator("#find").press("Enter")
        expect(page.get_by_role("link", name="常州新能源产教联合体", exact=True)).to_be_visible()
