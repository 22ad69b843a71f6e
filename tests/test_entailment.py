"""What is asserted, what is inferred, or both: each query chooses, and each answer says."""

from __future__ import annotations

import csv
import io
import json
import shutil
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import BEARER, FORM, QUERY, TOKEN, UPDATE, Reply, Run, Server, running

GRAPHS = "https://w3id.org/mieco/graph/"
INFERRED = f"{GRAPHS}inferred"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
NAMED = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
FACTS = ("asserted", "inferred", "both")


def ask(server: Server, text: str, entailment: str = "", **parameters: str) -> Reply:
    chosen = {"entailment": entailment} if entailment else {}
    return server.get("/sparql", query=text, **chosen, **parameters)


def values(reply: Reply) -> set[str]:
    assert reply.status == 200, reply.text
    return {term["value"] for row in reply.json()["results"]["bindings"] for term in row.values()}


def count(server: Server, entailment: str = "", text: str = COUNT) -> int:
    (value,) = values(ask(server, text, entailment))
    return int(value)


@pytest.fixture(scope="module")
def own(data_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The project's data, and a triple that three graphs share, the unnamed one among them."""
    folder = tmp_path_factory.mktemp("own") / "data"
    shutil.copytree(data_directory, folder)
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        shared = "<http://a/1> <http://p/q> 1 ."
        graphs = " ".join(f"GRAPH <{GRAPHS}data/them/{n}> {{ {shared} }}" for n in (1, 2))
        reply = server.post("/update", f"INSERT DATA {{ {shared} {graphs} }}", UPDATE, **BEARER)
        assert reply.status == 204, reply.text
        yield server


def test_asserted_and_inferred_add_up_to_both(server: Server) -> None:
    asserted, inferred, both = (count(server, facts) for facts in FACTS)
    assert inferred > 1000
    assert asserted > 1000
    assert asserted + inferred == both == count(server)


def test_a_triple_in_two_graphs_counts_once(own: Server) -> None:
    asserted, inferred, both = (count(own, facts) for facts in FACTS)
    assert asserted + inferred == both == count(own)
    shared = "SELECT (COUNT(*) AS ?n) { <http://a/1> <http://p/q> ?o }"
    assert [count(own, facts, shared) for facts in FACTS] == [1, 0, 1]
    two = " ".join(f"FROM <{GRAPHS}data/them/{n}>" for n in (1, 2))
    assert count(own, text=shared.replace("{", f"{two} {{", 1)) == 1
    named = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { <http://a/1> <http://p/q> ?o } }"
    assert [count(own, facts, named) for facts in FACTS] == [3, 0, 3]
    assert values(ask(own, NAMED, "asserted")) == values(ask(own, NAMED)) - {INFERRED}


def test_the_ways_to_send_a_query_agree(server: Server) -> None:
    by_get = ask(server, COUNT, "asserted")
    form = urllib.parse.urlencode({"query": COUNT, "entailment": "asserted"})
    by_form = server.post("/sparql", form, FORM)
    direct = server.post("/sparql?entailment=asserted", COUNT, QUERY)
    assert by_get.body == by_form.body == direct.body
    for reply in (by_get, by_form, direct):
        assert reply.headers["Mieco-Entailment"] == "asserted"


def test_the_named_graphs_of_each(server: Server) -> None:
    everything = values(ask(server, NAMED))
    assert INFERRED in everything
    assert values(ask(server, NAMED, "both")) == everything
    assert values(ask(server, NAMED, "asserted")) == everything - {INFERRED}
    assert values(ask(server, NAMED, "inferred")) == {INFERRED}
    outright = f"ASK {{ GRAPH <{INFERRED}> {{ ?s ?p ?o }} }}"
    assert [ask(server, outright, facts).json()["boolean"] for facts in FACTS] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("facts", ["", *FACTS])
@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * { ?s ?p ?o } LIMIT 1", "json"),
        ("SELECT * { ?s ?p ?o } LIMIT 1", "csv"),
        ("SELECT * { ?s ?p ?o } LIMIT 1", "xlsx"),
        ("SELECT * { ?s ?p ?o } LIMIT 1", "html"),
        ("SELECT * { ?s ?p ?o }", "tsv"),  # sent while it grows
        ("ASK { ?s ?p ?o }", "xml"),
        ("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1", "nt"),
    ],
)
def test_every_answer_says_which_it_used(server: Server, query: str, form: str, facts: str) -> None:
    reply = ask(server, query, facts, format=form)
    assert reply.status == 200
    assert reply.headers["Mieco-Entailment"] == (facts or "both")
    assert "Mieco-Entailment" in reply.headers["Access-Control-Expose-Headers"]


