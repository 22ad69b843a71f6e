"""What an answer carries beside its rows: words, sources, inference, a reason when it is empty."""

from __future__ import annotations

import csv
import functools
import io
import json
import random
import urllib.parse
from typing import Any

import pytest
from rdflib import Graph, URIRef

from conftest import BEARER, Reply, Server
from mieco import content
from mieco.questions.header import read_questions
from mieco.questions.sentences import fields_of, filled
from mieco.terms import MIECO

QUESTIONS = read_questions(content.folder("queries") / "questions")
SHENZHEN = "https://w3id.org/mieco/id/consortium/shenzhen"


def answer(server: Server, name: str, /, **parameters: str) -> Any:
    reply = server.get(f"/questions/{name}", "application/json", **parameters)
    assert reply.status == 200, reply.text
    return reply.json()


def rows_of(reply: Reply) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(reply.text)))


# ---------------------------------------------------------------------- in words


def test_the_question_is_said_with_its_values(server: Server) -> None:
    zh = answer(server, "q01", consortium="shenzhen", lang="zh")
    en = answer(server, "q01", consortium="shenzhen", lang="en")
    assert "深圳市域产教联合体" in zh["asked"]
    assert "Shenzhen" in en["asked"]
    assert "{" not in zh["asked"] + en["asked"]


def test_every_row_is_a_sentence_with_its_names(server: Server) -> None:
    told = answer(server, "q01", consortium="shenzhen", lang="zh")
    for row, sentence in zip(told["rows"], told["words"], strict=True):
        assert row["actor"]["label"] in sentence
        assert sentence.endswith("。")


@pytest.mark.parametrize(
    ("pattern", "values", "said"),
    [
        ("{a}和{b}", {"a": "甲", "b": "乙"}, "甲和乙"),
        ("{a}[，面积{b}]。", {"a": "甲"}, "甲。"),
        ("{a}[，面积{b}]。", {"a": "甲", "b": "3"}, "甲，面积3。"),
        ("{a}[，{b}，{c}]。", {"a": "甲", "b": "3"}, "甲。"),
        ("{a}[，[{b}]{c}个]。", {"a": "甲", "c": "3"}, "甲，3个。"),
        ("{a}[，[{b}]{c}个]。", {"a": "甲", "b": "超过", "c": "3"}, "甲，超过3个。"),
        ("{a}[，[{b}]{c}个]。", {"a": "甲", "b": "超过"}, "甲。"),
        ("{a}和{b}", {"a": "{b}", "b": "[x]"}, "{b}和[x]"),
        ("{a}。", {}, "（未见）。"),
    ],
)
def test_a_pattern_is_filled(pattern: str, values: dict[str, str], said: str) -> None:
    assert filled(pattern, values, "（未见）") == said


@pytest.mark.parametrize("pattern", ["{a", "a}", "[a", "a]", "[[a]", "{}"])
def test_a_pattern_with_half_a_bracket_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="other half"):
        fields_of(pattern)


# ---------------------------------------------------------------------- what it rests on


def test_a_row_names_its_facts_and_their_sources_with_grades(server: Server) -> None:
    told = answer(server, "q03", lang="zh")
    sources = {each["source"]["value"]: each for each in told["sources"]}
    assert sources
    for support in told["support"]:
        assert support["facts"]
        assert set(support["sources"]) <= sources.keys()
    assert all(each["grade"]["label"] for each in sources.values())
    counts = [each["facts"] for each in told["sources"]]
    assert counts == sorted(counts, reverse=True)


def test_a_row_says_whether_it_needs_inference(server: Server) -> None:
    """That a park leads a consortium is inferred; what a table asserts needs nothing more."""
    inferred = answer(server, "q04")
    assert {support["inferred"] for support in inferred["support"]} == {True}
    alone = answer(server, "q52")
    assert {support["inferred"] for support in alone["support"]} == {False}
    asserted = answer(server, "q52", entailment="asserted")
    assert {support["inferred"] for support in asserted["support"]} == {False}


def test_the_facts_of_an_answer_are_given_as_turtle(server: Server) -> None:
    told = answer(server, "q03")
    reply = server.get("/questions/q03", "text/turtle")
    assert reply.headers["Content-Type"] == "text/turtle; charset=utf-8"
    graph = Graph().parse(data=reply.text)
    described = set(graph.objects(None, URIRef(MIECO + "describes")))
    assert {URIRef(f) for support in told["support"] for f in support["facts"]} <= described
    for each in told["sources"]:
        assert (URIRef(each["source"]["value"]), URIRef(MIECO + "hasGrade"), None) in graph


