"""Who comes to an address where nothing is gets offered what has a near name."""

from __future__ import annotations

import pytest

from conftest import Server


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        ("/id/consortium/shenzen.html", "/id/consortium/shenzhen"),
        ("/id/consortium/changzhou-new", "/id/consortium/changzhou-new-energy"),
        ("/深圳联合体", "/id/consortium/shenzhen"),
        ("/qestions", "/questions/"),
        ("/spaqrl", "/sparql"),
        ("/en/redyness", "/readiness"),
    ],
)
def test_what_has_a_near_name_is_offered(server: Server, path: str, offered: str) -> None:
    reply = server.get(
        path.replace("深圳联合体", "%E6%B7%B1%E5%9C%B3%E8%81%94%E5%90%88%E4%BD%93"), "text/html"
    )
    assert reply.status == 404
    assert f'href="{offered}"' in reply.text


def test_it_says_what_was_typed_and_guesses_nothing_from_a_letter(server: Server) -> None:
    page = server.get("/zh/id/link/x", "text/html").text
    assert "没有找到数据中的“id/link/x”" in page
    assert "也许您要找的是" not in page
    assert "not-found" not in page


@pytest.mark.parametrize("path", ["/xqzwv-kkjj", "/%00", "/" + "a" * 5000, "/%3Cscript%3Eqzkw"])
def test_nothing_is_made_up(server: Server, path: str) -> None:
    reply = server.get(path, "text/html")
    assert reply.status == 404
    assert "<script>qzkw" not in reply.text
    assert "也许您要找的是" not in reply.text


def test_programs_get_a_problem_document(server: Server) -> None:
    reply = server.get("/id/consortium/shenzen", "application/json")
    assert (reply.status, reply.headers.get_content_type()) == (404, "application/problem+json")
