"""The MCP server: what its tools say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mcp.shared.exceptions import MCPError

from conftest import Run
from mcp_session import NAMES, QUESTIONS, SHENZHEN, Session, session, text_of
from mieco.questions.finding import nearest_questions


@pytest.fixture(scope="module")
def english(data_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    log = tmp_path_factory.mktemp("mcp") / "log"
    with session(log, "--data", str(data_directory), "--language", "en") as one:
        yield one


@pytest.fixture(scope="module")
def compact(data_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """In Chinese, and with the handshake that most clients of today use."""
    log = tmp_path_factory.mktemp("mcp") / "log"
    arguments = ("--data", str(data_directory), "--compact", "--language", "zh")
    with session(log, *arguments, mode="legacy") as one:
        yield one


def test_every_question_is_a_tool_that_only_reads(english: Session) -> None:
    tools = english.tools()
    assert list(tools) == [
        "find_questions",
        *(NAMES[id_] for id_ in QUESTIONS),
        "search",
        "entity",
        "schema",
    ]
    for tool in tools.values():
        assert re.fullmatch(r"[a-z][a-z0-9_]{1,63}", tool.name)
        assert tool.title
        assert re.search(r"[\u4e00-\u9fff]", tool.description or "")
        assert re.search(r"[a-z]{3}", tool.description or "")
        Draft202012Validator.check_schema(tool.input_schema)
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.annotations.idempotent_hint
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.open_world_hint is False
    for question in QUESTIONS.values():
        description = tools[NAMES[question.id]].description or ""
        assert question.sentence.zh in description
        assert question.sentence.en in description
        properties = tools[NAMES[question.id]].input_schema["properties"]
        assert set(properties) == {*question.parameters, "page", "filter", "sort"}


def test_a_parameter_has_the_type_that_the_header_gives_it(english: Session) -> None:
    tools = english.tools()
    kind = tools["q02_missing_kind"].input_schema["properties"]["kind"]
    assert kind["type"] == "string"
    assert kind["default"] in kind["enum"]
    assert "research-institute = research institute" in kind["description"]
    balance = tools["q53_symbiosis"].input_schema["properties"]["balance"]
    assert (balance["type"], balance["default"]) == ("integer", 80)
    assert (balance["minimum"], balance["maximum"]) == (0, 100)
    several = tools["q01_park_and_leads"].input_schema["properties"]["consortium"]
    assert several["type"] == "array"
    consortium = tools[NAMES["q20"]].input_schema["properties"]["consortium"]
    assert consortium["type"] == "string"
    assert "an IRI, a key or a name" in consortium["description"]


def test_every_choice_that_is_offered_is_taken(english: Session) -> None:
    for name, tool in english.tools().items():
        for parameter, schema in tool.input_schema["properties"].items():
            if name.startswith("q"):
                for choice in schema.get("enum", []):
                    english.told(name, **{parameter: choice})


@pytest.mark.parametrize("id_", QUESTIONS)
def test_every_question_answers_with_its_defaults(english: Session, id_: str) -> None:
    told = english.told(NAMES[id_])
    assert told["question"] == id_
    assert told["release"]["number"] == 1
    assert set(told["columns"]) == set(QUESTIONS[id_].columns)
    assert bool(told["rows"]) == (told["why_empty"] is None)
    numbers = [source["number"] for source in told["sources"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {n for row in told["rows"] for n in row["sources"]} == set(numbers)


def test_an_answer_is_that_of_the_command(
    mieco: Run, english: Session, data_directory: Path
) -> None:
    result = english.call("q01_park_and_leads", consortium=SHENZHEN)
    asked = ("ask", "q01", "--consortium", "shenzhen", "--format", "json")
    done = mieco(*asked, MIECO_DATA=str(data_directory), MIECO_LANGUAGE="en")
    expected = json.loads(done.stdout)
    told = result.structured_content
    assert [row["words"] for row in told["rows"]] == expected["words"]
    assert told["asked"] == expected["asked"]
    assert told["rows"][0]["values"]["actor"] == {
        "iri": expected["rows"][0]["actor"]["value"],
        "name": expected["rows"][0]["actor"]["label"],
    }
    assert [s["iri"] for s in told["sources"]] == [
        s["source"]["value"] for s in expected["sources"]
    ]
    assert told["sources"][0]["grade"]["name"] == expected["sources"][0]["grade"]["label"]
    text = text_of(result)
    assert text.startswith(expected["asked"])
    for sentence in expected["words"]:
        assert sentence in text
    assert f"[1] {told['sources'][0]['name']}" in text
    assert expected["caveat"]["en"] in text
    assert "Data: release 1" in text


def test_a_long_answer_comes_in_pages(english: Session) -> None:
    first = english.told("q61")
    assert first["pages"] > 1
    assert len(first["rows"]) == 50
    assert first["more"] == "Next page: page=2."
    last = english.told("q61", page=first["pages"])
    assert last["more"] is None
    assert len(last["rows"]) == first["count"] - 50 * (first["pages"] - 1)
    assert "no page 999" in english.refused("q61", page=999)
    few = english.told("q61", filter=first["rows"][0]["words"].split()[-1][:3])
    assert few["count"] <= first["count"]
    by_column = english.told("q61", sort="-" + next(iter(first["columns"])))
    assert by_column["count"] == first["count"]


def test_an_empty_answer_says_why(english: Session) -> None:
    result = english.call("q09_former_names", name="苏州市职业大学堂")
    told = result.structured_content
    assert told["rows"] == []
    assert told["why_empty"]["reason"] == "unknown-value"
    assert "苏州职业技术大学" in told["why_empty"]["near"]
    assert "bears the name" in text_of(result)
    filtered = english.told("q01", filter="no such text")
    assert filtered["why_empty"]["reason"] == "filter"


def test_a_wrong_value_is_refused_with_what_is_like_it(english: Session) -> None:
    said = english.refused("q01_park_and_leads", consortium="深圳产教联合")
    assert "there is no '深圳产教联合'" in said
    assert SHENZHEN in said
    assert "a whole number" in english.refused("q53_symbiosis", balance="much")
    assert "Allowed: consortium" in english.refused("q01", konsortium=SHENZHEN)
    for wrong in ({"a": 1}, True, [["a"]], ["a", "b"], "x" * 2_000, 10**400):
        assert "consortium" in english.refused("q01", consortium=wrong)
    for wrong in (0, -1, "one", 10**30, 1.5, [1, 2]):
        assert "page" in english.refused("q01", page=wrong)
    assert "there is no column" in english.refused("q01", sort="nothing")


def test_null_is_as_good_as_nothing(english: Session) -> None:
    assert english.told("q01", consortium=None, page=None, filter=None) == english.told("q01")


def test_an_unknown_tool_is_named_with_those_like_it(english: Session) -> None:
    with pytest.raises(MCPError, match=r"No tool 'q01park'[\s\S]*q01_park_and_leads"):
        english.call("q01park")
    with pytest.raises(MCPError, match="No tool 'q99_anything'"):
        english.call("q99_anything")
    with pytest.raises(MCPError, match="No tool"):
        english.call("ask")


def test_the_id_of_a_question_is_enough(english: Session) -> None:
    expected = english.told("q04_park_led")
    assert english.told("q04") == english.told("q04_a_former_name") == expected


def test_calls_at_once_do_not_wait_for_each_other(english: Session) -> None:
    names = ["q01", "search", "schema", "entity", "q10", "q01", "find_questions", "q56"] * 2
    arguments: dict[str, dict[str, Any]] = {
        "search": {"name": "柳州"},
        "entity": {"thing": SHENZHEN},
    }
    running = [
        english.portal.start_task_soon(
            english.client.call_tool,
            name,
            arguments.get(name, {}),  # type: ignore[arg-type]
        )
        for name in names
    ]
    done = [each.result(timeout=60) for each in running]
    half = len(done) // 2
    assert not any(each.is_error for each in done)
    for one, other in zip(done[:half], done[half:], strict=True):
        assert one.structured_content == other.structured_content


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_question_is_found_by_its_own_words(language: str) -> None:
    for question in QUESTIONS.values():
        sentence = getattr(question.sentence, language)
        assert nearest_questions(QUESTIONS.values(), sentence)[0].id == question.id


def test_questions_are_found_by_words_and_by_askers(english: Session) -> None:
    told = english.told("find_questions", text="牵头院校")
    assert told["questions"][0]["id"] == "q01"
    assert told["questions"][0]["tool"] == "q01_park_and_leads"
    kind = english.told("find_questions", text="q02")["questions"][0]["parameters"]["kind"]
    assert "research-institute" in kind["enum"]
    everything = english.told("find_questions")
    assert [q["id"] for q in everything["questions"]] == list(QUESTIONS)
    asked = english.told("find_questions", asker="PED")
    assert [q["id"] for q in asked["questions"]] == [
        q.id for q in QUESTIONS.values() if "PED" in q.askers
    ]
    assert "PED" in english.refused("find_questions", asker="nobody")
    assert english.told("find_questions", text="zzzz")["questions"] == []


def test_things_are_found_by_name(english: Session) -> None:
    told = english.told("search", name="深圳职业技术")
    assert "深圳职业技术大学" in {found["name"] for found in told["found"]}
    nothing = english.told("search", name="深圳职业技术大学堂")
    assert nothing["found"] == []
    assert "深圳职业技术大学" in nothing["near"]
    assert "must be given" in english.refused("search")
    assert "too long" in english.refused("search", name="x" * 1_000)


@pytest.mark.parametrize(
    "thing",
    [
        SHENZHEN,
        "id/consortium/shenzhen",
        "https://w3id.org/mieco/id/consortium/shenzhen",
    ],
)
def test_a_thing_is_known_by_name_key_path_or_iri(english: Session, thing: str) -> None:
    told = english.told("entity", thing=thing)
    assert told["iri"] == "https://w3id.org/mieco/id/consortium/shenzhen"
    led = told["statements"]["mieco:ledBy"]
    assert led["count"] == len(led["values"]) == 2
    assert "深圳职业技术大学" in text_of(english.call("entity", thing=thing)) or any(
        "Polytechnic" in value["name"] for value in led["values"]
    )
    assert any(kind.get("inferred") for kind in told["types"])


def test_a_key_is_enough_where_one_thing_has_it(english: Session) -> None:
    told = english.told("entity", thing="liuzhou-automobile")
    assert told["iri"] == "https://w3id.org/mieco/id/consortium/liuzhou-automobile"
    said = english.refused("entity", thing="shenzhen")
    assert "id/consortium/shenzhen" in said
    assert "id/place/shenzhen" in said


def test_much_of_a_thing_comes_in_pages(english: Session) -> None:
    thing = "mieco:memberOf"
    told = english.told("entity", thing=thing)
    (name, many) = max(told["mentions"].items(), key=lambda item: item[1]["count"])
    assert len(many["values"]) == 20 < many["count"]
    assert "page=1" in told["more"]
    values = []
    for page in range(1, -(-many["count"] // 100) + 1):
        more = english.told("entity", thing=thing, property=name, page=page)
        assert list(more["mentions"]) == [name]
        values += more["mentions"][name]["values"]
    assert len(values) == many["count"]
    assert "more" not in more
    assert "it has no 'nothing'" in english.refused("entity", thing=thing, property="nothing")


def test_a_thing_that_is_none_is_refused(english: Session) -> None:
    assert "use search" in english.refused("entity", thing="id/consortium/nowhere")
    assert SHENZHEN in english.refused("entity", thing="深圳市域产教联合")
    assert "not an absolute IRI" in english.refused("entity", thing="<a b>")
    assert "must be given" in english.refused("entity", thing=" ")


def test_the_ontology_is_told(english: Session) -> None:
    told = english.told("schema")
    terms = {term["name"]: term for term in told["terms"]}
    assert told["count"] == len(terms) > 200
    assert terms["mieco:statedMemberCount"]["domain"] == ["mieco:Consortium"]
    assert terms["mieco:statedMemberCount"]["range"] == ["xsd:integer"]
    for name in ("Consortium", "mieco:Consortium", "市域产教联合体"):
        (one,) = english.told("schema", term=name)["terms"]
        assert one["iri"] == "https://w3id.org/mieco/ontology#Consortium"
        assert one["definition"]
        assert "mieco:CollectiveActor" in one["parents"]
        assert "mieco:statedMemberCount" in one["properties"]
        assert "q01" in one["questions"]
    several = english.told("schema", term="member")["terms"]
    assert len(several) > 3
    assert all("definition" in term for term in several)
    assert "mieco:Consortium" in english.refused("schema", term="Konsortium")


def test_the_compact_form_asks_through_one_tool(compact: Session) -> None:
    assert list(compact.tools()) == ["find_questions", "ask", "search", "entity", "schema"]
    found = compact.told("find_questions", text="依托园区 牵头院校")["questions"][0]
    assert found["id"] == "q01"
    assert "tool" not in found
    assert list(found["parameters"]) == ["consortium"]
    told = compact.told("ask", question=found["id"], parameters={"consortium": SHENZHEN})
    assert told["asked"] == f"{SHENZHEN}的依托园区、牵头院校、牵头企业分别是谁？"
    assert compact.told("ask", question="1") == compact.told("ask", question="Q01", parameters={})
    assert "没有找到问题“q99”" in compact.refused("ask", question="q99")
    assert "必须给出" in compact.refused("ask")
    assert "参数" in compact.refused("ask", question="q01", parameters=["a"])
    assert SHENZHEN in compact.refused(
        "ask", question="q01", parameters={"consortium": "深圳产教联合"}
    )
    assert "没有此参数" in compact.refused("ask", question="q01", consortium=SHENZHEN)