def test_the_answer_to_head_says_it_too(server: Server) -> None:
    for path in ("/sparql?" + urllib.parse.urlencode({"query": COUNT}) + "&", "/questions/q04?"):
        reply = server.send("HEAD", f"{path}entailment=inferred", {})
        assert (reply.status, reply.body) == (200, b"")
        assert reply.headers["Mieco-Entailment"] == "inferred"


@pytest.mark.parametrize(
    ("clauses", "parameters", "used"),
    [
        (f"FROM <{INFERRED}>", {}, "inferred"),
        (f"FROM NAMED <{INFERRED}>", {}, "inferred"),
        (f"FROM <{GRAPHS}ontology> FROM <{GRAPHS}catalogue>", {}, "asserted"),
        (f"FROM <{GRAPHS}ontology> FROM NAMED <{INFERRED}>", {}, "both"),
        ("", {"default-graph-uri": INFERRED}, "inferred"),
        ("", {"named-graph-uri": f"{GRAPHS}ontology"}, "asserted"),
        (f"FROM <{INFERRED}>", {"default-graph-uri": f"{GRAPHS}ontology"}, "asserted"),
        ("", {"default-graph-uri": INFERRED, "named-graph-uri": f"{GRAPHS}ontology"}, "both"),
    ],
)
def test_with_a_dataset_it_is_told_by_the_graphs(
    server: Server, clauses: str, parameters: dict[str, str], used: str
) -> None:
    reply = ask(server, f"SELECT * {clauses} {{ ?s ?p ?o }} LIMIT 1", **parameters)
    assert (reply.status, reply.headers["Mieco-Entailment"]) == (200, used)


def test_by_graph_is_the_same_as_by_entailment(server: Server) -> None:
    by_graph = count(server, text=f"SELECT (COUNT(*) AS ?n) FROM <{INFERRED}> {{ ?s ?p ?o }}")
    assert by_graph == count(server, "inferred")
    graphs = values(ask(server, NAMED)) - {INFERRED, f"{GRAPHS}shapes"}
    clauses = " ".join(f"FROM <{graph}>" for graph in graphs)
    named = count(server, text=f"SELECT (COUNT(*) AS ?n) {clauses} {{ ?s ?p ?o }}")
    assert named == count(server, "asserted")


@pytest.mark.parametrize("form", ["json", "xlsx"])
@pytest.mark.parametrize(
    ("clauses", "parameters"),
    [
        (f"FROM <{INFERRED}>", {}),
        (f"FROM NAMED <{INFERRED}>", {}),
        ("", {"default-graph-uri": INFERRED}),
        ("", {"named-graph-uri": INFERRED}),
    ],
)
def test_entailment_and_graphs_are_not_combined(
    server: Server, clauses: str, parameters: dict[str, str], form: str
) -> None:
    query = f"SELECT * {clauses} {{ ?s ?p ?o }} LIMIT 1"
    for facts in FACTS:
        reply = ask(server, query, facts, lang="en", format=form, **parameters)
        assert (reply.status, reply.json()["code"]) == (400, "bad-request")
        assert "entailment cannot be combined" in reply.json()["detail"]


