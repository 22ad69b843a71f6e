"""What a consortium's own workbook answers: the filled example, and every question about it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from pyoxigraph import Store

from conftest import Run
from mieco import content
from mieco.ask.answers import QuestionAnswer, ask
from mieco.conformance.canonical_answers import text_of
from mieco.engine.base import Engine
from mieco.opened import opened_engine
from mieco.questions.header import read_questions
from mieco.questions.model import Question
from mieco.releases import Releases
from mieco.settings import read_settings
from workbooks import column_of, edited, example, saved, sheet_of

BASE = "https://w3id.org/mieco/"
MIECO = BASE + "ontology#"
OURS = BASE + "id/consortium/shili-shebei"
QUESTIONS = read_questions(content.folder("queries") / "questions")
# Parameters that take a consortium; those that take any party take one as well.
_OWNERS = {MIECO + "Consortium", MIECO + "CollectiveActor"}
_DAY = "2026-01-15"
_BASE_OF_TRAINING = f"{OURS.replace('consortium', 'space')}--sp002"

# Of these the example has nothing to say, and it should not: readings of its plans and brands
# are made by researchers; it has built its spaces, began afresh and quotes no copies.
SILENT = {"q12", "q13", "q18", "q43", "q55", "q58"}
# Not dossier questions, but ones for which the workbook asks more than the public data have.
ASKED_FOR = {"q06", "q08", "q21", "q24", "q29", "q31", "q32", "q33", "q37", "q49", "q54"}


@pytest.fixture(scope="module")
def folder(data_directory: Path, mieco: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the public data and the filled example."""
    folder = tmp_path_factory.mktemp("dossier")
    copy = Path(shutil.copytree(data_directory, folder / "data"))
    done = mieco("import", str(saved(example(), folder)), MIECO_DATA=str(copy))
    assert done.returncode == 0, done.stderr + done.stdout
    return copy


@pytest.fixture(scope="module")
def store(folder: Path) -> Store:
    return Store.read_only(str(Releases(folder).current().store))


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    with opened_engine(read_settings(os.environ, {"data": folder})) as (engine, _):
        yield engine


def answer(engine: Engine, name: str, **given: str) -> QuestionAnswer:
    """The answer about the example's consortium, as of a day after all that it tells."""
    question = QUESTIONS[name]
    parameters = {n: [OURS] for n in about_a_consortium(question)}
    parameters |= {n: [_DAY] for n, p in question.parameters.items() if p.default == "today"}
    return ask(engine, question, parameters | {n: [v] for n, v in given.items()}, "zh", seconds=30)


def about_a_consortium(question: Question) -> Sequence[str]:
    found = [
        name
        for name, parameter in question.parameters.items()
        if parameter.type == "entity" and parameter.class_ in _OWNERS and name != "organisation"
    ]
    return found[:1]


def told(engine: Engine, name: str, *columns: str, **given: str) -> set[tuple[str, ...]]:
    """Some columns of an answer."""
    rows = answer(engine, name, **given).rows
    return {tuple(shorter(text_of(row[c])) if c in row else "" for c in columns) for row in rows}


def shorter(text: str) -> str:
    """A thing of the example by its number, a concept by its code, all else as it is."""
    text = text.rpartition("shili-shebei--")[2]
    return text.rpartition("/")[2] if text.startswith("concept:") else text


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_can_be_asked_of_a_dossier(engine: Engine, name: str) -> None:
    found = answer(engine, name)
    question = QUESTIONS[name]
    if name in SILENT:
        ours = [
            row for row in found.rows if OURS in {getattr(t, "value", "") for t in row.values()}
        ]
        assert not ours
        return
    assert found.rows, f"the example does not answer: {question.sentence.zh}"
    assert len(found.sentences) == len(found.rows)


