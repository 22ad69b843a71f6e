"""Importing in a real browser, with scripts and without, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from conftest import TOKEN, Server, needs
from import_client import edited, example, undo_all

pytestmark = needs("chromium", "the browser test")

# An importer takes seconds, on a busy machine many.
MILLISECONDS = 120_000
WORDS = {
    "zh": {
        "sign_in": "登录",
        "token": "令牌",
        "wrong": "令牌不对",
        "files": "文件",
        "by": "填报人",
        "upload": "上传并检查",
        "refused": "不能发布",
        "back": "导入数据",
        "publish": "发布",
        "published": "已发布为发布",
        "undo": "撤销这次发布",
        "go_back": "回到发布 1",
        "done": "已退回到发布 1",
        "sign_out": "退出登录",
        "name": "示例联合体理事会",
    },
    "en": {
        "sign_in": "Sign in",
        "token": "Token",
        "wrong": "is not known",
        "files": "Files",
        "by": "Submitted by",
        "upload": "Upload and check",
        "refused": "cannot be published",
        "back": "Import data",
        "publish": "Publish",
        "published": "Published as release",
        "undo": "Undo this release",
        "go_back": "Go back to release 1",
        "done": "Returned to release 1",
        "sign_out": "Sign out",
        "name": "Council of the Shili consortium (fictitious)",
    },
}


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(browser: Browser, importing: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that fails the test on an error in it or a request to another host."""
    wrong: list[str] = []
    context = browser.new_context(base_url=importing.url, java_script_enabled=request.param)
    opened = context.new_page()
    opened.set_default_timeout(MILLISECONDS)
    opened.on("pageerror", lambda e: wrong.append(str(e)))
    opened.on(
        "request", lambda r: wrong.append(r.url) if not r.url.startswith(importing.url) else None
    )
    yield opened
    context.close()
    undo_all(importing)
    assert wrong == []


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a good workbook and a bad one."""
    folder = tmp_path_factory.mktemp("books")
    (folder / "good.xlsx").write_bytes(example())
    (folder / "bad.xlsx").write_bytes(edited(example(), "2023-06-18", "2023-02-30"))
    return folder


@pytest.mark.parametrize(
    ("page", "language"),
    [pytest.param(True, "zh", id="scripts-zh"), pytest.param(False, "en", id="no-scripts-en")],
    indirect=["page"],
)
def test_from_signing_in_to_undoing(page: Page, books: Path, language: str) -> None:
    words = WORDS[language]
    page.goto(f"/import?lang={language}")
    sign_in(page, words, "wrong")
    expect(page.get_by_role("alert")).to_contain_text(words["wrong"])
    sign_in(page, words, TOKEN)

    upload(page, words, books / "bad.xlsx")
    # The page refreshes itself until there is something to see.
    expect(page.locator(".verdict")).to_contain_text(words["refused"], timeout=MILLISECONDS)
    expect(page.get_by_role("button", name=words["publish"], exact=True)).to_have_count(0)
    with page.expect_download() as marked:
        page.get_by_role("link", name="bad.xlsx").click()
    assert marked.value.suggested_filename == "bad-marked.xlsx"

    page.get_by_role("link", name=words["back"]).click()
    upload(page, words, books / "good.xlsx")
    publish = page.get_by_role("button", name=words["publish"], exact=True)
    expect(publish).to_be_visible(timeout=MILLISECONDS)
    thing = page.locator("summary").filter(has_text=words["name"]).first
    thing.click()
    expect(page.locator("details[open] .is").first).to_be_visible()
    publish.click()
    expect(page.get_by_role("status")).to_contain_text(words["published"], timeout=MILLISECONDS)

    page.get_by_role("link", name=words["undo"]).click()
    page.get_by_role("button", name=words["go_back"]).click()
    expect(page.get_by_role("status")).to_contain_text(words["done"])
    page.get_by_role("button", name=words["sign_out"]).click()
    expect(page.get_by_label(words["token"])).to_be_visible()


def sign_in(page: Page, words: dict[str, str], token: str) -> None:
    page.get_by_label(words["token"]).fill(token)
    page.get_by_role("button", name=words["sign_in"]).click()


def upload(page: Page, words: dict[str, str], file: Path) -> None:
    page.get_by_label(words["files"], exact=True).set_input_files(file)
    page.get_by_label(words["by"]).fill("张三")
    page.get_by_role("button", name=words["upload"]).click()


def test_a_page_of_another_site_can_do_nothing(
    browser: Browser, importing: Server, server: Server
) -> None:
    """Another port is another origin, though the same site: its pages send the cookie."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{importing.url}/import?lang=en")
    sign_in(page, WORDS["en"], TOKEN)
    expect(page.get_by_label(WORDS["en"]["files"], exact=True)).to_be_visible()
    page.goto(f"{server.url}/health")
    undo = f"{importing.url}/import/undo"
    page.evaluate(
        f"""() => {{ document.body.innerHTML = '<form method="post" action="{undo}"></form>';
                     document.forms[0].submit() }}"""
    )
    expect(page.locator("main")).to_contain_text("another site")
    page.goto(f"{server.url}/health")
    read = page.evaluate(
        f"""() => fetch('{importing.url}/import?format=json', {{credentials: 'include'}})
                  .then(r => r.text()).catch(() => 'refused')"""
    )
    assert read == "refused"
    context.close()
