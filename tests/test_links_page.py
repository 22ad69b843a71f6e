"""``/links``: what links there are, found, paged, downloaded and taken in again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from conftest import Server
from import_client import imported, published, undo_all

BASE = "https://w3id.org/mieco/"
CHANGZHOU = BASE + "id/place/changzhou"
SKOS = "http://www.w3.org/2004/02/skos/core#"
TABLE = """\
主体 subject,关系 predicate,客体 object,出处 source,把握 confidence,说明 comment
深圳大学,owl:sameAs,https://example.org/szu,https://example.org/a|https://example.org/b,0.9,"说, 明"
常州市,skos:closeMatch,https://example.org/cz,https://example.org/c,,
"""


@pytest.fixture
def fresh(importing: Server) -> Iterator[Server]:
    yield importing
    undo_all(importing)


def test_the_linksets_say_whose_they_are_and_where_they_lead(server: Server) -> None:
    told = server.get("/links").json()
    sets = {each["name"]: each for each in told["linksets"]}
    assert set(sets) == {"mieco/links-geonames", "mieco/links-ror", "mieco/links-wikidata"}
    assert sum(each["links"] for each in sets.values()) == told["total"] == len(told["links"])
    ror = sets["mieco/links-ror"]
    assert ror["licence"] == "https://creativecommons.org/licenses/by/4.0/"
    assert ror["creators"] == ["The mieco developers"]
    assert ror["counts"] == [
        {"predicate": SKOS + "exactMatch", "target": "ror", "links": ror["links"]}
    ]


def test_a_link_has_the_names_of_both_sides_and_its_basis(server: Server) -> None:
    (link,) = server.get("/links", subject=CHANGZHOU, lang="en").json()["links"]
    assert link["subject_label"] == "Changzhou"
    assert link["object"] == "https://sws.geonames.org/1815454/"
    assert link["object_label"] == "Changzhou Shi"
    assert link["see_also"][0].startswith("https://github.com/")
    assert "320400" in link["comment"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"target": "wikidata"}, 200),
        ({"linkset": "mieco/links-ror"}, 200),
        ({"linkset": BASE + "id/linkset/mieco--links-ror", "target": "ror"}, 200),
        ({"page": "99999"}, 200),
        ({"subject": BASE + "id/place/no-such"}, 200),
        ({"page": "0"}, 400),
        ({"page": "１"}, 400),
        ({"page": "9" * 5_000}, 400),
        ({"subject": "no iri"}, 400),
        ({"target": "nowhere"}, 404),
        ({"linkset": "nobody/links"}, 404),
    ],
)
def test_what_is_asked_for_is_given_or_refused(
    server: Server, asked: dict[str, str], status: int
) -> None:
    assert server.get("/links", **asked).status == status
    assert server.get("/links", "text/html", **asked).status == status


def test_the_page_leads_out_and_to_the_basis(server: Server) -> None:
    for lang, words in (("zh", "确切对应"), ("en", "exactly matches")):
        page = server.get("/links", "text/html", lang=lang, target="geonames").text
        assert words in page
        assert 'href="https://sws.geonames.org/1815454/"' in page
        assert "CC BY 4.0" in page


def test_the_page_of_a_thing_leads_to_it_elsewhere(server: Server) -> None:
    page = server.get("/id/place/changzhou.html", lang="en").text
    assert 'href="https://sws.geonames.org/1815454/"' in page
    assert "GeoNames 1815454" in page
    assert "annotatedSource" not in page


def test_downloads_have_the_links_that_are_asked_for(server: Server) -> None:
    reply = server.get("/links.csv", target="ror")
    rows = list(csv.reader(io.StringIO(reply.body.decode())))
    assert rows[0][:4] == [
        "主体 subject",
        "主体名称 subject label",
        "关系 predicate",
        "客体 object",
    ]
    assert len(rows) - 1 == server.get("/links", target="ror").json()["total"]
    assert all(row[3].startswith("https://ror.org/0") for row in rows[1:])
    sssom = server.get("/links.sssom.tsv")
    assert sssom.headers["Content-Type"] == "text/tab-separated-values; charset=utf-8"
    lines = sssom.body.decode().splitlines()
    assert "#license: https://creativecommons.org/licenses/by/4.0/" in lines
    assert any("\tgeonames:1815454/\t" in line for line in lines)


def test_without_links_the_page_says_how_to_bring_some(writable: Server) -> None:
    for lang in ("zh", "en"):
        page = writable.get("/links", "text/html", lang=lang).text
        assert "SSSOM" in page
        assert 'href="/import"' in page
    assert writable.get("/links").json()["links"] == []
    assert writable.get("/links.sssom.tsv").status == 200


def test_links_come_in_go_out_and_come_in_the_same(fresh: Server) -> None:
    assert published(fresh, {"schools.csv": TABLE.encode()}, by="张三")["state"] == "published"
    told = fresh.get("/links", linkset="links/links-schools").json()
    (linkset,) = (each for each in told["linksets"] if each["name"] == "links/links-schools")
    assert (linkset["imported"]["by"], linkset["links"]) == ("张三", 2)
    assert {each["target"] for each in linkset["counts"]} == {"example.org"}
    (close, same) = sorted(told["links"], key=lambda link: link["predicate"], reverse=True)
    assert (same["confidence"], same["comment"], len(same["see_also"])) == (0.9, "说, 明", 2)
    assert close["justification"].endswith("UnspecifiedMatching")
    out = fresh.get("/links.sssom.tsv", linkset="links/links-schools").body
    again = imported(fresh, {"schools.sssom.tsv": out})
    assert again["comparison"]["triples"] == {"added": 0, "removed": 0}


def test_what_is_wrong_with_links_is_marked_in_the_table(fresh: Server) -> None:
    wrong = TABLE.replace("常州市", "常洲市").replace("closeMatch", "near")
    refused = imported(fresh, {"schools.csv": wrong.encode()})
    assert refused["state"] == "refused"
    assert {each["code"] for each in refused["report"]["findings"]} == {
        "reference-unknown",
        "predicate-unknown",
    }
    assert refused["marked"]
