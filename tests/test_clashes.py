"""Contradictions: found by the rules, told in words with what they rest on, and not published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from conftest import BEARER, TOKEN, UPDATE, Reply, Run, Server, running
from few_rows import few_rows
from mieco import content
from mieco.inference import find_clashes
from mieco.reason.clashes import Clash
from mieco.terms import MIECO, ONTOLOGY_GRAPH

INCONSISTENT = sorted((Path(__file__).parent / "ontology" / "inconsistent").glob("*.ttl"))
EXAMPLE = NamedNode("http://example.org/graph")


def in_graph(path: Path, graph: NamedNode) -> list[Quad]:
    quads = parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
    return [Quad(q.subject, q.predicate, q.object, graph) for q in quads]


WRONG = {
    "has-member-text": (
        ":x mieco:hasMember '甲' .",
        (
            "'has member' of 'http://example.org/has-member-text/x' must be a thing (an IRI),"
            " but is the literal '甲'"
        ),
    ),
    "value-thing": (
        ":x mieco:value :y .",
        (
            "'value' of 'http://example.org/value-thing/x' must be a literal,"
            " but is the thing 'http://example.org/value-thing/y'"
        ),
    ),
    "row-number-fraction": (
        ":x a mieco:Record ; mieco:rowNumber 5.5 .",
        (
            "'row number' of 'http://example.org/row-number-fraction/x' must be xsd:integer,"
            " but is '5.5' (xsd:decimal)"
        ),
    ),
    "year-text": (
        ":x mieco:year '去年' .",
        (
            "'year' of 'http://example.org/year-text/x' must be xsd:integer,"
            " but is '去年' (xsd:string)"
        ),
    ),
    "batch-ill-typed": (
        ":x mieco:batchNumber 'abc'^^<http://www.w3.org/2001/XMLSchema#integer> .",
        (
            "'batch number' of 'http://example.org/batch-ill-typed/x' must be xsd:integer,"
            " but is 'abc' (xsd:integer)"
        ),
    ),
}
BLANK = "[] mieco:hasMember 'x' , [ mieco:note :x ] ."
# An integer is a decimal, and a decimal without a fraction an integer.
RIGHT = ":x mieco:value 5 . :y a mieco:Record ; mieco:rowNumber 7.0 ."


def examples() -> Iterator[Quad]:
    """All examples; each speaks of things in a namespace of its own."""
    for path in INCONSISTENT:
        yield from in_graph(path, EXAMPLE)
    for name, text in {
        "right": RIGHT,
        "blank": BLANK,
        **{name: text for name, (text, _) in WRONG.items()},
    }.items():
        prefixes = f"@prefix : <http://example.org/{name}/> . @prefix mieco: <{MIECO}> .\n"
        for quad in parse(prefixes + text, format=RdfFormat.TURTLE):
            yield Quad(quad.subject, quad.predicate, quad.object, EXAMPLE)


@pytest.fixture(scope="module")
def found() -> dict[str, list[Clash]]:
    """The clashes by example; among no example and the ontology, there is none."""
    files = content.ontology_files().loaded
    ontology = [quad for path in files for quad in in_graph(path, NamedNode(ONTOLOGY_GRAPH))]
    by_example: dict[str, list[Clash]] = {}
    for clash in find_clashes([*ontology, *examples()]):
        subjects = {leaf.fact.subject.value for leaf in clash.facts}
        if not any(subject.startswith("http") for subject in subjects):
            subjects = {"http://example.org/blank/"}
        (name,) = {
            subject.removeprefix("http://example.org/").split("/")[0] for subject in subjects
        }
        by_example.setdefault(name, []).append(clash)
    return by_example


@pytest.mark.parametrize("path", INCONSISTENT, ids=lambda p: p.stem)
def test_the_rules_see_every_contradiction_that_hermit_sees(
    found: dict[str, list[Clash]], path: Path
) -> None:
    given = {quad.triple for quad in in_graph(path, EXAMPLE)}
    assert found[path.stem]
    for clash in found[path.stem]:
        assert {leaf.fact for leaf in clash.facts} <= given
        assert clash.account.zh.count("“") == clash.account.zh.count("”") > 0
        assert "It rests on: '" in clash.account.en


@pytest.mark.parametrize("name", WRONG)
def test_a_value_of_the_wrong_kind_is_told(found: dict[str, list[Clash]], name: str) -> None:
    (clash,) = found[name]
    assert clash.sentence.en == WRONG[name][1]


def test_a_clash_about_a_blank_node_is_told(found: dict[str, list[Clash]]) -> None:
    (clash,) = found["blank"]
    assert "'has member' of" in clash.sentence.en


def test_nothing_else_clashes(found: dict[str, list[Clash]]) -> None:
    assert found.keys() == {*(path.stem for path in INCONSISTENT), *WRONG, "blank"}


# ------------------------------------------------------------------- at the command


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Few rows of the tables, in which an education department has become a meeting."""
    # Two documents of it: it is an actor, since it issues them.
    folder = few_rows(tmp_path / "tables", "\njiangsusheng-jiaoyuting,", "\np14,", "\np15,")
    table = folder / "organisations.csv"
    text = table.read_text(encoding="utf-8")
    rows = [
        row.replace("GovernmentDepartment", "Meeting")
        if row.startswith("jiangsusheng-jiaoyuting,")
        else row
        for row in text.splitlines(keepends=True)
    ]
    table.write_text("".join(rows), encoding="utf-8")
    return folder


def test_a_class_that_is_none_is_shown_at_its_cell(called: Run, tables: Path) -> None:
    table = tables / "organisations.csv"
    table.write_text(
        table.read_text(encoding="utf-8").replace(",Meeting,", ",governmentDepartment,"), "utf-8"
    )
    (found,) = json.loads(called("check", str(tables), "--json").stdout)["findings"]
    assert (found["file"], found["column"]) == ("organisations.csv", "class")
    assert "GovernmentDepartment" in found["zh"]


