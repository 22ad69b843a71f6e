"""Comparisons, what is recorded, the provinces and the map in a real browser."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from conftest import Server, needs, running, watched

pytestmark = needs("chromium", "the browser test")

APPROVAL = "GS(2024)0000号"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
BOUNDARY = {"type": "LineString", "coordinates": [[100, 20], [110, 40]]}


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with watched(browser, server.url) as opened:
        yield opened


@pytest.fixture
def quiet(browser: Browser, server: Server) -> Iterator[Page]:
    """The same without scripts."""
    with watched(browser, server.url, java_script_enabled=False) as opened:
        yield opened


def test_two_are_chosen_compared_and_taken_away(page: Page) -> None:
    page.goto("/compare?lang=zh")
    box = page.get_by_role("combobox", name="加一个")
    box.press_sequentially("czxny")
    options = page.get_by_role("listbox", name="可以加入的").get_by_role("option")
    expect(options.first).to_contain_text("常州新能源产教联合体")
    box.press("ArrowDown")
    box.press("Enter")
    expect(page.get_by_text("再选一个就可以比较")).to_be_visible()
    page.get_by_role("combobox", name="加一个").press_sequentially("株洲市产教")
    page.get_by_role("option", name="株洲市产教联合体").click()
    expect(page.locator("h1")).to_contain_text("常州新能源产教联合体")
    expect(page.locator("h1")).to_contain_text("株洲市产教联合体")
    expect(page.get_by_role("row", name="法人资格").get_by_text("未见记录")).to_have_count(2)

    # The bars are of what is chosen.
    figure = page.locator("figure.chart")
    expect(figure.locator(".drawing svg")).to_be_visible()
    page.get_by_label("画哪一项").select_option(label="活动")
    page.get_by_role("button", name="画图").click()
    expect(figure.get_by_role("heading", name="活动")).to_be_visible()
    expect(figure.locator(".drawing svg")).to_be_visible()

    with page.expect_download() as waiting:
        page.get_by_role("link", name="Excel", exact=True).first.click()
    book = load_workbook(io.BytesIO(waiting.value.path().read_bytes()))
    assert [cell.value for cell in book.worksheets[0][1]] == [
        "项目",
        "常州新能源产教联合体",
        "株洲市产教联合体",
    ]
    page.get_by_role("link", name="去掉株洲市产教联合体").click()
    expect(page.get_by_text("再选一个就可以比较")).to_be_visible()


def test_without_scripts_one_chooses_from_the_list_and_by_name(quiet: Page) -> None:
    quiet.goto("/compare?lang=zh")
    quiet.get_by_role("checkbox", name="深圳市域产教联合体").check()
    quiet.get_by_role("checkbox", name="株洲市产教联合体").check()
    quiet.get_by_role("button", name="比较所选").first.click()
    expect(quiet.get_by_role("row", name="所在地")).to_contain_text("株洲市")
    quiet.get_by_role("textbox", name="加一个").fill("常州新能源")
    quiet.get_by_role("button", name="查找", exact=True).last.click()
    quiet.get_by_role("link", name="加入 常州新能源产教联合体").click()
    assert quiet.locator(".comparison thead th").count() == 4
    quiet.goto("/provinces?lang=zh")
    quiet.get_by_role("checkbox", name="选山东省来比较").check()
    quiet.get_by_role("checkbox", name="选四川省来比较").check()
    quiet.get_by_role("button", name="比较所选").click()
    expect(quiet.locator("h1")).to_contain_text("四川省")


def test_the_map_shows_points_and_opens_them_by_keyboard(page: Page) -> None:
    page.goto("/map?lang=zh")
    assert page.locator(".map-graticule").count() > 4
    assert "km" in page.locator(".leaflet-control-scale").inner_text()
    assert page.locator(".map-ground img").count() == 0
    mark = page.get_by_role("button", name="长春市：联合体 1，园区 1")
    mark.focus()
    mark.press("Enter")
    link = page.locator(".leaflet-popup").get_by_role("link", name="长春市汽车产业集群产教联合体")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    expect(mark).to_be_focused()
    # Nearly every mark has its name or at least its number, none beyond the edge.
    for width in (390, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        labels = page.locator(".map-label:not(.covered)")
        page.wait_for_function(
            "document.querySelectorAll('.map-label.covered').length * 8"
            " < document.querySelectorAll('.map-label').length"
        )
        edges = "all => all.map(l => (({left, right}) => [left, right])(l.getBoundingClientRect()))"
        for left, right in labels.evaluate_all(edges):
            assert 0 < left < right < width
    # What lies together comes apart.
    before = page.locator(".map-mark").count()
    page.get_by_role("button", name="常州市等").click()
    expect(page.get_by_role("button", name="苏州市")).to_be_visible()
    page.get_by_label("省级地域").select_option(label="江苏省")
    page.get_by_role("button", name="显示").click()
    expect(page.get_by_role("link", name="取消筛选")).to_be_visible()
    expect(page.locator(".map-mark").first).to_be_visible()
    assert page.locator(".map-mark").count() < before


def test_the_list_of_the_map_needs_no_scripts(quiet: Page) -> None:
    quiet.goto("/map?kind=consortium&lang=en")
    drawn = quiet.get_by_role("img", name="Map of")
    expect(drawn).to_be_visible()
    assert drawn.locator("circle").count() > 20
    quiet.locator("summary", has_text="Guangdong").click()
    row = quiet.get_by_role("row", name="Shenzhen Regional Industry-Education Integration Alliance")
    expect(row).to_contain_text("22.55, 114.07")


class _Tiles(BaseHTTPRequestHandler):
    """A host of tiles, which remembers what it was asked for."""

    asked: list[str] = []  # noqa: RUF012 (one list, of the one host of this module)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(PICTURE)

    def log_message(self, *_: object) -> None:
        pass


def test_an_approved_base_is_shown_with_its_number(
    browser: Browser, data_directory: Path, tmp_path: Path
) -> None:
    file = tmp_path / "base.geojson"
    file.write_text(json.dumps(BOUNDARY), encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Tiles) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        origin = f"http://127.0.0.1:{host.server_address[1]}"
        base = {
            "MIECO_MAP_TILES": origin + "/{z}/{x}/{y}.png",
            "MIECO_MAP_BOUNDARIES": str(file),
            "MIECO_MAP_APPROVAL": APPROVAL,
            "MIECO_MAP_ATTRIBUTION": "某单位 <b>",
        }
        with running("--data", str(data_directory), **base) as server:
            told = server.get("/map?lang=zh", "text/html")
            policy = told.headers["Content-Security-Policy"]
            assert f"img-src 'self' {origin} data:;" in policy
            assert "某单位 &lt;b&gt;" in told.text
            # No other page may show pictures of that host.
            other = server.get("/provinces", "text/html").headers["Content-Security-Policy"]
            assert other == policy.replace(f" {origin} data:", "")
            assert server.get("/map.geojson").json()["map_approval"] == APPROVAL
            assert server.get("/map/boundaries.geojson").json() == BOUNDARY

            opened = browser.new_page(base_url=server.url)
            wrong: list[str] = []
            opened.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
            opened.goto("/map?lang=zh")
            expect(opened.locator(".map-boundary")).to_have_count(1)
            expect(opened.locator("img.leaflet-tile-loaded").first).to_be_visible()
            opened.get_by_role("button", name="放大").click()
            expect(opened.locator("img.leaflet-tile-loaded").first).to_be_visible()
            for media in ("screen", "print"):
                opened.emulate_media(media=media)  # type: ignore[arg-type]
                expect(
                    opened.locator("figcaption").get_by_text(f"审图号：{APPROVAL}")
                ).to_be_visible()
            opened.close()
        host.shutdown()
    assert _Tiles.asked
    assert wrong == []
