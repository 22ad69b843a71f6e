"""``/import`` over HTTP: upload, report, preview, publish, undo, delete."""

from __future__ import annotations

import io
import threading
import urllib.parse
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from openpyxl import load_workbook

from conftest import BEARER, FORM, TOKEN, UPDATE, Reply, Server, running
from import_client import (
    CONSORTIUM,
    dump,
    edited,
    example,
    imported,
    multipart,
    overview,
    published,
    send,
    settled,
    undo_all,
    upload,
)

NAME = "示例市智能设备产教联合体"
DESCRIPTION = "联合体的决策机构，每年召开两次会议。"
BATCH = "shili-shebei/workbook"


@pytest.fixture
def fresh(importing: Server) -> Iterator[Server]:
    """A service at its first release, and brought back to it."""
    yield importing
    undo_all(importing)


@pytest.fixture(scope="module")
def workbook() -> bytes:
    return example()


def name_of(server: Server) -> list[str]:
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    text = f"SELECT ?name {{ <{CONSORTIUM}> <{label}> ?name FILTER(lang(?name) = 'zh') }}"
    return [row["name"] for row in server.query(text)]


def test_from_upload_to_undo_and_the_data_are_as_before(fresh: Server, workbook: bytes) -> None:
    before = dump(fresh)
    ready = imported(fresh, {"示例.xlsx": workbook}, by="张三")
    assert ready["state"] == "ready"
    assert (ready["base"], ready["release"], ready["by"]) == (1, None, "张三")
    assert [file["name"] for file in ready["files"]] == ["示例.xlsx"]
    assert ready["report"]["publishable"]
    counts = ready["comparison"]["counts"]
    assert counts["added"] > 0
    assert (counts["changed"], counts["removed"]) == (0, 0)
    told = {thing["iri"] for thing in ready["comparison"]["things"]}
    assert CONSORTIUM in told
    # A preview changes nothing.
    assert dump(fresh) == before
    assert name_of(fresh) == []

    reply = fresh.send("POST", ready["links"]["publish"], BEARER)
    assert reply.status == 202
    done = settled(fresh, reply.headers["Location"])
    assert done["state"] == "published"
    # What is published answers at once.
    assert fresh.get("/health").json()["release"] == done["release"]
    assert NAME in name_of(fresh)
    answer = fresh.get("/questions/q01", consortium=CONSORTIUM).json()
    assert answer["rows"]

    known = overview(fresh)
    (batch,) = known["batches"]
    assert f"{batch['owner']}/{batch['name']}" == BATCH
    assert batch["by"] == "张三"
    assert batch["inputs"] == {"示例.xlsx": ready["files"][0]["sha256"]}
    assert known["undo"]["release"] == 1
    assert known["undo"]["batches"]["withdrawn"] == [BATCH]

    undone = fresh.send("POST", f"/import/undo?release={done['release']}", BEARER)
    assert (undone.status, undone.headers["Mieco-Release"]) == (204, "1")
    assert fresh.get("/health").json()["release"] == 1
    assert dump(fresh) == before


def test_an_edited_workbook_changes_only_what_was_edited(fresh: Server, workbook: bytes) -> None:
    first = published(fresh, {"a.xlsx": workbook})
    again = imported(fresh, {"a.xlsx": workbook})
    assert again["comparison"]["triples"] == {"added": 0, "removed": 0}
    other = DESCRIPTION.replace("两", "三")
    second = imported(fresh, {"a.xlsx": edited(workbook, DESCRIPTION, other)})
    assert second["base"] == first["release"]
    assert second["comparison"]["counts"] == {"added": 0, "changed": 1, "removed": 0}
    (thing,) = second["comparison"]["things"]
    assert [fact["zh"]["value"] for fact in thing["before"]] == [DESCRIPTION]
    assert [fact["zh"]["value"] for fact in thing["after"]] == [other]


