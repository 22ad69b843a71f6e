"""The pages of things in a real browser: for every reader and screen, with scripts and without."""

from __future__ import annotations

import json
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Browser, expect

from accessibility import accessible
from conftest import Server, needs, watched

pytestmark = needs("chromium", "the browser test")


def test_the_picture_of_what_links_the_parties_comes_when_it_is_near(
    browser: Browser, server: Server
) -> None:
    with watched(browser, server.url) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto("/id/consortium/lanzhou-new-area.html?lang=zh")
        figure = page.locator("figure.chart")
        expect(figure).to_be_hidden()
        assert not [address for address in asked if "echarts" in address]
        page.get_by_role("link", name="成员与连接").click()
        expect(figure.locator(".drawing svg")).to_be_visible()
        marks = json.loads(page.locator(".chart-data").text_content() or "")["marks"]
        drawn = " ".join(figure.locator(".drawing svg text").all_text_contents())
        assert marks[0]["from"][:6] in drawn
        assert accessible(page) == []
        with page.expect_download() as started:
            figure.get_by_role("button", name="存为 SVG").click()
        assert started.value.suggested_filename == "lanzhou-new-area.svg"


def test_from_the_home_page_to_the_members_of_a_consortium(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    with watched(browser, server.url) as page:
        page.goto("/?lang=zh")
        page.locator("input[name=q]").fill("温州湾")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="温州湾新区产教联合体", exact=True).first.click()
        shown = page.locator("#members + p ~ .groups").first.locator(".member .what > a")
        names = shown.all_inner_texts()
        assert len(names) == 15
        with page.expect_download() as started:
            page.get_by_role("link", name="成员名单 XLSX").click()
        path = tmp_path / started.value.suggested_filename
        started.value.save_as(path)
    sheet = load_workbook(path).worksheets[0]
    members = [row[0] for row in sheet.iter_rows(2, values_only=True) if row[3] == "成员"]
    assert sorted(members) == sorted(names)


def test_without_scripts_and_by_keyboard_all_is_there(browser: Browser, server: Server) -> None:
    with watched(browser, server.url, java_script_enabled=False) as page:
        page.goto("/id/consortium/lanzhou-new-area.html?lang=en")
        expect(page.locator("figure.chart")).to_be_hidden()
        page.get_by_text("The data of the picture as a table").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".as-table table")).to_be_visible()
        page.locator("#statements > summary").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Where it is mentioned")).to_be_visible()
        # An inferred fact leads to why it holds.
        page.locator(".essentials a.inferred").first.click()
        expect(page.get_by_role("heading", name="Why this holds")).to_be_visible()
