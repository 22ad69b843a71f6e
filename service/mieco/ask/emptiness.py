"""Why an answer is empty: found out by probing the parts of the query, not by guessing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal as OneOf

from pyoxigraph import Literal, NamedNode
from rapidfuzz import fuzz, process

from mieco.ask.page_queries import rows_of
from mieco.ask.patterns import AnyOf, Needed, Pattern, needed_patterns
from mieco.engine.base import Engine, Entailment, Query, rows_in, text_of
from mieco.errors import Language, Text
from mieco.present.names import compact
from mieco.questions.model import Parameter, Question
from mieco.stores import Term
from mieco.terms import RDF_TYPE

# other-facts     the asker chose facts that hold no answer, and there are others that do
# unknown-value   no name in the data is the text that was given
# no-data         nothing at all is recorded that a part of the question needs
# nothing-of-it   nothing of that kind is recorded of the value that was given
# other-values    another value of a parameter has an answer
# not-recorded    the question is sound; there is no record that fits
Reason = OneOf[
    "other-facts", "unknown-value", "no-data", "nothing-of-it", "other-values", "not-recorded"
]

_NEAREST = 3
# From this score on, of 100, a name is taken to be like another.
_LIKE = 50


@dataclass(frozen=True, slots=True)
class Emptiness:
    """The reason, in words; ``near`` are names that may have been meant.

    ``parameter`` is the one whose value is the reason, if it is one.
    """

    reason: Reason
    told: Text
    near: Sequence[str] = ()
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks a release for the parts of a question."""

    engine: Engine
    question: Question
    query: Query
    seconds: float

    def explain(self) -> Emptiness:
        """Why the query has no row."""
        given = {**self.query.bindings, **{n: ts[0] for n, ts in self.query.values.items()}}
        finders = (
            self._other_facts,
            lambda: self._unknown_value(given),
            lambda: self._without_data({}, "no-data"),
            lambda: self._without_data(given, "nothing-of-it"),
            self._other_values,
        )
        for find in finders:
            if found := find():
                return found
        return Emptiness(
            "not-recorded",
            Text(
                "问题成立，所需的各类事实也都有记录，但没有一条同时满足全部条件。"
                "没有记录不等于没有发生。",
                "The question is sound and every kind of fact that it needs is recorded, but none"
                " meets all conditions. What is not recorded may still exist.",
            ),
        )

    def _rows(self, query: Query) -> int:
        return len(rows_in(self.engine.query(query, seconds=self.seconds)))

    def _other_facts(self) -> Emptiness | None:
        chosen: Entailment | None = self.query.entailment
        if chosen in (None, "both"):
            return None
        count = self._rows(replace(self.query, entailment="both"))
        if not count:
            return None
        return Emptiness(
            "other-facts",
            Text(
                f"所选的事实中没有；依据全部事实有 {count} 行。",
                f"There is none among the facts that were chosen; all facts give {count} rows.",
            ),
        )

    def _unknown_value(self, given: Mapping[str, Term]) -> Emptiness | None:
        for name, parameter in self.question.parameters.items():
            if parameter.type != "text" or name not in given:
                continue
            text = text_of(given[name])
            bearers = rows_of(self.engine, "bearers", {"name": Literal(text)}, seconds=self.seconds)
            if not bearers:
                return self._nearest(name, text)
        return None

    def _nearest(self, parameter: str, text: str) -> Emptiness:
        rows = rows_of(self.engine, "names", seconds=self.seconds)
        names = list(dict.fromkeys(text_of(row["label"]) for row in rows))
        likest = process.extract(text, names, scorer=fuzz.ratio, score_cutoff=_LIKE, limit=_NEAREST)
        near = [name for name, _, _ in likest]
        zh = f"相近的有：{'、'.join(near)}。" if near else ""
        en = f" Near it are: {', '.join(near)}." if near else ""
        return Emptiness(
            "unknown-value",
            Text(
                f"数据中没有“{text}”这个名称。{zh}",
                f"Nothing in the data bears the name '{text}'.{en}",
            ),
            near,
            parameter,
        )

    def _without_data(self, given: Mapping[str, Term], reason: Reason) -> Emptiness | None:
        missing = list(dict.fromkeys(self._missing(needed_patterns(self.question.query), given)))
        if not missing:
            return None
        iris = [iri for each in missing for iri in _iris(each, given)]
        spoken: tuple[Language, ...] = ("zh", "en")
        labels = {
            language: self.engine.labels(iris, language, seconds=self.seconds)
            for language in spoken
        }
        named = [m for m in missing if all(i in labels["zh"] for i in _iris(m, given))]
        missing = named or missing
        told = list(dict.fromkeys(_in_words(each.bound(dict(given)), labels) for each in missing))
        return Emptiness(
            reason,
            Text(
                "".join(text.zh for text in told) + "没有记录不等于没有发生。",
                " ".join(text.en for text in told) + " What is not recorded may still exist.",
            ),
        )

    def _missing(self, needed: Needed, given: Mapping[str, Term]) -> Iterator[Pattern]:
        """The patterns that nothing matches, each by itself."""
        for part in needed:
            if isinstance(part, AnyOf):
                lacks = [list(self._missing(branch, given)) for branch in part.branches]
                if all(lacks):
                    yield from (pattern for lack in lacks for pattern in lack)
            elif not self._matches(part.bound(dict(given))):
                yield part

    def _matches(self, bound: Mapping[str, Term]) -> bool:
        return bool(rows_of(self.engine, "any", bound, seconds=self.seconds))

    def _other_values(self) -> Emptiness | None:
        """Whether the question has answers once one of its values is left open."""
        for name, parameter in self.question.parameters.items():
            bindings = {n: t for n, t in self.query.bindings.items() if n != name}
            values = {n: t for n, t in self.query.values.items() if n != name}
            if len(bindings) + len(values) == len(self.query.bindings) + len(self.query.values):
                continue
            count = self._rows(replace(self.query, bindings=bindings, values=values))
            if count:
                return _left_open(parameter, count)
        return None


