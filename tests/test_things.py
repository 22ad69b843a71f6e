"""Every IRI in the data has a page, and RDF."""

from __future__ import annotations

import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest
from rdflib import Graph, URIRef

from conftest import Server

BASE = "https://w3id.org/mieco/"


def path_of(iri: str) -> str:
    if iri.startswith(BASE) and "#" not in iri:
        return "/" + iri.removeprefix(BASE)
    return "/thing?" + urllib.parse.urlencode({"iri": iri})


def test_every_iri_in_the_data_has_a_page_and_turtle(server: Server) -> None:
    found = server.query(
        """
        SELECT DISTINCT ?iri WHERE {
          GRAPH <https://w3id.org/mieco/graph/data/mieco/public> {
            { ?iri ?p ?o } UNION { ?s ?p ?iri } UNION { ?s ?iri ?o }
          }
          FILTER (isIRI(?iri))
        }"""
    )
    iris = [row["iri"] for row in found]
    assert len(iris) > 1500

    def look(iri: str) -> str | None:
        page = server.get(path_of(iri), "text/html")
        data = server.get(path_of(iri), "text/turtle")
        fine = (
            page.status == data.status == 200
            and page.headers["Content-Type"] == "text/html; charset=utf-8"
            and data.headers["Content-Type"] == "text/turtle; charset=utf-8"
        )
        return None if fine else f"{iri}: {page.status} {data.status}"

    with ThreadPoolExecutor(8) as pool:
        assert [wrong for wrong in pool.map(look, iris) if wrong] == []


@pytest.mark.parametrize("extension", ["ttl", "nt", "rdf", "jsonld"])
def test_a_thing_in_every_format(server: Server, extension: str) -> None:
    parsers = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}
    by_extension = server.get(f"/id/consortium/shenzhen.{extension}")
    by_format = server.get("/id/consortium/shenzhen", format=extension)
    assert by_extension.status == 200
    graph = Graph().parse(data=by_extension.body, format=parsers[extension])
    assert set(graph) == set(Graph().parse(data=by_format.body, format=parsers[extension]))
    assert (URIRef(BASE + "id/consortium/shenzhen"), None, None) in graph


def test_a_page_names_things_in_the_reader_s_language(server: Server) -> None:
    chinese = server.get("/id/consortium/shenzhen", "text/html", lang="zh")
    english = server.get("/id/consortium/shenzhen", "text/html", lang="en")
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
        page = server.get(path_of(row["source"]), "text/html").text.replace("&amp;", "&")
        assert row["address"] in page
        assert (f'href="{row["address"]}"' in page) is linked, row


def test_what_is_not_in_the_data_is_not_found(server: Server) -> None:
    for path in ("/id/consortium/nowhere", "/thing?iri=http%3A%2F%2Fexample.org%2F", "/nothing"):
        reply = server.get(path, "application/json, text/turtle;q=0.5")
        assert (reply.status, reply.json()["code"]) == (404, "not-found"), path
    assert server.get("/thing?iri=relative").status == 400
    assert server.get("/id/consortium/shenzhen", "image/png").status == 406


def test_search_finds_names_in_both_languages_and_other_names(server: Server) -> None:
    for text, expected in (
        ("常州新能源", "常州新能源产教联合体"),
        ("changzhou new", "常州新能源产教联合体"),
        ("苏州市职业大学", "苏州职业技术大学"),
        ("产教", "深圳市域产教联合体"),
    ):
        hits = server.get("/search", q=text, lang="zh").json()["hits"]
        assert expected in [hit["label"] for hit in hits], text
    assert server.get("/search", q="没有这个名字").json() == []
    page = server.get("/search", "text/html", q='"><script>', lang="en")
    assert "<script>" not in page.text
