"""The texts that an asker gives, as RDF terms of the type that the parameter has."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Mapping

from pyoxigraph import Literal, NamedNode

from mieco.ask.page_queries import rows_of
from mieco.ask.questions import Parameter, Question
from mieco.engine.base import Engine, text_of
from mieco.errors import BadParameter, Language, Text
from mieco.stores import Term
from mieco.terms import XSD

_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`]+")


def bind(
    question: Question, given: Mapping[str, str], engine: Engine, *, seconds: float
) -> dict[str, Term]:
    """Parameter name → term, for every parameter that has a value or a default.

    An entity or a concept may be given by IRI, key, name or other name.  Raises
    :class:`~mieco.errors.BadParameter`, which says what is allowed.
    """
    for name in given:
        if name not in question.parameters:
            raise BadParameter(
                name=name,
                reason=Text("这个问题没有此参数", "this question has no such parameter"),
                allowed=", ".join(question.parameters) or "—",
            )
    bound: dict[str, Term] = {}
    for name, parameter in question.parameters.items():
        text = given.get(name, "").strip() or parameter.default
        if text:
            bound[name] = _term(parameter, text, engine, seconds)
        elif parameter.required:
            raise BadParameter(
                name=name,
                reason=Text("必须给出", "must be given"),
                allowed=_what_is_allowed(parameter),
            )
    return bound


def choices(
    parameter: Parameter, engine: Engine, language: Language, *, seconds: float
) -> dict[str, str]:
    """IRI → name of everything that an entity or concept parameter may be."""
    rows = _members(parameter, engine, seconds)
    iris = list(dict.fromkeys(text_of(row["thing"]) for row in rows))
    labels = engine.labels(iris, language, seconds=seconds)
    return {iri: labels[iri][0] for iri in sorted(iris, key=lambda i: labels[i][0])}


def _term(parameter: Parameter, text: str, engine: Engine, seconds: float) -> Term:
    match parameter.type:
        case "entity" | "concept":
            return _thing(parameter, text, engine, seconds)
        case "text":
            return Literal(text)
        case "integer" | "year":
            if re.fullmatch(r"[+-]?\d{1,18}", text):
                return Literal(text, datatype=NamedNode(XSD + "integer"))
        case "date":
            try:
                dt.date.fromisoformat(text)
            except ValueError:
                pass
            else:
                return Literal(text, datatype=NamedNode(XSD + "date"))
    raise BadParameter(
        name=parameter.name,
        reason=Text(f"“{text}”不是可用的值", f"'{text}' is not a usable value"),
        allowed=_what_is_allowed(parameter),
    )


def _thing(parameter: Parameter, text: str, engine: Engine, seconds: float) -> NamedNode:
    members = _members(parameter, engine, seconds)
    if _IRI.fullmatch(text) and any(text_of(row["thing"]) == text for row in members):
        return NamedNode(text)
    found = {text_of(row["thing"]) for row in members if text_of(row["label"]) == text}
    if not found and parameter.class_:
        named: dict[str, Term] = {"class": NamedNode(parameter.class_), "name": Literal(text)}
        found = {text_of(r["thing"]) for r in rows_of(engine, "named", named, seconds=seconds)}
    if not found and parameter.scheme:
        iri = f"{parameter.scheme}/{text}"
        found = {text_of(row["thing"]) for row in members if text_of(row["thing"]) == iri}
    if len(found) == 1:
        return NamedNode(found.pop())
    if found:
        raise BadParameter(
            name=parameter.name,
            reason=Text(f"“{text}”不止一个", f"'{text}' is the name of more than one"),
            allowed=", ".join(sorted(found)),
        )
    names = sorted({text_of(row["label"]) for row in members})
    near = difflib.get_close_matches(text, names, n=5, cutoff=0.3) or names[:5]
    raise BadParameter(
        name=parameter.name,
        reason=Text(f"没有“{text}”", f"there is no '{text}'"),
        allowed=Text("例如 " + "、".join(near), "for example " + ", ".join(near)),
    )


def _members(parameter: Parameter, engine: Engine, seconds: float) -> list[dict[str, Term]]:
    if parameter.type == "concept":
        scheme = {"scheme": NamedNode(parameter.scheme)}
        return rows_of(engine, "concepts", scheme, seconds=seconds)
    return rows_of(engine, "members", {"class": NamedNode(parameter.class_)}, seconds=seconds)


def _what_is_allowed(parameter: Parameter) -> Text:
    match parameter.type:
        case "entity" | "concept":
            return Text("IRI、键或名称", "an IRI, a key or a name")
        case "text":
            return Text("任意文字", "any text")
        case "integer":
            return Text("整数", "a whole number")
        case "year":
            return Text("年份，如 2024", "a year such as 2024")
        case "date":
            return Text("日期，如 2024-05-17", "a date such as 2024-05-17")
