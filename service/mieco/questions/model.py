"""What a competency question is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mieco.errors import Text

ParameterType = Literal["entity", "concept", "text", "integer", "year", "date", "enum"]
# How much of an answer public data hold: all, a part, or none before a consortium gives its own.
DataStatus = Literal["full", "partial", "dossier"]
ViewKind = Literal["table", "bar", "line", "timeline", "network", "tree", "provinces"]

GROUPS: dict[str, Text] = {
    "actors": Text("行动者", "Actors"),
    "space": Text("空间再生产", "Space"),
    "governance": Text("治理", "Governance"),
    "resources": Text("资源与人才", "Resources and talents"),
    "policy": Text("政策合规", "Policy compliance"),
    "outcomes": Text("成效与比较", "Outcomes and comparison"),
    "provenance": Text("溯源", "Provenance"),
}

ASKERS: dict[str, Text] = {
    "PED": Text("省级教育部门", "provincial education department"),
    "MOE": Text("国家评审人员", "national reviewer"),
    "SEC": Text("联合体秘书处", "consortium secretariat"),
    "PARK": Text("园区管委会", "park committee"),
    "SCH": Text("学校领导", "school leadership"),
    "ENT": Text("企业人事与技术负责人", "enterprise HR and CTO"),
    "RES": Text("职业教育研究者", "vocational-education researcher"),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable that the asker may fix.

        ``class_`` is the class of an entity, ``scheme`` the scheme of a concept (IRIs), ``values``
    what an enum may be, ``minimum`` and ``maximum`` the bounds of an integer; ``default`` is the
    text of the value taken when none is given (``today`` of a date: the day of asking); ``any``
    how the sentence speaks when there is none.
    """

    name: str
    label: Text
    type: ParameterType
    class_: str = ""
    scheme: str = ""
    values: Mapping[str, Text] = field(default_factory=dict)
    default: str = ""
    required: bool = False
    repeated: bool = False
    minimum: int = 0
    maximum: int = 1_000_000
    any: Text = Text("", "")  # noqa: RUF009 (a Text is immutable)


@dataclass(frozen=True, slots=True)
class View:
    """How an answer is best looked at, and which columns play which part in it."""

    kind: ViewKind
    channels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A competency question: its sentences, parameters, columns and query.

    ``sentence`` asks in general and ``asked`` with the values in place; ``row`` says a row of
    the answer in words (:mod:`mieco.questions.sentences`).  ``evidence`` are the variables of the
    query that name the facts behind a row, ``terms`` the terms of our ontology in it.
    ``caveat`` says how far an answer may be trusted; ``query`` is the text below the header.
    """

    id: str
    number: int
    group: str
    sentence: Text
    asked: Text
    row: Text
    caveat: Text | None
    askers: Sequence[str]
    data: DataStatus
    parameters: Mapping[str, Parameter]
    columns: Mapping[str, Text]
    view: View
    evidence: Sequence[str]
    terms: Sequence[str]
    query: str
