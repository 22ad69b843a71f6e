"""The competency questions: one file each, a query whose header says how to ask it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from mieco.errors import NotFound, Text
from mieco.headers import read_query_file
from mieco.intake.specification import expand

ParameterType = Literal["entity", "concept", "text", "integer", "year", "date"]

GROUPS: dict[str, Text] = {
    "actors": Text("行动者", "Actors"),
    "space": Text("空间再生产", "Space"),
    "governance": Text("治理", "Governance"),
    "resources": Text("资源与人才", "Resources and talents"),
    "policy": Text("政策合规", "Policy compliance"),
    "outcomes": Text("成效与比较", "Outcomes and comparison"),
    "provenance": Text("溯源", "Provenance"),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable that the asker may fix.

    ``class_`` is the class of an entity, ``scheme`` the scheme of a concept (IRIs);
    ``default`` is the text of the value taken when none is given.
    """

    name: str
    label: Text
    type: ParameterType
    class_: str = ""
    scheme: str = ""
    default: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A competency question: its sentence, parameters, columns and query."""

    id: str
    number: int
    group: str
    sentence: Text
    askers: Sequence[str]
    data: str
    parameters: Mapping[str, Parameter]
    columns: Mapping[str, Text]
    query: str


def read_questions(folder: Path) -> dict[str, Question]:
    """Id → question, in the order of their numbers.

    Raises :class:`~mieco.errors.BadInstallation` for a file whose header is not right.
    """
    questions = [
        read_query_file(path, partial(_question, path.stem)) for path in folder.glob("*.rq")
    ]
    return {q.id: q for q in sorted(questions, key=lambda q: q.number)}


def find_question(questions: Mapping[str, Question], name: str) -> Question:
    """The question of that id or number (``q01``, ``1``).  Raises NotFound."""
    wanted = name.strip().lower()
    if wanted.isdecimal():
        wanted = f"q{int(wanted):02}"
    if wanted not in questions:
        known = ", ".join(questions)
        raise NotFound(
            what=Text("问题", "question"),
            name=name,
            near=Text(f"可用的问题：{known}。", f"There are: {known}."),
        )
    return questions[wanted]


def _question(stem: str, header: Mapping[str, Any], text: str) -> Question:
    if not stem.startswith(header["id"]):
        raise ValueError(f"id {header['id']} does not match the file name")
    if header["group"] not in GROUPS:
        raise ValueError(f"unknown group {header['group']}")
    return Question(
        id=header["id"],
        number=header["number"],
        group=header["group"],
        sentence=Text(header["zh"], header["en"]),
        askers=tuple(header["askers"]),
        data=header["data"],
        parameters={
            name: _parameter(name, entry) for name, entry in header.get("parameters", {}).items()
        },
        columns=_columns(header["columns"]),
        query=text,
    )


def _columns(entries: Mapping[Any, Mapping[str, str]]) -> dict[str, Text]:
    for name in entries:
        if not isinstance(name, str):  # YAML 1.1 reads on, off, yes and no as booleans
            raise ValueError(f"column {name}: quote the name or choose another")  # noqa: TRY004
    return {name: Text(entry["zh"], entry["en"]) for name, entry in entries.items()}


def _parameter(name: str, entry: Mapping[str, Any]) -> Parameter:
    if entry["type"] not in get_args(ParameterType):
        raise ValueError(f"parameter {name}: unknown type {entry['type']}")
    return Parameter(
        name=name,
        label=Text(entry["zh"], entry["en"]),
        type=entry["type"],
        class_=expand(entry["class"]) if "class" in entry else "",
        scheme=expand(f"concept/{entry['scheme']}") if "scheme" in entry else "",
        default=str(entry.get("default", "")),
        required=entry.get("required", False),
    )