@pytest.mark.parametrize("path", ["/sparql", "/questions/q04"])
def test_an_unknown_value_is_refused(server: Server, path: str) -> None:
    for value in ("rdfs", "Both", " both"):
        reply = server.get(path, query=COUNT, entailment=value, lang="en")
        assert (reply.status, reply.json()["code"]) == (400, "bad-parameter")
        assert "asserted, inferred, both" in reply.json()["hint"]
    assert server.get("/sparql", query=COUNT, entailment="").status == 200  # as a form sends it


def test_a_question_without_what_is_inferred_has_fewer_rows(server: Server) -> None:
    """A park-led consortium is one by definition: no table says so."""
    both = server.get("/questions/q04", entailment="both")
    assert both.json() == server.get("/questions/q04").json()
    assert both.json()["entailment"] == both.headers["Mieco-Entailment"] == "both"
    for facts in ("asserted", "inferred"):
        answer = server.get("/questions/q04", entailment=facts)
        assert answer.json()["entailment"] == answer.headers["Mieco-Entailment"] == facts
        assert len(answer.json()["rows"]) < len(both.json()["rows"])
        table = server.get("/questions/q04", entailment=facts, format="csv")
        assert table.headers["Mieco-Entailment"] == facts
        rows = list(csv.DictReader(io.StringIO(table.text)))
        assert len(rows) == len(answer.json()["rows"])


def test_a_parameter_names_the_same_thing_whichever_facts_are_asked_for(server: Server) -> None:
    answers = [
        server.get("/questions/q01", consortium="深圳市域产教联合体", entailment=facts).json()
        for facts in FACTS
    ]
    assert answers[0]["values"] == answers[1]["values"] == answers[2]["values"]
    assert len(answers[1]["rows"]) < len(answers[2]["rows"])


@pytest.mark.parametrize(
    ("language", "said", "option"),
    [
        ("zh", "只依据写明的事实", "只用写明的"),
        ("en", "The answer rests on asserted facts alone", "asserted only"),
    ],
)
def test_the_pages_say_it_and_offer_the_choice(
    server: Server, language: str, said: str, option: str
) -> None:
    selected = f'<option value="asserted" selected>{option}</option>'
    for path, parameters in (("/sparql", {"query": COUNT}), ("/questions/q60", {})):
        chosen = {"entailment": "asserted", "lang": language, **parameters}
        page = server.get(path, "text/html", **chosen).text
        assert said in page
        assert selected in page
        assert "entailment=asserted" in page.partition("</form>")[2]  # in the download links
        plain = server.get(path, "text/html", lang=language, **parameters).text
        assert said not in plain
        assert '<select name="entailment">' in plain
    blank = server.get("/sparql", "text/html", lang=language).text
    assert '<select name="entailment">' in blank


def test_the_page_keeps_a_choice_that_conflicts_with_its_query(server: Server) -> None:
    query = f"SELECT * FROM <{INFERRED}> {{ ?s ?p ?o }} LIMIT 1"
    page = server.get("/sparql", "text/html", query=query, entailment="both", lang="en")
    assert page.status == 400
    assert "entailment cannot be combined" in page.text
    assert '<option value="both" selected>' in page.text


def test_a_workbook_says_it_on_its_second_sheet(server: Server) -> None:
    reply = ask(server, COUNT, "asserted", format="xlsx")
    book = openpyxl.load_workbook(io.BytesIO(reply.body))
    about = {row[0].value: row[1].value for row in book["说明 about"].rows}
    assert about["依据的事实 facts"] == "只有写明的 asserted only"


def test_where_the_default_graph_is_strict_the_choice_is_the_same(
    server: Server, data_directory: Path
) -> None:
    with running("--data", str(data_directory), "--default-graph", "strict") as strict:
        plain = ask(strict, COUNT)
        assert values(plain) == {"0"}
        assert plain.headers["Mieco-Entailment"] == "both"  # by GRAPH all of it is seen
        for facts in FACTS:
            assert count(strict, facts) == count(server, facts)
            assert values(ask(strict, NAMED, facts)) == values(ask(server, NAMED, facts))


