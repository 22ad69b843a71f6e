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
from mieco.present.names import compact
from mieco.questions.model import Parameter, Question
from mieco.search.pinyin import readings
from mieco.stores import Row, Term
from mieco.terms import BASE, XSD

TODAY = "today"
_CHINA = dt.timezone(dt.timedelta(hours=8))
_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile(r"[1-9][0-9]{3}")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
# So many values of a repeated parameter, and so long a text, are read: names are compared with
# all that there are, and the time that this takes grows with their length.
_MOST_VALUES = 20
_LONGEST = 300
# Control and format characters, halves of pairs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_NEAREST = 5
# From this score on, of 100, a name is taken to be like another.
_LIKE = 50
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
        texts = [text for each in given.get(name, ()) if (text := _tidied(each))]
        _check_texts(parameter, texts)
        if texts:
            terms = (_term(parameter, text, engine, seconds) for text in texts)
            bound[name] = list(dict.fromkeys(terms))
        elif parameter.default:
            bound[name] = _default(parameter, engine, seconds)
        elif parameter.required:
            raise BadParameter(
                name=name,
                reason=Text("必须给出", "must be given"),
                allowed=what_is_allowed(parameter),
            )
    return {name: terms for name, terms in bound.items() if terms}


def _default(parameter: Parameter, engine: Engine, seconds: float) -> list[Term]:
    """The default, or nothing where the data do not have it: the parameter is then left open."""
    try:
        return [_term(parameter, parameter.default, engine, seconds)]
    except BadParameter:
        return []


def _tidied(text: str) -> str:
    """Without what cannot be seen: it is copied along with names, and no name has it."""
    return "".join(c for c in text if unicodedata.category(c) not in _UNSEEN).strip()


def choices(
    parameter: Parameter, engine: Engine, language: Language, *, seconds: float
) -> dict[str, str] | None:
    """Value → name of everything that a parameter may be, sorted by name, Chinese ones by sound.

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
    named = {iri: labels[iri][0] if iri in labels else compact(iri) for iri in iris}
    return dict(sorted(named.items(), key=lambda each: _by_sound(each[1])))


def _by_sound(name: str) -> tuple[tuple[str, ...], str]:
    return next(iter(readings(name)), (name.casefold(),)), name


def today() -> dt.date:
    """The day in China."""
    return dt.datetime.now(_CHINA).date()


def _check_texts(parameter: Parameter, texts: Sequence[str]) -> None:
    """Raises BadParameter for too many values, or for texts that are too long."""
    most = _MOST_VALUES if parameter.repeated else 1
    if len(texts) > most:
        raise BadParameter(
            name=parameter.name,
            reason=Text(f"给了 {len(texts)} 个值", f"there are {len(texts)} values"),
            allowed=Text(f"至多 {most} 个", f"at most {most}"),
        )
    if any(len(text) > _LONGEST for text in texts):
        raise BadParameter(
            name=parameter.name,
            reason=Text("太长", "too long"),
            allowed=Text(f"至多 {_LONGEST} 个字符", f"at most {_LONGEST} characters"),
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
        case "integer" if _INTEGER.fullmatch(plain) and _within(parameter, int(plain)):
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


def _within(parameter: Parameter, number: int) -> bool:
    return parameter.minimum <= number <= parameter.maximum


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
    return sorted({row["thing"].value for row in rows if isinstance(row["thing"], NamedNode)})


def _no_such(parameter: Parameter, text: str, members: Sequence[Row]) -> BadParameter:
    """The error that offers the nearest names, in each language those of that language."""
    zh, en = (_nearest(text, members, language) for language in ("zh", "en"))
    return BadParameter(
        name=parameter.name,
        reason=Text(f"没有“{text}”", f"there is no '{text}'"),
        allowed=Text("相近的 " + "、".join(zh), "such as " + ", ".join(en)),
    )


def _nearest(text: str, members: Sequence[Row], language: str) -> list[str]:
    """Names in a language, or in any where there is none, that are like the text.

    Who writes Chinese is offered Chinese names, whatever language the rest is told in.
    """
    if _CHINESE.search(text):
        language = "zh"
    labels = [row["label"] for row in members if isinstance(row["label"], Literal)]
    names = [label.value for label in labels if label.language == language]
    names = list(dict.fromkeys(names or [label.value for label in labels]))
    near = process.extract(text, names, score_cutoff=_LIKE, limit=_NEAREST)
    return [name for name, _, _ in near] or names[:_NEAREST]


def _set_of(parameter: Parameter) -> str:
    return parameter.scheme or parameter.class_


def _belongs(parameter: Parameter, iri: str, engine: Engine, seconds: float) -> bool:
    try:
        both: dict[str, Term] = {"thing": NamedNode(iri), "set": NamedNode(_set_of(parameter))}
    except ValueError:
        return False
    return bool(rows_of(engine, "belongs", both, seconds=seconds))


def _members(parameter: Parameter, engine: Engine, seconds: float) -> list[Row]:
    """Things with their names; data of others may name what is none, or with what is none."""
    if parameter.scheme:
        scheme = {"scheme": NamedNode(parameter.scheme)}
        rows = rows_of(engine, "concepts", scheme, seconds=seconds)
    else:
        of_class = {"class": NamedNode(parameter.class_)}
        rows = rows_of(engine, "members", of_class, seconds=seconds)
    return [
        row
        for row in rows
        if isinstance(row["thing"], NamedNode) and isinstance(row["label"], Literal)
    ]


def what_is_allowed(parameter: Parameter) -> Text:
    """The values of a parameter, in words."""
    match parameter.type:
        case "entity" | "concept":
            return Text("IRI、键或名称", "an IRI, a key or a name")
        case "text":
            return Text("任意文字", "any text")
        case "integer":
            low, high = parameter.minimum, parameter.maximum
            return Text(f"{low} 到 {high} 的整数", f"a whole number from {low} to {high}")
        case "year":
            return Text("年份，如 2024", "a year such as 2024")
        case "date":
            return Text("日期，如 2024-05-17", "a date such as 2024-05-17")
        case "enum":
            return Text("、".join(parameter.values), ", ".join(parameter.values))
