"""``--update-golden``: golden answers and their digests are written anew."""

from __future__ import annotations

import json

import pytest

from golden_answers import DIGESTS, digests, read_cases
from mieco import content
from mieco.questions.header import read_questions


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden answers of tests/golden/ anew, and show what changed",
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With --update-golden their digests are written too, once all answers are."""
    if session.config.getoption("--update-golden") and not hasattr(session.config, "workerinput"):
        real, _ = read_cases(read_questions(content.folder("queries") / "questions"))
        text = json.dumps(digests(real), ensure_ascii=False, indent=1)
        DIGESTS.write_text(f"{text}\n", encoding="utf-8")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What --update-golden changed; the properties come from other processes too."""
    changed = [
        text
        for report in terminalreporter.getreports("passed")
        for name, text in report.user_properties
        if name == "golden"
    ]
    if changed:
        terminalreporter.section("golden answers changed")
        terminalreporter.write_line("\n".join(changed))
