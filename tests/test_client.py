"""The Python client, with the service as it is."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
import warnings
from decimal import Decimal
from pathlib import Path

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import RDFS

from conftest import Server
from mieco.client import Answer, Client, Refused, Table, TimedOut, Value

ROOT = Path(__file__).parent.parent
NAME = "深圳市域产教联合体"
SHENZHEN = "https://w3id.org/mieco/id/consortium/shenzhen"
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server.url)


def test_it_asks_a_question(client: Client, server: Server) -> None:
    answer = client.ask("q01", consortium=NAME)
    told = server.get("/questions/q01", consortium=NAME).json()
    assert answer.asked == told["asked"]
    assert answer.words == tuple(told["words"])
    assert [row["actor"].iri for row in answer] == [r["actor"]["value"] for r in told["rows"]]
    assert [str(row["actor"]) for row in answer] == [r["actor"]["label"] for r in told["rows"]]
    assert all(tuple(row) == answer.columns == ("consortium", "as", "actor") for row in answer)
    assert len(answer) == told["count"] == 3
    assert answer.complete
    assert answer.release.number == 1
    assert answer.release.created.tzinfo is not None
    assert answer.entailment == "both"
    assert answer.question.caveat == told["caveat"]["zh"]
    assert answer.values["consortium"] == [answer.rows[0]["consortium"]]
    assert {s.source.label for s in answer.sources} == {
        s["source"].get("label") for s in told["sources"]
    }
    assert all(s.facts and s.grade for s in answer.sources)
    assert [s.facts for s in answer.support] == [tuple(s["facts"]) for s in told["support"]]
    assert answer.why_empty is None


@pytest.mark.parametrize("question", ["q01", "Q01", 1, "1"])
def test_a_question_goes_by_id_or_number(client: Client, question: str | int) -> None:
    assert client.ask(question).question.id == "q01"


def test_a_value_may_be_a_name_an_iri_or_a_value_of_an_answer(client: Client) -> None:
    first = client.ask("q01", consortium=NAME)
    for given in (SHENZHEN, [NAME], first.rows[0]["consortium"], iter([NAME])):
        assert client.ask("q01", consortium=given).rows == first.rows
    assert client.ask("q01", consortium=None).rows == client.ask("q01").rows
    day = client.ask("q61", date=dt.date(2023, 12, 31))
    assert day.values["date"][0].python == dt.date(2023, 12, 31)
    assert day.rows == client.ask("q61", date="2023-12-31").rows


def test_a_parameter_may_have_several_values(client: Client) -> None:
    both = client.ask("q40", consortium=["id/consortium/dalian-jinpu", NAME])
    assert both.question.parameters["consortium"].repeated
    assert [value.label for value in both.values["consortium"]][1] == NAME
    assert len({row["consortium"].iri for row in both}) == 2
    with pytest.raises(Refused) as refused:
        client.ask("q48", first=["id/consortium/dalian-jinpu", NAME])
    assert refused.value.code == "bad-parameter"


def test_the_facts_can_be_chosen(client: Client) -> None:
    answer = client.ask("q04", entailment="asserted")
    assert answer.entailment == "asserted"
    assert len(answer) != len(client.ask("q04"))


def test_an_empty_answer_says_why(client: Client) -> None:
    answer = client.ask("q04", entailment="asserted")
    assert not answer.rows
    assert answer.why_empty
    assert answer.why_empty.reason
    assert answer.why_empty.told.endswith("。")
    table = answer.dataframe()
    assert list(table.columns) == list(answer.columns)
    assert len(table) == 0


def test_it_speaks_the_language_that_was_chosen(server: Server) -> None:
    client = Client(server.url + "/", language="en")
    answer = client.ask("q01", consortium=NAME)
    assert answer.language == "en"
    assert answer.rows[0]["consortium"].label_language == "en"
    assert "Shenzhen" in answer.words[0]
    assert client.questions()[0].sentence.endswith("?")
    with pytest.raises(Refused, match="there is no"):
        client.ask("q01", consortium="nothing")


def test_it_lists_the_questions(client: Client, server: Server) -> None:
    listed = client.questions()
    assert [q.id for q in listed] == [q["id"] for q in server.get("/questions/").json()]
    assert client.questions("依托园区 牵头院校")[0].id == "q01"
    first = listed[0]
    assert first.parameters["consortium"].default == (
        "https://w3id.org/mieco/id/consortium/liuzhou-automobile"
    )
    assert first.columns["as"] == "身份"
    assert first.query.startswith("PREFIX")
    assert any(p.values for q in listed for p in q.parameters.values())


def test_a_data_frame_has_the_columns_of_the_csv(client: Client, server: Server) -> None:
    for question in ("q01", "q02", "q05", "q51", "q61"):
        table = client.ask(question).dataframe()
        header = server.get(f"/questions/{question}", format="csv").text.partition("\r\n")[0]
        assert list(table.columns) == header.split(",")
        assert len(table) == len(client.ask(question))


def test_a_data_frame_has_types(client: Client) -> None:
    table = client.ask("q05").dataframe()
    assert str(table["kinds"].dtype) == "Int64"
    assert str(table["index"].dtype) == "Float64"
    assert 0 < table["index"].mean() < 0.8
    gaps = client.ask("q02").dataframe()["reported"]
    assert str(gaps.dtype) == "Float64"
    assert gaps.isna().any()
    assert gaps.notna().any()
    day = client.ask("q61").dataframe()["date"]
    assert day.dt.year.unique().tolist() == [2023]


def test_it_queries(client: Client) -> None:
    table = client.query(
        f"""PREFIX xsd: <{XSD}>
        SELECT ?whole ?exact ?float ?yes ?day ?at ?year ?month ?text ?thing ?none {{
          VALUES (?whole ?exact ?float ?yes ?day ?at ?year ?month ?text ?thing ?none) {{
            (1 1.50 1e1 true "2024-02-29"^^xsd:date "2024-02-29T01:02:03Z"^^xsd:dateTime
             "0987"^^xsd:gYear "2024-02"^^xsd:gYearMonth "文"@zh <{SHENZHEN}> UNDEF)
          }} }}"""
    )
    assert isinstance(table, Table)
    assert not isinstance(table, Answer)
    (row,) = table.rows
    assert {name: value.python for name, value in row.items()} == {
        "whole": 1,
        "exact": Decimal("1.5"),
        "float": 10.0,
        "yes": True,
        "day": dt.date(2024, 2, 29),
        "at": dt.datetime(2024, 2, 29, 1, 2, 3, tzinfo=dt.UTC),
        "year": 987,
        "month": "2024-02",
        "text": "文",
        "thing": SHENZHEN,
    }
    assert type(row["yes"].python) is bool
    assert row["text"].language == "zh"
    assert row["thing"].iri == SHENZHEN
    assert row["text"].iri is None
    assert table.columns[-1] == "none"
    frame = table.dataframe()
    assert list(frame.columns) == list(table.columns)
    assert [str(frame[name].dtype) for name in ("whole", "exact", "yes")] == [
        *("Int64", "Float64", "boolean")
    ]
    assert str(frame["day"].dtype) == "datetime64[s]"


@pytest.mark.parametrize(
    ("value", "datatype"),
    [
        ("1" * 5000, "integer"),
        ("2024-02-30", "date"),
        ("-0044", "date"),
        ("maybe", "boolean"),
        ("1,5", "decimal"),
        ("24:00", "dateTime"),
        ("next", "gYear"),
    ],
)
def test_what_its_datatype_does_not_allow_is_text(value: str, datatype: str) -> None:
    assert Value(value, datatype=XSD + datatype).python == value


def test_a_data_frame_holds_what_pandas_types_cannot(client: Client) -> None:
    """Very large numbers, days before 1678, kinds that differ."""
    query = f"""PREFIX xsd: <{XSD}> SELECT * {{ VALUES (?big ?day ?mixed) {{
        (9223372036854775807 "0987-01-01"^^xsd:date 1) (9 UNDEF "x") }} }}"""
    table = client.query(query)
    assert isinstance(table, Table)
    frame = table.dataframe()
    assert frame["big"].tolist() == [9223372036854775807, 9]
    assert frame["day"].dt.year.tolist()[0] == 987
    assert frame["mixed"].tolist() == [1, "x"]
    huge = Table(("n",), [{"n": Value(str(2**70), datatype=XSD + "integer")}], language="zh")
    assert huge.dataframe()["n"].tolist() == [2**70]


def test_ask_is_a_bool_and_construct_a_graph(client: Client) -> None:
    assert client.query(f"ASK {{ <{SHENZHEN}> ?p ?o }}") is True
    assert client.query("ASK { <x:y> ?p ?o }") is False
    for query in (
        f"DESCRIBE <{SHENZHEN}>",
        f"CONSTRUCT WHERE {{ <{SHENZHEN}> <{RDFS.label}> ?name }}",
    ):
        graph = client.query(query)
        assert isinstance(graph, Graph)
        assert NAME in {str(o) for o in graph.objects(URIRef(SHENZHEN), RDFS.label)}
    empty = client.query("CONSTRUCT WHERE { <x:y> ?p ?o }")
    assert isinstance(empty, Graph)
    assert len(empty) == 0


def test_the_kind_of_a_query_is_the_service_s_to_judge(client: Client) -> None:
    """SPARQLWrapper guesses it from the words, and would warn or send an update."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        query = "# INSERT\nPREFIX delete: <http://example.org/#insert> ASK { ?s ?p ?o }"
        assert client.query(query) is True
        for wrong in ("INSERT DATA { <x:a> <x:b> 1 }", "nothing", ""):
            with pytest.raises(Refused) as refused:
                client.query(wrong)
            assert refused.value.code == "query-syntax"