def test_a_refused_workbook_comes_back_marked(fresh: Server, workbook: bytes) -> None:
    release = overview(fresh)["release"]
    refused = imported(fresh, {"错.xlsx": edited(workbook, "2023-06-18", "2023-02-30")})
    assert refused["state"] == "refused"
    assert refused["report"]["counts"]["violation"] > 0
    assert "publish" not in refused["links"]
    found = refused["report"]["findings"][0]
    assert found["file"] == "错.xlsx"
    assert found["sheet"]
    assert found["row"]
    assert found["zh"]
    assert found["en"]
    assert fresh.send("GET", refused["links"]["report"], BEARER).json() == refused["report"]
    (marked,) = refused["marked"]
    reply = fresh.send("GET", marked["link"], BEARER)
    assert reply.headers["Content-Disposition"].startswith("attachment")
    book = load_workbook(io.BytesIO(reply.body))
    assert "检查结果 check" in book.sheetnames
    publish = fresh.send("POST", f"{refused['links']['self']}/publish", BEARER)
    assert (publish.status, publish.json()["code"]) == (409, "import-not-ready")
    assert overview(fresh)["release"] == release


def test_one_file_may_be_the_body_itself(fresh: Server, workbook: bytes) -> None:
    asked = urllib.parse.urlencode({"filename": "书.xlsx", "batch": "draft", "by": "李"})
    reply = fresh.post(f"/import?{asked}", workbook, "application/octet-stream", **BEARER)
    assert reply.status == 202
    ready = settled(fresh, reply.headers["Location"])
    assert ready["state"] == "ready"
    assert ready["graph"].endswith("/shili-shebei/draft")
    assert (ready["files"][0]["name"], ready["by"]) == ("书.xlsx", "李")


def test_rdf_and_several_files(fresh: Server) -> None:
    turtle = b'<http://e/a> <http://www.w3.org/2000/01/rdf-schema#label> "a" .'
    files = {"one.ttl": turtle, "two.nt": turtle.replace(b"/a>", b"/b>")}
    done = published(fresh, files, consortium="shenzhen", batch="notes")
    assert done["state"] == "published"
    assert done["comparison"]["counts"]["added"] == 2
    assert done["graph"].endswith("/data/shenzhen/notes")
    assert fresh.query("SELECT ?l { <http://e/b> ?p ?l }") == [{"l": "a"}]


def test_a_batch_is_deleted_and_the_rest_stays(fresh: Server, workbook: bytes) -> None:
    before = dump(fresh)
    done = published(fresh, {"a.xlsx": workbook})
    path = f"/import/batches/{BATCH}"
    assert fresh.send("GET", path, BEARER).json()["name"] == "workbook"
    reply = fresh.send("DELETE", path, BEARER)
    number = done["release"] + 1
    assert (reply.status, reply.headers["Mieco-Release"]) == (204, str(number))
    assert fresh.get("/health").json()["release"] == number
    catalogue = "https://w3id.org/mieco/graph/catalogue"
    assert _without(dump(fresh), catalogue) == _without(before, catalogue)
    gone = fresh.send("DELETE", path, BEARER)
    assert (gone.status, gone.json()["code"]) == (404, "not-found")
    assert overview(fresh)["undo"]["batches"]["restored"] == [BATCH]


def test_what_was_undone_is_told_as_withdrawn(fresh: Server, workbook: bytes) -> None:
    done = published(fresh, {"a.xlsx": workbook})
    assert (done["state"], done["withdrawn"]) == ("published", False)
    page = {"Accept": "text/html", "Cookie": cookie_of(sign_in(fresh)), **BEARER}
    where = done["links"]["self"]
    reply = fresh.send("POST", f"/import/batches/{BATCH}", page)
    told = fresh.send("GET", reply.headers["Location"], page | {"Accept-Language": "en"})
    assert f"Deleted the batch {BATCH}" in told.text
    # What was deleted was published nevertheless.
    assert not fresh.send("GET", where, BEARER).json()["withdrawn"]
    for _ in range(2):
        reply = fresh.send("POST", "/import/undo", page)
    told = fresh.send("GET", reply.headers["Location"], page | {"Accept-Language": "zh"})
    assert "已退回到发布 1。" in told.text
    assert "已撤销" in told.text
    undone = fresh.send("GET", where, BEARER).json()
    assert (undone["state"], undone["withdrawn"]) == ("published", True)
    again = published(fresh, {"b.xlsx": workbook})
    states = {each["id"]: each["withdrawn"] for each in overview(fresh)["deliveries"]}
    assert (states[done["id"]], states[again["id"]]) == (True, False)


def _without(quads: list[str], graph: str) -> list[str]:
    return [line for line in quads if graph not in line]


