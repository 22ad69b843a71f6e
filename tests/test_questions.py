"""The questions: every file is whole, every answer is right, every wrong value is explained."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest
from openpyxl import load_workbook
from rdflib import Graph, URIRef
from rdflib.plugins.sparql import prepareQuery

from conftest import Reply, Server
from mieco import content
from mieco.intake.specification import expand
from mieco.questions.header import read_questions
from mieco.questions.model import Question

QUESTIONS = read_questions(content.folder("queries") / "questions")


def test_every_question_of_the_catalogue_is_here() -> None:
    assert list(QUESTIONS) == [f"q{number:02}" for number in range(1, 63)]


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_file_is_whole(question: Question) -> None:
    """It is a query on its own, whose variables are those that its header names, and ``lang``."""
    prepared = prepareQuery(question.query)
    projected = [str(variable) for variable in prepared.algebra.PV if str(variable) != "lang"]
    named = {*question.columns, *question.parameters, *question.evidence}
    assert sorted(projected) == sorted(named)
    assert question.sentence.zh.endswith("？")
    assert question.sentence.en.endswith("?")


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_header_names_the_terms_of_its_query(question: Question, ontology: Graph) -> None:
    lines = [line for line in question.query.splitlines() if not line.lstrip().startswith("#")]
    terms = sorted(set(re.findall(r"\bmieco:\w+", "\n".join(lines))))
    assert list(question.terms) == terms
    for term in terms:
        assert (URIRef(expand(term)), None, None) in ontology, term


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_has_an_answer_in_each_form(server: Server, name: str) -> None:
    """The page in both languages, the table, the workbook and the facts say the same."""

    def get(**parameters: str) -> Reply:
        reply = server.get(f"/questions/{name}", timeout="60", **parameters)
        assert reply.status == 200, reply.text
        return reply

    answer = get(lang="zh").json()
    assert answer["id"] == name
    assert answer["release"]["number"] == 1
    assert (answer["why_empty"] is None) == bool(answer["rows"])
    assert len(answer["words"]) == len(answer["support"]) == len(answer["rows"]) == answer["count"]
    assert not any("{" in sentence or "[" in sentence for sentence in answer["words"])
    rows = list(csv.reader(io.StringIO(get(format="csv").text)))
    assert len(rows) == answer["count"] + 1
    book = load_workbook(io.BytesIO(get(format="xlsx", lang="zh").body))
    assert book.worksheets[0].max_row == answer["count"] + 1
    for language, told in (("zh", answer), ("en", get(lang="en").json())):
        asked = told["asked"]
        assert asked in html.unescape(get(format="html", lang=language).text)
    if QUESTIONS[name].evidence:
        facts = Graph().parse(data=get(format="ttl").text)
        named = {URIRef(fact) for support in answer["support"] for fact in support["facts"]}
        assert named <= set(facts.subjects())


def test_the_list_is_json_for_programs_and_a_page_for_browsers(server: Server) -> None:
    listed = server.get("/questions/").json()
    assert [q["id"] for q in listed] == list(QUESTIONS)
    assert server.get("/questions/", "application/json").json() == listed
    page = server.get("/questions/", "text/html,*/*;q=0.8", lang="en")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Questions this service answers" in page.text


def labels(rows: list[dict[str, dict[str, str]]], *columns: str) -> set[tuple[str, ...]]:
    return {tuple(r[c].get("label", r[c]["value"]) for c in columns) for r in rows}


def test_a_school_is_found_by_its_old_and_its_new_name(server: Server) -> None:
    old = server.get("/questions/q09", name="苏州市职业大学").json()["rows"]
    new = server.get("/questions/q09", name="苏州职业技术大学").json()["rows"]
    assert labels(old, "fact") == labels(new, "fact")
    assert {r["written"]["value"] for r in old if "written" in r} == {
        *("苏州市职业大学", "苏州职业技术大学")
    }


def test_a_thing_may_be_given_by_iri_key_name_or_other_name(server: Server) -> None:
    iri = "https://w3id.org/mieco/id/consortium/karamay-high-tech"
    for value in (
        iri,
        "karamay-high-tech",
        "克拉玛依高新技术产业开发区产教联合体",
        "克拉玛依市域产教联合体",
        "Karamay High-tech Zone Industry-Education Consortium",
    ):
        answer = server.get("/questions/q01", consortium=value).json()
        assert [v["value"] for v in answer["values"]["consortium"]] == [iri], value


@pytest.mark.parametrize(
    ("path", "parameters", "said"),
    [
        ("q01", {"consortium": "深圳联合"}, "深圳市域产教联合体"),
        ("q01", {"consortium": "https://w3id.org/mieco/id/place/china"}, "no"),
        ("q01", {"colour": "red"}, "consortium"),
        ("q61", {"date": "2023-02-30"}, "2024-05-17"),
    ],
)
def test_a_wrong_value_is_explained(
    server: Server, path: str, parameters: dict[str, str], said: str
) -> None:
    reply = server.get(f"/questions/{path}", **parameters, lang="en")
    assert reply.status == 400
    problem = reply.json()
    assert problem["code"] == "bad-parameter"
    assert said in problem["detail"] + problem["hint"]


def test_a_value_is_bound_and_never_spliced(server: Server) -> None:
    hostile = '" } UNION { ?s ?p ?o } #'
    assert server.get("/questions/q09", name=hostile).json()["rows"] == []


def test_an_unknown_question_is_not_found(server: Server) -> None:
    reply = server.get("/questions/q99")
    assert (reply.status, reply.json()["code"]) == (404, "not-found")