def test_a_wrong_query_is_told_with_its_place(client: Client) -> None:
    with pytest.raises(Refused) as refused:
        client.query("SELECT * {\n  ?s ?p }")
    error = refused.value
    assert (error.code, error.status, error.line) == ("query-syntax", 400, 2)
    assert error.column
    assert error.hint
    assert str(error) == f"{error.message}\n{error.hint}"


def test_a_query_that_takes_too_long_is_stopped_by_the_service(server: Server) -> None:
    client = Client(server.url, timeout=2)
    with pytest.raises(TimedOut) as late:
        client.query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    assert (late.value.code, late.value.status) == ("deadline-exceeded", 504)


def test_a_long_query_goes_by_post(client: Client) -> None:
    values = " ".join(f'"{"字" * 50}{n}"' for n in range(300))
    table = client.query(f"SELECT * {{ VALUES ?v {{ {values} }} }}")
    assert isinstance(table, Table)
    assert len(table) == 300


def test_it_finds_things_by_name(client: Client, server: Server) -> None:
    told = server.get("/search", q="深圳", limit="100").json()["hits"]
    assert [(h.iri, h.label, h.matched) for h in client.search("深圳")] == [
        (h["iri"], h["label"], h["matched"]) for h in told
    ]
    assert client.search("没有这样的名称") == []