def test_a_service_without_data_has_the_choice_too(store: Server) -> None:
    assert [count(store, facts) for facts in FACTS] == [0, 0, 0]
    assert [values(ask(store, NAMED, facts)) for facts in FACTS] == [set(), set(), set()]


def test_what_the_shapes_share_counts_once(store: Server) -> None:
    """No two graphs of the default graph overlap, and a query that names the shapes sees a set."""
    graphs = (f"{GRAPHS}shapes", "http://g/1")
    data = " ".join(f"GRAPH <{graph}> {{ <http://a/1> a 1 }}" for graph in graphs)
    assert store.post("/update", f"INSERT DATA {{ {data} }}", UPDATE, **BEARER).status == 204
    assert [count(store, facts) for facts in FACTS] == [1, 0, 1]
    clauses = " ".join(f"FROM <{graph}>" for graph in graphs)
    assert count(store, text=f"SELECT (COUNT(*) AS ?n) {clauses} {{ ?s ?p ?o }}") == 1


# The triples of the unnamed graph and of several others: fewer and more than the engine unites.
TRIPLES = st.sets(st.integers(0, 5), max_size=4)
DATASETS = st.lists(TRIPLES, min_size=1, max_size=12)


@given(DATASETS)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_dataset_is_a_set(store: Server, graphs: list[set[int]]) -> None:
    written = [" ".join(f"<http://a/{i}> a 1 ." for i in sorted(g)) for g in graphs]
    named = " ".join(f"GRAPH <http://g/{n}> {{ {g} }}" for n, g in enumerate(written) if n)
    text = f"DROP ALL ; INSERT DATA {{ {written[0]} {named} }}"
    assert store.post("/update", text, UPDATE, **BEARER).status == 204
    expected = len(set().union(*graphs))
    assert [count(store, facts) for facts in FACTS] == [expected, 0, expected]
    names = [f"{GRAPHS}default", *(f"http://g/{n}" for n in range(1, len(graphs)))]
    clauses = " ".join(f"FROM <{name}>" for name in names)
    assert count(store, text=f"SELECT (COUNT(*) AS ?n) {clauses} {{ ?s ?p ?o }}") == expected


def test_in_the_terminal(mieco: Run, data_directory: Path) -> None:
    data = ("--data", str(data_directory))
    found = {}
    for facts in FACTS:
        arguments = ("query", "-", "--format", "csv", "--entailment", facts, *data)
        done = mieco(*arguments, stdin=COUNT)
        found[facts] = int(done.stdout.split()[1])
        said = "" if facts == "both" else f"mieco: this rests on {facts} facts alone\n"
        assert (done.returncode, done.stderr) == (0, said)
    assert found["asserted"] + found["inferred"] == found["both"]
    by_graph = mieco("query", "-", *data, stdin=f"ASK FROM <{INFERRED}> {{ ?s ?p ?o }}")
    assert by_graph.stderr == "mieco: this rests on inferred facts alone\n"
    conflict = f"ASK FROM <{INFERRED}> {{ ?s ?p ?o }}"
    refused = mieco("query", "-", "--entailment", "both", *data, stdin=conflict)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "entailment cannot be combined" in refused.stderr
    unknown = mieco("query", "-", "--entailment", "rdfs", *data, stdin=COUNT)
    assert unknown.returncode == 2
    assert "'asserted', 'inferred', 'both'" in unknown.stderr


def test_a_question_in_the_terminal(mieco: Run, data_directory: Path) -> None:
    arguments = ("ask", "q04", "--format", "json", "--data", str(data_directory))
    both = mieco(*arguments)
    asserted = mieco(*arguments, "--entailment", "asserted", LANG="zh_CN.UTF-8")
    assert json.loads(asserted.stdout)["count"] < json.loads(both.stdout)["count"]
    assert both.stderr == ""
    assert asserted.stderr.startswith("mieco: 只依据写明的事实\n")
