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
import io
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyoxigraph import Literal as RdfLiteral
from pyoxigraph import NamedNode

from mieco.errors import Language
from mieco.questions.model import Question
from mieco.stores import Row, Term
from mieco.terms import BASE, PREFIXES, XSD

GOLDEN = Path(__file__).parent / "golden"
TOY = GOLDEN / "toy"
EVIDENCE = "evidence"

_NUMBERS = {XSD + name for name in ("integer", "decimal", "double", "float")}
_PLAIN = {
    XSD + name for name in ("boolean", "date", "dateTime", "gYear", "gYearMonth", "anyURI")
} | _NUMBERS


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


# An answer: its rows, and the facts (IRIs) behind each of them.
Found = Sequence[tuple[Row, Sequence[str]]]


def as_table(question: Question, found: Found) -> list[list[str]]:
    """An answer as canonical text: a line of heads, then the rows in their own order.

    The facts behind a row stand last; they have no order of their own.
    """
    columns = list(question.columns)
    shown = [
        [
            *(text_of(row[c]) if c in row else "" for c in columns),
            " ".join(sorted(map(short, facts))),
        ]
        for row, facts in found
    ]
    return [[*columns, EVIDENCE], *shown]


def text_of(term: Term) -> str:
    """A term as text: ``id:place/china``, ``mieco:Council``, ``28``, ``2023-12-05``, ``'…'@zh``."""
    match term:
        case NamedNode():
            return short(term.value)
        case RdfLiteral() if term.language:
            return f"{_quoted(term.value)}@{term.language}"
        case RdfLiteral() if term.datatype.value in _NUMBERS:
            return _number(term.value)
        case RdfLiteral() if term.datatype.value in _PLAIN:
            return term.value
        case RdfLiteral() if term.datatype.value == XSD + "string":
            return _quoted(term.value)
        case RdfLiteral():
            return f"{_quoted(term.value)}^^{short(term.datatype.value)}"
    raise TypeError(f"{term} is not the same in every release")


def _number(text: str) -> str:
    """The value, however it is written: 12.50 and 1.25E1 are 12.5."""
    number = Decimal(text)
    if not number.is_finite():
        return text
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _quoted(text: str) -> str:
    """As in Turtle, between the quotes that CSV need not double."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + escaped.replace("\n", "\\n").replace("\r", "\\r") + "'"


def short(iri: str) -> str:
    """An IRI by a prefix: of the vocabularies that we use, or a folder of our own base."""
    for prefix, namespace in PREFIXES.items():
        if re.fullmatch(r"[\w.-]+", local := iri.removeprefix(namespace)) and local != iri:
            return f"{prefix}:{local}"
    own = re.fullmatch(re.escape(BASE) + "([a-z]+)/(.+)", iri)
    return f"{own[1]}:{own[2]}" if own else f"<{iri}>"


def long(text: str) -> str:
    """The inverse of :func:`short`."""
    if text.startswith("<"):
        return text[1:-1]
    prefix, _, local = text.partition(":")
    return PREFIXES.get(prefix, f"{BASE}{prefix}/") + local


def as_csv(table: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    return out.getvalue()


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