# ---------------------------------------------------------------------- rows chosen


def test_rows_are_sorted_by_number_and_what_has_no_value_stands_last(server: Server) -> None:
    for sort, descending in (("stated", False), ("-stated", True)):
        rows = answer(server, "q59", sort=sort)["rows"]
        values = [int(row["stated"]["value"]) for row in rows if "stated" in row]
        assert values == sorted(values, reverse=descending)
        assert len(values) > 5
        missing = ["stated" not in row for row in rows]
        assert missing == sorted(missing)


def test_rows_are_filtered_by_what_they_show(server: Server) -> None:
    everything = answer(server, "q56", lang="zh")
    some = answer(server, "q56", lang="zh", filter="　评估")  # width and space do not count
    assert 0 < some["count"] < everything["count"]
    for row in some["rows"]:
        assert any("评估" in cell.get("label", cell["value"]) for cell in row.values())
    assert answer(server, "q56", filter="no such thing")["rows"] == []


def test_pages_put_together_are_the_whole(server: Server) -> None:
    whole = answer(server, "q56")
    pages: list[Any] = []
    for number in range(1, whole["count"] // 10 + 2):
        page = answer(server, "q56", page=str(number), size="10")
        assert page["page"] == {"number": number, "of": -(-whole["count"] // 10)}
        assert page["count"] == whole["count"]
        pages += page["rows"]
    assert pages == whole["rows"]


def test_a_table_has_the_rows_that_were_chosen(server: Server) -> None:
    reply = server.get("/questions/q59", format="csv", sort="-stated", filter="新能源", bom="1")
    assert reply.body.startswith(b"\xef\xbb\xbf")
    told = answer(server, "q59", sort="-stated", filter="新能源")
    rows = rows_of(Reply(reply.status, reply.headers, reply.body[3:]))
    assert [row["consortium"] for row in rows] == [r["consortium"]["value"] for r in told["rows"]]


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"sort": "colour"}, "sort"),
        ({"page": "0"}, "page"),
        ({"page": "99"}, "page"),
        ({"page": "1e3"}, "page"),
        ({"size": "5000"}, "size"),
        ({"size": "-1"}, "size"),
        ({"entailment": "maybe"}, "entailment"),
        ({"timeout": "soon"}, "timeout"),
    ],
)
def test_a_wrong_choice_is_explained(server: Server, parameters: dict[str, str], name: str) -> None:
    reply = server.get("/questions/q59", "application/json", **parameters)
    problem = reply.json()
    assert (reply.status, problem["code"]) == (400, "bad-parameter")
    assert name in problem["detail"]
    assert problem["hint"]


# ---------------------------------------------------------------------- why it is empty


@pytest.mark.parametrize(
    ("name", "parameters", "reason", "said"),
    [
        # the asker looked at too few facts
        ("q04", {"entailment": "asserted"}, "other-facts", "13"),
        # nothing bears this name, and something bears one like it
        ("q09", {"name": "苏州市职业大雪"}, "unknown-value", "苏州市职业大学"),
        # nobody has said anything of this kind yet
        ("q16", {}, "no-data", "场景"),
        # of this one nothing of the kind is recorded
        ("q20", {"consortium": "binzhou-kitchenware"}, "nothing-of-it", "滨州"),
        # the question is sound, and other values have answers
        ("q61", {"date": "1990-01-01"}, "not-recorded", "没有记录不等于没有发生"),
    ],
)
def test_an_empty_answer_says_why(
    server: Server, name: str, parameters: dict[str, str], reason: str, said: str
) -> None:
    told = answer(server, name, lang="zh", **parameters)
    assert told["rows"] == []
    assert told["why_empty"]["reason"] == reason
    assert said in told["why_empty"]["told"]
    page = server.get(f"/questions/{name}", "text/html", lang="zh", **parameters).text
    assert told["why_empty"]["told"].partition("“")[0] in page
    english = answer(server, name, lang="en", **parameters)["why_empty"]
    names = [*parameters.values(), *english["near"]]
    words = functools.reduce(lambda text, name: text.replace(name, ""), names, english["told"])
    assert words.isascii()


def test_a_name_that_is_near_is_offered(server: Server) -> None:
    told = answer(server, "q09", name="苏州市职业大雪", lang="zh")
    assert "苏州市职业大学" in told["why_empty"]["near"]


# ---------------------------------------------------------------------- several values

