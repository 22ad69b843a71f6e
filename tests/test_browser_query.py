"""The query page in a real browser: writing with completion, looking at an answer, coming back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from accessibility import accessible
from conftest import Server, needs, watched

pytestmark = needs("chromium", "the browser test")

MOST_BYTES = 200_000
SLOW = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f }"


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with watched(browser, server.url, locale="zh-CN") as opened:
        yield opened


@pytest.fixture
def erring(browser: Browser, server: Server) -> Iterator[Page]:
    """A page that may be told 400, which a browser says in its console."""
    with browser.new_context(base_url=server.url, locale="zh-CN") as context:
        opened = context.new_page()
        wrong: list[str] = []
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        yield opened
        assert wrong == []


def write(page: Page, text: str) -> None:
    """Puts a text in the editor in the place of what is there."""
    page.locator(".CodeMirror").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def query_in(page: Page) -> str:
    return page.locator("#query").input_value()


def offered(page: Page) -> list[str]:
    options = page.locator(".CodeMirror-hints li")
    options.first.wait_for()
    return options.all_inner_texts()


def look_at(page: Page, view: str) -> None:
    page.locator(f".views [data-view={view}]").click()


def test_a_query_is_written_with_completion_and_becomes_a_chart(page: Page) -> None:
    page.goto("/sparql?lang=zh")
    page.locator(".CodeMirror").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type("SELECT ?province (COUNT(?c) AS ?n) WHERE { ?c a lianheti")
    expect(page.locator(".CodeMirror-hint-active")).to_contain_text("市域产教联合体")
    expect(page.locator(".at-cursor")).to_contain_text("产业园区")  # its definition
    page.keyboard.press("Enter")
    # The properties that consortia have, and no others before them, by a word of their names.
    page.keyboard.type(" ; weiyu")
    expect(page.locator(".CodeMirror-hint-active")).to_contain_text("mieco:locatedIn")
    page.keyboard.press("Enter")
    page.keyboard.type(" ?pro")
    expect(page.locator(".CodeMirror-hint-active")).to_contain_text("?province")
    page.keyboard.press("Enter")
    page.keyboard.type(" . ?province mieco:placeLevel ")
    page.keyboard.press("Control+Space")
    assert any("省级" in each for each in offered(page))
    page.keyboard.type("sheng")
    expect(page.locator(".CodeMirror-hint-active")).to_contain_text("省级")
    page.keyboard.press("Enter")
    page.keyboard.type(" } GROUP BY ?province ORDER BY DESC(?n)")
    assert "PREFIX mieco: <https://w3id.org/mieco/ontology#>" in query_in(page)
    assert "concept/place-level/province>" in query_in(page)

    page.keyboard.press("Control+Enter")
    expect(page.locator("table.rows tbody tr").first).to_contain_text("山东")
    look_at(page, "chart")
    expect(page.locator(".view[data-view=chart] .drawing svg")).to_contain_text("山东")
    # The address is the link: whoever opens it has the same answer.
    address = page.url
    assert "query=" in address
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("table.rows tbody tr").first).to_contain_text("山东")


def test_the_page_is_light_and_asks_no_other_host(browser: Browser, server: Server) -> None:
    """``watched`` fails for another host."""
    sizes: dict[str, int] = {}
    with watched(browser, server.url) as page:
        page.on("requestfinished", lambda r: sizes.update({r.url: r.sizes()["responseBodySize"]}))
        page.goto("/sparql?lang=zh")
        page.locator(".CodeMirror").wait_for()
        page.wait_for_load_state("networkidle")
        assert any("yasqe" in url for url in sizes)
        assert not any("echarts" in url for url in sizes)
        assert sum(sizes.values()) < MOST_BYTES, sizes


@pytest.mark.parametrize(("language", "scheme"), [("zh", "light"), ("en", "dark")])
def test_everybody_can_use_it(browser: Browser, server: Server, language: str, scheme: str) -> None:
    with watched(browser, server.url, color_scheme=scheme) as page:
        page.goto(f"/sparql?lang={language}&example=count")
        page.locator(".examples .group summary").first.click()
        assert accessible(page) == []
        page.locator(".CodeMirror").click()
        page.keyboard.press("Control+End")
        page.keyboard.type("CONS")
        offered(page)
        assert accessible(page) == []
        page.locator("main a[aria-current]").click()
        page.locator(".run").click()
        page.locator("#result").wait_for()
        page.locator("#history > summary").click()
        assert accessible(page) == []
        look_at(page, "chart")
        page.locator(".drawing svg").wait_for()
        assert accessible(page) == []


def test_the_keyboard_is_enough_and_catches_nobody(page: Page) -> None:
    page.goto("/sparql?lang=zh&example=count")
    area = page.locator(".CodeMirror textarea")
    area.focus()
    page.keyboard.press("Tab")
    expect(area).not_to_be_focused()
    expect(page.locator(".run")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(area).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".run")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#result").wait_for()
    page.locator(".views [data-view=network]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".view[data-view=network] .note")).to_contain_text("CONSTRUCT")


def test_a_table_of_thousands_of_rows(page: Page) -> None:
    page.goto("/sparql?lang=zh")
    write(
        page,
        "SELECT ?s ?label { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label } LIMIT 3000",
    )
    page.keyboard.press("Control+Enter")
    rows = page.locator("table.rows tbody tr")
    expect(rows).to_have_count(50)
    expect(page.locator("nav.pages")).to_contain_text("共 60 页")
    page.get_by_label("每页").select_option("100")
    expect(rows).to_have_count(100)
    page.locator("th[data-column=label] button").click()
    first = rows.first.inner_text()
    page.locator("th[data-column=label] button").click()
    expect(page.locator("th[data-column=label]")).to_have_attribute("aria-sort", "descending")
    assert rows.first.inner_text() != first
    page.get_by_role("button", name="下一页").click()
    expect(page.locator("nav.pages")).to_contain_text("第 2 页")
    page.get_by_label("只看含有").fill("深圳")
    expect(page.locator("nav.pages")).to_be_hidden()
    assert all("深圳" in each for each in rows.all_inner_texts())
    expect(page.locator(".filtered")).to_contain_text("3000 行中的")
    page.locator("select[name=names]").select_option("short")
    expect(rows.first.locator("a").first).to_contain_text("/")


def test_a_graph_becomes_a_network_and_files(page: Page, tmp_path: Path) -> None:
    page.goto("/sparql?lang=zh&example=network")
    page.locator(".run").click()
    page.locator("#result").wait_for()
    look_at(page, "network")
    expect(page.locator(".view[data-view=network] .drawing svg")).to_contain_text("华为")
    for form, start in {"svg": b"<svg", "png": b"\x89PNG"}.items():
        with page.expect_download() as awaited:
            page.locator(f".view[data-view=network] [data-save={form}]").click()
        awaited.value.save_as(tmp_path / form)
        assert (tmp_path / form).read_bytes().startswith(start)
    look_at(page, "raw")
    expect(page.locator(".about-raw")).to_contain_text("text/turtle")
    expect(page.locator(".view[data-view=raw] code")).to_contain_text("mieco:leads")


def test_the_columns_and_the_kind_of_a_chart_are_chosen(page: Page) -> None:
    page.goto("/sparql?lang=zh")
    write(
        page,
        """SELECT * { VALUES (?name ?when ?one ?other) {
        ("甲" "2021-03" 1 2.5) ("乙" "2022" 4 UNDEF) ("丙" "2023-05-06" UNDEF 3) } }""",
    )
    page.keyboard.press("Control+Enter")
    page.locator("#result").wait_for()
    look_at(page, "chart")
    drawing = page.locator(".view[data-view=chart] .drawing svg")
    for kind, said in {"line": "when", "scatter": "甲", "timeline": "2021-03", "bar": "乙"}.items():
        page.get_by_label("图的种类").select_option(kind)
        expect(drawing).to_contain_text(said)
    expect(drawing).to_contain_text("未见")  # what is missing is no zero
    page.locator(".view[data-view=chart]").get_by_label("数值").select_option(label="other")
    expect(drawing).to_contain_text("2.5")


def test_an_error_is_marked_where_it_is(erring: Page) -> None:
    erring.goto("/sparql?lang=zh")
    write(erring, "SELECT * WHERE {\n  ?联合体 a ?b ;\n     foo:bar ?c\n}")
    erring.keyboard.press("Control+Enter")
    expect(erring.locator("#problem")).to_contain_text("foo")
    expect(erring.locator(".wrong-here")).to_have_text("foo:bar")
    expect(erring.locator(".wrong-line .CodeMirror-linenumber")).to_have_text("3")
    erring.get_by_role("button", name="到第 3 行").click()
    expect(erring.locator(".CodeMirror textarea")).to_be_focused()
    erring.keyboard.type("x")
    expect(erring.locator(".wrong-here")).to_have_count(0)
    assert accessible(erring) == []


def test_a_slow_query_is_stopped(page: Page) -> None:
    page.goto("/sparql?lang=zh&timeout=60")
    write(page, SLOW)
    page.locator("input[name=timeout]").fill("60")
    page.locator(".run").click()
    expect(page.locator(".said")).to_contain_text("正在运行", timeout=5000)
    page.get_by_role("button", name="停止").click()
    expect(page.locator(".said")).to_contain_text("已停止")
    expect(page.get_by_role("button", name="停止")).to_be_hidden()


def test_ones_own_queries_are_kept_here_and_can_be_cleared(page: Page) -> None:
    page.goto("/sparql?lang=zh&example=count")
    page.locator(".run").click()
    page.locator("#result").wait_for()
    ran = query_in(page)
    write(page, "ASK { # not run yet\n}")
    page.goto("/questions/?lang=zh")
    page.go_back()
    expect(page.locator(".said")).to_contain_text("已恢复")
    assert "not run yet" in query_in(page)
    page.get_by_role("button", name="不要这些改动").click()
    assert query_in(page) == ran.strip() or query_in(page) == ran
    write(page, "")
    page.locator("#history > summary").click()
    page.locator(".runs button").first.click()
    assert query_in(page) == ran
    kept = page.evaluate("Object.entries(localStorage)")
    assert [name for name, _ in kept] == ["mieco-queries"]
    assert json.loads(kept[0][1])[0]["query"] == ran
    page.get_by_role("button", name="全部清除").click()
    assert page.evaluate("localStorage.length") == 0
    expect(page.locator(".runs li")).to_have_count(0)


def test_examples_are_found_and_links_are_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/sparql?lang=zh")
    page.get_by_label("查找示例").fill("多样")
    shown = page.locator(".examples li:visible")
    expect(shown).to_have_count(1)
    shown.locator("a").click()
    assert "q05" in query_in(page)
    page.locator(".run").click()
    page.get_by_role("button", name="复制链接").first.click()
    expect(page.locator(".said")).to_have_text("已复制。")
    asked = query_in(page)
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    assert query_in(page) == asked
    expect(page.locator("#result")).to_be_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_works_without_scripts(browser: Browser, server: Server, language: str) -> None:
    with watched(browser, server.url, java_script_enabled=False) as page:
        page.goto(f"/sparql?lang={language}")
        page.locator(".examples a").nth(1).click()
        page.locator(".run").click()
        rows = page.locator("table.rows tbody tr")
        assert rows.count() > 10
        page.locator("th a").last.click()
        assert page.locator("th[aria-sort=ascending]").count() == 1
        assert rows.first.locator("td").last.inner_text() == "1"
        assert page.locator("#query").input_value().startswith("PREFIX")
        for hidden in (".views", ".stop", ".view[data-view=chart]", "#history"):
            assert not page.locator(hidden).is_visible()


def test_it_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/sparql?lang=en&example=optional")
    page.locator(".run").click()
    page.locator("#result").wait_for()
    for view in ("table", "chart", "network", "raw"):
        look_at(page, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, view


def test_rows_with_coordinates_become_a_map(page: Page) -> None:
    page.goto("/sparql?lang=zh&example=places")
    page.locator(".run").click()
    page.locator("#result").wait_for()
    look_at(page, "map")
    expect(page.locator(".map-mark").first).to_be_visible()
    assert accessible(page) == []
    write(page, 'SELECT ("甲" AS ?name) ("POINT(119.9 31.8)" AS ?where) {}')
    page.keyboard.press("Control+Enter")
    expect(page.locator("table.rows tbody tr")).to_have_count(1)
    look_at(page, "map")
    expect(page.locator(".map-mark")).to_contain_text("甲")
    write(page, "SELECT (1 AS ?relation) (2 AS ?along) {}")
    page.keyboard.press("Control+Enter")
    expect(page.locator("th[data-column=relation]")).to_be_visible()
    expect(page.locator(".views [data-view=map]")).to_be_hidden()