def test_a_message_of_two_languages_is_told_in_the_reader_s(called: Run, tables: Path) -> None:
    """pyshacl gives one of the messages of a SPARQL constraint, now this, now that."""
    table = tables / "places.csv"
    rows = table.read_text(encoding="utf-8").splitlines()
    column = rows[0].split(",").index("part_of")
    key, *cells = rows[-1].split(",")
    cells[column - 1] = key
    table.write_text("\n".join([*rows[:-1], ",".join([key, *cells])]) + "\n", "utf-8")
    found = json.loads(called("check", str(tables), "--json").stdout)["findings"]
    (cycle,) = (each for each in found if each["code"] == "shape:PartCycleShape")
    assert cycle["zh"].startswith("这个事物隶属于自己")
    assert cycle["en"].startswith("This thing is part of itself")


def test_a_clash_is_shown_at_its_cell_and_not_published(
    called: Run, few_directory: Path, tables: Path, tmp_path: Path
) -> None:
    found = json.loads(called("check", str(tables), "--json").stdout)["findings"]
    assert {(f["file"], f["column"], f["severity"]) for f in found} == {
        ("organisations.csv", "class", "violation")
    }
    assert "“江苏省教育厅”同时是“行动者”和“活动”" in found[0]["zh"]
    folder = tmp_path / "data"
    shutil.copytree(few_directory, folder)
    refused = called("publish", str(tables), "--data", str(folder))
    assert refused.returncode == 1
    assert "contradict the ontology" in refused.stderr
    assert "nothing can be both. Of this, inferred: " in refused.stderr
    assert "It rests on: 'Jiangsu Provincial Department of Education'" in refused.stderr
    assert (folder / "current").read_text() == "1\n"
    accepted = called("publish", str(tables), "--data", str(folder), "--accept-clashes")
    assert accepted.returncode == 0, accepted.stderr
    assert "nothing can be both" in accepted.stderr
    assert (folder / "current").read_text() == "2\n"


# ------------------------------------------------------------------------ over HTTP


@pytest.fixture(scope="module")
def writable(few_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("clashes") / "data"
    shutil.copytree(few_directory, folder)
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        yield server


CLASH = (
    f"PREFIX mieco: <{MIECO}> INSERT DATA {{ GRAPH <https://w3id.org/mieco/graph/data/x/y> {{"
    " <http://example.org/a> a mieco:Alliance, mieco:Consortium } }"
)


def update(server: Server, text: str, query: str = "", **headers: str) -> Reply:
    return server.post(f"/update{query}", text, UPDATE, **BEARER, **headers)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "“http://example.org/a”同时是“联盟”和“市域产教联合体”"),
        ("en", "'http://example.org/a' is both"),
    ],
)
def test_a_change_that_clashes_is_refused_in_words(
    writable: Server, language: str, words: str
) -> None:
    refused = update(writable, CLASH, **{"Accept-Language": language})
    assert refused.status == 409
    problem = refused.json()
    assert problem["code"] == "inconsistent"
    assert words in problem["detail"]
    assert "clashes=accept" in problem["hint"]
    assert ask(writable, "ASK { <http://example.org/a> ?p ?o }") is False


def test_a_clash_can_be_accepted_and_taken_back(writable: Server) -> None:
    assert update(writable, CLASH, "?clashes=perhaps").status == 400
    assert update(writable, CLASH, "?clashes=accept").status == 204
    assert ask(writable, "ASK { <http://example.org/a> ?p ?o }") is True
    # It is told where readers look, and not held against what others change.
    said = "ASK { ?inference <http://www.w3.org/2000/01/rdf-schema#comment> ?c"
    assert ask(writable, f"{said} FILTER (CONTAINS(?c, 'accepted: 1')) }}") is True
    harmless = "INSERT DATA { GRAPH <http://example.org/h> { <urn:a> <urn:b> 1 } }"
    assert update(writable, harmless).status == 204
    other = CLASH.replace("example.org/a>", "example.org/b>")
    refused = update(writable, other, **{"Accept-Language": "en"})
    assert refused.status == 409
    assert "'http://example.org/b' is both" in refused.json()["detail"]
    assert "example.org/a'" not in refused.json()["detail"]
    assert update(writable, CLASH.replace("INSERT", "DELETE")).status == 204
    assert ask(writable, "ASK { <http://example.org/a> ?p ?o }") is False


def test_a_graph_that_clashes_is_refused(writable: Server) -> None:
    body = f"<http://example.org/a> a <{MIECO}Alliance>, <{MIECO}Consortium> ."
    path = "/graphs?graph=http://example.org/g"
    headers = {"Content-Type": "text/turtle", **BEARER}
    assert writable.send("PUT", path, headers, body.encode()).status == 409
    accepted = writable.send("PUT", f"{path}&clashes=accept", headers, body.encode())
    assert accepted.status == 201
    assert writable.send("DELETE", path, BEARER).status == 204


def test_an_axiom_of_an_unknown_kind_is_refused(writable: Server) -> None:
    odd = (
        "INSERT DATA { GRAPH <https://w3id.org/mieco/graph/ontology> {"
        f" <{MIECO}Place> <http://www.w3.org/2002/07/owl#unlike> <{MIECO}Space> }} }}"
    )
    refused = update(writable, odd)
    assert refused.status == 409
    assert refused.json()["code"] == "axiom-unknown"
    assert "mieco:Place" in refused.json()["detail"]


def ask(server: Server, query: str) -> bool:
    return bool(server.get("/sparql", query=query, format="json").json()["boolean"])