def test_publishing_after_the_data_have_changed_compares_anew(
    fresh: Server, workbook: bytes
) -> None:
    ready = imported(fresh, {"a.xlsx": workbook})
    fact = "INSERT DATA { GRAPH <http://g/> { <http://a/> <http://b/> 1 } }"
    assert fresh.post("/update", fact, UPDATE, **BEARER).status == 204
    where = ready["links"]["self"]
    assert fresh.send("GET", where, BEARER).json()["stale"]
    reply = fresh.send("POST", ready["links"]["publish"], BEARER)
    assert (reply.status, reply.json()["code"]) == (409, "import-stale")
    compared = settled(fresh, where)
    assert (compared["state"], compared["again"], compared["stale"]) == ("ready", True, False)
    assert compared["base"] == fresh.get("/health").json()["release"]
    fresh.send("POST", compared["links"]["publish"], BEARER)
    assert settled(fresh, where)["state"] == "published"


def test_publishing_twice(fresh: Server, workbook: bytes) -> None:
    done = published(fresh, {"a.xlsx": workbook})
    reply = fresh.send("POST", f"{done['links']['self']}/publish", BEARER)
    assert (reply.status, reply.json()["code"]) == (409, "import-not-ready")
    assert overview(fresh)["release"] == done["release"]


def test_many_at_once_are_worked_on_in_order(fresh: Server, workbook: bytes) -> None:
    places = [upload(fresh, {f"{n}.xlsx": workbook}) for n in range(3)]
    states = [fresh.send("GET", place, BEARER).json()["state"] for place in places]
    assert states[1:] == ["waiting", "waiting"]
    assert [settled(fresh, place)["state"] for place in places] == ["ready"] * 3


