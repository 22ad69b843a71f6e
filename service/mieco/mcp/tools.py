"""What a tool is, what it is given and what it gives back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import NamedNode

from mieco.engine.base import Engine
from mieco.errors import BadParameter, Language, Text
from mieco.questions.model import Question
from mieco.releases import Release
from mieco.search.finders import Finders
from mieco.stores import Term

Arguments = Mapping[str, Any]
JsonSchema = dict[str, Any]
# IRI → (name, language tag).
Labels = Mapping[str, tuple[str, str]]

# Longer texts are no names.
LONGEST_NAME = 200
_MOST_DIGITS = 1_000
_PAGE = re.compile(r"0*[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a call is answered: a release, the reader's language and all questions.

    ``engine`` has the deadline of the call, of which ``seconds`` are the whole.
    """

    engine: Engine
    release: Release
    questions: Mapping[str, Question]
    language: Language
    seconds: float
    finders: Finders


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as text, and the same as a JSON object."""

    text: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool; ``answer`` raises MiecoError for whatever it cannot do."""

    name: str
    title: str
    description: str
    input_schema: JsonSchema
    output_schema: JsonSchema
    answer: Callable[[Desk, Arguments], Told]


def an_object(properties: Mapping[str, JsonSchema], required: Sequence[str] = ()) -> JsonSchema:
    """The schema of an object that has these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
    }


def an_open_object(properties: Mapping[str, str]) -> JsonSchema:
    """The schema of an answer: name → JSON type of what it always has."""
    return {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": list(properties),
    }


def only(arguments: Arguments, *known: str) -> None:
    """Raises BadParameter for an argument that is not known."""
    for name in arguments:
        if name not in known:
            raise BadParameter(
                name=name,
                reason=Text("没有此参数", "there is no such parameter"),
                allowed=", ".join(known),
            )


def texts_in(name: str, value: Any) -> list[str]:
    """The texts of an argument: none of null, several of a list.  Raises BadParameter."""
    if value is None:
        return []
    if isinstance(value, list):
        return [text for each in value if each is not None for text in (_scalar(name, each),)]
    return [_scalar(name, value)]


def text_in(arguments: Arguments, name: str) -> str:
    """The one text of an argument, empty if it is not given.  Raises BadParameter."""
    texts = texts_in(name, arguments.get(name))
    if len(texts) > 1:
        raise BadParameter(
            name=name,
            reason=Text(f"给了 {len(texts)} 个值", f"there are {len(texts)} values"),
            allowed=Text("至多 1 个", "at most 1"),
        )
    return texts[0].strip() if texts else ""


def name_in(arguments: Arguments, name: str, *, required: bool = True) -> str:
    """The same where it is a name, which is short.  Raises BadParameter."""
    text = text_in(arguments, name)
    if required and not text:
        raise BadParameter(
            name=name,
            reason=Text("必须给出", "must be given"),
            allowed=Text("名称", "a name"),
        )
    if len(text) > LONGEST_NAME:
        raise BadParameter(
            name=name,
            reason=Text("太长", "too long"),
            allowed=Text(f"至多 {LONGEST_NAME} 个字符", f"at most {LONGEST_NAME} characters"),
        )
    return text


def page_in(arguments: Arguments) -> int:
    """The page asked for, the first if none is.  Raises BadParameter."""
    text = text_in(arguments, "page") or "1"
    if not _PAGE.fullmatch(text):
        raise _not_usable("page", text, Text("从 1 起的整数", "a whole number from 1"))
    return int(text)


def _scalar(name: str, value: Any) -> str:
    match value:
        case str():
            text = value
        case int() if not isinstance(value, bool) and abs(value) < 10**_MOST_DIGITS:
            text = str(value)
        case float():
            text = str(int(value)) if value.is_integer() else str(value)
        case _:
            raise BadParameter(
                name=name,
                reason=Text("不是文字或数字", "is neither a text nor a number"),
                allowed=Text("文字或数字", "a text or a number"),
            )
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        shown = text.encode(errors="replace").decode()
        raise _not_usable(name, shown, Text("Unicode 文字", "Unicode text")) from None
    return text


def _not_usable(name: str, text: str, allowed: Text) -> BadParameter:
    return BadParameter(
        name=name,
        reason=Text(f"“{text}”不是可用的值", f"'{text}' is not a usable value"),
        allowed=allowed,
    )


def named(iri: str, labels: Labels) -> dict[str, str]:
    """A thing by its IRI, and by its name if it has one."""
    return {"iri": iri, **({"name": labels[iri][0]} if iri in labels else {})}


def value_of(term: Term, labels: Labels) -> str | dict[str, str]:
    """A thing with its name, or the text of a literal."""
    if isinstance(term, NamedNode):
        return named(term.value, labels)
    return str(getattr(term, "value", term))


def release_in_words(release: Release, language: Language) -> str:
    """Which release an answer comes from, as a sentence."""
    number, created = release.manifest.number, release.manifest.created
    return Text(f"数据：发布 {number}（{created}）", f"Data: release {number} ({created})").in_(
        language
    )
