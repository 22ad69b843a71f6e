"""The texts that an asker gives, as RDF terms of the type that the parameter has."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence

from pyoxigraph import Literal, NamedNode
from rapidfuzz import process

from mieco.ask.page_queries import rows_of
from mieco.engine.base import Engine, text_of
from mieco.errors import BadParameter, Language, Text
from mieco.questions.model import Parameter, Question
from mieco.stores import Row, Term
from mieco.terms import BASE, XSD

TODAY = "today"
_CHINA = dt.timezone(dt.timedelta(hours=8))
_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile(r"[0-9]{4}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
# So many values of a repeated parameter, and so long a text, are read.
_MOST_VALUES = 20
_LONGEST_TEXT = 1_000
_NEAREST = 5
# A page offers no longer list of choices than this; beyond it, names are typed.
_MOST_CHOICES = 500


def bind(
    question: Question, given: Mapping[str, Sequence[str]], engine: Engine, *, seconds: float
) -> dict[str, list[Term]]:
    """Parameter name → its terms, for every parameter that has a value or a default.

    There is one term, or several of a repeated parameter, each once, in the order given.  An
    entity or a concept may be given by IRI, key, name or other name.  Raises
    :class:`~mieco.errors.BadParameter`, which says what is allowed.
    """
    for name in given:
        if name not in question.parameters:
            raise BadParameter(
                name=name,
                reason=Text("这个问题没有此参数", "this question has no such parameter"),
                allowed=", ".join(question.parameters) or Text("无", "none"),
            )
    bound: dict[str, list[Term]] = {}
    for name, parameter in question.parameters.items():
        texts = [text for each in given.get(name, ()) if (text := each.strip())]
        _check_count(parameter, texts)
        if not texts and parameter.default:
            texts = [parameter.default]
        if texts:
            terms = (_term(parameter, text, engine, seconds) for text in texts)
            bound[name] = list(dict.fromkeys(terms))
        elif parameter.required:
            raise BadParameter(
                name=name,
                reason=Text("必须给出", "must be given"),
                allowed=what_is_allowed(parameter),
            )
    return bound


def choices(
    parameter: Parameter, engine: Engine, language: Language, *, seconds: float
) -> dict[str, str] | None:
    """Value → name of everything that a parameter may be, sorted by name.

    ``None`` where anything may be typed, or where there are too many to choose from.
    """
    if parameter.type == "enum":
        return {key: label.in_(language) for key, label in parameter.values.items()}
    if parameter.type not in ("entity", "concept"):
        return None
    rows = _members(parameter, engine, seconds)
    iris = list(dict.fromkeys(text_of(row["thing"]) for row in rows))
    if len(iris) > _MOST_CHOICES:
        return None
    labels = engine.labels(iris, language, seconds=seconds)
    return {iri: labels[iri][0] for iri in sorted(iris, key=lambda iri: labels[iri][0])}


def today() -> dt.date:
    """The day in China."""
    return dt.datetime.now(_CHINA).date()


def _check_count(parameter: Parameter, texts: Sequence[str]) -> None:
    most = _MOST_VALUES if parameter.repeated else 1
    if len(texts) > most:
        raise BadParameter(
            name=parameter.name,
            reason=Text(f"给了 {len(texts)} 个值", f"there are {len(texts)} values"),
            allowed=Text(f"至多 {most} 个", f"at most {most}"),
        )
    if any(len(text) > _LONGEST_TEXT for text in texts):
        raise BadParameter(
            name=parameter.name,
            reason=Text("太长", "too long"),
            allowed=Text(f"至多 {_LONGEST_TEXT} 个字符", f"at most {_LONGEST_TEXT} characters"),
        )


def _term(parameter: Parameter, text: str, engine: Engine, seconds: float) -> Term:
    plain = unicodedata.normalize("NFKC", text)
    match parameter.type:
        case "entity" | "concept":
            return _thing(parameter, text, engine, seconds)
        case "text":
            return Literal(text)
        case "enum" if text in parameter.values:
            return Literal(text)
        case "integer" if _INTEGER.fullmatch(plain):
            return Literal(int(plain))
        case "year" if _YEAR.fullmatch(plain):
            return Literal(int(plain))
        case "date" if (day := _day(plain)) is not None:
            return Literal(day.isoformat(), datatype=NamedNode(XSD + "date"))
    raise BadParameter(
        name=parameter.name,
        reason=Text(f"“{text}”不是可用的值", f"'{text}' is not a usable value"),
        allowed=what_is_allowed(parameter),
    )


def _day(text: str) -> dt.date | None:
    if text == TODAY:
        return today()
    try:
        return dt.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _thing(parameter: Parameter, text: str, engine: Engine, seconds: float) -> NamedNode:
    """The thing of the parameter's class or scheme that somebody means."""
    for iri in (text, BASE + text.lstrip("/"), f"{parameter.scheme}/{text}"):
        if _IRI.fullmatch(iri) and _belongs(parameter, iri, engine, seconds):
            return NamedNode(iri)
    found = _named(parameter, text, engine, seconds)
    if len(found) == 1:
        return NamedNode(found[0])
    if found:
        raise BadParameter(
            name=parameter.name,
            reason=Text(f"“{text}”不止一个", f"'{text}' is the name of more than one"),
            allowed=", ".join(found),
        )
    raise _no_such(parameter, text, _members(parameter, engine, seconds))


def _named(parameter: Parameter, text: str, engine: Engine, seconds: float) -> list[str]:
    if parameter.scheme:
        rows = _members(parameter, engine, seconds)
        rows = [row for row in rows if text_of(row["label"]).lower() == text.lower()]
    else:
        named: dict[str, Term] = {"class": NamedNode(parameter.class_), "name": Literal(text)}
        rows = rows_of(engine, "named", named, seconds=seconds)
    return sorted({text_of(row["thing"]) for row in rows})


def _no_such(parameter: Parameter, text: str, members: Sequence[Row]) -> BadParameter:
    """The error that offers the nearest names."""
    labels = dict.fromkeys(text_of(row["label"]) for row in members)
    near = [name for name, _, _ in process.extract(text, list(labels), limit=_NEAREST)]
    offered = near or list(labels)[:_NEAREST]
    return BadParameter(
        name=parameter.name,
        reason=Text(f"没有“{text}”", f"there is no '{text}'"),
        allowed=Text("例如 " + "、".join(offered), "for example " + ", ".join(offered)),
    )


def _set_of(parameter: Parameter) -> str:
    return parameter.scheme or parameter.class_


def _belongs(parameter: Parameter, iri: str, engine: Engine, seconds: float) -> bool:
    try:
        both: dict[str, Term] = {"thing": NamedNode(iri), "set": NamedNode(_set_of(parameter))}
    except ValueError:
        return False
    return bool(rows_of(engine, "belongs", both, seconds=seconds))


def _members(parameter: Parameter, engine: Engine, seconds: float) -> list[Row]:
    if parameter.scheme:
        scheme = {"scheme": NamedNode(parameter.scheme)}
        return rows_of(engine, "concepts", scheme, seconds=seconds)
    return rows_of(engine, "members", {"class": NamedNode(parameter.class_)}, seconds=seconds)


def what_is_allowed(parameter: Parameter) -> Text:
    """The values of a parameter, in words."""
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
        case "enum":
            return Text("、".join(parameter.values), ", ".join(parameter.values))
