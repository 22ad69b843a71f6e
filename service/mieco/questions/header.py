"""The header of a question file, read and proven.  ``docs/questions.md`` describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, get_args

from mieco.errors import NotFound, Text
from mieco.headers import read_query_file
from mieco.intake.specification import expand
from mieco.questions.model import (
    ASKERS,
    GROUPS,
    DataStatus,
    Parameter,
    ParameterType,
    Question,
    View,
    ViewKind,
)
from mieco.questions.sentences import fields_of

# The channels of each view: those that it needs, and those that it may have.
_CHANNELS: dict[ViewKind, tuple[frozenset[str], frozenset[str]]] = {
    "table": (frozenset(), frozenset()),
    "bar": (frozenset({"label", "value"}), frozenset({"series"})),
    "line": (frozenset({"x", "value"}), frozenset({"series"})),
    "timeline": (frozenset({"date", "label"}), frozenset({"series"})),
    "network": (frozenset({"from", "to"}), frozenset({"link"})),
    "tree": (frozenset({"child", "parent"}), frozenset()),
    "provinces": (frozenset({"place", "value"}), frozenset()),
}

# What an address of a question says beside its parameters.
CONTROLS = frozenset(
    {"bom", "entailment", "filter", "format", "lang", "page", "release", "size", "sort", "timeout"}
)

# What the header of a file stands between (:mod:`mieco.headers`).
_FENCE = "# ---\n"
_NAME = re.compile(r"[a-z][a-z0-9]*")
_NUMBERED = re.compile(r"q?([0-9]{1,3})")


def read_questions(folder: Path) -> dict[str, Question]:
    """Id → question, in the order of their numbers.

    Raises :class:`~mieco.errors.BadInstallation` for a file whose header is not right.
    """
    questions = [
        read_query_file(path, partial(_question, path.stem)) for path in folder.glob("*.rq")
    ]
    return {q.id: q for q in sorted(questions, key=lambda q: q.number)}


def find_question(questions: Mapping[str, Question], name: str) -> Question:
    """The question of that id or number (``q01``, ``q1``, ``1``).  Raises NotFound."""
    wanted = name.strip().lower()
    if numbered := _NUMBERED.fullmatch(wanted):
        wanted = f"q{int(numbered[1]):02}"
    if wanted not in questions:
        first, *_, last = questions
        raise NotFound(
            what=Text("问题", "question"),
            name=name,
            near=Text(
                f"问题编号从 {first} 到 {last}。", f"Questions are numbered {first} to {last}."
            ),
        )
    return questions[wanted]


def _question(stem: str, header: Mapping[str, Any], text: str) -> Question:
    number = header["number"]
    if header["id"] != f"q{number:02}" or not stem.startswith(f"{header['id']}-"):
        raise ValueError(f"id {header['id']} does not match number {number} and the file name")
    _one_of("group", header["group"], GROUPS)
    _one_of("data", header["data"], get_args(DataStatus))
    for asker in header["askers"]:
        _one_of("asker", asker, ASKERS)
    parameters = {
        name: _parameter(name, entry) for name, entry in header.get("parameters", {}).items()
    }
    columns = _columns(header["columns"])
    sentence = _text(header)
    asked = _text(header["asked"]) if parameters else sentence
    row = _text(header["row"])
    for spoken in (asked.zh, asked.en):
        _all_of("asked", fields_of(spoken), parameters)
    for spoken in (row.zh, row.en):
        _all_of("row", fields_of(spoken), columns)
    return Question(
        id=header["id"],
        number=number,
        group=header["group"],
        sentence=sentence,
        asked=asked,
        row=row,
        caveat=_text(header["caveat"]) if "caveat" in header else None,
        askers=tuple(header["askers"]),
        data=header["data"],
        parameters=parameters,
        columns=columns,
        view=_view(header["view"], columns),
        evidence=tuple(header["evidence"]),
        terms=tuple(header["terms"]),
        query=text.split(_FENCE, 2)[2].lstrip(),
    )


def _text(entry: Mapping[str, str]) -> Text:
    return Text(entry["zh"], entry["en"])


def _one_of(what: str, name: Any, known: Any) -> None:
    if name not in known:
        raise ValueError(f"unknown {what}: {name}; there are {', '.join(known)}")


def _all_of(what: str, names: Any, known: Any) -> None:
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"{what} speaks of {', '.join(unknown)}; there are {', '.join(known)}")


def _columns(entries: Mapping[Any, Mapping[str, str]]) -> dict[str, Text]:
    for name in entries:
        if not isinstance(name, str):  # YAML 1.1 reads on, off, yes and no as booleans
            raise ValueError(f"column {name}: quote the name or choose another")  # noqa: TRY004
    return {name: _text(entry) for name, entry in entries.items()}


def _view(entry: Mapping[str, str], columns: Mapping[str, Text]) -> View:
    kind = entry["kind"]
    if kind not in _CHANNELS:
        raise ValueError(f"unknown view: {kind}; there are {', '.join(_CHANNELS)}")
    channels = {name: column for name, column in entry.items() if name != "kind"}
    needed, possible = _CHANNELS[kind]
    if not needed <= channels.keys() <= needed | possible:
        raise ValueError(f"a {kind} needs {sorted(needed)} and may have {sorted(possible)}")
    _all_of("view", channels.values(), columns)
    return View(kind, channels)


def _parameter(name: str, entry: Mapping[str, Any]) -> Parameter:
    if not _NAME.fullmatch(name) or name in CONTROLS:
        raise ValueError(f"parameter {name}: choose another name")
    _one_of(f"type of {name}", entry["type"], get_args(ParameterType))
    needed = {"entity": "class", "concept": "scheme", "enum": "values"}.get(entry["type"])
    if needed and needed not in entry:
        raise ValueError(f"parameter {name}: {needed} is missing")
    default, required = str(entry.get("default", "")), entry.get("required", False)
    if not (default or required or "any" in entry):
        raise ValueError(f"parameter {name}: say in 'any' what is asked when it is not given")
    return Parameter(
        name=name,
        label=_text(entry),
        type=entry["type"],
        class_=expand(entry["class"]) if "class" in entry else "",
        scheme=expand(f"concept/{entry['scheme']}") if "scheme" in entry else "",
        values={str(key): _text(value) for key, value in entry.get("values", {}).items()},
        default=default,
        required=required,
        repeated=entry.get("repeated", False),
        minimum=entry.get("min", 0),
        maximum=entry.get("max", 1_000_000),
        any=_text(entry["any"]) if "any" in entry else Text("", ""),
    )
