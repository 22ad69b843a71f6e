"""The shapes of ``shapes/policy/``: which requirement each checks, and what it asks for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rdflib import RDF, RDFS, XSD, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, SH
from rdflib.term import Node

from mieco import content
from mieco.check.validator import SEVERITY_OF, read_turtle
from mieco.errors import BadParameter, Text
from mieco.findings import Severity
from mieco.terms import BASE

SHAPES = BASE + "shapes#"
_PERCENT_HERE = URIRef(SHAPES + "percentHere")
_CHECKS = URIRef(SHAPES + "checks")
_ONLY_FOR = URIRef(SHAPES + "onlyFor")
_PARAMETER = URIRef(SHAPES + "parameter")
_PARAMETER_CLASS = URIRef(SHAPES + "Parameter")
_COMPLETES = URIRef(SHAPES + "completes")
_COMPLETED_SHAPE = URIRef(SHAPES + "completedShape")
_COMPLETED_PROPERTY = URIRef(SHAPES + "completedProperty")

_ALLOWED: dict[Node, Text] = {
    XSD.integer: Text("大于 0 的整数", "a whole number above 0"),
    XSD.decimal: Text("0 到 100 之间的数", "a number from 0 to 100"),
    XSD.gYear: Text("年份，如 2024", "a year such as 2024"),
    XSD.yearMonthDuration: Text("月数，1 到 999", "a number of months from 1 to 999"),
}
_ALL = 100  # per cent


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that the official text does not give; whoever checks may set it.

    Without it a sub-condition is not checked; ``optional`` if it is, only less strictly.
    ``completes`` are the shapes, and the property of each, that the value goes into.
    """

    name: str
    label: Text
    datatype: Node
    optional: bool
    completes: Sequence[tuple[Node, Node]]

    @property
    def allowed(self) -> Text:
        """What its value may be, in words."""
        return _ALLOWED[self.datatype]

    def term(self, text: str, day: dt.date) -> Literal:
        """What a given value puts into the shapes; a time is counted back from ``day``.

        Raises :class:`~mieco.errors.BadParameter`.
        """
        if (term := _term(self.datatype, text.strip(), day)) is not None:
            return term
        raise BadParameter(
            name=self.name,
            reason=Text(f"“{text}”不是可用的值", f"'{text}' is not a usable value"),
            allowed=self.allowed,
        )


def _term(datatype: Node, text: str, day: dt.date) -> Literal | None:
    match datatype:
        case XSD.integer if re.fullmatch(r"0*[1-9]\d{0,8}", text):
            return Literal(int(text))
        case XSD.decimal if re.fullmatch(r"\d{1,3}(\.\d{1,6})?", text) and float(text) <= _ALL:
            return Literal(text, datatype=XSD.decimal)
        case XSD.gYear if re.fullmatch(r"[12]\d{3}", text):
            return Literal(f"^{text}")  # what a date of that year begins with
        case XSD.yearMonthDuration if re.fullmatch(r"0*[1-9]\d{0,2}", text):
            return Literal(_months_before(day, int(text)))
    return None


