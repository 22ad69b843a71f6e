"""Question → terms → shapes → data: what is asked, with which words, and what answers it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode

from mieco.ask.answers import MAX_ROWS, query_of
from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.own_vocabulary import read_own_vocabulary
from mieco.ask.page_queries import rows_of
from mieco.ask.parameters import bind
from mieco.by_release import ByRelease
from mieco.engine.base import Engine, first_rows, text_of
from mieco.errors import DeadlineExceeded
from mieco.intake.specification import expand
from mieco.present.names import compact
from mieco.questions.model import Question
from mieco.releases import Release
from mieco.terms import MIECO

# A question that takes longer is not counted, so that one does not keep all from being told.
_PER_QUESTION = 2.0
_IN_TEXT = re.compile(r"\bmieco:(\w+)")


@dataclass(frozen=True, slots=True)
class TermCoverage:
    """A term: its instances or statements, the shapes that speak of it, the questions with it."""

    iri: str
    facts: int
    shapes: Sequence[str]
    questions: Sequence[str]


@dataclass(frozen=True, slots=True)
class QuestionCoverage:
    """A question, its terms (IRIs), and the rows that it has with its defaults.

    ``rows`` is ``None`` where counting them takes too long.
    """

    question: Question
    terms: Sequence[str]
    rows: int | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """All questions in order, and all terms of the ontology by IRI."""

    questions: Sequence[QuestionCoverage]
    terms: Mapping[str, TermCoverage]

    @property
    def unanswered(self) -> list[QuestionCoverage]:
        """The questions that no data answer."""
        return [each for each in self.questions if each.rows == 0]

    @property
    def unasked(self) -> list[TermCoverage]:
        """The terms that no question uses."""
        return [each for each in self.terms.values() if not each.questions]


class Coverages:
    """The coverage of releases, each found once.  Thread-safe."""

    def __init__(self, questions: Mapping[str, Question]) -> None:
        self._questions = tuple(questions.values())
        self._kept: ByRelease[Coverage] = ByRelease()

    def of(self, engine: Engine, release: Release, *, seconds: float) -> Coverage:
        """The coverage of a release that the engine answers from.

        Raises what that raises, and Overloaded if others wait for it longer than this.
        """
        return self._kept.of(
            release, lambda: _find(engine, self._questions, seconds), seconds=seconds
        )


def coverage_as_json(coverage: Coverage, release: Release) -> dict[str, Any]:
    """The coverage for programs."""
    return {
        "release": release.as_json(),
        "questions": [
            {
                "id": each.question.id,
                "data": each.question.data,
                "rows": each.rows,
                "terms": [compact(term) for term in each.terms],
            }
            for each in coverage.questions
        ],
        "terms": [
            {
                "term": compact(each.iri),
                "facts": each.facts,
                "shapes": list(each.shapes),
                "questions": list(each.questions),
            }
            for each in coverage.terms.values()
        ],
        "unanswered": [each.question.id for each in coverage.unanswered],
        "unasked": [compact(each.iri) for each in coverage.unasked],
    }


def _find(engine: Engine, questions: Sequence[Question], seconds: float) -> Coverage:
    engine = EngineWithDeadline(engine, seconds)
    facts = {
        text_of(row["term"]): int(text_of(row["count"]))
        for query in ("instances", "statements-with")
        for row in rows_of(engine, query, seconds=seconds)
    }
    shapes = _shapes_by_term(engine, seconds)
    used: dict[str, list[str]] = {}
    found: list[QuestionCoverage] = []
    for question in questions:
        terms = [expand(term) for term in question.terms]
        for term in terms:
            used.setdefault(term, []).append(question.id)
        found.append(QuestionCoverage(question, terms, _count(engine, question, seconds)))
    covered = {
        term: TermCoverage(
            term, facts.get(term, 0), sorted(shapes.get(term, ())), used.get(term, [])
        )
        for term in read_own_vocabulary(engine, seconds=seconds)
    }
    return Coverage(found, covered)


def _count(engine: Engine, question: Question, seconds: float) -> int | None:
    """The rows that a question has with its default values; none if it cannot do without one."""
    if any(each.required and not each.default for each in question.parameters.values()):
        return 0
    seconds = min(seconds, _PER_QUESTION)
    try:
        bindings = bind(question, {}, engine, seconds=seconds)
        answer = engine.query(query_of(question, bindings, "zh", None), seconds=seconds)
        return len(first_rows(answer, MAX_ROWS)[0])
    except DeadlineExceeded:
        return None


def _shapes_by_term(engine: Engine, seconds: float) -> dict[str, set[str]]:
    """Term → the named shapes that speak of it, in what belongs to them or in a SPARQL text."""
    said: dict[str, list[NamedNode | BlankNode | Literal]] = {}
    for row in rows_of(engine, "shape-triples", seconds=seconds):
        said.setdefault(str(row["s"]), []).append(row["o"])  # type: ignore[arg-type]
    found: dict[str, set[str]] = {}
    for subject in said:
        if not subject.startswith("<"):
            continue
        for term in _terms_within(subject, said):
            found.setdefault(term, set()).add(subject[1:-1])
    return found


def _terms_within(shape: str, said: Mapping[str, Iterable[object]]) -> set[str]:
    """Our terms among what is said of a shape and of the blank nodes below it."""
    terms: set[str] = set()
    seen = {shape}
    open_nodes = [shape]
    while open_nodes:
        for value in said.get(open_nodes.pop(), ()):
            match value:
                case NamedNode() if value.value.startswith(MIECO):
                    terms.add(value.value)
                case BlankNode() if str(value) not in seen:
                    seen.add(str(value))
                    open_nodes.append(str(value))
                case Literal():
                    terms.update(MIECO + name for name in _IN_TEXT.findall(value.value))
    return terms
