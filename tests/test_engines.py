"""One contract for every engine: what the own one answers, the others answer."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import (
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    RdfFormat,
    parse,
    parse_query_results,
)

import engines
from conftest import running
from golden_answers import Case, read_cases
from mieco import content
from mieco.ask.answers import QuestionAnswer, ask
from mieco.engine.base import Engine, Query
from mieco.engine.cancellation import Cancellation
from mieco.engine.opening import engine_opener
from mieco.errors import (
    Abandoned,
    BadRequest,
    DeadlineExceeded,
    MiecoError,
    NotAcceptable,
    QueryRefused,
    QuerySyntaxError,
    SearchMisused,
)
from mieco.opened import label_search
from mieco.push.live import go_live
from mieco.questions.header import read_questions
from mieco.releases import Releases
from mieco.settings import Settings
from mieco.terms import GRAPH, MIECO, PREFIXES

PROLOGUE = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f && ?f != ?i) }"
Start = Callable[[Path], Any]


@contextmanager
def _mieco(folder: Path) -> Iterator[engines.Engine]:
    """Another mieco with the same release."""
    with running("--data", str(folder)) as server:
        yield engines.Engine(f"{server.url}/sparql", server.process)


ENGINES: dict[str, Start | None] = {
    "embedded": None,
    "oxigraph": engines.oxigraph,
    "virtuoso": engines.virtuoso,
    "mieco": _mieco,
    # Where it was not fetched there is no such case: that is no failure of ours.
    **({"fuseki": engines.fuseki} if engines.FUSEKI.exists() else {}),
}


@dataclass(frozen=True)
class Sides:
    """An engine, the own one beside it, and the release of both."""

    engine: Engine
    own: Engine
    name: str


@contextmanager
def side_by_side(name: str, published: Path, folder: Path) -> Iterator[Sides]:
    """An engine that holds a release, and the own one."""
    shutil.copytree(published, folder / "data")
    settings = Settings(data=folder / "data", workers=2)
    release = Releases(settings.data).current()
    start = ENGINES[name]
    with ExitStack() as leave:
        search = partial(label_search, settings=settings)
        own = engine_opener(settings, search)(release)
        leave.callback(own.close)
        if start is not None:
            there = leave.enter_context(start(folder / ("data" if name == "mieco" else name)))
            settings = replace(settings, engine=there.address)
            if name != "mieco":
                go_live(settings, release.manifest.number)
        engine = engine_opener(settings, search)(release)
        leave.callback(engine.close)
        yield Sides(engine, own, name)


@pytest.fixture(scope="module", params=ENGINES)
def sides(
    request: pytest.FixtureRequest, few_directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sides]:
    with side_by_side(request.param, few_directory, tmp_path_factory.mktemp("sides")) as both:
        yield both


def told(engine: Engine, query: Query) -> object:
    """An answer so that order, and names of blank nodes, do not matter."""
    answer = engine.query(query, seconds=30)
    body = answer.read()
    if answer.kind == "graph":
        form = RdfFormat.from_media_type(answer.media_type)
        return Counter(str(quad.triple) for quad in parse(body, format=form))
    if answer.media_type == "text/csv":
        return Counter(body.decode().split("\r\n"))
    if answer.media_type == "text/tab-separated-values":
        return Counter(body.decode().split("\n"))
    results = parse_query_results(
        body, format=QueryResultsFormat.from_media_type(answer.media_type)
    )
    if isinstance(results, QueryBoolean):
        return bool(results)
    heads = [variable.value for variable in results.variables]
    return heads, Counter(tuple(str(row[name]) for name in heads) for row in results)


def agree(sides: Sides, query: Query) -> Any:
    """The answer of both, which is the same."""
    answer = told(sides.own, query)
    assert told(sides.engine, query) == answer
    return answer


SOLUTIONS = [
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
]
GRAPHS = [
    "text/turtle",
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
]


@pytest.mark.parametrize("form", SOLUTIONS)
def test_solutions_come_in_every_format(sides: Sides, form: str) -> None:
    text = "SELECT ?c ?label ?none { ?c a mieco:Consortium ; rdfs:label ?label }"
    agree(sides, Query(PROLOGUE + text, solutions=form))


@pytest.mark.parametrize("form", SOLUTIONS[:2])
@pytest.mark.parametrize("kind", ["Consortium", "Nonsense"])
def test_a_boolean_comes_in_its_formats(sides: Sides, form: str, kind: str) -> None:
    text = f"ASK {{ ?c a mieco:{kind} }}"
    assert agree(sides, Query(PROLOGUE + text, solutions=form)) is (kind == "Consortium")


@pytest.mark.parametrize("form", GRAPHS)
def test_a_graph_comes_in_every_format(sides: Sides, form: str) -> None:
    text = "CONSTRUCT { ?c rdfs:label ?label } { ?c a mieco:Consortium ; rdfs:label ?label }"
    assert agree(sides, Query(PROLOGUE + text, graph=form))


QUERIES = {
    "count": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "graphs": "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "literals": "SELECT DISTINCT ?o { ?s ?p ?o FILTER(isLiteral(?o)) }",
    "inferred": "SELECT ?c ?a { ?c mieco:ledBy ?a }",
    "from": f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH}ontology> {{ ?s ?p ?o }}",
    "from-named": f"SELECT ?g FROM NAMED <{GRAPH}shapes> {{ GRAPH ?g {{ ?s a sh:NodeShape }} }}",
    "path": "SELECT ?c { ?c rdfs:subClassOf+ mieco:Actor }",
    "optional": "SELECT ?c ?d { ?c a mieco:Consortium OPTIONAL { ?c mieco:foundingDate ?d } }",
    "negation": "SELECT ?c { ?c a mieco:Consortium FILTER NOT EXISTS { ?c mieco:ledBy ?a } }",
    "chinese": 'SELECT ?c { ?c rdfs:label ?l FILTER(CONTAINS(?l, "产教")) }',
}


@pytest.mark.parametrize("name", QUERIES)
def test_queries_are_answered_alike(sides: Sides, name: str) -> None:
    agree(sides, Query(PROLOGUE + QUERIES[name], foreign=True))


@pytest.mark.parametrize("entailment", ["asserted", "inferred", "both"])
def test_facts_are_chosen_by_entailment(sides: Sides, entailment: Any) -> None:
    text = "SELECT ?s ?t { ?s a ?t FILTER(isIRI(?s)) }"
    query = Query(PROLOGUE + text, entailment=entailment)
    _, rows = agree(sides, query)
    assert rows
    answer = sides.engine.query(query, seconds=30)
    answer.close()
    assert answer.entailment == entailment


def test_the_request_names_the_dataset(sides: Sides) -> None:
    text = PROLOGUE + "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    query = Query(text, default_graphs=[f"{GRAPH}questions"], named_graphs=[], foreign=True)
    agree(sides, query)
    inside = PROLOGUE + "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    named = [f"{GRAPH}questions", f"{GRAPH}shapes"]
    _, rows = agree(sides, Query(inside, default_graphs=[], named_graphs=named, foreign=True))
    assert {graph for (graph,) in rows} == {f"<{name}>" for name in named}


def test_an_entailment_beside_graphs_is_refused(sides: Sides) -> None:
    query = Query("SELECT * { ?s ?p ?o }", default_graphs=["http://e/g"], entailment="both")
    with pytest.raises(BadRequest):
        sides.engine.query(query, seconds=30)


def test_terms_take_the_place_of_variables(sides: Sides) -> None:
    consortium = Literal("", language="zh")
    _, rows = agree(sides, Query(PROLOGUE + "SELECT ?c { ?c a mieco:Consortium }"))
    consortium = NamedNode(next(iter(rows))[0][1:-1])
    text = """SELECT ?c ?lang ?label (BOUND(?c) AS ?told) {
      ?c rdfs:label ?label FILTER(LANG(?label) = ?lang) } GROUP BY ?c ?lang ?label ORDER BY ?c"""
    _, rows = agree(sides, Query(PROLOGUE + text, {"c": consortium, "lang": Literal("zh")}))
    assert len(rows) == 1


def test_variables_may_have_several_values(sides: Sides) -> None:
    kinds = [NamedNode(MIECO + "Consortium"), NamedNode(MIECO + "Place")]
    text = PROLOGUE + "SELECT ?kind (COUNT(?thing) AS ?n) { ?thing a ?kind } GROUP BY ?kind"
    _, rows = agree(sides, Query(text, values={"kind": kinds}))
    assert len(rows) == 2


def test_relative_iris_rest_on_the_base(sides: Sides) -> None:
    text = "SELECT ?p { <ontology> ?p ?o }"
    _, rows = agree(sides, Query(text, base="https://w3id.org/mieco/"))
    assert rows


def test_things_are_found_by_name(sides: Sides) -> None:
    text = """PREFIX search: <https://w3id.org/mieco/search#>
      SELECT ?thing ?score { (?thing ?score) search:matches ("职业" 5) . ?thing a ?kind }"""
    _, rows = agree(sides, Query(PROLOGUE + text, foreign=True))
    assert rows
    with pytest.raises(SearchMisused):
        sides.engine.query(Query(PROLOGUE + text.replace('"职业"', "?x"), foreign=True), seconds=30)


def test_labels(sides: Sides) -> None:
    _, rows = agree(sides, Query(PROLOGUE + "SELECT ?c { ?c a mieco:Place }"))
    iris = [*(row[0][1:-1] for row in rows), "http://example.org/none", "not an IRI"]
    for language in ("zh", "en"):
        found = sides.engine.labels(iris, language, seconds=30)
        assert found == sides.own.labels(iris, language, seconds=30)
        assert found


ERRORS: dict[str, tuple[Query, type[MiecoError]]] = {
    "syntax": (Query("SELECT * { ?s ?p }", foreign=True), QuerySyntaxError),
    "prefix": (Query("SELECT * { ?s nowhere:p ?o }", foreign=True), QuerySyntaxError),
    "update": (
        Query("INSERT DATA { <http://e/a> <http://e/b> 1 }", foreign=True),
        QuerySyntaxError,
    ),
    "nothing": (Query("", foreign=True), QuerySyntaxError),
    "deep": (Query("SELECT * " + "{" * 400 + "}" * 400, foreign=True), QueryRefused),
    "service": (
        Query("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", foreign=True),
        QueryRefused,
    ),
    "graph only": (Query("ASK {}", solutions=None), NotAcceptable),
    "solutions only": (Query("DESCRIBE <http://e/a>", graph=None), NotAcceptable),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_the_same(sides: Sides, name: str) -> None:
    query, expected = ERRORS[name]
    with pytest.raises(expected):
        sides.engine.query(query, seconds=30).read()


def test_a_deadline_holds(sides: Sides) -> None:
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        sides.engine.query(Query(RUNAWAY, foreign=True), seconds=1).read()
    assert time.monotonic() - started < 5
    agree(sides, Query(PROLOGUE + "ASK { ?c a mieco:Consortium }"))


def test_a_query_ends_when_its_asker_goes(sides: Sides) -> None:
    cancellation = Cancellation()
    threading.Timer(0.5, cancellation.cancel).start()
    with pytest.raises(Abandoned):
        sides.engine.query(
            Query(RUNAWAY, foreign=True), seconds=20, cancellation=cancellation
        ).read()
    agree(sides, Query(PROLOGUE + "ASK { ?c a mieco:Consortium }"))


def test_an_answer_may_be_left_early(sides: Sides) -> None:
    for _ in range(5):
        answer = sides.engine.query(Query("SELECT * { ?s ?p ?o }"), seconds=30)
        next(answer.chunks)
        answer.close()
    agree(sides, Query(PROLOGUE + "ASK { ?c a mieco:Consortium }"))


def test_explained(sides: Sides) -> None:
    query = Query("SELECT * { ?s ?p ?o } LIMIT 3", explain=True, foreign=True)
    explained = json.loads(sides.engine.query(query, seconds=30).read())
    assert {"query", "rewrites", "entailment", "bytes", "seconds"} <= explained.keys()
    assert explained["bytes"] > 100


def test_a_mistyped_term_is_told(sides: Sides) -> None:
    query = Query(PROLOGUE + "SELECT * { ?c a mieco:Consortum }", foreign=True)
    answer = sides.engine.query(query, seconds=30)
    answer.close()
    assert answer.unknown_terms["Consortum"][0] == "Consortium"


QUESTIONS = read_questions(content.folder("queries") / "questions")
GOLDEN, _ = read_cases(QUESTIONS)


@pytest.fixture(scope="module")
def golden(data_directory: Path) -> Mapping[str, QuestionAnswer]:
    """The answers of the own engine, which tests/test_golden.py proves to be the golden ones."""
    engine = engine_opener(Settings(data=data_directory, workers=2))(
        Releases(data_directory).current()
    )
    try:
        return {case.id: _asked(engine, case) for case in GOLDEN}
    finally:
        engine.close()


@pytest.mark.parametrize("name", [name for name in ENGINES if name != "embedded"])
def test_every_question_has_its_golden_answer(
    name: str, data_directory: Path, tmp_path: Path, golden: Mapping[str, QuestionAnswer]
) -> None:
    with side_by_side(name, data_directory, tmp_path) as both:
        differences = {case.id: _difference(golden[case.id], case, both.engine) for case in GOLDEN}
    assert {name: told for name, told in differences.items() if told} == {}


def _asked(engine: Engine, case: Case) -> QuestionAnswer:
    return ask(engine, QUESTIONS[case.question], case.given, case.lang, seconds=60)


def _difference(expected: QuestionAnswer, case: Case, engine: Engine) -> str:
    """How the answer to a question differs; empty where it does not."""
    try:
        found = _asked(engine, case)
    except MiecoError as error:
        return str(error)
    rows, right = Counter(map(str, found.rows)), Counter(map(str, expected.rows))
    missing, more = sorted((right - rows).elements()), sorted((rows - right).elements())
    labels = found.labels == expected.labels
    emptiness = found.emptiness == expected.emptiness
    alike = rows == right and labels and emptiness
    return "" if alike else f"missing {missing[:2]}, more {more[:2]}, {labels=}, {emptiness=}"
