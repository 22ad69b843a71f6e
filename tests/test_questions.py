"""The questions: every file is whole, every answer is right, every wrong value is explained."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from rdflib.plugins.sparql import prepareQuery

from conftest import Run, Server
from mieco import content
from mieco.ask.questions import Question, read_questions

QUESTIONS = read_questions(content.folder("queries") / "questions")
# The questions that the data can answer in full (●) and that are here so far.
ANSWERABLE = {"q01", "q04", "q09", "q15", "q19", "q42", "q52", "q56", "q58", "q59"}


def test_at_least_ten_answerable_questions_are_here() -> None:
    assert QUESTIONS.keys() >= ANSWERABLE
    assert len(ANSWERABLE) >= 10


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_file_is_whole(question: Question) -> None:
    """It is a query on its own; its variables are its columns and parameters, and ``lang``."""
    prepared = prepareQuery(question.query)
    projected = [str(variable) for variable in prepared.algebra.PV if str(variable) != "lang"]
    assert sorted(projected) == sorted({*question.columns, *question.parameters})
    assert question.sentence.zh.endswith("？")
    assert question.sentence.en.endswith("?")


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_has_an_answer_in_each_form(server: Server, name: str) -> None:
    answer = server.get(f"/questions/{name}").json()
    assert answer["id"] == name
    assert answer["rows"], "no rows"
    assert answer["release"]["number"] == 1
    table = server.get(f"/questions/{name}", format="csv").text
    assert len(list(csv.DictReader(io.StringIO(table)))) == len(answer["rows"])
    for language in ("zh", "en"):
        page = server.get(f"/questions/{name}", "text/html", lang=language)
        assert page.status == 200
        assert QUESTIONS[name].sentence.in_(language) in page.text.replace("&#39;", "'")


def test_the_list_is_json_for_programs_and_a_page_for_browsers(server: Server) -> None:
    listed = server.get("/questions/").json()
    assert [q["id"] for q in listed] == list(QUESTIONS)
    assert server.get("/questions/", "application/json").json() == listed
    page = server.get("/questions/", "text/html,*/*;q=0.8", lang="en")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Questions this service answers" in page.text


def labels(rows: list[dict[str, dict[str, str]]], *columns: str) -> set[tuple[str, ...]]:
    return {tuple(r[c].get("label", r[c]["value"]) for c in columns) for r in rows}


def test_the_park_and_leads_of_changzhou(server: Server) -> None:
    """Checked by hand against the tables: consortia row 常州新能源产教联合体."""
    rows = server.get("/questions/q01", consortium="常州新能源产教联合体", lang="zh").json()["rows"]
    assert labels(rows, "as", "actor") == {
        ("依托园区", "武进国家高新技术产业开发区"),
        ("牵头院校", "常州工业职业技术学院"),
        ("牵头企业", "万帮数字能源股份有限公司"),
    }


def test_the_consortia_across_boundaries(server: Server) -> None:
    rows = server.get("/questions/q15", lang="zh").json()["rows"]
    assert labels(rows, "consortium", "places", "provinces") == {
        ("泸永江融合发展示范区产教联合体", "3", "2"),
        ("省会经济圈产教联合体", "7", "1"),
    }


def test_the_consortia_that_a_park_leads(server: Server) -> None:
    """Checked by hand against the rows of memberships.csv with role/lead and a park's class."""
    rows = server.get("/questions/q04", lang="zh").json()["rows"]
    found = labels(rows, "consortium", "authority")
    assert ("温州湾新区产教联合体", "温州湾新区管委会") in found
    assert ("泸州高新产业发展产教联合体", "泸州高新技术产业开发区") in found
    kinds = {"IndustrialPark", "IndustrialParkAuthority"}
    classes = {r["key"]: r["class"] for r in table("organisations")}
    names = {r["key"]: r["name_zh"] for r in table("consortia")}
    expected = {
        names[r["consortium"]]
        for r in table("memberships")
        if "role/lead" in r["roles"].split(";") and classes[r["organisation"]] in kinds
    }
    assert {consortium for consortium, _ in found} == expected


def table(name: str) -> list[dict[str, str]]:
    with (content.folder("data") / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_gap_to_the_national_targets(server: Server) -> None:
    """28 in 2023 and 6 in 2024, against 50 by the end of 2023 and 150 by 2025."""
    for language, first, last in (
        ("en", "by end 2023", "by 2025"),
        ("zh", "到2023年底", "到2025年"),
    ):
        rows = server.get("/questions/q52", lang=language).json()["rows"]
        found = labels(rows, "time", "goal", "published", "gap")
        assert found == {(first, "50", "28", "22"), (last, "150", "34", "116")}


def test_a_school_is_found_by_its_old_and_its_new_name(server: Server) -> None:
    old = server.get("/questions/q09", name="苏州市职业大学").json()["rows"]
    new = server.get("/questions/q09", name="苏州职业技术大学").json()["rows"]
    assert labels(old, "written", "source") == labels(new, "written", "source")
    assert {r["written"]["value"] for r in old} == {"苏州市职业大学", "苏州职业技术大学"}


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
        assert answer["values"]["consortium"]["value"] == iri, value


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


def test_ask_in_the_terminal(mieco: Run, data_directory: Path) -> None:
    listed = mieco("ask").stdout
    assert all(listed.count(f"{name}  ") == 1 for name in QUESTIONS)
    arguments = ["ask", "1", "--consortium", "深圳市域产教联合体", "--data", str(data_directory)]
    table = mieco(*arguments, LANG="zh_CN.UTF-8")
    assert "依托园区" in table.stdout
    assert "华为技术有限公司" in table.stdout
    assert table.stderr == ""
    rows = json.loads(mieco(*arguments, "--json").stdout)
    assert {row["as"] for row in rows} == {"host park", "lead enterprise", "lead school"}
    wrong = mieco("ask", "q01", "--consortium=nowhere", "--data", str(data_directory))
    assert wrong.returncode == 2
    assert "there is no 'nowhere'" in wrong.stderr
    assert mieco("ask", "q99", "--data", str(data_directory)).returncode == 2
