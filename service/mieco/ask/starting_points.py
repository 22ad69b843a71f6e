"""Queries to begin with: small ones that teach, and those of the questions.

A query of ``queries/examples/`` has a header of ``zh``, ``en`` (what it finds) and ``teaches``
(what can be learnt from it, likewise in both languages).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyoxigraph import Literal

from mieco.ask.parameters import bind
from mieco.engine.base import Engine
from mieco.engine.tokens import tokens
from mieco.errors import Language, NotFound, Text
from mieco.headers import read_query_file
from mieco.questions.model import Question
from mieco.stores import Term

_HEADER_END = "# ---\n"
_VARIABLE = re.compile(r"\?(\w+)")


@dataclass(frozen=True, slots=True)
class Example:
    """A small query that shows how queries are written."""

    id: str
    title: Text
    teaches: Text
    query: str


def read_examples(folder: Path) -> dict[str, Example]:
    """Id → example, in the order of the names of their files.  Raises BadInstallation."""
    found = (_example(path) for path in sorted(folder.glob("*.rq")))
    return {example.id: example for example in found}


def _example(path: Path) -> Example:
    def build(header: Mapping[str, Any], text: str) -> Example:
        return Example(
            id=path.stem.partition("-")[2],
            title=Text(header["zh"], header["en"]),
            teaches=Text(header["teaches"]["zh"], header["teaches"]["en"]),
            query=text.split(_HEADER_END, 2)[2].lstrip(),
        )

    return read_query_file(path, build)


def starting_query(
    name: str,
    examples: Mapping[str, Example],
    questions: Mapping[str, Question],
    engine: Engine,
    language: Language,
    *,
    seconds: float,
) -> str:
    """The text of an example or a question of that name, to be run as it is.

    Raises NotFound.
    """
    if name in examples:
        return examples[name].query
    if name in questions:
        return question_as_query(questions[name], engine, language, seconds=seconds)
    raise NotFound(
        what=Text("示例", "example"),
        name=name,
        near=Text(
            f"有 {'、'.join(examples)}，以及各个问题的编号。",
            f"There are {', '.join(examples)}, and the ids of the questions.",
        ),
    )


def question_as_query(
    question: Question, engine: Engine, language: Language, *, seconds: float
) -> str:
    """The query of a question as its own text, with the values that it takes by default.

    They stand as VALUES, for a reader to change.
    """
    free = {n: replace(each, required=False) for n, each in question.parameters.items()}
    values = bind(replace(question, parameters=free), {}, engine, seconds=seconds)
    if "?lang" in question.query:
        values["lang"] = [Literal(language)]
    said = [f"# {question.id}: {question.sentence.in_(language)}"]
    colon = Text("：", ": ").in_(language)
    said += [
        f"# ?{name}{colon}{each.label.in_(language)}" for name, each in question.parameters.items()
    ]
    return "\n".join([*said, "", with_values(question.query, values)])


def with_values(query: str, values: Mapping[str, Sequence[Term]]) -> str:
    """A query with VALUES in each group that speaks of one of these variables itself.

    A group sees no more of the others than what it names, so one VALUES at the end of the text
    would come too late for the filters and aggregates within.
    """
    pieces, done = [], 0
    for start, names in sorted(_speaking(query, values).items()):
        line = query[query.rfind("\n", 0, start) + 1 : start]
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        lines = [f"\n{indent}VALUES ?{n} {{ {' '.join(map(str, values[n]))} }}" for n in names]
        pieces += [query[done:start], *lines]
        done = start
    return "".join([*pieces, query[done:]])


def _speaking(query: str, values: Mapping[str, Sequence[Term]]) -> dict[int, list[str]]:
    """The ends of the brackets that open such groups, and the names of the variables in each."""
    found: dict[int, list[str]] = {}
    for start, end, inner in _groups(query):
        said = {
            m[1] for a, b in _without(start, end, inner) for m in _VARIABLE.finditer(query, a, b)
        }
        if names := [name for name in values if name in said]:
            found[start] = names
    return found


def _groups(query: str) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Where each group of patterns begins and ends, and the groups in it; a subquery is none,
    nor are the data of VALUES."""
    opened: list[tuple[int, bool, list[tuple[int, int]]]] = []
    before, data = "", False
    for token in tokens(query):
        if token.text == "VALUES":
            data = True
        elif token.text == "{":
            opened.append((token.end, not data, []))
            data = False
        elif token.text == "}":
            start, patterns, inner = opened.pop()
            if opened:
                opened[-1][2].append((start, token.start))
            if patterns:
                yield start, token.start, inner
        elif token.text == "SELECT" and before == "{":
            start, _, inner = opened[-1]
            opened[-1] = (start, False, inner)
        before = token.text


def _without(start: int, end: int, inner: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The parts of a group outside the groups in it."""
    for begins, ends in inner:
        yield start, begins
        start = ends
    yield start, end
