"""A question asked of a release: rows with names beside the IRIs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from mieco.ask.parameters import bind
from mieco.ask.questions import Question
from mieco.engine.base import Engine, Entailment, Query, rows_in
from mieco.errors import Language
from mieco.stores import Row, Term


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """The rows of an answer, in the question's columns.

    ``bindings`` are the parameters' terms; ``labels`` gives (name, language tag) of the
    IRIs in rows and bindings that have one.  ``entailment`` says which facts the rows rest on.
    """

    question: Question
    bindings: Mapping[str, Term]
    rows: Sequence[Row]
    labels: Mapping[str, tuple[str, str]]
    entailment: Entailment


def ask(
    engine: Engine,
    question: Question,
    given: Mapping[str, str],
    language: Language,
    *,
    entailment: Entailment | None = None,
    seconds: float,
) -> QuestionAnswer:
    """The answer to a question, its parameters given as text.

    A question that carries text reads ``?lang``, the tag of the reader's language.
    ``entailment`` chooses the facts of the rows; what a parameter may be and how things are
    called does not depend on it.  Raises :class:`~mieco.errors.BadParameter` and what the
    engine raises.
    """
    bindings = bind(question, given, engine, seconds=seconds)
    reader = {"lang": Literal(language)} if "?lang" in question.query else {}
    query = Query(question.query, {**bindings, **reader}, entailment=entailment)
    answer = engine.query(query, seconds=seconds)
    rows = rows_in(answer)
    terms = [*bindings.values(), *(term for row in rows for term in row.values())]
    iris = list(dict.fromkeys(term.value for term in terms if isinstance(term, NamedNode)))
    labels = engine.labels(iris, language, seconds=seconds) if iris else {}
    return QuestionAnswer(question, bindings, rows, labels, answer.entailment)
