"""``/terms/``: the ontology to look through, at the public door."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote, urljoin
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from rdflib import RDFS, Graph

from conftest import Server
from mieco import content
from mieco.engine.current import CurrentEngine
from mieco.engine.embedded import EmbeddedEngine
from mieco.releases import Releases
from mieco.settings import Settings
from mieco.terms import MIECO
from mieco.web import create_app

HTML = "text/html"
NAMES = ("Consortium", "LeadSchool", "Membership", "hasGrade", "floorArea", "address", "dateBasis")
PAGES = (
    *("/terms/", "/terms/modules", "/terms/modules/actors", "/terms/modules/alignment/org"),
    *("/terms/changes", "/terms/protege", "/terms/Record/instances"),
    *(f"/terms/{name}" for name in NAMES),
)


def links_in(page: str, place: str) -> set[str]:
    """The pages of this service that a page leads to."""
    found = (urljoin(place, unescape(link)) for link in re.findall(r'<a [^>]*href="([^"]*)"', page))
    return {link.partition("#")[0] for link in found if link.startswith("/")}


@pytest.fixture
def bare(two_releases: Path) -> Iterator[FlaskClient]:
    """A service of releases that hold no ontology."""
    settings = Settings(data=two_releases, workers=1)
    engine = CurrentEngine(Releases(two_releases), lambda r: EmbeddedEngine(r.folder, settings))
    app = create_app(settings, engine)
    yield app.test_client(use_cookies=False)
    app.extensions["mieco"].past.close()
    engine.close()


def test_every_term_has_its_name_definition_and_counts(server: Server) -> None:
    told = server.get("/terms/").json()
    assert len(told["terms"]) > 250
    counts: dict[str, dict[str, int]] = {}
    for facts in ("asserted", "both"):
        for pattern in ("?s a ?term", "?s ?term ?o"):
            text = f"SELECT ?term (COUNT(*) AS ?n) {{ {pattern} }} GROUP BY ?term"
            rows = server.get("/sparql", query=text, entailment=facts).json()["results"]["bindings"]
            for row in rows:
                counted = counts.setdefault(row["term"]["value"], {"asserted": 0})
                counted[facts] = int(row["n"]["value"])
    for term in told["terms"]:
        assert term["count"] == counts.get(term["iri"]), term["iri"]
        assert term["label"]["zh"]
        assert term["label"]["en"]
    spoken = {term["iri"]: term for term in told["terms"]}
    assert spoken[MIECO + "Consortium"]["count"]["asserted"] > 0
    assert spoken[MIECO + "VocationalProgramme"]["count"] is None  # not zero


def test_what_is_inferred_of_the_hierarchy_is_what_hermit_finds(server: Server) -> None:
    told = server.get("/terms/").json()["terms"]
    found = {(term["iri"], above) for term in told for above in term["inferred_above"]}
    expected = Graph().parse(content.ontology_files().classification)
    pairs = {(str(s), str(o)) for s, o in expected.subject_objects(RDFS.subClassOf)}
    assert pairs <= found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_term_is_told_in_both_languages_and_in_words(server: Server, language: str) -> None:
    told = server.get("/terms/LeadSchool").json()
    page = unescape(server.get("/terms/LeadSchool", HTML, lang=language).text)
    bare_text = re.sub(r"<[^>]*>", "", page)
    for axiom in told["axioms"]:
        assert axiom[language] in bare_text
        assert axiom["manchester"] in bare_text
    other = "en" if language == "zh" else "zh"
    assert told["definition"][language] in page
    tag = "zh-CN" if other == "zh" else "en"
    assert f'lang="{tag}">{told["definition"][other]}' in page
    assert told["above"] == [
        {"iri": MIECO + "EducationProvider", "inferred": True},
        {"iri": MIECO + "LeadActor", "inferred": True},
    ]
    for question in told["questions"]:
        assert f"/questions/{question}" in page
    assert told["history"][0]["event"] == "introduced"


@pytest.mark.parametrize("path", PAGES)
def test_whatever_a_page_leads_to_is_there(server: Server, path: str) -> None:
    """Of very many links each that is unlike those before it, and some of the rest."""
    page = server.get(path, HTML, lang="en")
    assert page.status == 200
    by_kind: dict[str, list[str]] = {}
    for link in sorted(links_in(page.text, path)):
        if not link.startswith(("/static", "/ontology.")):
            by_kind.setdefault(re.sub(r"[^/?]+$|=.*", "", link), []).append(link)
    for links in by_kind.values():
        for link in links[:2]:
            assert server.get(link, HTML).status in (200, 303), link


@pytest.mark.parametrize("path", ["/terms/Consortium", "/terms/modules/actors"])
def test_a_drawing_can_be_had_by_itself(server: Server, path: str) -> None:
    told = server.get(f"{path}?format=svg&lang=zh")
    assert told.headers["Content-Type"] == "image/svg+xml"
    assert "default-src 'none'" in told.headers["Content-Security-Policy"]
    assert ET.fromstring(told.text).findall(".//{*}text")
    assert server.get("/terms/Nothing?format=svg").status == 404


def test_all_instances_are_found_a_page_at_a_time(server: Server) -> None:
    found, after = [], ""
    while after or not found:
        told = server.get("/terms/Record/instances", after=after).json()
        found += told["instances"]
        after = told["after"]
    text = f"SELECT ?s {{ ?s a <{MIECO}Record> }} ORDER BY ?s"
    assert sorted(each["iri"] for each in found) == [row["s"] for row in server.query(text)]
    assert told["count"]["both"] == len(found)
    assert not any(each["inferred"] for each in found)
    inferred = server.get("/terms/LeadSchool/instances", lang="en").json()["instances"]
    assert all(each["inferred"] and each["label"] for each in inferred)
    asserted = server.get("/terms/LeadSchool/instances", entailment="asserted").json()
    assert asserted["instances"] == []
    assert server.get("/terms/hasGrade/instances").status == 404


def test_the_home_page_and_crumbs_lead_to_a_plain_list(server: Server) -> None:
    """By name, found by a part of it, and to be saved as a table."""
    path = "/terms/Consortium/instances"
    assert f'href="{path}"' in server.get("/", HTML).text
    assert f'href="{path}"' in server.get("/id/consortium/changzhou-new-energy.html").text
    told = server.get(path, lang="zh").json()
    names = [each["label"] for each in told["instances"]]
    count = told["count"]["both"]
    changzhou = [name for name in names if name.startswith("常州")]
    assert len(changzhou) > 1
    # 毕节 bi, 常州 chang, 苏州 su: as they are read, not as they are encoded.
    first = [next(n for n, name in enumerate(names) if name.startswith(c)) for c in "毕常苏"]
    assert first == sorted(first)
    assert server.get(path, q="常州", lang="zh").json()["found"] == len(changzhou)
    page = server.get(path, HTML, lang="zh", q="常州").text
    assert f"<h1>市域产教联合体 {count} 个</h1>" in page
    assert "常州新能源产教联合体" in page
    assert "苏州" not in page
    [table] = [link for link in links_in(page, path) if "format=csv" in link]
    assert len(server.get(table).text.splitlines()) == count + 1


def test_a_term_is_found_by_other_spellings(server: Server) -> None:
    for name in ("consortium", "mieco:Consortium", "市域产教联合体"):
        moved = server.get(f"/terms/{quote(name)}", lang="en")
        assert (moved.status, moved.headers["Location"]) == (302, "/terms/Consortium?lang=en")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_unknown_term_has_near_names(server: Server, language: str) -> None:
    lost = server.get("/terms/Consortum", lang=language)
    assert lost.status == 404
    assert lost.json()["code"] == "not-found"
    assert "Consortium" in lost.json()["hint"]
    page = server.get("/terms/Consortum", HTML, lang=language)
    assert page.status == 404
    assert 'href="/terms/Consortium"' in page.text
    assert "/terms/" in server.get("/terms/%E2%98%83", lang=language).json()["hint"]
    assert server.get("/terms/%E2%98%83", HTML, lang=language).status == 404
    assert "actors" in server.get("/terms/modules/actor", lang=language).json()["hint"]


def test_the_filter_finds_names_and_definitions(server: Server) -> None:
    told = server.get("/terms/", q="园区").json()
    names = {term["name"] for term in told["terms"]}
    assert {"mieco:IndustrialPark", "mieco:basedOnPark"} <= names
    assert "mieco:Meeting" not in names
    page = server.get("/terms/", HTML, q="lead SCHOOL", lang="en").text
    assert "/terms/LeadSchool" in page
    # What stands above is shown too, and the rest is not.
    assert "/terms/EducationProvider" in page
    assert "/terms/Meeting" not in page
    assert "no-such-term" in server.get("/terms/", HTML, q="no-such-term", lang="en").text


def test_the_tree_is_shown_with_inference_or_without(server: Server) -> None:
    both, asserted = (
        server.get("/terms/", HTML, entailment=which, lang="en").text
        for which in ("both", "asserted")
    )
    marks = [page.count('class="inferred"') for page in (both, asserted)]
    assert marks[0] > 25
    assert marks[1] == 0
    assert server.get("/terms/", entailment="inferred").status == 400


def test_versions_are_compared(server: Server) -> None:
    told = server.get("/terms/changes", before="0.1.0", after="0.2.0").json()
    assert MIECO + "Achievement" in told["added"]
    replaced = {each["iri"]: each["replaced_by"] for each in told["deprecated"]}
    assert replaced[MIECO + "unit"] == MIECO + "hasUnit"
    changed = {each["iri"]: each for each in told["changed"]}
    gained = [axiom["zh"] for axiom in changed[MIECO + "Consortium"]["axioms"]["added"]]
    assert "每个市域产教联合体都是产教融合平台载体。" in gained
    wrong = server.get("/terms/changes", before="0.0.1", lang="en")
    assert wrong.status == 400
    assert "0.1.0" in wrong.json()["hint"]


@pytest.mark.parametrize("path", ["/terms/", "/terms/Consortium", "/terms/hasMember"])
def test_an_answer_is_not_given_twice(server: Server, path: str) -> None:
    first = server.get(path, HTML)
    again = server.send("GET", path, {"Accept": HTML, "If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    packed = server.send("GET", path, {"Accept": HTML, "Accept-Encoding": "gzip"})
    assert len(packed.body) < 45_000


def test_pages_lead_to_terms(server: Server) -> None:
    assert 'href="/terms/"' in server.get("/", HTML).text
    assert 'href="/terms/Consortium"' in server.get("/id/consortium/shenzhen.html").text
    assert 'href="/terms/Consortium"' in server.get("/ontology.html").text
    found = server.get("/search/suggest", q="市域产教联合体").json()
    assert "/terms/Consortium" in found[3]


def test_a_release_without_an_ontology_has_terms_and_no_numbers(bare: FlaskClient) -> None:
    told = bare.get("/terms/Consortium", headers={"Accept": "application/json"}).json
    assert told["definition"]["zh"]
    assert told["count"] is None
    page = bare.get("/terms/Consortium?release=1&lang=en", headers={"Accept": HTML})
    assert page.status_code == 200
    assert "/terms/?release=1" in page.text  # its links stay in that release
    assert "records no instance" in page.text
    for path in ("/terms/", "/terms/hasMember", "/terms/modules/actors", "/terms/changes"):
        assert bare.get(path, headers={"Accept": HTML}).status_code == 200, path
