"""Every question gives its golden answer, on the real data and on toy data.

``pytest tests/test_golden.py --update-golden`` writes the answers on the real data anew and shows
what changed.  Those on toy data are written by hand, from what the question means.
"""

from __future__ import annotations

import json
import os
import shutil
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Store

from conftest import Server
from golden_answers import (
    DIGESTS,
    GOLDEN,
    TOY,
    Case,
    differences,
    digests,
    read_cases,
    read_table,
)
from mieco import content
from mieco.ask.answers import ask
from mieco.conformance.canonical_answers import Found, as_csv, as_table
from mieco.delta import Delta
from mieco.engine.base import from_wire
from mieco.intake.batch import Batch, Input
from mieco.intake.documents import read_documents
from mieco.opened import opened_engine
from mieco.progress import Progress
from mieco.publish.own import own_graphs
from mieco.publish.staging import refuse_clashes, replace_graph, stage
from mieco.publish.validation import validate
from mieco.questions.header import read_questions
from mieco.questions.model import Question
from mieco.reason.columns import Encoded
from mieco.releases import Releases
from mieco.settings import read_settings
from mieco.terms import DATA_GRAPHS

QUESTIONS = read_questions(content.folder("queries") / "questions")
REAL, TOYS = read_cases(QUESTIONS)
UPDATE = "python -m pytest tests/test_golden.py --update-golden"


def asked(server: Server, case: Case) -> Found:
    """The answer over HTTP."""
    given = urllib.parse.urlencode({**case.parameters, "lang": case.lang}, doseq=True)
    reply = server.get(f"/questions/{case.question}?{given}", "application/json")
    assert reply.status == 200, reply.text
    answer = reply.json()
    return [
        ({name: from_wire(cell) for name, cell in row.items()}, support["facts"])
        for row, support in zip(answer["rows"], answer["support"], strict=True)
    ]


@pytest.fixture(scope="module")
def described(server: Server) -> frozenset[str]:
    """Everything that a record describes."""
    text = "SELECT DISTINCT ?fact { [] <https://w3id.org/mieco/ontology#describes> ?fact }"
    return frozenset(row["fact"] for row in server.query(text))


@pytest.mark.parametrize("case", REAL, ids=lambda case: case.id)
def test_a_question_has_its_golden_answer(
    server: Server,
    described: frozenset[str],
    case: Case,
    pytestconfig: pytest.Config,
    record_property: Callable[[str, object], None],
) -> None:
    question = QUESTIONS[case.question]
    found = asked(server, case)
    assert {fact for _, facts in found for fact in facts} - described == set(), "without a record"
    now = as_csv(as_table(question, found))
    before = case.file.read_text(encoding="utf-8") if case.file.exists() else ""
    changed = differences(before, now, case.file)
    if changed and pytestconfig.getoption("--update-golden"):
        case.file.write_text(now, encoding="utf-8", newline="\n")
        record_property("golden", changed)
        return
    if changed:
        pytest.fail(f"{changed}\nIf the new answer is right: {UPDATE}", pytrace=False)
    assert case.file.read_bytes() == now.encode(), "the line ends or the encoding differ"


@pytest.mark.parametrize("case", [*REAL, *TOYS], ids=lambda case: f"{case.folder.name}-{case.id}")
def test_a_golden_answer_is_the_same_on_every_day(case: Case) -> None:
    for parameter in QUESTIONS[case.question].parameters.values():
        assert parameter.default != "today" or parameter.name in case.parameters, (
            f"cases.toml has to give '{parameter.name}', which else is the day of asking"
        )


def test_the_digests_of_golden_answers_come_with_the_service() -> None:
    assert json.loads(DIGESTS.read_text(encoding="utf-8")) == digests(REAL), UPDATE


def test_every_golden_file_has_its_case() -> None:
    assert {*GOLDEN.glob("*.csv")} <= {case.file for case in REAL}
    assert {*TOY.glob("*.csv")} <= {case.file for case in TOYS}
    assert {*TOY.glob("*.ttl")} <= {TOY / f"{case.question}.ttl" for case in TOYS}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_every_question_is_seen_to_find_something(question: Question) -> None:
    """On the real data, unless these have to come from a dossier; else on toy data."""
    toys = [case for case in TOYS if case.question == question.id]
    real = [case for case in REAL if case.question == question.id]
    if question.data == "dossier":
        assert toys, "a question to a dossier needs toy data"
    looked_at = toys if question.data == "dossier" else [*real, *toys]
    assert any(len(read_table(case.file)) > 1 for case in looked_at), "no answer has a row"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory whose release has the ontology and the shapes alone."""
    folder = tmp_path_factory.mktemp("bare") / "data"
    releases = Releases(folder)

    def work(store: Store, _: Encoded) -> Delta | None:
        for _, quads in own_graphs():
            store.bulk_extend(quads)
        return None

    with releases.publishing() as staging:
        made, _ = stage(releases, staging, work)
        releases.add(staging, made)
    return folder


@pytest.mark.parametrize("name", dict.fromkeys(case.question for case in TOYS))
def test_a_question_is_right_about_toy_data(bare: Path, tmp_path: Path, name: str) -> None:
    """The toy data are published once, and asked in every case that there is of them."""
    question = QUESTIONS[name]
    cases = [case for case in TOYS if case.question == name]
    violations = frozenset[str]().union(*(case.violations for case in cases))
    releases = Releases(shutil.copytree(bare, tmp_path / "data"))
    batch = toy_batch(name, tmp_path)
    assert violations_of(batch, releases) == violations
    with releases.publishing() as staging:
        made, inferred = stage(
            releases, staging, lambda store, _: replace_graph(store, batch.graph, batch.quads())
        )
        refuse_clashes(inferred, accept=bool(violations))
        releases.add(staging, made)
    changed = ""
    for case, answer in zip(cases, answered(releases, question, cases), strict=True):
        expected = read_table(case.file)
        found = as_table(question, answer)
        if expected and expected[0] == list(question.columns):
            # What is written by hand may leave out on what facts it rests.
            found = [row[: len(question.columns)] for row in found]
        changed += differences(as_csv(expected), as_csv(found), case.file)
    if changed:
        pytest.fail(f"{changed}\nThis file is written by hand: which is wrong?", pytrace=False)


def toy_batch(question: str, folder: Path) -> Batch:
    """The toy data of a question, read as a delivered document is."""
    file = TOY / f"{question}.ttl"
    graph = NamedNode(f"{DATA_GRAPHS}toy/{question}")
    return read_documents([Input(file, file.name)], graph, folder, Progress())


def violations_of(batch: Batch, releases: Releases) -> frozenset[str]:
    """The shapes, and what else the check of a delivery knows, that a batch breaks."""
    store = Store.read_only(str(releases.current().store))
    findings = [*batch.findings.report().findings, *validate(batch, [store], Progress())]
    return frozenset(f.code.rpartition(":")[2] for f in findings if f.severity == "violation")


def answered(releases: Releases, question: Question, cases: Sequence[Case]) -> Iterator[Found]:
    """The answers of the current release, without a service."""
    settings = read_settings(os.environ, {"data": releases.folder})
    with opened_engine(settings) as (engine, _):
        for case in cases:
            answer = ask(engine, question, case.given, case.lang, seconds=10)
            facts = (support.facts for support in answer.support)
            yield list(zip(answer.rows, facts, strict=True))