def _iris(pattern: Pattern, given: Mapping[str, Term]) -> list[str]:
    """The IRIs in a pattern, but for that of the type, which the words do not need."""
    terms = pattern.bound(dict(given)).values()
    return [t.value for t in terms if isinstance(t, NamedNode) and t.value != RDF_TYPE]


def _left_open(parameter: Parameter, count: int) -> Emptiness:
    label = parameter.label
    return Emptiness(
        "other-values",
        Text(
            f"对所给的“{label.zh}”没有记录；不限定它时有 {count} 行。没有记录不等于没有发生。",
            f"Nothing is recorded for this {label.en}; left open, there are {count} rows. What is"
            " not recorded may still exist.",
        ),
        parameter=parameter.name,
    )


def _in_words(
    bound: Mapping[str, Term], labels: Mapping[Language, Mapping[str, tuple[str, str]]]
) -> Text:
    """That nothing matches a pattern with these terms."""

    def name(place: str, language: Language) -> str:
        text = text_of(bound[place])
        return labels[language][text][0] if text in labels[language] else compact(text)

    def said(language: Language) -> str:
        is_type = text_of(bound["p"]) == RDF_TYPE if "p" in bound else False
        zh = language == "zh"
        match (is_type, "s" in bound, "o" in bound):
            case (True, False, True):
                kind = name("o", language)
                return f"数据中没有任何“{kind}”。" if zh else f"No '{kind}' is recorded."
            case (True, True, True):
                thing, kind = name("s", language), name("o", language)
                return f"“{thing}”不是“{kind}”。" if zh else f"'{thing}' is no '{kind}'."
        if "p" not in bound:
            return "数据中没有这样的事实。" if zh else "No such fact is recorded."
        relation = name("p", language)
        if "s" in bound:
            thing = name("s", language)
            return (
                f"没有记录“{thing}”的“{relation}”。"
                if zh
                else f"No '{relation}' of '{thing}' is recorded."
            )
        if "o" in bound:
            value = name("o", language)
            return (
                f"没有任何记录的“{relation}”是“{value}”。"
                if zh
                else f"No record has '{value}' as '{relation}'."
            )
        return f"数据中没有任何“{relation}”。" if zh else f"No '{relation}' is recorded."

    return Text(said("zh"), said("en"))