def _months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many months earlier, or the last one of a shorter month.

    Not before the first day that there is.
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < dt.MINYEAR:
        return dt.date.min
    next_month = dt.date(year + month // 11, (month + 1) % 12 + 1, 1)
    last = (next_month - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


@dataclass(frozen=True, slots=True)
class SubCondition:
    """One thing that a requirement asks for: a property shape.

    ``counted`` is the shape that the values which count conform to, if not all of them do;
    ``message`` says that something lacks, ``contradiction`` that facts are against it.
    """

    iri: URIRef
    name: Text
    message: Text
    contradiction: Text
    severity: Severity
    path: Node
    counted: Node | None
    parameters: Sequence[Parameter]

    @property
    def asks_for_share(self) -> bool:
        """Does it ask which part of the values counts, rather than how many?"""
        return any(said == _PERCENT_HERE for p in self.parameters for _, said in p.completes)


@dataclass(frozen=True, slots=True)
class RequirementShape:
    """What is asked of a consortium by one requirement, which applies to those ``only_for``."""

    iri: URIRef
    requirement: str
    theme: Text
    only_for: URIRef | None
    only_for_name: Text
    conditions: Sequence[SubCondition]


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """The policy shapes: as RDF, requirement by requirement, and the open parameters by name."""

    graph: Graph
    requirements: Sequence[RequirementShape]
    parameters: Mapping[str, Parameter]

    def check_names(self, given: Mapping[str, str]) -> None:
        """Raises BadParameter for a value that is given for no parameter."""
        for name in given:
            if name not in self.parameters:
                raise BadParameter(
                    name=name,
                    reason=Text("没有这个参数", "there is no such parameter"),
                    allowed=", ".join(self.parameters),
                )


@cache
def our_policy() -> Policy:
    """The policy shapes of this installation.  Raises BadInstallation."""
    return read_policy(read_turtle(content.policy_shape_files()))


def read_policy(graph: Graph) -> Policy:
    """What a graph of policy shapes asks for."""
    parameters = {
        iri: Parameter(
            name=str(graph.value(iri, DCTERMS.identifier)),
            label=_text(graph, iri, RDFS.label),
            datatype=graph.value(iri, SH.datatype) or XSD.string,
            optional=bool(graph.value(iri, SH.optional)),
            completes=[
                (shape, said)
                for at in graph.objects(iri, _COMPLETES)
                if (shape := graph.value(at, _COMPLETED_SHAPE)) is not None
                and (said := graph.value(at, _COMPLETED_PROPERTY)) is not None
            ],
        )
        for iri in graph.subjects(RDF.type, _PARAMETER_CLASS)
    }
    shapes = sorted(graph.subjects(_CHECKS, None), key=lambda shape: _order(graph, shape))
    return Policy(
        graph,
        [_requirement(graph, URIRef(str(shape)), parameters) for shape in shapes],
        {p.name: p for p in sorted(parameters.values(), key=lambda p: p.name)},
    )


def _requirement(
    graph: Graph, shape: URIRef, parameters: Mapping[Node, Parameter]
) -> RequirementShape:
    conditions = sorted(graph.objects(shape, SH.property), key=lambda iri: _order(graph, iri))
    home = graph.value(shape, RDFS.isDefinedBy) or shape
    only_for = graph.value(shape, _ONLY_FOR)
    return RequirementShape(
        iri=shape,
        requirement=str(graph.value(shape, _CHECKS)),
        theme=_text(graph, home, DCTERMS.title),
        only_for=URIRef(str(only_for)) if only_for is not None else None,
        only_for_name=_text(graph, only_for or shape, RDFS.label),
        conditions=[_condition(graph, URIRef(str(iri)), parameters) for iri in conditions],
    )


def _condition(graph: Graph, iri: URIRef, parameters: Mapping[Node, Parameter]) -> SubCondition:
    message = _text(graph, iri, SH.message)
    refuting = graph.value(iri, SH.sparql) or graph.value(iri, SH.node)
    own = [parameters[each] for each in graph.objects(iri, _PARAMETER)]
    return SubCondition(
        iri=iri,
        name=_text(graph, iri, SH.name),
        message=message,
        contradiction=message if refuting is None else _text(graph, refuting, SH.message),
        severity=SEVERITY_OF[graph.value(iri, SH.severity) or SH.Violation],
        path=graph.value(iri, SH.path) or iri,
        counted=graph.value(iri, SH.qualifiedValueShape),
        parameters=sorted(own, key=lambda p: p.name),
    )


def _order(graph: Graph, shape: Node) -> int:
    return int(str(graph.value(shape, SH.order) or 0))


def _text(graph: Graph, thing: Node, said: URIRef) -> Text:
    words = {o.language: str(o) for o in graph.objects(thing, said) if isinstance(o, Literal)}
    return Text(words.get("zh", ""), words.get("en", ""))
