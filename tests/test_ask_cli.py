"""``mieco ask``: every question is a command, in every format, with completion."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook

from conftest import Run
from mieco import content
from mieco.questions.header import read_questions

QUESTIONS = read_questions(content.folder("queries") / "questions")


@pytest.fixture
def asked(called: Run, data_directory: Path) -> Run:
    """The command on the published data, in Chinese."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        given = {"MIECO_DATA": str(data_directory), "MIECO_LANGUAGE": "zh", **environment}
        return called("ask", *arguments, **given)

    return run


def test_the_list_can_be_searched_and_filtered_by_asker(asked: Run) -> None:
    everything = asked().stdout.splitlines()
    assert [line.split("  ")[0] for line in everything] == list(QUESTIONS)
    some = asked("--search", "秘书处").stdout.splitlines()
    assert 0 < len(some) < len(everything)
    assert "秘书处" in some[0]
    theirs = asked("--asker", "MOE").stdout.splitlines()
    assert [line[:3] for line in theirs] == [q.id for q in QUESTIONS.values() if "MOE" in q.askers]


def test_each_format_gives_the_same_rows(asked: Run, tmp_path: Path) -> None:
    told = json.loads(asked("q04", "--format", "json").stdout)
    count = told["count"]
    assert asked("q04", "--format", "words").stdout.splitlines() == told["words"]
    rows = list(csv.DictReader(io.StringIO(asked("q04", "--format", "csv").stdout)))
    assert [r["consortium"] for r in rows] == [r["consortium"]["value"] for r in told["rows"]]
    file = tmp_path / "answer.xlsx"
    assert asked("q04", "--format", "xlsx", "-o", str(file)).returncode == 0
    sheets = load_workbook(file).worksheets
    assert sheets[0].max_row == count + 1
    assert sheets[0]["A1"].value == "联合体 consortium"
    assert told["asked"] in str(sheets[1]["B1"].value)
    assert len(asked("q04").stdout.splitlines()) == count + 2


def test_rows_are_sorted_and_filtered(asked: Run) -> None:
    told = json.loads(asked("59", "--sort", "-stated", "--format", "json").stdout)
    values = [int(row["stated"]["value"]) for row in told["rows"] if "stated" in row]
    assert values == sorted(values, reverse=True)
    some = json.loads(asked("59", "--filter", "柳州", "--format", "json").stdout)
    assert 0 < some["count"] < told["count"]


def test_a_parameter_may_be_repeated_where_it_says_so(asked: Run) -> None:
    both = ("--consortium", "shenzhen", "--consortium", "changzhou-new-energy")
    told = json.loads(asked("q01", *both, "--format", "json").stdout)
    assert len(told["values"]["consortium"]) == 2
    assert len({row["consortium"]["value"] for row in told["rows"]}) == 2


def test_an_empty_answer_says_why_beside_the_data(asked: Run) -> None:
    done = asked("q09", "--name", "苏州市职业大雪", "--format", "csv")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert "相近的有" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("q01", "--colour", "red"), "没有此参数"),
        (("q01", "--consortium"), "应写作"),
        (("q01", "shenzhen"), "应写作"),
        (("q01", "--consortium", "深圳联合体"), "深圳市域产教联合体"),
        (("q99",), "q62"),
        (("q04", "--sort", "colour"), "consortium"),
        (("q04", "--format", "csv", "-o", "/nowhere/x.csv"), "不能写入"),
    ],
)
def test_what_is_wrong_is_said_in_words(asked: Run, arguments: tuple[str, ...], said: str) -> None:
    done = asked(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.startswith("mieco: ")
    assert done.stdout == ""


def test_the_help_of_a_question_is_its_sentence_and_parameters(asked: Run) -> None:
    told = " ".join(asked("q01", "--help").stdout.split())
    assert QUESTIONS["q01"].sentence.zh in told
    assert QUESTIONS["q01"].sentence.en in told
    assert "--consortium" in told


@pytest.mark.parametrize(
    ("words", "place", "offered"),
    [
        ("mieco ask q0", 2, {f"q0{number}" for number in range(1, 10)}),
        ("mieco ask q01 --cons", 3, {"--consortium"}),
        ("mieco ask q01 --consortium 常州新", 4, {"常州新能源产教联合体"}),
        ("mieco ask q11 --tie use", 4, {"used"}),
        ("mieco ask q77 --cons", 3, set()),
    ],
)
def test_the_shell_completes(
    data_directory: Path, words: str, place: int, offered: set[str]
) -> None:
    """As bash asks (https://click.palletsprojects.com/en/stable/shell-completion/)."""
    environment = {
        **os.environ,
        "_MIECO_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(place),
        "MIECO_DATA": str(data_directory),
        "MIECO_LANGUAGE": "zh",
    }
    command = Path(sys.executable).with_name("mieco")
    done = subprocess.run([command], env=environment, capture_output=True, text=True, check=False)
    found = {line.partition(",")[2] for line in done.stdout.split()}
    assert found == offered
    assert done.stderr == ""