@pytest.mark.parametrize("given", [NAME, SHENZHEN, "id/consortium/shenzhen", Value(SHENZHEN)])
def test_a_thing_has_its_statements_with_names(client: Client, given: str | Value) -> None:
    thing = client.entity(given)
    assert (thing.iri, thing.label) == (SHENZHEN, NAME)
    assert "市域产教联合体" in {str(kind) for kind in thing.types}
    assert [str(park) for park in thing.values("依托园区")] == ["深圳市高新技术产业园区"]
    assert thing.values("basedOnPark") == thing.values("依托园区")
    assert thing.mentions
    assert {each.inferred for each in thing.statements} == {True, False}
    table = thing.dataframe()
    assert len(table) == len(thing.statements)
    assert list(table.columns) == [
        *("property", "property_label", "value", "value_label", "inferred")
    ]


def test_a_name_that_nothing_or_several_bear_is_refused(client: Client) -> None:
    with pytest.raises(Refused) as refused:
        client.entity("深圳")
    assert "深圳市" in refused.value.hint
    with pytest.raises(Refused) as refused:
        client.entity("https://example.org/nothing")
    assert (refused.value.code, refused.value.status) == ("not-found", 404)


def test_the_statements_are_those_of_the_release(client: Client, server: Server) -> None:
    rows = server.query(f"SELECT DISTINCT ?p ?o {{ <{SHENZHEN}> ?p ?o }}")
    thing = client.entity(SHENZHEN)
    said = {(each.property.value, each.value.value) for each in thing.statements}
    types = {
        (str(URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")), t.value)
        for t in thing.types
    }
    assert said | types == {(row["p"], row["o"]) for row in rows}


@pytest.mark.parametrize("query", ["", "?s=a&s=b", "?s="])
def test_statements_are_of_one_thing(server: Server, query: str) -> None:
    reply = server.get(f"/statements{query}")
    assert (reply.status, reply.json()["code"]) == (400, "bad-parameter")


def test_importing_it_loads_nothing_heavy() -> None:
    """Not even rdflib, which only a graph needs."""
    code = (
        "import sys, mieco.client\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
        "print(*sorted(name for name in sys.modules if name.startswith('mieco.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    everything, own = (line.split() for line in done.stdout.splitlines())
    heavy = {"flask", "pyoxigraph", "rdflib", "numpy", "pandas", "openpyxl", "owlready2", "yaml"}
    assert not heavy & set(everything)
    assert all(name.startswith(("mieco.client", "mieco.errors")) for name in own)


def test_the_examples_of_the_document_are_what_is_answered(server: Server, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == page.count("```python") == 7
    code = "print('\\0', end='')\n".join(code for code, _ in blocks)
    assert "http://127.0.0.1:8080" in code
    script = tmp_path / "examples.py"
    script.write_text(code.replace("http://127.0.0.1:8080", server.url), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-W", "error", str(script)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\0") == [shown for _, shown in blocks]
