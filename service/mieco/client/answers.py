"""What the service answers, as objects; each is made from the JSON that docs/client.md names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mieco.client.tables import Row, Table
from mieco.client.values import Value, value_of
from mieco.errors import Language

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Release:
    """The release that an answer rests on."""

    number: int
    created: dt.datetime


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question; ``values`` are those of an enumeration, with their names."""

    name: str
    label: str
    type: str
    required: bool
    repeated: bool
    default: str | None
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its sentence, its parameters and columns, its SPARQL query."""

    id: str
    number: int
    group: str
    sentence: str
    caveat: str | None
    askers: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    columns: Mapping[str, str]
    query: str


@dataclass(frozen=True, slots=True)
class Source:
    """A source of an answer, its grade, and how many facts of the answer it bears."""

    source: Value
    grade: Value | None
    facts: int


@dataclass(frozen=True, slots=True)
class Support:
    """What stands behind one row.

    ``inferred`` says whether it needs inference; ``None`` where that is not known.
    """

    inferred: bool | None
    facts: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhyEmpty:
    """Why an answer has no rows: a stable reason, a sentence, and values that would have some."""

    reason: str
    told: str
    near: tuple[str, ...]


class Answer(Table):
    """The answer to a question.

    ``asked`` is the question with its values; ``words`` says each row in words and ``support``
    what stands behind it, both in the order of ``rows``; ``complete`` is whether these are all
    rows; ``values`` are the values of the parameters, defaults among them.
    """

    _named = True

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.question = question_of(told, told["language"])
        rows = [_row(each, self.question.columns) for each in told["rows"]]
        super().__init__(tuple(self.question.columns), rows, language=told["language"])
        self.asked: str = told["asked"]
        self.language: Language = told["language"]
        self.entailment: str = told["entailment"]
        self.release = _release(told["release"])
        self.complete: bool = told["complete"]
        self.values = {name: [value_of(c) for c in cells] for name, cells in told["values"].items()}
        self.words: Sequence[str] = tuple(told["words"])
        self.support = [
            Support(each["inferred"], tuple(each["facts"]), tuple(each["sources"]))
            for each in told["support"]
        ]
        self.sources = [
            Source(
                value_of(each["source"]),
                value_of(each["grade"]) if "grade" in each else None,
                each["facts"],
            )
            for each in told["sources"]
        ]
        empty = told["why_empty"]
        self.why_empty = empty and WhyEmpty(empty["reason"], empty["told"], tuple(empty["near"]))


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing found by name: its IRI, its name, and the name that was matched."""

    iri: str
    label: str
    matched: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that is said; ``inferred`` if nobody asserts it."""

    property: Value
    value: Value
    inferred: bool


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing: its kinds, what is said of it, and where it is mentioned (at most 500 times).

    The ``value`` of a mention is the thing that mentions it.
    """

    thing: Value
    types: Sequence[Value]
    statements: Sequence[Statement]
    mentions: Sequence[Statement]
    release: Release
    language: Language

    @property
    def iri(self) -> str:
        """Its IRI."""
        return self.thing.value

    @property
    def label(self) -> str:
        """Its name, or its IRI if it has none."""
        return str(self.thing)

    def values(self, property: str) -> list[Value]:  # noqa: A002
        """The values of a property, given by its name, its IRI or the last part of its IRI."""
        return [each.value for each in self.statements if _is_called(each.property, property)]

    def dataframe(self) -> pd.DataFrame:
        """The statements as a pandas data frame.  Raises PandasMissing."""
        rows = [{"property": each.property, "value": each.value} for each in self.statements]
        table = _Named(("property", "value"), rows, language=self.language)
        return table.dataframe().assign(inferred=[each.inferred for each in self.statements])


class _Named(Table):
    _named = True


def _is_called(thing: Value, name: str) -> bool:
    last = thing.value.replace("#", "/").rpartition("/")[2]
    return name in (thing.value, thing.label, last)


def question_of(told: Mapping[str, Any], language: Language) -> Question:
    """A question from its JSON, in one language.  Raises KeyError, TypeError or ValueError."""
    return Question(
        id=told["id"],
        number=told["number"],
        group=told["group"],
        sentence=told[language],
        caveat=told["caveat"][language] if "caveat" in told else None,
        askers=tuple(told["askers"]),
        parameters={
            each["name"]: Parameter(
                name=each["name"],
                label=each[language],
                type=each["type"],
                required=each["required"],
                repeated=each["repeated"],
                default=each.get("default"),
                values={key: both[language] for key, both in each.get("values", {}).items()},
            )
            for each in told["parameters"]
        },
        columns={each["name"]: each[language] for each in told["columns"]},
        query=told["query"],
    )


def hit_of(told: Mapping[str, Any]) -> Hit:
    """A thing found, from its JSON.  Raises KeyError or TypeError."""
    return Hit(told["iri"], told["label"], told["matched"])


def entity_of(told: Mapping[str, Any]) -> Entity:
    """A thing from its JSON.  Raises KeyError, TypeError or ValueError."""
    return Entity(
        thing=value_of(told["thing"]),
        types=[value_of(each["value"]) for each in told["types"]],
        statements=[
            Statement(value_of(each["property"]), value_of(each["value"]), each["inferred"])
            for each in told["statements"]
        ],
        mentions=[
            Statement(value_of(each["property"]), value_of(each["thing"]), each["inferred"])
            for each in told["mentions"]
        ],
        release=_release(told["release"]),
        language=told["language"],
    )


def table_of(told: Mapping[str, Any], language: Language) -> Table | bool:
    """SPARQL results in JSON: a table, or what ASK answers.  Raises KeyError or TypeError."""
    if "boolean" in told:
        return bool(told["boolean"])
    columns = told["head"]["vars"]
    rows = [_row(each, columns) for each in told["results"]["bindings"]]
    return Table(columns, rows, language=language)


def _row(cells: Mapping[str, Mapping[str, str]], columns: Iterable[str]) -> Row:
    return {name: value_of(cells[name]) for name in columns if name in cells}


def _release(told: Mapping[str, Any]) -> Release:
    return Release(told["number"], dt.datetime.fromisoformat(told["created"]))
