"""The question pages in a real browser: charts, form, table, what there is to take away.

Which questions there are is read from their files: for each kind of view the first that has
rows is drawn.  Hard cases that the data may not have are put into the page on its way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from accessibility import accessible
from chart_cases import CASES
from conftest import Server, needs, watched
from mieco import content
from mieco.questions.header import read_questions
from mieco.questions.model import Question

pytestmark = needs("chromium", "the browser test")

QUESTIONS = read_questions(content.folder("queries") / "questions")
# No line: nothing in the data was observed at two moments (chart_cases.py has lines).
KINDS = sorted({q.view.kind for q in QUESTIONS.values()} - {"table", "line"})
REPEATED = [q for q in QUESTIONS.values() if any(p.repeated for p in q.parameters.values())]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with watched(browser, server.url) as opened:
        yield opened


@pytest.fixture
def quiet(browser: Browser, server: Server) -> Iterator[Page]:
    """The same without scripts."""
    with watched(browser, server.url, java_script_enabled=False) as opened:
        yield opened


@cache
def with_rows(server: Server, kind: str) -> Question:
    for question in QUESTIONS.values():
        if question.view.kind == kind and drawn(server, question):
            return question
    pytest.fail(f"no question with a view {kind} has a chart")


def drawn(server: Server, question: Question) -> bool:
    return 'class="chart"' in server.get(f"/questions/{question.id}", "text/html").text


def marks_in(page: Page) -> list[dict[str, Any]]:
    return json.loads(page.locator(".chart-data").text_content() or "")["marks"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_is_drawn(page: Page, server: Server, kind: str, language: str) -> None:
    question = with_rows(server, kind)
    page.goto(f"/questions/{question.id}?lang={language}")
    figure = page.locator("figure.chart")
    expect(figure).to_be_visible()
    drawing = figure.locator(".drawing svg")
    expect(drawing).to_have_count(1)
    described = figure.locator(".drawing[role=img]").get_attribute("aria-label") or ""
    assert page.locator("h1").inner_text() in described
    shapes = drawing.locator("path, rect, circle").count()
    texts = " ".join(drawing.locator("text").all_text_contents())
    marks = marks_in(page)
    assert marks
    if kind == "provinces":
        assert drawing.locator(".tile").count() == 34
        assert all(mark["shown"] in texts for mark in marks)
    else:
        assert shapes >= len({json.dumps(mark) for mark in marks})
        names = {n for m in marks for n in (m.get(k) for k in ("label", "from", "child")) if n}
        begun = [name for name in names if re.sub(r"\s.*", "", name)[:4] in texts]
        assert len(begun) * 2 >= len(names), "hardly any name is written in the chart"
    # The chart goes beside the words and the table; it does not replace them.
    assert page.locator("#answer + ul li").count() >= 1
    assert page.locator("table.answer tbody tr").count() >= 1


@pytest.mark.parametrize("case", CASES)
def test_hard_data_are_drawn(page: Page, server: Server, case: str) -> None:
    """Names of one spelling, values that are missing, cycles, one mark alone, hostile text."""
    question = with_rows(server, next(kind for kind in KINDS if kind != "provinces"))

    def put(route: Route) -> None:
        answered = route.fetch()
        data = {"title": "?", "names": {}, "scale": "", "file": "x", **CASES[case]["data"]}
        words = {"missing": "未见", "source": "mieco", "both": "两者"}
        block = json.dumps({**data, "words": words}).replace("<", "\\u003c")
        body = re.sub(
            r'(class="chart-data">).*?(</script>)',
            lambda found: found[1] + block + found[2],
            answered.text(),
            flags=re.DOTALL,
        )
        route.fulfill(response=answered, body=body)

    page.route(f"**/questions/{question.id}*", put)
    for width in (360, 1200):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"/questions/{question.id}")
        drawing = page.locator(".drawing svg")
        expect(drawing).to_have_count(1)
        texts = drawing.locator("text").all_text_contents()
        for said in CASES[case]["said"]:
            assert any(said in text for text in texts), (said, texts)
        for unsaid in CASES[case].get("unsaid", ()):
            assert unsaid not in texts


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_is_saved_as_a_file(page: Page, server: Server, kind: str, tmp_path: Path) -> None:
    question = with_rows(server, kind)
    page.goto(f"/questions/{question.id}?lang=zh")
    starts = {"svg": b"<svg", "png": b"\x89PNG"}
    for form, start in starts.items():
        with page.expect_download() as awaited:
            page.locator(f"[data-save={form}]").press("Enter")
        assert awaited.value.suggested_filename == f"{question.id}.{form}"
        awaited.value.save_as(tmp_path / form)
        assert (tmp_path / form).read_bytes().startswith(start)
    picture = (tmp_path / "svg").read_text(encoding="utf-8")
    assert "CC BY 4.0" in picture
    assert "var(--" not in picture


@pytest.mark.parametrize("kind", KINDS)
def test_without_scripts_the_page_is_whole(quiet: Page, server: Server, kind: str) -> None:
    question = with_rows(server, kind)
    quiet.goto(f"/questions/{question.id}?lang=zh")
    assert quiet.locator("figure.chart").is_visible() == (kind == "provinces")
    assert not quiet.locator(".save").is_visible()
    rows = quiet.locator("table.answer tbody tr")
    before = rows.count()
    assert before
    quiet.locator("th a").first.click()
    expect(quiet.locator("th[aria-sort=ascending]")).to_have_count(1)
    quiet.locator("th a").first.click()
    expect(quiet.locator("th[aria-sort=descending]")).to_have_count(1)
    assert rows.count() == before
    name = rows.first.locator("td").first.inner_text()
    quiet.locator("form.filter input[type=search]").fill(name)
    quiet.locator("form.filter button").click()
    assert 1 <= rows.count() <= before
    assert all(name in text for text in rows.all_inner_texts())
    expect(quiet.locator("th[aria-sort=descending]")).to_have_count(1)  # the order is kept


def test_pages_are_turned_by_clicking(quiet: Page, server: Server) -> None:
    counts = {n: server.get(f"/questions/{n}").json().get("count", 0) for n in QUESTIONS}
    longest = max(counts, key=lambda name: counts[name])
    assert counts[longest] > 50
    quiet.goto(f"/questions/{longest}?lang=en")
    first = quiet.locator("table.answer tbody").inner_text()
    quiet.get_by_role("link", name="Next").click()
    assert quiet.locator("table.answer tbody").inner_text() != first
    quiet.get_by_role("link", name="Previous").click()
    assert quiet.locator("table.answer tbody").inner_text() == first


def test_a_filter_without_a_match_says_so_and_is_taken_back(quiet: Page, server: Server) -> None:
    question = with_rows(server, KINDS[0])
    quiet.goto(f"/questions/{question.id}?lang=en&filter=qqqq")
    assert quiet.locator("table.answer tbody tr").count() == 0
    assert quiet.locator("figure.chart").count() == 0
    quiet.locator(".note").get_by_role("link", name="Show all rows").click()
    assert quiet.locator("table.answer tbody tr").count() > 0


@pytest.mark.parametrize("scripts", [True, False])
def test_several_values_are_ticked(browser: Browser, server: Server, scripts: bool) -> None:
    if not REPEATED:
        pytest.fail("no question has a parameter that may be given several times")
    question = REPEATED[0]
    name = next(p.name for p in question.parameters.values() if p.repeated)
    with watched(browser, server.url, java_script_enabled=scripts) as page:
        page.goto(f"/questions/{question.id}?lang=zh")
        boxes = page.locator(f"fieldset input[name={name}]")
        chosen = page.locator(f"fieldset input[name={name}]:checked")
        for _ in range(chosen.count()):
            chosen.first.uncheck()
        values = [boxes.nth(place).get_attribute("value") for place in (0, boxes.count() - 1)]
        labels = []
        for value in values:
            label = page.locator("fieldset label").filter(has=page.locator(f'[value="{value}"]'))
            labels.append(label.inner_text().strip())
            if scripts:
                page.locator("fieldset .find input").fill(labels[-1])
                expect(label).to_be_visible()
            label.click()
        page.locator("form.asking > button").click()
        assert sorted(chosen.evaluate_all("all => all.map(each => each.value)")) == sorted(values)
        assert all(label in page.locator("h1").inner_text() for label in labels)
        # The other language asks the same.
        page.get_by_role("link", name="English", exact=True).click()
        assert chosen.count() == len(values)


def test_an_empty_answer_says_why_and_leads_on(quiet: Page) -> None:
    """A name that is nearly right is asked for by a click."""
    asked_by_name = next(
        q for q in QUESTIONS.values() if any(p.type == "text" for p in q.parameters.values())
    )
    parameter = next(p for p in asked_by_name.parameters.values() if p.type == "text")
    quiet.goto(f"/questions/{asked_by_name.id}?{parameter.name}=苏州市职业大学校&lang=zh")
    links = quiet.locator(".remedies a")
    assert links.first.inner_text().startswith("改查“苏州")
    assert quiet.locator("figure.chart").count() == 0
    links.first.click()
    assert quiet.locator("table.answer tbody tr").count() > 0


def test_the_citation_leads_back_to_the_answer(quiet: Page, server: Server) -> None:
    question = with_rows(server, KINDS[0])
    quiet.goto(f"/questions/{question.id}?lang=zh")
    asked = quiet.locator("h1").inner_text()
    zh, en = quiet.locator(".cite").all_inner_texts()
    address = quiet.locator(".use a.iri").first.get_attribute("href") or ""
    assert asked in zh
    assert all(address in each and "CC BY 4.0" in each for each in (zh, en))
    quiet.goto(f"{address}{'&' if '?' in address else '?'}lang=en")
    assert quiet.locator("h1").inner_text() in en


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_reached_by_keyboard(page: Page, server: Server, kind: str) -> None:
    page.goto(f"/questions/{with_rows(server, kind).id}?lang=zh")
    reached: set[str] = set()
    for _ in range(400):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "() => { const e = document.activeElement;"
            " return e === document.body ? '' : e.dataset.save || e.name || e.className"
            " || e.tagName }"
        )
        if here == "" and reached:
            break
        reached.add(here)
    assert {"skip", "svg", "png", "entailment", "filter", "plain sort", "SUMMARY"} <= reached


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing(browser: Browser, server: Server, scheme: str, width: int) -> None:
    shown = [with_rows(server, kind).id for kind in KINDS]
    size = {"width": width, "height": 800}
    with watched(browser, server.url, color_scheme=scheme, viewport=size) as page:
        asked = ("", *shown, *(q.id for q in REPEATED[:1]))
        for path in ("/catalogue", *(f"/questions/{each}" for each in asked)):
            page.goto(f"{path}?lang=zh")
            assert accessible(page) == [], path
            too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert not page.evaluate(too_wide), path


def test_the_list_is_searched_and_narrowed(quiet: Page) -> None:
    quiet.goto("/questions/?lang=en")
    assert quiet.locator(".listed li").count() == len(QUESTIONS)
    quiet.get_by_label("Data").select_option("full")
    quiet.locator("#content").get_by_role("button", name="Find").click()
    full = sum(question.data == "full" for question in QUESTIONS.values())
    assert quiet.locator(".listed li").count() == full
    quiet.locator("#content").get_by_role("searchbox").fill("qqqq")
    quiet.locator("#content").get_by_role("button", name="Find").click()
    quiet.get_by_role("link", name="See all questions").click()
    assert quiet.locator(".listed li").count() == len(QUESTIONS)


def test_a_chart_on_paper_is_light_and_fits(browser: Browser, server: Server) -> None:
    kind = next(kind for kind in KINDS if kind not in {"provinces", "tree"})
    question = with_rows(server, kind)
    with watched(browser, server.url, color_scheme="dark") as page:
        page.goto(f"/questions/{question.id}?lang=zh")
        expect(page.locator(".drawing svg")).to_have_count(1)
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        width = page.locator(".drawing svg").get_attribute("width") or "0"
        assert float(width) <= 700
        assert "#1d2529" in page.locator(".drawing").inner_html()
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert "#1d2529" not in page.locator(".drawing").inner_html()


def test_a_chart_outlives_a_window_that_is_being_resized(page: Page, server: Server) -> None:
    """For a moment there may be no width at all to draw in; the page would have an error."""
    page.set_viewport_size({"width": 1200, "height": 900})
    for kind in KINDS:
        page.goto(f"/questions/{with_rows(server, kind).id}?lang=zh")
        for width in (700, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.locator(".drawing").evaluate(
                "async drawing => { const frames = () => new Promise(done =>"
                " requestAnimationFrame(() => requestAnimationFrame(done)));"
                " drawing.style.display = 'none'; await frames();"
                " drawing.style.display = ''; await frames(); }"
            )
            expect(page.locator(".drawing svg")).to_be_visible()
            page.screenshot(full_page=True)
        page.set_viewport_size({"width": 1200, "height": 900})


@pytest.mark.parametrize("question", ["q03", "q08"])
def test_names_in_a_narrow_network_are_not_cut_off(page: Page, question: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"/questions/{question}?lang=zh")
    expect(page.locator(".drawing svg")).to_have_count(1)
    outside = page.locator(".drawing svg").evaluate(
        "svg => { const box = svg.getBoundingClientRect();"
        " return [...svg.querySelectorAll('text')].filter(text => {"
        " const { left, right } = text.getBoundingClientRect();"
        " return left < box.left - 2 || right > box.right + 2 }).map(text => text.textContent) }"
    )
    assert outside == []


@pytest.mark.parametrize("kind", ["tree", "provinces"])
def test_what_is_wider_than_the_screen_says_so(page: Page, server: Server, kind: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"/questions/{with_rows(server, kind).id}?lang=en")
    expect(page.locator(".save")).to_be_visible()
    drawing = page.locator(".drawing")
    wider = drawing.evaluate("each => each.scrollWidth > each.clientWidth")
    assert page.locator(".sideways").is_visible() == wider
