"""The description of the interface: valid, whole, and true of what the service does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from conftest import Server
from mieco import content
from mieco.questions.header import read_questions

QUESTIONS = read_questions(content.folder("queries") / "questions")
# One method that there is not stands for all.
SETTINGS = """
[parameters]
timeout = 60
[phases.coverage]
unexpected-methods = ["PATCH"]
"""
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_document_is_valid_and_speaks_one_language(server: Server, language: str) -> None:
    document = server.get("/openapi.json", lang=language).json()
    OpenAPIV31SpecValidator(document).validate()
    other = "en" if language == "zh" else "zh"
    texts = {q.sentence.in_(other) for q in QUESTIONS.values()}
    assert not texts & {o["summary"] for o in operations(document)}


def test_every_question_is_an_operation_with_its_parameters(server: Server) -> None:
    paths = server.get("/openapi.json", lang="en").json()["paths"]
    for name, question in QUESTIONS.items():
        operation = paths[f"/questions/{name}"]["get"]
        assert operation["summary"] == question.sentence.en
        named = {p["name"]: p for p in operation["parameters"] if "name" in p}
        assert named.keys() == {*question.parameters, "format", "sort"}
        for parameter in question.parameters.values():
            assert named[parameter.name]["required"] == parameter.required
            repeated = named[parameter.name]["schema"].get("type") == "array"
            assert repeated == parameter.repeated


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_of_the_interface_names_every_operation(server: Server, language: str) -> None:
    page = server.get("/api", "text/html", lang=language).text
    document = server.get("/openapi.json", lang=language).json()
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in page


def of_every_kind() -> list[str]:
    """Questions that have between them every kind of parameter, and one that has none."""
    chosen: dict[tuple[str, bool, bool], str] = {}
    for question in QUESTIONS.values():
        for parameter in question.parameters.values():
            kind = (parameter.type, parameter.repeated, bool(parameter.default))
            chosen.setdefault(kind, question.id)
    plain = next(q.id for q in QUESTIONS.values() if not q.parameters)
    return sorted({*chosen.values(), plain})


@pytest.mark.parametrize(
    ("phases", "paths"),
    [
        # A few requests of each operation, and for one of each kind all its bounds and their
        # combinations: the operations of the questions are made by one function.
        ("examples,fuzzing", "."),
        ("coverage", f"/(?!questions/q)|/questions/({'|'.join(of_every_kind())})$"),
    ],
)
def test_no_request_brings_down_the_service_or_breaks_its_word(
    server: Server, tmp_path: Path, phases: str, paths: str
) -> None:
    """Schemathesis makes requests from the description, right ones and wrong ones.

    It is not let choose a deadline, since a short one is missed as it should be, with 504; and it
    waits for an answer as long as the service may take for one.
    """
    (tmp_path / "schemathesis.toml").write_text(SETTINGS, encoding="utf-8")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"),
        *("--checks", ",".join(CHECKS), "--phases", phases, "--include-path-regex", f"^({paths})"),
        *("--max-examples", "2", "--seed", "1", "--no-color", "--request-timeout", "60"),
    ]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Tested: " in done.stdout


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [o for methods in document["paths"].values() for o in methods.values()]