def test_undoing_again_and_again(fresh: Server, workbook: bytes) -> None:
    published(fresh, {"a.xlsx": workbook})
    published(fresh, {"a.xlsx": edited(workbook, NAME, "甲联合体")})
    number = overview(fresh)["release"]
    wrong = fresh.send("POST", f"/import/undo?release={number - 1}", BEARER)
    assert (wrong.status, wrong.json()["code"]) == (412, "release-moved")
    # Of several at once that were shown the same release, one undoes it.
    replies: list[Reply] = []
    path = f"/import/undo?release={number}"
    threads = [
        threading.Thread(target=lambda: replies.append(fresh.send("POST", path, BEARER)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reply.status for reply in replies) == [204, 412, 412]
    assert NAME in name_of(fresh)
    assert fresh.send("POST", "/import/undo", BEARER).status == 204
    assert name_of(fresh) == []
    nothing = fresh.send("POST", "/import/undo", BEARER)
    assert (nothing.status, nothing.json()["code"]) == (409, "nothing-to-undo")


# ---------------------------------------------------------------------------- signing in


def sign_in(server: Server, token: str = TOKEN, **headers: str) -> Reply:
    body = urllib.parse.urlencode({"token": token})
    return server.post("/session", body, FORM, **{"Accept": "text/html", **headers})


def cookie_of(reply: Reply) -> str:
    (morsel,) = SimpleCookie(reply.headers["Set-Cookie"]).values()
    return f"{morsel.key}={morsel.value}"


def test_the_cookie_that_signs_in(importing: Server) -> None:
    reply = sign_in(importing)
    assert (reply.status, reply.headers["Location"]) == (303, "/import")
    (morsel,) = SimpleCookie(reply.headers["Set-Cookie"]).values()
    # Of /zh/import and /en/import too.
    assert (morsel["path"], morsel["samesite"]) == ("/", "Strict")
    assert morsel["httponly"]
    assert not morsel["secure"]
    assert 0 < int(morsel["max-age"]) <= 8 * 3600
    assert TOKEN not in morsel.value
    by_tls = sign_in(importing, Origin=importing.url.replace("http:", "https:"))
    assert "Secure" in by_tls.headers["Set-Cookie"]


@pytest.mark.parametrize("token", ["", "wrong", f"{TOKEN}x", "令牌"])
def test_a_wrong_token_does_not_sign_in(importing: Server, token: str) -> None:
    reply = sign_in(importing, token)
    assert reply.status == 401
    assert "Set-Cookie" not in reply.headers
    assert 'role="alert"' in reply.text


def test_a_cookie_is_believed_of_our_own_pages_only(fresh: Server, workbook: bytes) -> None:
    cookie = cookie_of(sign_in(fresh))
    assert fresh.send("GET", "/import?format=json", {"Cookie": cookie}).status == 200
    own = {"Cookie": cookie, "Origin": fresh.url}
    assert send(fresh, {"a.xlsx": workbook}, own).status == 202
    assert send(fresh, {"a.xlsx": workbook}, own | {"Sec-Fetch-Site": "same-origin"}).status == 202
    for foreign in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": fresh.url, "Sec-Fetch-Site": "cross-site"},
        {"Origin": fresh.url, "Sec-Fetch-Site": "same-site"},
        {},
    ):
        for method, path in (("POST", "/import/undo"), ("DELETE", f"/import/batches/{BATCH}")):
            reply = fresh.send(method, path, {"Cookie": cookie, **foreign})
            assert (reply.status, reply.json()["code"]) == (403, "cross-origin")
        reply = send(fresh, {"a.xlsx": workbook}, {"Cookie": cookie, **foreign})
        assert (reply.status, reply.json()["code"]) == (403, "cross-origin")
    # No answer lets another origin use the cookie.
    assert "Access-Control-Allow-Credentials" not in reply.headers
    # Nor does the cookie open anything else.
    assert fresh.post("/update", "DROP ALL", UPDATE, Cookie=cookie).status == 401


@pytest.mark.parametrize(
    "spoilt",
    [
        *("settings", "x", "settings.{session}.{moment}.{signature}x", ""),
        *("x.{session}.{moment}.{signature}", "settings.{other}.{moment}.{signature}"),
        "settings.{moment}.{signature}",
    ],
)
def test_a_forged_cookie(importing: Server, spoilt: str) -> None:
    name, _, value = cookie_of(sign_in(importing)).partition("=")
    _, session, moment, signature = value.split(".")
    parts = {"session": session, "moment": moment, "signature": signature, "other": "0" * 32}
    forged = f"{name}={spoilt.format_map(parts)}"
    assert importing.send("GET", "/import?format=json", {"Cookie": forged}).status == 401


def test_a_cookie_ends_with_its_token(importing: Server, tmp_path: Path) -> None:
    cookie = cookie_of(sign_in(importing))
    with running("--data", str(tmp_path), "--empty", MIECO_TOKEN="another") as other:
        assert other.send("GET", "/import?format=json", {"Cookie": cookie}).status == 401


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_is_signed_in_is_so_in_every_language(fresh: Server, language: str) -> None:
    cookie = {"Cookie": cookie_of(sign_in(fresh)), "Accept": "text/html"}
    page = fresh.send("GET", f"/{language}/import", cookie)
    assert (page.status, page.headers["Content-Language"]) == (200, language)
    assert "/session/end" in page.text


def test_signing_out(importing: Server) -> None:
    cookie = cookie_of(sign_in(importing))
    reply = importing.send("POST", "/session/end", {"Cookie": cookie, "Origin": importing.url})
    assert reply.status == 303
    (morsel,) = SimpleCookie(reply.headers["Set-Cookie"]).values()
    assert (morsel.value, morsel["max-age"]) == ("", "0")


def test_who_is_not_signed_in_is_asked_to(importing: Server) -> None:
    page = importing.get("/import", "text/html")
    assert page.status == 200
    assert 'type="password"' in page.text
    assert "template.xlsx" in page.text
    for there in ("/import/AAAAAAAAAAAAAAAAAAAAAA", "/import/undo", f"/import/batches/{BATCH}"):
        sent = importing.get(there, "text/html")
        assert (sent.status, sent.headers["Location"]) == (303, f"/session?next={there}")
        body = urllib.parse.urlencode({"token": TOKEN, "next": there})
        reply = importing.post("/session", body, FORM, Accept="text/html")
        assert (reply.status, reply.headers["Location"]) == (303, there)
    # And is sent nowhere else afterwards.
    for there in ("https://evil.example/", "//evil.example/", "/update"):
        body = urllib.parse.urlencode({"token": TOKEN, "next": there})
        reply = importing.post("/session", body, FORM, Accept="text/html")
        assert reply.headers["Location"] == "/import"


def test_without_a_token_set(server: Server, workbook: bytes) -> None:
    assert "mieco token create" in server.get("/import", "text/html").text
    body, content_type = multipart({"a.xlsx": workbook})
    for path in ("/import", "/session", "/import/undo"):
        reply = server.post(path, body, content_type)
        assert (reply.status, reply.json()["code"]) == (403, "writing-disabled")