REPEATED = [
    (question.id, name)
    for question in QUESTIONS.values()
    for name, parameter in question.parameters.items()
    if parameter.repeated
]


@pytest.mark.parametrize(("question", "name"), REPEATED)
def test_several_values_give_the_rows_of_each(server: Server, question: str, name: str) -> None:
    """Whether a value takes the variable's place or several come by VALUES."""
    parameter = QUESTIONS[question].parameters[name]
    members = server.query(
        f"SELECT DISTINCT ?thing {{ ?thing a <{parameter.class_}> }} ORDER BY ?thing"
    )
    things = [row["thing"] for row in members]
    chosen = random.Random(question).sample(things, 12)
    single = [answer(server, question, **{name: thing})["rows"] for thing in chosen]
    query = urllib.parse.urlencode([(name, thing) for thing in chosen])
    together = server.get(f"/questions/{question}?{query}", "application/json").json()
    assert [v["value"] for v in together["values"][name]] == chosen
    assert any(single)
    assert as_set(together["rows"]) == as_set([row for rows in single for row in rows])
    assert len(together["rows"]) == sum(map(len, single))


def test_too_many_values_are_refused(server: Server) -> None:
    twice = server.get("/questions/q20?consortium=shenzhen&consortium=jinjiang", "application/json")
    assert (twice.status, twice.json()["code"]) == (400, "bad-parameter")
    many = "&".join(f"consortium=x{number}" for number in range(21))
    assert server.get(f"/questions/q01?{many}", "application/json").status == 400


def as_set(rows: list[dict[str, dict[str, str]]]) -> set[str]:
    return {json.dumps(row, sort_keys=True) for row in rows}


# ---------------------------------------------------------------------- what others may send


@pytest.mark.parametrize(
    ("question", "parameters"),
    [
        ("q46", {"months": "-5"}),
        ("q46", {"months": "999999999999999999"}),
        ("q53", {"balance": "101"}),
        ("q35", {"year": "0000"}),
        ("q01", {"consortium": "x" * 301}),
        ("q46", {"date": "0000-00-00"}),
    ],
)
def test_a_value_beyond_its_bounds_is_refused(
    server: Server, question: str, parameters: dict[str, str]
) -> None:
    reply = server.get(f"/questions/{question}", "application/json", **parameters)
    assert (reply.status, reply.json()["code"]) == (400, "bad-parameter")


def test_a_name_is_found_with_what_cannot_be_seen_around_it(server: Server) -> None:
    told = answer(server, "q01", consortium="\u200b深圳市域产教联合体\u202e ")
    assert [value["value"] for value in told["values"]["consortium"]] == [SHENZHEN]


def test_a_number_of_any_length_names_no_question(server: Server) -> None:
    assert server.get("/questions/" + "1" * 5000, "application/json").status == 404


def test_data_of_others_break_no_page(store: Server) -> None:
    """Names that are no texts, things without a name, texts where ours have things."""
    data = """
        @prefix m: <https://w3id.org/mieco/ontology#> .
        @prefix prov: <http://www.w3.org/ns/prov#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <http://example.org/c1> a m:Consortium ; rdfs:label "某体"@zh ; m:hasCarrier "某 公司" .
        <http://example.org/c2> a m:Consortium ; rdfs:label _:nameless .
        <http://example.org/c3> a m:Consortium ; rdfs:label <http://example.org/name> .
        _:somebody a m:Consortium ; rdfs:label "匿名联合体"@zh .
        <http://example.org/o1> a m:IndicatorObservation ; m:concerns <http://example.org/c1> ;
            m:observes <https://w3id.org/mieco/concept/indicator/members> ;
            m:value "1e999999999"^^<http://www.w3.org/2001/XMLSchema#double> .
        <http://example.org/r1> m:describes <http://example.org/o1> ;
            prov:wasDerivedFrom "a text", _:source .
    """
    sent = store.send(
        "PUT",
        "/graphs?graph=http://example.org/odd&clashes=accept",
        {**BEARER, "Content-Type": "text/turtle"},
        data.encode(),
    )
    assert sent.status in (201, 204), sent.text
    for name in QUESTIONS:
        for form in ("json", "html"):
            reply = store.get(f"/questions/{name}", format=form, timeout="60")
            assert reply.status == 200, (name, form, reply.text[:500])
    odd = store.get("/questions/q51", consortium="http://example.org/c1", format="html")
    assert odd.status == 200
    told = store.get("/questions/coverage", "application/json", timeout="60").json()
    assert len(told["questions"]) == len(QUESTIONS)
