"""Golden answers: what is asked, and an answer as text that no release or language changes.

``golden/qNN.csv`` is the answer on the project's own data, ``golden/toy/qNN.csv`` the one on the
fictitious data of ``golden/toy/qNN.ttl``.  ``golden/cases.toml`` has what is asked beside that::

    [[q03]]                            # a further case: golden/q03-shenzhen.csv
    name = "shenzhen"
    parameters = { organisation = "…" }

    [[q24]]                            # no name: the parameters of golden/q24.csv itself
    parameters = { day = "2026-01-01" }

    [toy.q24]                          # the parameters of golden/toy/q24.csv
    parameters = { day = "2026-01-01" }
    violations = ["ResolutionShape"]   # only of toys about broken data: what the shapes find

Several of ``[[toy.q24]]`` with names have a CSV file each, and the one ``q24.ttl``.  A parameter
that is given several times is a list; ``lang`` (``zh`` where it is not said) stands beside
``parameters``.  The heads of a file are the columns of the question, then ``evidence``, the facts
behind a row, which a toy answer may leave out.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mieco.errors import Language
from mieco.questions.model import Question

GOLDEN = Path(__file__).parent / "golden"
TOY = GOLDEN / "toy"
# What comes with the service instead of the answers themselves (mieco/conformance).
DIGESTS = GOLDEN.parent.parent / "queries" / "golden.json"


@dataclass(frozen=True)
class Case:
    """A question asked with parameters (text, or several), and the file of its answer."""

    question: str
    name: str = ""
    parameters: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    lang: Language = "zh"
    violations: frozenset[str] = frozenset()
    folder: Path = GOLDEN

    @property
    def id(self) -> str:
        return f"{self.question}-{self.name}" if self.name else self.question

    @property
    def given(self) -> dict[str, Sequence[str]]:
        """The values of each parameter."""
        return {n: [v] if isinstance(v, str) else v for n, v in self.parameters.items()}

    @property
    def file(self) -> Path:
        return self.folder / f"{self.id}.csv"


def read_cases(questions: Mapping[str, Question]) -> tuple[list[Case], list[Case]]:
    """The cases on the real data, and those on toy data.  Raises ValueError for a wrong one."""
    entries = tomllib.loads((GOLDEN / "cases.toml").read_text(encoding="utf-8"))
    toy = entries.pop("toy", {})
    if unknown := sorted({*entries, *toy} - set(questions)):
        raise ValueError(f"cases.toml has cases of {unknown}, which are no questions")
    real = [case for name in questions for case in _cases(name, entries.get(name, []), GOLDEN)]
    toys = [
        case
        for name in questions
        if (TOY / f"{name}.ttl").exists() or name in toy
        for case in _cases(name, toy.get(name, []), TOY)
    ]
    return real, toys


def _cases(question: str, entries: Any, folder: Path) -> Iterator[Case]:
    found = [
        Case(
            question,
            entry.get("name", ""),
            entry.get("parameters", {}),
            entry.get("lang", "zh"),
            frozenset(entry.get("violations", ())),
            folder,
        )
        for entry in (entries if isinstance(entries, list) else [entries])
    ]
    names = [case.name for case in found]
    if len(set(names)) < len(names):
        raise ValueError(f"two cases of {question} have one name")
    if "" not in names:
        yield Case(question, folder=folder)
    yield from found


def digests(cases: Sequence[Case]) -> dict[str, object]:
    """What is asked in each case, and the SHA-256 of its answer, as JSON."""
    return {
        "cases": [
            {
                "id": case.id,
                "question": case.question,
                "parameters": case.given,
                "lang": case.lang,
                "sha256": hashlib.sha256(case.file.read_bytes()).hexdigest(),
            }
            for case in cases
        ]
    }


def read_table(file: Path) -> list[list[str]]:
    """A golden file; no lines where there is none."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as opened:
        return [row for row in csv.reader(opened) if row]


def differences(before: str, after: str, file: Path) -> str:
    """What changes from one text to the other, as a unified diff; empty if nothing does."""
    name = file.relative_to(GOLDEN.parent.parent).as_posix()
    lines = (text.splitlines(keepends=True) for text in (before, after))
    return "".join(difflib.unified_diff(*lines, f"{name} (golden)", f"{name} (now)"))
