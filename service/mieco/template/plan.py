"""What each sheet of the template shows, worked out from specification, ontology and shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rdflib import RDFS, SKOS, Graph, URIRef
from rdflib.term import Node

from mieco.errors import Text
from mieco.intake.headings import REQUIRED_MARK, bilingual
from mieco.intake.specification import Column, Specification, Table, expand
from mieco.template.demands import Demand, Demands
from mieco.terms import MIECO, RDF_TYPE

Form = Literal["text", "code", "date", "integer", "decimal", "choice", "reference"]
YES_NO = (Text("是", "yes"), Text("否", "no"))
SEPARATOR = "；"
_RECORD = MIECO + "Record"
_LIMIT_WORDS = {
    ">=": Text("不小于", "at least"),
    ">": Text("大于", "above"),
    "<=": Text("不大于", "at most"),
    "<": Text("小于", "below"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column as people see it.

    ``choices`` are what its cells are chosen from; ``names`` is the sheet and column that holds
    the names to choose from.  ``required_for`` are the kinds of thing that cannot do without.
    """

    name: str
    heading: Text
    form: Form
    note: Text
    required: bool
    required_for: tuple[Text, ...] = ()
    several: bool = False
    choices: tuple[Text, ...] = ()
    names: tuple[str, str] | None = None
    limits: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> Text:
        """The heading, with its star where the column is required."""
        return Text(self.heading.zh + REQUIRED_MARK * self.required, self.heading.en)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; ``prefix`` begins the numbers of its rows, and is empty if they have none."""

    table: Table
    title: str
    prefix: str
    fields: tuple[Field, ...]


def plan(
    specification: Specification,
    ontology: Graph,
    shapes: Graph,
    published: Mapping[str, Sequence[Text]],
) -> tuple[Sheet, ...]:
    """The sheets of a template in order.

    ``published`` names the things to choose from in registers that the workbook does not hold.
    """
    planner = _Planner(specification, ontology, Demands(shapes, ontology), published)
    tables = specification.tables
    return tuple(
        Sheet(
            table,
            bilingual(table.title or Text(table.name, table.name)),
            "" if table.register == "consortia" else _prefix(table.name, tables),
            tuple(planner.fields(table)),
        )
        for table in tables.values()
    )


class _Planner:
    def __init__(
        self,
        specification: Specification,
        ontology: Graph,
        demands: Demands,
        published: Mapping[str, Sequence[Text]],
    ) -> None:
        self._specification = specification
        self._ontology = ontology
        self._demands = demands
        self._published = published

    def fields(self, table: Table) -> Iterator[Field]:
        for name, column in table.own_columns:
            if column.heading:
                yield self._field(table, name, column, column.heading)

    def _field(self, table: Table, name: str, column: Column, heading: Text) -> Field:
        demands = {kind: self._demand(kind, column) for kind in _kinds(table, column)}
        needing = [kind for kind, demand in demands.items() if demand.required]
        free = bool(column.blank) or _shares_property(table, column)
        always = column.required or (bool(needing) and len(needing) == len(demands) and not free)
        required_for = () if always or free else tuple(self._label(URIRef(k)) for k in needing)
        limits = tuple(dict.fromkeys(each for d in demands.values() for each in d.limits))
        choices = self._choices(column)
        names = None if choices else self._names(column)
        note = _joined(
            self._meaning(table, name, column),
            *_rules(column, choices, required_for, limits, always=always),
        )
        return Field(
            name=name,
            heading=heading,
            form=_form(column, choices, names),
            note=note,
            required=always,
            required_for=required_for,
            several=column.list,
            choices=choices,
            names=names,
            limits=limits,
        )

    def _demand(self, kind: str, column: Column) -> Demand:
        return self._demands.of(kind, column.property, language=column.lang, inverse=column.inverse)

    def _meaning(self, table: Table, name: str, column: Column) -> Text:
        note = self._specification.note(table, name)
        return note or self._text(URIRef(column.property), SKOS.definition)

    def _choices(self, column: Column) -> tuple[Text, ...]:
        if column.datatype == "boolean":
            return YES_NO
        if column.classes:
            return tuple(self._label(URIRef(MIECO + name)) for name in column.classes)
        if column.schemes:
            return tuple(
                self._label(concept)
                for scheme in column.schemes
                for concept in self._concepts(scheme)
            )
        return tuple(self._published.get(column.table, ()))

    def _concepts(self, scheme: str) -> Sequence[Node]:
        of_scheme = self._ontology.subjects(SKOS.inScheme, URIRef(expand(f"concept/{scheme}")))
        return sorted(of_scheme, key=str)

    def _names(self, column: Column) -> tuple[str, str] | None:
        """Where the names stand that a cell may give."""
        for table in self._specification.tables.values():
            parts = [part for part, it in table.parts.items() if it.register == column.table]
            if table.register == column.table or parts:
                for name, candidate in table.own_columns:
                    named = candidate.property == str(RDFS.label) and candidate.lang == "zh"
                    if named and candidate.part == "".join(parts):
                        return table.name, name
        return None

    def _label(self, thing: Node) -> Text:
        return self._text(thing, RDFS.label)

    def _text(self, thing: Node, property_: URIRef) -> Text:
        said = {
            getattr(text, "language", None): str(text)
            for text in self._ontology.objects(thing, property_)
        }
        return Text(said.get("zh", ""), said.get("en", ""))


def _kinds(table: Table, column: Column) -> Iterable[str]:
    """The classes that the thing a column speaks of may have."""
    if column.on:
        return (_RECORD,) if column.on == "record" else ()
    for _, other in table.own_columns:
        if other.property == RDF_TYPE and other.part == column.part:
            return tuple(MIECO + name for name in other.classes)
    return (table.class_,) if table.class_ else ()


def _shares_property(table: Table, column: Column) -> bool:
    """Whether another column gives what this one may leave out."""
    alike = [
        other
        for _, other in table.own_columns
        if (other.property, other.lang, other.part, other.on)
        == (column.property, column.lang, column.part, column.on)
    ]
    return len(alike) > 1


def _form(column: Column, choices: Sequence[Text], names: tuple[str, str] | None) -> Form:
    if choices:
        return "choice"
    if names:
        return "reference"
    if column.kind in ("credit-code", "region") or column.property == expand("dcterms:identifier"):
        return "code"
    match column.datatype:
        case "date" | "integer" | "decimal":
            return column.datatype
    return "text"


def _rules(
    column: Column,
    choices: Sequence[Text],
    required_for: Sequence[Text],
    limits: Sequence[tuple[str, str]],
    *,
    always: bool,
) -> Iterator[Text]:
    if always:
        yield Text("必填。", "Required.")
    if required_for:
        zh, en = "、".join(k.zh for k in required_for), ", ".join(k.en for k in required_for)
        yield Text(f"类型为{zh}时必填。", f"Required if the kind is {en}.")
    if column.datatype == "boolean":
        yield Text("填“是”或“否”，不清楚的留空。", "是 is yes, 否 is no; leave empty if unknown.")
    elif choices and column.list:
        yield Text("从下拉列表中选。", "Choose from the list.")
    if column.table and not choices:
        yield Text(
            "可填名称、编号或统一社会信用代码。"
            if column.table == "organisations"
            else "可填名称或编号。",
            "By name, number or credit code."
            if column.table == "organisations"
            else "By name or number.",
        )
    if column.datatype == "date":
        yield Text(
            "知道多少写多少：2023、2023-05 或 2023-05-17。",
            "As much as is known: 2023, 2023-05 or 2023-05-17.",
        )
    if column.datatype == "integer":
        yield Text("填整数。", "A whole number.")
    if limits:
        zh = "、".join(f"{_LIMIT_WORDS[operator].zh} {number}" for operator, number in limits)
        en = " and ".join(f"{_LIMIT_WORDS[operator].en} {number}" for operator, number in limits)
        yield Text(f"须{zh}。", f"It must be {en}.")
    if column.list:
        yield Text(
            f"可填几个，用“{SEPARATOR}”隔开。",
            f"Several are possible; put {SEPARATOR} or ; between.",
        )


def _joined(*texts: Text) -> Text:
    return Text("".join(text.zh for text in texts), " ".join(text.en for text in texts if text.en))


def _prefix(name: str, names: Iterable[str]) -> str:
    """The shortest beginning of a name that no other has."""
    others = [other for other in names if other != name]
    return next(
        name[:length]
        for length in range(1, len(name) + 1)
        if not any(other.startswith(name[:length]) for other in others)
    )
