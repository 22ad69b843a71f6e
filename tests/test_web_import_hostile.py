"""What nobody should send to ``/import``, and what should never happen while it works.

Whatever it is: nothing changes, the message says what and where, and no path of this machine.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conftest import BEARER, FORM, MOST_IMPORTED, TOKEN, Server
from hostile_workbooks import OLE, honest, operated, zeros
from import_client import (
    example,
    failure,
    imported,
    multipart,
    overview,
    send,
    settled,
    upload,
)

ID = "A" * 22


def bomb(path: Path) -> bytes:
    return zeros(path, "xl/media/image1.png", 2048).read_bytes()


def macros(path: Path) -> bytes:
    return operated(path, {"xl/vbaProject.bin": b"x"}).read_bytes()


UNREADABLE: dict[str, tuple[str, Callable[[Path], bytes], str]] = {
    "text": ("表.csv", lambda _: b"hello, world", "template"),
    "no workbook": ("表.xlsx", lambda _: b"hello, world", "no Excel workbook"),
    "nothing": ("表.xlsx", lambda _: b"", "empty"),
    "image": ("表.xlsx", lambda _: b"\x89PNG\r\n\x1a\n" + bytes(500), ""),
    "password": (
        "表.xlsx",
        lambda _: OLE + bytes(1000) + "EncryptedPackage".encode("utf-16-le"),
        "password",
    ),
    "old": ("表.xls", lambda _: OLE + bytes(1000) + "Workbook".encode("utf-16-le"), "old Office"),
    "macros": ("表.xlsm", macros, "macros"),
    "other": ("表.xlsx", lambda _: honest("别的"), "template"),
    "bomb": ("表.xlsx", bomb, ""),
    "cut": ("表.xlsx", lambda _: example()[:50_000], ""),
    "turtle": ("表.ttl", lambda _: b"<a> <b> .", ""),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read(
    unchanged: Server, import_folder: Path, tmp_path: Path, kind: str
) -> None:
    name, made, said = UNREADABLE[kind]
    found = imported(unchanged, {name: made(tmp_path / "made.xlsx")}, consortium="shenzhen")
    message = failure(found, import_folder)
    assert said in message
    page = unchanged.send("GET", found["links"]["self"], {**BEARER, "Accept": "text/html"})
    assert found["error"]["zh"].split("“")[0] in page.text
    publish = unchanged.send("POST", f"{found['links']['self']}/publish", BEARER)
    assert (publish.status, publish.json()["code"]) == (409, "import-not-ready")


def test_names_are_shown_and_lead_nowhere(unchanged: Server, import_folder: Path) -> None:
    path = "/import?filename=..%2F..%2F%3Cscript%3Ealert(1)%3C%2Fscript%3E.xlsx"
    reply = unchanged.post(path, b"hello", "application/octet-stream", **BEARER)
    found = settled(unchanged, reply.headers["Location"])
    (file,) = found["files"]
    assert file["name"] == "script>.xlsx"
    assert sorted(
        p.name for p in (import_folder / "deliveries" / found["id"] / "files").iterdir()
    ) == ["1"]
    page = unchanged.send("GET", found["links"]["self"], {**BEARER, "Accept": "text/html"})
    assert "<script>" not in page.text


def test_more_than_may_be_sent(unchanged: Server) -> None:
    large = bytes((MOST_IMPORTED << 20) + 1)
    reply = unchanged.post("/import?filename=a.csv", large, "text/csv", **BEARER)
    assert (reply.status, reply.json()["code"]) == (413, "request-too-large")
    reply = send(unchanged, {"a.csv": large})
    assert (reply.status, reply.json()["code"]) == (413, "request-too-large")
    # Without a token the limit is another; the message is about the token.
    reply = send(unchanged, {"a.csv": large}, {})
    assert (reply.status, reply.json()["code"]) == (401, "unauthorised")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (*multipart({}), 400, "bad-request"),
        (*multipart({"": b"x"}), 400, "bad-request"),
        (*multipart({"a.csv": b"x"}, by="x" * 201), 400, "bad-parameter"),
        (*multipart({f"{n}.csv": b"x" for n in range(51)}), 400, "bad-request"),
        (b"", "text/csv", 400, "bad-request"),
        (b"file=x", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
        (b"--x\r\nContent-Disposi", "multipart/form-data; boundary=x", 400, "bad-request"),
        (multipart({"a.csv": b"x"})[0], "multipart/form-data; boundary=y", 400, "bad-request"),
    ],
    ids=["none", "no-name", "long", "many", "raw-no-name", "form", "cut", "boundary"],
)
def test_a_body_that_is_no_delivery(
    unchanged: Server, body: bytes, content_type: str, status: int, code: str
) -> None:
    before = len(overview(unchanged)["deliveries"])
    reply = unchanged.post("/import", body, content_type, **BEARER)
    assert (reply.status, reply.json()["code"]) == (status, code)
    assert len(overview(unchanged)["deliveries"]) == before


def test_a_large_body_by_token_or_cookie_only(unchanged: Server) -> None:
    large = bytes((MOST_IMPORTED << 20) - 10_000)
    signed = unchanged.post("/session", f"token={TOKEN}", FORM, Accept="text/html").headers[
        "Set-Cookie"
    ]
    own = {"Origin": unchanged.url, "Cookie": signed.partition(";")[0]}
    reply = send(unchanged, {"a.csv": large}, own)
    assert reply.status == 202
    failed = settled(unchanged, reply.headers["Location"])
    assert failed["state"] == "failed"
    for cookie in ("mieco-import=importer.x.y", "mieco-import="):
        reply = send(unchanged, {"a.csv": large}, {**own, "Cookie": cookie})
        assert (reply.status, reply.json()["code"]) == (401, "unauthorised")


def test_an_upload_that_is_cut_off_is_none(unchanged: Server) -> None:
    before = len(overview(unchanged)["deliveries"])
    host, port = urlsplit(unchanged.url).netloc.split(":")
    head = (
        "POST /import?filename=a.csv HTTP/1.1\r\nHost: here\r\nContent-Type: text/csv\r\n"
        f"Authorization: Bearer {TOKEN}\r\n"
    )
    for rest in (
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "Content-Length: 9\r\n\r\nhello",
    ):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall((head + rest).encode())
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1000)
    assert len(overview(unchanged)["deliveries"]) == before


def test_two_files_of_one_name(unchanged: Server) -> None:
    body, content_type = multipart({"a.csv": b"x", "b.csv": b"y"})
    reply = unchanged.post("/import", body.replace(b"b.csv", b"a.csv"), content_type, **BEARER)
    assert (reply.status, reply.json()["code"]) == (400, "bad-request")


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", f"Basic {TOKEN}", "Bearer"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/import"),
        ("POST", "/import"),
        ("GET", f"/import/{ID}"),
        ("GET", f"/import/{ID}/report.json"),
        ("GET", f"/import/{ID}/marked.xlsx"),
        ("POST", f"/import/{ID}/publish"),
        ("GET", "/import/undo"),
        ("POST", "/import/undo"),
        ("GET", "/import/batches/a/b"),
        ("POST", "/import/batches/a/b"),
        ("DELETE", "/import/batches/a/b"),
        ("POST", "/session/end"),
    ],
)
def test_nobody_imports_without_the_token(
    importing: Server, method: str, path: str, authorization: str | None
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    reply = importing.send(method, path, headers, b"x" if method == "POST" else None)
    assert (reply.status, reply.json()["code"]) == (401, "unauthorised")


@pytest.mark.parametrize("key", [ID, "..", "%2e%2e", "x", "..%2F..%2Fcurrent", "A" * 5000])
def test_what_is_not_there(unchanged: Server, key: str) -> None:
    for method, rest in (("GET", ""), ("GET", "/report.json"), ("POST", "/publish")):
        reply = unchanged.send(method, f"/import/{key}{rest}", BEARER)
        assert reply.status in {404, 405}


def test_nothing_to_undo_and_no_such_batch(unchanged: Server) -> None:
    for method in ("GET", "POST"):
        reply = unchanged.send(method, "/import/undo", BEARER)
        assert (reply.status, reply.json()["code"]) == (409, "nothing-to-undo")
    reply = unchanged.send("POST", "/import/undo?release=x", BEARER)
    assert (reply.status, reply.json()["code"]) == (400, "bad-parameter")
    for method in ("GET", "POST", "DELETE"):
        reply = unchanged.send(method, "/import/batches/no/such", BEARER)
        assert (reply.status, reply.json()["code"]) == (404, "not-found")


def test_the_oldest_deliveries_go(unchanged: Server, import_folder: Path) -> None:
    first = upload(unchanged, {"first.csv": b"x"})
    settled(unchanged, first)
    # Twenty bodies of the largest size is what is kept in all.
    for _ in range(21):
        last = upload(unchanged, {"a.csv": bytes((MOST_IMPORTED << 20) - 1000)})
        assert settled(unchanged, last)["state"] == "failed"
    again = upload(unchanged, {"last.csv": b"x"})
    assert unchanged.send("GET", first, BEARER).status == 404
    assert unchanged.send("GET", again, BEARER).status == 200
    kept = import_folder / "deliveries"
    size = sum(p.stat().st_size for p in kept.rglob("*") if p.is_file())
    assert size <= 20 * (MOST_IMPORTED << 20) + (1 << 20)
