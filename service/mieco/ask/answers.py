"""A question asked of a release: rows with names, in words, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.emptiness import Emptiness, Probe
from mieco.ask.parameters import bind
from mieco.ask.support import Source, Support, find_support, which_are_inferred
from mieco.engine.base import Engine, Entailment, Query, first_rows, text_of
from mieco.engine.cancellation import Cancellation
from mieco.errors import DeadlineExceeded, Language, Text
from mieco.present.names import compact
from mieco.questions.model import Question
from mieco.questions.sentences import filled
from mieco.stores import Row, Term
from mieco.terms import XSD

# An answer has no more rows than this; a query of one's own has all of them.
MAX_ROWS = 10_000
_UNKNOWN = Text("（未见）", "(not found)")
_AND = Text("、", ", ")
_YES, _NO = Text("是", "yes"), Text("否", "no")
_BOOLEAN = XSD + "boolean"

Labels = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """The rows of an answer, in the question's columns, and all that is to be known of them.

    ``asked`` is the question with its values in place and ``sentences`` say each row in words,
    both in the reader's language.  ``bindings`` are the parameters' terms; ``labels`` gives
    (name, language tag) of the IRIs in rows, bindings and sources that have one.
    ``entailment`` says which facts the rows rest on, ``support`` what each of them does.
    ``complete`` is false if there were more rows than are given; ``emptiness`` says why there
    are none.
    """

    question: Question
    language: Language
    bindings: Mapping[str, Sequence[Term]]
    asked: str
    rows: Sequence[Row]
    sentences: Sequence[str]
    support: Sequence[Support]
    sources: Sequence[Source]
    labels: Labels
    entailment: Entailment
    complete: bool
    emptiness: Emptiness | None

    @property
    def columns(self) -> Mapping[str, Text]:
        """The columns of its rows, each with what it is called."""
        return self.question.columns


def ask(
    engine: Engine,
    question: Question,
    given: Mapping[str, Sequence[str]],
    language: Language,
    *,
    entailment: Entailment | None = None,
    seconds: float,
    cancellation: Cancellation | None = None,
) -> QuestionAnswer:
    """The answer to a question, its parameters given as texts.

    A question that carries text reads ``?lang``, the tag of the reader's language.
    ``entailment`` chooses the facts of the rows; what a parameter may be and how things are
    called does not depend on it.  Raises :class:`~mieco.errors.BadParameter` and what the
    engine raises.
    """
    hurried = EngineWithDeadline(engine, seconds, cancellation)
    try:
        return _ask(hurried, question, given, language, entailment, seconds)
    except DeadlineExceeded:  # of one query, perhaps, with the little that was left for it
        raise DeadlineExceeded(seconds=seconds) from None


def _ask(  # noqa: PLR0917 (those of ask)
    engine: Engine,
    question: Question,
    given: Mapping[str, Sequence[str]],
    language: Language,
    entailment: Entailment | None,
    seconds: float,
) -> QuestionAnswer:
    bindings = bind(question, given, engine, seconds=seconds)
    query = query_of(question, bindings, language, entailment)
    answer = engine.query(query, seconds=seconds)
    found, complete = first_rows(answer, MAX_ROWS)
    rows = [{n: term for n, term in row.items() if n in question.columns} for row in found]
    inferred: list[bool | None] = [None for _ in rows]
    if complete:
        inferred = which_are_inferred(engine, query, rows, answer.entailment, seconds=seconds)
    support, sources = find_support(engine, question.evidence, found, inferred, seconds=seconds)
    named = _iris(bindings, rows, sources)
    labels = engine.labels(named, language, seconds=seconds) if named else {}
    emptiness = None if rows else Probe(engine, question, query, seconds).explain()
    return QuestionAnswer(
        question=question,
        language=language,
        bindings=bindings,
        asked=_asked(question, bindings, labels, language),
        rows=rows,
        sentences=[_in_words(question, row, labels, language) for row in rows],
        support=support,
        sources=sources,
        labels=labels,
        entailment=answer.entailment,
        complete=complete,
        emptiness=emptiness,
    )


def shown(term: Term, labels: Labels, language: Language) -> str:
    """A term as people read it: the name of a thing, yes or no, the text of a literal."""
    text = text_of(term)
    if isinstance(term, NamedNode):
        return labels[text][0] if text in labels else compact(text)
    if isinstance(term, Literal) and term.datatype.value == _BOOLEAN:
        return (_YES if text in {"true", "1"} else _NO).in_(language)
    return text


def asked_in(engine: Engine, answer: QuestionAnswer, language: Language, *, seconds: float) -> str:
    """The question of an answer with its values in place, in a language of one's own choice."""
    if language == answer.language:
        return answer.asked
    named = _iris(answer.bindings, (), ())
    labels = engine.labels(named, language, seconds=seconds) if named else {}
    return _asked(answer.question, answer.bindings, labels, language)


def query_of(
    question: Question,
    bindings: Mapping[str, Sequence[Term]],
    language: Language,
    entailment: Entailment | None,
) -> Query:
    """The query of a question with its values bound as terms."""
    reader = {"lang": Literal(language)} if "?lang" in question.query else {}
    single = {name: terms[0] for name, terms in bindings.items() if len(terms) == 1}
    several = {name: terms for name, terms in bindings.items() if len(terms) > 1}
    return Query(question.query, {**single, **reader}, several, entailment=entailment)


def _iris(
    bindings: Mapping[str, Sequence[Term]], rows: Sequence[Row], sources: Sequence[Source]
) -> list[str]:
    """Whatever in an answer has a name."""
    terms = [term for each in bindings.values() for term in each]
    terms += [term for row in rows for term in row.values()]
    iris = {term.value: None for term in terms if isinstance(term, NamedNode)}
    for source in sources:
        iris |= {source.iri: None, **({source.grade: None} if source.grade else {})}
    return list(iris)


def _asked(
    question: Question,
    bindings: Mapping[str, Sequence[Term]],
    labels: Labels,
    language: Language,
) -> str:
    """The question with its values in place."""
    values: dict[str, str] = {}
    for name, parameter in question.parameters.items():
        if name not in bindings:
            values[name] = parameter.any.in_(language)
            continue
        texts = (
            parameter.values[text_of(term)].in_(language)
            if parameter.type == "enum"
            else shown(term, labels, language)
            for term in bindings[name]
        )
        values[name] = _AND.in_(language).join(texts)
    return filled(question.asked.in_(language), values, _UNKNOWN.in_(language))


def _in_words(question: Question, row: Row, labels: Labels, language: Language) -> str:
    values = {name: shown(term, labels, language) for name, term in row.items()}
    said = filled(question.row.in_(language), values, _UNKNOWN.in_(language))
    # Labels are lower case in English, and a sentence may begin with one; iFlytek stays as it is.
    return said[:1].upper() + said[1:] if language == "en" and said[1:2].islower() else said