def test_the_questions_to_a_dossier_are_answered_by_it(engine: Engine) -> None:
    """Also where no parameter names the consortium: some row rests on a row of the workbook."""
    dossier = {name for name, question in QUESTIONS.items() if question.data == "dossier"}
    assert not dossier & SILENT
    for name in dossier | ASKED_FOR:
        facts = [fact for each in answer(engine, name).support for fact in each.facts]
        assert any("shili-shebei" in fact for fact in facts), name


# What the answers must be, by hand from data/example-workbook.toml: question → columns → rows.
EXPECTED: Mapping[str, tuple[tuple[str, ...], set[tuple[str, ...]]]] = {
    "q06": (
        ("actor", "position", "goal"),
        {
            ("m002", "mieco:LeadActor", "g001"),
            ("m001", "mieco:LeadActor", "g001"),
            ("m005", "", "g001"),
            ("m004", "mieco:GoverningMember", ""),
            ("m006", "mieco:GoverningMember", ""),
        },
    ),
    "q16": (
        ("activity", "scenario", "kind", "date"),
        {
            ("ac003", "sc001", "mieco:ProductionScenario", "2024-03"),
            ("ac015", "sc002", "mieco:InnovationScenario", "2025-04"),
        },
    ),
    # The chair of the committee (m008) has no seat on the council.
    "q21": (
        ("kind", "seats", "listed"),
        {
            ("mieco:Enterprise", "1", "4"),
            ("mieco:EducationProvider", "1", "4"),
            ("mieco:PublicBody", "1", "4"),
            ("mieco:ResearchInstitute", "1", "4"),
        },
    ),
    "q24": (
        ("resolution", "proposer", "meeting", "executor", "due", "fulfilled", "overdue"),
        {
            ("ag003", "m004", "ac011", "m002", "2024-12-31", "true", ""),
            ("ag004", "m001", "ac012", "m001", "2025-06", "false", "2025-06"),
            ("ag004", "m001", "ac012", "m006", "2025-06", "false", "2025-06"),
        },
    ),
    # m006 took its seat in 2023-09 and came to neither meeting of 2024; com001 was kept.
    "q28": (
        ("member", "missed", "since", "commitment", "due"),
        {("m006", "2", "'2024-06-20'", "", ""), ("m006", "", "", "com002", "2025-09")},
    ),
    "q29": (
        ("list", "stated", "listed", "unmatched", "post", "people", "enterprise"),
        {("list--l001", "2", "2", "1", "e002", "15", "m007")},
    ),
    "q30": (
        ("list", "listed", "need", "enterprise", "team"),
        {("list--l002", "1", "e003", "m007", "m006")},
    ),
    "q33": (
        ("what", "direction", "number", "unit"),
        {
            ("ac004", "education-promotes-industry", "12", "persons"),
            ("ac013", "industry-assists-education", "10", "persons"),
        },
    ),
    "q34": (("bases", "known", "shared", "rate"), {("1", "1", "1", "100")}),
    # 65 interns at two firms together; the apprentices are about 30.
    "q35": (
        ("enterprise", "kind", "year", "people", "firms"),
        {
            ("m002", "mieco:Internship", "2024", "65", "2"),
            ("m007", "mieco:Internship", "2024", "65", "2"),
            ("m002", "mieco:Apprenticeship", "2025", "30", ""),
        },
    ),
    # 12 of 22 people, 10 of 22.
    "q37": (
        ("direction", "facts", "share", "people", "peopleshare"),
        {
            ("education-promotes-industry", "1", "50", "12", "54.5"),
            ("industry-assists-education", "1", "50", "10", "45.5"),
        },
    ),
    "q49": (
        ("indicator", "time", "goal", "reached", "date", "rate"),
        {
            ("member-enterprises", "'到2026年底'@zh", "5", "1", "2023-06-18", "20"),
            ("member-enterprises", "'到2026年底'@zh", "5", "2", "2024-12-31", "40"),
            # Its one figure is about the park alone.
            ("new-high-skilled", "'三年建设期内'@zh", "3000", "", "", ""),
        },
    ),
    "q54": (("indicator", "before", "after", "change"), {("member-enterprises", "1", "2", "1")}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_answer_says_what_stands_in_the_workbook(engine: Engine, name: str) -> None:
    columns, rows = EXPECTED[name]
    assert told(engine, name, *columns) == rows


def test_the_states_of_a_space_are_compared(engine: Engine) -> None:
    found = told(
        engine, "q17", "aspect", "earlier", "later", "gained", "lost", space=_BASE_OF_TRAINING
    )
    assert {(aspect, gained) for aspect, _, _, gained, _ in found} == {
        ("mieco:involvesActor", "m001"),
        ("mieco:involvesActor", "m006"),
        ("mieco:addressesElement", "teacher"),
        ("mieco:supportsCooperation", "educating"),
    }
    assert {(earlier, later, lost) for _, earlier, later, _, lost in found} == {
        ("2021-05", "2024-03-01", "")
    }


@pytest.mark.parametrize(
    ("subject", "properties"),
    [
        (
            "id/contribution/{}cont002",
            {"contributedBy": "m002", "contributionTo": "ac014", "claimedOffset": "150000"},
        ),
        ("id/contribution/{}cont001", {"contributionTo": "sp002", "value": "8000000"}),
        ("id/organisation/{}m001", {"offersProgramme": "v001", "trainsForIndustry": "C"}),
        ("id/programme/{}v001", {"addressesNeed": "e001", "servesIndustry": "C"}),
        ("id/space/{}sp001", {"servesIndustry": "C"}),
        ("id/target/{}t001", {"year": "2026", "qualifier": "at-least"}),
        ("id/consortium/shili-shebei", {"servesIndustry": "C", "pursuesGoal": "g001"}),
    ],
)
def test_a_column_says_what_it_should(
    store: Store, subject: str, properties: Mapping[str, str]
) -> None:
    iri = BASE + subject.format("shili-shebei--")
    for name, expected in properties.items():
        rows = store.query(
            f"SELECT DISTINCT ?value {{ GRAPH ?g {{ <{iri}> <{MIECO}{name}> ?value }} }}"
        )
        values = {shorter(text_of(row["value"])) for row in rows}  # type: ignore[union-attr]
        assert expected in values, name


# ------------------------------------------------------ workbooks of before, and mistakes

NEW_SHEETS = ("空间变化", "场景", "承诺", "投入", "专业", "指标目标", "共同目标")
NEW_COLUMNS = {
    "联合体": ("国民经济行业",),
    "空间": ("国民经济行业",),
    "活动": ("所属治理机构", "依托场景", "互促方向", "数量", "数量限定", "单位"),
    "协议与文件": ("提出单位", "落实单位", "落实期限", "是否已落实"),
    "清单条目": ("对应专业", "揭榜单位"),
}


def test_a_workbook_of_before_is_taken_as_before(
    mieco: Run, data_directory: Path, tmp_path: Path
) -> None:
    book = example()
    for title in NEW_SHEETS:
        book.remove(sheet_of(book, title))
    for title, headings in NEW_COLUMNS.items():
        sheet = sheet_of(book, title)
        for heading in headings:
            sheet.delete_cols(column_of(sheet, heading))
    copy = shutil.copytree(data_directory, tmp_path / "data")
    done = mieco("import", str(saved(book, tmp_path)), MIECO_DATA=str(copy))
    assert done.returncode == 0, done.stderr + done.stdout
    assert "violation" not in done.stdout
    assert "unknown" not in done.stdout


def test_who_carries_out_what_is_no_resolution_is_a_mistake(
    mieco: Run, data_directory: Path, tmp_path: Path
) -> None:
    """It would turn the document into one."""
    file = edited(tmp_path, "协议与文件", 2, {"落实单位": "示例职业技术学院"})
    done = mieco("import", "--preview", str(file), MIECO_DATA=str(data_directory))
    assert done.returncode == 1
    said = [line for line in (done.stdout + done.stderr).splitlines() if ": violation: " in line]
    assert len(said) == 1
    assert "row 2, column 类型* kind" in said[0]
    assert "said of resolutions alone" in said[0]
