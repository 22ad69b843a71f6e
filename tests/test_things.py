"""Every IRI in the data has a page, and RDF."""

from __future__ import annotations

from conftest import Server

BASE = "https://w3id.org/mieco"


def test_a_page_names_things_in_the_reader_s_language(server: Server) -> None:
    chinese = server.get("/id/consortium/shenzhen.html", lang="zh")
    english = server.get("/id/consortium/shenzhen.html", lang="en")
    assert '<html lang="zh-CN">' in chinese.text
    assert '<html lang="en">' in english.text
    assert ">依托园区</a>" in chinese.text
    assert ">Guangdong</a>" in english.text
    assert "推理" in chinese.text
    assert chinese.headers["Content-Language"] == "zh"


def test_the_address_of_a_mirror_is_text_and_that_of_a_good_source_a_link(server: Server) -> None:
    found = server.query(
        """
        PREFIX mieco: <https://w3id.org/mieco/ontology#>
        SELECT ?source ?grade ?address {
          ?source a mieco:Source ; mieco:hasGrade ?grade ; mieco:address ?address .
        }"""
    )
    by_grade = {row["grade"].rsplit("/", 1)[1]: row for row in found}
    for grade, linked in (("copy", False), ("weak", False), ("primary", True), ("press", True)):
        row = by_grade[grade]
        page = server.follow(row["source"].removeprefix(BASE), "text/html").text.replace(
            "&amp;", "&"
        )
        assert row["address"] in page
        assert (f'href="{row["address"]}"' in page) is linked, row


def test_what_is_not_in_the_data_is_not_found(server: Server) -> None:
    for path in ("/id/consortium/nowhere", "/thing?iri=http%3A%2F%2Fexample.org%2F", "/nothing"):
        reply = server.get(path, "application/json, text/turtle;q=0.5")
        assert (reply.status, reply.json()["code"]) == (404, "not-found"), path
    assert server.get("/thing?iri=relative").status == 400


def test_search_finds_names_in_both_languages_and_other_names(server: Server) -> None:
    for text, expected in (
        ("常州新能源", "常州新能源产教联合体"),
        ("changzhou new", "常州新能源产教联合体"),
        ("苏州市职业大学", "苏州职业技术大学"),
        ("产教", "深圳市域产教联合体"),
    ):
        hits = server.get("/search", q=text, lang="zh").json()["hits"]
        assert expected in [hit["label"] for hit in hits], text
    assert server.get("/search", q="qqqqqqqq").json()["hits"] == []
    page = server.get("/search", "text/html", q='"><script>', lang="en")
    assert "<script>" not in page.text
