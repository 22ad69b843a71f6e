"""The page that matches pasted names, and the preview that other pages frame, in a browser."""

from __future__ import annotations

import urllib.parse

import pytest
from playwright.sync_api import Browser

from accessibility import accessible
from conftest import Server, needs, watched
from mieco.terms import BASE

pytestmark = needs("chromium", "the tests in a browser")

NAMES = "常州工业职业技术学院（牵头）\n教育局\t株洲\n华为技术有限公司深圳分公司\n没有这所学校"
IRI = BASE + "id/organisation/changzhou-gongye-zhiye-jishu-xueyuan"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_names_are_pasted_and_matched(
    browser: Browser, server: Server, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 800}
    with watched(browser, server.url, color_scheme=scheme, viewport=size) as page:
        page.goto("/reconcile?format=html&lang=en")
        assert accessible(page) == []
        page.locator("textarea#names").fill(NAMES)
        page.get_by_role("button", name="Match", exact=True).click()
        assert (
            page.locator("main p[role=status]")
            .inner_text()
            .startswith("4 names: 2 matched, 1 to check")
        )
        results = page.locator("table.matched-names tbody td:nth-of-type(1)").all_inner_texts()
        assert results == ["matched", "matched", "to check", "not found"]
        assert accessible(page) == []
        too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(too_wide)
        page.locator("table.matched-names a").first.click()
        assert "Changzhou Vocational Institute" in page.locator("h1").inner_text()


def test_the_names_are_downloaded(browser: Browser, server: Server) -> None:
    with watched(browser, server.url) as page:
        page.goto("/reconcile?format=html&lang=zh")
        page.locator("textarea#names").fill(NAMES)
        with page.expect_download() as download:
            page.get_by_role("button", name="下载 CSV").click()
        text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "名称,结果,匹配到的名称,IRI,分数,依据,其他可能"
    assert IRI in text


def test_a_preview_fits_its_frame(browser: Browser, server: Server) -> None:
    manifest = server.get("/reconcile").json()["preview"]
    size = {"width": manifest["width"], "height": manifest["height"]}
    with watched(browser, server.url, viewport=size) as page:
        page.goto(f"/reconcile/preview?id={urllib.parse.quote(IRI, safe='')}")
        assert accessible(page) == []
        assert page.evaluate("document.documentElement.scrollHeight") <= manifest["height"]
        assert page.evaluate("document.documentElement.scrollWidth") <= manifest["width"]
